"""When Paperboy could not hear Slack for so long that events were lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Slack brings an unacknowledged event again at once, after a minute and after five (docs.slack.dev, Events API), so
# what happened within a minute of our return is still to come; of a longer absence the beginning is lost.
HARMLESS = timedelta(minutes=1)
# Reactions to messages older than this are not made up for.
LOOK_BACK = timedelta(days=14)


# Over HTTP a long silence may be an outage, such as a proxy that broke, or nothing but night. Without a sign of the one
# or the other it is looked into after so long, and not more often than that.
# How long after a failure Slack still brings events of that time again, by which it shows.
RETRIED_WITHIN = timedelta(minutes=6)
SUSPICIOUS = timedelta(minutes=10)
LOOKED_INTO_EVERY = timedelta(hours=6)
# Why Slack brings an event again although it reached us: we were slow, and not out of reach.
_SLOW = "http_timeout"


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which Slack was not heard, by our clock; `since` is None when it had never been heard before."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message of ours in Slack."""

    team: str
    channel: str
    ts: str


def shows_failure(headers: Mapping[str, str]) -> bool:
    """Whether a request of Slack's is one it could not bring before (docs.slack.dev, Events API: retries)."""
    return headers.get("X-Slack-Retry-Num", "0") != "0" and headers.get("X-Slack-Retry-Reason") != _SLOW


def was_only_quiet(noted_at: datetime, last_seen: datetime, *, failed: bool, looked_into_at: datetime | None) -> bool:
    """Whether the silence between two requests over HTTP is taken for nothing else.

    `failed` when Slack says that it could not reach us, `looked_into_at` when a silence was last taken for an outage.
    """
    if failed:
        return False
    is_long = last_seen - noted_at > SUSPICIOUS
    return not (is_long and (looked_into_at is None or last_seen - looked_into_at >= LOOKED_INTO_EVERY))


def outage_after(last_seen: datetime | None, pending: Outage | None, now: datetime) -> Outage | None:
    """The outage to be made up for when Slack, last heard at `last_seen`, is heard `now`.

    `pending` is one not made up for before; a new one takes it in.
    """
    if last_seen is None:
        return Outage(None, now)
    if now - last_seen <= HARMLESS:
        return pending
    return Outage(pending.since if pending else last_seen, now)
