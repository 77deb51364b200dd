"""The composition root: settings become parts, parts a running bot that ends when asked, with nothing half done."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import socket
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Never

import structlog

from bot.clock import SystemClock
from bot.editions.daily import DailyEdition
from bot.editions.invitations import Invitations
from bot.editions.memberships import Memberships
from bot.editions.notices import Notices
from bot.editions.upkeep import Upkeep
from bot.errors import PaperboyError, SettingsUnusable, SlackUnreachable, StoreError
from bot.http import DEFAULT_RETRY_POLICY, open_client
from bot.library import Library
from bot.named_tasks import NamedTasks
from bot.open_requests import OpenRequests
from bot.rules.channels import Channel
from bot.rules.outages import shows_failure
from bot.schedule import Schedule
from bot.settings import Provider
from bot.shutdown import Deadline, end_at_last, end_at_last_on
from bot.signals import on_signals
from bot.slack.bolt_app import BoltApp
from bot.slack.client import Respond, keep_to, new_client, open_session
from bot.slack.conversations import Conversations
from bot.slack.installation import Installation
from bot.slack.lookups import wrong_names
from bot.slack.pace import POSTS_A_MINUTE, UPDATES_A_MINUTE
from bot.slack.profiles import Profiles
from bot.slack.reconciliation import Reconciliation
from bot.slack.sender import PACE_SECONDS, REQUEST_SECONDS, OutboxSender
from bot.slack.socket_mode import START_TIMEOUT_SECONDS, SocketModeConnection
from bot.slack.web_api import call, call_with_retry
from bot.sources.arxiv import Arxiv
from bot.sources.full_text import FullTexts
from bot.sources.hugging_face import HuggingFace
from bot.store.sqlite import open_store
from bot.summaries.models.client import RETRY_POLICY, USUAL_OUTPUT, ApiStyle, LanguageModel
from bot.summaries.writer import Writer, characters_in
from bot.summarizer import Summarizer
from bot.web.metrics import Metrics
from bot.web.server import add_slack, new_application, open_server
from handlers import register_all
from handlers.deps import HandlerDeps
from handlers.left_over import finish_left_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    import aiohttp
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.http import Client, RetryPolicy
    from bot.settings import Settings
    from bot.store import Store

log = structlog.get_logger(__name__)

SLACK_SECONDS = REQUEST_SECONDS
# People who ask over HTTP are answered within less; events that are not come again.
_ANSWERING_SECONDS = 2.5
ROUND_SECONDS = 5.0
# As many as a morning has papers: the slowest of them then decides when the last is written.
SUMMARIES_AT_ONCE = 10
# Most of what goes on beside answers waits for others, so much may go on at once; what would wait longer than a person
# does is better said no to.
WORK_AT_ONCE = 100
WORK_WAITING = 200
# So many objects more than before; Python's own figure is 700.
_LOOKED_FOR_GARBAGE_AFTER = 10_000


@dataclass(frozen=True, slots=True)
class Services:
    """What works without Slack: the store, the sources, and what is made of them."""

    settings: Settings
    clock: Clock
    store: Store
    library: Library
    summarizer: Summarizer
    daily: DailyEdition


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    clock: Clock | None = None,
    exclusive: bool = False,
    retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
    waits_for_summaries: timedelta = timedelta(0),
) -> AsyncIterator[Services]:
    """The parts that need no Slack. `alone` is for a running bot, which owns its database; `retry_policy` is for the
    lists of days. Raises `StoreError` or `SettingMissing`."""
    clock = clock or SystemClock()
    store = await open_store(settings.database_path, exclusive=exclusive)
    try:
        async with (
            open_client(settings.paperboy_contact, network=settings.network) as client,
            open_client(settings.paperboy_contact, connections=SUMMARIES_AT_ONCE, network=settings.network) as to_model,
        ):
            library = Library(
                store,
                HuggingFace(client, settings.hf_url, now=clock.now, retry_policy=retry_policy),
                Arxiv(client, settings.arxiv_api_url, sleep=clock.sleep, monotonic=clock.monotonic),
                clock,
            )
            full_texts = FullTexts(
                client, settings.hf_url, settings.arxiv_url, sleep=clock.sleep, monotonic=clock.monotonic
            )
            model = open_model(settings, to_model)
            summarizer = Summarizer(
                store,
                full_texts,
                clock,
                writer=Writer(model) if model else None,
                budget=settings.budget(),
                most_characters=characters_in(settings.llm_window, settings.llm_max_output or USUAL_OUTPUT),
            )
            daily = DailyEdition(
                store,
                library,
                summarizer,
                clock,
                source_url=settings.hf_url,
                emoji=settings.paperboy_emoji[0],
                waits_for_summaries=waits_for_summaries,
            )
            try:
                yield Services(settings, clock, store, library, summarizer, daily)
            finally:
                await summarizer.close()
    finally:
        await store.close()


def open_model(settings: Settings, client: Client, *, retry_policy: RetryPolicy = RETRY_POLICY) -> LanguageModel | None:
    """The language model the settings name, None when they name none. Raises `SettingMissing`."""
    if settings.llm_provider is Provider.NONE:
        return None
    return LanguageModel(
        client,
        api_style=ApiStyle(settings.llm_provider),
        base_url=settings.llm_base_url,
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else None,
        model=settings.require("LLM_MODEL"),
        at_once=SUMMARIES_AT_ONCE,
        most_output_tokens=settings.llm_max_output,
        window=settings.llm_window,
        effort=settings.llm_reasoning_effort,
        retry_policy=retry_policy,
    )


@dataclass(frozen=True, slots=True)
class Slack:
    """A workspace we may speak in."""

    installation: Installation
    client: AsyncWebClient
    sender: OutboxSender
    session: aiohttp.ClientSession

    @property
    def team(self) -> str:
        """The workspace."""
        return self.installation.team


@asynccontextmanager
async def open_slack(
    services: Services,
    *,
    pace_seconds: float = PACE_SECONDS,
    posts_a_minute: int = POSTS_A_MINUTE,
    updates_a_minute: int = UPDATES_A_MINUTE,
    start_timeout_seconds: float = 0.0,
) -> AsyncIterator[Slack]:
    """A connection to Slack's Web API for posting, no faster than so many posts and updates a minute.

    Raises `SettingMissing`, `SlackRefused` or `SlackUnreachable`.
    """
    settings = services.settings
    async with open_session(settings.network, seconds=SLACK_SECONDS) as session:
        token = settings.require("SLACK_BOT_TOKEN")
        client = new_client(settings, session, token=token)

        async def introduce() -> Installation:
            return _installation((await call("auth.test", client.auth_test())).data, token)

        installation = await call_with_retry(introduce, services.clock, give_up_after=start_timeout_seconds)
        sender = OutboxSender(
            services.store,
            client,
            services.clock,
            owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            saving_emoji=settings.paperboy_emoji,
            pace_seconds=pace_seconds,
            posts_a_minute=posts_a_minute,
            updates_a_minute=updates_a_minute,
        )
        yield Slack(installation, client, sender, session)


def _installation(auth_test: object, token: str) -> Installation:
    """Raises `SlackUnreachable` for an "ok" that does not say whose token it is, as something before Slack may give."""
    try:
        return Installation.of(auth_test if isinstance(auth_test, dict) else {}, token)
    except KeyError as missing:
        raise SlackUnreachable(method="auth.test", reason=f"its answer has no {missing}") from missing


class RequestsHeard:
    """Over HTTP: when a request of Slack's last came, and whether Slack `failed` to bring one since that was asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.last_seen = clock.now()
        self.failed = False

    def note(self, headers: Mapping[str, str]) -> None:
        """A request came, with these headers."""
        self.last_seen = self._clock.now()
        self.failed = self.failed or shows_failure(headers)


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that is connected and listening.

    `socket_mode` is None over HTTP; `port` is where pages are served, None where they are not. `failed` holds the error
    after which the bot is of no use any more.
    """

    services: Services
    slack: Slack
    deps: HandlerDeps
    schedule: Schedule
    reconciliation: Reconciliation
    memberships: Memberships
    failed: asyncio.Future[Never]
    ending: Deadline
    requests: RequestsHeard
    socket_mode: SocketModeConnection | None
    port: int | None

    @property
    def last_seen(self) -> datetime | None:
        """When Slack last reached us; over HTTP also when we began to listen."""
        return self.socket_mode.last_seen if self.socket_mode else self.requests.last_seen

    async def look_after_line(self, *, is_first: bool = False) -> None:
        """One round of care: is Slack still there, and was anything missed?"""
        if self.socket_mode:
            await self.socket_mode.ping()
        was_away = self.last_seen is not None and await self.reconciliation.note(
            self.last_seen, is_certain=self.socket_mode is not None, failed=self.requests.failed
        )
        self.requests.failed = False
        if was_away or is_first:
            self.memberships.expect_news()
            first_look = partial(self.memberships.compare, tells=False)
            self.deps.background.start_if_room(self._compare_memberships(first_look))
        elif self.memberships.is_due_again:
            self.deps.background.start_if_room(self._compare_memberships(self.memberships.compare))
        await self._answer_invitations()
        await self._finish_left_over()

    async def _compare_memberships(self, compare: Callable[[OutboxSender], Awaitable[None]]) -> None:
        """However long Slack takes to say where Paperboy is; what is wrong with it waits for the next time."""
        try:
            await call_with_retry(lambda: compare(self.slack.sender), self.services.clock)
        except PaperboyError as error:
            log.warning("it is not known in which channels Paperboy is", error=str(error))

    async def _answer_invitations(self) -> None:
        try:
            if await self.services.store.memberships.open_invitations(self.slack.team):
                answering = self.deps.invitations.answer_left_over(self.slack.sender, self.slack.team)
                self.deps.background.start_if_room(answering)
        except StoreError as error:
            log.warning("it could not be looked up who is still to be answered", error=str(error))

    async def _finish_left_over(self) -> None:
        settings, session = self.services.settings, self.slack.session
        try:
            await finish_left_over(
                self.deps, self.slack.team, self.slack.client, lambda url: Respond(url, settings.network, session)
            )
        except StoreError as error:
            log.warning("it could not be looked up what is still to be done", error=str(error))


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    pace_seconds: float = PACE_SECONDS,
    posts_a_minute: int = POSTS_A_MINUTE,
    updates_a_minute: int = UPDATES_A_MINUTE,
    between_rounds: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[RunningBot]:
    """A bot connected as the settings say; on leaving, it finishes what it began and takes on nothing new.

    It waits for Slack while that is briefly away. `between_rounds` waits between two looks at the line, in the seconds
    of the network rather than those of `clock`. What is due is served once `schedule` is started.

    Raises `StoreError`, `SettingsUnusable`, `PortUnusable`, `SlackRefused` or `SlackUnreachable`.
    """
    async with AsyncExitStack() as stack:
        if missing := settings.missing_to_run():
            raise SettingsUnusable(missing)
        services = await stack.enter_async_context(open_services(settings, clock=clock, exclusive=True))
        await services.store.memberships.forget_left(before=services.clock.now() - settings.retention())
        slack = await stack.enter_async_context(
            open_slack(
                services,
                pace_seconds=pace_seconds,
                posts_a_minute=posts_a_minute,
                updates_a_minute=updates_a_minute,
                start_timeout_seconds=START_TIMEOUT_SECONDS,
            )
        )
        services = replace(services, daily=services.daily.in_workspace(slack.installation.url))
        await services.store.memberships.rejoin_team(slack.team, now=services.clock.now())
        await _look_up_names(services, slack)
        await _serve_configured_channel(services, slack.team)
        failed: asyncio.Future[Never] = asyncio.get_running_loop().create_future()
        profiles = Profiles(services.store, slack.client, services.clock, default_language=settings.paperboy_language)
        notices = Notices(services.store, profiles, services.clock, operator=settings.paperboy_operator)
        schedule = Schedule(
            slack.team,
            services.store,
            services.library,
            services.daily,
            Upkeep(services.store, services.daily, services.clock),
            notices,
            services.summarizer,
            slack.sender,
            services.clock,
            retention=settings.retention(),
            fail=lambda error: _fail(failed, error),
        )
        deps = HandlerDeps(
            store=services.store,
            library=services.library,
            summarizer=services.summarizer,
            notices=notices,
            sender=slack.sender,
            profiles=profiles,
            background=NamedTasks(at_once=WORK_AT_ONCE, waiting=WORK_WAITING),
            apologies=NamedTasks(at_once=WORK_WAITING),
            clock=services.clock,
            saving_emoji=settings.paperboy_emoji,
            daily=services.daily,
            directory=Conversations(services.store, slack.client, slack.installation),
            invitations=Invitations(
                services.store,
                services.daily,
                profiles,
                services.clock,
                defaults=settings.channel_defaults(),
                operator=settings.paperboy_operator,
            ),
            requests=OpenRequests(services.store, services.clock, owner=slack.sender.owner),
            defaults=settings.channel_defaults(),
            post_now=schedule.post_now,
        )
        metrics = Metrics()
        way = keep_to(settings.network, slack.session)
        app = BoltApp(slack.installation, slack.client, metrics, services.clock, prepare=way)
        register_all(app, deps)
        socket_mode = None
        if settings.slack_app_token:
            token = settings.require("SLACK_APP_TOKEN")
            socket_mode = SocketModeConnection(app, slack.client, token, services.clock, network=settings.network)
        reconciliation = Reconciliation(
            services.store, slack.client, services.clock, team=slack.team, saving_emoji=settings.paperboy_emoji
        )
        memberships = Memberships(services.store, deps.directory, notices, services.clock, team=slack.team)
        requests = RequestsHeard(services.clock)
        bot = RunningBot(
            services,
            slack,
            deps,
            schedule,
            reconciliation,
            memberships,
            failed,
            Deadline(),
            requests,
            socket_mode,
            port=None,
        )
        await stack.enter_async_context(_line_kept(bot, between_rounds))
        port = await stack.enter_async_context(_pages_served(settings, services, app, metrics, socket_mode, requests))
        stack.push_async_callback(_finish_together, bot)
        yield replace(bot, port=port)


def _fail(failed: asyncio.Future[Never], error: PaperboyError) -> None:
    if not failed.done():
        failed.set_exception(error)


@asynccontextmanager
async def _pages_served(
    settings: Settings,
    services: Services,
    app: AsyncApp,
    metrics: Metrics,
    socket_mode: SocketModeConnection | None,
    requests: RequestsHeard,
) -> AsyncIterator[int | None]:
    """Health and figures where a port is set, and Slack's requests where no line is; gives the port."""
    if settings.port is None:
        yield None
        return

    def connection() -> tuple[bool, int]:
        return (True, 0) if socket_mode is None else (socket_mode.connected, socket_mode.reconnects)

    application = new_application(services.store, metrics, connection)
    if socket_mode is None:
        add_slack(
            application,
            app,
            settings.require("SLACK_SIGNING_SECRET"),
            metrics,
            services.clock.now,
            on_heard=requests.note,
        )
    async with open_server(application, settings.host, settings.port, drain_seconds=_ANSWERING_SECONDS) as port:
        yield port


