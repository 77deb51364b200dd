"""Emoji on papers, from the emoji under the message to the row in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.office import DAY, open_office, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import Office


async def test_bookmark_on_a_card_saves_its_paper(office: Office) -> None:
    await office.post()
    await office.react(office.ana, office.cards[8], "bookmark")
    assert await office.reading_list(office.ana) == ["2407.21017"]
    assert await office.reading_list(office.jimin) == []


async def test_taking_it_back_undoes_exactly_that(office: Office) -> None:
    await office.post()
    await office.react(office.ana, office.cards[0], "bookmark")
    await office.react(office.ana, office.cards[1], "bookmark")
    await office.unreact(office.ana, office.cards[0], "bookmark")
    assert await office.reading_list(office.ana) == ["2407.20729"]


async def test_a_tinted_emoji_saves_like_the_plain_one(tmp_path: Path) -> None:
    async with open_office(tmp_path, paperboy_emoji=("thumbsup",)) as office:
        await office.post()
        await office.react(office.ana, office.cards[0], "thumbsup::skin-tone-3")
        assert await office.reading_list(office.ana) == ["2407.20743"]
        await office.unreact(office.ana, office.cards[0], "thumbsup::skin-tone-3")
        assert await office.reading_list(office.ana) == []


async def test_every_word_on_saving_names_the_emoji_that_saves(tmp_path: Path) -> None:
    async with open_office(tmp_path, paperboy_emoji=("star", "bookmark")) as office:
        await office.post()
        (helped,), (listed,) = await office.ask(office.ana, "help"), await office.ask(office.ana, "list")
        for said in (read(office.header), helped, listed):
            assert ":star:" in said or "⭐" in said
            assert "🔖" not in said


async def test_a_number_on_the_header_chooses_by_position(office: Office) -> None:
    await office.post()
    await office.react(office.jimin, office.header, "three")
    assert await office.reading_list(office.jimin) == ["2407.21018"]


async def test_other_emoji_and_other_peoples_messages_mean_nothing(office: Office) -> None:
    await office.post()
    said = await office.slack.say(office.ana.id, office.papers.id, "lunch?")
    await office.react(office.ana, office.cards[0], "tada")
    await office.react(office.ana, said, "bookmark")
    assert await office.reading_list(office.ana) == []


async def test_duplicate_deliveries_change_nothing(office: Office) -> None:
    await office.post()
    office.slack.faults.duplicate_next(2)
    await office.react(office.ana, office.cards[0], "bookmark")
    await office.unreact(office.ana, office.cards[0], "bookmark")
    assert await office.reading_list(office.ana) == []


async def test_a_removal_that_overtakes_its_addition_wins(office: Office) -> None:
    await office.post()
    office.slack.faults.hold()
    card = office.cards[0]
    await office.slack.react(office.ana.id, card.channel, card.ts, "bookmark")
    await office.slack.unreact(office.ana.id, card.channel, card.ts, "bookmark")
    office.slack.faults.release("reversed")
    await office.quiet()
    assert await office.reading_list(office.ana) == []


async def test_what_slack_was_told_is_on_disk_before_it_was_told(office: Office, tmp_path: Path) -> None:
    """The acknowledgement is sent after the commit: an event that fails is not acknowledged and comes again."""
    await office.post()
    card = office.cards[0]
    await office.slack.react(office.ana.id, card.channel, card.ts, "bookmark")
    await office.slack.settled()
    delivery = next(sent for sent in office.slack.deliveries if sent.type == "reaction_added")
    assert delivery.acked
    assert await office.reading_list(office.ana) == ["2407.20743"]


async def test_one_emoji_on_the_only_paper_of_a_day_saves_it_from_the_header_too(office: Office) -> None:
    assert await office.post(DAY, top=1) is not None
    await office.react(office.ana, office.header, "bookmark")
    assert await office.reading_list(office.ana) == ["2407.20743"]
