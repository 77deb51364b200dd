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
