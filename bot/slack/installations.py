"""Installations of the app behind the interfaces of Slack's SDK, kept in the store with their tokens sealed."""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation as SlackInstallation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.errors import TokensSealed
from bot.rules.installations import Credentials, InstalledApp

if TYPE_CHECKING:
    from slack_sdk.oauth.installation_store.models.bot import Bot

    from bot.clock import Clock
    from bot.store import Installations
    from bot.token_encryption import TokenEncryption

# Slack's codes are good for as long (docs.slack.dev, installing with OAuth).
STATE_SECONDS = 600


class StoredInstallations(AsyncInstallationStore):
    """The SDK's store of installations, over ours. Any method may raise `StoreError`."""

    def __init__(self, installations: Installations, encryption: TokenEncryption, clock: Clock) -> None:
        self._installations = installations
        self._encryption = encryption
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        """The logger the SDK's interface asks for."""
        return logging.getLogger(__name__)

    async def async_save(self, installation: SlackInstallation) -> None:
        """Keep an installation, in place of an earlier one of that workspace or organization."""
        team = key_of(installation)
        credentials = Credentials(installation.bot_token or "", installation.bot_refresh_token)
        name = installation.enterprise_name if installation.is_enterprise_install else installation.team_name
        expires_at = installation.bot_token_expires_at
        app = InstalledApp(
            team=team,
            name=name or team,
            bot_user=installation.bot_user_id or "",
            bot=installation.bot_id,
            enterprise=installation.enterprise_id,
            is_organization=installation.is_enterprise_install,
            app=installation.app_id,
            url=str(installation.get_custom_value("url") or ""),
            scopes=frozenset(installation.bot_scopes or ()),
            installed_at=datetime.fromtimestamp(installation.installed_at, UTC),
            credentials=self._encryption.seal(team, credentials),
            expires_at=None if expires_at is None else datetime.fromtimestamp(expires_at, UTC),
        )
        await self._installations.save(app, installer=installation.user_id or None, now=self._clock.now())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep an installation that nobody is known to have made."""
        await self.async_save(SlackInstallation(user_id="", **bot.to_dict_for_copying()))

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> SlackInstallation | None:
        """The installation in a workspace, or for an organization; whoever made it, it is the same for all.

        Raises `TokensSealed` where its token cannot be opened.
        """
        key = enterprise_id if is_enterprise_install or team_id is None else team_id
        app = await self._installations.find(key) if key else None
        if app is None:
            return None
        return self.opened(app, installer=await self._installations.installer(app.team))

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """An installation without who made it. Raises `TokensSealed`."""
        installation = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return installation.to_bot() if installation else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """End an installation, whenever it was made."""
        if key := team_id or enterprise_id:
            await self._installations.end(key, event_time=None, now=self._clock.now())

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """End an installation, unless only one person's part in it ends: we keep nothing of theirs."""
        if user_id is None:
            await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    def credentials_of(self, app: InstalledApp) -> Credentials:
        """The credentials of a stored installation. Raises `TokensSealed`."""
        return self._encryption.open(app.team, app.credentials)

    def is_readable(self, app: InstalledApp) -> bool:
        """Whether one of the keys opens the credentials of a stored installation."""
        try:
            self.credentials_of(app)
        except TokensSealed:
            return False
        return True

    def is_current(self, app: InstalledApp) -> bool:
        """Whether they are sealed with the first of the keys."""
        return self._encryption.is_current(app.credentials)

    async def renew(self, app: InstalledApp, credentials: Credentials, expires_at: datetime | None) -> bool:
        """Keep new credentials of an installation, unless it changed since it was read."""
        return await self._installations.renew(app, self._encryption.seal(app.team, credentials), expires_at)

    async def reseal(self, app: InstalledApp) -> None:
        """Seal with the newest key what was sealed with another. Raises `TokensSealed`."""
        if not self.is_current(app):
            await self.renew(app, self.credentials_of(app), app.expires_at)

    def opened(self, app: InstalledApp, *, installer: str | None) -> SlackInstallation:
        """A stored installation as the SDK has it, with its token. Raises `TokensSealed`."""
        credentials = self.credentials_of(app)
        return SlackInstallation(
            app_id=app.app,
            enterprise_id=app.enterprise,
            enterprise_name=app.name if app.is_organization else None,
            team_id=None if app.is_organization else app.team,
            team_name=None if app.is_organization else app.name,
            bot_token=credentials.token,
            bot_id=app.bot,
            bot_user_id=app.bot_user,
            bot_scopes=sorted(app.scopes),
            bot_refresh_token=credentials.refresh_token,
            bot_token_expires_at=app.expires_at,
            user_id=installer or "",
            is_enterprise_install=app.is_organization,
            token_type="bot",  # noqa: S106 - the kind of a token, and none itself
            installed_at=app.installed_at,
            custom_values={"url": app.url, "version": app.version},
        )


class SealedStates(AsyncOAuthStateStore):
    """OAuth states that nobody else can make, each good once and for ten minutes.

    Only those that were used are stored: whoever opens the installation page and goes away leaves nothing behind.
    """

    def __init__(self, installations: Installations, encryption: TokenEncryption, clock: Clock) -> None:
        self._installations = installations
        self._encryption = encryption
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        """The logger the SDK's interface asks for."""
        return logging.getLogger(__name__)

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new state."""
        return self._encryption.stamp(self._clock.now())

    async def async_consume(self, state: str) -> bool:
        """Whether a state is ours and neither expired nor used; used it is from now on. Raises `StoreError`."""
        now = self._clock.now()
        if not self._encryption.is_stamp(state, now, seconds=STATE_SECONDS):
            return False
        return await self._installations.use_up(state, until=now + 2 * timedelta(seconds=STATE_SECONDS))


def key_of(installation: SlackInstallation) -> str:
    """The key of an installation: its workspace, or the organization where installed for the whole of it."""
    key = installation.enterprise_id if installation.is_enterprise_install else installation.team_id
    return key or ""


def is_same(state: str, other: str) -> bool:
    """Whether two states are one, compared without telling by the time it takes how much of them is."""
    return hmac.compare_digest(state.encode(), other.encode())
