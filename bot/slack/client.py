"""Clients of Slack that reach it the way the network has it.

slack_sdk takes HTTPS_PROXY or HTTP_PROXY from the environment wherever it is told of no proxy, in each copy of a client
that Bolt makes and in each answer to a `response_url` too, and it knows no NO_PROXY.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.webhook import WebhookResponse

    from bot.network import Network
    from bot.settings import Settings


def open_session(network: Network, *, seconds: float | None = None) -> aiohttp.ClientSession:
    """Connections that trust the network's certificates and nothing in the environment; a proxy is named by request.

    `seconds` bounds each request as a whole.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=network.tls()),
        timeout=aiohttp.ClientTimeout(total=seconds),
        trust_env=False,
    )


def new_client(settings: Settings, session: aiohttp.ClientSession, *, token: str | None = None) -> AsyncWebClient:
    """A client of the Web API where the settings say it is. It tries each request once; `session` bounds it."""
    client = AsyncWebClient(
        token=token,
        base_url=f"{settings.slack_api_url.rstrip('/')}/",
        session=session,
        trust_env_in_session=False,
        retry_handlers=[],
    )
    client.proxy = settings.network.proxy_for(client.base_url)
    return client


class Respond:
    """Answers at a `response_url` over connections that are there already, by the network's way."""

    def __init__(self, response_url: str, network: Network, session: aiohttp.ClientSession) -> None:
        self._client = AsyncWebhookClient(response_url, session=session, trust_env_in_session=False)
        self._client.proxy = network.proxy_for(response_url)

    async def __call__(self, text: str | dict[str, Any] = "", **message: Any) -> WebhookResponse:
        """Send an answer."""
        return await self._client.send_dict({**(text if isinstance(text, dict) else {"text": text}), **message})


def keep_to(
    network: Network, session: aiohttp.ClientSession
) -> Callable[[AsyncBoltContext, Callable[[], Awaitable[None]]], Awaitable[None]]:
    """A Bolt middleware after which what a listener gets to speak with goes the network's way."""

    async def keep(context: AsyncBoltContext, next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 - Bolt's name
        context.client.proxy = network.proxy_for(context.client.base_url)
        if context.response_url:
            context["respond"] = Respond(context.response_url, network, session)
        await next()

    return keep
