"""When Paperboy could not hear Slack for so long that events were lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Slack brings an unacknowledged event again at once, after a minute and after five (docs.slack.dev, Events API), so
# what happened within a minute of our return is still to come; of a longer absence the beginning is lost.
HARMLESS = timedelta(minutes=1)
# Reactions to messages older than this are not made up for.
LOOK_BACK = timedelta(days=14)


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


def outage_after(heard_at: datetime | None, pending: Outage | None, now: datetime) -> Outage | None:
    """The outage to be made up for when Slack, last heard at `heard_at`, is heard `now`.

    `pending` is one not made up for before; a new one takes it in.
    """
    if heard_at is None:
        return Outage(None, now)
    if now - heard_at <= HARMLESS:
        return pending
    return Outage(pending.since if pending else heard_at, now)
