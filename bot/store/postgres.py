"""The store in a database of a PostgreSQL server.

Every write is a transaction: READ COMMITTED where it is one statement whose condition is about the row that it changes,
SERIALIZABLE where it decides by what it reads; then it is as if one had happened after the other, or it fails and is
run again (postgresql.org, transaction isolation: 40001, and 40P01 for a deadlock). So it is when the connection drops;
where that happened while it was committed, the server is asked first what became of it. Reads see one moment.

Nothing is prepared and nothing set for a whole session, so that connections may come out of anybody's pool
(pgbouncer.org, features).
"""

from __future__ import annotations

import asyncio
import random
import re
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from bot.errors import ServerUnusable
from bot.store import Store
from bot.store.connection import Engine, storable
from bot.store.postgres_schema import FIRST, FIRST_SCHEMA, OLDEST_WRITERS, STEPS
from bot.store.versions import check_applied

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from typing import TypeAlias

    from bot.store.connection import Connection, Row, Value, Values, Work

    _Work: TypeAlias = Callable[["PostgresConnection"], Coroutine[Any, Any, "T"]]

T = TypeVar("T")

CONNECTIONS = 8
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 10
# How long one try of a transaction may take in all, also where the network says nothing any more.
_TRY_SECONDS = 30
# How often a transaction is run in all, and the longest wait before it is run again.
_TRIES = 15
_LONGEST_WAIT_SECONDS = 0.25
# How long is waited, in seconds, for the end of a transaction whose connection dropped.
_WAITS_FOR_THE_END = (0.05, 0.1, 0.2, 0.5, 1, 2, 5)
HOW_TO_CONNECT: Mapping[str, Any] = MappingProxyType(
    {
        "autocommit": True,
        "prepare_threshold": None,
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "paperboy",
        "client_encoding": "UTF8",
    }
)
# What libpq asks who reads of a connection that failed.
_ADVICE = "Is the server running"
_OLDEST_SERVER = 15_00_00
# How long a step of a migration may take, and who starts meanwhile waits for it.
_MIGRATION_SECONDS = 600
# Any number, of which others who lock something by one make no use.
_SHAPING = 5_072_024
_BOUNDS = (
    f"SET LOCAL statement_timeout = {_STATEMENT_SECONDS * 1000};"
    f" SET LOCAL idle_in_transaction_session_timeout = {_TRY_SECONDS * 1000}"
)
_READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_BOUNDS}"
_NUMBER = "SELECT pg_current_xact_id()::text"
_WRITE = f"BEGIN ISOLATION LEVEL SERIALIZABLE; {_BOUNDS}; {_NUMBER}"
_WRITE_AT_ONCE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_BOUNDS}; {_NUMBER}"


async def open_store(url: str, *, connections: int = CONNECTIONS) -> Store:
    """The store in the database at `url`; see `PostgresDatabase.open`."""
    return Store(await PostgresDatabase.open(url, connections=connections))


