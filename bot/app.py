"""The composition root: settings become services, services a workspace for each token, and these a running bot."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Never

import structlog

from bot.clock import SystemClock
from bot.connected_bot import ConnectedBot, IncomingRequests, check_version, fail, finish_together, kept_connected
from bot.errors import SettingsUnusable
from bot.named_tasks import WorkspaceTasks, repeated
from bot.open_requests import OpenRequests
from bot.ownership import Ownership, sharing
from bot.rules.channels import Channel, ChannelState
from bot.rules.feeds import HUGGING_FACE
from bot.rules.personal_data import people_in
from bot.rules.rate_limits import POSTS_A_MINUTE, UPDATES_A_MINUTE
from bot.schedule.database_upkeep import DatabaseUpkeep
from bot.schedule.every_minute import EveryMinute
from bot.schedule.summary_news import SummaryNews
from bot.services import open_services
from bot.shutdown import Deadline
from bot.slack.bolt_app import BoltApp
from bot.slack.client import Respond, new_client, route_through
from bot.slack.contact import ContactNotes, WebApiContact
from bot.slack.home_news import HomeNews
from bot.slack.lookups import wrong_names
from bot.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.slack.sender import PACE_SECONDS
from bot.slack.socket_mode import START_TIMEOUT_SECONDS, SocketModeConnection
from bot.slack.web_api import call
from bot.use_cases.latest_papers import LatestPapers
from bot.web.metrics import Metrics, ReplicaFigures
from bot.web.server import add_slack, new_application, open_server
from bot.workspace import clients_of, look_up_installation, open_connections, open_workspace
from bot.workspace_checks import WorkspaceChecks
from bot.workspaces import Workspaces
from handlers import register_all
from handlers.deps import HandlerDeps
from handlers.home import refresh_home
from handlers.left_over import finish_left_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import date, datetime

    from slack_bolt.async_app import AsyncApp

    from bot.clock import Clock
    from bot.errors import PaperboyError
    from bot.library import SinglePapers
    from bot.services import Services
    from bot.settings import Settings
    from bot.slack.installation import Installation
    from bot.web.install_pages import Installing
    from bot.workspace import Workspace

log = structlog.get_logger(__name__)

# People who ask over HTTP are answered within less; events that are not come again.
_ANSWERING_SECONDS = 2.5
# Most of what goes on beside answers waits for others, so much may go on at once in a workspace; what would wait longer
# than a person does is better said no to.
WORK_AT_ONCE = 100
WORK_WAITING = 900
NOTICES_AT_ONCE = 200
# The wake-up of a process that gives workspaces back.
_TO_SHARE = "workspaces"
# How late a tick may be once where the machine's clock was put back.
REALIGNED_EVERY_SECONDS = 5.0
# How soon a replica of an earlier release notices that the database is not for it any more.
VERSION_CHECKED_EVERY_SECONDS = 5.0


async def _is_outdated(services: Services, team: str, event: Mapping[str, Any]) -> bool:
    """Whether an event is of somebody whose data was erased since. Raises `StoreError`.

    Of reactions, of which there are most, the store asks itself as it records them.
    """
    if event.get("type") in {"reaction_added", "reaction_removed"}:
        return False
    people, ts = people_in(event), str(event.get("event_ts") or "")
    return bool(people) and await services.store.personal_data.any_erased_since(team, people, ts)


async def _is_there(services: Services, team: str, event: Mapping[str, Any]) -> bool:
    """Whether a workspace's Paperboy is in the channel of an event, or comes there with it. Raises `StoreError`."""
    item = event.get("item")
    channel = event.get("channel") or (item.get("channel") if isinstance(item, dict) else None)
    if event.get("type") == "member_joined_channel":
        return True
    if not isinstance(channel, str):
        return False
    known = await services.store.channels.find(team, channel)
    if known is not None:
        return known.state is not ChannelState.LEFT
    return any(each.channel == channel for each in await services.store.memberships.open_invitations(team))


