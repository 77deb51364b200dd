"""A paper's Markdown read as sections of plain text."""

from __future__ import annotations

import re
from collections import Counter

from bot.legible import legible, without_markdown
from bot.papers import TextSection

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*\n.*?(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>\n]{0,300}>")
_BREAK = re.compile(r"\n[ \t]*\n")


def read_markdown(text: str) -> tuple[TextSection, ...]:
    """The sections of a document, each with its subsections; pictures, code, comments and link targets are left out.

    What stands before the first section belongs to none.
    """
    for unread in (_FRONT_MATTER, _FENCE, _COMMENT, _IMAGE):
        text = unread.sub("", text.replace("\r\n", "\n"))
    headings = list(_HEADING.finditer(text))
    top = _level_of_sections([len(heading[1]) for heading in headings])
    starts = [heading for heading in headings if len(heading[1]) == top]
    ends = [*(heading.start() for heading in starts[1:]), len(text)]
    found = [
        TextSection(_plain(start[2]), _paragraphs(text[start.end() : end]))
        for start, end in zip(starts, ends, strict=False)
    ]
    return tuple(section for section in found if section.text)


def _level_of_sections(levels: list[int]) -> int:
    """The highest level that occurs more than once: the one above is the paper's title."""
    often = [level for level, count in Counter(levels).items() if count > 1]
    return min(often, default=min(levels, default=1))


def _paragraphs(text: str) -> str:
    paragraphs = (_plain(_HEADING.sub(r"\2.", paragraph)) for paragraph in _BREAK.split(text))
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _plain(text: str) -> str:
    return legible(without_markdown(_TAG.sub("", _LINK.sub(r"\1", text))))
