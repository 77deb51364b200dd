"""Papers, or entries of a reading list, as a file of one of the formats that reference managers and people use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.exports.bibtex import bibtex
from bot.rules.papers import Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.reading_list import SavedPaper


class ExportFormat(StrEnum):
    """A format of files about papers."""

    BIBTEX = "bibtex"
    RIS = "ris"
    CSL_JSON = "csl"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file: its name, its media type, and its text, which is UTF-8 when it is written."""

    name: str
    media_type: str
    text: str


def export(to: ExportFormat, entries: Sequence[SavedPaper | Paper]) -> ExportFile:
    """Put papers into a file, in the order given; a bare paper is one of which no list knows anything.

    What is not known of a paper is left out.
    """
    papers = [entry if isinstance(entry, Paper) else entry.paper for entry in entries]
    name = papers[0].id.replace("/", "-") if len(papers) == 1 else "papers"
    return ExportFile(f"{name}.bib", "application/x-bibtex", bibtex(papers))
