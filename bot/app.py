"""The composition root: settings become parts, parts a running bot that ends when asked, with nothing half done."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.background import Background
from bot.channels import Channel
from bot.clock import SystemClock
from bot.delivery import PACE_SECONDS, Courier
from bot.due import last_settled_day
from bot.editions.daily import DailyEdition
from bot.editions.notices import Notices
from bot.library import Library
from bot.line import PATIENCE_SECONDS, SocketLine
from bot.people import People
from bot.reconciliation import Reconciliation
from bot.schedule import Schedule
from bot.slack_answers import ask, ask_until_answered
from bot.sources.arxiv import Arxiv
from bot.sources.http import PATIENT, open_client
from bot.sources.hugging_face import HuggingFace
from bot.store.sqlite import SqliteStore
from handlers import register_all
from handlers.parts import Parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.clock import Clock
    from bot.errors import PaperboyError
    from bot.settings import Settings
    from bot.sources.http import Patience
    from bot.store import Store

log = structlog.get_logger(__name__)

SLACK_SECONDS = 10
DRAIN_SECONDS = 10.0
ROUND_SECONDS = 5.0


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
async def open_slack(
    newsroom: Newsroom, *, pace_seconds: float = PACE_SECONDS, patience_seconds: float = 0.0
) -> AsyncIterator[Slack]:
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
        me = await ask_until_answered(
            lambda: ask("auth.test", client.auth_test()), newsroom.clock, give_up_after=patience_seconds
        )
        team = me["team_id"]
        courier = Courier(
            newsroom.store,
            client,
            newsroom.clock,
            owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            saving_emoji=settings.paperboy_emoji,
            pace_seconds=pace_seconds,
        )
        yield Slack(team, client, courier)


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that is connected and listening; `failed` holds the error after which it is of no use any more."""

    newsroom: Newsroom
    slack: Slack
    parts: Parts
    schedule: Schedule
    line: SocketLine
    reconciliation: Reconciliation
    failed: asyncio.Future[Never]

    async def look_after_line(self) -> None:
        """One round of care: is Slack still there, and was anything missed?"""
        await self.line.check()
        if self.line.heard_at is not None:
            await self.reconciliation.note(self.line.heard_at)


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    pace_seconds: float = PACE_SECONDS,
    between_rounds: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[RunningBot]:
    """A bot connected over Socket Mode; on leaving, it finishes what it began and takes on nothing new.

    It waits for Slack while that is briefly away. `between_rounds` waits between two looks at the line, in the seconds
    of the network rather than those of `clock`.

    Raises `StoreError`, `SettingMissing`, `SlackRefused` or `SlackUnreachable`.
    """
    async with (
        open_newsroom(settings, clock=clock, alone=True) as newsroom,
        open_slack(newsroom, pace_seconds=pace_seconds, patience_seconds=PATIENCE_SECONDS) as slack,
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
        line = SocketLine(app, slack.client, settings.require("SLACK_APP_TOKEN"), newsroom.clock)
        reconciliation = Reconciliation(
            newsroom.store, slack.client, newsroom.clock, team=slack.team, saving_emoji=settings.paperboy_emoji
        )
        bot = RunningBot(newsroom, slack, parts, schedule, line, reconciliation, failed)
        async with _line_kept(bot, between_rounds):
            try:
                yield bot
            finally:
                await schedule.stop()


@asynccontextmanager
async def _line_kept(bot: RunningBot, between_rounds: Callable[[float], Awaitable[object]]) -> AsyncIterator[None]:
    """The line connected and looked after; on leaving, what came in over it is finished."""

    async def look_after_line() -> None:
        while True:
            await between_rounds(ROUND_SECONDS)
            try:
                await bot.look_after_line()
            except Exception:
                log.exception("a look at the line failed; the next one is to come")

    rounds: asyncio.Task[None] | None = None
    try:
        await bot.line.open()
        await bot.look_after_line()
        rounds = asyncio.create_task(look_after_line())
        yield
    finally:
        await bot.line.drain(DRAIN_SECONDS)
        await bot.parts.background.drain(DRAIN_SECONDS)
        if rounds is not None:
            rounds.cancel()
            await asyncio.wait({rounds})
        await bot.reconciliation.close(bot.line.heard_at)
        await bot.line.close()


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun. Raises what `open_bot` does, later as well."""
    opened, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(_serve(settings, clock, opened, stop))

    def end() -> None:
        stop.set()
        if not opened.is_set():
            serving.cancel()

    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end)
    with suppress(asyncio.CancelledError):
        await serving


async def _serve(settings: Settings, clock: Clock | None, opened: asyncio.Event, stop: asyncio.Event) -> None:
    async with open_bot(settings, clock=clock) as bot:
        opened.set()
        log.info("connected to Slack", team=bot.slack.team, database=str(settings.database_path))
        bot.schedule.start()
        stopped, lost = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(bot.line.lost())
        until: tuple[asyncio.Future[Any], ...] = (stopped, lost, bot.failed)
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        log.info("finishing what was begun")
    stopped.cancel()
    lost.cancel()
    for failure in (lost, bot.failed):
        if failure.done():
            failure.result()


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
