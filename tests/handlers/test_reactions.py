"""Emoji on papers, from the emoji under the message to the row in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness import DAY, open_harness, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness


async def test_bookmark_on_a_card_saves_its_paper(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.react(harness.ana, harness.cards[8], "bookmark")
    assert await harness.reading_list(harness.ana) == ["2407.21017"]
    assert await harness.reading_list(harness.jimin) == []


async def test_taking_it_back_undoes_exactly_that(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.react(harness.ana, harness.cards[1], "bookmark")
    await harness.unreact(harness.ana, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.ana) == ["2407.20729"]


async def test_a_tinted_emoji_saves_like_the_plain_one(tmp_path: Path) -> None:
    async with open_harness(tmp_path, paperboy_emoji=("thumbsup",)) as harness:
        await harness.post(top=10)
        await harness.react(harness.ana, harness.cards[0], "thumbsup::skin-tone-3")
        assert await harness.reading_list(harness.ana) == ["2407.20743"]
        await harness.unreact(harness.ana, harness.cards[0], "thumbsup::skin-tone-3")
        assert await harness.reading_list(harness.ana) == []


async def test_every_word_on_saving_names_the_emoji_that_saves(tmp_path: Path) -> None:
    async with open_harness(tmp_path, paperboy_emoji=("star", "bookmark")) as harness:
        await harness.post(top=10)
        (helped,), (listed,) = await harness.ask(harness.ana, "help"), await harness.ask(harness.ana, "list")
        for said in (read(harness.header), helped, listed):
            assert ":star:" in said or "⭐" in said
            assert "🔖" not in said


async def test_a_number_on_the_header_chooses_by_position(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.react(harness.jimin, harness.header, "three")
    assert await harness.reading_list(harness.jimin) == ["2407.21018"]


async def test_other_emoji_and_other_peoples_messages_mean_nothing(harness: Harness) -> None:
    await harness.post(top=10)
    said = await harness.slack.say(harness.ana.id, harness.papers.id, "lunch?")
    await harness.react(harness.ana, harness.cards[0], "tada")
    await harness.react(harness.ana, said, "bookmark")
    assert await harness.reading_list(harness.ana) == []


async def test_duplicate_deliveries_change_nothing(harness: Harness) -> None:
    await harness.post(top=10)
    harness.slack.faults.duplicate_next(2)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.unreact(harness.ana, harness.cards[0], "bookmark")
    assert await harness.reading_list(harness.ana) == []


async def test_a_removal_that_overtakes_its_addition_wins(harness: Harness) -> None:
    await harness.post(top=10)
    harness.slack.faults.hold()
    card = harness.cards[0]
    await harness.slack.react(harness.ana.id, card.channel, card.ts, "bookmark")
    await harness.slack.unreact(harness.ana.id, card.channel, card.ts, "bookmark")
    harness.slack.faults.release("reversed")
    await harness.quiet()
    assert await harness.reading_list(harness.ana) == []


async def test_what_slack_was_told_is_on_disk_before_it_was_told(harness: Harness, tmp_path: Path) -> None:
    """The acknowledgement is sent after the commit: an event that fails is not acknowledged and comes again."""
    await harness.post(top=10)
    card = harness.cards[0]
    await harness.slack.react(harness.ana.id, card.channel, card.ts, "bookmark")
    await harness.slack.settled()
    delivery = next(sent for sent in harness.slack.deliveries if sent.type == "reaction_added")
    assert delivery.acked
    assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_one_emoji_on_the_only_paper_of_a_day_saves_it_from_the_header_too(harness: Harness) -> None:
    assert await harness.post(DAY, top=1) is not None
    await harness.react(harness.ana, harness.header, "bookmark")
    assert await harness.reading_list(harness.ana) == ["2407.20743"]
