"""Slack's side of OAuth v2: where the app is installed, and codes and refresh tokens exchanged for tokens.

docs.slack.dev: authentication/installing-with-oauth, authentication/using-token-rotation, methods/oauth.v2.access.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slack_sdk.oauth.installation_store.models.installation import Installation as SlackInstallation

from bot.errors import SlackRefused, SlackUnreachable
from bot.rules.installations import Credentials
from bot.slack.web_api import Refusal, answer_to, call, error_for

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock

_METHOD = "oauth.v2.access"


@dataclass(frozen=True, slots=True)
class SlackOAuth:
    """The app, known to Slack by its id and secret. `client` has no token, and tries each request once.

    Slack's own clock tells when something was granted, so that it can be compared with the times of events.
    """

    client: AsyncWebClient
    client_id: str
    client_secret: str
    scopes: Collection[str]
    clock: Clock

    def __repr__(self) -> str:
        return f"SlackOAuth({self.client_id!r})"

    def authorize_url(self, state: str) -> str:
        """The address at which Slack asks whether the app may be installed."""
        query = {"client_id": self.client_id, "scope": ",".join(sorted(self.scopes)), "state": state}
        return f"{self.client.base_url.removesuffix('api/')}oauth/v2/authorize?{urlencode(query)}"

    async def install(self, code: str) -> SlackInstallation:
        """The installation that a code stands for, which is good for ten minutes and once.

        Raises `SlackRefused` or `SlackUnreachable`.
        """
        granted = await self._access(code=code)
        installed_at = self._moment_of(granted)
        token = granted.get("access_token")
        if not isinstance(token, str) or not token:
            raise SlackUnreachable(method=_METHOD, reason="an answer without a bot token")
        identity = await call("auth.test", self.client.auth_test(token=token))
        return _installation(_fields(granted), _fields(identity), installed_at)

    async def renew(self, refresh_token: str) -> tuple[Credentials, datetime | None]:
        """The next credentials, and when they expire. Slack takes a refresh token once, and for a short time after.

        Raises `SlackRefused` or `SlackUnreachable`.
        """
        granted = await self._access(grant_type="refresh_token", refresh_token=refresh_token)
        token, following = granted.get("access_token"), granted.get("refresh_token")
        if not isinstance(token, str) or not token or not isinstance(following, str) or not following:
            raise SlackUnreachable(method=_METHOD, reason="an answer without a token and a refresh token")
        return Credentials(token, following), _expiry(_fields(granted), self._moment_of(granted))

    async def _access(self, **given: str) -> AsyncSlackResponse:
        # Not by `oauth_v2_access`, which has aiohttp build a kind of authorization that it is about to lose.
        form = {"client_id": self.client_id, "client_secret": self.client_secret, **given}
        answer = await answer_to(_METHOD, self.client.api_call(_METHOD, data=form))
        if not isinstance(answer, Refusal):
            return answer
        if answer.error and answer.recovery.is_final:
            raise SlackRefused(method=_METHOD, error=answer.error)
        raise error_for(_METHOD, answer)

    def _moment_of(self, answer: AsyncSlackResponse) -> datetime:
        try:
            return parsedate_to_datetime(str(answer.headers.get("Date", ""))).replace(tzinfo=UTC)
        except ValueError:
            return self.clock.now()


def _installation(granted: Mapping[str, Any], identity: Mapping[str, Any], installed_at: datetime) -> SlackInstallation:
    team, enterprise = _part(granted, "team"), _part(granted, "enterprise")
    is_organization = granted.get("is_enterprise_install") is True
    bot_user = granted.get("bot_user_id") or identity.get("user_id")
    if not (enterprise if is_organization else team).get("id") or not bot_user:
        raise SlackUnreachable(method=_METHOD, reason="an answer without a workspace or a bot user")
    return SlackInstallation(
        app_id=granted.get("app_id"),
        enterprise_id=enterprise.get("id") or identity.get("enterprise_id"),
        enterprise_name=enterprise.get("name"),
        enterprise_url=identity.get("url") if is_organization else None,
        team_id=team.get("id"),
        team_name=team.get("name"),
        bot_token=granted["access_token"],
        bot_id=identity.get("bot_id"),
        bot_user_id=bot_user,
        bot_scopes=str(granted.get("scope") or ""),
        bot_refresh_token=granted.get("refresh_token"),
        bot_token_expires_at=_expiry(granted, installed_at),
        user_id=str(_part(granted, "authed_user").get("id") or ""),
        is_enterprise_install=is_organization,
        token_type=granted.get("token_type"),
        installed_at=installed_at,
        custom_values={"url": str(identity.get("url") or "")},
    )


def _expiry(granted: Mapping[str, Any], now: datetime) -> datetime | None:
    seconds = granted.get("expires_in")
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None


def _fields(answer: AsyncSlackResponse) -> Mapping[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}
