"""Two weeks of mornings in many places: the right papers, in order, at the right minute, whatever stopped meanwhile.

What is right is foretold by `tests/calendar_oracle.py`, which knows nothing of how Paperboy goes about it. `make soak`
lives through both weeks with all their papers, sees more changes of the clocks, for longer, and looks more often.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.calendar_oracle import MINUTE, Place, Span, World, due_moments
from tests.harness import papers_of
from tests.replay import IS_SOAK, Replay, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.calendar_oracle import Item

MONDAY = date(2026, 8, 10)
# A whole week and the days after a weekend; and after outages, every place's first morning without one.
UNDISTURBED, DISTURBED = timedelta(days=9), timedelta(days=11)
# Of each list the papers with the most votes, and those that are on several lists; of each paper the first authors.
FOREMOST, AUTHORS = 12, 3
FOREMOST_IN_OUTAGES = 5  # where channels get three
# Each place once, and an hour left out as well as an hour that comes twice: before, at and after the end of a UTC day.
CHANGES = {
    "Europe, into summer": (date(2026, 3, 29), "Europe/Berlin"),
    "New York, out of summer": (date(2026, 11, 1), "America/New_York"),
    "Sydney, into summer": (date(2026, 10, 4), "Australia/Sydney"),
}
# From how many days before a change of the clocks to how many after it.
BEFORE, AFTER = 2, 2
EXAMPLES = 6
if IS_SOAK:
    CHANGES |= {
        "Europe, out of summer": (date(2026, 10, 25), "Europe/Berlin"),
        "New York, into summer": (date(2026, 3, 8), "America/New_York"),
        "Sydney, out of summer": (date(2026, 4, 5), "Australia/Sydney"),
    }
    BEFORE, AFTER, EXAMPLES = 6, 8, 100
    UNDISTURBED = DISTURBED = timedelta(weeks=2)
    FOREMOST = FOREMOST_IN_OUTAGES = AUTHORS = 1000
ZONES = (
    *("Asia/Seoul", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "Africa/Casablanca", "Africa/Cairo"),
    *("America/New_York", "America/St_Johns", "America/Havana", "Australia/Sydney", "Australia/Lord_Howe"),
    *("Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
)
EVES = (  # Thursdays before week-ends on which clocks somewhere above are changed
    *(date(2026, 3, 5), date(2026, 3, 26), date(2026, 4, 2), date(2026, 4, 23), date(2026, 9, 24), date(2026, 10, 1)),
    *(date(2026, 10, 22), date(2026, 10, 29), date(2020, 9, 24), date(2021, 4, 1), date(2026, 2, 12)),
)
_MOMENTS = ("publishedAt", "submittedOnDailyAt")


@pytest.fixture(scope="session")
def fortnight(recorded: Path) -> dict[date, list[Item]]:
    """The lists of 10 to 21 August 2026 as Hugging Face gave them."""
    days = [MONDAY + timedelta(days=step) for step in range(12)]
    files = {day: recorded / "hf" / f"{day}.json" for day in days}
    found = {day: json.loads(file.read_text(encoding="utf-8")) for day, file in files.items() if file.exists()}
    assert len(found) == 10
    days_listed = Counter(_id(item) for items in found.values() for item in items)
    return {day: [*_foremost(items, days_listed, FOREMOST)] for day, items in found.items()}


def _id(item: Item) -> str:
    return str(item["paper"]["id"])


def _foremost(items: Sequence[Item], days_listed: Mapping[str, int], most: int) -> Iterator[Item]:
    by_votes = sorted((item["paper"]["upvotes"] for item in items), reverse=True)
    for item in items:
        if item["paper"]["upvotes"] >= by_votes[:most][-1] or days_listed[_id(item)] > 1:
            yield {**item, "paper": {**item["paper"], "authors": item["paper"]["authors"][:AUTHORS]}}


def moved(lists: dict[date, list[Item]], weeks: int) -> dict[date, list[Item]]:
    """The same lists so many weeks later, Mondays still Mondays."""
    by = timedelta(weeks=weeks)
    return {
        day + by: [_moved({**item, "paper": _moved(item["paper"], by)}, by) for item in items]
        for day, items in lists.items()
    }


def _moved(fields: Item, by: timedelta) -> Item:
    moments = {name: datetime.fromisoformat(fields[name]) + by for name in _MOMENTS if name in fields}
    return {**fields, **{name: moment.isoformat().replace("+00:00", "Z") for name, moment in moments.items()}}


def place(timezone: str, post_at: str, top: int = 3, since: datetime | None = None) -> Place:
    hour, minute = post_at.split(":")
    name = re.sub(r"[^a-z0-9]", "-", f"{timezone} {post_at}".lower())
    return Place(name, timezone, time(int(hour), int(minute)), top, since or utc(MONDAY - timedelta(days=1), "12:00"))


def utc(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), UTC)


def august(day: int, clock: str) -> datetime:
    return utc(date(2026, 8, day), clock)


OFFICES = (
    place("Asia/Seoul", "08:00"),
    place("Asia/Seoul", "09:00", top=10),
    place("Europe/Berlin", "09:00"),
    place("Europe/Berlin", "02:30"),
    place("America/New_York", "09:00"),
    place("Australia/Sydney", "09:00"),
)
NIGHTS = (place("America/New_York", "01:30"), place("America/New_York", "02:30"), place("Australia/Sydney", "02:30"))
# One for each part of a UTC day.
IN_OUTAGES = [*OFFICES[:1], *OFFICES[2:], NIGHTS[2]] if IS_SOAK else [OFFICES[0], OFFICES[2], OFFICES[4], NIGHTS[2]]
WEEKEND_OPENS_ON_MONDAY = {date(2026, 8, 15): august(17, "07:12"), date(2026, 8, 16): august(17, "07:12")}


async def test_a_fortnight_comes_day_by_day_at_each_places_minute(
    fortnight: dict[date, list[Item]], tmp_path: Path
) -> None:
    await judge(tmp_path, [*OFFICES, *NIGHTS], World(fortnight), utc(MONDAY + UNDISTURBED, "00:00"))


@pytest.mark.parametrize("change", CHANGES)
async def test_no_change_of_the_clocks_moves_or_doubles_a_post(
    fortnight: dict[date, list[Item]], tmp_path: Path, change: str
) -> None:
    sunday, timezone = CHANGES[change]
    monday = sunday - timedelta(days=6)
    since = utc(sunday - timedelta(days=BEFORE + 1), "12:00")
    places = [place(timezone, clock, since=since) for clock in ("01:30", "02:30", "09:00")]
    places.append(place("Asia/Seoul", "08:00", since=since))
    outage = Span(utc(sunday - timedelta(days=1), "12:00"), utc(sunday, "16:45"))
    world = World(moved(fortnight, (monday - MONDAY).days // 7), source_down=[outage])
    await judge(tmp_path, places, world, utc(sunday + timedelta(days=AFTER), "00:00"))


OUTAGES = {
    "Paperboy is away for minutes, a week-end and days": World(
        {},
        bot_down=[
            Span(august(11, "22:55"), august(11, "23:10")),
            Span(august(12, "21:50"), august(12, "22:20")),
            Span(august(14, "20:00"), august(17, "06:00")),
            Span(august(18, "05:00"), august(20, "10:00")),
        ],
    ),
    "Hugging Face is away for minutes, hours and days": World(
        {},
        source_down=[
            Span(august(11, "22:50"), august(12, "00:30")),
            Span(august(12, "22:30"), august(13, "03:20")),
            Span(august(13, "06:55"), august(13, "07:05")),
            Span(august(14, "20:00"), august(18, "01:07")),
        ],
    ),
    "lists open late": World({}, opens={**WEEKEND_OPENS_ON_MONDAY, date(2026, 8, 19): august(20, "14:03")}),
    "everything at once": World(
        {},
        bot_down=[
            Span(august(12, "06:30"), august(12, "12:00")),
            Span(august(14, "06:50"), august(14, "07:20")),
            Span(august(18, "12:00"), august(19, "13:00")),
        ],
        source_down=[
            Span(august(12, "11:00"), august(12, "14:00")),
            Span(august(14, "21:00"), august(16, "03:00")),
            Span(august(18, "13:00"), august(19, "18:00")),
        ],
        opens=WEEKEND_OPENS_ON_MONDAY,
    ),
}


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_delays_what_it_must_and_loses_nothing(
    fortnight: dict[date, list[Item]], tmp_path: Path, outage: str
) -> None:
    days_listed = Counter(_id(item) for items in fortnight.values() for item in items)
    lists = {day: [*_foremost(items, days_listed, FOREMOST_IN_OUTAGES)] for day, items in fortnight.items()}
    world = replace(OUTAGES[outage], lists=lists)
    await judge(tmp_path, IN_OUTAGES, world, utc(MONDAY + DISTURBED, "00:00"))


async def test_watched_every_minute_a_night_of_changed_clocks_brings_nothing_else(tmp_path: Path) -> None:
    saturday = date(2026, 10, 24)
    since = utc(saturday, "18:00")
    lists: dict[date, Sequence[Item]] = {day: papers_of(day, (9, 7, 5)) for day in (saturday, date(2026, 10, 25))}
    places = [place("Europe/Berlin", "02:30", since=since), place("America/New_York", "09:00", since=since)]
    places += [place("Australia/Lord_Howe", "07:45", top=2, since=since), place("Asia/Seoul", "09:00", since=since)]
    outage = Span(utc(date(2026, 10, 25), "00:20"), utc(date(2026, 10, 25), "01:10"))
    closed = {date(2026, 10, 25): utc(date(2026, 10, 26), "06:17")}
    world = World(lists, source_down=[outage], opens=closed)
    await judge(tmp_path, places, world, utc(date(2026, 10, 26), "08:00"), every=True)


async def test_a_list_read_before_an_outage_is_dated_by_each_places_own_clock(tmp_path: Path) -> None:
    lists = {MONDAY: papers_of(MONDAY)}
    since = august(10, "12:00")
    seoul, sydney = place("Asia/Seoul", "08:00", since=since), place("Australia/Sydney", "09:00", since=since)
    world = World(lists, source_down=[Span(august(10, "22:50"), august(11, "01:00"))])
    async with Replay(tmp_path, [seoul, sydney], world) as replay:
        await replay.pass_through([since, august(10, "22:45"), august(10, "23:00")])
        assert "as of 07:45" in replay.seen(seoul)[-1].text
        assert "as of 08:45" in replay.seen(sydney)[-1].text


@dataclass(frozen=True, slots=True)
class Week:
    """A week that never was, and the places that live through it."""

    places: tuple[Place, ...]
    world: World
    until: datetime


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Places, lists full of ties and repetitions, and outages, many of them around a due minute or a settling one."""
    thursday = draw(st.sampled_from(EVES))
    since, until = utc(thursday, "12:00"), utc(thursday + timedelta(days=6), "12:00")
    places = tuple(
        Place(f"place-{number}", timezone, post_at, draw(st.integers(1, 3)), since)
        for number, (timezone, post_at) in enumerate(
            draw(st.lists(st.tuples(st.sampled_from(ZONES), _TIMES), min_size=1, max_size=2, unique=True))
        )
    )
    lists = _lists(draw, [thursday + timedelta(days=step) for step in range(7)])
    stops = sorted(
        [due for each in places for due in due_moments(each.timezone, each.post_at, since, until)]
        + [utc(thursday + timedelta(days=step), "22:00") for step in range(6)]
    )
    spans = [_span(draw, stops) for _ in range(draw(st.integers(0, 3)))]
    down = draw(st.integers(0, len(spans)))
    opens = {span.start.date() - timedelta(days=1): span.end for span in spans[:1] if draw(st.booleans())}
    world = World(lists, source_down=spans[down:], bot_down=spans[:down], opens=opens)
    edges = sorted(world.edges)
    assume(all(since + MINUTE < edge < until - 10 * MINUTE for edge in edges))
    assume(all(later - earlier > 8 * MINUTE for earlier, later in pairwise(edges)))
    ends = [span.end for span in spans] + list(opens.values())
    assume(not any(end < stop <= end + 8 * MINUTE for end in ends for stop in stops))
    return Week(places, world, until)


