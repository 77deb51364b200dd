"""The judge is judged: by facts anybody can look up, and by whether it notices what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tests.calendar_oracle import Act, Place, Span, What, World, best, due_moments, fits, foretell, settled_days


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


def foretold(world: World, place: Place = SEOUL, *acts: Act) -> list[tuple[str, str, tuple[str, ...]]]:
    happenings = foretell([replace(place, acts=acts)], world, UNTIL)
    return [(each.edition, f"{each.earliest:%d %H:%M}", each.cards) for each in happenings]


def test_each_morning_brings_its_day_and_no_paper_again() -> None:
    assert foretold(World(LISTS)) == [
        ("daily:2026-08-10", "11 00:00", ("a", "b")),
        ("daily:2026-08-11", "12 00:00", ("d",)),
    ]


def test_after_an_absence_everything_comes_at_once() -> None:
    away = Span(utc("2026-08-10 12:00"), utc("2026-08-12 03:33"))
    assert foretold(World(LISTS, bot_down=[away])) == [("daily:2026-08-10..2026-08-11", "12 03:33", ("a", "b", "d"))]


def test_a_source_that_is_away_is_waited_for_and_told_of_once() -> None:
    away = Span(utc("2026-08-10 23:40"), utc("2026-08-11 03:33"))
    assert foretold(World(LISTS, source_down=[away]))[:2] == [
        ("note:2026-08-10:waiting", "11 00:00", ()),
        ("daily:2026-08-10", "11 03:33", ("a", "b")),
    ]


def test_a_list_read_ahead_serves_when_the_source_is_away_at_the_minute() -> None:
    away = Span(utc("2026-08-10 23:50"), utc("2026-08-11 03:33"))
    (morning,) = foretell([SEOUL], World(LISTS, source_down=[away]), UNTIL)[:1]
    assert (morning.edition, morning.earliest) == ("daily:2026-08-10", utc("2026-08-11 00:00"))
    assert min(morning.as_read) == "08:45"


def test_a_list_that_opens_late_is_waited_for() -> None:
    world = World(LISTS, opens={date(2026, 8, 10): utc("2026-08-11 06:00")})
    assert foretold(world)[:2] == [
        ("note:2026-08-10:waiting", "11 00:00", ()),
        ("daily:2026-08-10", "11 06:00", ("a", "b")),
    ]


A = ("daily:2026-08-10", "11 00:00", ("a", "b"))
D = ("daily:2026-08-11", "12 00:00", ("d",))
A_AND_D = ("daily:2026-08-11", "12 00:00", ("a", "d"))
BOTH = ("daily:2026-08-10..2026-08-11", "12 00:00", ("a", "b", "d"))
QUIET = replace(SEOUL, talkative=False)


def at(moment: str, what: What, **wishes: Any) -> Act:
    return Act(utc(f"2026-08-{moment}"), what, wishes)


def test_a_weekday_or_date_that_is_left_out_loses_nothing() -> None:
    assert foretold(World(LISTS), replace(QUIET, weekdays=frozenset({2}))) == [BOTH]
    assert foretold(World(LISTS), replace(QUIET, skip_dates=frozenset({date(2026, 8, 11)}))) == [BOTH]


def test_only_papers_that_fit_come_and_a_day_without_any_is_told_of() -> None:
    assert foretold(World(LISTS), replace(QUIET, minimum_votes=3)) == [("daily:2026-08-10", "11 00:00", ("a",))]
    (_, last) = foretell([replace(SEOUL, minimum_votes=3)], World(LISTS), UNTIL)
    assert last.why == {("unfit", date(2026, 8, 11))}


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        ({"include": ("robot",)}, True),
        ({"include": ("ada",)}, True),
        ({"include": ("acme",)}, True),
        ({"include": ("method",)}, True),
        ({"include": ("robo",)}, False),
        ({"exclude": ("robot",)}, False),
        ({"include": ("robot",), "exclude": ("ada",)}, False),
        ({"exclude": ("robots",)}, True),
    ],
)
def test_a_word_is_a_whole_word_of_the_title_the_abstract_the_authors_or_the_organisation(
    wishes: dict[str, Any], wanted: bool
) -> None:
    paper = {"id": "a", "upvotes": 1, "title": "A Robot", "summary": "Some method.", "authors": [{"name": "Ada B"}]}
    assert fits({"paper": paper, "organization": {"name": "Acme"}}, replace(SEOUL, **wishes)) is wanted


def test_an_empty_weekday_is_told_of_and_a_week_end_is_not() -> None:
    place = replace(SEOUL, since=utc("2026-08-13 12:00"))
    happenings = foretell([place], World({}), utc("2026-08-18 12:00"))
    assert [(each.edition, each.why) for each in happenings] == [
        (f"note:2026-08-{day + 1}", frozenset({("empty", date(2026, 8, day))})) for day in (13, 14, 17)
    ]


def test_a_place_resumed_on_a_week_end_gets_the_friday_it_has_not_had() -> None:
    friday = {date(2026, 8, 14): [item("a", 3)]}
    acts = (at("13 12:00", What.PAUSE), at("15 12:00", What.RESUME))
    happenings = foretell([replace(SEOUL, acts=acts)], World(friday), utc("2026-08-18 12:00"))
    assert [(each.edition, each.earliest) for each in happenings if each.cards] == [
        ("daily:2026-08-14", utc("2026-08-16 00:00"))
    ]


def test_a_pause_drops_what_falls_into_it() -> None:
    acts = [at("10 12:00", What.PAUSE), at("11 12:00", What.RESUME)]
    assert foretold(World(LISTS), QUIET, *acts) == [A_AND_D]


def test_a_skip_leaves_one_post_out_unless_it_is_taken_back() -> None:
    assert foretold(World(LISTS), QUIET, at("10 12:00", What.SKIP)) == [A_AND_D]
    assert foretold(World(LISTS), QUIET, at("10 12:00", What.SKIP), at("10 12:30", What.UNSKIP)) == [A, D]


def test_an_earlier_hour_that_has_passed_is_made_up_for_and_a_date_is_not_served_twice() -> None:
    earlier, later = {"post_at": time(8)}, {"post_at": time(10)}
    assert foretold(World(LISTS), QUIET, at("10 23:30", What.CHANGE, **earlier))[0] == (A[0], "10 23:30", A[2])
    assert foretold(World(LISTS), QUIET, at("11 00:30", What.CHANGE, **later)) == [A, (D[0], "12 01:00", D[2])]


def test_a_date_that_was_served_elsewhere_is_not_served_again() -> None:
    moved = at("11 00:30", What.CHANGE, timezone="America/New_York")
    assert foretold(World(LISTS), QUIET, moved) == [A]
    assert foretold(World(LISTS), replace(QUIET, timezone="America/New_York"), at("10 23:00", What.CHANGE)) == [
        ("daily:2026-08-10", "11 13:00", ("a", "b")),
    ]
