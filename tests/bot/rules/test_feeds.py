"""Feeds: from when on a day's list may be posted, and on which days there can be one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.feeds import HUGGING_FACE, Feed
from bot.templating.catalogues import catalogue

FEEDS = st.builds(
    Feed,
    key=st.just("another"),
    name=st.just("Another"),
    settles_after=st.integers(0, 48 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.builds(
    lambda minutes, zone: (START + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, 400 * 24 * 60),
    st.sampled_from([UTC, ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")]),
)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 8, 20, 21, 59, 59, tzinfo=UTC), date(2026, 8, 19)),
        (datetime(2026, 8, 20, 22, 0, tzinfo=UTC), date(2026, 8, 20)),
        (datetime(2026, 8, 21, 7, 0, tzinfo=ZoneInfo("Asia/Seoul")), date(2026, 8, 20)),
        (datetime(2026, 8, 21, 6, 59, tzinfo=ZoneInfo("Asia/Seoul")), date(2026, 8, 19)),
    ],
)
def test_a_day_settles_at_22_utc(now: datetime, day: date) -> None:
    assert HUGGING_FACE.last_settled_day(now) == day


@given(FEEDS, MOMENTS)
def test_a_day_is_settled_from_the_moment_its_feed_says(feed: Feed, now: datetime) -> None:
    day = feed.last_settled_day(now)
    assert feed.settled_at(day) <= now < feed.settled_at(day + timedelta(days=1))


@given(FEEDS, MOMENTS)
def test_the_last_listing_day_is_settled_and_none_in_between_can_have_papers(feed: Feed, now: datetime) -> None:
    last, settled = feed.last_listing_day(now), feed.last_settled_day(now)
    assert feed.may_list_on(last)
    between = [last + timedelta(days=number) for number in range(1, (settled - last).days + 1)]
    assert not any(feed.may_list_on(day) for day in between)


def test_feeds_settle_each_at_its_own_time() -> None:
    at_noon = replace(HUGGING_FACE, settles_after=timedelta(hours=12))
    now = datetime(2026, 8, 20, 13, tzinfo=UTC)
    assert (at_noon.last_settled_day(now), HUGGING_FACE.last_settled_day(now)) == (date(2026, 8, 20), date(2026, 8, 19))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", ["day.not_open_yet", "so_far.as_of"])
def test_people_are_told_the_time_at_which_the_list_settles(language: str, key: str) -> None:
    told = catalogue(language).t(key, date="2026-08-20", time="12:00")
    at = f"{HUGGING_FACE.settled_at(date(2026, 8, 20)):%H:%M}"
    assert f"{at} UTC" in told or f"{at}(UTC)" in told
