"""Changes that people make to their lists, as they happened, and the list that comes of them.

`bot.rules.reading_list` says in words what the rules are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.reading_list import NO_EFFECT, EffectKind, ReactionEffect, ReadingState, SaveKind, SaveOrigin, StayReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

# A removal can be undone for so long.
REMOVALS_UNDONE_FOR = timedelta(days=1)
# Beyond so many changes of one person to one paper, only the last one of each kind and place is kept.
MOST_CHANGES = 200
_A_MICROSECOND = timedelta(microseconds=1)


class ChangeKind(StrEnum):
    """The kinds of change: those with a state's name give the paper that state."""

    SAVE = "save"
    TO_READ = "to_read"
    READING = "reading"
    DONE = "done"
    ARCHIVED = "archived"
    NOTE = "note"
    NO_NOTE = "no_note"
    TAGS = "tags"
    NO_TAGS = "no_tags"
    END = "end"
    REMOVE = "remove"


_STATES = {ChangeKind(state.value): state for state in ReadingState}
# What comes first of what is done at one moment.
_ORDER = {change: place for place, change in enumerate(ChangeKind)}
_STATE_ORDER = {state: place for place, state in enumerate(ReadingState)}


@dataclass(frozen=True, slots=True)
class DatedChange:
    """One change of one person to one paper."""

    at: datetime
    change: ChangeKind
    origin: SaveOrigin

    @classmethod
    def to_state(cls, at: datetime, state: ReadingState, origin: SaveOrigin) -> DatedChange:
        """The change that gives a paper a state."""
        return cls(at, ChangeKind(state.value), origin)


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of a paper on a list after all changes: since when, in which state, and why.

    `origin` is the oldest of the `sources` that stand. `by_hand` is the state that was given by hand, if any.
    """

    is_listed: bool = False
    saved_at: datetime | None = None
    state: ReadingState = ReadingState.TO_READ
    origin: SaveOrigin | None = None
    sources: frozenset[SaveOrigin] = frozenset()
    by_hand: ReadingState | None = None
    has_note: bool = False
    has_tags: bool = False

    @property
    def reasons(self) -> frozenset[StayReason]:
        """The reasons that hold the paper on the list."""
        held = {
            StayReason.NOTE: self.has_note,
            StayReason.TAGS: self.has_tags,
            StayReason.STATE: self.state is not ReadingState.TO_READ,
            StayReason.SOURCE: bool(self.sources),
        }
        return frozenset(reason for reason, holds in held.items() if holds)


NOT_LISTED = Standing()


@dataclass(slots=True)
class _Entry:
    """A paper while it is on a list."""

    saved_at: datetime
    sources: dict[SaveOrigin, datetime] = field(default_factory=dict)
    marks: dict[SaveOrigin | None, tuple[datetime, int, ReadingState]] = field(default_factory=dict)
    has_note: bool = False
    has_tags: bool = False

    @property
    def state(self) -> ReadingState:
        return max(self.marks.values(), key=lambda mark: mark[:2])[2] if self.marks else ReadingState.TO_READ

    def standing(self) -> Standing:
        # Sources are in the order in which they came.
        origin = next(iter(self.sources), None)
        by_hand = self.marks[None][2] if None in self.marks else None
        return Standing(
            True, self.saved_at, self.state, origin, frozenset(self.sources), by_hand, self.has_note, self.has_tags
        )


def replay(changes: Iterable[DatedChange]) -> Standing:
    """The place of a paper on a list after these changes, in whatever order they are given."""
    entry: _Entry | None = None
    for each in sorted(changes, key=_moment):
        if each.change is ChangeKind.SAVE:
            entry = entry or _Entry(each.at)
            entry.sources.setdefault(each.origin, each.at)
            if entry.state is ReadingState.ARCHIVED:
                entry.marks[None] = (each.at, _STATE_ORDER[ReadingState.ARCHIVED], ReadingState.TO_READ)
        elif entry is None:
            continue
        elif each.change is ChangeKind.REMOVE:
            entry = None
        elif each.change is ChangeKind.END:
            entry.sources.pop(each.origin, None)
            entry.marks.pop(each.origin, None)
            entry = entry if entry.standing().reasons else None
        elif each.change in _STATES:
            state = _STATES[each.change]
            key = each.origin if each.origin.kind is SaveKind.REACTION else None
            entry.marks[key] = (each.at, _STATE_ORDER[state], state)
        elif each.change in {ChangeKind.NOTE, ChangeKind.NO_NOTE}:
            entry.has_note = each.change is ChangeKind.NOTE
        else:
            entry.has_tags = each.change is ChangeKind.TAGS
    return entry.standing() if entry else NOT_LISTED


def _moment(change: DatedChange) -> tuple[datetime, int, str, str, str, str]:
    origin = change.origin
    return change.at, _ORDER[change.change], origin.kind, origin.channel, origin.message_ts, origin.emoji


def after_all(changes: Sequence[DatedChange], now: datetime) -> datetime:
    """The moment of what is done by hand now: later than every change that is known."""
    latest = max((each.at for each in changes), default=None)
    return now if latest is None or latest < now else latest + _A_MICROSECOND


def without_superfluous(changes: Sequence[DatedChange]) -> list[DatedChange]:
    """The changes; where there are too many, only the last of each kind and place, in the order of their moments."""
    if len(changes) <= MOST_CHANGES:
        return list(changes)
    latest = {_subject(each): each for each in sorted(changes, key=_moment)}
    return sorted(sorted(latest.values(), key=_moment)[-MOST_CHANGES // 2 :], key=_moment)


def _subject(change: DatedChange) -> SaveOrigin | str:
    """The subject of a change: a later one about the same replaces it."""
    if change.origin.kind is SaveKind.REACTION or change.change in {ChangeKind.SAVE, ChangeKind.END}:
        return change.origin
    return "state" if change.change in _STATES else change.change.removeprefix("no_")


def last_removal(changes: Iterable[DatedChange], now: datetime) -> DatedChange | None:
    """The removal that can be undone: the last one, not long ago."""
    removals = [each for each in changes if each.change is ChangeKind.REMOVE]
    last = max(removals, key=_moment, default=None)
    return last if last and now - last.at <= REMOVALS_UNDONE_FOR else None


def effect(paper: str, before: Standing, after: Standing, change: DatedChange) -> ReactionEffect:
    """The outcome of one change for one paper, given the place of that on the list before and after."""
    origin = change.origin
    if after.is_listed and not before.is_listed:
        return ReactionEffect(EffectKind.SAVED, (paper,), after.state, origin=origin)
    if before.is_listed and not after.is_listed:
        return ReactionEffect(EffectKind.REMOVED, (paper,), origin=origin)
    if origin in before.sources and origin not in after.sources:
        return ReactionEffect(EffectKind.STAYS, (paper,), after.state, after.reasons, origin)
    if before.state is not after.state:
        return ReactionEffect(EffectKind.STATE, (paper,), after.state, origin=origin)
    return NO_EFFECT


def joint_effect(effects: Mapping[str, ReactionEffect]) -> ReactionEffect:
    """The outcome of one reaction for several papers: that of those of which there is most to say."""
    if len(effects) == 1:
        return next(iter(effects.values()))
    for kind in (EffectKind.STAYS, EffectKind.SAVED, EffectKind.STATE, EffectKind.REMOVED):
        of_kind = [each for each in effects.values() if each.kind is kind]
        if of_kind:
            papers = tuple(paper for paper, each in effects.items() if each.kind is kind)
            because = frozenset(reason for each in of_kind for reason in each.because)
            return ReactionEffect(kind, papers, of_kind[0].state, because, of_kind[0].origin)
    return NO_EFFECT
