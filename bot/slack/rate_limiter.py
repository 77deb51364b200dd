"""Rate limits of Slack's Web API, for each channel, workspace, and method, and the queue in front of them.

One process keeps them in memory. Where several serve the same workspaces, what each of them sends counts for all: each
request is reserved in the database first (`SharedRates`), all that wait for one by a single statement, and the pause
that one of them was asked for is everybody's.
"""

from __future__ import annotations

import asyncio
import heapq
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Protocol

from bot.rules.rate_limits import (
    CHANNEL_SECONDS,
    LEAST_A_MINUTE,
    LOWERED_BY,
    MINUTE,
    RAISED_BY,
    WINDOW,
    RateLimit,
    RecentRequests,
    Wanted,
    reserve,
    slowed_down,
)

if TYPE_CHECKING:
    from bot.clock import Clock

_REMEMBERED_CHANNELS = 256
# How long after its reservation a request may leave: twice as long after it took longer, and less with each in time.
_USE_WITHIN_MS, _MOST_USE_WITHIN_MS = 1_000, 16_000
# So long others are waited for whose turn comes at about the same moment: one statement serves them all.
_GATHERED_SECONDS = 0.01
# Whoever would wait longer for the end of a pause comes again later.
LONGEST_STAY_SECONDS = 60.0


class SharedRates(Protocol):
    """The requests that processes made of late, as they keep them together; a version says which of them are known."""

    async def find(self, team: str, method: str) -> tuple[str, RecentRequests]:
        """The requests that count, and the version of that."""

    async def replace(
        self, team: str, method: str, requests: RecentRequests, *, seen: str, version: str, until: datetime
    ) -> bool:
        """Replace the requests that count, unless somebody did so since; whether that was done."""


@dataclass(slots=True)
class _Limit:
    """The state of one method in one workspace; moments are seconds of the monotonic clock."""

    assumed: int
    rate: float
    taken: deque[float] = field(default_factory=deque)
    paused_until: float = 0.0
    slowed_down_at: float | None = None
    waiting: list[_Waiting] = field(default_factory=list)

    def free_at(self, now: float) -> float:
        """The moment when the next request may be sent: at most `rate` in any minute, none in a pause."""
        while self.taken and self.taken[0] <= now - WINDOW:
            self.taken.popleft()
        allowed = max(int(self.current_rate(now)), 1)
        window = self.taken[-allowed] + WINDOW if len(self.taken) >= allowed else now
        return max(window, self.paused_until, now)

    def current_rate(self, now: float) -> float:
        """Requests a minute: lowered by each 429, and raised again with time."""
        if self.slowed_down_at is None:
            return self.rate
        quiet = max(now - self.slowed_down_at, 0.0) / MINUTE
        return min(self.rate + quiet * RAISED_BY * self.assumed, float(self.assumed))

    def slow_down(self, now: float, seconds: float) -> None:
        """Record a 429. Those of requests that were under way together count as one."""
        if now >= self.paused_until:
            self.rate = max(self.current_rate(now) * LOWERED_BY, float(min(LEAST_A_MINUTE, self.assumed)))
            self.slowed_down_at = now
        self.paused_until = max(self.paused_until, now + seconds)

    def leave(self, place: _Waiting) -> None:
        """Leave the queue at this place; the next request may go."""
        if self.waiting[0] is place:
            heapq.heappop(self.waiting)
        else:
            self.waiting.remove(place)
            heapq.heapify(self.waiting)
        if self.waiting:
            self.waiting[0].moved_up.set()


@dataclass(order=True, slots=True)
class _Waiting:
    urgency: int
    number: int
    moved_up: asyncio.Event = field(compare=False)


@dataclass(slots=True)
class _Place:
    """A request that waits; `free_at` is when to ask for it again, and `use_by` until when it may leave."""

    urgency: int
    number: int
    wanted: Wanted
    free_at: int = 0
    use_by: int | None = None


