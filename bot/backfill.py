"""Backfill of past days: which are still to be fetched from Hugging Face, and fetching them within its rate limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.http import RetryPolicy
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.library import Library
    from bot.rules.papers import DayAnswer

# An address may ask 500 times in five minutes (Hugging Face documentation, "Rate limits"); a bot beside us wants its
# own. So much at once, and from then on one day in so many seconds, is less than two thirds of it in any five minutes.
AT_ONCE = 60
SECONDS_BETWEEN = 1.2
# Nobody waits for a single card here: when the allowance is used up after all, its five minutes are waited out.
BACKFILL_RETRY_POLICY = RetryPolicy(tries=5, seconds=360)


def days_missing(since: date, until: date, read_at: Mapping[date, datetime]) -> list[date]:
    """The days from `since` to `until` that were never fetched, or fetched before they settled; oldest first."""
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    return [day for day in days if day not in read_at or HUGGING_FACE.last_settled_day(read_at[day]) < day]


async def read_days(library: Library, clock: Clock, days: Sequence[date]) -> AsyncIterator[DayAnswer]:
    """Fetch and store these days, one after the other.

    Ends after an `Unreachable`, and after a `NotOpenYet` for a day that has not settled: later days will not be open
    either.
    """
    for number, day in enumerate(days):
        if number >= AT_ONCE:
            await clock.sleep(SECONDS_BETWEEN)
        answer = await library.read_day(day)
        yield answer
        if isinstance(answer, Unreachable):
            return
        if isinstance(answer, NotOpenYet) and day > HUGGING_FACE.last_settled_day(clock.now()):
            return
