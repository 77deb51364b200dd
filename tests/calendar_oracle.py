"""What Paperboy owes its channels, worked out the slow way: one minute after the other, from the lists as they came.

It judges the bot, so it shares nothing with it. It never asks a calendar when a time of day comes: it looks at a clock
on the wall of the place every minute and notes what it shows. Nor does it keep lists of what is waiting: whatever has
not been dealt with is looked at again, a minute later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
WEEKEND = {5, 6}
AHEAD = 15 * MINUTE
RETRIED_WITHIN = 6 * MINUTE  # about every five minutes, and the minute in which they are over
CLOSING = time(22, tzinfo=UTC)
LIFE_AFTER_DEATH = 3 * MINUTE
_STRIDE = timedelta(hours=3)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment up to, but not including, another."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class What(Enum):
    """What somebody can do about a place."""

    CHANGE = "change"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    UNSKIP = "unskip"


@dataclass(frozen=True, slots=True)
class Act:
    """Something somebody did about a place in a minute, before all else in it; a change brings new `wishes`."""

    moment: datetime
    what: What
    wishes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel: its papers are wanted at a time of its own, from `since` on, and what was done about that later.

    Resumed, its first papers are those of the latest settled day that has any for it, and a
    skip from before is forgotten. Of Saturdays and Sundays, when
    papers are never listed, nothing is said.

    Only on `weekdays`, from Monday, 0, and not on `skip_dates`; only papers with so many votes, that have one of the
    words to `include` and none to `exclude`. A place that is not `talkative` hears nothing of days without papers.
    """

    name: str
    timezone: str
    post_at: time
    top: int
    since: datetime
    weekdays: frozenset[int] = frozenset(range(7))
    skip_dates: frozenset[date] = frozenset()
    minimum_votes: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    talkative: bool = True
    in_thread: bool = True
    acts: tuple[Act, ...] = ()

    @property
    def phases(self) -> list[Place]:
        """The place with its wishes of each time, in order."""
        phases = [self]
        for act in self.acts:
            phases.append(replace(phases[-1], **act.wishes))
        return phases


@dataclass(frozen=True, slots=True)
class World:
    """What happened around the bot: a day without a list is empty, `opens` holds days that opened late.

    In the minutes of `kills` the bot died when it was about to write something down for so many times.
    """

    lists: Mapping[date, Sequence[Item]]
    source_down: Sequence[Span] = ()
    opens: Mapping[date, datetime] = field(default_factory=dict)
    bot_down: Sequence[Span] = ()
    kills: Mapping[datetime, int] = field(default_factory=dict)

    def bot_is_down(self, moment: datetime) -> bool:
        return any(moment in span for span in self.bot_down)

    def source_is_down(self, moment: datetime) -> bool:
        return any(moment in span for span in self.source_down)

    def is_open(self, day: date, moment: datetime) -> bool:
        return day not in self.opens or moment >= self.opens[day]

    @property
    def edges(self) -> list[datetime]:
        """The moments at which something stops or begins to work."""
        spans = [*self.source_down, *self.bot_down]
        return [*(moment for span in spans for moment in (span.start, span.end)), *self.opens.values()]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a place is to see, once, in a minute from `earliest` to `latest`.

    `cards` are the ids under the header in their order, none in a note, of which `why` holds the reasons: the days that
    were "empty", "known", "unfit", "unreachable" or "not open". `as_read` holds what a clock there showed when the
    lists could be read before the source was gone, and nothing when it was there. Of the days with papers that came
    beside the latest, `missed` is how many could have come before it, and `left_out` how many no post was wanted for.
    """

    place: str
    earliest: datetime
    latest: datetime
    edition: str
    cards: tuple[str, ...] = ()
    in_thread: bool = True
    as_read: frozenset[str] = frozenset()
    missed: int = 0
    left_out: int = 0
    why: frozenset[tuple[str, date]] = frozenset()


@dataclass(slots=True)
class _Account:
    """Where a place stands."""

    place: Place
    due: Mapping[datetime, Sequence[date]]
    since: datetime
    cursor: date | None
    done: date = date.min
    had: set[str] = field(default_factory=set)
    asked: dict[date, datetime] = field(default_factory=dict)
    passed: set[date] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)
    owed: date | None = None
    tried: bool = False
    is_paused: bool = False
    skips: bool = False


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Every whole minute from `start` on, before `end`."""
    moment = start.replace(second=0, microsecond=0)
    while moment < end:
        yield moment
        moment += MINUTE


