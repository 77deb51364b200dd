"""Which days are still to be read, and at what pace they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bot.backfill import days_missing, read_days
from bot.rules.papers import EmptyDay, NotOpenYet, Unreachable
from tests.servers import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import DayAnswer
    from tests.harness import Harness

MONDAY = date(2024, 7, 29)
FIVE_MINUTES, ALLOWANCE = 300, 500  # Hugging Face documentation, "Rate limits"


def week(count: int = 7) -> list[date]:
    return [MONDAY + timedelta(days=number) for number in range(count)]


def test_days_never_read_or_read_before_they_settled_are_missing() -> None:
    read_at = {
        week()[0]: datetime(2024, 7, 29, 21, 59, tzinfo=UTC),
        week()[1]: datetime(2024, 7, 30, 22, 0, tzinfo=UTC),
        week()[3]: datetime(2024, 11, 1, tzinfo=UTC),
    }
    assert days_missing(MONDAY, week()[4], read_at) == [week()[0], week()[2], week()[4]]


@given(st.dates(date(2023, 1, 1), date(2026, 1, 1)), st.integers(0, 40), st.sets(st.integers(0, 40)))
def test_days_read_and_days_missing_are_all_days(since: date, length: int, read: set[int]) -> None:
    until = since + timedelta(days=length)
    known = {since + timedelta(days=number): datetime(2027, 1, 1, tzinfo=UTC) for number in read}
    missing = days_missing(since, until, known)
    assert missing == sorted(set(missing))
    assert len(missing) + len([day for day in known if day <= until]) == length + 1
    assert not known.keys() & set(missing)


async def answers(harness: Harness, days: Sequence[date]) -> list[DayAnswer]:
    return [answer async for answer in read_days(harness.bot.services.library, harness.clock, days)]


async def test_what_is_read_is_remembered_empty_days_too(harness: Harness) -> None:
    days = [harness.clock.now().date() - timedelta(days=number) for number in range(6, -1, -1)]
    await answers(harness, days)
    read = await harness.bot.services.store.listings.days_read(days[0], days[-1])
    assert sorted(read) == days
    assert await harness.bot.services.store.listings.find(week()[2]) is not None


async def test_reading_ends_where_the_source_stays_away(harness: Harness) -> None:
    harness.sources.next(Reply(body="[]"), *[Reply(503)] * 10)
    read = await answers(harness, week())
    assert [type(answer) for answer in read] == [EmptyDay, Unreachable]


async def test_reading_ends_at_a_day_to_come_but_not_at_a_settled_one_that_opens_late(harness: Harness) -> None:
    for day in (week()[1], week()[3], week()[4]):
        harness.sources.not_open(day)
    assert harness.clock.now().date() == week()[3]
    read = await answers(harness, week())
    assert [answer.day for answer in read if isinstance(answer, NotOpenYet)] == [week()[1], week()[3]]
    assert read[-1].day == week()[3]
    assert week()[1] not in await harness.bot.services.store.listings.days_read(MONDAY, week()[-1])


async def test_a_long_past_is_read_within_two_thirds_of_what_an_address_may_ask(harness: Harness) -> None:
    days = [MONDAY - timedelta(days=number) for number in range(700, 0, -1)]
    reading = read_days(harness.bot.services.library, harness.clock, days)
    asked = [harness.clock.monotonic() async for _ in reading]
    assert len(asked) == 700
    busiest = max(len([at for at in asked if start <= at < start + FIVE_MINUTES]) for start in asked)
    assert busiest <= ALLOWANCE * 2 / 3
