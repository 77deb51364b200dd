"""The numbered changes of the workspace, so that a window that reconnects misses nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.slack_emulator import WorkspaceChange

_REMEMBERED = 5000
_NOT_SHOWN = frozenset({"call", "connection", "delivery"})


class ChangeLog:
    """The latest changes. `number` is that of the last one."""

    def __init__(self) -> None:
        self.number = 0
        self._changes: deque[tuple[int, WorkspaceChange]] = deque(maxlen=_REMEMBERED)
        self._more = asyncio.Event()

    def append(self, change: WorkspaceChange) -> None:
        """Add a change."""
        if change.kind not in _NOT_SHOWN:
            self.number += 1
            self._changes.append((self.number, change))
            self._wake()

    def wake_windows(self) -> None:
        """Let every window render again without a change: the clock was moved."""
        self._wake()

    def start_over(self) -> None:
        """Forget all there was: every window has to be loaded again."""
        self._changes.clear()
        self.number += 1
        self._wake()

    async def after(self, number: int) -> list[WorkspaceChange] | None:
        """Wait for whatever comes after change `number`; None when not all of that is remembered."""
        if self.number == number:
            await self._more.wait()
        if number > self.number or number < self.number - len(self._changes):
            return None
        return [change for each, change in self._changes if each > number]

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()
