"""Installations of the app in workspaces and organizations, as they are stored, and what ends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Slack's tokens that expire live for twelve hours. A failed exchange is tried again all through the last quarter.
ROTATED_BEFORE_EXPIRY = timedelta(hours=3)
# Slack tells the moment of an event in whole seconds.
_SECOND = timedelta(seconds=1)
_ABOUT = timedelta(seconds=10)


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
        """The version of the installation, which no other state of it has."""
        return self.installed_at, self.generation


def is_due_for_rotation(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a token expires soon, so that the next one is to be had; one that never expires is never due."""
    return expires_at is not None and expires_at - now <= ROTATED_BEFORE_EXPIRY


def is_older(event_time: datetime | None, installed_at: datetime) -> bool:
    """Whether what an event tells happened before an installation; one without a time did not.

    Slack may bring the end of one installation after the next one was made.
    """
    return event_time is not None and event_time + _SECOND <= installed_at


def is_unclear(event_time: datetime | None, installed_at: datetime) -> bool:
    """Whether what an event tells may have happened before an installation or after it: both are of about that time.

    The times come from different machines of Slack's, and installing the app anew may itself end its older tokens.
    """
    return event_time is not None and not is_older(event_time, installed_at) and event_time - installed_at < _ABOUT


def moment_of_event(body: Mapping[str, Any]) -> datetime | None:
    """The moment an event happened, in whole seconds (docs.slack.dev, Events API: event_time)."""
    seconds = body.get("event_time")
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and 0 < seconds < 2**40 else None
