"""Rate limits of Slack's Web API, and how several processes keep one together: what was sent of late, what may be sent
now, and when to ask again.

`chat.postMessage` takes about one message a second and channel, and "several hundred messages per minute" a workspace;
other methods have a tier each, so many calls a minute and workspace. A 429 names in `Retry-After` the seconds for which
that method is not to be called in that workspace (docs.slack.dev, rate-limits).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# One message a second and channel.
CHANNEL_SECONDS = 1.0
# "Several hundred": what we assume of a workspace until it says otherwise.
POSTS_A_MINUTE = 300
# Tier 3, "50+ per minute".
UPDATES_A_MINUTE = 50
MINUTE = 60.0
# A minute as Slack sees it, where requests that left late may arrive early.
WINDOW = MINUTE + 1.0
# What a 429 leaves of an assumed rate, and the least it may become.
LOWERED_BY = 0.8
LEAST_A_MINUTE = 20
# How much of the assumed rate comes back with each minute in which Slack did not complain.
RAISED_BY = 0.05
# One part in so many of a workspace's rate is left for what somebody waits for: whoever sends a morning takes the rest.
_LEFT_FOR_ANSWERS = 20
# Requests are counted in pieces of so many milliseconds, so that a minute of them has a bounded length.
_PIECE = 500
# How far apart the clocks of those who count may be.
_CLOCKS_APART = 10_000
_WINDOW, _MINUTE = int(WINDOW * 1000), int(MINUTE * 1000)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The assumed limit of a method in a workspace: requests a minute, and milliseconds between two to a channel."""

    a_minute: int
    channel_pace: int = int(CHANNEL_SECONDS * 1000)


@dataclass(frozen=True, slots=True)
class RecentRequests:
    """The requests of one method that all processes together made in a workspace of late, as far as they still count.

    Moments are milliseconds since 1970. `sent` are pieces of time, each by its end, and how many requests went in it;
    `channels` when each channel may get its next one, by a number made of its ID. `lowered_to` is the rate that a 429
    left at the moment `lowered_at`.
    """

    sent: tuple[tuple[int, int], ...] = ()
    channels: Mapping[int, int] = field(default_factory=dict)
    paused_until: int = 0
    lowered_to: float | None = None
    lowered_at: int = 0

    def rate(self, limit: RateLimit, now: int) -> float:
        """Requests a minute: lowered by each 429, and raised again with time."""
        if self.lowered_to is None:
            return float(limit.a_minute)
        quiet = max(now - self.lowered_at, 0) / _MINUTE
        return min(self.lowered_to + quiet * RAISED_BY * limit.a_minute, float(limit.a_minute))

    def counts_until(self, limit: RateLimit) -> int:
        """The moment after which nothing of this matters any more."""
        lowered = 0
        if self.lowered_to is not None:
            missing = (limit.a_minute - self.lowered_to) / (RAISED_BY * limit.a_minute)
            lowered = self.lowered_at + int(missing * _MINUTE)
        last = self.sent[-1][0] + _WINDOW if self.sent else 0
        return max(last, self.paused_until, lowered, *self.channels.values(), 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that somebody wants to send to a channel; `is_awaited` when a person waits for it."""

    channel: str
    is_awaited: bool = False


def reserve(
    recent: RecentRequests, limit: RateLimit, wanted: Sequence[Wanted], *, now: int, use_within: int
) -> tuple[RecentRequests, tuple[int | None, ...]]:
    """The requests that count once as many as may be of those wanted, in this order, are reserved; and for each wanted
    one None, or else the moment to ask again.

    A reserved one is sent within so many milliseconds, or not at all: then no minute has more than the rate allows,
    wherever in that time each is sent.
    """
    if recent.paused_until > now:
        return recent, (recent.paused_until,) * len(wanted)
    # What lies further ahead than any request can was counted by a clock that another has taken the place of since.
    sent = [each for each in recent.sent if now - _WINDOW < each[0] <= now + _WINDOW]
    latest = now + limit.channel_pace + _CLOCKS_APART
    channels = {number: moment for number, moment in recent.channels.items() if now < moment <= latest}
    allowed = max(int(recent.rate(limit, now)), 1)
    total = sum(number for _, number in sent)
    piece = -(-(now + use_within) // _PIECE) * _PIECE
    answers: list[int | None] = []
    reserved = 0
    for each in wanted:
        channel = crc32(each.channel.encode())
        most = allowed if each.is_awaited else allowed - allowed // _LEFT_FOR_ANSWERS
        if channel in channels:
            answers.append(channels[channel])
        elif total + reserved >= most:
            answers.append(_free_at(sent, total + reserved - most, now=now, otherwise=piece + _WINDOW))
        else:
            answers.append(None)
            reserved += 1
            if limit.channel_pace:
                channels[channel] = now + limit.channel_pace
    if not reserved:
        return recent, tuple(answers)
    counted = {piece: reserved}
    for moment, number in sent:
        counted[moment] = counted.get(moment, 0) + number
    return replace(recent, sent=tuple(sorted(counted.items())), channels=channels), tuple(answers)


def _free_at(sent: Sequence[tuple[int, int]], too_many: int, *, now: int, otherwise: int) -> int:
    """The moment when more than `too_many` of the requests sent count no more."""
    for moment, number in sent:
        too_many -= number
        if too_many < 0:
            return max(moment + _WINDOW, now + 1)
    return otherwise


def slowed_down(recent: RecentRequests, limit: RateLimit, seconds: float, *, now: int) -> RecentRequests:
    """The requests that count, and the pause, after a 429 that asks for so many seconds. Several 429 of requests that
    were under way together count as one."""
    until = max(recent.paused_until, now + int(seconds * 1000))
    if now < recent.paused_until:
        return replace(recent, paused_until=until)
    lowered = max(recent.rate(limit, now) * LOWERED_BY, float(min(LEAST_A_MINUTE, limit.a_minute)))
    return replace(recent, paused_until=until, lowered_to=lowered, lowered_at=now)
