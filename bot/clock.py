"""The clock: the only module that reads the time or waits."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the rest of Paperboy knows it."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, also while the machine sleeps: for measuring how long something took."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; others work meanwhile."""


def _seconds() -> float:
    # On Linux `time.monotonic` stands still while the machine sleeps; elsewhere there is no such clock, or no need.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow, also while the machine sleeps, where the system can tell."""
        return _seconds()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; others work meanwhile."""
        await asyncio.sleep(seconds)


class MovableClock(SystemClock):
    """A running clock that starts at some moment and can be moved forward: for the demo and the playground."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - super().now()

    def now(self) -> datetime:
        """The moment this clock shows, aware, UTC."""
        return super().now() + self._ahead

    def advance_to(self, moment: datetime) -> None:
        """Move the clock to `moment`; never back."""
        self._ahead = max(self._ahead, moment - super().now())
