"""Upkeep of the database as a whole, by one process of all that share it: cleared, indexed, papers checked for news."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import PaperboyError, SourceUnreachable
from bot.indexing import index_stored_papers
from bot.named_tasks import NamedTasks
from bot.rules.leases import UPKEEP
from bot.rules.paper_news import BETWEEN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import date, datetime
    from typing import Any

    from bot.clock import Clock
    from bot.leases import Leases
    from bot.library import Library
    from bot.store import Store

log = structlog.get_logger(__name__)

# Longer than anybody asks again for a paper's summary.
_TRIES_KEPT = timedelta(days=60)
# Whoever began an erasure a moment ago is at it.
_LEFT_AFTER = timedelta(minutes=2)
_CLEAN_UP, _ERASING, _INDEXING, _PAPER_NEWS = "clean-up", "erasing", "indexing", "paper news"


class DatabaseUpkeep:
    """Does what nobody asked for and belongs to no workspace, while the lease of it is this process's.

    `retention` is how long what belongs to a channel or a workspace is kept once it was left. `settle` waits until
    nothing is being sent: a due minute has no time for pruning.
    """

    def __init__(
        self,
        store: Store,
        library: Library,
        leases: Leases,
        clock: Clock,
        *,
        retention: timedelta,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._library = library
        self._leases = leases
        self._clock = clock
        self._retention = retention
        self._settle = settle
        self._cleaned_on: date | None = None
        self._looked_for_news_at: datetime | None = None
        self._is_indexed = False
        self._tasks: NamedTasks[None] = NamedTasks(on_failure=_note_failure)

    async def forget_left(self, now: datetime) -> None:
        """Delete what was left long ago, also what comes back only now. Raises `StoreError`."""
        if UPKEEP not in await self._leases.hold([UPKEEP]):
            return
        channels, teams = await self._store.memberships.forget_left(before=now - self._retention)
        if channels or teams:
            log.info("deleted expired data", channels=channels, workspaces=teams)

    async def tick(self, now: datetime) -> None:
        """Begin what is due. Raises `StoreError`."""
        if UPKEEP not in await self._leases.hold([UPKEEP]):
            return
        if not self._is_indexed:
            self._begin(_INDEXING, self._index())
        self._begin(_ERASING, self._finish_erasures(now))
        if self._cleaned_on != now.date():
            self._begin(_CLEAN_UP, self._clean_up(now))
        looked_at = self._looked_for_news_at
        if looked_at is None or not timedelta(0) <= now - looked_at < BETWEEN_CHECKS:
            self._looked_for_news_at = now
            self._begin(_PAPER_NEWS, self._look_for_news(now))

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._tasks.idle()

    async def stop(self) -> None:
        """Begin no more; what was left undone is done by whoever has the lease next."""
        await self._tasks.cancel()

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if name in self._tasks:
            work.close()
        else:
            self._tasks.start(work, name=name)

    def _is_ours(self) -> bool:
        return self._leases.is_held(UPKEEP)

    async def _index(self) -> None:
        self._is_indexed = await index_stored_papers(self._store.search, self._clock, may_go_on=self._is_ours)

    async def _clean_up(self, now: datetime) -> None:
        await self._store.summary_failures.prune(before=now - _TRIES_KEPT)
        await self.forget_left(now)
        await self._settle()
        await self._store.maintenance.prune(now=now, may_go_on=self._is_ours)
        self._cleaned_on = now.date()

    async def _finish_erasures(self, now: datetime) -> None:
        """Erase the data of those whose erasure another process left."""
        for team, person, erasure in await self._store.personal_data.erasures_under_way():
            if now - erasure.at >= _LEFT_AFTER:
                await self._store.personal_data.erase(team, person, erasure)
                log.info("finished erasing a person's data")

    async def _look_for_news(self, now: datetime) -> None:
        papers = await self._store.paper_news.next_to_check(now)
        if not papers:
            return
        try:
            await self._library.check_for_news(papers)
        except SourceUnreachable as error:
            log.info("couldn't check saved papers for news, the next round has them again", error=str(error))


def _note_failure(name: object, error: BaseException) -> None:
    if isinstance(error, PaperboyError):
        log.warning("not done yet, trying again", job=str(name), error=str(error))
    else:
        log.error("the database isn't kept up", job=str(name), exc_info=error)
