"""Installations of the app in workspaces and organizations, as OAuth brings them, and what ends them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Slack's tokens that expire live for twelve hours. A failed exchange is tried again all through the last quarter.
ROTATED_BEFORE_EXPIRY = timedelta(hours=3)
# The same moment may be a second apart for Slack and for whoever it tells of it.
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The bot token of an installation, and where tokens expire what the next one is exchanged for."""

    token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """An installation of the app as it is stored, its credentials sealed.

    `team` is the workspace, or the organization where the app is installed for the whole of it. `installed_at` is a
    moment of Slack's clock. `generation` grows with each change of the credentials.
    """

    team: str
    name: str
    bot_user: str
    bot: str | None
    enterprise: str | None
    is_organization: bool
    app: str | None
    url: str
    scopes: frozenset[str]
    installed_at: datetime
    credentials: str = field(repr=False)
    expires_at: datetime | None = None
    generation: int = 1

    @property
    def version(self) -> tuple[datetime, int]:
        """What tells one state of an installation from any other."""
        return self.installed_at, self.generation

    def is_due_for_rotation(self, now: datetime) -> bool:
        """Whether its token expires soon, and the next one is to be had."""
        return self.expires_at is not None and self.expires_at - now <= ROTATED_BEFORE_EXPIRY


@dataclass(frozen=True, slots=True)
class Granted:
    """What Slack granted: an installation not sealed yet, its credentials, and who installed it."""

    app: InstalledApp
    credentials: Credentials
    installer: str | None


def read_grant(answer: Mapping[str, Any], *, now: datetime) -> Granted:
    """What a response of `oauth.v2.access` grants at a moment of Slack's clock.

    Raises `ValueError` for one that is not about a bot token (docs.slack.dev, reference/methods/oauth.v2.access).
    """
    enterprise, team = _id_of(answer, "enterprise"), _id_of(answer, "team")
    is_organization = answer.get("is_enterprise_install") is True
    at = enterprise if is_organization else team
    token, bot_user = answer.get("access_token"), answer.get("bot_user_id")
    if not at or not isinstance(token, str) or not token or not isinstance(bot_user, str) or not bot_user:
        raise ValueError("an answer without a workspace, a bot token, or a bot user")
    named = answer.get("enterprise" if is_organization else "team")
    app = InstalledApp(
        team=at,
        name=str((named or {}).get("name") or at),
        bot_user=bot_user,
        bot=None,
        enterprise=enterprise,
        is_organization=is_organization,
        app=_text(answer.get("app_id")),
        url="",
        scopes=frozenset(str(answer.get("scope") or "").replace(" ", ",").split(",")) - {""},
        installed_at=now,
        credentials="",
        expires_at=_expiry(answer, now),
    )
    return Granted(app, Credentials(token, _text(answer.get("refresh_token"))), _id_of(answer, "authed_user"))


def read_renewal(answer: Mapping[str, Any], *, now: datetime) -> tuple[Credentials, datetime | None]:
    """The next credentials that a response of `oauth.v2.access` brings, and when they expire. Raises `ValueError`."""
    token, refresh_token = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(token, str) or not token or not isinstance(refresh_token, str) or not refresh_token:
        raise ValueError("an answer without a token and a refresh token")
    return Credentials(token, refresh_token), _expiry(answer, now)


def with_identity(granted: Granted, auth_test: Mapping[str, Any]) -> Granted:
    """The installation with what `auth.test` says of it beside: its bot and its address."""
    bot, url = _text(auth_test.get("bot_id")), _text(auth_test.get("url"))
    return replace(granted, app=replace(granted.app, bot=bot, url=url or ""))


def is_older(event_time: datetime | None, installed_at: datetime) -> bool:
    """Whether what an event tells happened before an installation; one without a time did not.

    Slack may bring the end of one installation after the next one was made.
    """
    return event_time is not None and event_time + _SECOND <= installed_at


def _expiry(answer: Mapping[str, Any], now: datetime) -> datetime | None:
    seconds = answer.get("expires_in")
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None


def _id_of(answer: Mapping[str, Any], part: str) -> str | None:
    named = answer.get(part)
    return _text(named.get("id")) if isinstance(named, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