@asynccontextmanager
async def open_bot(
    settings: Settings,
    *,
    clock: Clock | None = None,
    pace_seconds: float = PACE_SECONDS,
    posts_a_minute: int = POSTS_A_MINUTE,
    updates_a_minute: int = UPDATES_A_MINUTE,
    between_checks: Callable[[float], Awaitable[object]] = asyncio.sleep,
    in_place_of_arxiv: SinglePapers | None = None,
    only_days: Collection[date] | None = None,
    lease_seconds: Callable[[], float] | None = None,
    between_rounds: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[ConnectedBot]:
    """A bot connected as the settings say; on leaving, it finishes what it began and takes on nothing new.

    It waits for Slack while that is briefly away. `between_checks` waits between two checks of the connection, in the
    seconds of the network rather than those of `clock`, and `between_rounds` between two rounds of sharing workspaces
    with other processes. What is due is served once `every_minute` is started.

    Raises `StoreError`, `SettingsUnusable`, `PortInUse`, `PortUnusable`, `SlackRefused` or `SlackUnreachable`.
    """
    async with AsyncExitStack() as stack:
        if missing := settings.missing_to_run():
            raise SettingsUnusable(missing)
        services = await stack.enter_async_context(
            open_services(
                settings,
                clock=clock,
                exclusive=True,
                in_place_of_arxiv=in_place_of_arxiv,
                only_days=only_days,
                lease_seconds=lease_seconds,
            )
        )
        failed: asyncio.Future[Never] = asyncio.get_running_loop().create_future()
        metrics = Metrics()
        web_api = WebApiContact(
            lambda: call("api.test", new_client(settings, connections).api_test()),
            lease_seconds or SystemClock().monotonic,
        )
        connections = await stack.enter_async_context(
            open_connections(
                settings,
                on_rate_limited=metrics.rate_limited,
                # Who is alone on a database leaves nothing to others.
                on_outcome=(lambda answered: web_api.note(answered=answered)) if services.leases.are_shared else None,
            )
        )
        workspaces = await stack.enter_async_context(Workspaces())
        database_upkeep = DatabaseUpkeep(
            services.store,
            services.library,
            services.leases,
            services.clock,
            retention=settings.retention(),
            settle=partial(_settle, workspaces),
        )
        await database_upkeep.forget_left(services.clock.now())
        stack.push_async_callback(database_upkeep.stop)

        def opening(
            installation: Installation,
            granted: frozenset[str] | None,
            operator: str | None,
            fail: Callable[[PaperboyError], None],
            renew_token: Callable[[str], Awaitable[str | None]] | None = None,
        ) -> AbstractAsyncContextManager[Workspace]:
            return open_workspace(
                services,
                connections,
                installation,
                granted,
                operator=operator,
                renew_token=renew_token,
                pace_seconds=pace_seconds,
                posts_a_minute=posts_a_minute,
                updates_a_minute=updates_a_minute,
                fail=fail,
            )

        many, only_team = None, None
        if settings.many_workspaces:
            # Loaded here alone: with one token there is nothing of it.
            from bot.installed_workspaces import kept_as_installed, many_workspaces

            many = many_workspaces(services, connections, workspaces, opening)
            await many.installed.open_all()
            stack.enter_context(services.store.database.listening(many.installed.hear))
            await stack.enter_async_context(kept_as_installed(many.installed, between_checks))
        else:
            installation, granted = await look_up_installation(
                services, connections, give_up_after=START_TIMEOUT_SECONDS
            )
            workspace = await workspaces.open(
                opening(installation, granted, settings.paperboy_operator, partial(fail, failed))
            )
            only_team = workspace.team
            await services.store.memberships.rejoin_team(workspace.team, now=services.clock.now())
            await _look_up_names(services, workspace)
            await _serve_configured_channel(services, workspace.team)
        home_news = HomeNews(
            services.store.database.notify,
            published=lambda team, user: (
                workspaces[team].home_tabs.note_elsewhere(user) if team in workspaces else None
            ),
            changed=lambda team, user: refresh_home(deps, team, user) if team in workspaces else None,
        )
        deps = HandlerDeps(
            workspaces=workspaces,
            store=services.store,
            library=services.library,
            summarizer=services.summarizer,
            questions=services.questions,
            background=WorkspaceTasks(at_once=WORK_AT_ONCE, waiting=WORK_WAITING),
            overload_notices=WorkspaceTasks(at_once=NOTICES_AT_ONCE),
            clock=services.clock,
            saving_emoji=settings.paperboy_emoji,
            requests=OpenRequests(services.store.requests, services.clock, owner=services.leases.owner),
            latest_papers=LatestPapers(services.store.listings, services.library, services.clock),
            defaults=settings.channel_defaults(),
            respond_to=lambda url: Respond(url, settings.network, connections),
            end_installation=many.installed.end if many else partial(_leave, services),
            tell_home_changed=home_news.tell_changed,
        )
        # Without a token: each request is answered with that of the workspace it is meant for.
        client = new_client(settings, connections)
        app = BoltApp(
            lambda: workspaces.installations,
            client,
            metrics,
            services.clock,
            prepare=route_through(settings.network, clients_of(workspaces), connections),
            find=many.installed.find if many else None,
            is_outdated=partial(_is_outdated, services),
            is_there=partial(_is_there, services),
        )
        register_all(app, deps)
        socket_mode = None
        if settings.slack_app_token:
            token = settings.require("SLACK_APP_TOKEN")
            socket_mode = SocketModeConnection(app, client, token, services.clock, network=settings.network)
        requests = IncomingRequests(services.clock)
        news = SummaryNews(services.store.summaries, services.summarizer.written, services.store.database.notify)
        # Who is alone on a database has written whatever there is.
        first = [news] if services.leases.are_shared else []
        every_minute = EveryMinute(lambda: [*first, *ownership.schedules(), database_upkeep], services.clock)
        ownership = Ownership(
            workspaces,
            services.leases,
            services.store.leases,
            services.clock,
            begin=every_minute.begin,
            wake=partial(services.store.database.notify, _TO_SHARE),
            is_cut_off=web_api.is_lost,
        )
        bot = ConnectedBot(
            services=services,
            workspaces=workspaces,
            deps=deps,
            every_minute=every_minute,
            ownership=ownership,
            database_upkeep=database_upkeep,
            failed=failed,
            ending=Deadline(),
            requests=requests,
            socket_mode=socket_mode,
            port=None,
            contact=ContactNotes(services.store.outages, services.clock, team=only_team),
            checks=WorkspaceChecks(
                workspaces,
                services.store.outages,
                services.store.memberships,
                services.store.requests,
                services.clock,
                finish_left_over=partial(_finish_left_over, deps),
                is_held=ownership.owns,
            ),
            many=many,
        )
        if services.leases.are_shared:
            stack.enter_context(
                services.store.database.listening(lambda heard: ownership.share_soon() if heard == _TO_SHARE else None)
            )
            stack.enter_context(services.store.database.listening(news.hear))
            stack.enter_context(services.store.database.listening(home_news.hear))
            stack.enter_context(workspaces.opened.subscribed(partial(_tell_of_homes, home_news)))
            for each in workspaces.values():
                _tell_of_homes(home_news, each)
            stack.enter_context(services.summarizer.written.subscribed(news.tell_others))
            await stack.enter_async_context(
                repeated(every_minute.realign, every=REALIGNED_EVERY_SECONDS, wait=asyncio.sleep)
            )

            async def check_database_version() -> None:
                await check_version(services.store.database, failed)

            await stack.enter_async_context(
                repeated(check_database_version, every=VERSION_CHECKED_EVERY_SECONDS, wait=asyncio.sleep)
            )
        await stack.enter_async_context(sharing(ownership, between_rounds))
        stack.enter_context(workspaces.opened.subscribed(lambda _: ownership.share_soon()))
        await stack.enter_async_context(kept_connected(bot, between_checks))
        port = await stack.enter_async_context(
            _pages_served(bot, app, metrics, installing=many.installing if many else None)
        )
        stack.push_async_callback(finish_together, bot)
        yield replace(bot, port=port)


@asynccontextmanager
async def _pages_served(
    bot: ConnectedBot, app: AsyncApp, metrics: Metrics, installing: Installing | None = None
) -> AsyncIterator[int | None]:
    """Health and figures where a port is set, and Slack's requests unless these come over Socket Mode; the port.

    The pages for installing Paperboy are served where workspaces do so themselves.
    """
    services, socket_mode = bot.services, bot.socket_mode
    settings = services.settings
    if settings.port is None:
        yield None
        return

    def replica() -> ReplicaFigures:
        return ReplicaFigures(
            connected=socket_mode is None or socket_mode.connected,
            reconnects=socket_mode.reconnects if socket_mode else 0,
            workspaces=len(bot.ownership.schedules()),
            leases=services.leases.count(),
            replicas=bot.ownership.replicas,
            last_tick=bot.every_minute.last_tick,
            database=services.store.database.figures(),
        )

    application = new_application(services.store.maintenance, metrics, replica)
    if socket_mode is None:
        add_slack(
            application,
            app,
            settings.require("SLACK_SIGNING_SECRET"),
            metrics,
            services.clock.now,
            on_request=bot.requests.note,
        )
    if installing is not None:
        # Loaded here alone: with one token there is nothing of it.
        from bot.web.install_pages import add_install_pages

        add_install_pages(
            application,
            installing,
            scopes=[*SCOPES, *OPTIONAL_SCOPES],
            optional=OPTIONAL_SCOPES,
            monotonic=services.clock.monotonic,
        )
    async with open_server(application, settings.host, settings.port, drain_seconds=_ANSWERING_SECONDS) as port:
        yield port


def _tell_of_homes(home_news: HomeNews, workspace: Workspace) -> None:
    """Have others told of each Home tab that is published here."""
    workspace.home_tabs.published.subscribe(partial(home_news.tell_published, workspace.team))


async def _settle(workspaces: Workspaces) -> None:
    """Wait until nothing is being sent that is now."""
    await asyncio.gather(*(each.schedule.jobs.settle_others() for each in workspaces.values()))


async def _leave(services: Services, team: str, event_time: datetime | None, *, is_revocation: bool = False) -> None:
    await services.store.memberships.leave_team(team, now=services.clock.now())


async def _finish_left_over(deps: HandlerDeps, workspace: Workspace) -> None:
    await finish_left_over(deps, workspace.team, workspace.client)


async def _look_up_names(services: Services, workspace: Workspace) -> None:
    """A channel that is served already is not asked about: others must not wait because it is gone."""
    settings, store = services.settings, services.store
    channel = settings.paperboy_channel
    wrong = await wrong_names(
        workspace.client,
        channel=None if channel and await store.channels.find(workspace.team, channel) else channel,
        operator=settings.paperboy_operator,
        emoji=settings.paperboy_emoji,
    )
    if wrong:
        raise SettingsUnusable(wrong)


async def _serve_configured_channel(services: Services, team: str) -> None:
    """The environment creates a channel the database does not know, and starts one to which Paperboy was added and
    where nobody has changed anything yet; what was set in Slack wins ever after."""
    settings = services.settings
    if settings.paperboy_channel is None:
        return
    now = services.clock.now()
    wanted = Channel(team, settings.paperboy_channel, settings.channel_defaults())
    if await services.store.channels.create(wanted, now=now):
        return
    channels = services.store.channels
    known = await channels.find(team, wanted.id)
    if known and known.state is ChannelState.NEW and not await channels.changes(team, wanted.id, limit=1):
        await channels.change_settings(team, wanted.id, wanted.settings, user=None, now=now)
        await channels.start(team, wanted.id, latest=HUGGING_FACE.last_listing_day(now), user=None, now=now)
        return
    if known and known.settings != wanted.settings:
        log.warning(
            "the environment differs from the channel's settings, using those of the channel", channel=wanted.id
        )
