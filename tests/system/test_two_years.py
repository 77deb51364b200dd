"""Two years of channels that are changed, paused, skipped, cut off and killed: what is owed comes, and nothing else.

`make soak` lives through all of it; otherwise it is three weeks of the same.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot_process import BotProcesses
from tests.calendar_oracle import Act, Place, Span, What, World
from tests.harness import papers_of
from tests.replay import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.calendar_oracle import Item

IS_SOAK = "PAPERBOY_SOAK_TOP" in os.environ
SINCE = datetime(2026, 1, 4, 12, tzinfo=UTC)
UNTIL = datetime(2028, 1, 4, 12, tzinfo=UTC) if IS_SOAK else SINCE + timedelta(weeks=2)
GROUPS, PLACES = (4, 10) if IS_SOAK else (1, 5)
ZONES = (
    *("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"),
    *("America/St_Johns", "Africa/Casablanca", "Pacific/Chatham", "America/Los_Angeles", "Asia/Kathmandu", "UTC"),
)
WORDS = ("robot", "speech", "vision", "diffusion")
WORKDAYS = frozenset(range(5))
A_DAY = timedelta(days=1)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("group", range(GROUPS))
async def test_each_channel_gets_the_right_post_or_the_right_reason_on_each_local_date(
    tmp_path: Path, group: int, record_property: Callable[[str, object], None]
) -> None:
    random = Random(group)
    world = _world(random)
    places = [_place(random, world, group * PLACES + number) for number in range(PLACES)]
    async with BotProcesses.open() as processes:
        judged = await judge(tmp_path, places, world, UNTIL, processes=processes, moving=_firsts_of_months())
    acts = [act.what for place in places for act in place.acts]
    counted = ", ".join(f"{acts.count(what)} {what.value}" for what in What)
    zones = {phase.timezone for place in places for phase in place.phases}
    away = f"{len(world.source_down)} times without sources, {len(world.bot_down)} without the bot"
    record_property("told", f"{judged}; {len(zones)} zones; {counted}; {away}, {len(world.opens)} late lists")


def _days() -> list[date]:
    return [SINCE.date() + timedelta(days=step) for step in range(-2, (UNTIL - SINCE).days + 2)]


def _firsts_of_months() -> list[datetime]:
    """Calm moments, at which nothing else happens."""
    return [datetime(day.year, day.month, 1, 12, tzinfo=UTC) for day in _days() if day.day == 1 and day > SINCE.date()]


def _is_calm(moment: datetime) -> bool:
    """Whether it is far from the moments at which the workspace is cleared."""
    return timedelta(hours=36) < moment - moment.replace(day=1, hour=0) < timedelta(days=26)


def _world(random: Random) -> World:
    """Lists full of ties and repetitions, some empty, and what goes wrong, each far enough from the next."""
    troubles: list[Span] = []
    kills: dict[datetime, int] = {}
    opens: dict[date, datetime] = {}
    moment = SINCE + timedelta(days=2)
    while moment < UNTIL - timedelta(days=3):
        begins = _quarter(moment) + timedelta(minutes=random.choice([-14, -5, -1, 0, 1]))
        lasts = random.choice([0.2, 0.5, 1, 2, 5, 12, 30])
        ends = _quarter(begins + timedelta(hours=lasts)) + timedelta(minutes=5)
        if _is_calm(begins) and _is_calm(ends):
            troubles.append(Span(begins, ends))
        moment = ends + timedelta(hours=random.randint(10, 150 if IS_SOAK else 50))
        if random.random() < 0.7 and _is_calm(moment):
            kills[_quarter(moment)] = random.randint(3, 40)
        moment += timedelta(hours=3)
    source_down = [span for span in troubles if random.random() < 0.6]
    bot_down = [span for span in troubles if span not in source_down]
    for day in _days():
        late = datetime.combine(day + A_DAY, time(random.randint(0, 23), 20), UTC)
        apart = all(abs(late - edge) > timedelta(hours=1) for span in troubles for edge in (span.start, span.end))
        if random.random() < 0.04 and _is_calm(late) and apart and SINCE + 2 * A_DAY < late < UNTIL - A_DAY:
            opens[day] = late
    return World(_lists(random), source_down, opens, bot_down, kills)


def _lists(random: Random) -> dict[date, list[Item]]:
    lists: dict[date, list[Item]] = {}
    yesterday: list[Item] = []
    for day in _days():
        is_empty = day.weekday() >= 5 or random.random() < 0.05
        items = papers_of(day, [random.randint(0, 6) for _ in range(0 if is_empty else random.randint(1, 7))])
        for item in items:
            item["numComments"] = random.randint(0, 1)
            item["paper"]["title"] += f" on {random.choice(WORDS)}"
            item["paper"]["submittedOnDailyAt"] = f"{day}T{random.randint(0, 2):02}:00:00.000Z"
        lists[day] = [*items, *(item for item in yesterday if random.random() < 0.1)]
        yesterday = items
    return lists


def _place(random: Random, world: World, number: int) -> Place:
    wishes = {**_wishes(random), "timezone": ZONES[number % len(ZONES)]}
    place = Place(f"place-{number}", since=SINCE, **{"top": 3, **wishes})
    acts: list[Act] = []
    moment = SINCE
    while (moment := moment + timedelta(hours=random.randint(40, 1500 if IS_SOAK else 150))) < UNTIL - 2 * A_DAY:
        at = _quarter(moment) + timedelta(minutes=7)
        until = at + timedelta(hours=random.randint(2, 200))
        if not (_is_quiet(world, at) and _is_quiet(world, until)) or until > UNTIL - A_DAY:
            continue
        match random.choice(["change", "change", "change", "pause", "skip", "unskip"]):
            case "change":
                acts.append(Act(at, What.CHANGE, _wishes(random)))
            case "pause":
                acts += [Act(at, What.PAUSE), Act(until, What.RESUME)]
                moment = until
            case "unskip":
                acts += [Act(at, What.SKIP), Act(until, What.UNSKIP)]
                moment = until
            case _:
                acts.append(Act(at, What.SKIP))
    return Place(**{**_fields(place), "acts": tuple(acts)})


def _fields(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in place.__dataclass_fields__}


def _wishes(random: Random) -> dict[str, Any]:
    """Some of the things that a place may wish; the most usual ones more often."""
    every_wish: dict[str, Any] = {
        "timezone": random.choice(ZONES),
        "post_at": time(random.randint(0, 23), random.choice([0, 0, 15, 30, 45])),
        "top": random.randint(1, 4),
        "weekdays": random.choice([frozenset(range(7)), WORKDAYS, WORKDAYS, frozenset({1, 3})]),
        "skip_dates": frozenset(random.choices(_days(), k=random.choice([0, 1, 5]))),
        "minimum_votes": random.choice([0, 0, 2, 4]),
        "include": random.choice([(), (), ("robot",), ("vision", "speech")]),
        "exclude": random.choice([(), (), ("diffusion",)]),
        "talkative": random.random() < 0.7,
        "in_thread": random.random() < 0.7,
    }
    always = {"post_at"}
    return {name: wish for name, wish in every_wish.items() if name in always or random.random() < 0.4}


def _quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def _is_quiet(world: World, moment: datetime) -> bool:
    """Whether the bot is up and nothing else happens then, or shortly before or after."""
    around = [moment + timedelta(minutes=step) for step in (-20, 0, 20)]
    happens = [*world.edges, *world.kills]
    return (
        not any(world.bot_is_down(each) or world.source_is_down(each) for each in around)
        and all(abs(each - moment) > timedelta(minutes=20) for each in happens)
        and (moment.day, moment.hour) != (1, 12)
    )
