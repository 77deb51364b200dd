"""Time that stands still until somebody waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class PatientClock:
    """A clock whose sleep takes no time: it moves the hands instead."""

    def __init__(self, start: datetime = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def advance_to(self, moment: datetime) -> None:
        """It is `moment` now; never earlier than it was."""
        self._passed = max(self._passed, (moment - self._start).total_seconds())

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._passed += seconds
        await asyncio.sleep(0)


class SteppedClock:
    """A clock that stands still until it is moved, and then wakes whoever has slept long enough, earliest first."""

    def __init__(self, start: datetime = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    @property
    def sleeping(self) -> int:
        """How many wait for the hands to move."""
        return len(self._sleepers)

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._passed + seconds, woken))
        await woken.wait()

    def move(self, seconds: float) -> None:
        self._passed += seconds
        due = sorted((each for each in self._sleepers if each[0] <= self._passed), key=lambda each: each[0])
        for each in due:
            self._sleepers.remove(each)
            each[1].set()


class SkewedClock:
    """The clock of a machine beside the true one, by so much `wrong`, whose seconds are so many of the true ones."""

    def __init__(self, true: PatientClock, wrong: timedelta = timedelta(), *, rate: float = 1.0) -> None:
        self._true = true
        self._rate = rate
        self.wrong = wrong

    def now(self) -> datetime:
        return self._true.now() + self.wrong

    def monotonic(self) -> float:
        return self._true.monotonic() * self._rate

    async def ask_shown(self) -> datetime:
        """What it shows, as a server whose clock this is tells."""
        return self.now()

    async def ask_true(self) -> datetime:
        """The true time, as a server tells it."""
        return self._true.now()

    async def sleep(self, seconds: float) -> None:
        await self._true.sleep(seconds)
