"""Deliveries in Socket Mode: the bot's WebSocket connections, and payloads sent over one of them."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from itertools import count
from typing import Any, Literal
from uuid import uuid4

from aiohttp import WSMsgType, web

from .changes import Changes, WorkspaceChange
from .values import DeliveryAttempt, DeliveryKind, Json

CONNECTION_LIMIT = 10
CONNECTION_SECONDS = 18_060
HOST = "applink-emulated"

DisconnectReason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


class _Connection:
    def __init__(self, socket: web.WebSocketResponse, request: web.Request, ticket: str) -> None:
        self.socket = socket
        self.request = request
        self.ticket = ticket
        self.silent = False
        self.retiring = False
        self.waiting: dict[str, asyncio.Future[DeliveryAttempt]] = {}

    async def send(self, message: Json) -> None:
        if not self.silent:
            await self.socket.send_str(json.dumps(message, ensure_ascii=False))

    def abort(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


class SocketMode:
    """The bot's WebSocket connections (docs.slack.dev, Using Socket Mode).

    At most ten; a payload goes to any one of them. `ping_every` is in seconds.
    """

    def __init__(self, app_id: str, changes: Changes, ping_every: float) -> None:
        self._app_id = app_id
        self._changes = changes
        self._ping_every = ping_every
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._turn = count()

    @property
    def connected(self) -> int:
        """The number of connections that are open and take payloads."""
        return len(self._ready())

    def ticket(self) -> str:
        """The query of a new connection's address; good for one connection at a time."""
        ticket = uuid4().hex
        self._tickets.add(ticket)
        return f"ticket={ticket}&app_id={self._app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or any(each.ticket == ticket for each in self._connections):
            return web.Response(status=403, text="the ticket is unknown or in use")
        socket = web.WebSocketResponse(autoping=False, max_msg_size=0)
        await socket.prepare(request)
        connection = _Connection(socket, request, ticket)
        if len(self._connections) >= CONNECTION_LIMIT:
            await connection.send(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self._connections.append(connection)
        pings = asyncio.create_task(self._ping(connection))
        try:
            with contextlib.suppress(ConnectionError):
                await connection.send(self._hello())
                self._changes.announce(WorkspaceChange("connection"))
                await self._listen(connection)
        finally:
            pings.cancel()
            self._connections.remove(connection)
            for waiting in connection.waiting.values():
                if not waiting.done():
                    waiting.set_result(DeliveryAttempt("connection_failed"))
            self._changes.announce(WorkspaceChange("connection"))
        return socket

    async def deliver(
        self, kind: DeliveryKind, payload: Json, *, takes_payload: bool, retry: int, reason: str | None, within: float
    ) -> DeliveryAttempt:
        """Hand a payload to one connection and wait that many seconds for its acknowledgement."""
        ready = self._ready()
        if not ready:
            return DeliveryAttempt("connection_failed")
        connection = ready[next(self._turn) % len(ready)]
        envelope: Json = {
            "envelope_id": str(uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": takes_payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": (reason or "").removeprefix("http_")}
        waiting: asyncio.Future[DeliveryAttempt] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = waiting
        try:
            async with asyncio.timeout(within):
                await connection.send(envelope)
                attempt = await waiting
        except TimeoutError:
            return DeliveryAttempt("http_timeout")
        except ConnectionError:
            return DeliveryAttempt("connection_failed")
        finally:
            del connection.waiting[envelope["envelope_id"]]
        return attempt if takes_payload else DeliveryAttempt(attempt.reason)

    async def disconnect(self, reason: DisconnectReason) -> None:
        """Tell every connection that it is about to end; it gets no further payloads."""
        for connection in self._ready():
            connection.retiring = True
            await connection.send(_disconnect(reason))
        self._changes.announce(WorkspaceChange("connection"))

    def drop(self) -> None:
        """Cut every connection without a word."""
        self._each(_Connection.abort)

    def silence(self) -> None:
        """Keep every open connection open, but send nothing on it and answer none of its pings."""
        for connection in self._connections:
            connection.silent = True

    async def close(self) -> None:
        """End every connection."""
        for connection in tuple(self._connections):
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
                async with asyncio.timeout(0.5):
                    await connection.socket.close()
            connection.abort()

    async def _listen(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if message.type == WSMsgType.PING and not connection.silent:
                await connection.socket.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._acknowledge(connection, message.data)

    def _acknowledge(self, connection: _Connection, text: str) -> None:
        try:
            parsed: Any = json.loads(text)
        except ValueError:
            return
        waiting = connection.waiting.get(str(parsed.get("envelope_id"))) if isinstance(parsed, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(DeliveryAttempt(None, answer=parsed.get("payload")))

    async def _ping(self, connection: _Connection) -> None:
        while True:
            await asyncio.sleep(self._ping_every)
            if not connection.silent:
                with contextlib.suppress(ConnectionError):
                    await connection.socket.ping(f"Ping from {HOST}".encode())

    def _ready(self) -> list[_Connection]:
        return [each for each in self._connections if not each.retiring and not each.socket.closed]

    def _each(self, act: Callable[[_Connection], object]) -> None:
        for connection in tuple(self._connections):
            act(connection)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": HOST,
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
            "connection_info": {"app_id": self._app_id},
        }


def _disconnect(reason: DisconnectReason) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}
