"""Tables and rows as both engines have them, and how rows are told to be the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.store.tables.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bot.store.connection import Row, Value

# Written together: at most so many rows, and about so many characters, since a daily list alone may have a million.
_MOST_ROWS, _MOST_CHARACTERS = 2_000, 2_000_000
_DIGEST_BYTES = 16
# The rows that the full-text index is made of.
DOCUMENTS = "search_documents"
# How far an unfinished move is; gone at its end.
PROGRESS = "unfinished_move"


class Kind(Enum):
    """Kinds of values, one a column."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in alphabetical order, and those of its key, as they are written in SQL."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[str, ...]

    @classmethod
    def of(cls, name: str, columns: Mapping[str, Kind]) -> Table:
        """A table whose key is known by its name."""
        names = sorted(columns)
        return cls(
            name,
            tuple(f'"{column}"' for column in names),
            tuple(columns[column] for column in names),
            tuple(f'"{column.strip(chr(34))}"' for column in KEYS[name]),
        )

    def key_of(self, row: Row) -> tuple[Value, ...]:
        """The key of a row."""
        return tuple(row[self.columns.index(column)] for column in self.key)


@dataclass(frozen=True, slots=True)
class Digest:
    """The number of rows and the sum of their fingerprints, whatever order they come in."""

    rows: int
    fingerprints: int

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Digest:
        """The digest of rows: the same on both engines where every value of every row is."""
        number = total = 0
        for row in rows:
            number += 1
            total += int.from_bytes(blake2b(canonical(row), digest_size=_DIGEST_BYTES).digest())
        return cls(number, total % (1 << 8 * _DIGEST_BYTES))


def canonical(row: Row) -> bytes:
    """A row in bytes, with kinds: a 1 is no 1.0, an empty text is no NULL; only 0.0 and -0.0 are one to SQLite."""
    if float in map(type, row):
        row = tuple(value + 0.0 if type(value) is float else value for value in row)
    return repr(row).encode()


def in_batches(table: Table, rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in lists that fit into memory."""
    long = tuple(place for place, kind in enumerate(table.kinds) if kind in {Kind.TEXT, Kind.BYTES})
    batch: list[Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(len(row[place] or "") for place in long)
        if len(batch) == _MOST_ROWS or characters >= _MOST_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def in_order(references: Mapping[str, Collection[str]]) -> list[str]:
    """Tables so that each comes after those that it refers to, else in alphabetical order."""
    ordered: list[str] = []
    left = dict(sorted(references.items()))
    while left:
        ready = [name for name, wanted in left.items() if not {*wanted} & {*left} - {name}]
        if not ready:
            raise ValueError(f"These tables refer to each other: {', '.join(left)}.")
        ordered += ready
        left = {name: wanted for name, wanted in left.items() if name not in ready}
    return ordered


def write_key(key: Sequence[Value]) -> str:
    """A key as text; keys hold texts and whole numbers."""
    return json.dumps(key)


def read_key(text: str) -> tuple[Value, ...]:
    """The key of a text that `write_key` wrote."""
    return tuple(json.loads(text))
