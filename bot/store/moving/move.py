"""A move: every row copied in batches, then compared one by one; stopped at any moment, it goes on where it was.

The source lets nobody write meanwhile and stays as it is. The target cannot be opened by anything else until every row
of it was found equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.errors import MoveDiffers, MoveFromElsewhere, StoreNotEmpty
from bot.store.connection import storable
from bot.store.moving.rows import DOCUMENTS, Digest, Table, in_batches, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bot.store.connection import Row, Value
    from bot.store.moving.rows import Kind

    # Rows done and in all, each counted once as it is copied and once as it is compared; and what is being done.
    ProgressCallback = Callable[[int, int, str], None]

_TOLD_EVERY_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The progress of an earlier try: where it copied from; of each table the last key, and how many rows."""

    source: str
    done: Mapping[str, tuple[tuple[Value, ...] | None, int]]


class MoveSource(Protocol):
    """A database of the present shape that nobody writes to."""

    @property
    def address(self) -> str:
        """Its path or address, without secrets."""

    def columns(self) -> Mapping[str, Mapping[str, Kind]]:
        """The columns of each table."""

    def references(self) -> Mapping[str, Collection[str]]:
        """The tables that each table refers to."""

    def count(self, table: Table) -> int:
        """The number of rows of a table."""

    def rows(self, table: Table, *, after: Sequence[Value] | None = None) -> Iterator[Row]:
        """The rows of a table in the order of its key, those after a key where one is given."""


class MoveTarget(MoveSource, Protocol):
    """A database of the present shape that nobody uses yet."""

    def unfinished(self) -> Unfinished | None:
        """The progress of an earlier try; None where none began."""

    def begin(self, source: str, tables: Collection[Table]) -> None:
        """Remove all rows, and be closed to everybody from now on; `tables` are those without any reference first."""

    def write(self, table: Table, rows: Sequence[Row], *, up_to: Sequence[Value], done: int) -> None:
        """Insert rows after so many that are done, and note up to which key that is: all of it or nothing.

        Raises `StoreInUse` where others than those are done: another move goes on in the same database.
        """

    def count_indexed(self) -> int:
        """The number of documents in the full-text index."""

    def finish(self, tables: Collection[Table]) -> None:
        """Open it to everybody; numbers that it gives from now on come after those there are."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows and tables that were moved, rows that had been there before, and rows that lost what is no text."""

    rows: int
    tables: int
    rows_before: int
    rows_changed: int


def move(
    source: MoveSource,
    target: MoveTarget,
    new: MoveSource,
    on_progress: ProgressCallback = lambda _done, _total, _what: None,
) -> Moved:
    """Copy every row of `source`, compare them all, and open `target`.

    The target may have the rows that a `new` database has, and else none. Raises `StoreNotEmpty`, `MoveFromElsewhere`,
    `MoveDiffers`, and what the two raise.
    """
    shape = target.columns()
    if source.columns() != shape:
        raise MoveDiffers(path=target.address, source=source.address, table=_differing(source.columns(), shape))
    tables = [Table.of(name, shape[name]) for name in in_order(target.references())]
    unfinished = target.unfinished()
    if unfinished is None:
        if not all(_is_new(target, new, table) for table in tables):
            raise StoreNotEmpty(path=target.address)
        target.begin(source.address, tables)
        unfinished = Unfinished(source.address, {table.name: (None, 0) for table in tables})
    elif unfinished.source != source.address:
        raise MoveFromElsewhere(path=target.address, source=unfinished.source)
    counts = {table.name: source.count(table) for table in tables}
    steps = _Steps(2 * sum(counts.values()), on_progress)
    changed = sum(_copy(source, target, table, *unfinished.done[table.name], steps) for table in tables)
    for table in tables:
        _compare(source, target, table, steps)
    target.finish(tables)
    before = sum(done for _, done in unfinished.done.values())
    return Moved(sum(counts.values()), len(tables), before, changed)


def _is_new(target: MoveTarget, new: MoveSource, table: Table) -> bool:
    known = {table.key_of(row) for row in new.rows(table)}
    return all(table.key_of(row) in known for row in target.rows(table))


class _Steps:
    """Rows that were dealt with, and who is told."""

    def __init__(self, total: int, on_progress: ProgressCallback) -> None:
        self._done, self._total, self._tell = 0, total, on_progress

    def take(self, rows: int, what: str) -> None:
        self._done += rows
        self._tell(min(self._done, self._total), self._total, what)


def _copy(
    source: MoveSource, target: MoveTarget, table: Table, last: tuple[Value, ...] | None, done: int, steps: _Steps
) -> int:
    """Copy the rows of a table after the last one that was; how many had something in them that is no text."""
    what = f"rows, copying {table.name}"
    steps.take(done, what)
    changed = 0
    up_to: tuple[Value, ...] = ()

    def read() -> Iterator[Row]:
        nonlocal changed, up_to
        for row in source.rows(table, after=last):
            up_to = table.key_of(row)
            kept = storable(row)
            changed += kept is not row
            yield tuple(kept)

    for batch in in_batches(table, read()):
        target.write(table, batch, up_to=up_to, done=done)
        done += len(batch)
        steps.take(len(batch), what)
    return changed


def _compare(source: MoveSource, target: MoveTarget, table: Table, steps: _Steps) -> None:
    """Read every row of a table on both sides. Raises `MoveDiffers`."""

    def read() -> Iterator[Row]:
        rows = 0
        for row in source.rows(table):
            yield tuple(storable(row))
            rows += 1
            if rows % _TOLD_EVERY_ROWS == 0:
                steps.take(_TOLD_EVERY_ROWS, what)
        steps.take(rows % _TOLD_EVERY_ROWS, what)

    what = f"rows, comparing {table.name}"
    copied = Digest.of(target.rows(table))
    is_equal = copied == Digest.of(read())
    if not is_equal or (table.name == DOCUMENTS and target.count_indexed() != copied.rows):
        raise MoveDiffers(path=target.address, source=source.address, table=table.name)


def _differing(ours: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    return ", ".join(sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)))
