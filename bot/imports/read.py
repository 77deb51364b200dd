"""The papers that a file or a pasted text names."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.imports.entries import Collector, ImportedPaper, SkippedEntry, SkipReason
from bot.text.clean import make_storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.imports.entries import Entry

LARGEST_IMPORT = 5 * 1024 * 1024  # bytes, and characters of a text
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # which begins as the next one does
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NO_TEXTS = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
_HALF, _MOST = 0.4, 0.8


@dataclass(frozen=True, slots=True)
class Imported:
    """The papers of an import in their order, each once, and what of it gives none."""

    entries: tuple[ImportedPaper, ...]
    skipped: tuple[SkippedEntry, ...] = ()


def read_import(content: str | bytes, name: str = "") -> Imported:
    """The papers that a file called `name`, or a text that somebody pasted, names. Never raises.

    The format is told by the content: BibTeX, RIS, JSON (Paperboy's own and CSL), Paperboy's CSV, or else any text
    with IDs and addresses in it.
    """
    if len(content) > LARGEST_IMPORT:
        return Imported((), (SkippedEntry(name, SkipReason.TOO_LARGE),))
    text = content if isinstance(content, str) else _decoded(content)
    if text is None:
        return Imported((), (SkippedEntry(name, SkipReason.NO_TEXT),))
    collector = Collector()
    collector.take(_entries(make_storable(text).lstrip("\ufeff")))
    return Imported(tuple(collector.papers.values()), tuple(collector.skipped))


def _entries(text: str) -> Iterable[Entry]:
    # Loaded for the first import, not at every start.
    from bot.imports.addresses import read_addresses
    from bot.imports.bibtex import looks_like_bibtex, read_bibtex
    from bot.imports.csv_tables import read_csv
    from bot.imports.json_lists import read_json
    from bot.imports.ris import looks_like_ris, read_ris

    if text.lstrip()[:1] in {"{", "["} and (read := read_json(text)) is not None:
        return read
    if looks_like_ris(text):
        return read_ris(text)
    if looks_like_bibtex(text):
        return read_bibtex(text)
    table = read_csv(text)
    return read_addresses(text) if table is None else table


def _decoded(content: bytes) -> str | None:
    """The text of a file in the encoding it seems to have; None for one that is no text."""
    if content.startswith(_NO_TEXTS):
        return None
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    # Windows once called UTF-16 "Unicode", and some programs leave its mark out.
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first:2000:2].count(0) > _HALF * len(content[:2000:2]):
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        return None
    for encoding in ("utf-8", "cp949"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or _is_korean(text):
            return text
    return content.decode("cp1252", errors="replace")


def _is_korean(text: str) -> bool:
    """Whether the letters are those Korean is written with: an accent before a letter looks like a rare syllable."""
    letters = [letter for letter in text if not letter.isascii()]
    usual = sum(len(letter.encode("euc_kr", errors="ignore")) > 0 for letter in letters)
    return usual > _MOST * len(letters)
