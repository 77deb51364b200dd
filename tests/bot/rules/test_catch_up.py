"""Why a day comes together with a later one: a post was missed, or none was wanted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.rules.catch_up import first_date_due, with_delays
from bot.rules.channels import Change, Channel, ChannelSettings, DayChoice, encoded
from bot.rules.papers import ListedPaper, Paper
from bot.rules.selection import ChosenDay, Delay

MISSED, LEFT_OUT, AFTER = Delay.MISSED, Delay.LEFT_OUT, Delay.AFTER_ITS_DATE
MON, TUE, WED, THU, FRI = (date(2026, 8, day) for day in range(17, 22))
A_DAY = timedelta(days=1)
# In Seoul, the list of Monday is due on Tuesday at 09:10, which is 00:10 UTC; in New York at 09:10, 13:10 UTC.
SEOUL, NEW_YORK = "Asia/Seoul", "America/New_York"
WORKDAYS = frozenset(range(5))
NEVER_PAUSED = datetime(2026, 1, 1, tzinfo=UTC)


def channel(**settings: Any) -> Channel:
    wanted = ChannelSettings(**{"post_at": time(9, 10), "timezone": SEOUL, "language": "en", "top": 3, **settings})
    return Channel("T1", "C1", wanted, cursor=MON - A_DAY, since=NEVER_PAUSED)


def days(*those: date) -> tuple[ChosenDay, ...]:
    listed = ListedPaper(Paper("2608.00001", "A title", ("Ana Ruiz",)), 3)
    return tuple(ChosenDay(day, (listed,), 9, datetime(2026, 8, 30, tzinfo=UTC)) for day in those)


def delays(
    place: Channel, *those: date, served: tuple[date, ...] = (), changes: tuple[Change, ...] = ()
) -> list[Delay | None]:
    return [each.delay for each in with_delays(days(*those), place, changes, frozenset(served))]


def change(at: datetime, setting: str, old: Any, new: Any) -> Change:
    return Change(1, "U1", at, setting, json.dumps(old), json.dumps(new))


def test_a_single_day_comes_in_its_time() -> None:
    assert delays(channel(), MON) == [None]
    assert with_delays((), channel(), (), frozenset()) == ()


def test_a_day_whose_post_did_not_come_was_missed() -> None:
    assert delays(channel(), MON, TUE) == [MISSED, None]
    assert delays(channel(), MON, TUE, WED, FRI) == [MISSED, MISSED, MISSED, None]


@pytest.mark.parametrize(
    ("zone", "weekdays", "left_out"),
    [
        (SEOUL, {0, 2, 3, 4}, True),  # no Tuesdays, on which Monday's papers are due
        (SEOUL, {1, 2, 3, 4}, False),  # no Mondays
        (NEW_YORK, {0, 2, 3, 4}, True),  # no Tuesdays there either
        ("Pacific/Kiritimati", {0, 1, 3, 4}, True),  # 14 hours ahead, where they are due on Wednesday
        ("Pacific/Kiritimati", {0, 2, 3, 4}, False),
        ("Pacific/Pago_Pago", {0, 2, 3, 4}, True),  # 11 hours behind
    ],
)
def test_a_day_that_was_due_on_a_weekday_without_posts_was_left_out(
    zone: str, weekdays: set[int], left_out: bool
) -> None:
    place = channel(timezone=zone, weekdays=frozenset(weekdays))
    assert delays(place, MON, TUE) == [LEFT_OUT if left_out else MISSED, None]


def test_a_day_that_settles_before_the_local_date_begins_is_due_on_the_date_before() -> None:
    """In New York at 20:00 Monday's list, complete at 18:00 there, is due on Monday itself."""
    evening = {"timezone": NEW_YORK, "post_at": time(20, 0)}
    assert delays(channel(weekdays=frozenset({1, 2, 3, 4}), **evening), MON, TUE) == [LEFT_OUT, None]
    assert delays(channel(weekdays=frozenset({0, 2, 3, 4}), **evening), MON, TUE) == [MISSED, None]


def test_a_date_that_is_skipped_leaves_its_day_out() -> None:
    assert delays(channel(skip_dates=(TUE,)), MON, TUE) == [LEFT_OUT, None]
    assert delays(channel(skip_dates=(WED,)), MON, TUE) == [MISSED, None]


def test_a_channel_of_one_post_a_week_missed_nothing() -> None:
    assert delays(channel(weekdays=frozenset({5})), MON, TUE, WED, THU, FRI) == [*[LEFT_OUT] * 4, None]


def test_a_week_that_did_not_come_makes_all_of_its_days_missed() -> None:
    next_monday = MON + timedelta(weeks=1)
    assert delays(channel(weekdays=frozenset({5})), MON, FRI, next_monday) == [MISSED, MISSED, None]


def test_days_missed_and_days_left_out_are_told_apart() -> None:
    """Posts on Wednesdays and Fridays; Wednesday's did not come, Friday's brings all."""
    place = channel(weekdays=frozenset({2, 4}))
    assert delays(place, MON, TUE, WED, THU) == [MISSED, MISSED, LEFT_OUT, None]
    assert delays(place, WED, THU) == [LEFT_OUT, None]


