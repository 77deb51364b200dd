"""The ticks of the schedules: one at the start, and one at the beginning of every minute."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.clock import Clock

log = structlog.get_logger(__name__)

_MISFIRE_GRACE_SECONDS = 3600


class Ticking(Protocol):
    """Something with work to begin every minute."""

    async def tick(self, now: datetime) -> None:
        """Begin all that is due at `now`."""


class EveryMinute:
    """Has each of the `schedules` tick, one after the other, now and at the beginning of every minute."""

    def __init__(self, schedules: Callable[[], Iterable[Ticking]], clock: Clock) -> None:
        self._schedules = schedules
        self._clock = clock
        self._ticking = asyncio.Lock()
        self._minutes = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Tick from now on."""
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

    def stop(self) -> None:
        """Tick no more."""
        if self._minutes.running:
            self._minutes.shutdown(wait=False)

    async def _tick_all(self) -> None:
        async with self._ticking:
            now = self._clock.now()
            for schedule in self._schedules():
                try:
                    await schedule.tick(now)
                except StoreError as error:
                    log.warning("couldn't read the database, trying again in a minute", error=str(error))
                except Exception:
                    log.exception("a check of what is due failed, trying again in a minute")
