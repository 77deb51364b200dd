"""A database of a PostgreSQL server that rows are moved from or into."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors

from bot.errors import RowNotMovable, ServerUnusable, StoreInUse
from bot.store import postgres
from bot.store.moving.documents import documents_in
from bot.store.moving.move import Unfinished
from bot.store.moving.rows import DOCUMENTS, PROGRESS, Kind, read_key, write_key
from bot.store.postgres_connection import address_of, connection_options, in_one_line
from bot.store.postgres_migrations import KNOWN
from bot.store.tables.columns import to_text
from bot.store.text_index import TABLE, tsvector
from bot.store.versions import UNFINISHED, check_applied

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bot.store.connection import Row, Value
    from bot.store.moving.rows import Table

_KINDS = {"text": Kind.TEXT, "int8": Kind.INTEGER, "float8": Kind.REAL, "bytea": Kind.BYTES}
_TYPES = {kind: name for name, kind in _KINDS.items()}
_OTHERS = frozenset({"migrations", TABLE, PROGRESS})
_LOCK_SECONDS = 5
# Rows may take as long as they need, but a network that says nothing is noticed.
_NETWORK: Mapping[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_BOUNDS = (
    f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'; SET LOCAL statement_timeout = 0;"
    " SET LOCAL idle_in_transaction_session_timeout = 0"
)
_BEGIN = f"""
    INSERT INTO migrations (name, oldest_writer) VALUES ('{UNFINISHED}', '{UNFINISHED}');
    CREATE TABLE {PROGRESS} (source TEXT NOT NULL, part TEXT PRIMARY KEY, up_to TEXT, done BIGINT NOT NULL)
