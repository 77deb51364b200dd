"""The values of the outbox: what is to be said where, once, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.rules.editions import Edition

HEADER = "header"


def digest_part(number: int) -> str:
    """The part of an edition that is the message of this number, from 1, of its digest."""
    return HEADER if number == 1 else f"part {number}"


class DeliveryKind(StrEnum):
    """The effect of sending: a new message, or a change to one already there."""

    POST = "post"
    UPDATE = "update"


class DeliveryState(StrEnum):
    """The state of a delivery.

    `pending` waits for its turn, `claimed` is being sent by somebody, `sent` is in Slack, `in_doubt` may be in
    Slack (its sender died or got no answer) and is looked for there, `unknown` was looked for in vain because
    Slack does not let us look, `refused` is not in Slack and is not tried again unless a person asks for it.
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    IN_DOUBT = "in_doubt"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """The identity of a delivery: only one is ever sent under this key."""

    team: str
    conversation: str
    edition: Edition
    part: str


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """The choices with which a paper's card was rendered, to render it again: `votes` is None when it shows none."""

    language: str
    second_language: str | None
    rank: int
    rank_on: date | None
    votes: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """A message of an edition, rendered as JSON; the same for every conversation that gets it in this style.

    `shows` are the ids of the papers that reactions to it can mean, in order; `card` is there when it is a paper's card
    that may be rendered again. `brings` are the ids of those that come with it and get no card of their own.
    """

    name: str
    payload: str
    shows: tuple[str, ...]
    card: RenderedCard | None = None
    brings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way.

    `payload` is the message as rendered, JSON: a retry sends the same bytes. `shows` and `brings` are as in `Part`, and
    what it brings is told only while it is planned. `thread_part` names the part of the same edition whose message this
    one answers in a thread. `card` is there when the message is a paper's card that may be rendered again. `attempts`
    counts how often it was sent, but for the times Slack asked for a pause or was not reached; `looks` how often it was
    looked for in vain. One in doubt is `probably_absent` when something in front of Slack answered, most likely before
    the request reached Slack. `direct_channel` is where a message to a person stands once it is sent, which Slack must
    be told to change it; None where it does not stand in their direct messages. From `send_before` on it is too late to
    send it.
    """

    key: DeliveryKey
    position: int
    payload: str
    kind: DeliveryKind = DeliveryKind.POST
    shows: tuple[str, ...] = ()
    thread_part: str | None = None
    state: DeliveryState = DeliveryState.PENDING
    ts: str | None = None
    thread_ts: str | None = None
    attempts: int = 0
    looks: int = 0
    probably_absent: bool = False
    not_before: datetime | None = None
    claimed_at: datetime | None = None
    error: str | None = None
    card: RenderedCard | None = None
    brings: tuple[str, ...] = ()
    direct_channel: str | None = None
    send_before: datetime | None = None


def plan_delivery(
    team: str,
    conversation: str,
    edition: Edition,
    part: Part,
    *,
    position: int = 0,
    thread_part: str | None = None,
    thread_ts: str | None = None,
    changes: Delivery | None = None,
) -> Delivery:
    """A part of an edition on its way to one conversation: a new message, or another face of one that is there.

    `thread_part` names the part it answers in a thread, `thread_ts` what it answers of another edition; `changes` is
    how the message that is changed was delivered, which stays in its thread.
    """
    return Delivery(
        key=DeliveryKey(team, conversation, edition, part.name),
        position=position,
        payload=part.payload,
        kind=DeliveryKind.UPDATE if changes else DeliveryKind.POST,
        shows=part.shows,
        thread_part=thread_part,
        ts=changes.ts if changes else None,
        thread_ts=changes.thread_ts if changes else thread_ts,
        card=part.card,
        brings=part.brings,
    )


@dataclass(frozen=True, slots=True)
class Upcoming:
    """The delivery of an edition that could be claimed next: as much of it as it takes to wait for its turn.

    It `is_paused` when a person stopped what its channel gets.
    """

    part: str
    position: int
    kind: DeliveryKind
    thread_part: str | None
    thread_ts: str | None
    is_in_doubt: bool
    is_paused: bool
    is_tried: bool


@dataclass(frozen=True, slots=True)
class PostedEdition:
    """An edition that is in a conversation since `sent_at`; `looked_back` are the look-backs it has had."""

    conversation: str
    edition: Edition
    sent_at: datetime
    looked_back: frozenset[str]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing can be claimed before `moment`: Slack asked for a pause, or another sender holds the next message."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The messages that did not arrive of an edition with nothing left to send.

    `error` is why the first of them was `refused`; `day` the last listing day it brings, None when it brings none.
    `asked_at` is when Slack was last asked to take any of it, or when it was planned.
    """

    conversation: str
    edition: Edition
    planned: int
    refused: int
    unknown: int
    error: str
    day: date | None
    asked_at: datetime


class Urgency(IntEnum):
    """The order of sending when not everything can go at once: the smaller number first."""

    FIRST = 0  # what opens an edition, or is one
    REST = 1  # what follows in it
    CHANGE = 2  # a change to a message that is there, or what can wait


def urgency_of(
    kind: DeliveryKind,
    thread_part: str | None,
    position: int,
    *,
    is_awaited: bool = False,
    can_wait: bool = False,
) -> Urgency:
    """The urgency of a delivery: every conversation gets the first message of its edition before any gets the rest.

    What somebody waits for comes first, also where it is a change, and what `can_wait` last.
    """
    if can_wait:
        return Urgency.CHANGE
    if is_awaited:
        return Urgency.FIRST
    if kind is DeliveryKind.UPDATE:
        return Urgency.CHANGE
    return Urgency.REST if thread_part or position else Urgency.FIRST


_LONGEST_WAIT, _LONGEST_UNKNOWN_WAIT = 600, 6 * 3600
# So many answers of Slack's own that call for waiting, and what follows in the edition need not wait any longer.
MAY_BE_SKIPPED_AFTER = 5


def wait_after(attempts: int, *, is_known: bool = True) -> float:
    """The seconds to wait after Slack said so many times that it does not take a message now.

    A code that nobody knows may stay for ever: then each wait is about as long as all before it, up to some hours.
    """
    return float(min(2**attempts, _LONGEST_WAIT if is_known else _LONGEST_UNKNOWN_WAIT))


def may_be_skipped(state: DeliveryState, attempts: int) -> bool:
    """Whether what follows in its edition may be sent while a delivery in this state still waits.

    A code nobody knows may be about one message only, which must not silence a channel.
    """
    return state is DeliveryState.PENDING and attempts >= MAY_BE_SKIPPED_AFTER


# Why a card that was refused is not sent any more.
CAME_ANOTHER_DAY = "the paper came with another edition"

# How the ids of people and of channels begin (docs.slack.dev, object types).
_PEOPLE = ("U", "W")
_CHANNELS = ("C", "G")


def concerned_channel(key: DeliveryKey) -> str | None:
    """The channel that a direct message to a person is about, where it is about one."""
    edition = key.edition
    is_told_a_person = edition.is_personal and key.conversation.startswith(_PEOPLE)
    return edition.about if is_told_a_person and edition.about.startswith(_CHANNELS) else None


def permalink(workspace_url: str, channel: str, ts: str, thread_ts: str | None) -> str:
    """The address of a message (docs.slack.dev, chat.getPermalink), which Slack makes up in the same way."""
    address = f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"{address}?thread_ts={thread_ts}&cid={channel}" if thread_ts else address
