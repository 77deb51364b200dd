"""CSV: Paperboy's own exports, also after a spreadsheet has changed them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from bot.exports.csv_table import without_guard
from bot.imports.entries import LONGEST_VALUE, Fields, SkipReason, entry_of, skipped
from bot.imports.json_lists import moment_of_text
from bot.rules.reading_list import ReadingState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.imports.entries import Entry

_STATES = {state.value: state for state in ReadingState}
_HEADING = {"id", "title"}
_LARGEST_CELL = 5 * 1024 * 1024
# The names of a thousand authors stand in one cell, which is more than the library takes by itself.
csv.field_size_limit(_LARGEST_CELL)


def read_csv(text: str) -> Iterator[Entry] | None:
    """The rows of a table with the columns of an export; None for any other text."""
    heading = text.partition("\n")[0]
    # Spreadsheets write semicolons where a comma is what others have as a decimal point.
    delimiter = max(",;\t", key=heading.count)
    try:
        columns = next(csv.reader([heading], delimiter=delimiter), [])
    except csv.Error:
        return None
    return _rows(text, delimiter) if set(columns) >= _HEADING else None


def _rows(text: str, delimiter: str) -> Iterator[Entry]:
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield skipped("", SkipReason.BROKEN)
            continue
        if row is None:
            return
        yield _entry(row)


def _entry(row: Mapping[str, str | None]) -> Entry:
    def cell(name: str) -> str:
        return without_guard((row.get(name) or "")[:LONGEST_VALUE])

    return entry_of(
        Fields(
            name=cell("title") or cell("id"),
            ids=[cell("id")],
            links=[cell("url")],
            note=cell("note"),
            tags=tuple(tag for tag in cell("tags").split(",") if tag.strip()),
            state=_STATES.get(cell("state")),
            saved_at=moment_of_text(cell("saved_at")),
        )
    )
