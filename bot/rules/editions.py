"""Editions: messages planned together and sent once, by kind and subject, and each edition's key.

The key stands in the outbox and in the metadata of messages in Slack, by which one in doubt is found again. It is
`kind:about`, or `kind:about:cause`, as every release has written it: only here is it made and read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


class EditionKind(StrEnum):
    """The purpose of an edition; the values are stored and never change."""

    DAILY = "daily"  # the papers of a day, or of several days caught up on together
    LATE = "late"  # papers that rose into the top only after another edition had brought their day
    BEST = "best"  # the best of a week, on a day without papers
    RECAP = "recap"  # the best of what came in a week or month, once more
    TEAM = "team"  # what the workspace's people saved in a week
    NOTE = "note"  # why a channel gets no papers, or not all
    VOTES = "votes"  # changes: the messages of another edition, brought up to date
    CORRECTION = "summary"  # a change: another summary on a card
    SHARE = "share"  # a paper that a person shows to a channel
    WELCOME = "welcome"  # to whoever invited Paperboy to a channel
    NOTICE = "notice"  # to whoever looks after a channel: a cause for concern
    ANSWER = "answer"  # to somebody who was not reached where they asked
    REPLY = "reply"  # to a message that somebody wrote to Paperboy
    REMINDER = "reminder"  # to somebody who wants to be told, once a week, of what waits on their list
    OTHER = ""  # what another release wrote and this one does not know


_CHANGES = frozenset({EditionKind.VOTES, EditionKind.CORRECTION})
_WITH_PAPERS = frozenset({EditionKind.DAILY, EditionKind.LATE})
_PERSONAL = frozenset({EditionKind.WELCOME, EditionKind.NOTICE, EditionKind.ANSWER, EditionKind.REMINDER})
# What somebody waits for, also in a channel that gets nothing else because it is paused.
ASKED_FOR = (EditionKind.SHARE, EditionKind.REPLY)
_KNOWN = {str(kind): kind for kind in EditionKind if kind}


@dataclass(frozen=True, slots=True)
class Edition:
    """Messages that are planned together and sent once to a conversation.

    `about` is what tells one from others of its kind: a day (`2026-08-19`) or the first and last of several
    (`2026-08-17..2026-08-19`), a week (`2026-W34`) or month, a paper, a person, a channel, or the edition that is
    changed. `cause` is why it is sent, where there may be several about the same.
    """

    kind: EditionKind
    about: str
    cause: str | None = None

    def __str__(self) -> str:
        start = f"{self.kind}:{self.about}" if self.kind else self.about
        return start if self.cause is None else f"{start}:{self.cause}"

    @classmethod
    def parse(cls, text: str) -> Edition:
        """The edition of a name, whatever release wrote it: `str` gives the same text again. Never raises."""
        start, colon, rest = text.partition(":")
        kind = _KNOWN.get(start) if colon else None
        if kind is None:
            return cls(EditionKind.OTHER, text)
        if kind is EditionKind.VOTES:  # about an edition, whose own name has colons
            about, colon, cause = rest.rpartition(":")
            return cls(kind, about, cause) if colon else cls(kind, rest)
        about, colon, cause = rest.partition(":")
        return cls(kind, about, cause if colon else None)

    @property
    def is_change(self) -> bool:
        """Whether it only changes messages that are there."""
        return self.kind in _CHANGES

    @property
    def brings_papers(self) -> bool:
        """Whether it brings papers unasked: no paper comes twice in such editions."""
        return self.kind in _WITH_PAPERS

    @property
    def is_personal(self) -> bool:
        """Whether it is a direct message: `about` a channel, a day, or what else the person looks after."""
        return self.kind in _PERSONAL

    @property
    def is_awaited(self) -> bool:
        """Whether nobody else need be notified that it did not arrive: whoever asked for it is, or there is nobody."""
        return self.kind in ASKED_FOR or self.is_personal

    @property
    def can_wait(self) -> bool:
        """Whether everything else may be sent before it, in a crowded minute."""
        return self.kind is EditionKind.REMINDER


def iso_week(local_date: date) -> str:
    """The week a date lies in, as ISO 8601 counts: `2026-W34`."""
    year, week, _ = local_date.isocalendar()
    return f"{year}-W{week:02}"


def daily_edition(*days: date) -> Edition:
    """The edition under which the papers of a day go out, or of several, oldest first, caught up on together."""
    return Edition(EditionKind.DAILY, "..".join(day.isoformat() for day in dict.fromkeys((days[0], days[-1]))))


def late_edition(edition: Edition) -> Edition:
    """The edition of papers that rose into the top only after another edition had brought their day."""
    return Edition(EditionKind.LATE, edition.about, edition.cause)


def best_edition(week: str) -> Edition:
    """The edition under which a channel gets the best of an ISO week (`2026-W34`) on a day without papers, once."""
    return Edition(EditionKind.BEST, week)


def recap_edition(period: str) -> Edition:
    """The edition that lists the best of what came in a week (`2026-W34`) or month (`2026-08`) once more."""
    return Edition(EditionKind.RECAP, period)


def team_edition(week: str) -> Edition:
    """The edition that tells in an ISO week (`2026-W34`) what the workspace's people saved in the seven days before."""
    return Edition(EditionKind.TEAM, week)


