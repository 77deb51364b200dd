"""A workspace: all that belongs to one team, in one bundle. Nothing else knows its token."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.editions.invitations import Invitations
from bot.editions.membership_check import MembershipCheck
from bot.editions.notices import Notices
from bot.editions.reminders import ListReminders
from bot.editions.scope_check import ScopeCheck
from bot.editions.team_recap import TeamRecap
from bot.editions.upkeep import Upkeep
from bot.errors import SlackUnreachable
from bot.rules.entry_points import read_scopes
from bot.rules.leases import workspace_lease
from bot.rules.rate_limits import POSTS_A_MINUTE, UPDATES_A_MINUTE
from bot.schedule.schedule import Schedule
from bot.slack.agent import Agent
from bot.slack.client import new_client, open_session, share_session
from bot.slack.conversations import Conversations
from bot.slack.ephemeral_queue import EphemeralQueue
from bot.slack.files import Files
from bot.slack.granted_scopes import GrantedScopes
from bot.slack.home_refreshes import HomeRefreshes
from bot.slack.home_tabs import HomeTabs
from bot.slack.installation import Installation
from bot.slack.profiles import Profiles
from bot.slack.reconciliation import Reconciliation
from bot.slack.sender import PACE_SECONDS, REQUEST_SECONDS, OutboxSender
from bot.slack.web_api import call, call_with_retry
from bot.text.emoji import is_standard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import aiohttp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.editions.daily import DailyEdition
    from bot.errors import PaperboyError
    from bot.services import Services
    from bot.settings import Settings

log = structlog.get_logger(__name__)

SLACK_SECONDS = REQUEST_SECONDS


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paperboy in one workspace. `client` and `sender` speak with its token, and nothing else does."""

    installation: Installation
    scopes: GrantedScopes
    client: AsyncWebClient
    sender: OutboxSender
    profiles: Profiles
    conversations: Conversations
    home_tabs: HomeTabs
    home_refreshes: HomeRefreshes
    ephemerals: EphemeralQueue
    files: Files
    agent: Agent
    daily: DailyEdition
    team_recap: TeamRecap
    notices: Notices
    list_reminders: ListReminders
    invitations: Invitations
    memberships: MembershipCheck
    scope_check: ScopeCheck
    reconciliation: Reconciliation
    schedule: Schedule

    @property
    def team(self) -> str:
        """The id of the workspace."""
        return self.installation.team

    def speak_as(self, installation: Installation, scopes: frozenset[str]) -> None:
        """Speak with the token of an installation of the same bot from now on, which has these scopes."""
        self.client.token = installation.token
        self.scopes.known = scopes


def open_connections(
    settings: Settings,
    *,
    on_rate_limited: Callable[[str], object] | None = None,
    on_outcome: Callable[[bool], object] | None = None,
) -> aiohttp.ClientSession:
    """Connections to the Web API, which any number of workspaces may share."""
    return open_session(settings.network, seconds=SLACK_SECONDS, on_rate_limited=on_rate_limited, on_outcome=on_outcome)


@asynccontextmanager
async def open_configured_workspace(services: Services) -> AsyncIterator[Workspace]:
    """The workspace of the token in the settings, with connections of its own.

    Raises `SettingMissing`, `SlackRefused` or `SlackUnreachable`.
    """
    async with open_connections(services.settings) as connections:
        installation, scopes = await look_up_installation(services, connections)
        async with open_workspace(services, connections, installation, scopes) as workspace:
            yield workspace


async def look_up_installation(
    services: Services, connections: aiohttp.ClientSession, *, give_up_after: float = 0.0
) -> tuple[Installation, frozenset[str] | None]:
    """The installation whose token is in the settings, and the scopes it has, as far as Slack tells.

    Raises `SettingMissing`, `SlackRefused`, or `SlackUnreachable` when Slack stays away for that many seconds.
    """
    token = services.settings.require("SLACK_BOT_TOKEN")
    client = new_client(services.settings, connections, token=token)

    async def ask() -> tuple[Installation, frozenset[str] | None]:
        answer = await call("auth.test", client.auth_test())
        return _installation(answer.data, token), read_scopes(answer.headers.get("x-oauth-scopes"))

    return await call_with_retry(ask, services.clock, give_up_after=give_up_after)


