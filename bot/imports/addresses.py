"""Plain texts: IDs and addresses of papers, one a line or in prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.imports.entries import LONGEST_VALUE, ImportedPaper, SkipReason, refs_in, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.imports.entries import Entry

_SHORTEST_ID = len("0704.0001")
_ADDRESS = re.compile(r"https?://|\bwww\.|\bdoi:|\b10\.\d{4,9}/", re.IGNORECASE)


def read_addresses(text: str) -> Iterator[Entry]:
    """The papers that a text names, and its lines with an address that is no paper's."""
    for line in text.splitlines():
        if len(line) < _SHORTEST_ID:
            continue
        refs = refs_in(line)
        yield from map(ImportedPaper, refs)
        if not refs and _ADDRESS.search(line):
            yield skipped(line[:LONGEST_VALUE], SkipReason.NO_ARXIV_ID)
