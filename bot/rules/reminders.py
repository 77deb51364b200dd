"""Reminders: when a person is told of the papers that wait on their list, which of them, and how long one takes.

A reminder is for a slot: an hour of the person's weekday, on their own clock. It is sent within that day's working
hours or not at all. Two slots that are used lie a week apart, whatever becomes of the weekday, the zone, or the clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.rules.due import due_at
from bot.rules.papers import find_paper_refs
from bot.rules.reading_list import ReadingState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date

    from bot.rules.paper_news import PaperNews
    from bot.rules.papers import Paper

# On the person's clock: when a reminder is due, and until when it may still be sent.
SENT_FROM, SENT_UNTIL = time(10), time(18)
MONDAY, SUNDAY = 0, 6
# Two weeks, but for the hours until somebody comes to a reminder: the next one comes on that weekday.
SNOOZED_FOR = timedelta(days=13)
STALE_AFTER = timedelta(weeks=8)
MOST_SUGGESTED = 3
# As many as can be named by the value of a button.
MOST_STALE = 10
MOST_NEWS = 5
# A week, but for the hour that clocks are put forward, and the two that some have been.
_APART = timedelta(days=7) - timedelta(hours=3)
_LOOKED_AHEAD_DAYS = 40
# Nobody is to be looked at later than that, whatever they want.
LONGEST_AHEAD = timedelta(days=60)
# How fast adults read English prose silently: 238 words a minute on average (Brysbaert, Journal of Memory and Language
# 109, 2019). Papers are no faster.
_WORDS_A_MINUTE = 230
_EXACT_UP_TO, _BY_FIVE_UP_TO = 20, 60


@dataclass(frozen=True, slots=True)
class ReminderPreference:
    """The wishes of a person about reminders; `weekday` is 0 on Mondays.

    They want them since `since`, and none before `snoozed_until`. `last_for` is the slot of the last one that was
    planned, and `last_papers` are those it suggested.
    """

    is_on: bool = False
    weekday: int = MONDAY
    snoozed_until: datetime | None = None
    since: datetime | None = None
    last_for: datetime | None = None
    last_papers: tuple[str, ...] = ()

    def as_of(self, now: datetime) -> ReminderPreference:
        """Leave out a snooze that is over."""
        is_over = self.snoozed_until is not None and self.snoozed_until <= now
        return replace(self, snoozed_until=None) if is_over else self


@dataclass(frozen=True, slots=True)
class Slot:
    """The time for one reminder: from `start`, and not from `end` on."""

    start: datetime
    end: datetime


def current_slot(preference: ReminderPreference, zone: str, now: datetime) -> Slot | None:
    """The slot that a reminder may be sent in now; None when it is not the time, or one may not come yet."""
    slot = slot_on(now.astimezone(ZoneInfo(zone)).date(), preference.weekday, zone)
    return slot if slot and slot.start <= now < slot.end and _is_free(slot, preference) else None


def next_slot(preference: ReminderPreference, zone: str, now: datetime) -> datetime | None:
    """The start of the first slot after `now` that a reminder may be sent in; None when they are off."""
    if not preference.is_on:
        return None
    start = max(filter(None, (now, preference.snoozed_until, _earliest(preference))))
    local_date = start.astimezone(ZoneInfo(zone)).date()
    for days in range(_LOOKED_AHEAD_DAYS):
        slot = slot_on(local_date + timedelta(days=days), preference.weekday, zone)
        if slot and slot.start > now and _is_free(slot, preference):
            return slot.start
    return None


def slot_on(local_date: date, weekday: int, zone: str) -> Slot | None:
    """The slot of a local date; None on another weekday, and on a date that was left out where the zone changed."""
    if local_date.weekday() != weekday:
        return None
    start, end = (due_at(local_date, at, zone) for at in (SENT_FROM, SENT_UNTIL))
    is_there = start.astimezone(ZoneInfo(zone)).date() == end.astimezone(ZoneInfo(zone)).date() == local_date
    return Slot(start, end) if is_there else None


def _is_free(slot: Slot, preference: ReminderPreference) -> bool:
    """Whether a person wants a reminder in a slot, and has had none in the week before."""
    if not preference.is_on or (preference.since and slot.start < preference.since):
        return False
    if preference.snoozed_until and slot.start < preference.snoozed_until:
        return False
    earliest = _earliest(preference)
    return earliest is None or slot.start >= earliest


def _earliest(preference: ReminderPreference) -> datetime | None:
    return preference.last_for + _APART if preference.last_for else None


# what is suggested ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingPaper:
    """A paper that waits on a person's list; `words` is the length of its text, where that was read."""

    paper_id: str
    saved_at: datetime
    state: ReadingState = ReadingState.TO_READ
    votes: int | None = None
    words: int | None = None
    is_withdrawn: bool = False


