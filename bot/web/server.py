"""The HTTP server: Slack's requests in HTTP mode, and in both modes health and metrics.

Nothing of a request is parsed before its signature has been checked (docs.slack.dev, verifying requests from Slack):
bare Bolt reads time stamps and bodies first and answers 500 to those it cannot read.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import hmac
import logging
import os
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, cast

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.errors import PortInUse, PortUnusable, StoreError
from bot.log_rate import LogRateLimit
from bot.web.connections import Connections, CountedConnection
from bot.web.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from slack_bolt.async_app import AsyncApp

    from bot.errors import PaperboyError
    from bot.store import Maintenance
    from bot.web.metrics import Metrics, ReplicaFigures

log = structlog.get_logger(__name__)
# Refused requests, and running out of what they use up, are logged a few times a minute at most.
for _talkative in ("aiohttp.server", "asyncio"):
    logging.getLogger(_talkative).addFilter(LogRateLimit(5))

CONNECTIONS = web.AppKey("connections", Connections)

EVENTS_PATH = "/slack/events"
_FRESH_SECONDS = 300
_LARGEST_BODY = 512 * 1024
_STORE_SECONDS = 2.0
_BODY_SECONDS = 5.0
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
# Slack looks now and then whether a command's address has a good certificate: a request of this form, not signed, with
# nothing to be done (slackapi/bolt-js#1397). Exactly 1, and nothing besides (slackapi/bolt-js#2899).
_CERTIFICATE_CHECK = re.compile(rb"(?:token=\w*&)?ssl_check=1(?:&token=\w*)?")
_LARGEST_CHECK = 200


def is_from_slack(secret: str, *, timestamp: str, signature: str, body: bytes, now: datetime) -> bool:
    """Whether Slack signed this body, within the last five minutes.

    `timestamp` and `signature` are the headers `X-Slack-Request-Timestamp` and `X-Slack-Signature`, as sent.
    """
    if not is_fresh(timestamp, now):
        return False
    basis = b"v0:%s:%s" % (timestamp.encode(), body)
    expected = "v0=" + hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether the header `X-Slack-Request-Timestamp` names a time within five minutes of `now`."""
    return bool(_TIMESTAMP.fullmatch(timestamp)) and abs(now.timestamp() - int(timestamp)) <= _FRESH_SECONDS


def read_request(body: bytes, *, query: str = "", headers: Mapping[str, str]) -> AsyncBoltRequest | None:
    """A request of Slack's, for Bolt; None where a body, though Slack signed it, is nothing Slack would send."""
    try:
        request = AsyncBoltRequest(body=body.decode(), query=query, headers={**headers})
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None
    parsed: object = request.body
    return request if isinstance(parsed, dict) and parsed else None


@asynccontextmanager
async def open_server(
    application: web.Application, host: str, port: int, *, drain_seconds: float
) -> AsyncIterator[int]:
    """Serve until the block ends, and then finish what was begun. Gives the port.

    Raises `PortInUse` or `PortUnusable`.
    """
    if CONNECTIONS not in application:
        application[CONNECTIONS] = Connections()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=drain_seconds)
    await runner.setup()
    server = cast("web.Server", runner.server)
    try:
        try:
            listening = await asyncio.get_running_loop().create_server(
                lambda: CountedConnection(server, application[CONNECTIONS]), host, port
            )
        except (OSError, OverflowError) as error:
            raise _port_error(error, host, port) from error
        try:
            yield listening.sockets[0].getsockname()[1]
        finally:
            listening.close()
    finally:
        await runner.cleanup()


def _port_error(error: OSError | OverflowError, host: str, port: int) -> PaperboyError:
    """The error that keeps us from serving there, without the address again, which asyncio puts into its text."""
    if not isinstance(error, OSError):
        return PortUnusable(host=host, port=port, reason=str(error))
    if error.errno == errno.EADDRINUSE:
        return PortInUse(port=port)
    number = error.errno or 0
    reason = os.strerror(number) if number in errno.errorcode else error.strerror or str(error)
    return PortUnusable(host=host, port=port, reason=reason)


def add_slack(
    application: web.Application,
    app: AsyncApp,
    secret: str,
    metrics: Metrics,
    now: Callable[[], datetime],
    *,
    on_request: Callable[[Mapping[str, str]], None] = lambda _: None,
) -> None:
    """Let Slack's requests, and only Slack's, reach the Bolt app."""

    async def receive(request: web.Request) -> web.Response:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        is_signed = _SIGNATURE.fullmatch(signature) is not None and is_fresh(timestamp, now())
        if not is_signed and (request.content_length or _LARGEST_CHECK + 1) > _LARGEST_CHECK:
            return reject(401)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await request.read()
        except TimeoutError:
            return reject(408)
        if not is_signed and _CERTIFICATE_CHECK.fullmatch(body):
            return web.Response()
        if not is_from_slack(secret, timestamp=timestamp, signature=signature, body=body, now=now()):
            return reject(401)
        on_request(request.headers)
        asked = read_request(body, query=request.query_string, headers=request.headers)
        if asked is None:
            return reject(400)
        with application[CONNECTIONS].serving(request.transport):
            answer = await app.async_dispatch(asked)
        return await to_aiohttp_response(answer)

    rarely = LogRateLimit(1)

    def reject(status: int) -> web.Response:
        if (more := rarely.suppressed_before("turned away", str(status))) is not None:
            log.warning("rejected a request without a valid, recent Slack signature", status=status, others=more)
        metrics.refused(status)
        return web.Response(status=status)

    application.router.add_post(EVENTS_PATH, receive)


@web.middleware
async def _ask(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    if isinstance(request.transport, asyncio.Transport):
        request.app[CONNECTIONS].asked(request.transport)
    return await handler(request)


def new_application(
    maintenance: Maintenance, metrics: Metrics, replica: Callable[[], ReplicaFigures]
) -> web.Application:
    """The pages for operators: `/livez`, `/healthz`, and `/metrics` for Prometheus.

    `/livez` answers as long as this process does: to start it again brings back no database and no Slack. `/healthz` is
    about these as well, for whoever chooses where requests go. `replica` gives the figures of this process, which are
    told also while the database is away.
    """

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def health(_: web.Request) -> web.Response:
        reasons = []
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                await maintenance.check()
        except (StoreError, TimeoutError):
            reasons.append("database not responding")
        if not replica().connected:
            reasons.append("not connected to Slack")
        health = {"status": "ill", "reasons": reasons} if reasons else {"status": "ok"}
        return web.json_response(health, status=503 if reasons else 200)

    async def figures(_: web.Request) -> web.Response:
        stats = None
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_STORE_SECONDS):
                stats = await maintenance.stats()
        page = metrics.page(stats, replica())
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE})

    application = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_ask])
    application[CONNECTIONS] = Connections()
    application.router.add_get("/livez", alive)
    application.router.add_get("/healthz", health)
    application.router.add_get("/metrics", figures)
    return application
