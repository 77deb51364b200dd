"""What a reaction did, told where the reader looks: the first three times, and whenever it does not do what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.reading_list import ReadingState, SaveKind
from bot.slack.ephemeral_queue import A_MINUTE
from tests.harness import read

if TYPE_CHECKING:
    from bot.slack_emulator import Person
    from tests.harness import Harness

MELTEMI = "2407.20743"


def told(harness: Harness, person: Person) -> list[str]:
    return [read(private) for private in harness.slack.ephemerals(person.id)]


async def test_the_first_three_effects_are_told_in_the_thread_of_the_card_and_then_none(harness: Harness) -> None:
    await harness.post(top=10)
    for card in harness.cards[:5]:
        await harness.react(harness.ana, card, "bookmark")
    privates = harness.slack.ephemerals(harness.ana.id)
    assert len(privates) == 3
    assert {private.thread_ts for private in privates} == {harness.header.ts}
    assert read(privates[0]).startswith("Saved Meltemi")
    assert len(await harness.reading_list(harness.ana)) == 5
    assert harness.slack.ephemerals(harness.jimin.id) == []


async def test_a_save_that_was_told_can_be_undone_there_and_the_list_opened(harness: Harness) -> None:
    await harness.post(top=10)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    (private,) = harness.slack.ephemerals(harness.ana.id)
    await harness.slack.click(harness.ana.id, private, "undo_save")
    await harness.quiet()
    assert "isn't on your reading list anymore" in told(harness, harness.ana)[-1]
    assert await harness.reading_list(harness.ana) == []
    await harness.slack.click(harness.ana.id, harness.slack.ephemerals(harness.ana.id)[-1], "open_list")
    await harness.quiet()
    assert "Your reading list is empty" in told(harness, harness.ana)[-1]


async def test_that_a_paper_stays_for_its_note_is_told_however_often_something_was_told(harness: Harness) -> None:
    await harness.post(top=10)
    for card in harness.cards[:4]:
        await harness.react(harness.ana, card, "bookmark")
    await harness.bot.services.store.reading_lists.set_note(
        harness.team, harness.ana.id, MELTEMI, "Compare.", now=harness.clock.now()
    )
    await harness.unreact(harness.ana, harness.cards[0], "bookmark")
    (stays,) = told(harness, harness.ana)[3:]
    assert "stays on your reading list because it has a note" in stays
    await harness.slack.click(harness.ana.id, harness.slack.ephemerals(harness.ana.id)[-1], "list_remove")
    await harness.quiet()
    assert told(harness, harness.ana)[3:] == [told(harness, harness.ana)[-1]]
    assert told(harness, harness.ana)[-1].startswith("Removed Meltemi")
    assert MELTEMI not in await harness.reading_list(harness.ana)


async def test_an_event_that_slack_brings_again_is_told_once(harness: Harness) -> None:
    await harness.post(top=10)
    harness.slack.faults.duplicate_next(1)
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    assert len(told(harness, harness.ana)) == 1


async def test_a_state_is_told_in_words(harness: Harness) -> None:
    await harness.post(top=10)
    lists = harness.bot.services.store.reading_lists
    await lists.save(harness.team, harness.jimin.id, MELTEMI, SaveKind.COMMAND, now=harness.clock.now())
    await harness.react(harness.jimin, harness.cards[0], "eyes")
    entry = await lists.entry(harness.team, harness.jimin.id, MELTEMI)
    assert entry
    assert entry.state is ReadingState.READING
    assert "읽는 중으로 표시했습니다" in told(harness, harness.jimin)[-1]


async def test_a_crowd_at_nine_is_told_within_a_bound_and_every_reaction_counts(harness: Harness) -> None:
    await harness.post(top=10)
    crowd = [harness.slack.add_person(f"Reader {number}") for number in range(A_MINUTE + 10)]
    for person in crowd:
        await harness.slack.invite(person.id, harness.papers.id)
    for person in crowd:
        await harness.slack.react(person.id, harness.cards[0].channel, harness.cards[0].ts, "bookmark")
    await harness.quiet()
    assert sum(len(told(harness, person)) for person in crowd) == A_MINUTE
    for person in crowd:
        assert await harness.reading_list(person) == [MELTEMI]
