r"""BibTeX files as they are met with: from Zotero, Google Scholar, arXiv, DBLP, and people's own hands.

A reader of our own, since files come from anybody and are read while others wait: bibtexparser 2.1 takes ten to twenty
seconds for a megabyte of hostile text, pybtex gives up at the first mistake. Here each character is looked at a few
times at most, nesting is counted instead of followed, and a broken entry ends where a line begins with the next one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.imports.entries import LONGEST_VALUE, Fields, ImportedPaper, SkipReason, entry_of, refs_in, skipped
from bot.text.readable import readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.imports.entries import Entry

_START = re.compile(r"@[ \t]{0,20}([A-Za-z]{1,40})\s{0,20}([{(])")
_SIGN = re.compile(r"@[ \t]{0,20}[A-Za-z]{1,40}\s{0,20}(?:\{|\(\s*[^\s,(){}]{1,200}\s*,)")
_LINE_START = re.compile(r"^[ \t]{0,20}@[ \t]{0,20}[A-Za-z]{1,40}\s{0,20}[{(]", re.MULTILINE)
_KEY = re.compile(r"\s*([^\s,={}()\"#@]{0,500})\s*")
_FIELD = re.compile(r"[\s,]*([A-Za-z][\w:.+/-]{0,100})\s*=\s*")
_BRACES = re.compile(r"[{}]")
_QUOTES = re.compile(r'[{}"]')
_BARE = re.compile(r"[\w:.+/-]{1,200}")
_JOIN = re.compile(r"\s*#\s*")
_END = re.compile(r"[\s,]*")
_MOST_FIELDS = 200
_LONGEST_STRING = 200  # characters: the names of journals
_MOST_STRINGS = 2_000
_NO_ENTRIES = frozenset({"comment", "preamble"})
_CLOSING = {"{": "}", "(": ")"}
_MONTHS = {name: name for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")}
_COMMAND = re.compile(r"\\(?:url|href|texttt|emph|textit)\b|[{}]")


class _Broken(Exception):
    """Something that is no BibTeX stands here."""


def looks_like_bibtex(text: str) -> bool:
    """Whether a text has an entry in it; an address of electronic mail with something in parentheses behind is none."""
    return _SIGN.search(text) is not None


def read_bibtex(text: str) -> Iterator[Entry]:
    """The entries of a file, in their order."""
    strings: dict[str, str] = dict(_MONTHS)
    # Where an entry begins at the beginning of a line, one before it has ended, whether or not it has its brace.
    lines = [start.start() for start in _LINE_START.finditer(text)]
    position = 0
    while start := _START.search(text, position):
        yield from _outside(text[position : start.start()])
        following = bisect_right(lines, start.start(1))
        limit = lines[following] if following < len(lines) else len(text)
        kind, closing = start[1].lower(), _CLOSING[start[2]]
        if kind in _NO_ENTRIES:
            position = limit if kind == "comment" else start.end()
            continue
        reader = _Reader(text, start.end(), limit, closing, strings)
        try:
            if kind == "string":
                reader.read_string()
            else:
                yield _entry(reader.read_entry(), reader.key)
            position = reader.position
        except _Broken:
            position = limit
            if kind != "string":
                yield skipped(reader.key or start[0], SkipReason.BROKEN)
    yield from _outside(text[position:])


def _outside(text: str) -> Iterator[Entry]:
    """The papers named between entries, as where somebody pasted links beside them; not those in comments."""
    for line in text.splitlines():
        if not line.lstrip().startswith("%"):
            yield from map(ImportedPaper, refs_in(line))


class _Reader:
    """A reader of what stands between the braces of one entry."""

    def __init__(self, text: str, position: int, limit: int, closing: str, strings: dict[str, str]) -> None:
        self.position, self.key = position, ""
        self._text, self._limit, self._closing, self._strings = text, limit, closing, strings

    def read_entry(self) -> dict[str, str]:
        """The fields by their names in small letters, each the first time it stands there. Raises `_Broken`."""
        key = _KEY.match(self._text, self.position, self._limit)
        if key and not self._text.startswith("=", key.end()):
            self.key, self.position = key[1], key.end()
        fields: dict[str, str] = {}
        while (name := _FIELD.match(self._text, self.position, self._limit)) and len(fields) < _MOST_FIELDS:
            self.position = name.end()
            value = self._read_value()
            fields.setdefault(name[1].lower(), value)
        self._end()
        return fields

    def read_string(self) -> None:
        """Learn what a name stands for. Raises `_Broken`."""
        name = _FIELD.match(self._text, self.position, self._limit)
        if name is None:
            raise _Broken
        self.position = name.end()
        value = self._read_value()
        self._end()
        if len(self._strings) < _MOST_STRINGS:
            self._strings[name[1].lower()] = value[:_LONGEST_STRING]

    def _end(self) -> None:
        if end := _END.match(self._text, self.position, self._limit):
            self.position = end.end()
        if self.position >= self._limit or self._text[self.position] != self._closing:
            raise _Broken
        self.position += 1

    def _read_value(self) -> str:
        """The text of pieces joined by #."""
        pieces, length = [self._read_piece()], 0
        while join := _JOIN.match(self._text, self.position, self._limit):
            self.position = join.end()
            piece = self._read_piece()
            if length < LONGEST_VALUE:
                pieces.append(piece)
                length += len(piece)
        return "".join(pieces)[:LONGEST_VALUE]

    def _read_piece(self) -> str:
        begins = self._text[self.position : min(self.position + 1, self._limit)]
        if begins in {"{", '"'}:
            return self._read_delimited(begins)
        bare = _BARE.match(self._text, self.position, self._limit)
        if bare is None:
            raise _Broken
        self.position = bare.end()
        return self._strings.get(bare[0].lower(), bare[0])

    def _read_delimited(self, begins: str) -> str:
        depth, marks = 0, _BRACES if begins == "{" else _QUOTES
        for mark in marks.finditer(self._text, self.position + 1, self._limit):
            if not depth and (mark[0] == '"' or mark[0] == begins.replace("{", "}")):
                value = self._text[self.position + 1 : min(mark.start(), self.position + 1 + LONGEST_VALUE)]
                self.position = mark.end()
                return value
            depth += {"{": 1, "}": -1}.get(mark[0], 0)
            if depth < 0:
                break
        raise _Broken


def _entry(fields: Mapping[str, str], key: str) -> Entry:
    def told(*names: str) -> list[str]:
        return [_COMMAND.sub("", value) for name in names if (value := fields.get(name))]

    archive = " ".join(told("archiveprefix", "eprinttype")).casefold()
    of_others = archive and "arxiv" not in archive
    title, note = told("title"), told("annote", "annotation", "comment", "comments")
    keywords = told("keywords")
    return entry_of(
        Fields(
            name=title[0] if title else key,
            ids=[] if of_others else told("eprint", "arxivid", "arxiv"),
            dois=told("doi"),
            links=told("url", "howpublished", "ee", "link", "pdf"),
            mentions=[*told("journal", "journaltitle", "volume", "number", "note", "booktitle", "publisher"), key],
            archive="".join(told("primaryclass", "eprintclass")[:1]),
            note=readable(note[0]) if note else "",
            tags=tuple(readable(tag) for tag in re.split(r"[,;]", keywords[0])) if keywords else (),
        )
    )