def suggested(waiting: Iterable[WaitingPaper], before: Collection[str] = ()) -> tuple[str, ...]:
    """Three papers to choose from, or fewer where fewer wait: the one that waits longest, the shortest, and the one
    with the most votes; further ones by how long they wait.

    Those suggested `before` only where nothing else is left, and none that was withdrawn.
    """
    readable = sorted(
        (each for each in waiting if not each.is_withdrawn), key=lambda each: (each.saved_at, each.paper_id)
    )
    orders: tuple[Callable[[WaitingPaper], tuple[int, ...]], ...] = (
        lambda _: (0,),
        lambda each: (each.words is None, each.words or 0),
        lambda each: (-(each.votes or 0),),
    )
    chosen: list[str] = []
    for order in (*orders, *orders[:1] * MOST_SUGGESTED):
        left = [each for each in readable if each.paper_id not in chosen]
        fresh = [each for each in left if each.paper_id not in before] or left
        if fresh and len(chosen) < MOST_SUGGESTED:
            chosen.append(min(fresh, key=order).paper_id)
    return tuple(chosen)


def stale(waiting: Iterable[WaitingPaper], now: datetime) -> tuple[str, ...]:
    """The papers that nobody began to read for eight weeks, those that wait longest first, ten at most."""
    old = [each for each in waiting if each.state is ReadingState.TO_READ and now - each.saved_at >= STALE_AFTER]
    return tuple(each.paper_id for each in sorted(old, key=lambda each: (each.saved_at, each.paper_id))[:MOST_STALE])


def reading_minutes(words: int | None) -> int | None:
    """About how many minutes a text of so many words takes, as exactly as one can say; None where that is not known."""
    if not words or words < 0:
        return None
    minutes = max(1, round(words / _WORDS_A_MINUTE))
    step = 1 if minutes <= _EXACT_UP_TO else 5 if minutes <= _BY_FIVE_UP_TO else 10
    return step * round(minutes / step)


# what is said ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SuggestedPaper:
    """A paper that a reminder suggests, and its entry on the list; None once it was removed."""

    paper: Paper
    entry: WaitingPaper | None


@dataclass(frozen=True, slots=True)
class Reminder:
    """The content of a reminder as of now; `unread` counts the papers that wait on the list.

    Of the papers offered for archiving, `stale` are those that still wait, and `archived` counts the others that are
    archived. `next_at`, on the person's own clock, is when the next reminder may come; None when they are off.
    """

    papers: RemindedPapers
    unread: int
    suggested: tuple[SuggestedPaper, ...]
    stale: tuple[Paper, ...]
    archived: int
    news: tuple[tuple[Paper, tuple[PaperNews, ...]], ...]
    preference: ReminderPreference
    next_at: datetime | None


# what is written on buttons -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RemindedPapers:
    """The papers of a reminder, as the values of its buttons name them: the `suggested` ones, those it offered for
    archiving, those it had news of, and the one that a button is about.

    Whatever a reminder says now is made of this and of the list as it is by now, however old its message is.
    """

    suggested: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    about: str | None = None

    def __str__(self) -> str:
        return ";".join(map(" ".join, (self.suggested, self.stale, self.news, filter(None, [self.about]))))

    @classmethod
    def parse(cls, text: str) -> RemindedPapers:
        """The papers that `str` wrote; whatever is no paper's id is left out. Never raises."""
        suggested_ids, stale_ids, news_ids, about = (_ids(part) for part in (text + ";;;").split(";")[:4])
        return cls(
            suggested_ids[:MOST_SUGGESTED], stale_ids[:MOST_STALE], news_ids[:MOST_NEWS], next(iter(about), None)
        )


def _ids(text: str) -> tuple[str, ...]:
    return tuple(ref.id for ref in find_paper_refs(text))
