"""The passages of a paper: its sentences and table rows, each with its section."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.papers import FoundAt, ReadSource, TextSection
from bot.rules.questions import ABSTRACT, Passage
from bot.summaries.sentences import split_sentences
from bot.text.clean import clean_text
from bot.text.languages import language_of
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.rules.papers import FullText, Material, Paper

LONGEST_PASSAGE = 500  # characters
_MOST_CHARACTERS = 600_000  # of a text; a paper of a hundred pages has half as many
_MOST_UNITS = 10_000
_LONGEST_PARAGRAPH = 4_000
# More than these in a piece: sentencex pairs quotation marks, which takes the square of their number.
_MOST_QUOTATION_MARKS = 200
_QUOTATION_MARK = re.compile("[\"'“”‘’«»„]")
_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s+")
_LONGEST_SENTENCE = 400
_LONGEST_HEADING = 80
_MOST_WORDS_OF_HEADING = 8
_REFERENCES = re.compile(r"^(?:[\dA-Z]+\.?\s*)?(?:references|bibliography|참고\s?문헌)\b", re.IGNORECASE)
_CAPTION = re.compile(r"^\W{0,3}(?:table|tab\.|표)\s?[\dA-Z]", re.IGNORECASE)
_LEANS_BACK = re.compile(
    r"(?:it|its|this|these|those|they|their|such|both|he|she|here|there|however|moreover|instead|then|thus|therefore|also"
    r"|the (?:former|latter|same|other|rest|remaining)|in (?:contrast|addition|total|all)|for (?:this|these))\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?:(?:[A-Z]|\d{1,2})(?:\.\d{1,2}){0,3}\.?\s+)?[^.|]{2,80}\.")
_MATHS = re.compile(r"[\\$]")


@dataclass(frozen=True, slots=True)
class PaperText:
    """The text questions are answered from, and what it is: the sections, `read`, and the arXiv version."""

    sections: tuple[TextSection, ...]
    read: ReadSource
    found_at: FoundAt | None = None
    arxiv_version: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The least part that can answer: a sentence or a table row, with what stands around it.

    `gap` is what stands between it and the sentence before it, if they are of one paragraph: a space, or nothing.
    `paragraph` is shared by the sentences of one paragraph and the rows of one table. `around` is what it is read with:
    the heading above it, or a table's caption. A `header` is the first row of its table. `answers` is false for what
    only names what follows: a heading, the first sentence of a table's caption, and a table's first row.
    """

    section: str
    paragraph: int
    text: str
    around: tuple[str, ...] = ()
    header: str = ""
    answers: bool = True
    gap: str = " "

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return _is_row(self.text)


def text_of_material(material: Material, title: str) -> PaperText:
    """The text that summaries of the paper with this title were made from, in its sections again."""
    titles = list(material.sections)
    sections: list[tuple[str, list[str]]] = [(ABSTRACT, [])]
    for piece in material.text.split("\n\n"):
        first, _, rest = piece.partition("\n")
        if titles and first == titles[0]:
            sections.append((titles.pop(0), [rest]))
        elif piece != title:
            sections[-1][1].append(piece)
    found = tuple(TextSection(title, "\n".join(pieces)) for title, pieces in sections)
    read = ReadSource.PART if material.read is ReadSource.FULL_TEXT else material.read
    return PaperText(found, read, material.found_at, material.arxiv_version)


def text_of_paper(paper: Paper, full_text: FullText | None) -> PaperText:
    """A paper's full text below its abstract, or else the abstract alone."""
    abstract = (TextSection(ABSTRACT, paper.abstract),) if paper.abstract else ()
    if full_text is None:
        return PaperText(abstract, ReadSource.ABSTRACT, None, paper.arxiv_version)
    return PaperText(
        (*abstract, *full_text.sections), ReadSource.FULL_TEXT, full_text.found_at, full_text.arxiv_version
    )


def units_of(text: PaperText) -> list[Unit]:
    """The sentences and table rows of a text in its order, without its references; as many as a long paper has."""
    units: list[Unit] = []
    paragraphs = _Paragraphs()
    left = _MOST_CHARACTERS
    for section in text.sections:
        if _REFERENCES.match(section.title):
            continue
        title = readable(section.title) or ABSTRACT
        read = section.text[:left]
        left -= len(read)
        for unit in paragraphs.read(title, read):
            units.append(unit)
            if len(units) >= _MOST_UNITS:
                return units
    return units


