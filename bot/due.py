"""When a channel is due: a local date, a time of day and a zone become an instant.

A listing day is a UTC day. Its list and votes still grow until 22:00 UTC (measured: 1.8 times the papers and twice the
votes of 08:00 UTC), so that from then on it is settled and may be posted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import time

_SETTLES_AFTER = timedelta(hours=22)
_A_DAY = timedelta(days=1)


def settled_at(day: date) -> datetime:
    """The moment from which a listing day no longer changes."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + _SETTLES_AFTER


def last_settled_day(now: datetime) -> date:
    """The latest listing day that is settled at `now`."""
    return (now.astimezone(UTC) - _SETTLES_AFTER).date()


def settled_days(after: date, now: datetime) -> list[date]:
    """Every settled day later than `after`, oldest first."""
    count = (last_settled_day(now) - after).days
    return [after + timedelta(days=number) for number in range(1, count + 1)]


def due_at(local_date: date, time_of_day: time, zone: str) -> datetime:
    """The instant, in UTC, at which a clock on the wall of `zone` shows this date and time.

    A time that the clocks jump over comes as much later as they jump (02:30 becomes 03:30); of a time that they show
    twice the first counts (PEP 495). So every local date has exactly one instant.
    """
    return datetime.combine(local_date, time_of_day, ZoneInfo(zone)).astimezone(UTC)


def last_due_date(now: datetime, time_of_day: time, zone: str) -> date:
    """The latest local date whose due instant is not after `now`."""
    local_date = now.astimezone(ZoneInfo(zone)).date() + _A_DAY
    while due_at(local_date, time_of_day, zone) > now:
        local_date -= _A_DAY
    return local_date
