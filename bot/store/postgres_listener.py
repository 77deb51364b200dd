"""Notifications of PostgreSQL's (NOTIFY), heard on a connection of its own.

It may be that nothing is heard: the server is away for a while, or a pooler that gives each transaction another
connection stands in between. Nobody depends on it.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from bot.store.postgres_connection import connect, in_one_line
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = structlog.get_logger(__name__)

CHANNEL = "paperboy"
# How long nothing is heard before it is asked whether the server is there at all.
_QUIET_SECONDS = 60.0
_ANSWERS_WITHIN_SECONDS = 5.0
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 60.0


class PostgresListener:
    """The listeners to the database at an address. It is connected to as soon as there is one."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._subscribers: Subscribers[[str]] = Subscribers()
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def listening(self, callback: Callable[[str], object]) -> Iterator[None]:
        """Call a function with what is notified of, while the context lasts."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen_always())
        with self._subscribers.subscribed(callback):
            yield

    async def close(self) -> None:
        """Hear nothing more."""
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def _listen_always(self) -> None:
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                async with await connect(self._url) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    log.debug("listening to the database", database=self._name)
                    wait = _FIRST_WAIT_SECONDS
                    await self._listen(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.debug("not listening to the database", database=self._name, error=in_one_line(error))
            await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - it spreads tries, it keeps no secret
            wait = min(_LONGEST_WAIT_SECONDS, wait * 2)

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notification in connection.notifies(timeout=_QUIET_SECONDS):
                self._subscribers.notify(notification.payload)
            async with asyncio.timeout(_ANSWERS_WITHIN_SECONDS):
                await connection.execute("SELECT 1")
