"""Outages: gaps in which Slack could not reach us for so long that events were lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Slack sends an unacknowledged event again at once, after a minute and after five (docs.slack.dev, Events API), so
# what happened within a minute of our return is still to come; of a longer absence the beginning is lost.
HARMLESS = timedelta(minutes=1)
# Reactions to messages older than this are not reconciled.
LOOK_BACK = timedelta(days=14)


# How long after a failure Slack still sends events of that time again, which shows that there was one.
RETRIED_WITHIN = timedelta(minutes=6)
# Over HTTP a long gap may be an outage, such as a broken proxy, or just the night. Without a sign of either it is
# looked into after so long, and not more often than that.
SUSPICIOUS = timedelta(minutes=10)
LOOKED_INTO_EVERY = timedelta(hours=6)
# Why Slack sends an event again although it reached us: we were slow, not unreachable.
_SLOW = "http_timeout"


@dataclass(frozen=True, slots=True)
class Outage:
    """A gap in which Slack could not reach us, by our clock; `since` is None when it never had before."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message Paperboy posted in Slack."""

    team: str
    channel: str
    ts: str


def shows_failure(headers: Mapping[str, str]) -> bool:
    """Whether a request is one Slack could not deliver before (docs.slack.dev, Events API: retries)."""
    return headers.get("X-Slack-Retry-Num", "0") != "0" and headers.get("X-Slack-Retry-Reason") != _SLOW


def was_only_quiet(noted_at: datetime, last_seen: datetime, *, failed: bool, looked_into_at: datetime | None) -> bool:
    """Whether a gap between two requests over HTTP counts as quiet time rather than an outage.

    `failed` when Slack says that it could not reach us; `looked_into_at` is when a gap last counted as an outage.
    """
    if failed:
        return False
    is_long = last_seen - noted_at > SUSPICIOUS
    return not (is_long and (looked_into_at is None or last_seen - looked_into_at >= LOOKED_INTO_EVERY))


def outage_after(last_seen: datetime | None, pending: Outage | None, now: datetime) -> Outage | None:
    """The outage to reconcile when Slack, last seen at `last_seen`, is seen `now`.

    `pending` is one not reconciled yet; a new one includes it.
    """
    if last_seen is None:
        return Outage(None, now)
    if now - last_seen <= HARMLESS:
        return pending
    return Outage(pending.since if pending else last_seen, now)
