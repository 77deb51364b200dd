"""Emoji names as Slack writes them.

Slack sends one name for each standard emoji (`+1` where somebody typed `:thumbsup:`); `emoji.txt` has that name first.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = Path(__file__).with_name("emoji.txt")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_PRESENTATION = 0xFE0F
# What a workspace may call an emoji of its own (Slack, "Add custom emoji"): no capitals, no blanks.
_CUSTOM = re.compile(r"[^\W_A-Z][^\sA-Z:,]{0,99}|[-_+'][^\sA-Z:,]{1,99}")


def emoji_name(text: str) -> str | None:
    """The name Slack sends for an emoji, however somebody wrote it: `:Thumbsup:`, `+1`, `👍🏽`.

    A name that is not a standard emoji's is returned in lower case, for it may be a custom emoji of the workspace; None
    when it can be no emoji's name.
    """
    name = without_skin_tone(text.strip().strip(":").lower())
    standard = standard_emoji()
    if (known := standard.get(_plain(name))) is not None:
        return known
    return name if _CUSTOM.fullmatch(name) and name.isprintable() and any(map(str.isalnum, name)) else None


def is_standard(name: str) -> bool:
    """Whether every workspace has an emoji of this name."""
    return name in standard_emoji()


@cache
def standard_emoji() -> Mapping[str, str]:
    """The name Slack sends, by each character, name, and alias of a standard emoji."""
    return {each: names[0] for character, *names in _lines() for each in (_plain(character), *names)}


def same_emoji(name: str) -> str:
    """The one name that stands for an emoji and all its aliases and skin tones."""
    bare = without_skin_tone(name)
    return _other_names().get(bare, bare)


def without_skin_tone(emoji: str) -> str:
    """The emoji's own name: Slack sends `thumbsup::skin-tone-3` for a tinted 👍."""
    return emoji.partition("::skin-tone-")[0]


@cache
def _other_names() -> dict[str, str]:
    return {other: names[0] for _, *names in _lines() for other in names[1:]}


def _lines() -> Iterator[list[str]]:
    lines = _NAMES.read_text(encoding="utf-8").splitlines()
    return (line.split(" ") for line in lines if not line.startswith("# "))


def _plain(text: str) -> str:
    """A character without its skin tone, if it is none itself, and without the mark that asks for a picture."""
    return "".join(each for each in text if ord(each) not in _SKIN_TONES and ord(each) != _PRESENTATION) or text
