"""When somebody is reminded of their list, of which papers, and what is said of the time that these take."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.reading_list import ReadingState
from bot.rules.reminders import (
    MONDAY,
    MOST_NEWS,
    MOST_STALE,
    MOST_SUGGESTED,
    SNOOZED_FOR,
    RemindedPapers,
    ReminderPreference,
    WaitingPaper,
    current_slot,
    next_slot,
    reading_minutes,
    slot_on,
    stale,
    suggested,
)

START = datetime(2024, 3, 1, tzinfo=UTC)
# Clocks that change by one hour, by half of one, by two, at other times of the year, and not at all; a date left out.
ZONES = (
    "Europe/Berlin",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "America/Santiago",
    "Asia/Seoul",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "UTC",
)
zones = st.sampled_from(ZONES)
weekdays = st.integers(0, 6)
moments = st.integers(0, 730 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


def wants(
    weekday: int = MONDAY, *, snoozed_until: datetime | None = None, last_for: datetime | None = None
) -> ReminderPreference:
    return ReminderPreference(True, weekday, snoozed_until, START, last_for)


def sent_by_a_bot(
    preference: ReminderPreference, looks: list[tuple[datetime, str, int, bool]]
) -> list[tuple[datetime, datetime, str]]:
    """The moment, slot, and zone of each reminder of somebody who is looked at now and then, in the zone and with the
    weekday they have by then, and who snoozes at times."""
    reminders = []
    for now, zone, weekday, snoozes in looks:
        snoozed_until = now + SNOOZED_FOR if snoozes else preference.snoozed_until
        preference = ReminderPreference(True, weekday, snoozed_until, START, preference.last_for)
        if slot := current_slot(preference, zone, now):
            preference = ReminderPreference(True, weekday, snoozed_until, START, slot.start)
            reminders.append((now, slot.start, zone))
    return reminders


@given(st.lists(st.tuples(moments, zones, weekdays, st.booleans()), max_size=60).map(sorted))
def test_nobody_is_reminded_twice_in_a_week_or_at_night_wherever_they_go(
    looks: list[tuple[datetime, str, int, bool]],
) -> None:
    reminders = sent_by_a_bot(wants(), looks)
    for now, slot, zone in reminders:
        local, slot_local = now.astimezone(ZoneInfo(zone)), slot.astimezone(ZoneInfo(zone))
        assert 10 <= local.hour < 18
        assert (slot_local.hour, slot_local.minute) == (10, 0)
        assert local.date() == slot_local.date()
    for (_, earlier, _), (_, later, _) in itertools.pairwise(reminders):
        assert later - earlier >= timedelta(days=6, hours=21)


@given(zones, weekdays)
def test_somebody_looked_at_each_minute_it_is_time_is_reminded_every_week_on_their_weekday(
    zone: str, weekday: int
) -> None:
    preference, now, dates = wants(weekday), START, []
    while (at := next_slot(preference, zone, now)) and at < START + timedelta(weeks=60):
        slot = current_slot(preference, zone, at)
        assert slot, "what was announced is kept"
        now, preference = at, wants(weekday, last_for=slot.start)
        dates.append(at.astimezone(ZoneInfo(zone)).date())
    assert {each.weekday() for each in dates} == {weekday}
    assert {later - earlier for earlier, later in itertools.pairwise(dates)} == {timedelta(weeks=1)}


@given(zones, weekdays, moments)
def test_the_next_one_is_never_now_and_is_one_that_may_be_sent(zone: str, weekday: int, now: datetime) -> None:
    at = next_slot(wants(weekday), zone, now)
    assert at
    assert now < at <= now + timedelta(days=8)
    assert current_slot(wants(weekday), zone, at - timedelta(seconds=1)) is None


def test_a_week_that_was_missed_is_left_out_and_not_made_up_for_at_night() -> None:
    monday = datetime(2024, 7, 29, tzinfo=ZoneInfo("Asia/Seoul"))
    for hour, is_time in ((9, False), (10, True), (17, True), (18, False), (23, False)):
        assert (current_slot(wants(), "Asia/Seoul", monday.replace(hour=hour)) is not None) is is_time
    assert current_slot(wants(), "Asia/Seoul", monday + timedelta(days=1, hours=10)) is None


def test_whoever_turns_them_on_at_noon_is_not_reminded_on_the_same_day() -> None:
    noon = datetime(2024, 7, 29, 12, tzinfo=ZoneInfo("Asia/Seoul"))
    preference = ReminderPreference(is_on=True, weekday=MONDAY, since=noon)
    assert current_slot(preference, "Asia/Seoul", noon + timedelta(minutes=1)) is None
    assert next_slot(preference, "Asia/Seoul", noon) == noon + timedelta(days=6, hours=22)


def test_nobody_is_reminded_while_they_are_off_or_snoozed() -> None:
    monday = datetime(2024, 7, 29, 10, tzinfo=ZoneInfo("Asia/Seoul"))
    assert next_slot(ReminderPreference(), "Asia/Seoul", monday) is None
    assert current_slot(ReminderPreference(), "Asia/Seoul", monday) is None
    evening = monday + timedelta(hours=8)
    snoozed = wants(snoozed_until=evening + SNOOZED_FOR, last_for=monday)
    assert next_slot(snoozed, "Asia/Seoul", evening) == monday + timedelta(weeks=2)
    assert current_slot(snoozed, "Asia/Seoul", monday + timedelta(weeks=1)) is None
    assert snoozed.as_of(evening) == snoozed
    assert snoozed.as_of(evening + SNOOZED_FOR).snoozed_until is None


def test_another_weekday_does_not_bring_a_second_one_in_the_same_week() -> None:
    friday = datetime(2024, 8, 2, 10, tzinfo=ZoneInfo("Asia/Seoul"))
    moved = wants(MONDAY, last_for=friday)
    assert next_slot(moved, "Asia/Seoul", friday) == friday + timedelta(days=10)


def test_a_date_that_was_left_out_has_no_slot() -> None:
    assert slot_on(date(2011, 12, 30), 4, "Pacific/Apia") is None
    assert slot_on(date(2011, 12, 31), 5, "Pacific/Apia")


def waiting(name: str, days: int = 1, votes: int | None = None, words: int | None = None) -> WaitingPaper:
    return WaitingPaper(name, START - timedelta(days=days), votes=votes, words=words)


def test_what_is_suggested_waits_longest_is_the_shortest_or_has_the_most_votes() -> None:
    papers = [
        waiting("old", 40, 1, 9000),
        waiting("short", 3, 2, 1400),
        waiting("loved", 2, 90),
        waiting("other", 20, 3, 8000),
    ]
    assert suggested(papers) == ("old", "short", "loved")


def test_the_same_papers_are_not_suggested_again_while_there_are_others() -> None:
    papers = [waiting(name, days) for name, days in (("a", 9), ("b", 8), ("c", 7), ("d", 6))]
    assert suggested(papers, before=("a", "b", "c")) == ("d", "a", "b")


def test_a_withdrawn_paper_is_not_suggested() -> None:
    assert suggested([WaitingPaper("gone", START, is_withdrawn=True), waiting("here")]) == ("here",)


papers = st.lists(
    st.builds(
        WaitingPaper,
        st.integers(0, 30).map(lambda number: f"2407.{number:05}"),
        moments,
        st.sampled_from([ReadingState.TO_READ, ReadingState.READING]),
        st.none() | st.integers(0, 500),
        st.none() | st.integers(1, 60_000),
        st.booleans(),
    ),
    unique_by=lambda each: each.paper_id,
)


@given(papers, st.lists(st.integers(0, 30).map(lambda number: f"2407.{number:05}"), max_size=3))
def test_as_many_as_there_are_are_suggested_each_once(waits: list[WaitingPaper], before: list[str]) -> None:
    chosen = suggested(waits, before)
    readable = {each.paper_id for each in waits if not each.is_withdrawn}
    assert len(chosen) == len(set(chosen)) == min(MOST_SUGGESTED, len(readable))
    assert set(chosen) <= readable
    fresh = readable - set(before)
    assert len(set(chosen) & fresh) == min(MOST_SUGGESTED, len(fresh))


@given(papers, moments)
def test_only_what_nobody_began_for_eight_weeks_is_offered_for_archiving(
    waits: list[WaitingPaper], now: datetime
) -> None:
    by_id = {each.paper_id: each for each in waits}
    offered = [by_id[paper_id] for paper_id in stale(waits, now)]
    assert len(offered) <= MOST_STALE
    assert offered == sorted(offered, key=lambda each: (each.saved_at, each.paper_id))
    assert all(each.state is ReadingState.TO_READ for each in offered)
    assert all(now - each.saved_at >= timedelta(weeks=8) for each in offered)


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        (None, None),
        (0, None),
        (-5, None),
        (1, 1),
        (1380, 6),
        (2300, 10),
        (2600, 11),
        (4600, 20),
        (5000, 20),
        (7600, 35),
        (20_000, 90),
    ],
)
def test_minutes_are_told_as_exactly_as_one_can(words: int | None, minutes: int | None) -> None:
    assert reading_minutes(words) == minutes


@given(st.integers(1, 300_000))
def test_minutes_are_within_an_eighth_of_what_the_words_take(words: int) -> None:
    minutes = reading_minutes(words)
    assert minutes
    assert abs(minutes - words / 230) <= max(0.5, words / 230 / 8) or minutes == 1


@given(st.text(st.characters(), max_size=200))
def test_no_value_of_a_button_fails(text: str) -> None:
    read = RemindedPapers.parse(text)
    assert RemindedPapers.parse(str(read)) == read


def test_a_button_names_the_papers_of_its_reminder_within_what_slack_takes() -> None:
    ids = tuple(f"cond-mat/990{number}" for number in range(1001, 1001 + MOST_STALE))
    papers = RemindedPapers(("2407.21017", "2407.20743", ids[0]), ids, ids[:MOST_NEWS], "2407.20743")
    assert RemindedPapers.parse(str(papers)) == papers
    assert len(str(papers)) < 2000
