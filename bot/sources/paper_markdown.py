"""The reader of a paper's Markdown, as Hugging Face writes it: sections of plain text.

It is not markdown-it-py, which parses a document in one call: 1.4 MB took it 1.6 s, during which the event loop would
acknowledge nothing, against 0.2 s in steps of at most 0.03 s here. CommonMark would also change the formulas, which
Hugging Face leaves unescaped: `_`, `*`, and backslashes in them are no emphasis. Each line is read once, so the work
grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.rules.papers import TextSection
from bot.text.clean import clean_text, shorten, without_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CHARACTERS = 1_500_000
_MOST_LINES = 50_000
_LINES_A_STEP = 100
_LONGEST_LINE = 20_000
_LONGEST_PARAGRAPH = 50_000
_LONGEST_TITLE = 500
_LONGEST_TAG = 300
_DEEPEST_HEADING = 6
_DEEPEST_LINK = 4  # a picture in a link in brackets
_LONGEST_ADDRESS = 2000
_BRACKET = re.compile(r"[\[\]]")
_BREAKS = frozenset("-*_=")
_RULE = frozenset("|:- ")


@dataclass(slots=True)
class _Section:
    """A heading, its level (0 where there is none yet), and the paragraphs under it."""

    level: int
    title: str
    paragraphs: list[str] = field(default_factory=list)


class MarkdownReader:
    """Reads a document in small steps, between which the event loop can do other work."""

    def __init__(self, text: str) -> None:
        self._text = text[:_MOST_CHARACTERS]
        self._sections = [_Section(0, "")]

    def steps(self) -> Iterator[None]:
        """Read the document, some lines at each step."""
        lines = _without_comments(self._text).splitlines()[:_MOST_LINES]
        if lines[:1] == ["---"] and "---" in lines[1:]:
            del lines[: lines.index("---", 1) + 1]
        fence = ""
        paragraph: list[str] = []
        for number, written in enumerate(lines):
            if number % _LINES_A_STEP == 0:
                yield
            line = written[:_LONGEST_LINE].strip(" \t")
            if fence or line.startswith(("```", "~~~")):
                marks = line[: len(line) - len(line.lstrip(line[:1]))]
                if not fence:
                    fence = marks
                elif marks.startswith(fence) and marks == line:
                    fence = ""
                continue
            level = len(line) - len(line.lstrip("#"))
            if 0 < level <= _DEEPEST_HEADING and line[level : level + 1] in {" ", "\t"}:
                self._end_paragraph(paragraph)
                title = _plain(line[level:].rstrip("#").rstrip())
                self._sections += [_Section(level, shorten(title, _LONGEST_TITLE))] if title else []
            elif line.startswith("|") and line.count("|") > 1:
                self._end_paragraph(paragraph)
                self._add_row(line)
            elif line and not _BREAKS.issuperset(line):
                paragraph.append(line)
            else:
                self._end_paragraph(paragraph)
        self._end_paragraph(paragraph)

    def sections(self) -> tuple[TextSection, ...]:
        """The sections, once all steps are done."""
        headings = self._sections[1:]
        top = _level_of_sections([part.level for part in headings])
        sections: list[tuple[str, list[str]]] = []
        for part in headings:
            if part.level == top:
                sections.append((part.title, []))
            elif sections:
                sections[-1][1].append(f"{part.title}.")
            if sections:
                sections[-1][1].extend(part.paragraphs)
        found = (TextSection(title, "\n".join(paragraphs)) for title, paragraphs in sections)
        return tuple(section for section in found if section.text)

    def _add_row(self, line: str) -> None:
        """Add a table's row as the other reader has it: its cells, a bar behind each; not the rule below the header."""
        if _RULE.issuperset(line):
            return
        row = _plain(line.removeprefix("|"))
        if row.strip(" |"):
            self._sections[-1].paragraphs.append(row)

    def _end_paragraph(self, lines: list[str]) -> None:
        paragraph = _plain("\n".join(lines)[:_LONGEST_PARAGRAPH])
        lines.clear()
        if paragraph:
            self._sections[-1].paragraphs.append(paragraph)


def _level_of_sections(levels: list[int]) -> int:
    """The highest level that occurs more than once: the one above is the paper's title."""
    often = [level for level, count in Counter(levels).items() if count > 1]
    return min(often, default=min(levels, default=1))


def _without_comments(text: str) -> str:
    kept = []
    place = 0
    while (start := text.find("<!--", place)) >= 0:
        kept.append(text[place:start])
        end = text.find("-->", start + 4)
        place = end + 3 if end >= 0 else len(text)
    return "".join([*kept, text[place:]])


def _plain(text: str) -> str:
    return clean_text(without_markdown(_without_links(_without_tags(text))))


def _without_tags(text: str) -> str:
    kept = []
    place = 0
    while (start := text.find("<", place)) >= 0:
        kept.append(text[place:start])
        end = text.find(">", start, start + _LONGEST_TAG)
        is_tag = end > start and (text[start + 1].isalpha() or text[start + 1 : start + 2] == "/")
        if not is_tag:
            kept.append("<")
        place = end + 1 if is_tag else start + 1
    kept.append(text[place:])
    return "".join(kept)


def _without_links(text: str) -> str:
    """The text with links' words in place of links, and without images."""
    kept: list[str] = []
    begun: deque[int] = deque(maxlen=_DEEPEST_LINK)  # where in `kept` the words of a link may begin
    place = 0
    for mark in _BRACKET.finditer(text):
        at = mark.start()
        if at < place:
            continue
        if mark[0] == "[":
            kept.append(text[place:at])
            begun.append(len(kept))
            place = at
        elif begun:
            start = begun.pop()
            end = text.find(")", at, at + _LONGEST_ADDRESS) if text[at + 1 : at + 2] == "(" else -1
            if end < 0:
                continue
            words = "".join([*kept[start:], text[place:at]])[1:]
            del kept[start:]
            if kept[-1].endswith("!"):
                kept[-1] = kept[-1][:-1]
                words = ""
            kept.append(words)
            place = end + 1
    return "".join([*kept, text[place:]])
