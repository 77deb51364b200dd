"""The Socket Mode connection: payloads in, acknowledgements out, and a new connection whenever one ends.

Each WebSocket is an object of its own, from its address to its end, and none is repaired: slack_sdk's client, which
repairs its one connection, keeps trying an address that is used up, and hides a revoked token behind endless retries. A
connection that Slack asks us to leave is closed only when the next one is open. A silent one is pinged, and replaced
when it does not answer.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import SlackUnreachable
from bot.named_tasks import NamedTasks
from bot.network import DIRECT
from bot.slack.client import open_session
from bot.slack.web_api import call, call_with_retry

if TYPE_CHECKING:
    from datetime import datetime

    from slack_bolt import BoltResponse
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.network import Network

log = structlog.get_logger(__name__)

OPENING = "apps.connections.open"
# How long Slack may be away when the program starts, before it gives up.
START_TIMEOUT_SECONDS = 300.0
# How long a connection may leave a ping unanswered.
SILENCE_SECONDS = 15.0
_HELLO_SECONDS = 10.0
_CLOSING_SECONDS = 2.0
# Values of an address that are no secret: versions, flags.
_SHORT = 5
# Slack wants an acknowledgement within three seconds (docs.slack.dev, Using Socket Mode); later is as good as never.
_ACKNOWLEDGING_SECONDS = 3.0
# "warning" comes about ten seconds before Slack ends a connection; payloads may come on it until then.
_LEAVING_SECONDS = 10.0
# A connection is refreshed by Slack; one that was forgotten is left this long after its announced time.
_OVERDUE_SECONDS = 60.0
# A connection that ends right after its greeting is followed by the next one no sooner than this.
_SHORTEST_SECONDS = 1.0
# Asked to leave for these reasons, a connection still takes payloads while its successor is opened.
_ORDERLY = frozenset({"warning", "refresh_requested", "overdue"})


class SocketModeConnection:
    """Connects a Bolt app to Slack.

    `client` must have been built with `retry_handlers=[]`. `last_seen` is when Slack last sent anything, None before
    that; `reconnects` counts connections after the first. Call `ping` every few seconds.
    """

    def __init__(
        self, app: AsyncApp, client: AsyncWebClient, app_token: str, clock: Clock, *, network: Network = DIRECT
    ) -> None:
        self._app = app
        self._client = client
        self._app_token = app_token
        self._clock = clock
        self._network = network
        self._session = open_session(network)
        self._connection: _Connection | None = None
        self._open: set[_Connection] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._working: NamedTasks[None] = NamedTasks()
        self._leaving: NamedTasks[None] = NamedTasks()
        self._closing = False
        self.last_seen: datetime | None = None
        self.reconnects = 0

    @property
    def connected(self) -> bool:
        """Whether payloads can reach us, as far as we know."""
        return self._connection is not None and not self._connection.left.done()

    async def open(self) -> None:
        """Connect. Raises `SlackRefused` at once, `SlackUnreachable` when Slack stays away for five minutes."""
        self._connection = await call_with_retry(self._connect_anew, self._clock, give_up_after=START_TIMEOUT_SECONDS)
        self._keeping = asyncio.create_task(self._keep(self._connection))

    async def wait_failed(self) -> None:
        """Wait until Slack refuses every further connection: raises `SlackRefused` then."""
        if self._keeping is not None:
            await asyncio.shield(self._keeping)

    async def ping(self) -> None:
        """Ping the connection, and replace it when the last ping was not answered in time."""
        connection = self._connection
        if connection is None or connection.left.done():
            return
        now = self._clock.monotonic()
        if connection.asked_at is not None and now - connection.asked_at >= SILENCE_SECONDS:
            connection.leave("silent")
        elif connection.overdue_at is not None and now >= connection.overdue_at:
            connection.leave("overdue")
        else:
            connection.asked_at = now if connection.asked_at is None else connection.asked_at
            await connection.ping()

    async def drain(self, seconds: float) -> None:
        """Take no new payloads, and wait up to `seconds` for those being handled."""
        self._closing = True
        await self._working.settle(seconds)

    async def close(self) -> None:
        """Close the connection, and cancel what is still being handled."""
        self._closing = True
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
        await asyncio.gather(self._working.cancel(), self._leaving.cancel())
        await asyncio.gather(*(self._end(connection) for connection in tuple(self._open)))
        await self._session.close()

    async def _keep(self, connection: _Connection) -> None:
        while True:
            reason = await asyncio.shield(connection.left)
            log.info("Slack connection closing", reason=reason)
            orderly = reason in _ORDERLY
            if not orderly:
                # Slack counts connections, so one of too many must be gone before another is asked for.
                leaving = self._leaving.start(self._end(connection))
                if reason == "too_many_websockets":
                    await asyncio.wait({leaving})
            ended_at = self._clock.monotonic()
            early = connection.greeted_at + _SHORTEST_SECONDS - ended_at
            if early > 0:
                await self._clock.sleep(early)
            self._connection, old = await call_with_retry(self._connect_anew, self._clock), connection
            self.reconnects += 1
            log.info("connected to Slack again", seconds=round(self._clock.monotonic() - ended_at, 3))
            if orderly:
                self._leaving.start(self._close_when_done(old))
            connection = self._connection

    async def _close_when_done(self, connection: _Connection) -> None:
        """Keep an old connection until what is under way on it has arrived."""
        await asyncio.wait({connection.reading}, timeout=_LEAVING_SECONDS)
        await self._working.settle(_ACKNOWLEDGING_SECONDS)
        await self._end(connection)

    async def _end(self, connection: _Connection) -> None:
        await connection.close()
        self._open.discard(connection)

    async def _connect_anew(self) -> _Connection:
        """A new connection that has said hello. Raises `SlackRefused` or `SlackUnreachable`."""
        answer = await call(OPENING, self._client.apps_connections_open(app_token=self._app_token))
        url = str(answer.get("url") or "")
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                socket = await self._session.ws_connect(
                    url,
                    autoping=False,
                    proxy=self._network.proxy_for(url),
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING_SECONDS),
                )
                try:
                    greeting = await _greeting(socket)
                except BaseException:
                    await socket.close()
                    raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Not chained: what aiohttp says, and its traceback, hold the address.
            raise SlackUnreachable(method="Socket Mode", reason=_without_ticket(error, url)) from None
        self.last_seen = self._clock.now()
        connection = _Connection(socket, greeting, self._clock.monotonic())
        connection.reading = asyncio.create_task(self._read(connection))
        self._open.add(connection)
        return connection

    async def _read(self, connection: _Connection) -> None:
        """Receive until the connection ends."""
        try:
            async for message in connection.socket:
                self.last_seen = self._clock.now()
                connection.asked_at = None
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(connection, message.data)
                elif message.type is aiohttp.WSMsgType.PING:
                    await connection.socket.pong(message.data)
        except (aiohttp.ClientError, OSError) as error:
            log.info("Slack connection lost", error=str(error) or type(error).__name__)
        finally:
            connection.leave("ended")

    def _take(self, connection: _Connection, text: str) -> None:
        """Handle an envelope, unless we are closing: Slack sends again what is not acknowledged."""
        envelope = _parsed(text)
        if envelope.get("type") == "disconnect":
            connection.leave(str(envelope.get("reason")))
        elif isinstance(envelope.get("payload"), dict) and not self._closing:
            request = SocketModeRequest.from_dict(envelope)
            if request is not None:
                self._working.start(self._work(connection, request))

    async def _work(self, connection: _Connection, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(self._app, request)
        if response.status != 200:
            log.info("left an envelope unacknowledged", type=request.type, status=response.status)
            return
        try:
            async with asyncio.timeout(_ACKNOWLEDGING_SECONDS):
                await connection.socket.send_str(_acknowledgement(request, response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("couldn't acknowledge, the connection is closed", type=request.type, error=type(error).__name__)


class _Connection:
    """One WebSocket, from its hello on.

    `left` is done, with the reason, when another connection is wanted. `asked_at` is when the first unanswered ping was
    sent, None when none is.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, greeting: dict[str, Any], now: float) -> None:
        self.socket = socket
        self.greeted_at = now
        self.overdue_at = _overdue_at(greeting, now)
        self.asked_at: float | None = None
        self.left: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.reading: asyncio.Task[None]

    def leave(self, reason: str) -> None:
        """Ask for another connection; the first reason given stands."""
        if not self.left.done():
            self.left.set_result(reason)

    async def ping(self) -> None:
        """Send a ping."""
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await self.socket.ping(b"paperboy")

    async def close(self) -> None:
        """Close the WebSocket, whether the other side answers or not."""
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(2 * _CLOSING_SECONDS):
                await self.socket.close()
        self.reading.cancel()
        await asyncio.wait({self.reading})


