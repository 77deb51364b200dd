"""Cleaning of untrusted text: titles, names, abstracts, commands.

Nothing here escapes for a medium; templates do. What is removed is what no reader can see and some programs obey:
control characters, invisible direction switches, broken code units.
"""

from __future__ import annotations

import re

ELLIPSIS = "…"

_SWITCHES = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
_INVISIBLE = re.compile(f"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff{_SWITCHES}\U000e0000-\U000e007f]")
# What a database keeps in no text, and no driver sends: NUL, and halves of pairs of UTF-16 that stand alone.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_STACKED_MARKS = re.compile(f"({_MARK}{{3}}){_MARK}+")
_MARKDOWN = re.compile(
    r"^[ \t]*(?:#{1,6}|[-*•])[ \t]+"
    r"|(?<!\w)(?P<marks>\*{1,3}|`{1,3})(?=\S)(?P<words>[^*`\n]+?)(?<=\S)(?P=marks)(?!\w)",
    re.MULTILINE,
)
# The blocks Unicode sets aside for right-to-left scripts (UAX #9, default classes R and AL).
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


def is_storable(text: str) -> bool:
    """Whether nothing in a text is no text at all: NUL, or a surrogate that stands alone."""
    if text.isascii():
        return "\x00" not in text
    return _NO_TEXT.search(text) is None


def make_storable(text: str) -> str:
    """The text without what is no text."""
    return _NO_TEXT.sub("", text)


def clean_text(text: str) -> str:
    """One line of visible text: white space collapsed, control and direction characters removed."""
    if not (text.isascii() and text.isprintable()):
        text = without_invisible(text)
    return " ".join(text.split())


def without_invisible(text: str) -> str:
    """The text, in its lines, without control and direction characters and without towers of accents."""
    return _STACKED_MARKS.sub(r"\1", _INVISIBLE.sub("", text))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where that costs little, with an ellipsis for what is missing."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    between_words = cut.rfind(" ")
    if between_words > limit * 2 // 3:
        cut = cut[:between_words]
    return cut.rstrip(" ,;:-–—") + ELLIPSIS


def without_markdown(text: str) -> str:
    """The text without the headings, bullets, emphasis and code marks of Markdown; links stay as they are written."""
    return _MARKDOWN.sub(lambda mark: mark["words"] or "", text)


def isolated(text: str) -> str:
    """The text wrapped in direction isolates, so that right-to-left letters in it cannot reorder what surrounds it."""
    if _RIGHT_TO_LEFT.search(text):
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text
