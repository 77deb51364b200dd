"""The moment when a channel is due: a local date, a time of day and a zone become an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable

_A_DAY = timedelta(days=1)
# The longest that dates left out may follow on each other.
_LOOKED_AT = 800


@dataclass(frozen=True, slots=True)
class DueClaim:
    """The claim of a process, its `owner`, on what a channel is due on a local date."""

    team: str
    channel: str
    local_date: date
    owner: str


def read_time_of_day(text: str) -> time:
    """A time of day written as HH:MM, without a zone. Raises `ValueError`."""
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall-clock time has no zone


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
