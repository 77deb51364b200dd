"""The store in a database of a PostgreSQL server.

Every write is a transaction: READ COMMITTED where it is one statement whose condition is about the row that it changes,
SERIALIZABLE where it decides by what it reads; then it is as if one had happened after the other, or it fails and is
run again (postgresql.org, transaction isolation: 40001, and 40P01 for a deadlock). So it is when the connection drops,
or when the server takes no writes any more, as another one has taken its place. Where the connection dropped while it
was committed, the server is asked first what became of it. Reads see one moment.

What is written is on the server's disk when a method returns, whatever `synchronous_commit` the server is set to.

Nothing is prepared and nothing set for a whole session, so that connections may come out of anybody's pool
(pgbouncer.org, features).
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from bot.clock import SystemClock
from bot.errors import ServerUnusable
from bot.store import Store
from bot.store.connection import DatabaseFigures, ServerFacts, check_payload
from bot.store.postgres_connection import (
    CONNECT_SECONDS,
    PostgresConnection,
    address_of,
    connection_class,
    connection_options,
    cut_off_after,
    in_one_line,
)
from bot.store.postgres_listener import CHANNEL, PostgresListener
from bot.store.postgres_migrations import KNOWN, applied_migrations, migrate
from bot.store.versions import check_applied

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from bot.store.connection import Work

    _Work: TypeAlias = Callable[[PostgresConnection], Coroutine[Any, Any, "T"]]

T = TypeVar("T")

CONNECTIONS = 8
_STATEMENT_SECONDS = 10
# How long a transaction may take in all, with whatever is tried again, also where the network says nothing any more.
_SECONDS = 30
# How long one waits for its turn while none of those before it gets anywhere.
_TURN_SECONDS = CONNECT_SECONDS
# How long the pool tries to connect before it waits for the next who wants a connection.
_RECONNECT_SECONDS = 5
_LONGEST_WAIT_SECONDS = 0.25
# How long is waited, in seconds, for the end of a transaction whose connection dropped while it was committed.
_WAITS_FOR_THE_END = (0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_TRIES_OF_A_QUESTION = 3
# How soon a server answers that is there and has nothing to wait for.
_ANSWERS_WITHIN_SECONDS = 5
# A transaction begins with its first statement, which the server stops after its time.
_BEGINS_WITHIN_SECONDS = _STATEMENT_SECONDS + 1
# What is waited for beyond its time is told to stop, should the connection's end not have told it.
_GRACE_SECONDS = 2
_DRAINED_AT_MOST_EACH_SECONDS = 1
_BOUNDS = (
    f"SET LOCAL statement_timeout = {_STATEMENT_SECONDS * 1000};"
    f" SET LOCAL idle_in_transaction_session_timeout = {_SECONDS * 1000}"
)
# Of a transaction that writes: its id, and when it began; see `_was_committed`.
_MARK = "SELECT pg_current_xact_id()::text, now()::text"
_READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_BOUNDS}"
_WRITES = f"{_BOUNDS}; SET LOCAL synchronous_commit = on; {_MARK}"
_WRITE = f"BEGIN ISOLATION LEVEL SERIALIZABLE; {_WRITES}"
_WRITE_AT_ONCE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_WRITES}"
_WRITING = frozenset({_WRITE, _WRITE_AT_ONCE})
# One statement behind this one in one message to the server is a transaction with it (postgresql.org, protocol flow).
_QUERY = f"SET LOCAL statement_timeout = {_STATEMENT_SECONDS * 1000}"
# What a standby answers: to a statement, to the question after a transaction's id, and to SERIALIZABLE.
_TAKES_NO_WRITES = (errors.ReadOnlySqlTransaction, errors.ObjectNotInPrerequisiteState, errors.FeatureNotSupported)
_FACTS = """
    SELECT current_setting('server_version'), pg_backend_pid(), current_setting('fsync'),
        current_setting('max_connections')::bigint,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')
