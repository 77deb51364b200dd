"""New summaries, whichever process wrote them: each is heard of by those who put it on cards, wherever they are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.named_tasks import NamedTasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.store import Summaries
    from bot.subscribers import Subscribers

_NEWS = "summary"
# A summary is stored so long after it was made at most, and clocks may differ by some seconds.
_STORED_WITHIN = timedelta(minutes=2)


class SummaryNews:
    """Tells other processes of each paper with a new summary, and subscribers here of those that others wrote.

    `written` are the subscribers, who are told by whoever writes a summary in this process. `wake` tells other
    processes; where that does not arrive, they find the summary in the database within a minute.
    """

    def __init__(
        self, summaries: Summaries, written: Subscribers[[str]], wake: Callable[[str], Awaitable[None]]
    ) -> None:
        self._summaries = summaries
        self._written = written
        self._wake = wake
        self._is_passing_on = False
        self._looked_at: datetime | None = None
        self._known: frozenset[tuple[str, str, datetime]] = frozenset()
        self._waking: NamedTasks[None] = NamedTasks()

    def tell_others(self, paper_id: str) -> None:
        """Tell other processes of a paper whose summary this one wrote."""
        if not self._is_passing_on:
            self._waking.start(self._tell(paper_id))

    def hear(self, payload: str) -> None:
        """Pass on what another process told, if it is about a summary."""
        kind, _, paper_id = payload.partition(" ")
        if kind == _NEWS and paper_id:
            self._pass_on(paper_id)

    async def tick(self, now: datetime) -> None:
        """Pass on the summaries that came to be stored since the last tick. Raises `StoreError`."""
        since = (self._looked_at or now) - _STORED_WITHIN
        found = frozenset(await self._summaries.shown_since(since))
        news, self._known, self._looked_at = found - self._known, found, now
        for paper_id in sorted({paper_id for paper_id, _, _ in news}):
            self._pass_on(paper_id)

    async def idle(self) -> None:
        """Wait until all others have been told."""
        await self._waking.idle()

    async def _tell(self, paper_id: str) -> None:
        await self._wake(f"{_NEWS} {paper_id}")

    def _pass_on(self, paper_id: str) -> None:
        self._is_passing_on = True
        try:
            self._written.notify(paper_id)
        finally:
            self._is_passing_on = False
