"""Rate limits of Slack's Web API, for each channel, workspace, and method, and the queue in front of them.

`chat.postMessage` takes about one message a second and channel, and "several hundred messages per minute" a workspace;
other methods have a tier each, so many calls a minute and workspace. A 429 names in `Retry-After` the seconds for which
that method is not to be called in that workspace (docs.slack.dev, rate-limits).
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.clock import Clock

# One message a second and channel.
CHANNEL_SECONDS = 1.0
# "Several hundred": what we assume of a workspace until it says otherwise.
POSTS_A_MINUTE = 300
# Tier 3, "50+ per minute".
UPDATES_A_MINUTE = 50
MINUTE = 60.0
# A minute as Slack sees it, where requests that left late may arrive early.
WINDOW = MINUTE + 1.0
# What a 429 leaves of an assumed rate, and the least it may become.
_LOWERED_BY = 0.8
_LEAST_A_MINUTE = 20
# How much of the assumed rate comes back with each minute in which Slack did not complain.
_RAISED_BY = 0.05
_REMEMBERED_CHANNELS = 256


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
        return min(self.rate + quiet * _RAISED_BY * self.assumed, float(self.assumed))

    def slow_down(self, now: float, seconds: float) -> None:
        """Record a 429. Those of requests that were under way together count as one."""
        if now >= self.paused_until:
            self.rate = max(self.current_rate(now) * _LOWERED_BY, float(min(_LEAST_A_MINUTE, self.assumed)))
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


class RateLimiter:
    """Limits the rate of requests: the most urgent go first, others in the order they came.

    `a_minute` is the assumed limit of each method in a workspace; a method that is not named has no limit. Memory is
    bounded by the limits themselves, whatever the number of channels.
    """

    def __init__(self, clock: Clock, a_minute: dict[str, int], *, channel_seconds: float = CHANNEL_SECONDS) -> None:
        self._clock = clock
        self._a_minute = a_minute
        self._channel_seconds = channel_seconds
        self._limits: dict[tuple[str, str], _Limit] = {}
        self._next_in: dict[tuple[str, str], float] = {}
        self._forgets_at = _REMEMBERED_CHANNELS
        self._numbers = count()

    async def acquire(self, method: str, team: str, channel: str, urgency: int = 0) -> None:
        """Wait until one request of `method` may go to a workspace and a channel, and count it as sent."""
        await self._wait_for_channel(team, channel)
        limit = self._limit(method, team)
        if limit is None:
            return
        place = _Waiting(urgency, next(self._numbers), asyncio.Event())
        heapq.heappush(limit.waiting, place)
        try:
            has_waited = await self._wait_for_workspace(limit, place)
            now = self._clock.monotonic()
            limit.taken.append(now)
            if has_waited:  # else waking up a little late would make each later message later still
                following = max(self._next_in.get((team, channel), 0.0), now + self._channel_seconds)
                self._next_in[team, channel] = following
        finally:
            limit.leave(place)

    def pause(self, method: str, team: str, seconds: float) -> None:
        """Call `method` no more in a workspace for so many seconds, as a 429 asks."""
        if limit := self._limit(method, team):
            limit.slow_down(self._clock.monotonic(), seconds)

    def paused_for(self, method: str, team: str) -> float:
        """The seconds for which `method` stays paused in a workspace."""
        limit = self._limit(method, team)
        return max(limit.paused_until - self._clock.monotonic(), 0.0) if limit else 0.0

    def rate(self, method: str, team: str) -> float:
        """The assumed limit now, in requests a minute; infinite where there is none."""
        limit = self._limit(method, team)
        return limit.current_rate(self._clock.monotonic()) if limit else float("inf")

    @property
    def remembered(self) -> int:
        """The number of moments held in memory."""
        return len(self._next_in) + sum(len(limit.taken) for limit in self._limits.values())

    def _limit(self, method: str, team: str) -> _Limit | None:
        if method not in self._a_minute:
            return None
        assumed = self._a_minute[method]
        return self._limits.setdefault((method, team), _Limit(assumed, float(assumed)))

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
