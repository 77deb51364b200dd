"""Turns at a source that allows one request in so many seconds, however many processes ask it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError
from bot.rules.rate_limits import RateLimit, RecentRequests, Wanted, reserve

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.store import RateLimits

log = structlog.get_logger(__name__)

# No workspace has these requests: they are everybody's.
_NO_TEAM = ""
# The pace alone limits them.
_ANY_NUMBER = 1_000_000


class SourceTurns:
    """Turns at a source, one in so many `seconds`, of all processes that share a database.

    What is known of the others may be old: then they had more turns since, and the database takes none of it.
    """

    def __init__(self, rates: RateLimits, clock: Clock, source: str, *, seconds: float) -> None:
        self._rates = rates
        self._clock = clock
        self._source = source
        self._limit = RateLimit(_ANY_NUMBER, int(seconds * 1000))
        self._seen, self._known = "", RecentRequests()

    async def wait(self) -> None:
        """Wait for a turn. Where the database is away, nothing is waited for: this process has a pace of its own."""
        try:
            while not await self._has_turn():
                pass
        except StoreError as error:
            log.warning("couldn't keep a pace with other processes", source=self._source, error=str(error))

    async def _has_turn(self) -> bool:
        now = int(self._clock.now().timestamp() * 1000)
        counted, (free_at,) = reserve(self._known, self._limit, [Wanted(self._source)], now=now, use_within=0)
        if free_at is not None:
            await self._clock.sleep((free_at - now) / 1000)
            return False
        version = secrets.token_hex(8)
        until = datetime.fromtimestamp(counted.counts_until(self._limit) / 1000, UTC)
        if await self._rates.replace(_NO_TEAM, self._source, counted, seen=self._seen, version=version, until=until):
            self._seen, self._known = version, counted
            return True
        self._seen, self._known = await self._rates.find(_NO_TEAM, self._source)
        return False