"""
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A server that crashed, or another one that has taken its place, may give the id of what was lost to something else.
# The second is told by the timeline; after a crash the server begins its statistics anew (postgresql.org, monitoring
# statistics), while the time at which it was started stays.
_TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)"
_IS_SAME_SERVER = """
    SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) = %s AND pg_postmaster_start_time() < %s::timestamptz
        AND COALESCE((SELECT stats_reset FROM pg_stat_bgwriter), '-infinity') < %s::timestamptz
"""
_FATE = "SELECT pg_xact_status(%s::xid8)"
_END_IT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_xid = %s::xid8::xid"


async def open_store(url: str, *, connections: int = CONNECTIONS) -> Store:
    """The store in the database at `url`; see `PostgresDatabase.open`."""
    return Store(await PostgresDatabase.open(url, connections=connections))


@dataclass(slots=True)
class _Attempt(Generic[T]):
    """A try of a transaction: what the server knows it by, and what came of it if it was told to commit it."""

    mark: tuple[str, ...] | None = None
    is_committing: bool = False
    result: T | None = None


class _Dropped(Exception):
    """The connection is of no use any more, and with it what was begun; `error` is why."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__()
        self.error = error


class PostgresDatabase:
    """The database at an address, of which `address` is the part that anybody may see."""

    def __init__(
        self, address: str, pool: AsyncConnectionPool[Any], failures: deque[BaseException], listener: PostgresListener
    ) -> None:
        self.address = address
        self._pool = pool
        self._failures = failures
        self._listener = listener
        self._turns = asyncio.Semaphore(pool.max_size)
        self._clock = SystemClock()
        self._worked_at = self._drained_at = self._clock.monotonic()
        self._timeline = ""
        self._waiting = self._retries = self._failed = 0

    @classmethod
    async def open(cls, url: str, *, connections: int = CONNECTIONS) -> PostgresDatabase:
        """Open the database, with at most so many connections, and create its tables when it has none.

        Raises `StoreTooNew` or `ServerUnusable`.
        """
        address = address_of(url)
        try:
            await migrate(url, address)
        except (psycopg.Error, OSError, TimeoutError) as error:
            raise ServerUnusable(path=address, reason=in_one_line(error)) from error
        failures: deque[BaseException] = deque(maxlen=1)
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            url,
            connection_class=connection_class(failures, address),
            min_size=1,
            max_size=connections,
            timeout=CONNECT_SECONDS,
            reconnect_timeout=_RECONNECT_SECONDS,
            open=False,
            kwargs=connection_options(url),
        )
        await pool.open()
        database = cls(address, pool, failures, PostgresListener(url, address))
        with suppress(ServerUnusable):
            database._timeline = str(await database._one(_TIMELINE))
        return database

    async def close(self) -> None:
        """Finish what was begun and let go of the server."""
        await self._listener.close()
        await self._pool.close()

    async def now(self) -> datetime:
        """The time now, aware, in UTC, by the server's clock, which all who work on this database share."""

        async def ask(connection: psycopg.AsyncConnection[Any]) -> datetime:
            asked = self._clock.monotonic()
            row = await (await connection.execute(_NOW)).fetchone()
            half_way = timedelta(seconds=(self._clock.monotonic() - asked) / 2)
            return _EPOCH + timedelta(microseconds=row[0] if row else 0) + half_way

        return await self._ask(ask)

    async def notify(self, payload: str) -> None:
        """Wake whoever listens to this database, in all processes. Where that fails, nobody is woken."""
        check_payload(payload)
        with suppress(ServerUnusable):
            await self._ask(lambda connection: connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload)))

    def listening(self, callback: Callable[[str], object]) -> AbstractContextManager[None]:
        """Call a function with what others notify of, while the context lasts."""
        return self._listener.listening(callback)

    async def server(self) -> ServerFacts:
        """Facts about the server. Raises `ServerUnusable`."""

        async def ask(connection: psycopg.AsyncConnection[Any]) -> ServerFacts:
            row = await (await connection.execute(_FACTS)).fetchone()
            version, process, fsync, most, used = row or ("", 0, "", 0, 0)
            # A pooler tells each client an id of its own making, by which to cancel (pgbouncer.org, features).
            is_pooled = process != connection.info.backend_pid
            return ServerFacts(version, is_pooled, fsync == "on", most, used)

        return await self._ask(ask)

    def figures(self) -> DatabaseFigures:
        """The figures of its use by this process."""
        stats = self._pool.get_stats()
        size = stats.get("pool_size", 0)
        return DatabaseFigures(
            connections=size,
            in_use=size - stats.get("pool_available", 0),
            waiting=self._waiting,
            retries=self._retries,
            failures=self._failed,
        )

    async def check_version(self) -> None:
        """Raise `StoreTooNew` where a newer program has changed the database since so that this one must not go on."""

        async def ask(connection: psycopg.AsyncConnection[Any]) -> dict[str, str]:
            return await applied_migrations(PostgresConnection(connection))

        check_applied(await self._ask(ask), KNOWN, path=self.address)

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` wholly or not at all, again from its start when somebody else was in its way."""
        return await self._transact(_WRITE_AT_ONCE if is_one_statement else _WRITE, work)

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads, all of it as of one moment."""
        return await self._transact(_READ, work)

    async def read_few(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work`, which only reads, all of it as of one moment."""
        return await self._transact(_QUERY if is_one_statement else _READ, work)

    async def _transact(self, begin: str, work: _Work[T]) -> T:
        try:
            return await self._do(begin, work)
        except ServerUnusable:
            self._failed += 1
            raise

    async def _do(self, begin: str, work: _Work[T]) -> T:
        """Do `work` in a transaction that begins so, and again where that is safe, as long as there is time for it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SECONDS
        reason: BaseException | None = None
        for number in count():
            attempt: _Attempt[T] = _Attempt()
            self._retries += number > 0
            try:
                async with asyncio.timeout_at(until + _GRACE_SECONDS):
                    await asyncio.sleep(_wait_before(number))
                    return await self._try(begin, work, attempt, until)
            except (errors.SerializationFailure, errors.DeadlockDetected) as error:
                reason = error
            except _Dropped as dropped:
                # Once the time is over, it was dropped for that.
                reason = dropped.error if reason is None or loop.time() < until else reason
                await self._connect_anew()
            except TimeoutError as error:
                reason = reason or error
            if attempt.mark and attempt.is_committing and await self._was_committed(*map(str, attempt.mark)):
                return cast("T", attempt.result)
            if loop.time() >= until:
                break
        raise ServerUnusable(path=self.address, reason=in_one_line(reason) if reason else "") from reason

    async def _try(self, begin: str, work: _Work[T], attempt: _Attempt[T], until: float) -> T:
        async with self._lent() as connection:
            inside = PostgresConnection(
                connection,
                begin,
                begins_within=_BEGINS_WITHIN_SECONDS,
                gives_mark=begin in _WRITING,
                is_one_statement=begin == _QUERY,
            )
            try:
                with cut_off_after(connection, until - asyncio.get_running_loop().time()):
                    result = attempt.result = await work(inside)
                    last = await inside.until_end()
                    if inside.has_begun and begin != _QUERY:
                        attempt.mark, attempt.is_committing = inside.mark, True
                        await _commit(connection, last)
            except psycopg.Error as error:
                attempt.is_committing = attempt.is_committing and connection.closed
                # What was never begun, or not on a server that takes writes, is begun elsewhere.
                is_elsewhere = begin != _QUERY and (
                    not inside.has_begun or (begin in _WRITING and isinstance(error, _TAKES_NO_WRITES))
                )
                if connection.closed or is_elsewhere:
                    await connection.close()
                    raise _Dropped(error) from error
                raise
            return result

    async def _was_committed(self, transaction: str, begun: str) -> bool:
        """Whether a transaction was committed whose connection dropped meanwhile. Raises `ServerUnusable`.

        It may be that the server has not noticed yet: a transaction that is waited for ends, one way or the other.
        """
        for wait in _WAITS_FOR_THE_END:
            with suppress(ServerUnusable, psycopg.Error):
                if not await self._one(_IS_SAME_SERVER, (self._timeline, begun, begun)):
                    self._timeline = str(await self._one(_TIMELINE))
                    break
                fate = await self._one(_FATE, (transaction,))
                if fate != "in progress":
                    return bool(fate == "committed")
                await self._one(_END_IT, (transaction,))
            await asyncio.sleep(wait)
        raise ServerUnusable(path=self.address, reason="nobody knows whether it was written")

    async def _one(self, sql: str, values: Sequence[str] = ()) -> Any:
        async def ask(connection: psycopg.AsyncConnection[Any]) -> Any:
            row = await (await connection.execute(sql.encode(), values)).fetchone()
            return row and row[0]

        return await self._ask(ask)

    async def _ask(self, ask: Callable[[psycopg.AsyncConnection[Any]], Coroutine[Any, Any, T]]) -> T:
        """Ask something outside of any transaction, again when the connection drops. Raises `ServerUnusable`."""
        reason: BaseException | None = None
        for _ in range(_TRIES_OF_A_QUESTION):
            try:
                async with self._lent() as connection:
                    try:
                        with cut_off_after(connection, _ANSWERS_WITHIN_SECONDS):
                            return await ask(connection)
                    except psycopg.Error as error:
                        if connection.closed:
                            raise _Dropped(error) from error
                        raise
            except _Dropped as dropped:
                reason = dropped.error
                await self._connect_anew()
        raise ServerUnusable(path=self.address, reason=in_one_line(reason) if reason else "") from reason

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection of the pool's. What is no fault of what was asked is raised as `ServerUnusable`."""
        await self._wait_for_turn()
        try:
            async with self._pool.connection() as connection:
                yield connection
                self._worked_at = self._clock.monotonic()
        except (errors.SerializationFailure, errors.DeadlockDetected, TimeoutError):
            raise
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise ServerUnusable(path=self.address, reason=self._why_there_is_none(error)) from error
        except (psycopg.OperationalError, psycopg.InternalError, errors.InsufficientPrivilege, OSError) as error:
            raise ServerUnusable(path=self.address, reason=in_one_line(error)) from error
        finally:
            self._turns.release()

    async def _wait_for_turn(self) -> None:
        """Wait until one may have a connection, as long as those before get anywhere with theirs."""
        self._waiting += 1
        try:
            await self._wait_while_others_work()
        finally:
            self._waiting -= 1

    async def _wait_while_others_work(self) -> None:
        while True:
            since = self._clock.monotonic()
            try:
                async with asyncio.timeout(_TURN_SECONDS):
                    await self._turns.acquire()
                    return
            except TimeoutError as error:
                if self._worked_at < since:
                    raise ServerUnusable(path=self.address, reason=self._why_there_is_none(error)) from error

    def _why_there_is_none(self, error: BaseException) -> str:
        """The reason of there being no connection: what the last try to connect failed with, if it did."""
        return in_one_line(self._failures[0] if self._failures else error)

    async def _connect_anew(self) -> None:
        """Let go of all connections: what dropped one may have dropped all."""
        now = self._clock.monotonic()
        if now - self._drained_at >= _DRAINED_AT_MOST_EACH_SECONDS:
            self._drained_at = now
            await self._pool.drain()


async def _commit(connection: psycopg.AsyncConnection[Any], last: str) -> None:
    """Commit, after what is `last` to be written."""
    client = psycopg.AsyncClientCursor(connection)
    await client.execute(f"{last}; COMMIT".encode() if last else b"COMMIT")
    while client.nextset():
        pass
    if client.statusmessage != "COMMIT":  # a statement had failed, and who ran it did not mind
        raise errors.InFailedSqlTransaction("it was rolled back")


def _wait_before(number: int) -> float:
    """Seconds to wait before a try, counted from 0: at random, so that others are less in the way."""
    longest = min(_LONGEST_WAIT_SECONDS, 0.005 * 2 ** min(number, 10))
    return random.uniform(0, longest) if number else 0  # noqa: S311 - it spreads tries, it keeps no secret
