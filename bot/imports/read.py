"""The papers that a file or a pasted text names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import PaperRef, find_paper_refs

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.reading_list import ReadingState

LARGEST_IMPORT = 5 * 1024 * 1024  # bytes
MOST_IMPORTED = 10_000


class SkipReason(StrEnum):
    """The reason why a part of an import gives no paper."""

    NO_ARXIV_ID = "no_arxiv_id"
    BROKEN = "broken"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"


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
    """A part of an import that gives no paper: what names it best (a title, a key, a line), and why."""

    name: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Imported:
    """The papers of an import in their order, each once, and what of it gives none."""

    entries: tuple[ImportedPaper, ...]
    skipped: tuple[SkippedEntry, ...] = ()


def read_import(content: str | bytes, name: str | None = None) -> Imported:
    """The papers that a file, or a text somebody pasted, names. Never raises.

    `name` is that of the file, which helps only where the content itself does not tell its format.
    """
    if not isinstance(content, str):
        content = content.decode(errors="replace")
    return Imported(tuple(ImportedPaper(ref) for ref in find_paper_refs(content)[:MOST_IMPORTED]))
