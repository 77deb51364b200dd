"""First things to try on the page, until each is done or they are closed."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import find_paper_refs
from bot.rules.reading_list import POSITION_EMOJI

if TYPE_CHECKING:
    from collections.abc import Collection

_LIST_WORDS = frozenset({"list", "목록"})


class FirstStep(StrEnum):
    """Something to try, in the order in which it is shown."""

    LOOK_UP = "look_up"
    SAVE = "save"
    LIST = "list"
    MENTION = "mention"
    LINK = "link"
    HOME = "home"
    MORNING = "morning"


# These lead nowhere in a channel without Paperboy.
NEED_PAPERBOY = frozenset({FirstStep.MENTION, FirstStep.LINK})


class FirstSteps:
    """The first steps that each person has done and has left to do."""

    def __init__(self) -> None:
        self._done: dict[str, set[FirstStep]] = defaultdict(set)

    def left(self, person: str) -> tuple[FirstStep, ...]:
        """The steps that this person has not done, in order."""
        return tuple(step for step in FirstStep if step not in self._done[person])

    def finish(self, person: str, step: FirstStep | None) -> None:
        """A step is done, if it was one."""
        if step is not None:
            self._done[person].add(step)

    def close(self, person: str) -> None:
        """Show this person no more of them."""
        self._done[person].update(FirstStep)


def step_of_command(text: str) -> FirstStep | None:
    """The step that `/paper` with this text does, if any."""
    if find_paper_refs(text):
        return FirstStep.LOOK_UP
    return FirstStep.LIST if text.strip().casefold() in _LIST_WORDS else None


def step_of_message(text: str, bot_name: str) -> FirstStep | None:
    """The step that writing this text in a channel does, if any."""
    if text.casefold().startswith(f"@{bot_name.casefold()}"):
        return FirstStep.MENTION
    return FirstStep.LINK if "://" in text and find_paper_refs(text) else None


def step_of_reaction(emoji: str, saving_emoji: Collection[str]) -> FirstStep | None:
    """The step that adding this emoji does, if any."""
    return FirstStep.SAVE if emoji in saving_emoji or emoji in POSITION_EMOJI else None


def step_of_action(action: str) -> FirstStep | None:
    """The step that a button or menu with this action ID does, if any."""
    return FirstStep.SAVE if action.startswith(("save", "home_save")) else None
