"""Reading lists: what a reaction, a click, a command, or an import changes on a person's list.

The model, exactly. What a person does about a paper is a series of changes (`bot.rules.list_changes`), each with a
moment: of a reaction, the moment Slack says; of anything else, the moment it is done, but later than every change known
by then. A list is what comes of applying them in the order of their moments (`replay`), whatever order they are
heard in. A change that is heard again is the same change. At one moment saves come first, then states, notes and tags,
then what is taken back, then removals.

- A *source* is a reason for a paper to be on a list: a saving emoji on a message, a click there, a command, an import.
  The first one puts the paper on the list, to read, without note or tags. Further ones are kept beside it.
  One on a paper that is archived makes it `to_read`, as if by hand.
- A *mark* gives a state. It acts on a paper that is on the list at that moment, and on no other, not even once that is
  saved. Each emoji on each message is a mark of its own; all that is done by hand (clicks and commands) is one mark,
  which the next one replaces. The state is that of the latest mark that stands; `to_read` where none does.
- Taking a reaction back, or undoing a save, ends that source and that mark alone. The paper then leaves the list unless
  another source stands, or it has a note, tags, or a state other than `to_read`. Nothing else that is done by hand
  takes it off, not even emptying a note: only `remove` does, and it ends all there is.
- A removal may be undone for a day, while the paper is not saved anew: all is as if it had never been. A paper that is
  saved anew starts afresh.

Of a message that is not known to show papers, the latest word on each emoji is kept (for one person, message and emoji
the latest `event_ts` wins) and becomes a change once the message is known. A reading of a message's reactions after an
outage makes what was missed a change of the moment Slack was asked; what is heard afterwards and is older says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import find_paper_refs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from bot.rules.paper_news import PaperNews
    from bot.rules.papers import Paper

# Slack's names of 1️⃣ … 🔟, in order.
POSITION_EMOJI = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")
PAGE_SIZE = 10
# As many as fit the value of a button together with what else a message holds.
MOST_OFFERED = 100
_LONGEST_NUMBER = 4
_SEPARATORS = 2


def page_within(number: int, total: int) -> int:
    """The page of this number in a list of `total` entries, counted from 1; the last one for a page beyond the end."""
    return min(number, max(1, -(-total // PAGE_SIZE)))


class SaveKind(StrEnum):
    """The way in which a paper came onto a list."""

    REACTION = "reaction"
    CLICK = "click"
    COMMAND = "command"
    IMPORT = "import"


_KINDS = {kind.value: kind for kind in SaveKind}


class ReadingState(StrEnum):
    """A person's progress with a saved paper, in order; `ARCHIVED` is out of the way, read or not."""

    TO_READ = "to_read"
    READING = "reading"
    DONE = "done"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class SaveOrigin:
    """A way in which a paper was saved: how, on which message if on any, and of a reaction with which emoji."""

    kind: SaveKind
    channel: str = ""
    message_ts: str = ""
    emoji: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.place}".rstrip()

    @property
    def place(self) -> str:
        """The message and the emoji as one text; empty where there was no message."""
        return f"{self.channel}/{self.message_ts}/{self.emoji}" if self.message_ts else ""

    @classmethod
    def of(cls, kind: str, place: str) -> SaveOrigin:
        """The origin of this kind with that `place`."""
        return cls(_KINDS[kind], *place.split("/", _SEPARATORS)) if place else cls(_KINDS[kind])

    @classmethod
    def parse(cls, text: str) -> SaveOrigin | None:
        """The origin that `str` wrote, None for any other text. Never raises."""
        name, _, place = text.partition(" ")
        kind, parts = _KINDS.get(name), place.split("/", _SEPARATORS) if place else []
        return cls(kind, *parts) if kind and len(parts) in {0, _SEPARATORS + 1} else None


@dataclass(frozen=True, slots=True)
class Reaction:
    """One person's emoji on one message, added or taken back; `event_ts` is Slack's, as sent."""

    team: str
    channel: str
    message_ts: str
    user: str
    emoji: str
    added: bool
    event_ts: str


@dataclass(frozen=True, slots=True)
class ReactionsSeen:
    """The reactions of a message as Slack showed them: `standing` pairs of user and emoji.

    Changes up to `as_of`, a Slack time stamp, are included. Slack did not name everybody who used the emoji in
    `cut_short`.
    """

    team: str
    channel: str
    message_ts: str
    standing: frozenset[tuple[str, str]]
    cut_short: frozenset[str]
    as_of: str