@cache
def due_moments(timezone: str, post_at: time, start: datetime, end: datetime) -> Mapping[datetime, Sequence[date]]:
    """The minutes in which a wall clock shows that time, with the dates it shows, each date once.

    When the clocks jump over it, it counts the minutes they left out and waits that long. Dates of which `start` has
    seen the time already are not meant.
    """
    zone = ZoneInfo(timezone)
    seen: set[date] = set()
    due: dict[datetime, list[date]] = {}

    def show(moment: datetime, shown: datetime) -> None:
        if shown.time() == post_at and shown.date() not in seen:
            seen.add(shown.date())
            if moment >= start:
                due.setdefault(moment, []).append(shown.date())

    moment = start - 2 * DAY
    while moment < end:
        evenly = _wall(zone, moment + _STRIDE) - _wall(zone, moment - MINUTE) == _STRIDE + MINUTE
        for step in [_steps_to(post_at, _wall(zone, moment))] if evenly else range(_STRIDE // MINUTE):
            here = moment + step * MINUTE
            if not step < _STRIDE // MINUTE or here >= end:
                break
            left_out, shown = _wall(zone, here - MINUTE) + MINUTE, _wall(zone, here)
            late = here
            while left_out < shown:
                show(late, left_out)
                left_out += MINUTE
                late += MINUTE
            show(here, shown)
        moment += _STRIDE
    return dict(sorted(due.items()))


def _steps_to(post_at: time, shown: datetime) -> int:
    """How many minutes after `shown` a clock that runs evenly shows that time."""
    return ((post_at.hour - shown.hour) * 60 + post_at.minute - shown.minute) % (24 * 60)


def _due_for(place: Place, until: datetime) -> Mapping[datetime, Sequence[date]]:
    """The minutes in which a place with these wishes is due, with the local dates it is due for."""
    wanted = {
        moment: [local for local in dates if local.weekday() in place.weekdays and local not in place.skip_dates]
        for moment, dates in due_moments(place.timezone, place.post_at, place.since, until).items()
    }
    return {moment: dates for moment, dates in wanted.items() if dates}


def fits(item: Item, place: Place) -> bool:
    """Whether a place wants this paper at all."""
    paper = item["paper"]
    people = [author["name"] for author in paper.get("authors", ())]
    said = [paper.get("title", ""), paper.get("summary", ""), *people, (item.get("organization") or {}).get("name", "")]
    words = {word for text in said for word in re.findall("[a-z0-9]+", text.lower())}
    if _votes(item) < place.minimum_votes or words & set(place.exclude):
        return False
    return not place.include or bool(words & set(place.include))


def best(items: Iterable[Item], top: int, had: set[str]) -> list[str]:
    """The ids of the papers with the most votes that are new to a place, as a person would sort them."""
    fresh = [item for item in items if item["paper"]["id"] not in had]
    for by in (_id, _submitted):
        fresh.sort(key=by)
    for count in (_comments, _votes):
        fresh.sort(key=count, reverse=True)
    return [_id(item) for item in fresh[:top]]


def settled_days(after: date, moment: datetime) -> list[date]:
    """The days after `after` whose lists have settled by then."""
    days = []
    day = after + DAY
    while datetime.combine(day, CLOSING) <= moment:
        days.append(day)
        day += DAY
    return days


def foretell(places: Sequence[Place], world: World, until: datetime) -> list[Happening]:
    """Everything the places are to see before `until`, in order."""
    accounts = [_open(place, until) for place in places]
    acts = _acts(places)
    eventful = set(acts)
    for phase in (phase for place in places for phase in place.phases):
        for due in _due_for(phase, until):
            eventful.update(due - step * MINUTE for step in range(AHEAD // MINUTE + 1))
    read: dict[date, list[datetime]] = {}
    happenings: list[Happening] = []
    for now in minutes(min(place.since for place in places), until):
        if now not in eventful and not any(account.owed for account in accounts):
            continue
        for account in accounts:
            for act in acts.get(now, {}).get(account.place.name, ()):
                _act(account, act, until)
            for local in account.due.get(now, ()):
                _owe(account, local, now)
        if world.bot_is_down(now):
            continue
        ahead = [now + step * MINUTE for step in range(AHEAD // MINUTE + 1)]
        for account in accounts:
            if account.owed or not account.due.keys().isdisjoint(ahead):
                _read(account, world, read, now)
        for account in accounts:
            if account.owed:
                happenings += _serve(account, account.owed, world, read, now)
    return happenings


def _acts(places: Sequence[Place]) -> dict[datetime, dict[str, list[Act]]]:
    acts: dict[datetime, dict[str, list[Act]]] = {}
    for place in places:
        for act in place.acts:
            acts.setdefault(act.moment, {}).setdefault(place.name, []).append(act)
    return acts


def _open(place: Place, until: datetime) -> _Account:
    return _Account(place, _due_for(place, until), place.since, _last_settled(place.since))


def _last_settled(moment: datetime) -> date:
    return max(day for day in (moment.date(), moment.date() - DAY) if datetime.combine(day, CLOSING) <= moment)


def _owe(account: _Account, local: date, now: datetime) -> None:
    if account.is_paused or account.since > now:
        return
    waiting = settled_days(account.cursor, now) if account.cursor else []
    if local > account.done:
        account.owed, account.tried = local, False
        for day in waiting:
            account.asked.setdefault(day, now)
    else:
        account.passed.update(waiting)


def _act(account: _Account, act: Act, until: datetime) -> None:
    match act.what:
        case What.CHANGE:
            account.place = replace(account.place, **act.wishes)
            account.due = _due_for(account.place, until)
            passed = {local: due for due, dates in account.due.items() if due < act.moment for local in dates}
            owed, account.owed = account.owed, None
            if passed and not account.is_paused:
                latest = max(passed)
                if latest > account.done and passed[latest] >= account.since:
                    account.owed, account.tried = latest, account.tried and latest == owed
                    for day in settled_days(account.cursor, act.moment) if account.cursor else ():
                        account.asked.setdefault(day, act.moment)
        case What.PAUSE:
            account.is_paused, account.owed = True, None
        case What.RESUME:
            account.is_paused, account.since, account.skips = False, act.moment, False
            latest = _last_settled(act.moment)
            while latest.weekday() in WEEKEND:
                latest -= DAY
            if account.cursor is None or account.cursor < latest:
                account.cursor = None
        case What.SKIP | What.UNSKIP:
            account.skips = act.what is What.SKIP


def _read(account: _Account, world: World, read: dict[date, list[datetime]], now: datetime) -> None:
    if account.is_paused or world.source_is_down(now) or (account.owed and account.skips):
        return
    for day in _pending(account, world, read, now):
        if world.is_open(day, now):
            read.setdefault(day, []).append(now)


def _pending(account: _Account, world: World, read: Mapping[date, list[datetime]], now: datetime) -> list[date]:
    """The days a place is owed: those after the last, or at first the latest that has something new for it."""
    if account.cursor:
        return settled_days(account.cursor, now)
    days = [_last_settled(now)]
    while days[0].weekday() in WEEKEND:
        days.insert(0, days[0] - DAY)
    for step in range(8):
        day = days[0] - step * DAY
        fresh = [
            item for item in world.lists.get(day, ()) if _id(item) not in account.had and fits(item, account.place)
        ]
        is_unknown = not world.is_open(day, now) or (world.source_is_down(now) and day not in read)
        if fresh or is_unknown:
            return days if step == 0 else [day, *days]
    return days


def _serve(
    account: _Account, local: date, world: World, read: Mapping[date, list[datetime]], now: datetime
) -> list[Happening]:
    """Deal with what is owed for a local date as far as it can be: the papers, a note, or nothing at all."""
    place = account.place
    latest = now + RETRIED_WITHIN if account.tried else now
    latest += LIFE_AFTER_DEATH if now in world.kills else 0 * MINUTE
    account.tried = True
    pending = _pending(account, world, read, now)
    if account.skips and any(day.weekday() not in WEEKEND for day in pending):
        account.cursor = max(pending)
        account.done, account.owed, account.skips = local, None, False
        return []
    is_first = account.cursor is None
    found: dict[date, list[str]] = {}
    without: set[tuple[str, date]] = set()
    stuck: set[tuple[str, date]] = set()
    as_read: set[str] = set()
    for day in pending:
        if day not in read:
            stuck.add(("unreachable" if world.source_is_down(now) else "not open", day))
            break
        items = world.lists.get(day, ())
        # At first only the latest day comes, chosen as if no day came before it.
        dropped = set().union(*found.values()) if is_first else set()
        chosen = best((item for item in items if fits(item, place)), place.top, account.had - dropped)
        account.cursor = day
        if chosen:
            if is_first:
                account.had -= dropped
                found.clear()
            found[day] = chosen
            as_read.update(_clocks(place, read[day]) if world.source_is_down(now) else ())
        else:
            unseen = [item for item in items if _id(item) not in account.had]
            without.add(("unfit" if unseen else "known" if items else "empty", day))
        account.had.update(chosen)
    account.owed = local if stuck else None
    account.done = account.done if stuck else local
    seen: list[Happening] = []
    if found:
        days = sorted(found)
        missed = {day for day in days[:-1] if account.asked.get(day, now) < account.asked.get(days[-1], now)}
        edition = f"daily:{days[0]}" if len(days) == 1 else f"daily:{days[0]}..{days[-1]}"
        cards = tuple(paper for day in days for paper in found[day])
        seen.append(
            Happening(
                *(place.name, now, latest, edition, cards, place.in_thread),
                as_read=frozenset(as_read),
                missed=len(missed),
                left_out=len(days) - 1 - len(missed | account.passed.intersection(days[:-1])),
            )
        )
    told = set() if found or not place.talkative else {each for each in without if each[1].weekday() not in WEEKEND}
    stuck = {each for each in stuck if each[1].weekday() not in WEEKEND}
    stuck = {each for each in stuck if f"note:{each[1]}:waiting" not in account.noted}
    note = f"note:{min(day for _, day in stuck)}:waiting" if stuck else f"note:{local}"
    if stuck or told:
        account.noted.add(note)
        seen.append(Happening(place.name, now, latest, note, why=frozenset(stuck | told)))
    return seen


def _clocks(place: Place, moments: Iterable[datetime]) -> set[str]:
    return {f"{moment.astimezone(ZoneInfo(place.timezone)):%H:%M}" for moment in moments}


def _wall(zone: ZoneInfo, moment: datetime) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _id(item: Item) -> str:
    return str(item["paper"]["id"])


def _votes(item: Item) -> int:
    return int(item["paper"]["upvotes"])


def _comments(item: Item) -> int:
    return int(item["numComments"])


def _submitted(item: Item) -> datetime:
    return datetime.fromisoformat(item["paper"].get("submittedOnDailyAt") or item["publishedAt"])
