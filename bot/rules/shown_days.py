"""Days whose papers somebody asks to see: which days those are, and the best papers of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.papers import EmptyDay, Listing, NotOpenYet, Unreachable
from bot.rules.selection import NothingYet, rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.rules.feeds import Feed
    from bot.rules.papers import DayAnswer, ListedPaper

# Of a longer time, the latest days are shown.
MOST_DAYS = 31
MOST_PAPERS = 100
# So far back the latest day with papers is looked for: a feed may rest over a holiday.
_LATELY = 10
_A_DAY = timedelta(days=1)
_VALUE = re.compile(
    r"(?P<first>\d{4}-\d\d-\d\d)(?:\.\.(?P<last>\d{4}-\d\d-\d\d))?(?: top(?P<top>\d{1,3}))?(?: p(?P<page>\d{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class DaysShown:
    """The listing days from `first` to `last`, of whose papers the `top` are shown, all where that is None.

    `page` counts from 1. As text, the value of a button: `2024-07-31`, `2024-07-29..2024-08-02 top5 p2`.
    """

    first: date
    last: date
    top: int | None = None
    page: int = 1

    def __str__(self) -> str:
        days = self.first.isoformat() if self.first == self.last else f"{self.first}..{self.last}"
        return f"{days}{f' top{self.top}' if self.top else ''}{f' p{self.page}' if self.page > 1 else ''}"

    @classmethod
    def parse(cls, text: str) -> DaysShown:
        """The days that a button's value names. Raises `ValueError`."""
        found = _VALUE.fullmatch(text)
        if found is None:
            raise ValueError(text)
        first = date.fromisoformat(found["first"])
        last = date.fromisoformat(found["last"] or found["first"])
        return cls(first, last, int(found["top"] or 0) or None, max(1, int(found["page"] or 1)))


@dataclass(frozen=True, slots=True)
class BestOfDays:
    """The best papers of one day or several, best first, each with the day it was listed on.

    `listed` is the number of papers on all their lists, `days` those that have papers, oldest first, and `unread` those
    of which nothing could be read. `read_at` is when the list that was read first was read; a list that is not
    `is_settled` still grows.
    """

    days: tuple[date, ...]
    papers: tuple[tuple[ListedPaper, date], ...]
    listed: int
    is_settled: bool
    unread: tuple[date, ...] = ()
    read_at: datetime = field(compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class BeforeFeed:
    """The day asked for lies before the `first` day that the feed has a list of."""

    day: date
    first: date


@dataclass(frozen=True, slots=True)
class NotBundled:
    """The playground does not have the list of this day, only those from the `first` day to the `last`."""

    day: date
    first: date
    last: date


WithoutPapers = NotOpenYet | NothingYet | EmptyDay | Unreachable | BeforeFeed | NotBundled


def days_to_read(first: date, last: date, feed: Feed) -> list[date]:
    """The days of a time that may have a list, oldest first, the latest of them where there are many.

    One day alone is read whatever its weekday.
    """
    first, last = min(first, last), max(first, last)
    if first == last:
        return [first]
    first = max(first, last - MOST_DAYS * _A_DAY + _A_DAY)
    days = (first + _A_DAY * number for number in range((last - first).days + 1))
    return [day for day in days if feed.may_list_on(day)] or [last]


def latest_first(today: date, feed: Feed) -> Iterator[date]:
    """The days among which the latest with papers is looked for, latest first."""
    for number in range(_LATELY):
        if feed.may_list_on(day := today - _A_DAY * number):
            yield day


def nearest_before(day: date, feed: Feed) -> Iterator[date]:
    """The days to offer in place of one without papers, nearest first."""
    for number in range(1, _LATELY):
        earlier = day - _A_DAY * number
        if feed.may_list_on(earlier) and earlier >= feed.first_day:
            yield earlier


def best_of(answers: Sequence[DayAnswer], top: int | None, feed: Feed, now: datetime) -> BestOfDays | WithoutPapers:
    """The `top` papers of these days, a paper once, where it stands best; or why there are none."""
    lists = [answer for answer in answers if isinstance(answer, Listing) and answer.papers]
    if not lists:
        return without_papers(answers, feed, now)
    listed_on = {id(listed): listing.day for listing in lists for listed in listing.papers}
    ranked = rank(listed for listing in lists for listed in listing.papers)
    return BestOfDays(
        days=tuple(listing.day for listing in lists),
        papers=tuple((listed, listed_on[id(listed)]) for listed in ranked[: min(top or MOST_PAPERS, MOST_PAPERS)]),
        listed=len(ranked),
        is_settled=all(feed.settled_at(listing.day) <= now for listing in lists),
        unread=tuple(answer.day for answer in answers if isinstance(answer, Unreachable)),
        read_at=min(listing.fetched_at for listing in lists),
    )


def without_papers(answers: Iterable[DayAnswer], feed: Feed, now: datetime) -> WithoutPapers:
    """The reason why none of these days has papers: what can change first.

    It is true of the latest day, or of the first of those to come.
    """
    reasons = sorted((answer for answer in answers if not isinstance(answer, Listing)), key=lambda answer: answer.day)
    to_come = [reason for reason in reasons if isinstance(reason, NotOpenYet)]
    latest = [*reversed(reasons)]
    away = (reason for reason in latest if isinstance(reason, Unreachable))
    reason = next(away, None) or next(iter(to_come), None) or latest[0]
    if isinstance(reason, EmptyDay) and feed.may_list_on(reason.day) and feed.settled_at(reason.day) > now:
        return NothingYet(reason.day)
    return reason