async def _greeting(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    """The hello that a connection begins with. Raises `SlackUnreachable` when something else comes."""
    while True:
        message = await socket.receive()
        if message.type is aiohttp.WSMsgType.PING:
            await socket.pong(message.data)
            continue
        envelope = _parsed(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
        if envelope.get("type") == "hello":
            return envelope
        raise SlackUnreachable(method="Socket Mode", reason=str(envelope.get("reason") or "closed before its greeting"))


def _without_ticket(error: Exception, url: str) -> str:
    """An error's words without the connection's address: with its ticket somebody else could receive our payloads."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"HTTP {error.status}"
    words = str(error) or type(error).__name__
    secrets = [url, *(part for part in url.partition("?")[2].split("&") if part), *_values(url)]
    for secret in sorted(secrets, key=len, reverse=True):
        words = words.replace(secret, "…") if secret else words
    return words


def _values(url: str) -> list[str]:
    return [value for part in url.partition("?")[2].split("&") if len(value := part.partition("=")[2]) > _SHORT]


def _overdue_at(greeting: dict[str, Any], now: float) -> float | None:
    info = greeting.get("debug_info")
    seconds = info.get("approximate_connection_time") if isinstance(info, dict) else None
    return now + seconds + _OVERDUE_SECONDS if isinstance(seconds, int | float) and seconds > 0 else None


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _acknowledgement(request: SocketModeRequest, response: BoltResponse) -> str:
    """Bolt's response as an acknowledgement: the envelope's id, with a payload where there is one."""
    envelope: dict[str, Any] = {"envelope_id": request.envelope_id}
    if response.body:
        is_json = response.first_headers().get("content-type", "").startswith("application/json")
        envelope["payload"] = json.loads(response.body) if is_json else {"text": response.body}
    return json.dumps(envelope)
