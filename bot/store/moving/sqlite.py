"""An SQLite file that rows are moved from or into."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlite_utils import Database

from bot.errors import FileUnreadable, RowNotMovable, StoreInUse
from bot.store.files import acquire_run_lock, keep_to_owner
from bot.store.migrations import migrations
from bot.store.moving.documents import documents_in
from bot.store.moving.move import Unfinished
from bot.store.moving.rows import DOCUMENTS, PROGRESS, Kind, read_key, write_key
from bot.store.sqlite import connect, in_transaction, translate_errors
from bot.store.text_index import TABLE, SqliteTextIndex
from bot.store.versions import UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bot.store.connection import Row, Value
    from bot.store.moving.rows import Table

_KINDS = {"TEXT": Kind.TEXT, "INTEGER": Kind.INTEGER, "REAL": Kind.REAL, "BLOB": Kind.BYTES}
_OTHERS = frozenset({"_sqlite_migrations", PROGRESS})
_BEGIN = f"""
    INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('paperboy', '{UNFINISHED}', '');
    CREATE TABLE {PROGRESS} (source TEXT NOT NULL, part TEXT PRIMARY KEY, up_to TEXT, done INTEGER NOT NULL) STRICT
"""
_FINISH = f"""
    DROP TABLE {PROGRESS};
    DELETE FROM _sqlite_migrations WHERE name = '{UNFINISHED}'
"""


@contextmanager
def source_in_file(path: Path) -> Iterator[SqliteSide]:
    """The database in a file, to which nobody writes meanwhile; brought to the current schema first.

    Raises `FileUnreadable`, `StoreInUse`, `StoreTooNew`, `StoreUnfinished`, `StoreCorrupt` or `StoreUnusable`.
    """
    try:
        path.open("rb").close()
    except OSError as error:
        raise FileUnreadable(path=path, reason=error.strerror) from error
    with _alone(path), translate_errors(path), closing(connect(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield SqliteSide(path, db)


@contextmanager
def target_in_file(path: Path) -> Iterator[SqliteSide]:
    """The database in a file, made where there is none; raises as `source_in_file` does."""
    with translate_errors(path):
        keep_to_owner(path)
    with _alone(path), translate_errors(path), closing(connect(path, is_being_filled=True)) as db:
        db.execute("PRAGMA synchronous=NORMAL")  # until the end, what is lost with the power is copied again
        yield SqliteSide(path, db)


@contextmanager
def new_database() -> Iterator[SqliteSide]:
    """A new database, in memory."""
    with closing(sqlite3.connect(":memory:")) as db:
        migrations.apply(Database(db))
        yield SqliteSide(Path(":memory:"), db)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no bot run on a database."""
    running = acquire_run_lock(path)
    try:
        yield
    finally:
        running.release()


class SqliteSide:
    """The database in the file at `path`."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self._path = path
        self._db = db
        self.address = str(path.absolute())

    def columns(self) -> Mapping[str, Mapping[str, Kind]]:
        """The columns of each table."""
        tables = self._db.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%'"
            " ESCAPE '\\'"
        ).fetchall()
        return {
            name: {
                column: _KINDS[kind]
                for column, kind in self._db.execute("SELECT name, type FROM pragma_table_info(?)", (name,))
            }
            for (name,) in tables
            if name not in _OTHERS
        }

    def references(self) -> Mapping[str, Collection[str]]:
        """The tables that each table refers to."""
        return {
            name: {row[0] for row in self._db.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,))}
            for name in self.columns()
        }

    def count(self, table: Table) -> int:
        """The number of rows of a table."""
        return int(self._db.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])

    def rows(self, table: Table, *, after: Sequence[Value] | None = None) -> Iterator[Row]:
        """The rows of a table in the order of its key, those after a key where one is given."""
        key = ", ".join(table.key)
        later = f"WHERE ({key}) > ({', '.join('?' * len(after))})" if after else ""
        with translate_errors(self._path), closing(self._db.cursor()) as cursor:
            yield from cursor.execute(
                f"SELECT {', '.join(table.columns)} FROM {table.name} {later} ORDER BY {key}", tuple(after or ())
            )

    def unfinished(self) -> Unfinished | None:
        """The progress of an earlier try; None where none began."""
        if self._db.execute(f"SELECT 1 FROM sqlite_schema WHERE name = '{PROGRESS}'").fetchone() is None:
            return None
        noted = self._db.execute(f"SELECT source, part, up_to, done FROM {PROGRESS}").fetchall()
        return Unfinished(
            noted[0][0], {part: (read_key(up_to) if up_to else None, done) for _, part, up_to, done in noted}
        )

    def begin(self, source: str, tables: Collection[Table]) -> None:
        """Remove all rows, and be closed to everybody from now on; `tables` are those without any reference first."""

        def begin(db: sqlite3.Connection) -> None:
            for table in tables:
                db.execute(f"DELETE FROM {table.name}")
            for statement in _BEGIN.split(";"):
                db.execute(statement)
            db.executemany(
                f"INSERT INTO {PROGRESS} (source, part, done) VALUES (?, ?, 0)",
                [(source, table.name) for table in tables],
            )

        self._do(begin)

    def write(self, table: Table, rows: Sequence[Row], *, up_to: Sequence[Value], done: int) -> None:
        """Insert rows after so many that are done, and note up to which key that is: all of it or nothing.

        Raises `StoreInUse` where others than those are done: another move goes on in the same database.
        """

        def write(db: sqlite3.Connection) -> None:
            noted = db.execute(
                f"UPDATE {PROGRESS} SET up_to = ?, done = ? WHERE part = ? AND done = ?",
                (write_key(up_to), done + len(rows), table.name, done),
            )
            if noted.rowcount != 1:
                raise StoreInUse(path=self.address)
            places = ", ".join("?" * len(table.columns))
            db.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})", rows)
            if table.name == DOCUMENTS:
                db.executemany(SqliteTextIndex.ADD, map(SqliteTextIndex.columns, documents_in(table, rows)))

        try:
            self._do(write)
        except (sqlite3.IntegrityError, OverflowError) as error:
            raise RowNotMovable(path=self.address, table=table.name, reason=str(error)) from error

    def count_indexed(self) -> int:
        """The number of documents in the full-text index."""
        return int(self._db.execute(f"SELECT count(*) FROM {TABLE}_docsize").fetchone()[0])

    def finish(self, tables: Collection[Table]) -> None:
        """Open it to everybody; numbers that SQLite gives always come after those there are."""

        def finish(db: sqlite3.Connection) -> None:
            for statement in _FINISH.split(";"):
                db.execute(statement)

        self._db.execute("PRAGMA synchronous=FULL")
        self._do(finish)

    def _do(self, work: Callable[[sqlite3.Connection], None]) -> None:
        with translate_errors(self._path):
            in_transaction(self._db, work)
