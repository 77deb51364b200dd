"""Outages: gaps in which nothing that Slack brought was stored, for so long that events were lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class Contact:
    """The last contact of any process with Slack, with the database at hand.

    `last_seen_at` is when one last was; over HTTP, where nobody says that Slack cannot reach us, when one last
    listened. Over HTTP `last_request_at` is when Slack last brought something. A silence before that, which may have
    been an outage, is not judged at once: `silent_since` is its beginning, and `resumed_at` its end. `looked_into_at`
    is when reactions were last read because of an outage.
    """

    last_seen_at: datetime
    last_request_at: datetime | None = None
    silent_since: datetime | None = None
    resumed_at: datetime | None = None
    looked_into_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """The word of one process: it was in touch with Slack `at` a moment, and over HTTP its last request came then.

    `failed` when Slack says that it could not bring a request before. What Slack brought to this process is lost from
    `lost_since` on, where for too long it could not store anything; others may have been well meanwhile.
    """

    at: datetime
    request_at: datetime | None = None
    failed: bool = False
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message Paperboy posted in Slack."""

    team: str
    channel: str
    ts: str


def shows_failure(headers: Mapping[str, str]) -> bool:
    """Whether a request is one Slack could not deliver before (docs.slack.dev, Events API: retries)."""
    return headers.get("X-Slack-Retry-Num", "0") != "0" and headers.get("X-Slack-Retry-Reason") != _SLOW


def lost_since(last_stored_at: datetime | None, now: datetime, *, failed: bool) -> datetime | None:
    """The moment since when what Slack brought to a process is lost, where it last stored something then.

    None where Slack brings it all again: after a short time, or a longer one in which nothing `failed` and the process
    only stood still.
    """
    if last_stored_at is None or now - last_stored_at <= (HARMLESS if failed else RETRIED_WITHIN):
        return None
    return last_stored_at


def after_sighting(before: Contact | None, seen: Sighting) -> tuple[Contact, Outage | None]:
    """The contact as it is known after a process was in touch with Slack, and the outage that this reveals.

    Sightings may come in any order. One that is older than what is known says nothing of what was before it.
    """
    if before is None:
        return Contact(seen.at, seen.request_at, looked_into_at=seen.at), Outage(None, seen.at)
    known = replace(
        before,
        last_seen_at=max(before.last_seen_at, seen.at),
        last_request_at=max(filter(None, (before.last_request_at, seen.request_at)), default=None),
    )
    since = [seen.lost_since] if seen.lost_since else []
    if seen.at - before.last_seen_at > HARMLESS:
        since.append(before.last_seen_at)
    known, silent_since = _after_silence(before, known, seen)
    if silent_since:
        since.append(silent_since)
    if not since:
        return known, None
    known = replace(known, silent_since=None, resumed_at=None, looked_into_at=known.last_seen_at)
    return known, Outage(min(since), max(seen.at, known.last_seen_at))


def _after_silence(before: Contact, known: Contact, seen: Sighting) -> tuple[Contact, datetime | None]:
    """The contact once a silence over HTTP is judged, and since when it was silent if that was an outage.

    A sign that it was is waited for as long as Slack brings again what it could not bring.
    """
    if (
        known.resumed_at is None
        and before.last_request_at is not None
        and seen.request_at is not None
        and seen.request_at - before.last_request_at > HARMLESS
    ):
        known = replace(known, silent_since=before.last_request_at, resumed_at=seen.request_at)
    if known.silent_since is None or known.resumed_at is None:
        return known, None
    if seen.failed:
        return known, known.silent_since
    if seen.at - known.resumed_at < RETRIED_WITHIN:
        return known, None
    is_long = known.resumed_at - known.silent_since > SUSPICIOUS
    is_news = known.looked_into_at is None or known.resumed_at - known.looked_into_at >= LOOKED_INTO_EVERY
    return replace(known, silent_since=None, resumed_at=None), known.silent_since if is_long and is_news else None
