"""Buttons and menus: what a click does, and who gets to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import read

if TYPE_CHECKING:
    from tests.harness import Harness


async def test_save_on_a_shared_card_is_answered_to_the_clicker_alone(harness: Harness) -> None:
    await harness.post(top=10)
    card = harness.cards[0]
    before = harness.slack.message(card.channel, card.ts)
    (told,) = await harness.click(harness.ana, card, "save_paper")
    assert "Meltemi" in told
    assert await harness.reading_list(harness.ana) == ["2407.20743"]
    assert harness.slack.message(card.channel, card.ts) == before
    assert harness.slack.ephemerals(harness.jimin.id) == []


async def test_save_twice_says_that_it_was_there(harness: Harness) -> None:
    await harness.post(top=10)
    (first,) = await harness.click(harness.ana, harness.cards[0], "save_paper")
    (second,) = await harness.click(harness.ana, harness.cards[0], "save_paper")
    assert first != second
    assert len(await harness.reading_list(harness.ana)) == 1


async def test_a_click_and_a_reaction_each_hold_the_paper(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.click(harness.ana, harness.cards[0], "save_paper")
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.unreact(harness.ana, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_remove_takes_it_off_however_it_got_there(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.ask(harness.ana, "list")
    shown = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.slack.choose(harness.ana.id, shown, "list_entry", "remove 2407.20743")
    await harness.quiet()
    assert "Meltemi" in read(harness.slack.ephemerals(harness.ana.id)[-1])
    assert await harness.reading_list(harness.ana) == []


async def test_share_posts_the_card_for_all_once_and_it_can_be_saved_there(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.ask(harness.ana, "2407.21017")
    harness.slack.faults.duplicate_next(1)
    await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "share_paper")
    shared = [message for message in harness.slack.messages(harness.papers.id) if not message.thread_ts][1:]
    assert len(shared) == 1
    assert "Matting by Generation" in shared[0].text
    await harness.react(harness.jimin, shared[0], "bookmark")
    assert await harness.reading_list(harness.jimin) == ["2407.21017"]


async def test_share_where_the_bot_is_no_member_shows_the_card_all_the_same(harness: Harness) -> None:
    await harness.post(top=10)
    elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False)
    await harness.slack.command(harness.ana.id, elsewhere.id, "/paper", "2407.21017")
    await harness.quiet()
    await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "share_paper")
    (shown,) = harness.slack.messages(elsewhere.id)
    assert "Matting by Generation" in shown.text


async def test_the_menu_shows_the_details_privately(harness: Harness) -> None:
    await harness.post(top=10)
    answer = await harness.slack.choose(harness.ana.id, harness.cards[8], "paper_menu", "details:2407.21017")
    assert answer.ok
    await harness.quiet()
    assert "Shin'ichi Satoh" in read(harness.slack.ephemerals(harness.ana.id)[-1])
    assert harness.slack.ephemerals(harness.jimin.id) == []


async def test_the_menu_gives_a_reference_privately_and_in_another_format_at_a_click(harness: Harness) -> None:
    await harness.post(top=10)
    assert (await harness.slack.choose(harness.ana.id, harness.cards[8], "paper_menu", "cite:2407.21017")).ok
    await harness.quiet()
    cited = harness.slack.ephemerals(harness.ana.id)[-1]
    assert "@misc{" in read(cited)
    await harness.click(harness.ana, cited, "cite_as_ris")
    assert "TY  - " in read(harness.slack.ephemerals(harness.ana.id)[-1])
    assert harness.slack.ephemerals(harness.jimin.id) == []


async def test_long_lists_turn_their_pages_in_place(harness: Harness) -> None:
    await harness.post(top=10)
    for card in harness.cards:
        await harness.react(harness.ana, card, "bookmark")
    harness.sources.paper("2501.00001", {"id": "2501.00001", "title": "The Eleventh", "authors": [{"name": "Z"}]})
    await harness.clock.sleep(60)
    await harness.ask(harness.ana, "2501.00001")
    await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "save_paper")
    (first_page,) = await harness.ask(harness.ana, "list")
    shown = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.slack.click(harness.ana.id, shown, "list_page_older")
    await harness.quiet()
    second_page = harness.slack.ephemerals(harness.ana.id)[-1]
    assert "The Eleventh" in first_page
    assert "The Eleventh" not in second_page.text
    assert "Page 2 of 2" in str(second_page.blocks)