def note_edition(local_date: date) -> Edition:
    """The edition under which a channel is told why it gets no papers, or not all, on a local date."""
    return Edition(EditionKind.NOTE, local_date.isoformat())


def waiting_edition(day: date) -> Edition:
    """The edition under which a channel hears that the source does not tell of a listing day yet, once."""
    return Edition(EditionKind.NOTE, day.isoformat(), "waiting")


def votes_edition(edition: Edition, look_back: str) -> Edition:
    """The edition that brings the messages of another one up to date, at a `look_back`."""
    return Edition(EditionKind.VOTES, str(edition), look_back)


def sentences_edition(edition: Edition, change: str) -> Edition:
    """The edition that puts the sentences there are now into the digest of another one; `change` tells one from others
    and has no colon."""
    return Edition(EditionKind.VOTES, str(edition), f"sentences_{change}")


def correction_edition(paper_id: str, made_at: datetime) -> Edition:
    """The edition that puts the summary of a paper made at a moment in the place of what a card showed before."""
    return Edition(EditionKind.CORRECTION, paper_id, made_at.isoformat())


def share_edition(person: str, cause: str) -> Edition:
    """The edition under which a person shows a paper to a channel, once for what they clicked or typed."""
    return Edition(EditionKind.SHARE, person, cause)


def welcome_edition(channel: str, event_ts: str) -> Edition:
    """The edition under which whoever invited Paperboy to a channel is shown how its papers would come."""
    return Edition(EditionKind.WELCOME, channel, event_ts)


# What is last in the name of the edition that lets a welcome say that its channel is set up.
SET_UP = "set_up"


def welcome_update(welcome: Edition, change: str) -> Edition:
    """The edition under which a welcome is brought up to date, once a `change`: `SET_UP`, or a change of settings."""
    return Edition(EditionKind.WELCOME, welcome.about, f"{welcome.cause}:{change}")


def notice_edition(about: str, cause: str) -> Edition:
    """The edition under which whoever manages a channel, or the operator, is notified of a problem there, once."""
    return Edition(EditionKind.NOTICE, about, cause)


def answer_edition(channel: str, cause: str) -> Edition:
    """The edition under which somebody is answered directly who was not reached where they asked, once a cause."""
    return Edition(EditionKind.ANSWER, channel, cause)


def reply_edition(message_ts: str, number: int) -> Edition:
    """The edition of a message in reply to one of this time stamp, by its number from 1.

    Its first part is the message; the others are what it says later on, each in place of the one before.
    """
    return Edition(EditionKind.REPLY, message_ts, str(number))


def reminder_edition(local_date: date) -> Edition:
    """The edition under which somebody is reminded of their list on a date of their own."""
    return Edition(EditionKind.REMINDER, local_date.isoformat())
