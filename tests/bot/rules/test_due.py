"""When a channel is due: every local date once, at the minute its people's clocks show."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.due import due_at, last_due_date, next_due_date

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix", "right", "Etc")))
DATES = st.dates(date(2020, 1, 1), date(2035, 12, 31))
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("local_date", "time_of_day", "zone", "instant"),
    [
        (date(2026, 8, 20), time(8, 0), "Asia/Seoul", datetime(2026, 8, 19, 23, 0, tzinfo=UTC)),
        (date(2026, 8, 20), time(9, 0), "Europe/Berlin", datetime(2026, 8, 20, 7, 0, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # shown as 03:30
        (date(2026, 10, 25), time(2, 30), "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first one
        (date(2026, 3, 8), time(2, 30), "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (date(2026, 11, 1), time(1, 30), "America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_time_is_an_instant(local_date: date, time_of_day: time, zone: str, instant: datetime) -> None:
    assert due_at(local_date, time_of_day, zone) == instant


@given(local_date=DATES, time_of_day=TIMES, zone=st.sampled_from(ZONES))
def test_the_clock_shows_the_time_or_what_it_jumped_to(local_date: date, time_of_day: time, zone: str) -> None:
    wanted = datetime.combine(local_date, time_of_day)
    shown = due_at(local_date, time_of_day, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == wanted or timedelta(0) < shown - wanted <= timedelta(hours=24)


@given(local_date=DATES, time_of_day=TIMES, zone=st.sampled_from(ZONES))
def test_later_dates_are_never_due_earlier(local_date: date, time_of_day: time, zone: str) -> None:
    assert due_at(local_date, time_of_day, zone) <= due_at(local_date + timedelta(days=1), time_of_day, zone)


@given(now=MOMENTS, time_of_day=TIMES, zone=st.sampled_from(ZONES))
def test_the_last_due_date_has_come_and_the_next_one_has_not(now: datetime, time_of_day: time, zone: str) -> None:
    last = last_due_date(now, time_of_day, zone, any_day)
    assert last
    assert due_at(last, time_of_day, zone) <= now < due_at(last + timedelta(days=1), time_of_day, zone)
    assert next_due_date(now, time_of_day, zone, any_day) == last + timedelta(days=1)


def any_day(local_date: date) -> bool:
    return True


@given(now=MOMENTS, time_of_day=TIMES, zone=st.sampled_from(ZONES), weekdays=st.frozensets(st.integers(0, 6)))
def test_dates_of_other_weekdays_are_never_due(
    now: datetime, time_of_day: time, zone: str, weekdays: frozenset[int]
) -> None:
    def wanted(local_date: date) -> bool:
        return local_date.weekday() in weekdays

    last, following = last_due_date(now, time_of_day, zone, wanted), next_due_date(now, time_of_day, zone, wanted)
    if not weekdays:
        assert (last, following) == (None, None)
        return
    assert last
    assert following
    assert due_at(last, time_of_day, zone) <= now < due_at(following, time_of_day, zone)
    between = [last + timedelta(days=number) for number in range((following - last).days + 1)]
    assert [day for day in between if wanted(day)] == [last, following]
