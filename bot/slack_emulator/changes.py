"""Announcements of changes in the workspace, and waiting for one without sleeping."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ChangeKind = Literal[
    "call",
    "connection",
    "delivery",
    "channel",
    "message_posted",
    "message_changed",
    "message_deleted",
    "reaction_added",
    "reaction_removed",
    "private_message",
    "status",
    "home",
    "modal",
]


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """A change in the workspace, and where it happened."""

    kind: ChangeKind
    channel: str | None = None
    ts: str | None = None
    person: str | None = None


class Changes:
    """The one place where changes are announced."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[WorkspaceChange], None]] = []

    def listen(self, listener: Callable[[WorkspaceChange], None]) -> Callable[[], None]:
        """Call `listener` after every change, in the emulator's own loop; the function returned stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def announce(self, change: WorkspaceChange) -> None:
        """Announce a change that has been made."""
        for listener in tuple(self._listeners):
            listener(change)

    async def wait_for(self, holds: Callable[[], object], within: float) -> None:
        """Return once `holds()` is true, looking again after every change.

        Raises TimeoutError when it is not within that many seconds.
        """
        if holds():
            return
        changed = asyncio.Event()
        stop = self.listen(lambda _: changed.set())
        try:
            async with asyncio.timeout(within):
                while not holds():
                    await changed.wait()
                    changed.clear()
        finally:
            stop()
