"""A small Bolt app of its own is connected to the emulator, the way any bot would be."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import Channel, Person, SlackEmulator

Transport = Literal["socket", "http"]
Connect = Callable[[AsyncApp, Transport], Awaitable[None]]


@pytest.fixture
def manifest() -> dict[str, Any]:
    return {
        "display_information": {"name": "Paperboy"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "Paperboy"},
            "slash_commands": [
                {"command": "/paper", "description": "One paper", "should_escape": False},
                {"command": "/tell", "description": "Tell someone", "should_escape": True},
            ],
            "shortcuts": [
                {"name": "Save", "type": "message", "callback_id": "save_this", "description": "Save this"},
                {"name": "Find", "type": "global", "callback_id": "find", "description": "Find a paper"},
            ],
            "unfurl_domains": ["arxiv.org"],
        },
        "oauth_config": {
            "scopes": {
                "bot": [
                    "app_mentions:read",
                    "channels:history",
                    "channels:read",
                    "chat:write",
                    "commands",
                    "im:history",
                    "im:write",
                    "links:read",
                    "links:write",
                    "reactions:read",
                    "reactions:write",
                    "users:read",
                ]
            }
        },
        "settings": {
            "event_subscriptions": {
                "bot_events": [
                    "app_home_opened",
                    "app_mention",
                    "app_uninstalled",
                    "channel_archive",
                    "channel_left",
                    "channel_rename",
                    "link_shared",
                    "member_joined_channel",
                    "message.im",
                    "reaction_added",
                    "reaction_removed",
                    "tokens_revoked",
                ]
            },
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


@pytest.fixture
async def slack(manifest: dict[str, Any]) -> AsyncIterator[SlackEmulator]:
    # A listener that answers has all the time of a slow machine; one that never does costs no test three seconds.
    async with SlackEmulator(manifest, retry_delays=(0, 0, 0)) as slack:
        yield slack


@pytest.fixture
def ana(slack: SlackEmulator) -> Person:
    return slack.add_person("Ana", locale="ko-KR", tz="Asia/Seoul")


@pytest.fixture
def papers(slack: SlackEmulator, ana: Person) -> Channel:
    return slack.add_channel("papers", members=[ana.id])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: SlackEmulator, session: aiohttp.ClientSession) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])


@pytest.fixture
def bolt(slack: SlackEmulator, client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(name="paperboy", client=client, signing_secret=slack.signing_secret, process_before_response=True)


@pytest.fixture
async def connect(slack: SlackEmulator) -> AsyncIterator[Connect]:
    """Connects a Bolt app over the one or the other transport, and ends it after the test."""
    async with AsyncExitStack() as stack:

        async def over(app: AsyncApp, transport: Transport) -> None:
            if transport == "http":
                runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
                await runner.setup()
                stack.push_async_callback(runner.cleanup)
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
            else:
                handler: Any = AsyncSocketModeHandler(app, slack.app_token)
                stack.push_async_callback(handler.close_async)
                await handler.connect_async()
                await slack.connected(slack.connections or 1)

        yield over


@pytest.fixture(params=["socket", "http"])
def transport(request: pytest.FixtureRequest) -> Transport:
    chosen: Transport = request.param
    return chosen
