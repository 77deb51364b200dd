"""The ticks of the schedules: one at the start, and one at the beginning of every minute."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.clock import CorrectedClock, next_minute
from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.clock import Clock

log = structlog.get_logger(__name__)

_MISFIRE_GRACE_SECONDS = 3600
# So many schedules tick at a time where the database is a server: half of its connections are left to others.
_AT_ONCE = 4
# A tick that is so much too early waits for its minute: the scheduler goes by the machine's clock.
_EARLY_SECONDS = 1.0
# A clock that is so long before its next minute was set back; one that is corrected moves by less.
_SET_BACK = timedelta(minutes=2)
_NEVER = timedelta(days=365_000)


class Ticking(Protocol):
    """Something with work to begin every minute."""

    async def tick(self, now: datetime) -> None:
        """Begin all that is due at `now`."""


class EveryMinute:
    """Has each of the `schedules` tick, now and at the beginning of every minute of the clock.

    They tick one after the other, or a few at a time where the database is a server. A minute that begins before the
    last ones ticked at the one before comes right after. `last_tick` is the moment of the latest one.
    """

    def __init__(self, schedules: Callable[[], Iterable[Ticking]], clock: Clock) -> None:
        self._schedules = schedules
        self._clock = clock
        self._ticking = asyncio.Lock()
        self._is_waiting = False
        self._begun = datetime.min.replace(tzinfo=UTC)
        self._turns = asyncio.Semaphore(_AT_ONCE if isinstance(clock, CorrectedClock) else 1)
        self._under_way: WeakKeyDictionary[Ticking, asyncio.Lock] = WeakKeyDictionary()
        self._minutes = AsyncIOScheduler(timezone=UTC)
        self._next = datetime.max.replace(tzinfo=UTC)
        self.last_tick: datetime | None = None

    def start(self) -> None:
        """Tick from now on."""
        if isinstance(self._clock, CorrectedClock):
            self._minutes.add_job(self._tick_all, misfire_grace_time=None)
            self._next = next_minute(self._clock.now())
        else:
            self._minutes.add_job(
                self._tick_all,
                CronTrigger(second=0, timezone=UTC),
                next_run_time=self._clock.now(),
                coalesce=True,
                # The tick at the start may still be under way at the next full minute, whose own then waits for it.
                max_instances=2,
                misfire_grace_time=_MISFIRE_GRACE_SECONDS,
            )
        self._minutes.start()
        self._plan_minute()

    async def realign(self) -> None:
        """Tick at the next minute of a corrected clock, however the machine's own was moved since that was planned, and
        also where it is now another clock that shows an earlier time."""
        now = self._clock.now()
        if isinstance(self._clock, CorrectedClock) and timedelta(0) < self._next - now - _SET_BACK < _NEVER:
            self._next, self._begun = next_minute(now), now
        self._plan_minute()

    def _plan_minute(self) -> None:
        if isinstance(self._clock, CorrectedClock) and self._minutes.running:
            self._minutes.add_job(
                self._tick_minute,
                "date",
                run_date=self._clock.on_machine(self._next),
                id="minute",
                replace_existing=True,
                max_instances=3,  # one under way, one that waits for it, and one that leaves its minute to that
                misfire_grace_time=None,
            )

    def begin(self, schedule: Ticking) -> None:
        """Have a schedule tick at once, and not only at the next minute, if any tick yet."""
        if self._minutes.running:
            self._minutes.add_job(self._tick_alone, args=[schedule], misfire_grace_time=None)

    def stop(self) -> None:
        """Tick no more."""
        if self._minutes.running:
            self._minutes.shutdown(wait=False)

    async def _tick_alone(self, schedule: Ticking) -> None:
        await self._tick(schedule, self._clock.now())

    async def _tick_minute(self) -> None:
        early = (self._next - self._clock.now()).total_seconds()
        if early < _EARLY_SECONDS:
            await asyncio.sleep(max(early, 0.0))
            minute, self._next = self._next, next_minute(max(self._next, self._clock.now()))
            self._plan_minute()
            await self._tick_all(minute)
        else:
            self._plan_minute()

    async def _tick_all(self, minute: datetime | None = None) -> None:
        self._begun = max(self._begun, minute or self._begun)
        if self._is_waiting:
            return
        self._is_waiting = True
        async with self._ticking:
            self._is_waiting = False
            now = self.last_tick = max(self._clock.now(), self._begun)
            await asyncio.gather(*(self._tick_in_turn(schedule, now) for schedule in self._schedules()))

    async def _tick_in_turn(self, schedule: Ticking, now: datetime) -> None:
        async with self._turns:
            await self._tick(schedule, now)

    async def _tick(self, schedule: Ticking, now: datetime) -> None:
        async with self._under_way.setdefault(schedule, asyncio.Lock()):
            try:
                await schedule.tick(now)
            except StoreError as error:
                log.warning("couldn't read the database, trying again in a minute", error=str(error))
            except Exception:
                log.exception("a check of what is due failed, trying again in a minute")
