"""The entries of an import: papers, and what gives none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.list_texts import clean_note, clean_tags
from bot.rules.papers import OLD_ARCHIVES, find_paper_refs
from bot.text.clean import shorten
from bot.text.readable import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from bot.rules.papers import PaperRef
    from bot.rules.reading_list import ReadingState

MOST_IMPORTED = 10_000
LONGEST_VALUE = 4_000  # characters of a field; longer than any note that is kept
_LONGEST_NAME = 120
# Looked through in a few milliseconds.
_PIECE = 10_000
_CUT = re.compile(r"[\s,;|<>()\[\]{}\"]")
_OWN_DOI = re.compile(r"10\.48550/arxiv\.(\S+)", re.IGNORECASE)
_OF_DOIS = re.compile(r"https?://(?:dx\.)?doi\.org/|10\.\d{4,9}/", re.IGNORECASE)
# Single characters that are up to eighteen once they are normalized; none of them is in an ID.
_EXPANDING = re.compile("[\u3300-\u33ff\ufb50-\ufdff]")
_OLD_NUMBER = re.compile(r"\d{7}(?:v\d{1,3})?")
_OLD_ARCHIVE = re.compile(rf"(?:{OLD_ARCHIVES})(?=\.|$)")
# Zotero gives each paper of arXiv the names of its categories.
_CATEGORY = re.compile(
    r"(?:Computer Science|Statistics|Mathematics|Physics|Quantitative (?:Biology|Finance)|Economics|Astrophysics"
    r"|Condensed Matter|Nonlinear Sciences|High Energy Physics|Electrical Engineering and Systems Science) - "
)


class SkipReason(StrEnum):
    """The reason why a part of an import gives no paper."""

    NO_ARXIV_ID = "no_arxiv_id"
    BROKEN = "broken"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    NEWER_VERSION = "newer_version"


@dataclass(frozen=True, slots=True)
class ImportedPaper:
    """A paper named by an import, and what else the import says of it; None where it does not say."""

    ref: PaperRef
    state: ReadingState | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """A part of an import that gives no paper: what names it best (a title, a key, the file's own name), and why."""

    name: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Fields:
    """The parts of a reference that tell its paper, whichever format it is in.

    `ids` are texts that are an arXiv ID and nothing else, `dois` DOIs, `links` addresses, and `mentions` texts that
    may name arXiv in words.
    """

    name: str
    ids: Iterable[str] = ()
    dois: Iterable[str] = ()
    links: Iterable[str] = ()
    mentions: Iterable[str] = ()
    archive: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    state: ReadingState | None = None
    saved_at: datetime | None = None


Entry = ImportedPaper | SkippedEntry


def entry_of(fields: Fields) -> Entry:
    """The paper of a reference, or the reason why it has none."""
    ref = next(_refs(fields), None)
    if ref is None:
        return skipped(fields.name, SkipReason.NO_ARXIV_ID)
    tags = clean_tags([tag for tag in fields.tags if not _CATEGORY.match(tag)])
    return ImportedPaper(ref, fields.state, clean_note(fields.note), tags, fields.saved_at)


def skipped(name: str, reason: SkipReason) -> SkippedEntry:
    """A part of an import that gives no paper, under a name that can be shown."""
    return SkippedEntry(shorten(readable(name[:LONGEST_VALUE]), _LONGEST_NAME), reason)


def refs_in(text: str) -> tuple[PaperRef, ...]:
    """The papers that a text names, however long it is."""
    papers: dict[str, PaperRef] = {}
    for piece in _pieces(text):
        for ref in find_paper_refs(piece if piece.isascii() else _EXPANDING.sub(" ", piece)):
            papers.setdefault(ref.id, ref)
    return tuple(papers.values())


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces, cut where no ID goes on: while one is looked through, nothing else goes on in this process."""
    start = 0
    while len(text) - start > _PIECE:
        cut = _CUT.search(text, start + _PIECE, start + 2 * _PIECE)
        end = cut.start() if cut else start + 2 * _PIECE
        yield text[start:end]
        start = end
    yield text[start:]


def _refs(fields: Fields) -> Iterator[PaperRef]:
    """The papers named, from where they are named for sure to where they are mentioned."""
    for text in fields.ids:
        if _OLD_NUMBER.fullmatch(text.strip()) and (archive := _OLD_ARCHIVE.match(fields.archive)):
            yield from refs_in(f"{archive[0]}/{text.strip()}")
        yield from refs_in(text)
    for text in (*fields.dois, *fields.links):
        if own := _OWN_DOI.search(text):
            yield from refs_in(own[1])
    for text in fields.links:
        if not _OF_DOIS.match(text.strip()):  # whose numbers may look like IDs
            yield from refs_in(text)
    for text in fields.mentions:
        if "arxiv" in text.casefold() or text.startswith("abs/"):
            yield from refs_in(text)


@dataclass(slots=True)
class Collector:
    """The entries of an import, as many as are taken, each paper once."""

    papers: dict[str, ImportedPaper] = field(default_factory=dict)
    skipped: list[SkippedEntry] = field(default_factory=list)

    def take(self, entries: Iterable[Entry]) -> None:
        """Take entries until there are too many; of a paper that is named again, what was not said before."""
        for number, entry in enumerate(entries):
            if number == MOST_IMPORTED:
                self.skipped.append(SkippedEntry("", SkipReason.TOO_MANY))
                return
            if isinstance(entry, SkippedEntry):
                self.skipped.append(entry)
            else:
                self.papers.setdefault(entry.ref.id, entry)
