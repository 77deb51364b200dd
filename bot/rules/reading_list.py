"""Reading lists: what a reaction, a click, or a command changes on a person's list.

A paper is on a list while at least one source of it stands: a reaction on a message, a click, a command. Removing a
reaction ends exactly that source. Events may come twice, late, or out of order; for one person, message, and emoji the
latest `event_ts` wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import find_paper_refs
from bot.text.emoji import same_emoji

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from bot.rules.papers import Paper

# Slack's names of 1️⃣ … 🔟, in order.
POSITION_EMOJI = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")
PAGE_SIZE = 10
# As many as fit the value of a button together with what else a message holds.
MOST_OFFERED = 100
_LONGEST_NUMBER = 4


def page_within(number: int, total: int) -> int:
    """The page of this number in a list of `total` entries, counted from 1; the last one for a page beyond the end."""
    return min(number, max(1, -(-total // PAGE_SIZE)))


class SaveKind(StrEnum):
    """The way in which a paper came onto a list."""

    REACTION = "reaction"
    CLICK = "click"
    COMMAND = "command"


class ReadingState(StrEnum):
    """A person's progress with a saved paper; one that is archived is out of the way."""

    TO_READ = "to_read"
    READING = "reading"
    DONE = "done"
    ARCHIVED = "archived"


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
    """An entry of a person's list."""

    paper: Paper
    saved_at: datetime
    state: ReadingState = ReadingState.TO_READ
    note: str = ""


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


def may_save(emoji: str, saving_emoji: Collection[str]) -> bool:
    """Whether this emoji, by whichever of its names, could save a paper on some message."""
    return _saves(emoji, saving_emoji) or same_emoji(emoji) in POSITION_EMOJI


def paper_meant(emoji: str, shown: Sequence[str], saving_emoji: Collection[str]) -> str | None:
    """The paper a reaction means on a message showing `shown` (ids in the order shown), or None.

    On a message of one paper the saving emoji mean it; on a message of several the number emoji choose.
    """
    if len(shown) == 1:
        return shown[0] if _saves(emoji, saving_emoji) else None
    name = same_emoji(emoji)
    if name in POSITION_EMOJI:
        position = POSITION_EMOJI.index(name)
        return shown[position] if position < len(shown) else None
    return None


def papers_meant(
    emoji: str, shown: Sequence[str], saving_emoji: Collection[str], *, are_linked: bool = False
) -> tuple[str, ...]:
    """The papers a reaction means on a message showing `shown`.

    Where they `are_linked` in a message of a person's, the saving emoji mean all of them.
    """
    if are_linked and _saves(emoji, saving_emoji):
        return tuple(shown)
    meant = paper_meant(emoji, shown, saving_emoji)
    return (meant,) if meant else ()


def missed_reactions(known: Iterable[Reaction], seen: ReactionsSeen, saving_emoji: Collection[str]) -> list[Reaction]:
    """The changes whose events were lost: those by which what is `known` of a message became what was `seen`.

    An event later than `seen` counts. Somebody missing from an emoji that was cut short may be one of those not named.
    """
    latest = {(reaction.user, reaction.emoji): reaction for reaction in known}
    recorded = {who for who, reaction in latest.items() if reaction.added}
    settled = {who for who, reaction in latest.items() if is_later(reaction.event_ts, seen.as_of)}
    standing = {(user, emoji) for user, emoji in seen.standing if may_save(emoji, saving_emoji)}
    gone = {(user, emoji) for user, emoji in recorded - seen.standing if emoji not in seen.cut_short}
    return [
        Reaction(seen.team, seen.channel, seen.message_ts, user, emoji, added=added, event_ts=seen.as_of)
        for missed, added in ((standing - recorded, True), (gone, False))
        for user, emoji in sorted(missed - settled)
    ]


def _saves(emoji: str, saving_emoji: Collection[str]) -> bool:
    name = same_emoji(emoji)
    return any(name == same_emoji(each) for each in saving_emoji)


def is_later(event_ts: str, than: str | None) -> bool:
    """Whether a Slack event time is after another; times are compared as numbers, exactly."""
    return than is None or _exact(event_ts) > _exact(than)


def _exact(event_ts: str) -> tuple[int, int]:
    seconds, _, micros = event_ts.partition(".")
    return int(seconds), int(micros.ljust(6, "0")[:6] or 0)
