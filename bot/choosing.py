"""Which papers of which days a channel gets, and in what order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.papers import EmptyDay, Listing, NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from datetime import date

    from bot.papers import DayAnswer, ListedPaper

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ChosenDay:
    """What a channel gets of one day: `papers`, best first, at least one, of the `listed` on it at `read_at`."""

    day: date
    papers: tuple[ListedPaper, ...]
    listed: int
    read_at: datetime


@dataclass(frozen=True, slots=True)
class NothingNew:
    """The day has papers, and the channel has had every one of them."""

    day: date


@dataclass(frozen=True, slots=True)
class Choice:
    """What a channel gets when it is due.

    `chosen` are the days it gets papers of and `without` those that have none for it, both oldest first. `waiting` is
    the first day the source tells nothing about yet; no later day is dealt with before it, so that nothing comes out
    of order. `cursor` is the last day dealt with, None when none was.
    """

    chosen: tuple[ChosenDay, ...]
    without: tuple[EmptyDay | NothingNew, ...]
    waiting: NotOpenYet | Unreachable | None
    cursor: date | None


def rank(papers: Iterable[ListedPaper]) -> list[ListedPaper]:
    """All papers of a day, best first: votes, then comments, then who was submitted earlier, then id.

    Every tie is broken, so that two readings of the same list never disagree (on 41 % of the days with more than ten
    papers the tenth and the eleventh have equal votes). A paper listed twice counts once, where it stands best.
    """
    best: dict[str, ListedPaper] = {}
    for listed in sorted(papers, key=_standing):
        best.setdefault(listed.paper.id, listed)
    return list(best.values())


def choose(
    papers: Iterable[ListedPaper], *, top: int, already_posted: Container[str] = frozenset()
) -> list[ListedPaper]:
    """The `top` best papers the channel has not had before, best first."""
    return [listed for listed in rank(papers) if listed.paper.id not in already_posted][:top]


def choose_days(
    answers: Sequence[DayAnswer], *, top: int, already_posted: frozenset[str], days_had: Container[date] = frozenset()
) -> Choice:
    """The `top` best papers of each day, of `answers` oldest day first; `days_had` came to the channel before.

    A paper comes once, on the first of the days that has it.
    """
    chosen: list[ChosenDay] = []
    without: list[EmptyDay | NothingNew] = []
    had = set(already_posted)
    cursor: date | None = None
    for answer in answers:
        match answer:
            case NotOpenYet() | Unreachable():
                return Choice(tuple(chosen), tuple(without), answer, cursor)
            case EmptyDay():
                without.append(answer)
            case Listing(day, papers, fetched_at) if day not in days_had:
                best = choose(papers, top=top, already_posted=had)
                had.update(listed.paper.id for listed in best)
                if best:
                    chosen.append(ChosenDay(day, tuple(best), len(papers), fetched_at))
                else:
                    without.append(NothingNew(day))
        cursor = answer.day
    return Choice(tuple(chosen), tuple(without), None, cursor)


def _standing(listed: ListedPaper) -> tuple[int, int, datetime, str]:
    return -listed.votes, -listed.comments, listed.submitted_at or _NEVER, listed.paper.id