class PostgresDatabase:
    """The database at an address."""

    def __init__(self, address: str, pool: AsyncConnectionPool[Any]) -> None:
        self.address = address
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, connections: int = CONNECTIONS) -> PostgresDatabase:
        """Open the database, with at most so many connections, and create its tables when it has none.

        Raises `StoreTooNew` or `ServerUnusable`.
        """
        address = address_of(url)
        try:
            await _prepare(url, address)
        except (psycopg.Error, OSError, TimeoutError) as error:
            raise ServerUnusable(path=address, reason=in_one_line(error)) from error
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            url, min_size=1, max_size=connections, timeout=_CONNECT_SECONDS, open=False, kwargs={**HOW_TO_CONNECT}
        )
        try:
            await pool.open(wait=True, timeout=_CONNECT_SECONDS)
        except PoolTimeout as error:
            await pool.close()
            raise ServerUnusable(path=address, reason=str(error)) from error
        except BaseException:
            await pool.close()
            raise
        return cls(address, pool)

    async def close(self) -> None:
        """Finish what was begun and let go of the server."""
        await self._pool.close()

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` wholly or not at all, again from its start when somebody else was in its way."""
        return await self._do(_WRITE_AT_ONCE if is_one_statement else _WRITE, work)

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads, all of it as of one moment."""
        return await self._do(_READ, work)

    async def read_few(self, work: Work[T]) -> T:
        """Do `work`, which only reads, all of it as of one moment."""
        return await self._do(_READ, work)

    async def _do(self, begin: str, work: _Work[T]) -> T:
        reason: psycopg.Error | None = None
        for number in range(_TRIES):
            try:
                return await self._try(begin, work)
            except (errors.SerializationFailure, errors.DeadlockDetected) as error:
                reason = error
                await asyncio.sleep(random.uniform(0, min(_LONGEST_WAIT_SECONDS, 0.005 * 2**number)))  # noqa: S311 - it spreads tries, it keeps no secret
            except _Dropped as dropped:
                reason = dropped.error
                await self._pool.check()  # what dropped one connection may have dropped all
                if dropped.number and await self._was_committed(dropped.number):
                    result: T = dropped.result
                    return result
        raise ServerUnusable(path=self.address, reason=in_one_line(reason) if reason else "") from reason

    async def _try(self, begin: str, work: _Work[T]) -> T:
        try:
            async with asyncio.timeout(_TRY_SECONDS), self._pool.connection() as connection:
                number, result = None, None
                try:
                    begun = await connection.execute(begin)
                    result = await work(PostgresConnection(connection))
                    number = await _number_of(begun)
                    await _commit(connection)
                except psycopg.OperationalError as error:
                    if connection.closed:
                        raise _Dropped(error, number, result) from error
                    raise
                return result
        except (errors.SerializationFailure, errors.DeadlockDetected):
            raise
        except (PoolTimeout, PoolClosed, TooManyRequests, TimeoutError, OSError) as error:
            raise ServerUnusable(path=self.address, reason=in_one_line(error)) from error
        except (psycopg.OperationalError, psycopg.InternalError) as error:
            raise ServerUnusable(path=self.address, reason=in_one_line(error)) from error

    async def _was_committed(self, number: str) -> bool:
        """Whether a transaction was committed whose connection dropped meanwhile.

        It may be that the server has not noticed yet: a transaction that is waited for ends, one way or the other.
        """
        for wait in _WAITS_FOR_THE_END:
            row = await self.read(lambda db: db.row("SELECT pg_xact_status(CAST(? AS xid8))", (number,)))
            if row and row[0] != "in progress":
                return bool(row[0] == "committed")
            await asyncio.sleep(wait)
        raise ServerUnusable(path=self.address, reason="nobody knows whether it was written")


async def _prepare(url: str, address: str) -> None:
    """Bring the database to the current schema; what keeps us from it is told better here than by a pool.

    One of several processes that start at once does so, and the others wait. Raises `StoreTooNew`, `ServerUnusable`, or
    what psycopg does.
    """
    async with await psycopg.AsyncConnection.connect(url, **HOW_TO_CONNECT) as connection, connection.transaction():
        if connection.info.server_version < _OLDEST_SERVER:
            version = connection.info.server_version // 10_000
            reason = f"it runs PostgreSQL {version}, and Paperboy needs {_OLDEST_SERVER // 10_000} or newer"
            raise ServerUnusable(path=address, reason=reason)
        await connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        encoding = await _setting(connection, "server_encoding")
        if encoding != "UTF8":
            raise ServerUnusable(path=address, reason=f"its encoding is {encoding}, and Paperboy needs UTF8")
        await connection.execute(f"SET LOCAL statement_timeout = {_MIGRATION_SECONDS * 1000}")
        await _migrate(PostgresConnection(connection), address)


async def _setting(connection: psycopg.AsyncConnection[Any], name: str) -> str:
    row = await (await connection.execute("SELECT current_setting(%s)", (name,))).fetchone()
    return str(row[0]) if row else ""


async def _migrate(connection: PostgresConnection, address: str) -> None:
    await connection.rows("SELECT pg_advisory_xact_lock(?)", (_SHAPING,))
    there = await connection.row("SELECT to_regclass('migrations') IS NOT NULL")
    if not (there and there[0]):
        await _apply(connection, FIRST, FIRST_SCHEMA)
    applied = await _applied(connection)
    check_applied(applied, (FIRST, *STEPS), path=address)
    for name, statements in STEPS.items():
        if name not in applied:
            await _apply(connection, name, statements)


async def _applied(connection: Connection) -> dict[str, str]:
    """The migrations a database has had, in order, each with the oldest that a program must know to go on writing."""
    return dict(await connection.rows("SELECT name, oldest_writer FROM migrations ORDER BY name"))


async def _apply(connection: PostgresConnection, name: str, statements: str) -> None:
    await connection.script(statements)
    await connection.execute(
        "INSERT INTO migrations (name, oldest_writer) VALUES (?, ?)", (name, OLDEST_WRITERS.get(name, name))
    )


class PostgresConnection:
    """A connection to a server, inside a transaction."""

    engine = Engine.POSTGRES

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it inserted, changed or deleted."""
        count: int = (await self._run(sql, values)).rowcount
        return count

    async def executemany(self, sql: str, many: Iterable[Values]) -> None:
        """Run a statement for each of many sets of values."""
        sets = [_adapted(values) for values in many]
        if sets:
            await self._connection.cursor().executemany(_translated(sql), sets)

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        """The first row a statement gives."""
        row: Row | None = await (await self._run(sql, values)).fetchone()
        return row

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows a statement gives."""
        rows: list[Row] = await (await self._run(sql, values)).fetchall()
        return rows

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def read(self, work: Work[T]) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def read_few(self, work: Work[T]) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def script(self, statements: str) -> None:
        """Run several statements that take no values."""
        await self._connection.execute(statements.encode())

    async def _run(self, sql: str, values: Values) -> psycopg.AsyncCursor[Any]:
        return await self._connection.execute(_translated(sql), _adapted(values))


class _Dropped(Exception):
    """The connection dropped, and with it what was begun."""

    def __init__(self, error: psycopg.OperationalError, number: str | None, result: Any) -> None:
        super().__init__()
        self.error = error
        self.number = number
        self.result = result


async def _commit(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute("COMMIT")


async def _number_of(begun: psycopg.AsyncCursor[Any]) -> str | None:
    """The id of a transaction that writes, by which the server tells its outcome."""
    while begun.nextset():
        pass
    row = await begun.fetchone() if begun.description else None
    return row and str(row[0])


@lru_cache(maxsize=1024)
def _translated(sql: str) -> bytes:
    """A statement with the placeholders of psycopg; no text in a statement of ours holds a question mark."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _adapted(values: Values) -> list[Value]:
    return [_plain(value) for value in storable(values)]


def _plain(value: Value) -> Value:
    """A value as its column holds it: enums as texts, true and false as numbers."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Enum):
        plain: Value = value.value
        return plain
    return value


def address_of(url: str) -> str:
    """The address of a database without who logs in. Raises `ServerUnusable`."""
    try:
        parsed = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ServerUnusable(path="DATABASE_URL", reason=re.sub(r'".*"', "it", in_one_line(error))) from None
    port = f":{parsed['port']}" if parsed.get("port") else ""
    return f"postgresql://{parsed.get('host') or 'localhost'}{port}/{parsed.get('dbname') or ''}"


def in_one_line(error: BaseException) -> str:
    """The words of an error, for a sentence of ours."""
    told = [line for line in map(str.strip, str(error).splitlines()) if line and not line.startswith(_ADVICE)]
    return " ".join(" ".join(told).split()).removesuffix(".") or type(error).__name__
