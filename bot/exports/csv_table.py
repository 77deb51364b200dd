"""Papers as CSV (RFC 4180), for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Excel takes a file without it for one in the encoding of its country, and shows Hangul as anything but that.
BYTE_ORDER_MARK = "\ufeff"
# A cell that begins so is a formula to spreadsheets, which may fetch or run something (OWASP, "CSV Injection"); with
# an apostrophe before it, it is text. Where there are apostrophes, one more is put, so that one can be taken off again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
COLUMNS = (
    *("id", "title", "authors", "published", "url", "doi", "category", "votes", "state", "saved_at", "tags", "note"),
)


def csv_table(rows: Iterable[Mapping[str, object]]) -> str:
    """A table of these columns; what a row does not have is an empty cell."""
    written = io.StringIO()
    written.write(BYTE_ORDER_MARK)
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])
    return written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def without_guard(cell: str) -> str:
    """The text of a cell without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