class _SharedLimit:
    """One method in one workspace, whose requests count for several processes together.

    What is known of the others may be old: then they sent more meanwhile, so that what has no room by it has none, and
    what has is refused by the database, and asked anew.
    """

    def __init__(self, clock: Clock, rates: SharedRates, method: str, team: str, limit: RateLimit) -> None:
        self._clock = clock
        self._rates = rates
        self._method = method
        self._team = team
        self._limit = limit
        self._version = ""
        self._known = RecentRequests()
        self._waiting: list[_Place] = []
        self._reserving: asyncio.Task[None] | None = None
        self._use_within = _USE_WITHIN_MS

    async def acquire(self, place: _Place) -> bool:
        """Wait until a request may leave, and count it as sent; False where a pause would take too long."""
        self._waiting.append(place)
        try:
            while True:
                if place.use_by is None:
                    await self._reserve_if_free(place)
                if place.use_by is None:
                    wait = (place.free_at - self._now()) / 1000
                    if wait > LONGEST_STAY_SECONDS and self.paused_for() > LONGEST_STAY_SECONDS:
                        return False
                    if wait > 2 * WINDOW and not self.paused_for():  # the clock was set back since that was said
                        place.free_at = 0
                        continue
                    await self._clock.sleep(max(wait, 0.001))
                elif self._now() <= place.use_by:
                    self._use_within = max(self._use_within * 9 // 10, _USE_WITHIN_MS)
                    return True
                else:  # too late for this reservation, which stays unused
                    place.use_by = None
                    self._use_within = min(2 * self._use_within, _MOST_USE_WITHIN_MS)
        finally:
            self._waiting.remove(place)

    async def pause(self, seconds: float) -> None:
        """Call this method no more for so many seconds, in any process."""
        while True:
            paused = slowed_down(self._known, self._limit, seconds, now=self._now())
            if await self._replace(paused):
                return

    def paused_for(self) -> float:
        """The seconds for which it stays paused, as far as is known here."""
        return max(self._known.paused_until - self._now(), 0) / 1000

    def rate(self) -> float:
        """The assumed limit now, in requests a minute."""
        return self._known.rate(self._limit, self._now())

    @property
    def remembered(self) -> int:
        """The number of moments held in memory."""
        return len(self._known.sent) + len(self._known.channels)

    async def _reserve_if_free(self, place: _Place) -> None:
        """Have those reserved whose turn it is, or wait until that was done; also where whoever began it left."""
        if place.free_at <= self._now():
            if self._reserving is None or self._reserving.done():
                self._reserving = asyncio.create_task(self._reserve())
            await asyncio.shield(self._reserving)

    async def _reserve(self) -> None:
        """Reserve as many of the requests that wait as may leave, in their order."""
        await self._clock.sleep(_GATHERED_SECONDS)
        while True:
            now = self._now()
            places = [each for each in self._waiting if each.use_by is None and each.free_at <= now]
            places.sort(key=lambda each: (each.urgency, each.number))
            use_within = self._use_within
            wanted = [each.wanted for each in places]
            counted, answers = reserve(self._known, self._limit, wanted, now=now, use_within=use_within)
            if None not in answers or await self._replace(counted):
                for place, free_at in zip(places, answers, strict=True):
                    if free_at is None:
                        place.use_by = now + use_within
                    else:
                        place.free_at = free_at
                return

    async def _replace(self, counted: RecentRequests) -> bool:
        """Replace what counts, or else learn what others have made of it."""
        version = secrets.token_hex(8)
        until = datetime.fromtimestamp(counted.counts_until(self._limit) / 1000, UTC)
        if await self._rates.replace(
            self._team, self._method, counted, seen=self._version, version=version, until=until
        ):
            self._version, self._known = version, counted
            return True
        self._version, self._known = await self._rates.find(self._team, self._method)
        return False

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


class RateLimiter:
    """Limits the rate of requests: the most urgent go first, others in the order they came.

    `a_minute` is the assumed limit of each method in a workspace; a method that is not named has no limit. `shared`
    keeps it for several processes together, None where there is one. Memory is bounded by the limits themselves,
    whatever the number of channels.
    """

    def __init__(
        self,
        clock: Clock,
        a_minute: dict[str, int],
        *,
        channel_seconds: float = CHANNEL_SECONDS,
        shared: SharedRates | None = None,
    ) -> None:
        self._clock = clock
        self._a_minute = a_minute
        self._channel_seconds = channel_seconds
        self._shared = shared
        self._shared_limits: dict[tuple[str, str], _SharedLimit] = {}
        self._limits: dict[tuple[str, str], _Limit] = {}
        self._next_in: dict[tuple[str, str], float] = {}
        self._forgets_at = _REMEMBERED_CHANNELS
        self._numbers = count()

    async def acquire(
        self, method: str, team: str, channel: str, urgency: int = 0, *, is_awaited: bool = False
    ) -> bool:
        """Wait until one request of `method` may go to a workspace and a channel, and count it as sent.

        False, and nothing counted, where the method turns out to be paused for long. Raises `StoreError`.
        """
        await self._wait_for_channel(team, channel)
        if limit := self._shared_limit(method, team):
            place = _Place(urgency, next(self._numbers), Wanted(channel, is_awaited))
            if not await limit.acquire(place):
                return False
            self._put_off(team, channel)
            return True
        return await self._acquire_here(method, team, channel, urgency)

    async def _acquire_here(self, method: str, team: str, channel: str, urgency: int) -> bool:
        limit = self._limit(method, team)
        if limit is None:
            return True
        place = _Waiting(urgency, next(self._numbers), asyncio.Event())
        heapq.heappush(limit.waiting, place)
        try:
            has_waited = await self._wait_for_workspace(limit, place)
            limit.taken.append(self._clock.monotonic())
            if has_waited:  # else waking up a little late would make each later message later still
                self._put_off(team, channel)
        finally:
            limit.leave(place)
        return True

    async def pause(self, method: str, team: str, seconds: float) -> None:
        """Call `method` no more in a workspace for so many seconds, as a 429 asks. Raises `StoreError`."""
        if shared := self._shared_limit(method, team):
            await shared.pause(seconds)
        elif limit := self._limit(method, team):
            limit.slow_down(self._clock.monotonic(), seconds)

    def paused_for(self, method: str, team: str) -> float:
        """The seconds for which `method` stays paused in a workspace."""
        if shared := self._shared_limit(method, team):
            return shared.paused_for()
        limit = self._limit(method, team)
        return max(limit.paused_until - self._clock.monotonic(), 0.0) if limit else 0.0

    def rate(self, method: str, team: str) -> float:
        """The assumed limit now, in requests a minute; infinite where there is none."""
        if shared := self._shared_limit(method, team):
            return shared.rate()
        limit = self._limit(method, team)
        return limit.current_rate(self._clock.monotonic()) if limit else float("inf")

    @property
    def remembered(self) -> int:
        """The number of moments held in memory."""
        here = sum(len(limit.taken) for limit in self._limits.values())
        return len(self._next_in) + here + sum(limit.remembered for limit in self._shared_limits.values())

    def _limit(self, method: str, team: str) -> _Limit | None:
        if method not in self._a_minute:
            return None
        assumed = self._a_minute[method]
        return self._limits.setdefault((method, team), _Limit(assumed, float(assumed)))

    def _shared_limit(self, method: str, team: str) -> _SharedLimit | None:
        if self._shared is None or method not in self._a_minute:
            return None
        if (method, team) not in self._shared_limits:
            limit = RateLimit(self._a_minute[method], int(self._channel_seconds * 1000))
            shared = _SharedLimit(self._clock, self._shared, method, team, limit)
            self._shared_limits[method, team] = shared
        return self._shared_limits[method, team]

    def _put_off(self, team: str, channel: str) -> None:
        """The next message to a channel comes so long after this moment, at which one is sent."""
        following = self._clock.monotonic() + self._channel_seconds
        self._next_in[team, channel] = max(self._next_in.get((team, channel), 0.0), following)

    async def _wait_for_channel(self, team: str, channel: str) -> None:
        now = self._clock.monotonic()
        if len(self._next_in) >= self._forgets_at:
            self._next_in = {where: moment for where, moment in self._next_in.items() if moment > now}
            self._forgets_at = max(2 * len(self._next_in), _REMEMBERED_CHANNELS)
        start = max(self._next_in.get((team, channel), now), now)
        self._next_in[team, channel] = start + self._channel_seconds
        if start > now:
            await self._clock.sleep(start - now)

    async def _wait_for_workspace(self, limit: _Limit, place: _Waiting) -> bool:
        """Whether that meant waiting."""
        has_waited = False
        while True:
            if limit.waiting[0] is not place:
                place.moved_up.clear()
                await place.moved_up.wait()
                has_waited = True
                continue
            now = self._clock.monotonic()
            free_at = limit.free_at(now)
            if free_at <= now:
                return has_waited
            await self._clock.sleep(free_at - now)
            has_waited = True
