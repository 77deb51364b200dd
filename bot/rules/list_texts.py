"""Notes and tags that people give to papers on their lists, as they are kept."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from bot.text.clean import clean_text, without_invisible

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NOTE = 2_000  # characters
LONGEST_TAG = 50  # characters
MOST_TAGS = 20  # of one paper


def clean_note(text: str) -> str:
    """A note as it is kept: lines of visible text, at most 2,000 characters, none empty at the ends."""
    text = unicodedata.normalize("NFC", without_invisible(text[: 4 * LONGEST_NOTE]))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(lines).strip()[:LONGEST_NOTE].rstrip()


def clean_tag(text: str) -> str | None:
    """A tag as it is kept and shown: one line of at most 50 characters without commas; None when nothing is left."""
    tag = clean_text(text[: 4 * LONGEST_TAG].replace(",", " ")).lstrip("#＃ ")
    return unicodedata.normalize("NFC", tag)[:LONGEST_TAG].strip() or None


def tag_key(tag: str) -> str:
    """The one text that stands for all tags equal to this: neither case nor the way letters are composed matters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).casefold())


def clean_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept: clean, each once, as and where it was first written, at most 20."""
    once: dict[str, str] = {}
    for tag in filter(None, map(clean_tag, tags[: 10 * MOST_TAGS])):
        once.setdefault(tag_key(tag), tag)
    return tuple(once.values())[:MOST_TAGS]


def split_tags(text: str) -> tuple[str, ...]:
    """The tags in what somebody typed, separated by commas or new lines; by blanks where each begins with #."""
    # Keyboards for Chinese, Japanese, and Korean have commas and number signs of their own.
    line = text[: 10 * MOST_TAGS * LONGEST_TAG].replace("，", ",").replace("、", ",").replace("\n", ",")
    words = line.split()
    if words and all(word.startswith(("#", "＃")) for word in words):
        return clean_tags(words)
    return clean_tags(line.split(","))
