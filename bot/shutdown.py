"""The shutdown: what was begun is finished, within one deadline for all of it."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# Docker and others kill ten seconds after SIGTERM. What is finished in order has the first part of that for itself.
FINISHING_SECONDS = 5.0
FORCED_EXIT_SECONDS = 7.5


class Deadline:
    """A deadline shared by all that finish their work at the same time."""

    def __init__(self, seconds: float = FINISHING_SECONDS, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._ends_at: float | None = None

    def left(self) -> float:
        """The seconds that are left, never less than 0; the time runs from the first call."""
        if self._ends_at is None:
            self._ends_at = self._monotonic() + self._seconds
        return max(0.0, self._ends_at - self._monotonic())


def force_exit_after(seconds: float = FORCED_EXIT_SECONDS, *, code: int = 0) -> None:
    """Exit the process after so many seconds, whatever hangs: a thread cannot be told to stop.

    What had to be kept is on disk by then, as everything is before it is acknowledged or sent.
    """
    last = threading.Timer(seconds, os._exit, [code])
    last.daemon = True
    last.start()


def force_exit_after_signals(*signals: signal.Signals) -> None:
    """Force an exit some seconds after the first of these signals, also while the event loop is blocked.

    Call it after the loop's own handlers are set: they are still called.
    """

    before = {name: signal.getsignal(name) for name in signals}

    def arm(number: int, frame: FrameType | None) -> None:
        for name in signals:
            signal.signal(name, _leave_to_the_loop)
        force_exit_after()
        # On Windows the loop hears of a signal from this handler alone.
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for name in signals:
        with suppress(ValueError):  # not in the main thread, where Python hears no signals
            signal.signal(name, arm)


def _leave_to_the_loop(*_: object) -> None:
    """Leave a further signal to the event loop."""
