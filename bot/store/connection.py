"""The database as the store needs it: a connection with four methods, and the decorators that give one to a method.

The same SQL runs on SQLite and on PostgreSQL. It is written once, in `bot.store.tables`, with `?` for each value; rows
are tuples. What both engines take:

- `INSERT … ON CONFLICT (key) DO UPDATE` or `DO NOTHING`, and `RETURNING`; columns of the row that is there carry the
  table's name, as those of the new row carry `excluded`. Every INSERT with a key of ours says one of them, also where
  the key was looked for before: what another transaction inserted meanwhile, PostgreSQL may tell of as a duplicate key,
  which nobody runs again, and only with these words as 40001.
- Whole numbers, 0 and 1 for no and yes, and texts. Moments are texts of one width (`columns.to_text`), so that their
  order is that of time. Texts are compared byte by byte, as keys want it: a range is asked for, not a pattern.
- `"user"` and `"only"` are words of SQL, and stand in quotation marks.
- Every parameter has a type PostgreSQL can tell, from the column it is compared with or by a CAST.

Only the full-text index is each engine's own: `bot.store.text_index` asks a connection which engine it is to, and
nobody else does. Should another statement have to differ (many rows taken on with SKIP LOCKED), it is named here, so
that there is one place to look.

A write is one conditional statement, whose count of rows is the answer (`statement`), or a function that may be run
again from its start (`transaction`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

from bot.text.clean import is_storable, make_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

# PostgreSQL takes 7,999 bytes.
_LONGEST_PAYLOAD = 200

T = TypeVar("T")
P = ParamSpec("P")

Value: TypeAlias = str | int | float | bytes | None
Values: TypeAlias = "Sequence[Value]"
Row: TypeAlias = tuple[Any, ...]
Work: TypeAlias = "Callable[[Connection], Coroutine[Any, Any, T]]"


class Engine(Enum):
    """The databases there are."""

    SQLITE = auto()
    POSTGRES = auto()


class Transactions(Protocol):
    """A database, or a connection inside somebody's transaction: a part of the store works on either."""

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` wholly or not at all; it is on disk when this returns, unless it is part of something larger.

        It is run again from its start when somebody else was in its way. With `is_one_statement` it is one statement
        whose condition is about the row that it changes, so that nobody can come in between.
        """

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads."""

    async def read_few(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work`, which reads a handful of rows by their keys; with `is_one_statement`, by one and no second."""


class Connection(Transactions, Protocol):
    """A connection to a database, inside a transaction or outside of any."""

    @property
    def engine(self) -> Engine:
        """The database that it is to."""

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it inserted, changed or deleted."""

    async def executemany(self, sql: str, many: Iterable[Values]) -> None:
        """Run a statement for each of many sets of values, at the latest with the next one."""

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        """The first row a statement gives."""

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """The rows that a statement gives."""


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """Figures of a server's use by this process: connections now, those in use, and who waits for one; and, since the
    start, transactions that were tried again and those that failed because of the server. All 0 for a file."""

    connections: int = 0
    in_use: int = 0
    waiting: int = 0
    retries: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Facts about a database's server: its version, whether a pooler stands before it, whether what is committed is
    on its disk (`fsync`), and how many connections it takes, of which so many are in use."""

    version: str
    is_pooled: bool
    is_durable: bool
    most_connections: int
    connections: int


class Database(Transactions, Protocol):
    """A database: where transactions run until it is closed."""

    async def now(self) -> datetime:
        """The time now, aware, in UTC, by the clock that all who work on this database share. Raises `StoreError`."""

    async def notify(self, payload: str) -> None:
        """Wake whoever listens to this database, here and elsewhere, with a few words of ASCII.

        They may not arrive, and none of what they are about may depend on that: nothing is raised where they don't.
        """

    def listening(self, callback: Callable[[str], object]) -> AbstractContextManager[None]:
        """Call a function with what others notify of, while the context lasts."""

    async def server(self) -> ServerFacts | None:
        """Facts about its server; None for a file. Raises `StoreError`."""

    def figures(self) -> DatabaseFigures:
        """The figures of its use by this process."""

    async def check_version(self) -> None:
        """Raise `StoreTooNew` where a newer program has changed the database since so that this one must not go on.

        Raises `StoreError` as well where the database is away.
        """

    async def close(self) -> None:
        """Finish what was begun and let go of it."""


class _OnDatabase(Protocol):
    """A part of the store: some tables, and the database they are in."""

    @property
    def _database(self) -> Transactions: ...


Tables = TypeVar("Tables", bound=_OnDatabase)
_Method: TypeAlias = "Callable[Concatenate[Tables, Connection, P], Coroutine[Any, Any, T]]"
_Public: TypeAlias = "Callable[Concatenate[Tables, P], Coroutine[Any, Any, T]]"


def transaction(method: _Method[Tables, P, T]) -> _Public[Tables, P, T]:
    """Decorate a method that writes and may be run again: it decides by what it reads each time."""

    @wraps(method)
    async def in_transaction(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.write(lambda db: method(self, db, *args, **kwargs))

    return in_transaction


def statement(method: _Method[Tables, P, T]) -> _Public[Tables, P, T]:
    """Decorate a method that writes by one statement, whose condition is about the row that it changes."""

    @wraps(method)
    async def at_once(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.write(lambda db: method(self, db, *args, **kwargs), is_one_statement=True)

    return at_once


def reads(method: _Method[Tables, P, T]) -> _Public[Tables, P, T]:
    """Decorate a method that only reads."""

    @wraps(method)
    async def reading(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read(lambda db: method(self, db, *args, **kwargs))

    return reading


def reads_few(method: _Method[Tables, P, T]) -> _Public[Tables, P, T]:
    """Decorate a method that reads a handful of rows by their keys, for an answer that somebody waits for."""

    @wraps(method)
    async def reading(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read_few(lambda db: method(self, db, *args, **kwargs))

    return reading


def check_payload(payload: str) -> None:
    """Raise `ValueError` for what nobody can be woken with: ids are notified of, not texts."""
    if not payload.isascii() or len(payload) > _LONGEST_PAYLOAD:
        raise ValueError("A few words of ASCII are notified of, no texts.")


def query(method: _Method[Tables, P, T]) -> _Public[Tables, P, T]:
    """Decorate a method that reads a handful of rows by one statement, which needs no transaction around it."""

    @wraps(method)
    async def reading(self: Tables, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read_few(lambda db: method(self, db, *args, **kwargs), is_one_statement=True)

    return reading


def storable(values: Values) -> Values:
    """Values as every engine keeps them: texts without what is no text. Strangers' texts may hold anything."""
    for value in values:
        if isinstance(value, str) and not is_storable(value):
            return tuple(make_storable(each) if isinstance(each, str) else each for each in values)
    return values
