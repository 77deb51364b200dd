"""The emoji of a workspace: which of them save a paper, and which say that somebody reads it or has read it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.rules.reading_list import POSITION_EMOJI, ReadingState
from bot.text.emoji import emoji_name, same_emoji

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

READING_EMOJI = ("eyes",)
DONE_EMOJI = ("white_check_mark",)
MOST_OF_A_ROLE = 10


class EmojiRole(StrEnum):
    """The meanings that an emoji may have on a message of one paper."""

    SAVE = "save"
    READING = "reading"
    DONE = "done"

    @property
    def state(self) -> ReadingState | None:
        """The state that the emoji gives a saved paper, None for one that saves."""
        return None if self is EmojiRole.SAVE else ReadingState(self.value)


class EmojiProblem(StrEnum):
    """A mistake in the emoji that somebody chose for a role."""

    NONE_TO_SAVE = "none_to_save"
    UNREADABLE = "unreadable"
    NUMBER = "number"
    IN_TWO_ROLES = "in_two_roles"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class ListEmoji:
    """The names of the emoji of each role; the first of a role is the one we speak of. No emoji has two roles."""

    saving: tuple[str, ...]
    reading: tuple[str, ...] = READING_EMOJI
    done: tuple[str, ...] = DONE_EMOJI

    @property
    def spoken_of(self) -> str:
        """The name of the emoji that messages tell people to save a paper with."""
        return self.saving[0]

    @classmethod
    def of_settings(cls, saving: Collection[str]) -> ListEmoji:
        """The emoji of a workspace that chose none: those that save are a setting, and win where they mean more."""
        return _of_settings(tuple(saving))

    @classmethod
    def read(cls, typed: Mapping[EmojiRole, str]) -> ListEmoji | dict[EmojiRole, EmojiProblem]:
        """The emoji that somebody typed for each role, as names, aliases, or characters; or what is wrong, by role.

        Each is kept once, whichever of its names were typed. Reading and read may have none; then no emoji says so.
        """
        names = {role: _read(typed.get(role, "")) for role in EmojiRole}
        problems: dict[EmojiRole, EmojiProblem] = {}
        taken: dict[str, EmojiRole] = {}
        for role, named in names.items():
            if problem := _problem(role, named, taken):
                problems[role] = problem
            taken.update({name: role for name in named if name})
        if problems:
            return problems
        chosen = {role: tuple(name for name in named if name) for role, named in names.items()}
        return cls(chosen[EmojiRole.SAVE], chosen[EmojiRole.READING], chosen[EmojiRole.DONE])

    def role(self, emoji: str) -> EmojiRole | None:
        """The meaning of an emoji, by whichever of its names and in whichever skin tone; None where it has none."""
        return _roles(self).get(same_emoji(emoji))

    def meant(
        self, emoji: str, shown: Sequence[str], *, are_linked: bool = False
    ) -> tuple[EmojiRole | None, tuple[str, ...]]:
        """The role of an emoji on a message showing `shown` (ids in the order shown), and the papers it means there.

        On a message of one paper each emoji means it. On one of several the numbers choose what is saved, and the other
        emoji mean nothing: whoever looks at a digest has not read its papers. Where the papers `are_linked` in a
        message of a person's, the saving emoji mean all of them.
        """
        role, name = self.role(emoji), same_emoji(emoji)
        if role and (len(shown) == 1 or (are_linked and role is EmojiRole.SAVE)):
            return role, tuple(shown)
        if len(shown) > 1 and name in POSITION_EMOJI:
            position = POSITION_EMOJI.index(name)
            return EmojiRole.SAVE, tuple(shown[position : position + 1])
        return None, ()

    def may_mean(self, emoji: str) -> bool:
        """Whether this emoji could mean a paper on some message."""
        return self.role(emoji) is not None or same_emoji(emoji) in POSITION_EMOJI


@lru_cache(maxsize=1024)
def _of_settings(saving: tuple[str, ...]) -> ListEmoji:
    taken = {same_emoji(emoji) for emoji in saving}
    return ListEmoji(
        saving,
        tuple(emoji for emoji in READING_EMOJI if emoji not in taken),
        tuple(emoji for emoji in DONE_EMOJI if emoji not in taken),
    )


@lru_cache(maxsize=1024)
def _roles(emoji: ListEmoji) -> Mapping[str, EmojiRole]:
    of_roles = ((emoji.done, EmojiRole.DONE), (emoji.reading, EmojiRole.READING), (emoji.saving, EmojiRole.SAVE))
    return {same_emoji(name): role for names, role in of_roles for name in names}


def _read(text: str) -> list[str | None]:
    """The names typed, each once; None for one that cannot be an emoji's."""
    words = _words(text)
    return list(dict.fromkeys(same_emoji(name) if (name := emoji_name(word)) else None for word in words))


def _words(text: str) -> Iterable[str]:
    """The emoji in a text: separated by blanks or commas, or written together as `:eyes::star:`."""
    return (
        text[:1_000]
        .replace("::skin-tone-", "\x00")
        .replace("::", ": :")
        .replace("\x00", "::skin-tone-")
        .replace(",", " ")
        .split()
    )


def _problem(role: EmojiRole, named: list[str | None], taken: Mapping[str, EmojiRole]) -> EmojiProblem | None:
    if not named:
        return EmojiProblem.NONE_TO_SAVE if role is EmojiRole.SAVE else None
    if None in named:
        return EmojiProblem.UNREADABLE
    if len(named) > MOST_OF_A_ROLE:
        return EmojiProblem.TOO_MANY
    if any(name in POSITION_EMOJI for name in named):
        return EmojiProblem.NUMBER
    if any(name in taken for name in named):
        return EmojiProblem.IN_TWO_ROLES
    return None
