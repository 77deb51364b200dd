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
    from collections.abc import Callable, Iterator, Sequence

    from bot.rules.papers import FullText, Material, Paper

LONGEST_PASSAGE = 450  # characters; of a table's row with what stands above it, somewhat more
_LONGEST_CAPTION = 200
_LONGEST_ITEM = 200
_MOST_ROWS_AROUND = 12
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
    the heading above it, and of a row the table's `caption`. A `header` is the first row of its table. `answers` is
    false for what only names what follows: a heading, the first sentence of a table's caption, and a table's first row.
    """

    section: str
    paragraph: int
    text: str
    around: tuple[str, ...] = ()
    header: str = ""
    answers: bool = True
    gap: str = " "
    caption: str = ""

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
                around = tuple(filter(None, (heading, caption)))
                yield Unit(title, self._number, line, around, header, not is_first, caption=caption)
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


def passage_around(
    units: Sequence[Unit], place: int, *, is_wanted: Callable[[int], bool], is_shown: Callable[[int], bool]
) -> tuple[Passage, tuple[int, ...]]:
    """The passage that can be read by itself around a unit, and the places it takes; none of those already shown.

    That is the sentence with as much of its paragraph as fits, what follows first, and behind a colon or a caption the
    lines or the table that it announces; or the row with its table's caption and header, and as many of that table's
    other rows as are wanted and fit.
    """
    if units[place].is_row:
        return _rows_around(units, place, is_wanted, is_shown)
    sentences = _sentences_around(units, place, is_shown)
    text = text_of([units[each] for each in sentences])
    announced = _announced(units, sentences[-1], LONGEST_PASSAGE - len(text), is_shown)
    lines = (text, *(units[each].text for each in announced))
    return Passage(units[place].section, lines), (*sentences, *announced)


def _sentences_around(units: Sequence[Unit], place: int, is_shown: Callable[[int], bool]) -> tuple[int, ...]:
    """The places of the sentences shown with one: by turns the next one and the one before, as far as they fit."""
    start = end = place
    left = LONGEST_PASSAGE - len(units[place].text)
    turns = [1, -1]
    if _LEANS_BACK.match(units[place].text):
        turns.reverse()
    while turns:
        step = turns.pop(0)
        beside = end + 1 if step > 0 else start - 1
        if not 0 <= beside < len(units) or units[beside].paragraph != units[place].paragraph or is_shown(beside):
            continue
        length = len(units[beside].text) + len(units[max(beside, place)].gap)
        if length > left:
            continue
        left -= length
        start, end = min(start, beside), max(end, beside)
        turns.append(step)
    return tuple(range(start, end + 1))


def _announced(units: Sequence[Unit], place: int, left: int, is_shown: Callable[[int], bool]) -> list[int]:
    """The places of what a sentence announces, in so many characters: all of the table below its caption, or a list.

    Half a table would say something else, as would one of many items: those aren't shown.
    """
    found: list[int] = []
    text, section = units[place].text, units[place].section
    is_end = True
    for behind in range(place + 1, min(len(units), place + LONGEST_PASSAGE)):
        unit = units[behind]
        is_row = unit.is_row and text in unit.caption
        is_item = text.endswith((":", "：")) and _is_alone(units, behind) and len(unit.text) <= _LONGEST_ITEM
        if unit.section != section or not (is_item or is_row):
            break
        left -= len(unit.text)
        if left < 0 or is_shown(behind):
            is_end = not is_row and len(found) > 1
            break
        found.append(behind)
    return found if is_end else []


def _is_alone(units: Sequence[Unit], place: int) -> bool:
    """Whether a unit is all of its paragraph."""
    return not units[place].is_row and len(window_around(units, place, sentences=1)) == 1


def _rows_around(
    units: Sequence[Unit], place: int, is_wanted: Callable[[int], bool], is_shown: Callable[[int], bool]
) -> tuple[Passage, tuple[int, ...]]:
    """A row below its caption and header, among the wanted rows of its table, the nearest ones as far as they fit."""
    above = lines_above(units[place])
    left = LONGEST_PASSAGE - len(units[place].text) - sum(map(len, above))
    table = window_around(units, place, sentences=_MOST_ROWS_AROUND)
    places = [place]
    for other in sorted(table, key=lambda each: abs(each - place)):
        length = len(units[other].text)
        if other != place and length <= left and is_wanted(other) and not is_shown(other):
            left -= length
            places.append(other)
    places.sort()
    lines = (*above, *(units[each].text[:LONGEST_PASSAGE] for each in places))
    return Passage(units[place].section, lines), tuple(places)


def lines_above(row: Unit) -> tuple[str, ...]:
    """The lines that a row is shown below, so that its numbers have names: its table's caption, cut, and header."""
    caption = row.caption
    if len(caption) > _LONGEST_CAPTION:
        end = caption.rfind(". ", 0, _LONGEST_CAPTION) + 1 or caption.rfind(" ", 0, _LONGEST_CAPTION)
        caption = caption[: end if end > 0 else _LONGEST_CAPTION]
    header = row.header[:LONGEST_PASSAGE] if row.header != row.text else ""
    return tuple(filter(None, (caption, header)))


def window_around(units: Sequence[Unit], place: int, *, sentences: int) -> range:
    """The places of a unit and of so many sentences before and behind it in its paragraph, or rows in its table."""
    start = end = place
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
