"""Slack clients that use the configured proxies and certificates.

slack_sdk takes HTTPS_PROXY or HTTP_PROXY from the environment wherever it is given no proxy, in each copy of a client
that Bolt makes and in each answer to a `response_url` too, and it knows no NO_PROXY.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.webhook import WebhookResponse

    from bot.network import Network
    from bot.settings import Settings


_JSON = "application/json;charset=utf-8"
_REFUSED_TOKENS = frozenset({"token_expired", "invalid_auth", "account_inactive", "token_revoked"})
_TOO_MANY_REQUESTS = 429
_METHOD = re.compile(r"[a-zA-Z]{1,40}(\.[a-zA-Z]{1,40}){1,4}")
# Requests under way at a time: in all workspaces, and in one of them, so that some that are slow to answer leave room.
REQUESTS_AT_ONCE = 400
REQUESTS_OF_A_WORKSPACE = 40
# A request that waited for so long for those before it is not sent.
_TURN_SECONDS = 3.0


def open_session(
    network: Network,
    *,
    seconds: float | None = None,
    on_rate_limited: Callable[[str], object] | None = None,
    on_outcome: Callable[[bool], object] | None = None,
) -> aiohttp.ClientSession:
    """An HTTP session that uses the network's certificates and nothing in the environment; requests name their proxy.

    `seconds` bounds each request as a whole. `on_rate_limited` is called with the method of each request that Slack
    answers with 429, also where others share the session, and `on_outcome` with whether Slack answered, after each that
    is for its Web API.
    """
    watching = [_watching_limits(on_rate_limited)] if on_rate_limited else []
    watching += [_watching_outcomes(on_outcome)] if on_outcome else []
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=REQUESTS_AT_ONCE, ssl=network.tls()),
        timeout=aiohttp.ClientTimeout(total=seconds),
        trace_configs=watching or None,
        trust_env=False,
    )


def _watching_limits(on_rate_limited: Callable[[str], object]) -> aiohttp.TraceConfig:
    async def look(_session: object, _context: object, answered: aiohttp.TraceRequestEndParams) -> None:
        if answered.response.status == _TOO_MANY_REQUESTS:
            method = answered.url.name  # of a `response_url` it is a secret
            on_rate_limited(method if _METHOD.fullmatch(method) else "response_url")

    watching = aiohttp.TraceConfig()
    watching.on_request_end.append(look)
    return watching


def _watching_outcomes(on_outcome: Callable[[bool], object]) -> aiohttp.TraceConfig:
    async def answered(_session: object, _context: object, request: aiohttp.TraceRequestEndParams) -> None:
        if _METHOD.fullmatch(request.url.name):
            on_outcome(request.response.content_type == "application/json")  # else it is not Slack's word

    async def failed(_session: object, _context: object, request: aiohttp.TraceRequestExceptionParams) -> None:
        if _METHOD.fullmatch(request.url.name) and not isinstance(request.exception, asyncio.CancelledError):
            on_outcome(False)

    watching = aiohttp.TraceConfig()
    watching.on_request_end.append(answered)
    watching.on_request_exception.append(failed)
    return watching


@asynccontextmanager
async def share_session(
    session: aiohttp.ClientSession, *, at_once: int = REQUESTS_OF_A_WORKSPACE
) -> AsyncIterator[aiohttp.ClientSession]:
    """A session over the connections of another that has so many requests under way at a time.

    One whose turn does not come raises what says that it was not sent.
    """
    turns = asyncio.Semaphore(at_once)

    async def in_turn(request: aiohttp.ClientRequest, handle: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await turns.acquire()
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError("Slack was slow to answer the requests before this one") from None
        try:
            return await handle(request)
        finally:
            turns.release()

    async with aiohttp.ClientSession(
        connector=session.connector,
        connector_owner=False,
        timeout=session.timeout,
        trace_configs=session.trace_configs,
        trust_env=False,
        middlewares=(in_turn,),
    ) as shared:
        yield shared


class RenewingClient(AsyncWebClient):
    """A client that asks for a newer token when Slack takes its own no more, and then tries the request once more.

    `renew` is given the refused token, and gives another or None. Messages of the outbox are sent past it
    (`send_json`): when those may be sent is decided before each request.
    """

    renew: Callable[[str], Awaitable[str | None]]

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method of the Web API. Raises what `AsyncWebClient` does."""
        refused = self.token
        try:
            return await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            if refused is None or not _is_about_token(error):
                raise
            newer = await self.renew(refused)
            if newer is None:
                raise
        # What slack_sdk put together names the refused token here and there.
        for name in ("json", "params", "data"):
            if isinstance(given := arguments.get(name), dict) and given.get("token") == refused:
                given["token"] = newer
        return await super().api_call(api_method, **arguments)


