"""The only place that asks what time it is, and the only one that waits."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time as the rest of Paperboy knows it."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that only ever grow, for measuring how long something took."""

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; others work meanwhile."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This moment, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; others work meanwhile."""
        await asyncio.sleep(seconds)