class _Paragraphs:
    """Reads sections line by line, and numbers their paragraphs."""

    def __init__(self) -> None:
        self._number = 0

    def read(self, title: str, text: str) -> Iterator[Unit]:
        language = language_of(text[:2_000])
        lines = [piece for line in text.split("\n") if line.strip() for piece in _pieces(line)]
        heading, header, caption = "", "", ""
        for place, written in enumerate(lines):
            line = readable(written)
            if _is_row(line):
                is_first = not header
                if is_first:
                    self._number += 1
                    following = _next_prose(lines, place)
                    caption = caption or (following if _CAPTION.match(following) else "")
                    header = line
                yield Unit(title, self._number, line, tuple(filter(None, (heading, caption))), header, not is_first)
                continue
            is_named = place + 1 < len(lines) and _is_row(lines[place + 1])
            is_caption = _CAPTION.match(line) is not None and (is_named or header != "")
            header = ""
            caption = line if _CAPTION.match(line) else ""
            self._number += 1
            is_heading = _is_heading(line) and place + 1 < len(lines)
            if is_heading:
                heading = line
            around = (heading,) if heading and not is_heading else ()
            end = 0
            for number, sentence in enumerate(_sentences(line, language)):
                start = line.find(sentence, end)
                gap = line[end:start]
                end = start + len(sentence)
                names_only = is_heading or (is_caption and number == 0)
                yield Unit(title, self._number, sentence, around, answers=not names_only, gap=gap)


def _pieces(line: str) -> Iterator[str]:
    """A line in pieces of a bounded length, cut between sentences, or else words, where there are any."""
    start = 0
    while len(line) - start > _LONGEST_PARAGRAPH:
        half, most = start + _LONGEST_PARAGRAPH // 2, start + _LONGEST_PARAGRAPH
        end = line.rfind(". ", half, most) + 1 or line.rfind(" ", half, most)
        end = end if end > 0 else most
        yield line[start:end]
        start = end
    yield line[start:]


def _next_prose(lines: Sequence[str], place: int) -> str:
    """The first line after the rows of a table."""
    for written in lines[place : place + 100]:
        if not _is_row(written):
            return readable(written)
    return ""


def _sentences(line: str, language: str) -> Iterator[str]:
    is_quoted_much = len(_QUOTATION_MARK.findall(line)) > _MOST_QUOTATION_MARKS
    for sentence in _END_OF_SENTENCE.split(line) if is_quoted_much else split_sentences(line, language):
        while len(sentence) > _LONGEST_SENTENCE:
            end = sentence.rfind(" ", _LONGEST_SENTENCE // 2, _LONGEST_SENTENCE)
            end = end if end > 0 else _LONGEST_SENTENCE
            yield sentence[:end].rstrip()
            sentence = sentence[end:].lstrip()
        if sentence:
            yield sentence


def _is_row(line: str) -> bool:
    return line.count("|") >= 2


def _is_heading(line: str) -> bool:
    return (
        len(line) <= _LONGEST_HEADING and len(line.split()) <= _MOST_WORDS_OF_HEADING and bool(_HEADING.fullmatch(line))
    )


def passage_at(units: Sequence[Unit], place: int) -> Passage:
    """The passage that can be read by itself around a unit: with the sentence before it where it leans on that."""
    unit = units[place]
    if unit.is_row:
        header = (unit.header,) if unit.header and unit.header != unit.text else ()
        lines = tuple(line[:LONGEST_PASSAGE] for line in (*header, unit.text))
        return Passage(unit.section, lines)
    text = unit.text
    if place and _LEANS_BACK.match(text):
        before = units[place - 1]
        if before.paragraph == unit.paragraph and len(before.text) + len(text) < LONGEST_PASSAGE:
            text = f"{before.text}{unit.gap}{text}"
    return Passage(unit.section, (text,))


def window_around(units: Sequence[Unit], place: int, *, sentences: int) -> range:
    """The places of a unit and of so many sentences before and behind it in its paragraph; of a row, itself."""
    start = end = place
    if not units[place].is_row:
        paragraph = units[place].paragraph
        while start > 0 and place - start < sentences and units[start - 1].paragraph == paragraph:
            start -= 1
        while end + 1 < len(units) and end - place < sentences and units[end + 1].paragraph == paragraph:
            end += 1
    return range(start, end + 1)


def text_of(units: Sequence[Unit]) -> str:
    """Sentences in a row as one text, as they stand in their paragraph."""
    return "".join(unit.gap + unit.text if number else unit.text for number, unit in enumerate(units))


def readable(text: str) -> str:
    """The text in one line, without LaTeX and what nobody can see."""
    line = clean_text(text)
    return clean_text(without_latex(line)) if _MATHS.search(line) else line
