"""Limits on open HTTP connections: how many there may be, and for how long; an idle one must not block another."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

# Slack keeps a handful open, but a whole company may ask something at nine. A process may have 1,024 descriptors by
# default, for its database and all else too.
MOST = 600
# How long a connection may take over its first request, and be idle between two.
FIRST_REQUEST_SECONDS = 10.0
IDLE_SECONDS = 75.0
# How long what was not read of a refused request is swallowed, so that its answer arrives.
_LINGERING_SECONDS = 2.0
_NO_LOG = logging.Logger("unused", logging.CRITICAL)


class Connections:
    """Those open. With one too many the one that has waited longest is closed, never one that is being `served`."""

    def __init__(
        self,
        *,
        most: int = MOST,
        first_request_seconds: float = FIRST_REQUEST_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.most = most
        self._first_request_seconds = first_request_seconds
        self._idle_seconds = idle_seconds
        self._waiting: dict[asyncio.Transport, asyncio.TimerHandle] = {}
        self._served: set[asyncio.BaseTransport] = set()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._served)

    def opened(self, transport: asyncio.Transport) -> None:
        """Count a connection that was opened."""
        if len(self) >= self.most:
            oldest = next(iter(self._waiting), transport)
            self.closed(oldest)
            oldest.abort()
            if oldest is transport:
                return
        self._wait(transport, self._first_request_seconds)

    def asked(self, transport: asyncio.Transport) -> None:
        """A request has come in, from whomever."""
        if transport in self._waiting:
            self._wait(transport, self._idle_seconds)

    @contextmanager
    def serving(self, transport: asyncio.BaseTransport | None) -> Iterator[None]:
        """A request that is Slack's own: for as long as it is dealt with its connection stands."""
        if not isinstance(transport, asyncio.Transport) or transport not in self._waiting:
            yield
            return
        self._waiting.pop(transport).cancel()
        self._served.add(transport)
        try:
            yield
        finally:
            if transport in self._served:
                self._served.discard(transport)
                self._wait(transport, self._idle_seconds)

    def closed(self, transport: asyncio.BaseTransport | None) -> None:
        """A connection has ended."""
        if isinstance(transport, asyncio.Transport) and (timer := self._waiting.pop(transport, None)):
            timer.cancel()
        if transport is not None:
            self._served.discard(transport)

    def _wait(self, transport: asyncio.Transport, seconds: float) -> None:
        if timer := self._waiting.pop(transport, None):
            timer.cancel()
        self._waiting[transport] = asyncio.get_running_loop().call_later(seconds, transport.abort)


class CountedConnection(web.RequestHandler):
    """One connection to our pages; `connections` are told when it comes and goes."""

    __slots__ = ("_connections",)

    def __init__(self, manager: web.Server, connections: Connections) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=_NO_LOG,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=_LINGERING_SECONDS,
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that somebody has connected."""
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self._connections.opened(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note that the connection is gone."""
        self._connections.closed(self.transport)
        super().connection_lost(exc)
