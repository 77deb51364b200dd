"""The first days of a team's month: what comes unasked comes once, by day, and to those alone who want it.

`python -m tests.team_month` lives through the whole month and prints it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.harness import papers_of
from tests.replay import IS_SOAK
from tests.team_month import FIRST, PEOPLE, Arrival, Calendar, TeamMonth, recorded_lists

if TYPE_CHECKING:
    from pathlib import Path

HOME = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 8, 12, 12, tzinfo=HOME)


async def test_nothing_comes_twice_at_night_or_to_somebody_who_does_not_want_it(tmp_path: Path) -> None:
    days = 31 if IS_SOAK else 9
    lists = {day: papers_of(day) for step in range(days) if (day := FIRST + timedelta(days=step)).weekday() < 5}
    async with TeamMonth(tmp_path, lists, days=days, people=PEOPLE if IS_SOAK else 4) as month:
        calendar = await month.live()
        assert month.complaints() == []
    kinds = {each.kind for each in calendar.arrivals}
    assert kinds == {"daily", "team", "reminder"}
    assert month.restarts


def test_the_count_finds_each_thing_that_should_not_be() -> None:
    def complaints(*arrivals: Arrival) -> list[str]:
        return [
            each.partition(":")[0]
            for each in Calendar([*arrivals]).complaints({"@ana": {NOON.date(), date(2026, 8, 13)}})
        ]

    wanted = Arrival("@ana", "reminder:2026-W33", "header", NOON)
    assert complaints(wanted) == []
    assert complaints(wanted, wanted) == ["2 times", "2 reminders"]
    assert complaints(wanted, Arrival("@ana", "reminder:x", "header", NOON + timedelta(days=1))) == ["2 reminders"]
    assert complaints(Arrival("@jimin", "reminder:2026-W33", "header", NOON)) == ["unwanted"]
    assert complaints(Arrival("#papers", "team:2026-W33", "header", NOON.replace(hour=3))) == ["at 03"]
    assert complaints(Arrival("@ana", "team:2026-W33", "header", NOON)) == ["to a person, unasked"]
    saturday = NOON + timedelta(days=3)
    assert complaints(Arrival("@ana", "reminder:2026-W33", "header", saturday)) == ["unwanted", "on a week-end"]


def test_a_recorded_day_stands_in_where_none_was_recorded(recorded: Path) -> None:
    lists = recorded_lists(recorded / "hf", FIRST, 31)
    assert len(lists) == 23
    assert all(items for items in lists.values())
