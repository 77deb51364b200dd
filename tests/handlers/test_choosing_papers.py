"""The form behind a digest's *Save…*: its papers, those ticked that are on the list of whoever opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness import DAY, papers_of

if TYPE_CHECKING:
    from bot.slack_emulator import Person, SlackMessage, View
    from tests.harness import Harness

CHOOSE = "choose_papers"


async def digest(harness: Harness, papers: int = 3) -> SlackMessage:
    """A digest of so many papers in #papers."""
    harness.sources.day(DAY, papers_of(DAY, range(papers + 50, 50, -1)))
    await harness.post(top=papers)
    return harness.header


async def form(harness: Harness, person: Person, message: SlackMessage) -> View:
    """The form that somebody opens."""
    await harness.click(person, message, CHOOSE)
    return harness.slack.modals(person.id)[-1]


def fields(view: View) -> list[dict[str, Any]]:
    return [block["element"] for block in view.blocks if block["type"] == "input"]


def values(options: list[dict[str, Any]] | None) -> list[str]:
    return [option["value"] for option in options or ()]


def paper(number: int) -> str:
    return f"{DAY:%y%m.%d}{number:03}"


async def test_is_filled_in_with_what_its_reader_has_saved_and_saves_and_removes(harness: Harness) -> None:
    message = await digest(harness)
    await harness.react(harness.ana, message, "two")
    opened = await form(harness, harness.ana, message)
    (field,) = fields(opened)
    assert values(field["options"]) == [paper(1), paper(2), paper(3)]
    assert values(field["initial_options"]) == [paper(2)]
    assert (await harness.slack.submit(opened, {"papers_1": [paper(1), paper(3)]})).ok
    (done,) = harness.slack.modals(harness.ana.id)
    assert "Saved 2 papers. Removed 1 paper. Your reading list has 2 papers." in str(done.blocks)
    assert sorted(await harness.reading_list(harness.ana)) == [paper(1), paper(3)]
    assert await harness.reading_list(harness.jimin) == []


async def test_in_the_language_of_its_reader(harness: Harness) -> None:
    opened = await form(harness, harness.jimin, await digest(harness))
    assert "논문 1~3번" in str(opened.blocks)


async def test_offers_more_than_a_number_can_choose(harness: Harness) -> None:
    message = await digest(harness, papers=23)
    second = harness.cards[0]
    for each in (message, second):
        opened = await form(harness, harness.ana, each)
        assert [len(field["options"]) for field in fields(opened)] == [10, 10, 3]
    assert (await harness.slack.submit(opened, {"papers_1": [], "papers_2": [], "papers_3": [paper(22)]})).ok
    assert await harness.reading_list(harness.ana) == [paper(22)]


async def test_left_as_it_was_changes_nothing_and_a_reaction_can_still_be_taken_back(harness: Harness) -> None:
    message = await digest(harness)
    await harness.react(harness.ana, message, "two")
    opened = await form(harness, harness.ana, message)
    assert (await harness.slack.submit(opened, {})).ok
    assert "Nothing was changed. Your reading list has 1 paper." in str(harness.slack.modals(harness.ana.id))
    await harness.unreact(harness.ana, message, "two")
    assert await harness.reading_list(harness.ana) == []


async def test_what_was_saved_elsewhere_meanwhile_stays(harness: Harness) -> None:
    message = await digest(harness)
    opened = await form(harness, harness.ana, message)
    await harness.react(harness.ana, message, "two")
    assert (await harness.slack.submit(opened, {"papers_1": [paper(3)]})).ok
    assert sorted(await harness.reading_list(harness.ana)) == [paper(2), paper(3)]
