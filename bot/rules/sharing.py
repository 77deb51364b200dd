"""A paper shown to a whole channel: which way it goes there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.rules.papers import parse_paper_id

if TYPE_CHECKING:
    from bot.rules.papers import PaperRef

_TIME_STAMP = re.compile(r"[0-9]{1,12}\.[0-9]{6}")

# Where a bot may not post although people may: there the answer to the click can still be shown to all.
_NOT_A_MEMBER = frozenset({"not_in_channel", "channel_not_found"})
# Where a bot may not even look: Slack hands out a response_url only to who acted in that conversation.
_HIDDEN = frozenset({"channel_not_found", "missing_scope", "not_in_channel"})


@dataclass(frozen=True, slots=True)
class PaperToShare:
    """A paper to be shown to a channel; `thread_ts` is the message below which it belongs, None for the channel."""

    paper: PaperRef
    thread_ts: str | None = None

    def __str__(self) -> str:
        return with_thread(str(self.paper), self.thread_ts)

    @classmethod
    def parse(cls, text: str) -> PaperToShare:
        """The paper and the thread named by a card's button or a command. Raises `NotAPaperId`."""
        paper, thread_ts = split_thread(text)
        return cls(parse_paper_id(paper), thread_ts)


def with_thread(paper: str, thread_ts: str | None) -> str:
    """A paper's id with the message below which it would be shared, as the values of buttons and menus have them."""
    return f"{paper} {thread_ts}" if thread_ts else paper


def split_thread(text: str) -> tuple[str, str | None]:
    """A paper's id and the message below which it would be shared, None where a value names none."""
    paper, _, thread_ts = text.partition(" ")
    return paper, thread_ts if _TIME_STAMP.fullmatch(thread_ts) else None


class AnswerForAll(Enum):
    """Whether a card may be shown as the answer to the click that shares it.

    Nobody can look afterwards whether such an answer came, so that it is tried once.
    """

    POSSIBLE = "possible"
    TOO_LATE = "too_late"
    IN_DOUBT = "in_doubt"


def is_hidden(error: str) -> bool:
    """Whether Slack hides a conversation from Paperboy, by the code it answers with."""
    return error in _HIDDEN


def is_not_a_member(error: str) -> bool:
    """Whether Slack takes no message because Paperboy is not in the conversation, by the code it answers with."""
    return error in _NOT_A_MEMBER


def answer_for_all(*, was_begun: bool, is_late: bool) -> AnswerForAll:
    """Whether a card may be shown as an answer that `was_begun` before, or whose response_url lasts no more."""
    if was_begun:
        return AnswerForAll.IN_DOUBT
    return AnswerForAll.TOO_LATE if is_late else AnswerForAll.POSSIBLE