"""
_FINISH = f"DROP TABLE {PROGRESS}; DELETE FROM migrations WHERE name = '{UNFINISHED}'"


@contextmanager
def source_on_server(url: str) -> Iterator[PostgresSide]:
    """The database at an address, to which nobody writes meanwhile; brought to the current schema first.

    Raises `StoreInUse`, `StoreTooNew`, `StoreUnfinished` or `ServerUnusable`.
    """
    _shape(url)
    with _connected(url) as side, side.translating():
        if side.has_replicas():
            raise StoreInUse(path=side.address)
        tables = sorted(side.columns())
        with side.connection.transaction():
            side.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            side.connection.execute(_BOUNDS)
            side.lock(tables)  # before anything is read: the moment that is read begins with the first query
            yield side


@contextmanager
def target_on_server(url: str) -> Iterator[PostgresSide]:
    """The database at an address, its tables created where there are none; raises as `source_on_server` does."""
    with _connected(url) as side:
        if side.unfinished() is None:
            _shape(url)
        else:
            check_applied(side.applied(), KNOWN, path=side.address, is_being_filled=True)
        yield side


def _shape(url: str) -> None:
    async def shape() -> None:
        store = await postgres.open_store(url, connections=1)
        await store.close()

    asyncio.run(shape())


@contextmanager
def _connected(url: str) -> Iterator[PostgresSide]:
    address = address_of(url)
    try:
        connection = psycopg.connect(url, **{**connection_options(url), **_NETWORK})
    except psycopg.Error as error:
        raise ServerUnusable(path=address, reason=in_one_line(error)) from error
    try:
        yield PostgresSide(address, connection)
    finally:
        connection.close()


class PostgresSide:
    """The database at an address."""

    def __init__(self, address: str, connection: psycopg.Connection[Any]) -> None:
        self.address = address
        self.connection = connection

    def columns(self) -> Mapping[str, Mapping[str, Kind]]:
        """The columns of each table."""
        with self.translating():
            rows = self.connection.execute(
                "SELECT c.table_name, c.column_name, c.udt_name FROM information_schema.columns c"
                " JOIN information_schema.tables t USING (table_schema, table_name)"
                " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
            ).fetchall()
        found: dict[str, dict[str, Kind]] = {}
        for table, column, type_name in rows:
            if table not in _OTHERS:
                found.setdefault(table, {})[column] = _KINDS[type_name]
        return found

    def references(self) -> Mapping[str, Collection[str]]:
        """The tables that each table refers to."""
        found: dict[str, set[str]] = {name: set() for name in self.columns()}
        with self.translating():
            for table, other in self.connection.execute(
                "SELECT c.relname, o.relname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid"
                " JOIN pg_class o ON o.oid = f.confrelid"
                " WHERE f.contype = 'f' AND f.connamespace = CAST(current_schema() AS regnamespace)"
            ):
                found[table].add(other)
        return found

    def count(self, table: Table) -> int:
        """The number of rows of a table."""
        with self.translating():
            row = self.connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()
        return int(row[0]) if row else 0

    def rows(self, table: Table, *, after: Sequence[Value] | None = None) -> Iterator[Row]:
        """The rows of a table in the order of its key, those after a key where one is given."""
        key = ", ".join(table.key)
        later = f"WHERE ({key}) > ({', '.join(['%s'] * len(after))})" if after else ""
        with (
            self.translating(),
            self.connection.cursor().copy(
                f"COPY (SELECT {', '.join(table.columns)} FROM {table.name} {later} ORDER BY {key}) TO STDOUT", after
            ) as copy,
        ):
            copy.set_types([_TYPES[kind] for kind in table.kinds])
            yield from copy.rows()

    def applied(self) -> Mapping[str, str]:
        """The migrations it has had, each with the oldest that a program must know to go on writing."""
        with self.translating():
            return dict(self.connection.execute("SELECT name, oldest_writer FROM migrations").fetchall())

    def has_replicas(self) -> bool:
        """Whether a bot runs on it, by the server's clock."""
        with self.translating():
            row = self.connection.execute("SELECT clock_timestamp(), max(alive_until) FROM replicas").fetchone()
        return bool(row and row[1] and row[1] > to_text(row[0]))

    def lock(self, tables: Collection[str]) -> None:
        """Let nobody write until the end of the transaction. Raises `StoreInUse`."""
        try:
            self.connection.execute(f"LOCK TABLE {', '.join(tables)} IN SHARE MODE")
        except errors.LockNotAvailable as error:
            raise StoreInUse(path=self.address) from error

    def unfinished(self) -> Unfinished | None:
        """The progress of an earlier try; None where none began."""
        with self.translating():
            there = self.connection.execute(f"SELECT to_regclass('{PROGRESS}') IS NOT NULL").fetchone()
            if not there or not there[0]:
                return None
            noted = self.connection.execute(f"SELECT source, part, up_to, done FROM {PROGRESS}").fetchall()
        return Unfinished(
            noted[0][0], {part: (read_key(up_to) if up_to else None, done) for _, part, up_to, done in noted}
        )

    def begin(self, source: str, tables: Collection[Table]) -> None:
        """Remove all rows, and be closed to everybody from now on; `tables` are those without any reference first."""
        with self._writing():
            self.connection.execute(f"TRUNCATE {', '.join(table.name for table in tables)}, {TABLE}")
            self.connection.execute(_BEGIN)
            self.connection.cursor().executemany(
                f"INSERT INTO {PROGRESS} (source, part, done) VALUES (%s, %s, 0)",
                [(source, table.name) for table in tables],
            )

    def write(self, table: Table, rows: Sequence[Row], *, up_to: Sequence[Value], done: int) -> None:
        """Insert rows after so many that are done, and note up to which key that is: all of it or nothing.

        Raises `StoreInUse` where others than those are done: another move goes on in the same database.
        """
        with self._writing(table):
            noted = self.connection.execute(
                f"UPDATE {PROGRESS} SET up_to = %s, done = %s WHERE part = %s AND done = %s",
                (write_key(up_to), done + len(rows), table.name, done),
            )
            if noted.rowcount != 1:
                raise StoreInUse(path=self.address)
            with self.connection.cursor().copy(f"COPY {table.name} ({', '.join(table.columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            if table.name == DOCUMENTS:
                with self.connection.cursor().copy(f"COPY {TABLE} (number, words) FROM STDIN") as copy:
                    for document in documents_in(table, rows):
                        copy.write_row((document.number, tsvector(document)))

    def count_indexed(self) -> int:
        """The number of documents in the full-text index."""
        with self.translating():
            row = self.connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()
        return int(row[0]) if row else 0

    def finish(self, tables: Collection[Table]) -> None:
        """Open it to everybody; numbers that it gives from now on come after those there are."""
        with self._writing():
            for table, column in self.connection.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND is_identity = 'YES'"
            ).fetchall():
                self.connection.execute(
                    f"SELECT setval(pg_get_serial_sequence(%s, %s), max({column})) FROM {table}"
                    f" HAVING max({column}) > 0",
                    (table, column),
                )
            self.connection.execute(_FINISH)
        with self.translating():  # the planner knows nothing yet of so many rows
            self.connection.execute(f"ANALYZE {', '.join(table.name for table in tables)}, {TABLE}")

    @contextmanager
    def _writing(self, table: Table | None = None) -> Iterator[None]:
        with self.translating(table), self.connection.transaction():
            self.connection.execute(_BOUNDS)
            yield

    @contextmanager
    def translating(self, table: Table | None = None) -> Iterator[None]:
        """Raise our own errors for those of PostgreSQL."""
        try:
            yield
        except (errors.IntegrityError, errors.DataError, errors.ProgramLimitExceeded) as error:
            raise RowNotMovable(
                path=self.address, table=table.name if table else "", reason=in_one_line(error)
            ) from error
        except psycopg.Error as error:
            raise ServerUnusable(path=self.address, reason=in_one_line(error)) from error
