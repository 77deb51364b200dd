"""The documents of the full-text index, which each engine keeps in its own way, from the rows they are kept in."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from bot.rules.search_documents import SearchDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.store.connection import Row
    from bot.store.moving.rows import Table


def documents_in(table: Table, rows: Iterable[Row]) -> Iterator[SearchDocument]:
    """The documents in rows of `search_documents`."""
    number, title, authors, topics, takeaways, body = (
        table.columns.index(f'"{name}"') for name in ("number", "title", "authors", "topics", "takeaways", "body")
    )
    for row in rows:
        words = zlib.decompress(row[body]).decode()
        yield SearchDocument(row[number], row[title], row[authors], row[topics], row[takeaways], words)
