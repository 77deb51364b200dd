"""The clock: the only module that reads the time or waits."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


# How far two clocks that run freely may come apart in a second.
_DRIFT = 1e-4
# By so many seconds a clock is not corrected gently, but was set, or is another one.
_A_JUMP = 1.0


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


class CorrectedClock:
    """The clock of a database, told by a machine whose own may be wrong and may jump.

    How far apart the two are is measured now and then; in between it goes on by the machine's monotonic seconds, so
    that nothing depends on what date the machine believes it is. `ask` gives the database's time, in UTC.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]], machine: Clock) -> None:
        self._ask = ask
        self._machine = machine
        self._told, self._told_at = machine.now(), machine.monotonic()
        self._uncertainty = float("inf")
        self._jumped_at = float("-inf")

    def now(self) -> datetime:
        """This moment by the database's clock, aware, UTC."""
        return self._told + timedelta(seconds=self._machine.monotonic() - self._told_at)

    def on_machine(self, moment: datetime) -> datetime:
        """A moment of the database's clock as the machine's own will show it."""
        return self._machine.now() + (moment - self.now())

    def monotonic(self) -> float:
        """Seconds that only ever grow, also while the machine sleeps, where the system can tell."""
        return self._machine.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; others work meanwhile."""
        await self._machine.sleep(seconds)

    @property
    def seconds_since_jump(self) -> float:
        """The seconds since the database's clock was found not to go on from where it was; at first, infinite."""
        return self._machine.monotonic() - self._jumped_at

    async def measure(self) -> None:
        """Ask the database for its time, and go by it unless the answer took so long that it says less than is known.

        Raises what asking does.
        """
        asked_at = self._machine.monotonic()
        told = await self._ask()
        answered_at = self._machine.monotonic()
        uncertainty = (answered_at - asked_at) / 2
        told += timedelta(seconds=uncertainty)
        known = self._uncertainty + (answered_at - self._told_at) * _DRIFT
        apart = abs((told - self.now()).total_seconds())
        if apart > uncertainty + known + _A_JUMP:
            self._jumped_at = answered_at
        if uncertainty <= known or apart > uncertainty + known:
            self._told, self._told_at, self._uncertainty = told, answered_at, uncertainty


def next_minute(now: datetime) -> datetime:
    """The beginning of the minute after a moment."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


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