def _is_about_token(error: SlackApiError) -> bool:
    data = getattr(error.response, "data", None)
    return isinstance(data, dict) and data.get("error") in _REFUSED_TOKENS


def new_client(
    settings: Settings,
    session: aiohttp.ClientSession,
    *,
    token: str | None = None,
    renew: Callable[[str], Awaitable[str | None]] | None = None,
) -> AsyncWebClient:
    """A Web API client for the address in the settings. It tries each request once; `session` bounds it.

    With `renew` it tries one whose token Slack refuses a second time, with the token that this gives.
    """
    client = (RenewingClient if renew else AsyncWebClient)(
        token=token,
        base_url=f"{settings.slack_api_url.rstrip('/')}/",
        session=session,
        trust_env_in_session=False,
        retry_handlers=[],
    )
    client.proxy = settings.network.proxy_for(client.base_url)
    if isinstance(client, RenewingClient) and renew:
        client.renew = renew
    return client


async def send_json(client: AsyncWebClient, method: str, arguments: bytes) -> AsyncSlackResponse:
    """`client.api_call` for arguments that are JSON already: a morning sends thousands of messages.

    A response that is not JSON has no data. Raises what `api_call` does.
    """
    headers = {**client.headers, "Authorization": f"Bearer {client.token}", "Content-Type": _JSON}
    url = client.base_url + method
    if client.session is None:
        raise ValueError("the client has no session")
    async with client.session.post(url, data=arguments, headers=headers, proxy=client.proxy) as answer:
        body = await answer.read()
        data: Any = {}
        if answer.content_type == "application/json":
            with suppress(ValueError, RecursionError):
                data = json.loads(body)
    headers_of_it: Any = answer.headers  # upper and lower case are one in them, whatever the annotation says
    response = AsyncSlackResponse(
        client=client,
        http_verb="POST",
        api_url=url,
        req_args={},
        data=data if isinstance(data, dict) else {},
        headers=headers_of_it,
        status_code=answer.status,
    )
    response.validate()
    return response


class Respond:
    """Answers at a `response_url` over the session's connections and the configured proxies."""

    def __init__(self, response_url: str, network: Network, session: aiohttp.ClientSession) -> None:
        self._response_url = response_url
        self._network = network
        self._session = session

    async def __call__(self, text: str | dict[str, Any] = "", **message: Any) -> WebhookResponse:
        """Send an answer. Raises `aiohttp.ClientError` or `TimeoutError`, and `ValueError` for what is no address."""
        # Made only now: most answers are in the acknowledgement.
        client = AsyncWebhookClient(self._response_url, session=self._session, trust_env_in_session=False)
        client.proxy = self._network.proxy_for(self._response_url)
        try:
            return await client.send_dict({**(text if isinstance(text, dict) else {"text": text}), **message})
        except aiohttp.ClientError as error:
            # Not chained: some of what aiohttp says, and its traceback, hold the address, and whoever reads that may
            # answer in our place.
            words, path = str(error), urlsplit(self._response_url).path
            raise aiohttp.ClientError(words if words and path not in words else type(error).__name__) from None


def route_through(
    network: Network, client_for: Callable[[str | None], AsyncWebClient | None], otherwise: aiohttp.ClientSession
) -> Callable[[AsyncBoltContext], None]:
    """A function that gives a listener the client of its workspace, and its `respond` the same connections.

    Where there is no such workspace, both go through the configured proxies, over the connections `otherwise`.
    """

    def route(context: AsyncBoltContext) -> None:
        if client := client_for(context.team_id):
            context["client"] = client
        else:
            context.client.session = otherwise
            context.client.proxy = network.proxy_for(context.client.base_url)
        session = context.client.session or otherwise
        if context.response_url:
            context["respond"] = Respond(context.response_url, network, session)

    return route
