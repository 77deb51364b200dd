"""A channel that Paperboy delivers to, and how it likes its papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime, time


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What a channel's people can choose."""

    post_at: time
    timezone: str
    language: str
    top: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with its settings.

    `cursor` is the last listing day it has been dealt with, `served` the last local date on which it was due and got
    its papers or a reason, and `since` the moment it began to be served. `owner` is who looks after it.
    """

    team: str
    id: str
    settings: ChannelSettings
    cursor: date | None = None
    paused: bool = False
    owner: str | None = None
    since: datetime | None = None
    served: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a workspace: `language` is their own choice, `locale` (`ko-KR`) and `timezone` are Slack's word."""

    team: str
    id: str
    locale: str | None = None
    timezone: str | None = None
    language: str | None = None