def test_the_settings_of_the_time_count() -> None:
    """Tuesdays were added on Wednesday morning, or taken away."""
    then = datetime(2026, 8, 18, 23, tzinfo=UTC)
    without_tuesday = [0, 2, 3, 4, 5, 6]
    added = change(then, "weekdays", without_tuesday, list(range(7)))
    assert delays(channel(), MON, TUE, changes=(added,), served=(TUE,)) == [LEFT_OUT, None]
    taken_away = change(then, "weekdays", list(range(7)), without_tuesday)
    assert delays(channel(weekdays=frozenset(without_tuesday)), MON, TUE, changes=(taken_away,)) == [MISSED, None]


def test_of_several_changes_each_time_has_its_own_settings() -> None:
    no_tuesday, none = [0, 2, 3, 4], [0]
    changes = (
        change(datetime(2026, 8, 20, 23, tzinfo=UTC), "weekdays", none, [0, 1, 2, 3, 4]),
        change(datetime(2026, 8, 19, 5, tzinfo=UTC), "weekdays", no_tuesday, none),
        change(datetime(2026, 8, 19, 5, tzinfo=UTC), "state", "paused", "active"),
    )
    # Monday's was due on a Tuesday without posts, but Tuesday's on a Wednesday with one, which did not come.
    assert delays(channel(weekdays=WORKDAYS), MON, TUE, WED, THU, changes=changes) == [MISSED, MISSED, LEFT_OUT, None]


def test_an_earlier_hour_that_had_passed_was_due_when_it_was_chosen() -> None:
    """At 08:30 the time was moved from 09:10 to 08:00, and nothing came of it."""
    moved = change(datetime(2026, 8, 17, 23, 30, tzinfo=UTC), "post_at", "09:10:00", "08:00:00")
    assert delays(channel(post_at=time(8, 0)), MON, TUE, changes=(moved,)) == [MISSED, None]
    assert delays(channel(post_at=time(8, 0)), MON, TUE, changes=(moved,), served=(TUE,)) == [LEFT_OUT, None]


def test_a_day_that_fell_into_a_pause_was_left_out() -> None:
    resumed = replace(channel(day_choice=DayChoice.SO_FAR), since=datetime(2026, 8, 17, 12, tzinfo=UTC))
    assert delays(resumed, MON, TUE) == [LEFT_OUT, None]


def test_of_days_as_far_as_they_go_one_with_nothing_yet_was_not_missed() -> None:
    place = channel(day_choice=DayChoice.SO_FAR)
    assert delays(place, MON, TUE, served=(MON,)) == [AFTER, None]
    assert delays(place, MON, TUE) == [MISSED, None]


def test_a_late_morning_that_brings_the_next_day_too_has_missed_its_own() -> None:
    """Tuesday's post in Seoul came after 22:00 UTC, when Tuesday's list was complete."""
    assert delays(channel(), MON, TUE, served=()) == [MISSED, None]


def test_a_date_that_was_served_in_another_zone_is_no_miss() -> None:
    auckland_to_los_angeles = change(
        datetime(2026, 8, 18, 23, tzinfo=UTC), "timezone", "Pacific/Auckland", "America/Los_Angeles"
    )
    place = channel(timezone="America/Los_Angeles")
    assert delays(place, TUE, WED, served=(WED,), changes=(auckland_to_los_angeles,)) == [AFTER, None]


@pytest.mark.parametrize("zone", [SEOUL, NEW_YORK, "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_date_that_matters_lies_before_the_first_asked_for(zone: str) -> None:
    place = channel(timezone=zone)
    asked: list[date] = []

    class Watched(frozenset[date]):
        def __contains__(self, local_date: object) -> bool:
            assert isinstance(local_date, date)
            asked.append(local_date)
            return False

    with_delays(days(MON, FRI), place, (), Watched())
    assert asked
    assert min(asked) >= first_date_due(days(MON, FRI), place)


def test_every_setting_can_be_what_was_changed() -> None:
    for name, text in encoded(channel().settings).items():
        changed = Change(1, "U1", datetime(2026, 8, 18, 12, tzinfo=UTC), name, text, "null")
        assert delays(channel(), MON, TUE, changes=(changed,)) == [MISSED, None]


@pytest.mark.parametrize(
    ("setting", "old"),
    [
        ("timezone", '"Removed/Zone"'),
        ("timezone", '"../etc/passwd"'),
        ("timezone", "5"),
        ("post_at", '"25:10:00"'),
        ("day_choice", '"of_a_later_release"'),
        ("skip_dates", "[5]"),
        ("weekdays", "no JSON"),
    ],
)
def test_a_change_that_cannot_be_read_keeps_no_day_from_coming(setting: str, old: str) -> None:
    changed = Change(1, "U1", datetime(2026, 8, 18, 12, tzinfo=UTC), setting, old, "null")
    assert delays(channel(), MON, TUE, changes=(changed,)) == [MISSED, None]