@asynccontextmanager
async def _line_kept(bot: RunningBot, between_rounds: Callable[[float], Awaitable[object]]) -> AsyncIterator[None]:
    """The line connected and looked after; on leaving, what came in is finished."""

    async def look_after_line() -> None:
        while True:
            await between_rounds(ROUND_SECONDS)
            try:
                await bot.look_after_line()
            except Exception:
                log.exception("a look at the line failed; the next one is to come")

    async def watch(socket_mode: SocketModeConnection) -> None:
        try:
            await socket_mode.wait_failed()
        except PaperboyError as error:
            _fail(bot.failed, error)

    tasks: NamedTasks[None] = NamedTasks()
    try:
        if bot.socket_mode:
            await bot.socket_mode.open()
            tasks.start(watch(bot.socket_mode))
        await bot.look_after_line(is_first=True)
        tasks.start(look_after_line())
        yield
    finally:
        if bot.socket_mode:
            await bot.socket_mode.drain(bot.ending.left())
        await bot.deps.drain(bot.ending.left())
        await tasks.cancel()
        await bot.reconciliation.close(bot.last_seen)
        if bot.socket_mode:
            await bot.socket_mode.close()


async def _finish_together(bot: RunningBot) -> None:
    """Let all that is under way come to its end at the same time, within the one bound."""
    seconds = bot.ending.left()
    finishing = [asyncio.create_task(bot.schedule.stop()), asyncio.create_task(bot.deps.drain(seconds))]
    if bot.socket_mode:
        finishing.append(asyncio.create_task(bot.socket_mode.drain(seconds)))
    _, late = await asyncio.wait(finishing, timeout=seconds)
    for task in late:
        task.cancel()


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun. Raises what `open_bot` does, later as well."""
    opened, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(_serve(settings, clock, opened, stop))

    def end() -> None:
        stop.set()
        if not opened.is_set():
            serving.cancel()

    on_signals(end)
    end_at_last_on(signal.SIGTERM, signal.SIGINT)
    with suppress(asyncio.CancelledError):
        await serving


def keep_what_is_loaded() -> None:
    """What a bot is made of stays until its end, so that it is not searched for garbage again and again.

    With a thousand channels at one minute that took a sixth of all time, in pauses of up to 80 milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LOOKED_FOR_GARBAGE_AFTER)


