"""A connection to a PostgreSQL server: how it is made, and what the store asks of it."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import contextmanager, nullcontext, suppress
from enum import Enum
from functools import lru_cache
from itertools import takewhile
from socket import AF_INET, SHUT_RDWR, SOCK_STREAM
from typing import TYPE_CHECKING, Any, Self, TypeVar

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict

from bot.errors import ServerUnusable
from bot.store.connection import Engine, storable

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterable, Iterator

    from bot.store.connection import Row, Value, Values, Work

T = TypeVar("T")
log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5
# Of all connections. An address may say otherwise, but for the first three, on which the store relies.
_ALWAYS = {"autocommit": True, "prepare_threshold": None, "client_encoding": "UTF8"}
_USUALLY = {
    "application_name": "paperboy",
    "connect_timeout": CONNECT_SECONDS,
    "target_session_attrs": "read-write",
    # A server that has vanished is noticed in half a minute, instead of hours (libpq, "Parameter Key Words").
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# So few rows are written by one message to the server.
_TOGETHER = 20
# What libpq asks who reads of a connection that failed.
_ADVICE = "Is the server running"
# Where in a statement it failed, which is none of whoever reads of it.
_STATEMENT = re.compile(r"LINE \d+:")


def connection_options(url: str) -> dict[str, Any]:
    """Options with which to connect to an address. Raises `psycopg.ProgrammingError`, which may repeat parts of it."""
    said = conninfo_to_dict(url)
    return {**{name: value for name, value in _USUALLY.items() if name not in said}, **_ALWAYS}


def connection_class(failures: deque[BaseException], address: str) -> type[psycopg.AsyncConnection[Any]]:
    """Connections to an address; `failures` has what the latest tries to connect failed with, and the log when the
    first failed and when one succeeded again. A pool tells each try to its own log alone."""

    class Connection(psycopg.AsyncConnection[Any]):
        @classmethod
        async def connect(cls, conninfo: str = "", **options: Any) -> Self:
            try:
                connection = await super().connect(conninfo, **options)
            except (psycopg.Error, OSError) as error:
                if not failures:
                    log.warning(
                        "database not responding, trying until it does", database=address, error=in_one_line(error)
                    )
                failures.append(error)
                raise
            if failures:
                log.info("database responding again", database=address)
            failures.clear()
            return connection

    return Connection


async def connect(url: str) -> psycopg.AsyncConnection[Any]:
    """A connection of its own to the database at this address. Raises `psycopg.Error`, `OSError`, or `TimeoutError`."""
    async with asyncio.timeout(CONNECT_SECONDS * 2):  # libpq's own time-out is not for the name of a server
        return await psycopg.AsyncConnection.connect(url, **connection_options(url))


def address_of(url: str) -> str:
    """The address of a database without who logs in. Raises `ServerUnusable`."""
    try:
        parsed = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ServerUnusable(path="DATABASE_URL", reason=re.sub(r'".*"', "it", in_one_line(error))) from None
    port = f":{parsed['port']}" if parsed.get("port") else ""
    return f"postgresql://{parsed.get('host') or 'localhost'}{port}/{parsed.get('dbname') or ''}"


def in_one_line(error: BaseException) -> str:
    """The reason of a failure as a part of a sentence."""
    lines = takewhile(lambda line: not _STATEMENT.match(line), map(str.strip, str(error).splitlines()))
    told = [line for line in lines if line and not line.startswith(_ADVICE)]
    return " ".join(" ".join(told).split()).removesuffix(".") or type(error).__name__


@contextmanager
def cut_off_after(connection: psycopg.AsyncConnection[Any], seconds: float) -> Iterator[None]:
    """Let a connection drop if the context lasts so long, whatever it waits for.

    Who waits for an answer is told at once. If they were told to stop instead, psycopg would ask the server first to
    stop, and wait ten seconds more for a network that says nothing.
    """
    cut = asyncio.get_running_loop().call_later(max(0, seconds), _shut_down, connection)
    try:
        yield
    finally:
        cut.cancel()


def _shut_down(connection: psycopg.AsyncConnection[Any]) -> None:
    with suppress(OSError, psycopg.Error), socket.fromfd(connection.fileno(), AF_INET, SOCK_STREAM) as same:
        same.shutdown(SHUT_RDWR)


class PostgresConnection:
    """A connection to a server, inside a transaction that begins as `begin` says, with whatever is run first.

    Each wait for a server costs more than most statements, so that what can go together does: how the transaction
    begins and the first statement; a few rows that are written, and what follows. Values are put into the text then,
    quoted by libpq, as only one statement a message may have its values beside it. The connection is dropped when to
    begin takes longer than `begins_within` seconds. With `is_one_statement` it takes no second one. `has_begun` tells
    whether `begin` was run, and `mark` what it gave, if it `gives_mark`.
    """

    engine = Engine.POSTGRES

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        begin: str = "",
        *,
        begins_within: float = 0.0,
        gives_mark: bool = False,
        is_one_statement: bool = False,
    ) -> None:
        self._connection = connection
        self._begin = begin
        self._begins_within = begins_within
        self._gives_mark = gives_mark
        self._is_one_statement = is_one_statement
        self._is_used = False
        self._unsent: list[str] = []
        self.has_begun = not begin
        self.mark: tuple[str, ...] | None = None

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it inserted, changed or deleted."""
        count: int = (await self._run(sql, values)).rowcount
        return count

    async def executemany(self, sql: str, many: Iterable[Values]) -> None:
        """Run a statement for each of many sets of values."""
        sets = [_adapted(values) for values in many]
        if not sets:
            return
        if len(sets) <= _TOGETHER:
            self._note_use()
            client = psycopg.AsyncClientCursor(self._connection)
            self._unsent += [client.mogrify(_translated(sql), values) for values in sets]
            return
        await self._send_unsent()
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

    async def read_few(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def script(self, statements: str) -> None:
        """Run several statements that take no values."""
        await self._send_unsent()
        await self._connection.execute(statements.encode())

    async def until_end(self) -> str:
        """The statements to send together with the end of the transaction, which has begun by then."""
        if not self.has_begun and self._unsent:
            await self._send_unsent()
        unsent, self._unsent = self._unsent, []
        return "; ".join(unsent)

    async def _run(self, sql: str, values: Values) -> psycopg.AsyncCursor[Any]:
        self._note_use()
        if self.has_begun and not self._unsent:
            return await self._connection.execute(_translated(sql), _adapted(values))
        client = psycopg.AsyncClientCursor(self._connection)
        return await self._run_together(client, client.mogrify(_translated(sql), _adapted(values)))

    async def _send_unsent(self) -> None:
        if not self.has_begun or self._unsent:
            await self._run_together(psycopg.AsyncClientCursor(self._connection), "")

    async def _run_together(
        self, client: psycopg.AsyncClientCursor[Any], statements: str
    ) -> psycopg.AsyncClientCursor[Any]:
        """Run statements in one message to the server, after those that begin the transaction and what is still to be
        sent; the last one's rows."""
        has_begun, unsent = self.has_begun, self._unsent
        self._unsent = []
        together = "; ".join(filter(None, ["" if has_begun else self._begin, *unsent, statements])).encode()
        bound = nullcontext() if has_begun else cut_off_after(self._connection, self._begins_within)
        try:
            with bound:
                await client.execute(together)
        except psycopg.Error:
            status = self._connection.info.transaction_status
            self.has_begun = has_begun or status is psycopg.pq.TransactionStatus.INERROR
            raise
        self.has_begun = True
        while True:
            if self._gives_mark and self.mark is None and client.description is not None:
                self.mark = await client.fetchone()
            if not client.nextset():
                return client

    def _note_use(self) -> None:
        if self._is_used and self._is_one_statement:
            raise RuntimeError("a second statement where one was announced")
        self._is_used = True


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
