"""What a team's week tells others, and when it comes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.channels import Channel, ChannelSettings
from bot.rules.team import (
    Saves,
    SavesTold,
    Talk,
    TeamWeek,
    WeekSaved,
    choose_week,
    is_good_moment,
    recap_due,
    told,
    without_names,
)

SEOUL = ZoneInfo("Asia/Seoul")
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10, weekdays=frozenset(range(5)), team_recap=True)
CHANNEL = Channel("T1", "C1", SETTINGS, since=datetime(2024, 1, 1, tzinfo=UTC))
MONDAY = date(2024, 8, 5)
CROWD = 30


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SEOUL)


# who saved what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("crowd", "named"), list(product(range(9), range(4))))
def test_nobody_learns_of_anybody_in_the_crowd_that_they_saved_a_paper(crowd: int, named: int) -> None:
    """Every reader, inside the crowd or not, finds what they are told possible without any given other person."""
    names = tuple(f"U{number}" for number in range(named))
    outcomes = {unnamed: told(Saves("p", unnamed + named, names), crowd) for unnamed in range(crowd + 1)}
    for what in filter(None, outcomes.values()):
        possible = [unnamed for unnamed, each in outcomes.items() if each == what]
        for reader_saved, others in ((0, crowd), (0, crowd - 1), (1, crowd - 1)):
            by_others = [unnamed - reader_saved for unnamed in possible if 0 <= unnamed - reader_saved <= others]
            assert not by_others or others <= 0 or min(by_others) < others, (what, reader_saved)


@pytest.mark.parametrize(
    ("savers", "named", "crowd", "expected"),
    [
        (1, (), CROWD, None),
        (2, (), CROWD, SavesTold(2)),
        (27, (), CROWD, SavesTold(27)),
        (28, (), CROWD, SavesTold(None)),
        (2, (), 2, None),
        (3, (), 3, None),
        (3, (), 4, SavesTold(None)),
        (3, (), 6, SavesTold(3)),
        (2, ("UANA",), CROWD, SavesTold(2, ("UANA",))),
        (2, ("UANA", "UBEN"), 0, SavesTold(2, ("UANA", "UBEN"))),
        (3, ("UANA", "UBEN"), 1, SavesTold(2, ("UANA", "UBEN"))),
        (2, ("UANA",), 1, None),
    ],
)
def test_a_count_is_told_where_it_leaves_everybody_in_doubt(
    savers: int, named: tuple[str, ...], crowd: int, expected: SavesTold | None
) -> None:
    assert told(Saves("p", savers, named), crowd) == expected


papers = st.sampled_from([f"2408.0000{number}" for number in range(8)])
saves = st.builds(
    lambda paper, savers, named: Saves(paper, savers, tuple(f"U{n}" for n in range(min(named, savers)))),
    papers,
    st.integers(1, 40),
    st.integers(0, 6),
)
weeks = st.builds(
    WeekSaved,
    st.lists(saves, unique_by=lambda each: each.paper_id).map(tuple),
    st.lists(
        st.builds(Talk, papers, st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
        unique_by=lambda each: each.paper_id,
    ).map(tuple),
    st.lists(saves, unique_by=lambda each: each.paper_id).map(tuple),
    st.integers(0, 50),
)


@given(weeks)
def test_a_week_tells_of_each_paper_once_of_at_most_ten_and_only_what_may_be_told(week: WeekSaved) -> None:
    chosen = choose_week(week)
    ids = [each.paper_id for each in chosen.papers]
    assert len(ids) == len(set(ids)) <= 10
    by_paper = {each.paper_id: each for each in week.saved}
    assert all(each.saves == told(by_paper[each.paper_id], week.crowd) is not None for each in chosen.most_saved)
    assert all(each.talk and each.talk.marks >= 2 and not each.saves for each in chosen.talked_about)
    assert all(each.saves and not each.saves.named for each in chosen.unread)
    counts = [by_paper[each.paper_id].savers for each in chosen.most_saved]
    assert counts == sorted(counts, reverse=True)


def test_a_paper_saved_and_talked_about_stands_once_and_says_both() -> None:
    week = WeekSaved((Saves("p", 4),), (Talk("p", questions=2), Talk("q", shares=1, links=1)), (), CROWD)
    chosen = choose_week(week)
    assert [(each.paper_id, each.talk) for each in chosen.most_saved] == [("p", Talk("p", questions=2))]
    assert [each.paper_id for each in chosen.talked_about] == ["q"]


def test_what_only_lies_unread_or_came_up_once_is_no_news() -> None:
    week = WeekSaved((Saves("p", 1),), (Talk("q", questions=1),), (Saves("r", 5),), CROWD)
    assert not choose_week(week).has_news
    assert choose_week(week).unread
    assert not TeamWeek().has_news


def test_names_are_taken_out_of_a_message_that_waits_and_nothing_else() -> None:
    named = {"type": "context", "block_id": "names_1", "elements": [{"type": "plain_text", "text": "Ana"}]}
    other = {"type": "context", "elements": [{"type": "plain_text", "text": "names of Ana"}]}
    message = {"text": "Recap", "blocks": [other, named, {**other, "block_id": "b"}], "metadata": {"event_type": "m"}}
    without = json.loads(without_names(json.dumps(message)))
    assert without == {**message, "blocks": [other, {**other, "block_id": "b"}]}
    assert without_names(json.dumps(without)) == json.dumps(without)


@pytest.mark.parametrize("payload", ["", "[]", "{}", '{"blocks": 1}', '{"blocks": ["a"]}', '{"text": "a"}'])
def test_what_is_no_message_stays_as_it_is(payload: str) -> None:
    assert without_names(payload) == payload


def test_where_others_read_along_a_week_has_counts_alone() -> None:
    week = choose_week(WeekSaved((Saves("p", 3, ("Ana",)),), (Talk("q", shares=2),), crowd=CROWD))
    assert week.most_saved[0].saves == SavesTold(3, ("Ana",))
    assert week.without_names().most_saved[0].saves == SavesTold(3)
    assert week.without_names().talked_about == week.talked_about


# when it comes ----------------------------------------------------------------------------------------------------


def test_it_comes_on_the_first_posting_day_of_a_week_about_the_seven_days_before() -> None:
    due = recap_due(CHANNEL, at(MONDAY, 9, 10))
    assert due is not None
    assert (due.week, due.until, due.since) == ("2024-W32", at(MONDAY, 9, 10), at(MONDAY, 9, 10) - timedelta(days=7))
    assert recap_due(CHANNEL, at(MONDAY, 9, 9)) is None


def test_one_that_was_missed_comes_on_a_later_day_of_its_week_about_the_same_days() -> None:
    on_time = recap_due(CHANNEL, at(MONDAY, 9, 10))
    assert recap_due(CHANNEL, at(MONDAY + timedelta(days=3), 15)) == on_time
    assert recap_due(CHANNEL, at(MONDAY + timedelta(days=5), 15)) is None, "Saturday is no posting day"
    later = recap_due(CHANNEL, at(MONDAY + timedelta(days=7), 9, 10))
    assert later is not None
    assert later.week == "2024-W33"


def test_a_holiday_monday_moves_it_to_tuesday() -> None:
    channel = replace(CHANNEL, settings=replace(SETTINGS, skip_dates=(MONDAY,)))
    assert recap_due(channel, at(MONDAY, 9, 10)) is None
    due = recap_due(channel, at(MONDAY + timedelta(days=1), 9, 10))
    assert due is not None
    assert due.until == at(MONDAY + timedelta(days=1), 9, 10)


def test_a_channel_that_does_not_want_it_or_is_served_only_since_gets_none() -> None:
    unwanted = replace(CHANNEL, settings=replace(SETTINGS, team_recap=False))
    resumed = replace(CHANNEL, since=at(MONDAY, 9, 11))
    assert recap_due(unwanted, at(MONDAY, 9, 10)) is None
    assert recap_due(resumed, at(MONDAY, 9, 20)) is None


@given(
    st.integers(0, 3 * 365 * 24 * 12),
    st.times(),
    st.sampled_from(["Asia/Seoul", "America/New_York", "Pacific/Apia", "Europe/Lisbon", "Australia/Lord_Howe"]),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_it_never_comes_at_night_but_at_the_very_time_a_channel_chose(
    fives: int, post_at: time, zone: str, weekdays: set[int]
) -> None:
    settings = replace(SETTINGS, post_at=post_at.replace(microsecond=0), timezone=zone, weekdays=frozenset(weekdays))
    now = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * fives)
    due = recap_due(replace(CHANNEL, settings=settings, since=None), now)
    if due is None:
        return
    local = now.astimezone(ZoneInfo(zone))
    assert local.weekday() in weekdays
    assert due.until <= now < due.until + timedelta(days=7, hours=1)
    assert is_good_moment(settings, now)
    chosen = datetime.combine(local.date(), settings.post_at, ZoneInfo(zone))
    assert 8 <= local.hour < 20 or now - chosen < timedelta(hours=2), "an hour, and one that clocks may jump over"