@asynccontextmanager
async def open_workspace(
    services: Services,
    connections: aiohttp.ClientSession,
    installation: Installation,
    granted: frozenset[str] | None,
    *,
    operator: str | None = None,
    renew_token: Callable[[str], Awaitable[str | None]] | None = None,
    pace_seconds: float = PACE_SECONDS,
    posts_a_minute: int = POSTS_A_MINUTE,
    updates_a_minute: int = UPDATES_A_MINUTE,
    fail: Callable[[PaperboyError], None] | None = None,
) -> AsyncIterator[Workspace]:
    """The workspace of an installation that was `granted` these scopes; Slack is asked nothing.

    Its `operator` is told what needs attention. `renew_token` is asked for a newer token when one is refused. It is
    sent no more than so many posts and updates a minute. `fail` is called with the error when Slack lets us say nothing
    there any more.
    """
    settings, store, clock = services.settings, services.store, services.clock
    async with share_session(connections) as its_connections:
        client = new_client(settings, its_connections, token=installation.token, renew=renew_token)
        operator = operator or settings.paperboy_operator
        custom_emoji = not all(map(is_standard, settings.paperboy_emoji))
        scopes = GrantedScopes(client, clock, custom_emoji=custom_emoji, known=granted)
        sender = OutboxSender(
            store.channels,
            store.outbox,
            store.newer_blocks,
            client,
            clock,
            owner=services.leases.owner,
            saving_emoji=settings.paperboy_emoji,
            pace_seconds=pace_seconds,
            posts_a_minute=posts_a_minute,
            updates_a_minute=updates_a_minute,
            shared_rates=store.rate_limits if services.leases.are_shared else None,
            turns=services.claim_turns,
        )
        team = installation.team
        daily = services.daily_edition(team=team, workspace_url=installation.url)
        profiles = Profiles(
            store.channels, store.people, client, installation, clock, default_language=settings.paperboy_language
        )
        conversations = Conversations(store.channels, client, installation)
        notices = Notices(team, store, profiles, sender, clock, operator=operator)
        invitations = Invitations(
            team,
            store.channels,
            store.memberships,
            store.outbox,
            daily,
            profiles,
            sender,
            clock,
            defaults=settings.channel_defaults(),
            operator=operator,
        )
        home_tabs = HomeTabs(client, clock)
        list_reminders = ListReminders(
            team, store.reminders, store.people, store.papers, store.paper_news, profiles, clock
        )
        team_recap = TeamRecap(store, profiles, conversations, clock, team=team, workspace_url=installation.url)
        schedule = Schedule(
            team,
            store,
            services.library,
            daily,
            Upkeep(store, daily, clock),
            list_reminders,
            team_recap,
            notices,
            services.summarizer,
            sender,
            profiles,
            clock,
            lease=workspace_lease(team) if services.leases.are_shared else None,
            retention=settings.retention(),
            planning=services.planning_turns,
            fail=fail or _log_failure,
        )
        with (
            services.summarizer.written.subscribed(schedule.summaries.begin_correction),
            services.token_budget.spent.subscribed(schedule.summaries.begin_reporting_spent_budget),
            sender.doubled.subscribed(schedule.delivery.begin_reporting_doubled),
        ):
            try:
                yield Workspace(
                    installation=installation,
                    scopes=scopes,
                    client=client,
                    sender=sender,
                    profiles=profiles,
                    conversations=conversations,
                    home_tabs=home_tabs,
                    home_refreshes=HomeRefreshes(home_tabs, clock),
                    ephemerals=EphemeralQueue(client, clock),
                    files=Files(client, settings.network, clock),
                    agent=Agent(client, scopes, clock),
                    daily=daily,
                    team_recap=team_recap,
                    notices=notices,
                    list_reminders=list_reminders,
                    invitations=invitations,
                    memberships=MembershipCheck(
                        store.channels, store.memberships, conversations, notices, clock, team=team
                    ),
                    scope_check=ScopeCheck(scopes, notices),
                    reconciliation=Reconciliation(
                        store.outages,
                        store.reading_lists,
                        client,
                        scopes,
                        clock,
                        team=team,
                        saving_emoji=settings.paperboy_emoji,
                    ),
                    schedule=schedule,
                )
            finally:
                await sender.close()


def clients_of(workspaces: Mapping[str, Workspace]) -> Callable[[str | None], AsyncWebClient | None]:
    """The client with which a workspace is spoken to, given its team; None for one that is not open."""

    def client_for(team: str | None) -> AsyncWebClient | None:
        workspace = workspaces.get(team or "")
        return workspace.client if workspace else None

    return client_for


def _installation(auth_test: object, token: str) -> Installation:
    """Raises `SlackUnreachable` for an "ok" that does not say whose token it is, as something before Slack may give."""
    try:
        return Installation.of(auth_test if isinstance(auth_test, dict) else {}, token)
    except KeyError as missing:
        raise SlackUnreachable(method="auth.test", reason=f"its answer has no {missing}") from missing


def _log_failure(error: PaperboyError) -> None:
    log.error("Slack no longer accepts messages", error=str(error))