async def _serve(settings: Settings, clock: Clock | None, opened: asyncio.Event, stop: asyncio.Event) -> None:
    async with open_bot(settings, clock=clock) as bot:
        opened.set()
        keep_what_is_loaded()
        log.info("connected to Slack", team=bot.slack.team, database=str(settings.database_path), port=bot.port)
        bot.schedule.start()
        stopped = asyncio.create_task(stop.wait())
        until: tuple[asyncio.Future[Any], ...] = (stopped, bot.failed)
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        log.info("finishing what was begun")
        failure = bot.failed
        if failure.done():
            end_at_last(code=1)
    if failure.done():
        failure.result()


async def _look_up_names(services: Services, slack: Slack) -> None:
    """A channel that is served already is not asked about: others must not wait because it is gone."""
    settings, store = services.settings, services.store
    channel = settings.paperboy_channel
    wrong = await wrong_names(
        slack.client,
        channel=None if channel and await store.channels.find(slack.team, channel) else channel,
        operator=settings.paperboy_operator,
        emoji=settings.paperboy_emoji,
    )
    if wrong:
        raise SettingsUnusable(wrong)


async def _serve_configured_channel(services: Services, team: str) -> None:
    """The environment creates a channel the database does not know; what was set in Slack wins ever after."""
    settings = services.settings
    if settings.paperboy_channel is None:
        return
    now = services.clock.now()
    wanted = Channel(team, settings.paperboy_channel, settings.channel_defaults())
    if await services.store.channels.create(wanted, now=now):
        return
    known = await services.store.channels.find(team, wanted.id)
    if known and known.settings != wanted.settings:
        log.warning("the environment differs from the channel's own settings, which win", channel=wanted.id)
