"""Papers that an earlier release stored without the search index, indexed while the bot runs.

No start waits for that: a piece of fifty papers holds up other writes for some hundredths of a second, and between two
pieces others have their turn. Whenever it ends, the next process goes on where it was.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.clock import Clock
    from bot.store import Search

log = structlog.get_logger(__name__)

PAPERS_AT_ONCE = 50
_SECONDS_BETWEEN = 0.1
_SECONDS_AFTER_FAILURE = 60.0


@asynccontextmanager
async def indexing(search: Search, clock: Clock) -> AsyncIterator[None]:
    """Index in the background while the block runs."""
    task = asyncio.create_task(index_stored_papers(search, clock))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def index_stored_papers(search: Search, clock: Clock) -> None:
    """Index piece by piece until nothing is left; a database that fails is tried again a minute later."""
    pieces = 0
    while True:
        try:
            while await search.index_some(limit=PAPERS_AT_ONCE):
                pieces += 1
                await clock.sleep(_SECONDS_BETWEEN)
        except StoreError as error:
            log.warning("couldn't index papers", error=str(error))
            await clock.sleep(_SECONDS_AFTER_FAILURE)
        else:
            break
    if pieces:
        log.info("all stored papers can be searched now", pieces=pieces)
