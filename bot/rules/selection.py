"""The selection of papers: which of which days a channel gets, and in what order."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import EmptyDay, Listing, NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Sequence
    from datetime import date

    from bot.rules.papers import DayAnswer, ListedPaper, Paper

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filter:
    """The papers that a channel wants: with enough votes, naming one of some words, and none of others.

    A word is named in the title, the abstract, an author's name or the organization.
    """

    minimum_votes: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def passes(self, listed: ListedPaper) -> bool:
        """Whether this paper is wanted."""
        if listed.votes < self.minimum_votes:
            return False
        if not self.include and not self.exclude:
            return True
        text = _searchable_text(listed.paper)
        if any(_names(text, word) for word in self.exclude):
            return False
        return not self.include or any(_names(text, word) for word in self.include)


EVERYTHING = Filter()


class Delay(StrEnum):
    """The reason why a day's papers did not come before those of a later day.

    The day was `missed` when they were due and did not come, and `left_out` when the channel wanted nothing then. Where
    the local date was done with before them, as they were not on the list yet, they are `after_its_date`.
    """

    MISSED = "missed"
    LEFT_OUT = "left_out"
    AFTER_ITS_DATE = "after_its_date"


@dataclass(frozen=True, slots=True)
class ChosenDay:
    """One day's papers for a channel: `papers`, best first, at least one, of the `listed` on it at `read_at`.

    `before` are papers that would have been among them, had the channel not had them before. `is_settled` is False when
    the list still grows. `delay` is what kept it from coming before, None where it comes in its time. When the list was
    read is not part of what a channel gets.
    """

    day: date
    papers: tuple[ListedPaper, ...]
    listed: int
    read_at: datetime = field(compare=False)
    before: tuple[ListedPaper, ...] = ()
    is_settled: bool = True
    delay: Delay | None = None


@dataclass(frozen=True, slots=True)
class NothingNew:
    """The day has papers, and the channel has had every one of them."""

    day: date


@dataclass(frozen=True, slots=True)
class NothingFitting:
    """The day has papers, and none that is new to the channel passes its filter."""

    day: date


@dataclass(frozen=True, slots=True)
class NothingYet:
    """Nothing is on the day's list so far."""

    day: date


Without = EmptyDay | NothingNew | NothingFitting | NothingYet


@dataclass(frozen=True, slots=True)
class Choice:
    """The choice of days and papers for a channel that is due.

    `chosen` are the days it gets papers of and `without` those that have none for it, both oldest first. `waiting` is
    the first day the source tells nothing about yet; no later day is dealt with before it, so that nothing comes out
    of order. `cursor` is the last day dealt with, None when none was.
    """

    chosen: tuple[ChosenDay, ...]
    without: tuple[Without, ...]
    waiting: NotOpenYet | Unreachable | None
    cursor: date | None


def unexpected_only(without: Sequence[Without]) -> tuple[Without, ...]:
    """The days without papers that are news: nobody expects any on a Saturday or Sunday."""
    return tuple(each for each in without if HUGGING_FACE.may_list_on(each.day))


def rank(papers: Iterable[ListedPaper]) -> list[ListedPaper]:
    """All papers of a day, best first: votes, then comments, then who was submitted earlier, then id.

    Every tie is broken, so that two readings of the same list never disagree (on 41 % of the days with more than ten
    papers the tenth and the eleventh have equal votes). A paper listed twice counts once, where it stands best.
    """
    best: dict[str, ListedPaper] = {}
    for listed in sorted(papers, key=_rank_key):
        best.setdefault(listed.paper.id, listed)
    return list(best.values())


def choose(
    papers: Iterable[ListedPaper],
    *,
    top: int,
    already_posted: Container[str] = frozenset(),
    wanted: Filter = EVERYTHING,
) -> list[ListedPaper]:
    """The `top` best papers the channel wants and has not had before, best first."""
    fresh = (listed for listed in rank(papers) if listed.paper.id not in already_posted)
    return [listed for listed in fresh if wanted.passes(listed)][:top]


def choose_days(
    answers: Sequence[DayAnswer],
    *,
    top: int,
    already_posted: frozenset[str],
    days_had: Container[date] = frozenset(),
    wanted: Filter = EVERYTHING,
    growing: Collection[date] = (),
    only_latest: bool = False,
) -> Choice:
    """The `top` best papers of each day, of `answers` oldest day first; `days_had` came to the channel before.

    A paper comes once, on the first of the days that has it; with `only_latest`, the latest day that has papers comes
    alone, chosen as if no day came before it. The lists of `growing` days have not settled: one with nothing on it yet
    is not dealt with and not waited for either.
    """
    chosen: list[ChosenDay] = []
    without: list[Without] = []
    had = set(already_posted)
    cursor: date | None = None
    for answer in answers:
        match answer:
            case NotOpenYet(day) | EmptyDay(day) if day in growing:
                without.append(NothingYet(day))
                break
            case NotOpenYet() | Unreachable():
                return Choice(tuple(chosen), tuple(without), answer, cursor)
            case EmptyDay():
                without.append(answer)
            case Listing(day, papers, fetched_at) if day not in days_had:
                best = choose(papers, top=top, already_posted=had, wanted=wanted)
                if best:
                    if only_latest:
                        chosen.clear()
                    leading = choose(papers, top=top, wanted=wanted) if had else ()
                    before = tuple(listed for listed in leading if listed.paper.id in had)
                    chosen.append(ChosenDay(day, tuple(best), len(papers), fetched_at, before, day not in growing))
                elif all(listed.paper.id in had for listed in papers):
                    without.append(NothingNew(day))
                else:
                    without.append(NothingFitting(day))
                if not only_latest:
                    had.update(listed.paper.id for listed in best)
        cursor = answer.day
    return Choice(tuple(chosen), tuple(without), None, cursor)


@lru_cache(maxsize=1024)
def _searchable_text(paper: Paper) -> str:
    return _folded(" \n ".join((paper.title, paper.abstract, *paper.authors, paper.organization or "")))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _names(text: str, word: str) -> bool:
    return _word_pattern(word).search(text) is not None


@lru_cache(maxsize=1024)
def _word_pattern(word: str) -> re.Pattern[str]:
    """A whole word; where words are written without spaces, or with endings, anywhere."""
    folded = _folded(word)
    before = r"(?<![^\W_])" if folded[:1].isascii() else ""
    after = r"(?![^\W_])" if folded[-1:].isascii() else ""
    return re.compile(before + r"\s+".join(re.escape(part) for part in folded.split()) + after)


def _rank_key(listed: ListedPaper) -> tuple[int, int, datetime, str]:
    return -listed.votes, -listed.comments, listed.submitted_at or _NEVER, listed.paper.id