@dataclass(frozen=True, slots=True)
class SavedPaper:
    """An entry of a person's list.

    `votes` are those of the latest daily list that has the paper. `origin` is the oldest source that stands; None for
    a paper that stays for its note, its tags, or its state. `news` is what became known of it since it was
    saved.
    """

    paper: Paper
    saved_at: datetime
    state: ReadingState = ReadingState.TO_READ
    note: str = ""
    tags: tuple[str, ...] = ()
    votes: int | None = None
    origin: SaveOrigin | None = None
    news: tuple[PaperNews, ...] = ()


class StayReason(StrEnum):
    """A reason for a paper to stay on a list after a reaction was taken back."""

    NOTE = "note"
    TAGS = "tags"
    STATE = "state"
    SOURCE = "source"


class EffectKind(StrEnum):
    """The outcome of a reaction: a paper came onto a list or left it, stays all the same, or has another state."""

    NOTHING = "nothing"
    SAVED = "saved"
    REMOVED = "removed"
    STAYS = "stays"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class ReactionEffect:
    """The outcome of a reaction, or of taking one back, for the list of whoever reacted.

    `papers` are the ids of those it came to. `state` is the one they are in now, where they are on the list. Those that
    stay do so `because` of what else there is. `origin` is the source that was added or ended.
    """

    kind: EffectKind = EffectKind.NOTHING
    papers: tuple[str, ...] = ()
    state: ReadingState | None = None
    because: frozenset[StayReason] = frozenset()
    origin: SaveOrigin | None = None


NO_EFFECT = ReactionEffect()


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """A paper of an import with what that says of it; None where it does not say."""

    paper_id: str
    saved_at: datetime | None = None
    state: ReadingState | None = None
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferedPapers:
    """Papers that a form offers for saving: their ids in order, and the number of the first."""

    ids: tuple[str, ...]
    first: int = 1

    def __str__(self) -> str:
        return f"{self.first} {' '.join(self.ids)}"

    @classmethod
    def parse(cls, text: str) -> OfferedPapers:
        """The papers that `str` wrote; whatever is no paper's id is left out. Never raises."""
        first, _, ids = text.partition(" ")
        number = int(first) if first.isascii() and first.isdecimal() and len(first) <= _LONGEST_NUMBER else 1
        return cls(tuple(ref.id for ref in find_paper_refs(ids))[:MOST_OFFERED], number)


def papers_to_change(
    offered: Sequence[str], saved_before: Collection[str], ticked: Collection[str]
) -> tuple[list[str], list[str]]:
    """The papers to save and those to remove, after a form that showed those `saved_before` as ticked.

    One that was not ticked and is not now stays as it is: it may have been saved elsewhere meanwhile.
    """
    to_save = [paper for paper in offered if paper in ticked]
    return to_save, [paper for paper in offered if paper in saved_before and paper not in ticked]


def missed_reactions(known: Iterable[Reaction], seen: ReactionsSeen, may_mean: Callable[[str], bool]) -> list[Reaction]:
    """The changes whose events were lost: those by which what is `known` of a message became what was `seen`.

    Of the emoji that were added, those count that `may_mean` something. An event later than `seen` counts. Somebody
    missing from an emoji that was cut short may be one of those not named.
    """
    latest = {(reaction.user, reaction.emoji): reaction for reaction in known}
    recorded = {who for who, reaction in latest.items() if reaction.added}
    settled = {who for who, reaction in latest.items() if is_later(reaction.event_ts, seen.as_of)}
    standing = {(user, emoji) for user, emoji in seen.standing if may_mean(emoji)}
    gone = {(user, emoji) for user, emoji in recorded - seen.standing if emoji not in seen.cut_short}
    return [
        Reaction(seen.team, seen.channel, seen.message_ts, user, emoji, added=added, event_ts=seen.as_of)
        for missed, added in ((standing - recorded, True), (gone, False))
        for user, emoji in sorted(missed - settled)
    ]


def is_later(event_ts: str, than: str | None) -> bool:
    """Whether a Slack event time is after another; times are compared as numbers, exactly."""
    return than is None or _exact(event_ts) > _exact(than)


def _exact(event_ts: str) -> tuple[int, int]:
    seconds, _, micros = event_ts.partition(".")
    return int(seconds), int(micros.ljust(6, "0")[:6] or 0)
