"""Papers that an earlier release stored without the search index, indexed while the bot runs.

No start waits for that: a piece of fifty papers holds up other writes for some hundredths of a second, and between two
pieces others have their turn. Whenever it ends, the next process goes on where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.clock import Clock
    from bot.store import Search

log = structlog.get_logger(__name__)

PAPERS_AT_ONCE = 50
_SECONDS_BETWEEN = 0.1
_SECONDS_AFTER_FAILURE = 60.0


async def index_stored_papers(search: Search, clock: Clock, *, may_go_on: Callable[[], bool] = lambda: True) -> bool:
    """Index piece by piece until nothing is left, or `may_go_on` says no; whether nothing is.

    A database that fails is tried again a minute later.
    """
    pieces = 0
    while may_go_on():
        try:
            is_more = await search.index_some(limit=PAPERS_AT_ONCE)
        except StoreError as error:
            log.warning("couldn't index papers", error=str(error))
            await clock.sleep(_SECONDS_AFTER_FAILURE)
            continue
        if not is_more:
            if pieces:
                log.info("all stored papers can be searched now", pieces=pieces)
            return True
        pieces += 1
        await clock.sleep(_SECONDS_BETWEEN)
    return False
