"""Buttons and menus: what a click does, and who gets to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.office import Office


async def test_save_on_a_shared_card_is_answered_to_the_clicker_alone(office: Office) -> None:
    await office.post()
    card = office.cards[0]
    before = office.slack.message(card.channel, card.ts)
    (told,) = await office.click(office.ana, card, "save_paper")
    assert "Meltemi" in told
    assert await office.reading_list(office.ana) == ["2407.20743"]
    assert office.slack.message(card.channel, card.ts) == before
    assert office.slack.ephemerals(office.jimin.id) == []


async def test_save_twice_says_that_it_was_there(office: Office) -> None:
    await office.post()
    (first,) = await office.click(office.ana, office.cards[0], "save_paper")
    (second,) = await office.click(office.ana, office.cards[0], "save_paper")
    assert first != second
    assert len(await office.reading_list(office.ana)) == 1


async def test_a_click_and_a_reaction_each_hold_the_paper(office: Office) -> None:
    await office.post()
    await office.click(office.ana, office.cards[0], "save_paper")
    await office.react(office.ana, office.cards[0], "bookmark")
    await office.unreact(office.ana, office.cards[0], "bookmark")
    assert await office.reading_list(office.ana) == ["2407.20743"]


async def test_remove_takes_it_off_however_it_got_there(office: Office) -> None:
    await office.post()
    await office.react(office.ana, office.cards[0], "bookmark")
    await office.ask(office.ana, "list")
    (told,) = await office.click(office.ana, office.slack.ephemerals(office.ana.id)[-1], "remove_paper")
    assert "Meltemi" in told
    assert await office.reading_list(office.ana) == []


async def test_share_posts_the_card_for_all_once_and_it_can_be_saved_there(office: Office) -> None:
    await office.post()
    await office.ask(office.ana, "2407.21017")
    office.slack.faults.duplicate_next(1)
    await office.click(office.ana, office.slack.ephemerals(office.ana.id)[-1], "share_paper")
    shared = [message for message in office.slack.messages(office.papers.id) if not message.thread_ts][1:]
    assert len(shared) == 1
    assert "Matting by Generation" in shared[0].text
    await office.react(office.jimin, shared[0], "bookmark")
    assert await office.reading_list(office.jimin) == ["2407.21017"]


async def test_share_where_the_bot_is_no_member_shows_the_card_all_the_same(office: Office) -> None:
    await office.post()
    elsewhere = office.slack.add_channel("elsewhere", members=[office.ana.id], with_bot=False)
    await office.slack.command(office.ana.id, elsewhere.id, "/paper", "2407.21017")
    await office.quiet()
    await office.click(office.ana, office.slack.ephemerals(office.ana.id)[-1], "share_paper")
    (shown,) = office.slack.messages(elsewhere.id)
    assert "Matting by Generation" in shown.text


async def test_the_menu_shows_the_abstract_privately(office: Office) -> None:
    await office.post()
    answer = await office.slack.choose(office.ana.id, office.cards[8], "paper_menu", "abstract:2407.21017")
    assert answer.ok
    await office.quiet()
    assert "matting" in office.slack.ephemerals(office.ana.id)[-1].text.lower()
    assert office.slack.ephemerals(office.jimin.id) == []


async def test_long_lists_turn_their_pages_in_place(office: Office) -> None:
    await office.post()
    for card in office.cards:
        await office.react(office.ana, card, "bookmark")
    office.sources.paper("2501.00001", {"id": "2501.00001", "title": "The Eleventh", "authors": [{"name": "Z"}]})
    await office.clock.sleep(60)
    await office.ask(office.ana, "2501.00001")
    await office.click(office.ana, office.slack.ephemerals(office.ana.id)[-1], "save_paper")
    (first_page,) = await office.ask(office.ana, "list")
    shown = office.slack.ephemerals(office.ana.id)[-1]
    await office.slack.click(office.ana.id, shown, "list_page_older")
    await office.quiet()
    second_page = office.slack.ephemerals(office.ana.id)[-1]
    assert "The Eleventh" in first_page
    assert "The Eleventh" not in second_page.text
    assert "Remove" in str(second_page.blocks)
