"""Workspaces opened, given new tokens, and closed as installations of the app come, change, and go.

Every replica does this for itself from what the database says, whichever of them was told of it by Slack. It is loaded
only where workspaces install the app themselves.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import (
    EncryptionNotInstalled,
    PaperboyError,
    SlackRefused,
    StoreError,
    TokensSealed,
    WorkspaceClosed,
    WorkspaceUnknown,
)
from bot.named_tasks import NamedTasks
from bot.rules.installations import is_due_for_rotation, is_unclear
from bot.slack.client import new_client
from bot.slack.installation import Installation, keys_named
from bot.slack.installations import SealedStates, StoredInstallations, key_of
from bot.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.slack.oauth import SlackOAuth
from bot.slack.web_api import call
from bot.use_cases.installing import OAuthFlow
from bot.workspace import open_connections, open_workspace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    import aiohttp
    from slack_sdk.oauth.installation_store.models.installation import Installation as SlackInstallation

    from bot.clock import Clock
    from bot.leases import Leases
    from bot.rules.installations import Credentials, InstalledApp
    from bot.services import Services
    from bot.settings import Settings
    from bot.store import Installations
    from bot.token_encryption import TokenEncryption
    from bot.workspace import Workspace
    from bot.workspaces import Workspaces

    Fail = Callable[[PaperboyError], None]
    RenewToken = Callable[[str], Awaitable[str | None]]
    OpenInstalled = Callable[[SlackInstallation], AbstractAsyncContextManager[Workspace]]

log = structlog.get_logger(__name__)

CHECK_SECONDS = 5.0
_CHANGED = "installation"
# Each needs a few statements, and there may be thousands.
_OPENED_AT_ONCE = 8
_RENEWED_WITHIN_SECONDS = 2.0
_TRIED_AGAIN_AFTER = timedelta(minutes=2)
_REFUSED_AGAIN_AFTER = timedelta(minutes=30)
# A thousand workspaces that were installed on one day have tokens that expire together.
_ROTATIONS_AT_ONCE = 10
# Slack's word that the token, and with it the installation, is no more (docs.slack.dev, methods/auth.test).
_ENDED = frozenset({"account_inactive", "token_revoked"})


@dataclass(frozen=True, slots=True)
class _Granted:
    """New credentials that Slack gave for a refresh token."""

    exchanged: str = field(repr=False)
    credentials: Credentials
    expires_at: datetime | None


class InstalledWorkspaces:
    """The open workspaces, kept as the stored installations say.

    `open_installed` opens the one of an installation. `wake` tells the other processes on this database that one
    changed, which they would otherwise find out within seconds.
    """

    def __init__(
        self,
        workspaces: Workspaces,
        installations: Installations,
        stored: StoredInstallations,
        oauth: SlackOAuth,
        leases: Leases,
        clock: Clock,
        *,
        open_installed: OpenInstalled,
        wake: Callable[[str], Awaitable[object]],
    ) -> None:
        self._workspaces = workspaces
        self._installations = installations
        self.stored = stored
        self.oauth = oauth
        self._leases = leases
        self._clock = clock
        self.open_installed = open_installed
        self._wake = wake
        self._known: dict[str, InstalledApp] = {}
        self._installers: dict[str, str | None] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tried: dict[str, datetime] = {}
        self._left_out: set[str] = set()
        self._tasks: NamedTasks[None] = NamedTasks()
        self._granted: dict[str, _Granted] = {}
        self._refused: dict[str, tuple[str, datetime]] = {}
        self._rotations: NamedTasks[None] = NamedTasks()
        self._rotation_turns = asyncio.Semaphore(_ROTATIONS_AT_ONCE)

    async def open_all(self) -> None:
        """Open the workspaces of all installations, after sealing with the newest key what another sealed.

        Raises `TokensSealed` where no key opens any of them, and `StoreError`. One that cannot be opened among others
        that can is left out, and logged.
        """
        apps = await self._installations.all()
        turns = asyncio.Semaphore(_OPENED_AT_ONCE)

        async def open_one(app: InstalledApp) -> TokensSealed | None:
            async with turns:
                with suppress(TokensSealed):  # what cannot be opened is told of below
                    await self.stored.reseal(app)
                return await self._refresh_if_readable(app.team)

        outcomes = await asyncio.gather(*map(open_one, apps), return_exceptions=True)
        for failure in outcomes:
            if isinstance(failure, BaseException) and not isinstance(failure, TokensSealed):
                raise failure
        if outcomes and (sealed := outcomes[0]) and None not in outcomes:
            raise sealed

    def hear(self, told: str) -> None:
        """Look at an installation that another process says has changed; what is said of anything else is ignored."""
        kind, _, team = told.partition(" ")
        if kind == _CHANGED and team:
            self._start(team, "news", self.refresh(team))

    async def changed(self, team: str) -> None:
        """Have a workspace be as its installation says that just changed, here and elsewhere. Raises `StoreError`."""
        await self.refresh(team)
        await self._wake(f"{_CHANGED} {team}")

    async def find(self, payload: Mapping[str, Any]) -> None:
        """Open what a request may be meant for, if it is installed and not open here yet.

        Raises `StoreError`, and `WorkspaceClosed` where it is installed and cannot be opened: such a request is not
        another's, and what happened there is not to be taken for seen.
        """
        sealed = False
        for key in keys_named(payload):
            if key not in self._workspaces:
                sealed = await self._refresh_if_readable(key) is not None or sealed
        if sealed and not any(key in self._workspaces for key in keys_named(payload)):
            raise WorkspaceClosed

    async def _refresh_if_readable(self, team: str) -> TokensSealed | None:
        """Refresh a workspace; why it is left out where no key opens its token, which is logged once. Raises
        `StoreError`."""
        try:
            await self.refresh(team)
        except TokensSealed as error:
            if team not in self._left_out:
                log.error("a workspace was left out", team=team, error=str(error))  # noqa: TRY400 - no fault of ours
            self._left_out.add(team)
            return error
        self._left_out.discard(team)
        return None

    async def refresh(self, team: str) -> None:
        """Have a workspace be as its stored installation says: open with its token, or closed.

        Raises `StoreError` and `TokensSealed`.
        """
        async with self._locks[team]:
            app = await self._installations.find(team)
            if app is None:
                self._known.pop(team, None)
                self._granted.pop(team, None)
                self._refused.pop(team, None)
                await self._workspaces.close(team)
                return
            known = self._known.get(team)
            if team in self._workspaces and known is not None and known.version == app.version:
                return
            installer = await self._installations.installer(team)
            installation = self.stored.opened(app, installer=installer)
            is_same = (
                known is not None
                and team in self._workspaces
                and (known.bot_user, known.bot, known.url, self._installers.get(team))
                == (app.bot_user, app.bot, app.url, installer)
            )
            if is_same:
                self._workspaces.renew(as_installation(installation), app.scopes)
                if known and known.installed_at != app.installed_at:
                    # Slack takes the bot out of channels as the app is uninstalled, which may have come to others.
                    self._workspaces[team].memberships.schedule_comparison()
            else:
                await self._workspaces.open(self.open_installed(installation))
            self._known[team], self._installers[team] = app, installer

    async def refresh_all(self) -> None:
        """Bring up to date what changed, wherever that was done. Raises `StoreError`."""
        versions = await self._installations.versions()
        for team in versions.keys() | self._known.keys():
            known = self._known.get(team)
            if known is None or known.version != versions.get(team):
                await self._refresh_if_readable(team)

    async def end(self, team: str, event_time: datetime | None, *, is_revocation: bool = False) -> None:
        """End what an installation in a workspace began, as it was uninstalled; one made after that stays.

        The revocation of a token that expires anyway ends no installation by itself (docs.slack.dev, using token
        rotation), one for an organization may have ended in one of its workspaces alone (slackapi/bolt-js#2560), and
        what happened at about the time of an installation may concern the one before: then Slack is asked. Raises
        `StoreError`.
        """
        app = await self._installations.find(team)
        if app and (
            (app.expires_at and is_revocation) or app.is_organization or is_unclear(event_time, app.installed_at)
        ):
            self._start(team, "token check", self._check_token(team))
            return
        await self._end(team, event_time)

    async def _end(
        self, team: str, event_time: datetime | None, *, version: tuple[datetime, int] | None = None
    ) -> None:
        if await self._installations.end(team, event_time=event_time, now=self._clock.now(), version=version):
            log.info("uninstalled", team=team)
            # Whoever tells us is a request of that very workspace, whose work would be waited for.
            self._start(team, "closing", self.refresh(team))
            await self._wake(f"{_CHANGED} {team}")

    async def newer_token(self, team: str, refused: str) -> str | None:
        """A newer token than one that Slack refused, as far as there is or can be one; who asks waits for seconds."""
        try:
            async with asyncio.timeout(_RENEWED_WITHIN_SECONDS):
                await self.refresh(team)
                if self._token(team) == refused:
                    await self._rotate(team, at_once=True)
        except (PaperboyError, TimeoutError) as error:
            log.warning("couldn't look for a newer token", team=team, error=str(error))
        token = self._token(team)
        if token != refused:
            return token
        # The app may have been uninstalled while nobody heard of it.
        self._start(team, "token check", self._check_token(team))
        return None

    def _token(self, team: str) -> str | None:
        workspace = self._workspaces.get(team)
        return workspace.client.token if workspace else None

    def begin_checking_token(self, team: str, error: PaperboyError) -> None:
        """Find out what became of a token that Slack takes no more, and do what is to be done about it."""
        log.warning("Slack takes nothing from Paperboy in a workspace", team=team, error=str(error))
        self._start(team, "token check", self._check_token(team))

    def rotate_due(self) -> None:
        """Begin to exchange tokens that expire soon, and to store those that could not be stored before."""
        now = self._clock.now()
        for team, app in [*self._known.items()]:
            is_due = is_due_for_rotation(app.expires_at, now) and now >= self._tried.get(team, now)
            if is_due or team in self._granted:
                self._tried[team] = now + _TRIED_AGAIN_AFTER
                self._start(team, "rotation", self._rotate_in_turn(team))

    async def idle(self) -> None:
        """Wait until nothing is under way that was begun by itself."""
        await self._tasks.idle()
        await self._rotations.idle()

    async def close(self) -> None:
        """Leave what is under way, but for tokens that Slack may have given already."""
        await self._tasks.cancel()
        await self._rotations.drain(_RENEWED_WITHIN_SECONDS)

    async def _rotate_in_turn(self, team: str) -> None:
        async with self._rotation_turns:
            await self._rotate(team)

    async def _rotate(self, team: str, *, at_once: bool = False) -> None:
        """Exchange the token of one workspace, unless another replica does, or did.

        It goes on when whoever waits for it does not any more: what Slack gave is to be stored.
        """
        await asyncio.shield(self._rotations.join(team, partial(self._exchange, team, at_once=at_once)))

    async def _exchange(self, team: str, *, at_once: bool) -> None:
        lease = f"tokens:{team}"
        try:
            if lease not in await self._leases.hold([lease]):
                # Whoever has it may have died with Slack's answer, after which the refresh token is good for seconds.
                self._tried.pop(team, None)
                return
            try:
                is_new = await self._store_new_token(team, at_once=at_once)
            finally:
                await self._leases.release([lease])
            if is_new:
                self._tried.pop(team, None)
                await self.changed(team)
        except SlackRefused as error:
            known = self._known.get(team)
            # Where it was asked whether an installation has ended, this is an answer; one that is due is asked again.
            tell = log.info if at_once else log.error
            tell(
                "Slack gave no new token. Install Paperboy there again before the token expires",
                team=team,
                error=str(error.values["error"]),
                expires_at=str(known.expires_at if known else None),
            )
        except PaperboyError as error:
            log.warning("couldn't exchange a token, trying again soon", team=team, error=str(error))

    async def _store_new_token(self, team: str, *, at_once: bool) -> bool:
        """Have the stored token of a workspace be a new one where it is time; whether it is.

        The new token is stored before it is used. Whoever is killed in between leaves a refresh token that Slack takes
        for a short time still (docs.slack.dev, using token rotation), and the old token goes on until it expires. What
        could not be stored is kept until it is: then Slack may take that refresh token no more.
        """
        app = await self._installations.find(team)
        refresh_token = self.stored.credentials_of(app).refresh_token if app else None
        granted = self._granted.get(team)
        if granted is not None and granted.exchanged != refresh_token:
            self._granted.pop(team, None)
            granted = None
        if app is None or refresh_token is None:
            return False
        if granted is None:
            if not (at_once or is_due_for_rotation(app.expires_at, self._clock.now())):
                return False
            if (refused := self._refused.get(team)) and refused[0] == refresh_token and self._clock.now() < refused[1]:
                return False
            try:
                granted = _Granted(refresh_token, *await self.oauth.renew(refresh_token))
            except SlackRefused:
                self._refused[team] = refresh_token, self._clock.now() + _REFUSED_AGAIN_AFTER
                raise
            self._granted[team] = granted
        # A key may be changed at the same time, which seals anew what is stored.
        while not await self.stored.renew(app, granted.credentials, granted.expires_at):
            app = await self._installations.find(team)
            if app is None or self.stored.credentials_of(app).refresh_token != refresh_token:
                break
        self._granted.pop(team, None)
        return True

    async def _check_token(self, team: str) -> None:
        known = self._known.get(team)
        await self.refresh(team)
        now = self._known.get(team)
        if known is None or now is None or known.version != now.version or team not in self._workspaces:
            return
        if now.expires_at is not None:
            await self._rotate(team, at_once=True)
        workspace, asked_about = self._workspaces.get(team), self._known.get(team)
        if workspace is None or asked_about is None:
            return
        try:
            await call("auth.test", workspace.client.auth_test())
        except SlackRefused as error:
            if error.values["error"] in _ENDED:
                # It may be installed there anew since it was asked.
                await self._end(team, None, version=asked_about.version)

    def _start(self, team: str, what: str, work: Any) -> None:
        name = f"{what} {team}"
        if name in self._tasks:
            work.close()
        else:
            self._tasks.start(_logged(team, work), name=name)


@dataclass(frozen=True, slots=True)
class ManyWorkspaces:
    """Workspaces that install the app themselves: those there are, and how more come."""

    installed: InstalledWorkspaces
    installing: OAuthFlow


def many_workspaces(
    services: Services,
    connections: aiohttp.ClientSession,
    workspaces: Workspaces,
    open_installed: Callable[
        [Installation, frozenset[str], str | None, Fail, RenewToken], AbstractAsyncContextManager[Workspace]
    ],
) -> ManyWorkspaces:
    """The workspaces of the app in the settings. Raises `SettingMissing` or `EncryptionNotInstalled`."""
    stored, oauth = stored_installations(services), app_of(services, connections)

    def opening(installation: SlackInstallation) -> AbstractAsyncContextManager[Workspace]:
        known = as_installation(installation)
        return open_installed(
            known,
            frozenset(installation.bot_scopes or ()),
            installation.user_id or None,
            partial(installed.begin_checking_token, known.team),
            partial(installed.newer_token, known.team),
        )

    installed = InstalledWorkspaces(
        workspaces,
        services.store.installations,
        stored,
        oauth,
        services.leases,
        services.clock,
        open_installed=opening,
        wake=services.store.database.notify,
    )
    states = SealedStates(services.store.installations, encryption_of(services.settings), services.clock)
    return ManyWorkspaces(installed, OAuthFlow(oauth, stored, states, installed.changed))


def encryption_of(settings: Settings) -> TokenEncryption:
    """The encryption of tokens with the keys in the settings. Raises `SettingMissing` or `EncryptionNotInstalled`."""
    settings.require("PAPERBOY_SECRET_KEY")
    try:
        from bot.token_encryption import TokenEncryption
    except ImportError:
        raise EncryptionNotInstalled from None
    return TokenEncryption(settings.secret_keys)


def stored_installations(services: Services) -> StoredInstallations:
    """The stored installations. Raises `SettingMissing` or `EncryptionNotInstalled`."""
    return StoredInstallations(services.store.installations, encryption_of(services.settings), services.clock)


def app_of(services: Services, connections: aiohttp.ClientSession) -> SlackOAuth:
    """The app in the settings, as Slack knows it. Raises `SettingMissing`."""
    settings = services.settings
    return SlackOAuth(
        new_client(settings, connections),
        settings.require("SLACK_CLIENT_ID"),
        settings.require("SLACK_CLIENT_SECRET"),
        {**SCOPES, **OPTIONAL_SCOPES}.keys(),
        services.clock,
    )


@asynccontextmanager
async def open_installed_workspace(services: Services, team: str) -> AsyncIterator[Workspace]:
    """One workspace that installed the app, with connections of its own; Slack is asked nothing.

    Raises `WorkspaceUnknown`, `TokensSealed`, `SettingMissing`, or `EncryptionNotInstalled`.
    """
    app = await services.store.installations.find(team)
    if app is None:
        raise WorkspaceUnknown(team=team)
    installer = await services.store.installations.installer(team)
    installation = as_installation(stored_installations(services).opened(app, installer=installer))
    async with (
        open_connections(services.settings) as connections,
        open_workspace(services, connections, installation, app.scopes, operator=installer) as workspace,
    ):
        yield workspace


@asynccontextmanager
async def kept_as_installed(
    installed: InstalledWorkspaces, between_checks: Callable[[float], Awaitable[object]]
) -> AsyncIterator[None]:
    """Workspaces that come and go as the database says, and whose tokens are exchanged in time."""

    async def check() -> None:
        while True:
            await between_checks(CHECK_SECONDS)
            try:
                await installed.refresh_all()
                installed.rotate_due()
            except StoreError as error:
                log.warning("couldn't read the installations", error=str(error))
            except Exception:
                log.exception("a check of the installations failed, trying again at the next one")

    tasks: NamedTasks[None] = NamedTasks()
    tasks.start(check())
    try:
        yield
    finally:
        await tasks.cancel()
        await installed.close()


def as_installation(installation: SlackInstallation) -> Installation:
    """An installation of the SDK's as the rest of Paperboy knows it."""
    return Installation(
        team=key_of(installation),
        bot_user=installation.bot_user_id or "",
        bot=installation.bot_id,
        enterprise=installation.enterprise_id,
        url=str(installation.get_custom_value("url") or ""),
        token=installation.bot_token or "",
        whole_organization=installation.enterprise_id if installation.is_enterprise_install else None,
    )


async def _logged(team: str, work: Awaitable[None]) -> None:
    try:
        await work
    except PaperboyError as error:
        log.warning("not done yet, trying again later", team=team, error=str(error))
