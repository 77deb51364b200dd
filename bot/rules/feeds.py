"""Feeds: sources of daily lists, and from when a day of each is settled and may be posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of daily lists. A listing day is a UTC day.

    `key` names it in what is stored, `name` in what is said. A day's list and its votes grow until `settles_after` the
    beginning of the day: from then on the day is settled, and may be posted. Only `weekdays` (Monday is 0) can have
    papers, from `first_day` on.
    """

    key: str
    name: str
    settles_after: timedelta
    weekdays: frozenset[int]
    first_day: date

    def settled_at(self, day: date) -> datetime:
        """The moment from which a listing day no longer changes."""
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + self.settles_after

    def has_begun(self, day: date, now: datetime) -> bool:
        """Whether a listing day has begun at `now`; before, it has no list anywhere."""
        return day <= now.astimezone(UTC).date()

    def last_settled_day(self, now: datetime) -> date:
        """The latest listing day that is settled at `now`."""
        return (now.astimezone(UTC) - self.settles_after).date()

    def may_list_on(self, day: date) -> bool:
        """Whether a listing day can have papers."""
        return day.weekday() in self.weekdays

    def last_listing_day(self, now: datetime) -> date:
        """The latest settled day at `now` that can have papers."""
        day = self.last_settled_day(now)
        while not self.may_list_on(day):
            day -= _A_DAY
        return day


# Measured: a list has 1.8 times the papers and twice the votes of 08:00 UTC once it is 22:00 UTC.
# Hugging Face takes no submissions on Saturdays and Sundays, UTC (huggingface_hub#2745).
HUGGING_FACE = Feed("hugging_face", "Hugging Face", timedelta(hours=22), frozenset(range(5)), date(2023, 5, 4))
