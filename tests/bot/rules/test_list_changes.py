"""The list that comes of what somebody does: the same in whatever order it is heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.list_changes import (
    MOST_CHANGES,
    NOT_LISTED,
    REMOVALS_UNDONE_FOR,
    ChangeKind,
    DatedChange,
    after_all,
    effect,
    joint_effect,
    last_removal,
    replay,
    without_superfluous,
)
from bot.rules.reading_list import NO_EFFECT, EffectKind, ReadingState, SaveKind, SaveOrigin, StayReason

CARD, OTHER_CARD = "1722500000.000100", "1722500001.000100"
SAVED = SaveOrigin(SaveKind.REACTION, "C1", CARD, "bookmark")
SAVED_ELSEWHERE = SaveOrigin(SaveKind.REACTION, "C1", OTHER_CARD, "bookmark")
EYES = SaveOrigin(SaveKind.REACTION, "C1", CARD, "eyes")
CHECK = SaveOrigin(SaveKind.REACTION, "C1", CARD, "white_check_mark")
CLICK, COMMAND = SaveOrigin(SaveKind.CLICK), SaveOrigin(SaveKind.COMMAND)
NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
SAVE, END, REMOVE = ChangeKind.SAVE, ChangeKind.END, ChangeKind.REMOVE
READING, DONE, TO_READ = ChangeKind.READING, ChangeKind.DONE, ChangeKind.TO_READ


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def did(*steps: tuple[ChangeKind, SaveOrigin]) -> list[DatedChange]:
    """What somebody did, a second after another."""
    return [DatedChange(at(second), change, origin) for second, (change, origin) in enumerate(steps)]


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([(SAVE, SAVED)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (READING, EYES)], ReadingState.READING),
        ([(SAVE, SAVED), (READING, EYES), (DONE, CHECK)], ReadingState.DONE),
        ([(SAVE, SAVED), (DONE, CHECK), (READING, EYES)], ReadingState.READING),
        ([(SAVE, SAVED), (READING, EYES), (DONE, CHECK), (END, CHECK)], ReadingState.READING),
        ([(SAVE, SAVED), (READING, EYES), (END, EYES)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (READING, EYES), (END, SAVED)], ReadingState.READING),
        ([(SAVE, SAVED), (END, SAVED)], None),
        ([(SAVE, SAVED), (READING, EYES), (END, SAVED), (END, EYES)], None),
        ([(SAVE, SAVED), (SAVE, CLICK), (END, SAVED)], ReadingState.TO_READ),
        ([(READING, EYES)], None),
        ([(READING, EYES), (SAVE, SAVED)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (DONE, CLICK), (END, SAVED)], ReadingState.DONE),
        ([(SAVE, SAVED), (DONE, CLICK), (READING, COMMAND), (TO_READ, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (DONE, CLICK), (READING, EYES), (END, EYES)], ReadingState.DONE),
        ([(SAVE, SAVED), (DONE, CLICK), (END, SAVED), (TO_READ, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (DONE, CHECK), (REMOVE, CLICK)], None),
        ([(SAVE, SAVED), (DONE, CHECK), (REMOVE, CLICK), (SAVE, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (REMOVE, CLICK), (READING, EYES)], None),
        ([(SAVE, SAVED), (ChangeKind.NOTE, CLICK), (END, SAVED)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (ChangeKind.TAGS, CLICK), (END, SAVED)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (ChangeKind.NOTE, CLICK), (ChangeKind.NO_NOTE, CLICK), (END, SAVED)], None),
        ([(SAVE, SAVED), (ChangeKind.NOTE, CLICK), (END, SAVED), (ChangeKind.NO_NOTE, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (ChangeKind.ARCHIVED, CLICK), (SAVE, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (DONE, CHECK), (ChangeKind.ARCHIVED, CLICK), (SAVE, CLICK)], ReadingState.TO_READ),
        ([(SAVE, SAVED), (DONE, CHECK), (SAVE, CLICK)], ReadingState.DONE),
        # Taken away and put back, while another mark has it stay: all is as before.
        ([(SAVE, SAVED), (READING, EYES), (END, SAVED), (SAVE, SAVED)], ReadingState.READING),
    ],
)
def test_a_paper_is_on_the_list_in_this_state_or_off_it(
    steps: list[tuple[ChangeKind, SaveOrigin]], state: ReadingState | None
) -> None:
    standing = replay(did(*steps))
    assert (standing.state if standing.is_listed else None) is state


CHANGES = st.builds(
    DatedChange,
    st.integers(0, 6).map(at),
    st.sampled_from(ChangeKind),
    st.sampled_from([SAVED, SAVED_ELSEWHERE, EYES, CHECK, CLICK, COMMAND]),
)


@given(changes=st.lists(CHANGES, max_size=12), data=st.data())
def test_order_and_repetition_of_what_is_heard_change_nothing(changes: list[DatedChange], data: st.DataObject) -> None:
    heard = data.draw(
        st.permutations(changes + data.draw(st.lists(st.sampled_from(changes)) if changes else st.just([])))
    )
    assert replay(heard) == replay(changes)


@given(changes=st.lists(CHANGES, max_size=12))
def test_a_paper_is_listed_for_a_reason_and_since_a_save(changes: list[DatedChange]) -> None:
    standing = replay(changes)
    saves = {each.at for each in changes if each.change is SAVE}
    if not standing.is_listed:
        assert standing == NOT_LISTED
        return
    assert standing.saved_at in saves
    assert standing.origin is None or standing.origin in standing.sources
    assert (standing.origin is None) == (not standing.sources)


def test_the_oldest_source_that_stands_is_the_origin() -> None:
    steps = did((SAVE, SAVED), (SAVE, SAVED_ELSEWHERE), (SAVE, CLICK))
    assert replay(steps).origin == SAVED
    ended = replay([*steps, DatedChange(at(9), END, SAVED)])
    assert (ended.origin, ended.saved_at) == (SAVED_ELSEWHERE, at(0)), "it has been on the list since the first"


def test_what_is_done_by_hand_comes_after_all_that_is_known_whatever_the_clock_says() -> None:
    known = did((SAVE, SAVED), (READING, EYES))
    assert after_all(known, at(5)) == at(5)
    for slow in (at(1), at(0), at(-60)):
        assert after_all(known, slow) == at(1) + timedelta(microseconds=1)
    assert after_all([], at(0)) == at(0)


def test_a_removal_can_be_undone_for_a_day_and_only_the_last() -> None:
    first, second = DatedChange(at(1), REMOVE, CLICK), DatedChange(at(3), REMOVE, CLICK)
    changes = [DatedChange(at(0), SAVE, SAVED), first, DatedChange(at(2), SAVE, CLICK), second]
    assert last_removal(changes, at(4)) == second
    assert last_removal(changes, second.at + REMOVALS_UNDONE_FOR) == second
    assert last_removal(changes, second.at + REMOVALS_UNDONE_FOR + timedelta(seconds=1)) is None
    assert last_removal(changes[:1], at(4)) is None


def test_however_often_somebody_toggles_an_emoji_so_many_changes_are_kept() -> None:
    toggled = [(SAVE, SAVED), (READING, EYES), (END, EYES), (END, SAVED)] * MOST_CHANGES
    changes = did((SAVE, COMMAND), *toggled, (SAVE, SAVED), (DONE, CHECK))
    kept = without_superfluous(changes)
    assert len(kept) <= MOST_CHANGES
    assert (replay(kept).state, replay(kept).sources) == (replay(changes).state, replay(changes).sources)
    assert without_superfluous(changes[:MOST_CHANGES]) == changes[:MOST_CHANGES]


# what a reaction comes to ---------------------------------------------------------------------------------------------


def came_of(steps: list[tuple[ChangeKind, SaveOrigin]], last: tuple[ChangeKind, SaveOrigin]) -> tuple[object, ...]:
    before, after = did(*steps), did(*steps, last)
    outcome = effect("2407.21017", replay(before), replay(after), after[-1])
    return outcome.kind, outcome.state, outcome.because


def test_a_reaction_saves_or_changes_the_state_or_does_nothing() -> None:
    assert came_of([], (SAVE, SAVED)) == (EffectKind.SAVED, ReadingState.TO_READ, frozenset())
    assert came_of([(SAVE, SAVED)], (READING, EYES)) == (EffectKind.STATE, ReadingState.READING, frozenset())
    assert came_of([], (READING, EYES)) == (EffectKind.NOTHING, None, frozenset())
    assert came_of([(SAVE, CLICK)], (SAVE, SAVED)) == (EffectKind.NOTHING, None, frozenset())


@pytest.mark.parametrize(
    ("also", "because"),
    [
        ((ChangeKind.NOTE, CLICK), StayReason.NOTE),
        ((ChangeKind.TAGS, CLICK), StayReason.TAGS),
        ((READING, EYES), StayReason.STATE),
        ((SAVE, SAVED_ELSEWHERE), StayReason.SOURCE),
    ],
)
def test_what_stays_after_a_reaction_was_taken_back_says_why(
    also: tuple[ChangeKind, SaveOrigin], because: StayReason
) -> None:
    kind, _, reasons = came_of([(SAVE, SAVED), also], (END, SAVED))
    assert (kind, reasons) == (EffectKind.STAYS, {because})
    assert came_of([(SAVE, SAVED)], (END, SAVED))[0] is EffectKind.REMOVED


def test_taking_back_a_mark_changes_the_state_and_the_last_reason_removes() -> None:
    assert came_of([(SAVE, SAVED), (DONE, CHECK)], (END, CHECK))[:2] == (EffectKind.STATE, ReadingState.TO_READ)
    assert came_of([(SAVE, SAVED), (DONE, CHECK), (END, SAVED)], (END, CHECK))[0] is EffectKind.REMOVED


def test_of_several_papers_those_are_told_of_which_there_is_most_to_say() -> None:
    saved = effect("a", NOT_LISTED, replay(did((SAVE, SAVED))), did((SAVE, SAVED))[0])
    stays = effect("b", replay(did((SAVE, SAVED), (SAVE, CLICK))), replay(did((SAVE, CLICK))), did((END, SAVED))[0])
    assert joint_effect({"a": saved, "b": NO_EFFECT, "c": saved}).papers == ("a", "c")
    assert joint_effect({"a": saved, "b": stays}).papers == ("b",)
    assert joint_effect({"b": NO_EFFECT}) == NO_EFFECT
    assert joint_effect({}) == NO_EFFECT


# where a paper was saved ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [SAVED, CLICK, COMMAND, SaveOrigin(SaveKind.CLICK, "D1", CARD)])
def test_an_origin_is_read_back_as_it_was_written(origin: SaveOrigin) -> None:
    assert SaveOrigin.parse(str(origin)) == origin


@given(text=st.text() | st.sampled_from(["reaction", "click a", "click a/b", "walk", "click  a/b/c", ""]))
def test_any_text_is_an_origin_or_none(text: str) -> None:
    origin = SaveOrigin.parse(text)
    assert origin is None or origin.kind in SaveKind
