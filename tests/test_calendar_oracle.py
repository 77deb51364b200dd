"""The judge is judged: by facts anybody can look up, and by whether it notices what is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tests.calendar_oracle import Place, Span, World, best, due_moments, foretell, settled_days


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "local", "shown"),
    [
        ("Asia/Seoul", "2026-08-11 08:00", "2026-08-10 23:00"),
        ("Europe/Berlin", "2026-03-28 02:30", "2026-03-28 01:30"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:30"),  # 03:30, summer time
        ("Europe/Berlin", "2026-03-30 02:30", "2026-03-30 00:30"),
        ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 00:30"),  # the first of two
        ("Europe/Berlin", "2026-10-26 02:30", "2026-10-26 01:30"),
        ("America/New_York", "2026-03-08 02:30", "2026-03-08 07:30"),  # 03:30, summer time
        ("America/New_York", "2026-11-01 01:30", "2026-11-01 05:30"),  # the first of two
        ("Australia/Sydney", "2026-10-04 02:30", "2026-10-03 16:30"),  # 03:30, summer time
        ("Australia/Sydney", "2026-04-05 02:30", "2026-04-04 15:30"),  # the first of two
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03 15:45"),  # half an hour later, 02:45
        ("Africa/Cairo", "2026-04-24 00:30", "2026-04-23 22:30"),  # the day begins at 01:00
        ("Asia/Kathmandu", "2026-08-11 05:45", "2026-08-11 00:00"),
    ],
)
def test_each_local_date_has_one_moment(timezone: str, local: str, shown: str) -> None:
    wanted, moment = datetime.fromisoformat(local), utc(shown)
    due = due_moments(timezone, wanted.time(), moment - timedelta(days=3), moment + timedelta(days=3))
    assert [found for found, dates in due.items() if wanted.date() in dates] == [moment]
    assert [day for dates in due.values() for day in dates] == sorted({day for dates in due.values() for day in dates})


def test_a_day_settles_at_22_utc() -> None:
    assert settled_days(date(2026, 8, 9), utc("2026-08-11 21:59")) == [date(2026, 8, 10)]
    assert settled_days(date(2026, 8, 9), utc("2026-08-11 22:00")) == [date(2026, 8, 10), date(2026, 8, 11)]


def item(name: str, votes: int, comments: int = 0, submitted: str = "2026-08-10T00:00:00.000Z") -> dict[str, Any]:
    return {"paper": {"id": name, "upvotes": votes, "submittedOnDailyAt": submitted}, "numComments": comments}


def test_votes_decide_then_comments_then_who_was_first_then_the_id() -> None:
    items = [
        item("e", 1),
        item("d", 2, 1, "2026-08-10T03:00:00.000Z"),
        item("c", 2, 1, "2026-08-10T02:00:00.000Z"),
        item("b", 2, 1, "2026-08-10T02:00:00.000Z"),
        item("a", 2, 2, "2026-08-10T09:00:00.000Z"),
    ]
    assert best(items, 4, set()) == ["a", "b", "c", "d"]
    assert best(items, 4, {"a", "c"}) == ["b", "d", "e"]


SEOUL = Place("seoul", "Asia/Seoul", time(9), 2, utc("2026-08-09 12:00"))
LISTS = {date(2026, 8, 10): [item("a", 3), item("b", 2), item("c", 1)], date(2026, 8, 11): [item("a", 9), item("d", 1)]}
UNTIL = utc("2026-08-12 12:00")


def told(world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.edition, f"{each.earliest:%d %H:%M}", each.cards) for each in foretell([SEOUL], world, UNTIL)]


def test_each_morning_brings_its_day_and_no_paper_again() -> None:
    assert told(World(LISTS)) == [
        ("note:2026-08-10", "10 00:00", ()),
        ("daily:2026-08-10", "11 00:00", ("a", "b")),
        ("daily:2026-08-11", "12 00:00", ("d",)),
    ]


def test_after_an_absence_everything_comes_at_once() -> None:
    away = Span(utc("2026-08-10 12:00"), utc("2026-08-12 03:33"))
    assert told(World(LISTS, bot_down=[away]))[1:] == [("daily:2026-08-10..2026-08-11", "12 03:33", ("a", "b", "d"))]


def test_a_source_that_is_away_is_waited_for_and_told_of_once() -> None:
    away = Span(utc("2026-08-10 23:40"), utc("2026-08-11 03:33"))
    assert told(World(LISTS, source_down=[away]))[1:3] == [
        ("note:2026-08-11", "11 00:00", ()),
        ("daily:2026-08-10", "11 03:33", ("a", "b")),
    ]


def test_a_list_read_ahead_serves_when_the_source_is_away_at_the_minute() -> None:
    away = Span(utc("2026-08-10 23:50"), utc("2026-08-11 03:33"))
    (morning,) = foretell([SEOUL], World(LISTS, source_down=[away]), UNTIL)[1:2]
    assert (morning.edition, morning.earliest) == ("daily:2026-08-10", utc("2026-08-11 00:00"))
    assert min(morning.as_read) == "08:45"


def test_a_list_that_opens_late_is_waited_for() -> None:
    world = World(LISTS, opens={date(2026, 8, 10): utc("2026-08-11 06:00")})
    assert told(world)[1:3] == [("note:2026-08-11", "11 00:00", ()), ("daily:2026-08-10", "11 06:00", ("a", "b"))]
