"""When a channel is due: a local date, a time of day and a zone become an instant.

A listing day is a UTC day. Its list and votes still grow until 22:00 UTC (measured: 1.8 times the papers and twice the
votes of 08:00 UTC), so that from then on it is settled and may be posted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time

_SETTLES_AFTER = timedelta(hours=22)
_A_DAY = timedelta(days=1)
_SATURDAY = 5
# The longest that dates left out may follow on each other.
_LOOKED_AT = 800


def settled_at(day: date) -> datetime:
    """The moment from which a listing day no longer changes."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + _SETTLES_AFTER


def last_settled_day(now: datetime) -> date:
    """The latest listing day that is settled at `now`."""
    return (now.astimezone(UTC) - _SETTLES_AFTER).date()


def is_listing_weekday(day: date) -> bool:
    """Whether a listing day can have papers: Hugging Face takes no submissions on Saturdays and Sundays, UTC
    (huggingface_hub#2745)."""
    return day.weekday() < _SATURDAY


def last_listing_weekday(now: datetime) -> date:
    """The latest settled day at `now` that can have papers."""
    day = last_settled_day(now)
    while not is_listing_weekday(day):
        day -= _A_DAY
    return day


def due_at(local_date: date, time_of_day: time, zone: str) -> datetime:
    """The instant, in UTC, at which a clock on the wall of `zone` shows this date and time.

    A time that the clocks jump over comes as much later as they jump (02:30 becomes 03:30); of a time that they show
    twice the first counts (PEP 495). So every local date has exactly one instant.
    """
    return datetime.combine(local_date, time_of_day, ZoneInfo(zone)).astimezone(UTC)


def last_due_date(now: datetime, time_of_day: time, zone: str, is_posting_day: Callable[[date], bool]) -> date | None:
    """The latest local date of posting whose due instant is not after `now`; None when there was none for years."""
    local_date = now.astimezone(ZoneInfo(zone)).date() + _A_DAY
    for _ in range(_LOOKED_AT):
        if is_posting_day(local_date) and due_at(local_date, time_of_day, zone) <= now:
            return local_date
        local_date -= _A_DAY
    return None


def next_due_date(now: datetime, time_of_day: time, zone: str, is_posting_day: Callable[[date], bool]) -> date | None:
    """The first local date of posting whose due instant is after `now`; None when there is none for years."""
    local_date = now.astimezone(ZoneInfo(zone)).date() - _A_DAY
    for _ in range(_LOOKED_AT):
        if is_posting_day(local_date) and due_at(local_date, time_of_day, zone) > now:
            return local_date
        local_date += _A_DAY
    return None
