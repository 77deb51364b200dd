"""The material of a summary: a paper's title and abstract, and as much of its full text as fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.papers import Material, ReadSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import FullText, Paper, TextSection

# The share of the space a section gets by its heading; a heading that matches none of these counts as the method.
_SHARES = tuple(
    (re.compile(words, re.IGNORECASE), share)
    for words, share in (
        (r"acknowledg|reference|bibliograph|contribution statement|funding|conflict of interest|checklist", 0),
        (r"^appendi(?:x|ces)|^supplement|^contents$", 0),
        (r"limitation|ethic|broader impact|societal", 2),
        (r"introduction|conclusion|discussion|summary|future", 3),
        (r"related|background|preliminar", 1),
        (r"experiment|result|evaluation|analysis|ablation|benchmark", 4),
    )
)
_SHARE_OF_METHOD = 4
_LAST = re.compile(r"^(?:\d+\.?\s*)?(?:references|bibliography)\b", re.IGNORECASE)
_BETWEEN = "\n\n"
_SHORTEST_PIECE = 200  # characters; less of a section tells nothing
_END_OF_SENTENCE = re.compile(r"(?<=[.!?。])\s")


@dataclass(frozen=True, slots=True)
class _Wanted:
    section: TextSection
    share: int


def choose_material(paper: Paper, full_text: FullText | None, *, most_characters: int) -> Material | None:
    """Title, abstract, and the most relevant sections of the full text, each cut fairly, in the paper's order.

    None when there is neither a full text nor an abstract to speak of: out of nothing a model invents.
    """
    opening = _BETWEEN.join(part for part in (paper.title, paper.abstract) if part)
    if full_text is None or not full_text.sections:
        from bot.summaries.extract import is_too_short  # see `Library.recall`

        if is_too_short(paper.abstract):
            return None
        return Material(_cut(opening, most_characters), ReadSource.ABSTRACT, None, paper.arxiv_version)
    opening = _cut(opening, most_characters // 2)
    wanted = _wanted(full_text.sections)
    room = most_characters - len(opening)
    lengths = [len(each.section.title) + 1 + len(each.section.text) for each in wanted]
    given = _share_out(lengths, wanted, room - len(_BETWEEN) * len(wanted))
    pieces = [
        (each.section.title, _cut(f"{each.section.title}\n{each.section.text}", share))
        for each, length, share in zip(wanted, lengths, given, strict=True)
        if share >= min(length, _SHORTEST_PIECE)
    ]
    if not pieces:
        return choose_material(paper, None, most_characters=most_characters)
    text = _BETWEEN.join([opening, *(piece for _, piece in pieces)])
    titles = tuple(title for title, _ in pieces)
    return Material(text, ReadSource.FULL_TEXT, full_text.found_at, full_text.arxiv_version, titles)


def _wanted(sections: Sequence[TextSection]) -> list[_Wanted]:
    """The sections before the references that a summary may need, each with its share."""
    found = []
    for section in sections:
        if _LAST.search(section.title):
            break
        if share := _share_of(section.title):
            found.append(_Wanted(section, share))
    return found


def _share_of(title: str) -> int:
    return next((share for pattern, share in _SHARES if pattern.search(title)), _SHARE_OF_METHOD)


def _share_out(lengths: Sequence[int], wanted: Sequence[_Wanted], room: int) -> list[int]:
    """The characters each section gets; what a short one does not need goes to the others."""
    given = [0] * len(lengths)
    open_places = list(range(len(lengths)))
    while open_places:
        whole = sum(wanted[place].share for place in open_places)
        satisfied = [place for place in open_places if lengths[place] <= room * wanted[place].share // whole]
        if not satisfied:
            for place in open_places:
                given[place] = room * wanted[place].share // whole
            break
        for place in satisfied:
            given[place] = lengths[place]
        room -= sum(lengths[place] for place in satisfied)
        open_places = [place for place in open_places if place not in satisfied]
    return given


def _cut(text: str, most: int) -> str:
    """At most so many characters, cut after a sentence where one ends in the last half."""
    if len(text) <= most:
        return text
    kept = text[: max(0, most)]
    ends = [match.start() for match in _END_OF_SENTENCE.finditer(kept)]
    return kept[: ends[-1]] if ends and ends[-1] > most // 2 else kept
