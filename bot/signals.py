"""Signals that ask the process to end, on every system."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# SIGBREAK is Windows's Ctrl+Break, and what ends a service there.
_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def on_signals(end: Callable[[], object]) -> None:
    """Have `end` called in the running loop whenever this process is asked to end.

    The loops of Windows take no handlers of signals (Python's documentation, "Platform Support" of asyncio); there a
    handler of the process's own hands the signal over.
    """
    loop = asyncio.get_running_loop()

    def hand_over(*_: object) -> None:
        loop.call_soon_threadsafe(end)

    for each in _ENDING:
        try:
            loop.add_signal_handler(each, end)
        except NotImplementedError:
            signal.signal(each, hand_over)
