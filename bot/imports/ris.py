"""RIS files as Zotero, EndNote, Mendeley, and publishers write them.

Each line is a tag, two spaces, a hyphen, and a value; what stands on lines without a tag goes on with the value above.
A reader of our own takes thirty lines; rispy looks at each line with several patterns, and only reads what is
well-formed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.imports.entries import LONGEST_VALUE, Fields, ImportedPaper, entry_of, refs_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.imports.entries import Entry

_LINE = re.compile(r"[ \t]{0,20}([A-Z][A-Z0-9])[ \t]{0,4}-(?:[ \t](.*)|)", re.DOTALL)
_TYPE = re.compile(r"^[ \t\ufeff]{0,20}TY[ \t]{0,4}-[ \t]", re.MULTILINE)
_MOST_LINES = 2_000  # of one record: more than the authors of any paper
# Zotero's notes are HTML, and what it writes about a paper of arXiv is no note of a person's.
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_IDENTIFIER = re.compile(r"arXiv:\S{1,40}(?: \[[^\[\]]{1,100}\])?", re.IGNORECASE)


def looks_like_ris(text: str) -> bool:
    """Whether a text has a record in it."""
    return _TYPE.search(text) is not None


def read_ris(text: str) -> Iterator[Entry]:
    """The records of a file, in their order; one that does not end ends where the next one begins."""
    record: dict[str, list[str]] | None = None
    lines, tag = 0, ""
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found and found[1] == "TY":
            if record is not None:
                yield _entry(record)
            record, lines = defaultdict(list), 0
        elif found and found[1] == "ER":
            if record is not None:
                yield _entry(record)
            record = None
        if record is None:
            yield from map(ImportedPaper, refs_in(line) if not found else ())
        if record is None or lines == _MOST_LINES:
            continue
        lines += 1
        if found:
            tag = found[1]
            record[tag].append((found[2] or "").strip()[:LONGEST_VALUE])
        elif line.strip() and record.get(tag):
            _go_on(record[tag], tag, line.strip())
    if record is not None:
        yield _entry(record)


def _go_on(values: list[str], tag: str, line: str) -> None:
    """EndNote puts each keyword and each address on a line of its own, below one tag."""
    if tag in {"KW", "UR"}:
        values.append(line[:LONGEST_VALUE])
    elif len(values[-1]) < LONGEST_VALUE:
        values[-1] += f"\n{line[:LONGEST_VALUE]}"


def _entry(record: Mapping[str, Sequence[str]]) -> Entry:
    def told(*tags: str) -> list[str]:
        return [value for tag in tags for value in record.get(tag, ())]

    titles = told("TI", "T1", "CT", "BT")
    notes = (_MARKUP.sub("", note).strip() for note in told("N1", "RN"))
    return entry_of(
        Fields(
            name=(titles or told("ID", "TY"))[0],
            dois=told("DO", "M3"),
            links=[link for value in told("UR", "LK", "L1", "L2", "L3", "L4") for link in value.split(";")],
            mentions=told("AN", "M1", "C1", "C7", "T2", "JO", "JF", "JA", "J2", "VL", "IS", "SN", "PB", "N1"),
            note="\n".join(note for note in notes if note and not _IDENTIFIER.fullmatch(note)),
            tags=tuple(told("KW")),
        )
    )
