"""The composition root: settings become parts, parts a running bot that ends when asked, with nothing half done."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.background import Background
from bot.channels import Channel
from bot.clock import SystemClock
from bot.delivery import PACE_SECONDS, Courier
from bot.due import last_settled_day
from bot.editions.daily import DailyEdition
from bot.editions.notices import Notices
from bot.errors import PaperboyError, SlackRefused, SlackUnreachable
from bot.library import Library
from bot.people import People
from bot.schedule import Schedule
from bot.sources.arxiv import Arxiv
from bot.sources.http import PATIENT, open_client
from bot.sources.hugging_face import HuggingFace
from bot.store.sqlite import SqliteStore
from handlers import register_all
from handlers.parts import Parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.clock import Clock
    from bot.settings import Settings
    from bot.sources.http import Patience
    from bot.store import Store

log = structlog.get_logger(__name__)

SLACK_SECONDS = 10
DRAIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What works without Slack: the store, the sources, and what is made of them."""

    settings: Settings
    clock: Clock
    store: Store
    library: Library
    daily: DailyEdition


@asynccontextmanager
async def open_newsroom(
    settings: Settings, *, clock: Clock | None = None, alone: bool = False, patience: Patience = PATIENT
) -> AsyncIterator[Newsroom]:
    """The parts that need no Slack. `alone` is for a running bot, which owns its database; `patience` is for the lists
    of days. Raises `StoreError`."""
    clock = clock or SystemClock()
    store = await SqliteStore.open(settings.database_path, alone=alone)
    try:
        async with open_client(settings.paperboy_contact) as client:
            library = Library(
                store,
                HuggingFace(client, settings.hf_url, now=clock.now, patience=patience),
                Arxiv(client, settings.arxiv_api_url, sleep=clock.sleep, monotonic=clock.monotonic),
                clock,
            )
            daily = DailyEdition(store, library, clock, source_url=settings.hf_url, emoji=settings.paperboy_emoji[0])
            yield Newsroom(settings, clock, store, library, daily)
    finally:
        await store.close()


@dataclass(frozen=True, slots=True)
class Slack:
    """A workspace we may speak in."""

    team: str
    client: AsyncWebClient
    courier: Courier


@asynccontextmanager
async def open_slack(newsroom: Newsroom, *, pace_seconds: float = PACE_SECONDS) -> AsyncIterator[Slack]:
    """A connection to Slack's Web API for posting. Raises `SettingMissing`, `SlackRefused` or `SlackUnreachable`."""
    settings = newsroom.settings
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_SECONDS)) as session:
        client = AsyncWebClient(
            token=settings.require("SLACK_BOT_TOKEN"),
            base_url=_with_slash(settings.slack_api_url),
            timeout=SLACK_SECONDS,
            session=session,
            retry_handlers=[],
        )
        team = (await _who_am_i(client))["team_id"]
        courier = Courier(
            newsroom.store,
            client,
            newsroom.clock,
            owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            saving_emoji=settings.paperboy_emoji,
            pace_seconds=pace_seconds,
        )
        yield Slack(team, client, courier)


async def _who_am_i(client: AsyncWebClient) -> Any:
    try:
        return await client.auth_test()
    except SlackApiError as error:
        raise SlackRefused(method="auth.test", error=str(error.response.get("error"))) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise SlackUnreachable(method="auth.test", reason=str(error) or type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that is connected and listening; `failed` holds the error after which it is of no use any more."""

    newsroom: Newsroom
    slack: Slack
    parts: Parts
    schedule: Schedule
    failed: asyncio.Future[Never]


@asynccontextmanager
async def open_bot(
    settings: Settings, *, clock: Clock | None = None, pace_seconds: float = PACE_SECONDS
) -> AsyncIterator[RunningBot]:
    """A bot connected over Socket Mode; on leaving, it finishes what it began and takes on nothing new.

    Raises `StoreError`, `SettingMissing`, `SlackRefused` or `SlackUnreachable`.
    """
    async with (
        open_newsroom(settings, clock=clock, alone=True) as newsroom,
        open_slack(newsroom, pace_seconds=pace_seconds) as slack,
    ):
        await _serve_configured_channel(newsroom, slack.team)
        app = AsyncApp(
            client=AsyncWebClient(
                token=settings.require("SLACK_BOT_TOKEN"),
                base_url=_with_slash(settings.slack_api_url),
                timeout=SLACK_SECONDS,
            ),
            process_before_response=True,
        )
        parts = Parts(
            store=newsroom.store,
            library=newsroom.library,
            courier=slack.courier,
            people=People(newsroom.store, slack.client, newsroom.clock, default_language=settings.paperboy_language),
            background=Background(),
            clock=newsroom.clock,
            saving_emoji=settings.paperboy_emoji,
        )
        register_all(app, parts)
        failed: asyncio.Future[Never] = asyncio.get_running_loop().create_future()

        def fail(error: PaperboyError) -> None:
            if not failed.done():
                failed.set_exception(error)

        schedule = Schedule(
            slack.team,
            newsroom.store,
            newsroom.library,
            newsroom.daily,
            Notices(newsroom.store, parts.people, newsroom.clock, operator=settings.paperboy_operator),
            slack.courier,
            newsroom.clock,
            fail=fail,
        )
        line = SocketLine(app, settings.require("SLACK_APP_TOKEN"))
        await line.open()
        try:
            yield RunningBot(newsroom, slack, parts, schedule, failed)
        finally:
            await schedule.stop()
            await line.drain(DRAIN_SECONDS)
            await parts.background.drain(DRAIN_SECONDS)
            await line.client.close()


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun. Raises what `open_bot` does, later as well."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with open_bot(settings, clock=clock) as bot:
        log.info("connected to Slack", team=bot.slack.team, database=str(settings.database_path))
        bot.schedule.start()
        until: tuple[asyncio.Future[Any], ...] = (asyncio.ensure_future(stop.wait()), bot.failed)
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        log.info("finishing what was begun")
        if bot.failed.done():
            bot.failed.result()


class SocketLine(AsyncSocketModeHandler):
    """A Socket Mode connection that knows what is being worked on, so that it can end without losing any of it."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        super().__init__(app, app_token)
        self._working: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def open(self) -> None:
        """Connect. Raises `SlackRefused` or `SlackUnreachable`."""
        try:
            await self.client.connect()
        except SlackApiError as error:
            raise SlackRefused(method="apps.connections.open", error=str(error.response.get("error"))) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackUnreachable(method="apps.connections.open", reason=str(error)) from error

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Deal with an envelope, unless we are closing: what nobody acknowledged, Slack brings again."""
        if self._closing:
            return
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine is always run by a task
        self._working.add(task)
        try:
            await super().handle(client, req)
        finally:
            self._working.discard(task)

    async def drain(self, seconds: float) -> None:
        """Take on nothing new, and wait for what is being worked on, `seconds` at most."""
        self._closing = True
        if self._working:
            await asyncio.wait(set(self._working), timeout=seconds)


async def _serve_configured_channel(newsroom: Newsroom, team: str) -> None:
    """The environment creates a channel the database does not know; what was set in Slack wins ever after."""
    settings = newsroom.settings
    if settings.paperboy_channel is None:
        return
    now = newsroom.clock.now()
    wanted = Channel(team, settings.paperboy_channel, settings.channel_defaults(), cursor=last_settled_day(now))
    if await newsroom.store.create_channel(wanted, now=now):
        return
    known = await newsroom.store.channel(team, wanted.id)
    if known and known.settings != wanted.settings:
        log.warning("the environment differs from the channel's own settings, which win", channel=wanted.id)


def _with_slash(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"
