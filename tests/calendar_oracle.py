"""What Paperboy owes its channels, worked out the slow way: one minute after the other, from the lists as they came.

It judges the bot, so it shares nothing with it. It never asks a calendar when a time of day comes: it looks at a clock
on the wall of the place every minute and notes what it shows. Nor does it keep lists of what is waiting: whatever has
not been dealt with is looked at again, a minute later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
AHEAD = 15 * MINUTE
PATIENCE = 6 * MINUTE  # about every five minutes, and the minute in which they are over
CLOSING = time(22, tzinfo=UTC)

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment up to, but not including, another."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Place:
    """A channel: its papers are wanted at a time of its own, from `since` on."""

    name: str
    timezone: str
    post_at: time
    top: int
    since: datetime


@dataclass(frozen=True, slots=True)
class World:
    """What happened around the bot: a day without a list is empty, `opens` holds days that opened late."""

    lists: Mapping[date, Sequence[Item]]
    source_down: Sequence[Span] = ()
    opens: Mapping[date, datetime] = field(default_factory=dict)
    bot_down: Sequence[Span] = ()

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
    were "empty", "known", "unreachable" or "not open". `as_read` holds what a clock there showed when the lists could
    be read before the source was gone, and nothing when it was there; `missed` is how many days with papers came
    beside the latest.
    """

    place: str
    earliest: datetime
    latest: datetime
    edition: str
    cards: tuple[str, ...] = ()
    as_read: frozenset[str] = frozenset()
    missed: int = 0
    why: frozenset[tuple[str, date]] = frozenset()


@dataclass(slots=True)
class _Account:
    """Where a place stands."""

    place: Place
    due: Mapping[datetime, Sequence[date]]
    dealt_with: date
    had: set[str] = field(default_factory=set)
    noted: set[date] = field(default_factory=set)
    owed: date | None = None
    tried: bool = False


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

    before = _wall(zone, start - 2 * DAY - MINUTE)
    for moment in minutes(start - 2 * DAY, end):
        shown = _wall(zone, moment)
        left_out = before + MINUTE
        late = moment
        while left_out < shown:
            show(late, left_out)
            left_out += MINUTE
            late += MINUTE
        show(moment, shown)
        before = shown
    return dict(sorted(due.items()))


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
    read: dict[date, list[datetime]] = {}
    happenings: list[Happening] = []
    for now in minutes(min(place.since for place in places), until):
        for account in accounts:
            for local in account.due.get(now, ()):
                account.owed, account.tried = local, False
        if world.bot_is_down(now):
            continue
        for account in accounts:
            if account.owed or any(now <= due <= now + AHEAD for due in account.due):
                _read(account, world, read, now)
        for account in accounts:
            if account.owed:
                happenings += _serve(account, account.owed, world, read, now)
    return happenings


def _open(place: Place, until: datetime) -> _Account:
    today = place.since.date()
    dealt_with = max(day for day in (today, today - DAY) if datetime.combine(day, CLOSING) <= place.since)
    due = due_moments(place.timezone, place.post_at, place.since, until)
    return _Account(place, {moment: dates for moment, dates in due.items() if moment > place.since}, dealt_with)


def _read(account: _Account, world: World, read: dict[date, list[datetime]], now: datetime) -> None:
    if world.source_is_down(now):
        return
    for day in settled_days(account.dealt_with, now):
        if world.is_open(day, now):
            read.setdefault(day, []).append(now)


def _serve(
    account: _Account, local: date, world: World, read: Mapping[date, list[datetime]], now: datetime
) -> list[Happening]:
    """Deal with what is owed for a local date as far as it can be: the papers, a note, or nothing at all."""
    place = account.place
    latest = now + PATIENCE if account.tried else now
    account.tried = True
    pending = settled_days(account.dealt_with, now)
    found: dict[date, list[str]] = {}
    empty: set[tuple[str, date]] = set()
    stuck: set[tuple[str, date]] = set()
    as_read: set[str] = set()
    for day in pending:
        if day not in read:
            stuck.add(("unreachable" if world.source_is_down(now) else "not open", day))
            break
        items = world.lists.get(day, ())
        chosen = best(items, place.top, account.had)
        account.had.update(chosen)
        account.dealt_with = day
        if chosen:
            found[day] = chosen
            as_read.update(_clocks(place, read[day]) if world.source_is_down(now) else ())
        else:
            empty.add(("known" if items else "empty", day))
    account.owed = local if stuck else None
    seen: list[Happening] = []
    if found:
        days = sorted(found)
        edition = f"daily:{days[0]}" if len(days) == 1 else f"daily:{days[0]}..{days[-1]}"
        cards = tuple(paper for day in days for paper in found[day])
        seen.append(Happening(place.name, now, latest, edition, cards, frozenset(as_read), missed=len(days) - 1))
    if pending and (stuck or not found) and local not in account.noted:
        account.noted.add(local)
        why = stuck if found else stuck | empty
        seen.append(Happening(place.name, now, latest, f"note:{local}", why=frozenset(why)))
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
