"""A rate limit for log lines that untrusted requests cause."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WINDOW_SECONDS = 60.0
_KINDS_KEPT = 100


class LogRateLimit(logging.Filter):
    """Passes `count` log lines of a kind a minute; the next one that passes says how many did not."""

    def __init__(self, count: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._count = count
        self._monotonic = monotonic
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line is written; lines are of a kind when they come from one template."""
        suppressed = self.suppressed_before(record.name, str(record.msg))
        if suppressed is None:
            return False
        if suppressed:
            record.msg, record.args = f"{record.getMessage()} (and {suppressed} more like it)", None
        return True

    def suppressed_before(self, *kind: str) -> int | None:
        """The number of lines of this kind held back before one that may be written now; None when it may not."""
        now = self._monotonic()
        key = (kind[0], kind[-1].partition("\n")[0][:60])
        began, seen = self._seen.get(key, (now, 0))
        suppressed = 0
        if now - began >= _WINDOW_SECONDS:
            suppressed = max(0, seen - self._count)
            began, seen = now, 0
        if key not in self._seen and len(self._seen) >= _KINDS_KEPT:
            self._seen.clear()
        self._seen[key] = (began, seen + 1)
        return suppressed if seen < self._count else None
