"""Messages that people write to Paperboy: which are answered, how often, and what an edit changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from bot.rules.slack_ids import is_direct_message, moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.rules.requests import Request

# So many messages of one person are answered in so long a time, whatever they ask and wherever: nobody can fill a
# channel through Paperboy, and nobody types faster.
MOST_ANSWERED, WITHIN = 10, timedelta(minutes=1)
# An edit within this time corrects what was asked; later on the reply was read, and perhaps discussed.
EDITS_ANSWERED_FOR = timedelta(minutes=10)
# So often a reply is brought up to date.
MOST_EDITS = 5
# How Slack says that the message a reply was to stand below is gone (docs.slack.dev, chat.postMessage).
MESSAGE_GONE = frozenset({"thread_not_found", "invalid_thread_ts", "message_not_found", "cannot_reply_to_message"})
# A reply shows what the one before it did for so long, where nobody says which paper is meant.
_REMEMBERED_FOR = timedelta(days=1)
# Somebody who adds a mention to a message that is older does not wait for an answer.
_ANSWERED_FOR = timedelta(days=1)
# Files that papers are imported from.
IMPORTED_ENDINGS = (".bib", ".bibtex", ".ris", ".json", ".csv", ".txt", ".md")
# What is known of messages helps with edits and with what Slack brings again, which it does for hours at most.
KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a message brings: its name, where Slack has it (empty where it does not say), its length in bytes."""

    name: str
    url: str
    size: int

    def __str__(self) -> str:
        return json.dumps([self.name, self.url, self.size])

    @classmethod
    def parse(cls, text: str) -> SentFile:
        """The file that `str` wrote. Raises `ValueError`."""
        name, url, size = json.loads(text)
        return cls(str(name), str(url), int(size))

    @property
    def may_hold_papers(self) -> bool:
        """Whether its name is that of a file that papers are imported from."""
        return self.name.casefold().endswith(IMPORTED_ENDINGS)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message somebody wrote to Paperboy: a direct message, or one in a channel that mentions it.

    `words` is what it says without markup; `thread_ts` names the first message of the thread in which it stands, None
    where it stands in none or is that message. `edited_ts` is when it was last edited, empty for never. `files` are
    those it brings, a few at most.
    """

    team: str
    channel: str
    ts: str
    person: str
    words: str
    thread_ts: str | None = None
    edited_ts: str = ""
    files: tuple[SentFile, ...] = ()

    @property
    def cause(self) -> str:
        """The name of the request to answer it, one for each edit."""
        return f"{self.ts}:{self.edited_ts}" if self.edited_ts else self.ts

    @property
    def fingerprint(self) -> str:
        """A short text that tells other words from these, from which these cannot be read."""
        return hashlib.sha256(self.words.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The end of a message that somebody wrote and deleted."""

    team: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The place of a reply: the message it answers, which edit of it, and the thread the reply stands in, if any."""

    team: str
    channel: str
    message_ts: str
    edited_ts: str
    thread_ts: str | None

    @classmethod
    def of(cls, request: Request) -> ReplyTo:
        """The place of the reply that a request asks for."""
        message_ts, _, edited_ts = request.cause.partition(":")
        return cls(request.team, request.channel, message_ts, edited_ts, request.thread_ts)


class Treatment(StrEnum):
    """The treatment of a message; the values are stored and never change."""

    ANSWERED = "answered"
    TOO_MANY = "too_many"  # its author is told that they wrote too many in too short a time
    PASSED_OVER = "passed_over"  # they were told already
    WITHDRAWN = "withdrawn"  # it was deleted


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """The state of a message: which edit of it was last answered, and how often it was edited since it came."""

    edited_ts: str
    fingerprint: str
    treatment: Treatment
    edits: int


class ReplyPlan(StrEnum):
    """The outcome of planning a message of a reply."""

    PLANNED = auto()
    THERE = auto()  # it was planned before, by this process or one that ended
    UNWANTED = auto()  # what it answers was edited or deleted since


def treatment_of(
    message: IncomingMessage, known: KnownMessage | None, lately: Collection[Treatment], now: datetime
) -> Treatment | None:
    """The treatment of a message that Slack brings, perhaps not for the first time; None when nothing is to be done.

    `lately` are the treatments of the messages that its author wrote within the last minute.
    """
    if known is None:
        if message.edited_ts and age_of(message.ts, now) > _ANSWERED_FOR:
            return None
        if sum(each is Treatment.ANSWERED for each in lately) < MOST_ANSWERED:
            return Treatment.ANSWERED
        return Treatment.PASSED_OVER if Treatment.TOO_MANY in lately else Treatment.TOO_MANY
    is_news = message.edited_ts > known.edited_ts and message.fingerprint != known.fingerprint
    is_heard = known.edits < MOST_EDITS and age_of(message.ts, now) <= EDITS_ANSWERED_FOR
    return known.treatment if known.treatment is Treatment.ANSWERED and is_news and is_heard else None


def content_name(edited_ts: str, payload: str) -> str:
    """The name of what a message of a reply says: the edit it answers, and a mark of its content, JSON."""
    return f"{edited_ts}:{_mark(payload)}"


def is_given(name: str, *, first: str, later: Sequence[str]) -> bool:
    """Whether a message of a reply says this, or said it before in reply to the same edit.

    `first` is its content as it was posted, JSON, and `later` are the names of what it said since, in order.
    """
    edited_ts, _, mark = name.partition(":")
    says_now = later[-1].partition(":")[2] if later else _mark(first)
    is_of_this_edit = all(each.partition(":")[0] == edited_ts for each in later)
    return mark == says_now or name in later or (is_of_this_edit and mark == _mark(first))


def _mark(payload: str) -> str:
    try:
        content = {name: part for name, part in json.loads(payload).items() if name != "metadata"}
    except ValueError:  # nothing is left of what was sent long ago
        return ""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def age_of(ts: str, now: datetime) -> timedelta:
    """The time since a message was written, by its time stamp; none where that names no moment of the past."""
    try:
        return max(now - moment_of(ts), timedelta(0))
    except (ValueError, OverflowError):
        return timedelta(0)


def place_of_reply(message: IncomingMessage, *, in_threads: bool) -> str | None:
    """The thread in which a message is answered: its own one, and in a channel the one that it opens.

    Direct messages are answered below each other, unless they are kept `in_threads` (docs.slack.dev, agent messaging:
    each message of a person opens a thread there).
    """
    if message.thread_ts or (is_direct_message(message.channel) and not in_threads):
        return message.thread_ts
    return message.ts


def context_since(ts: str) -> str:
    """The time stamp from which on replies tell what a message of this time stamp is about."""
    try:
        return f"{(moment_of(ts) - _REMEMBERED_FOR).timestamp():.6f}"
    except (ValueError, OverflowError):
        return ts


def earliest_counted(now: datetime) -> datetime:
    """The moment from which on a person's messages count against what is answered."""
    return now.astimezone(UTC) - WITHIN
