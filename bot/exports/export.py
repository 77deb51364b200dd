"""Papers, or entries of a reading list, as a file of one of the formats that reference managers and people use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.rules.reading_list import SavedPaper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.rules.papers import Paper


class ExportFormat(StrEnum):
    """A format of files about papers."""

    BIBTEX = "bibtex"
    RIS = "ris"
    CSL_JSON = "csl"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"


# What the names of files end with; Slack tells their types by that.
_ENDINGS = {
    ExportFormat.BIBTEX: "bib",
    ExportFormat.RIS: "ris",
    ExportFormat.CSL_JSON: "csl.json",
    ExportFormat.MARKDOWN: "md",
    ExportFormat.CSV: "csv",
    ExportFormat.JSON: "json",
}


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file: its name, and its text, which is UTF-8 when it is written."""

    name: str
    text: str


def export(to: ExportFormat, entries: Sequence[SavedPaper | Paper], *, in_message: bool = False) -> ExportFile:
    """Put papers into a file, in the order given; a bare paper is one of which no list knows anything.

    What is not known of a paper is left out. A file that is shown as a message is kept short where its format allows.
    """
    # Each is loaded when it is first written, not at every start, where all of them take 30 ms.
    saved = [entry if isinstance(entry, SavedPaper) else None for entry in entries]
    papers = [entry.paper if isinstance(entry, SavedPaper) else entry for entry in entries]
    notes = [entry.note if entry else "" for entry in saved]
    match to:
        case ExportFormat.BIBTEX:
            from bot.exports.bibtex import bibtex

            text = bibtex(papers, in_message=in_message) + ("" if in_message else "\n")
        case ExportFormat.RIS:
            from bot.exports.ris import ris_record

            tags = [entry.tags if entry else () for entry in saved]
            text = "".join(map(ris_record, papers, notes, tags))
        case ExportFormat.CSL_JSON:
            from bot.exports.csl_json import csl_item

            text = _json_lines("[", map(csl_item, papers), "]")
        case ExportFormat.MARKDOWN:
            from bot.exports.markdown_list import markdown_item

            text = "".join(map(markdown_item, papers, notes))
        case ExportFormat.CSV:
            from bot.exports.csv_table import BYTE_ORDER_MARK, csv_table

            text = csv_table(map(_row, papers, saved))
            text = text.removeprefix(BYTE_ORDER_MARK) if in_message else text
        case ExportFormat.JSON:
            from bot.exports.json_list import BEGINNING

            text = _json_lines(BEGINNING, map(_data, papers, saved), "]}")
    name = papers[0].id.replace("/", "-") if len(papers) == 1 else "papers"
    return ExportFile(f"{name}.{_ENDINGS[to]}", text)


def _data(paper: Paper, saved: SavedPaper | None) -> dict[str, Any]:
    from bot.exports.json_list import list_facts, paper_facts

    facts = {**paper_facts(paper), **(list_facts(saved) if saved else {})}
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def _row(paper: Paper, saved: SavedPaper | None) -> dict[str, object]:
    row = _data(paper, saved)
    joined = {"authors": "; ", "tags": ", "}  # a tag has no comma in it
    return {name: joined[name].join(value) if isinstance(value, list) else value for name, value in row.items()}


def _json_lines(beginning: str, items: Iterable[dict[str, Any]], end: str) -> str:
    """JSON with a line for each item: with one for each name, a list of thousands would be too large to be imported."""
    return "\n".join([beginning, ",\n".join(json.dumps(item, ensure_ascii=False) for item in items), end, ""])
