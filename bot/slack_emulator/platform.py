"""The platform: several workspaces at one address, and one app that any of them may install."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Self
from urllib.parse import urlsplit

from .emulator import WAIT_SECONDS, SlackEmulator
from .errors import MisuseError
from .faults import Faults
from .installation import install
from .oauth_pages import AUTHORIZE_PATH, query_of
from .site import Site
from .tokens import Token
from .values import Call, Channel, Json
from .web_api import RateLimit

_PEOPLE_A_WORKSPACE = 100_000
_FIRST_SHARED_CHANNEL = 9_000_000_001
_ORGANIZATIONS_BOTS = 8_000_000_000


@dataclass(frozen=True, slots=True)
class Organization:
    """An Enterprise organization, to which workspaces belong."""

    id: str
    name: str


class SlackPlatform:
    """Slack with several workspaces, for one app with one manifest, one signing secret, and one app-level token.

    Each workspace is a `SlackEmulator`. A request is for the workspace its token belongs to, and what happens in a
    workspace is told to the app over one of its connections, of which it may open ten in all, or at its one
    `request_url`. The parameters are those of `SlackEmulator`.

    Channels of two workspaces may have the same ID; people, and channels that workspaces share, have one of their own.
    Slack promises only that a workspace's and a person's ID are one of a kind together.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any],
        *,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        strict: bool = True,
        ack_timeout: float = 3.0,
        retry_delays: Sequence[float] = (0, 60, 300),
        ping_every: float = 5.0,
        in_flight: int = 100,
        port: int = 0,
    ) -> None:
        self._manifest = manifest
        self._port = port
        self._strict = strict
        self._monotonic = monotonic
        of_none = replace(install(manifest), team_id="T0000000000", team_name="", domain="")
        self._site = Site(
            of_none,
            now=now or (lambda: datetime.now(UTC)),
            monotonic=monotonic,
            ping_every=ping_every,
            ack_timeout=ack_timeout,
            retry_delays=retry_delays,
            sleep=sleep,
            in_flight=in_flight,
        )
        self._outside = SlackEmulator.at(self._site, of_none)
        self._site.outside = self._outside.context
        self._workspaces: list[SlackEmulator] = []
        self._organizations = count(1)
        self._shared = count(_FIRST_SHARED_CHANNEL)

    async def __aenter__(self) -> Self:
        await self._site.start(self._port)
        return self

    async def __aexit__(self, failed: type[BaseException] | None, *_: object) -> None:
        everywhere = (self._outside, *self._workspaces)
        for each in everywhere:
            await each.leave_off()
        await self._site.close()
        unknown = {argument for each in everywhere for argument in each.unknown_arguments}
        if self._strict and unknown and failed is None:
            raise MisuseError(f"Slack knows no such arguments: {sorted(unknown)}")

    @property
    def api_url(self) -> str:
        """The Web API's base address, for the bot's SLACK_API_URL."""
        return self._outside.api_url

    @property
    def app_id(self) -> str:
        """The app's ID."""
        return self._outside.app_id

    @property
    def app_token(self) -> str:
        """The app-level token of Socket Mode."""
        return self._outside.app_token

    @property
    def signing_secret(self) -> str:
        """The secret HTTP requests are signed with."""
        return self._outside.signing_secret

    @property
    def request_url(self) -> str | None:
        """The URL to which payloads are posted; Socket Mode while it is None."""
        return self._outside.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._outside.request_url = url

    @property
    def workspaces(self) -> tuple[SlackEmulator, ...]:
        """Every workspace, in the order they came."""
        return tuple(self._workspaces)

    @property
    def faults(self) -> Faults:
        """The faults of requests that belong to no workspace, such as `apps.connections.open`; each has its own."""
        return self._outside.faults

    @property
    def calls(self) -> list[Call]:
        """Every request the app made, in whichever workspace or none, in the order they were answered."""
        return sorted((call for each in (self._outside, *self._workspaces) for call in each.calls), key=lambda c: c.at)

    @property
    def connections(self) -> int:
        """The number of Socket Mode connections that take payloads."""
        return self._outside.connections

    def add_organization(self, name: str) -> Organization:
        """An organization without workspaces."""
        return Organization(f"E{next(self._organizations):010d}", name)

    def add_workspace(
        self,
        name: str,
        *,
        installed: bool = True,
        granted: Collection[str] | None = None,
        organization: Organization | None = None,
        rate_limits: bool = False,
        posts_a_minute: int = 300,
    ) -> SlackEmulator:
        """A workspace, with the app installed in it unless said otherwise; perhaps part of an organization."""
        number = len(self._workspaces) + 1
        people_from = (number - 1) * _PEOPLE_A_WORKSPACE
        app = replace(
            install(self._manifest, granted),
            team_id=f"T{number:010d}",
            team_name=name,
            domain="".join(letter if letter.isalnum() else "-" for letter in name.lower()),
            bot_id=f"B{number:010d}",
            bot_user_id=f"U{people_from + 1:010d}",
        )
        in_all = organization is not None and any(
            each.app.organization == organization.id and each.app.enterprise == "organization"
            for each in self._workspaces
        )
        if organization:
            app = replace(
                app,
                enterprise="organization" if in_all else "workspace",
                enterprise_id=organization.id,
                enterprise_name=organization.name,
                # An organization has one bot for all its workspaces.
                bot_id=f"B{organization.id[1:]}",
                bot_user_id=f"U{_ORGANIZATIONS_BOTS + int(organization.id[1:]):010d}",
            )
        rate_limit = RateLimit(self._monotonic, posts_a_minute) if rate_limits else None
        workspace = SlackEmulator.at(self._site, app, rate_limit=rate_limit, people_from=people_from)
        if installed and not in_all:
            self._site.tokens.add(f"xoxb-emulated-{app.team_id}", Token("bot", app.team_id))
        elif not in_all:
            workspace.never_installed()
        self._workspaces.append(workspace)
        return workspace

    def share_channel(
        self,
        name: str,
        workspaces: Sequence[SlackEmulator],
        *,
        members: Iterable[str] = (),
        with_bots: bool = True,
        told_once: bool = False,
    ) -> Channel:
        """A channel that several workspaces share by Slack Connect, the first being its host.

        An event names one installation as its authorization, however many of them see it. What happens in the channel
        is told once for each workspace whose bot is in it or, when `told_once`, for the one that came last alone,
        whoever did it and whichever bot was mentioned (docs.slack.dev, apps.event.authorizations.list;
        slackapi/bolt-python#1107, slackapi/bolt-js#2008).
        """
        host, *others = workspaces
        bots = {each.bot_user_id for each in workspaces} if with_bots else set()
        channel = f"C{next(self._shared):010d}"
        return host.share_channel(channel, name, others, {*members, *bots}, told_once=told_once)

    @property
    def client_id(self) -> str:
        """The app's client ID, for SLACK_CLIENT_ID."""
        return self._outside.app.client_id

    @property
    def client_secret(self) -> str:
        """The app's client secret, for SLACK_CLIENT_SECRET."""
        return self._outside.app.client_secret

    @property
    def authorize_url(self) -> str:
        """The address of the page that asks whether the app may be installed."""
        return f"{self._site.server.base}{AUTHORIZE_PATH}"

    def authorize(
        self, address: str, person: str, *, in_organization: bool = False, without: Collection[str] = ()
    ) -> str:
        """A person allows the app in from Slack's page at this address; the address they are sent to.

        In their workspace or the whole organization, perhaps without some of the optional scopes. Raises RefusalError
        where the page asks nothing, and MisuseError where it offers no such thing.
        """
        asked = self._site.oauth.read(query_of(urlsplit(address).query))
        own = [each for each in self._site.oauth.choices() if each.person == person]
        wanted = [each for each in own if each.owner.startswith("E" if in_organization else "T")]
        return self._site.oauth.allow(asked, wanted[0].value if wanted else "", without)

    def deny(self, address: str) -> str:
        """Somebody cancels in Slack's page at this address; the address they are sent to."""
        return self._site.oauth.read(query_of(urlsplit(address).query)).redirect(error="access_denied")

    async def settled(self, *, within: float = WAIT_SECONDS) -> None:
        """Return once every delivery of every workspace is acknowledged or given up. TimeoutError after `within` s."""
        for each in self._workspaces:
            await each.settled(within=within)

    async def connected(self, connections: int = 1, *, within: float = WAIT_SECONDS) -> None:
        """Return once the app has that many Socket Mode connections. TimeoutError after `within` seconds."""
        await self._outside.connected(connections, within=within)

    async def wait_for(
        self, holds: Callable[[], object], *, within: float = WAIT_SECONDS, what: str = "a condition"
    ) -> None:
        """Return once `holds()` is true, asked after every change anywhere. TimeoutError after `within` seconds."""
        await self._outside.wait_for(holds, within=within, what=what)

    def delivered(self, kind: str) -> list[tuple[str, Json]]:
        """The workspace and the payload of each event of a type, or command, in all workspaces."""
        return [
            (each.team_id, delivery.payload)
            for each in self._workspaces
            for delivery in each.deliveries
            if delivery.type == kind
        ]