_TIMES = st.sampled_from([time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(23, 45)]) | st.times(
    max_value=time(23, 59)
).map(lambda drawn: drawn.replace(second=0, microsecond=0))


def _lists(draw: st.DrawFn, days: Sequence[date]) -> dict[date, list[Item]]:
    lists: dict[date, list[Item]] = {}
    before: list[Item] = []
    for day in days:
        items = papers_of(day, draw(st.lists(st.integers(0, 3), max_size=4)))
        for item in items:
            item["numComments"] = draw(st.integers(0, 1))
            item["paper"]["submittedOnDailyAt"] = f"{day}T{draw(st.integers(0, 1)):02}:00:00.000Z"
        lists[day] = draw(st.permutations([*items, *(before if draw(st.booleans()) else [])]))
        before = items
    return lists


def _span(draw: st.DrawFn, stops: Sequence[datetime]) -> Span:
    start = draw(st.sampled_from(stops)) + draw(st.sampled_from([-300, -40, -14, -5, -1, 0, 1, 30, 200])) * MINUTE
    return Span(start, start + draw(st.sampled_from([10, 25, 50, 100, 400, 1000, 2000, 4000])) * MINUTE)


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(week=weeks())
async def test_any_week_anywhere_is_served_as_foretold(week: Week) -> None:
    with TemporaryDirectory() as folder:
        await judge(Path(folder), week.places, week.world, week.until)
