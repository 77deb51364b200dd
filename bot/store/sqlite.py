"""The store in one SQLite file.

WAL, so that readers never wait for the writer; `synchronous=FULL`, so that what Slack was told is on disk; every write
in a transaction that begins IMMEDIATE, so that several processes queue instead of failing (a deferred BEGIN that reads
before it writes cannot wait). One thread reads and one writes, and the event loop waits for neither; only the few rows
that an answer to a person needs are read on the spot, in less time than a thread takes to wake. Writes that wait for
the same thread share one transaction, and so one wait for the disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from time import sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeAlias, TypeVar

from filelock import Timeout
from sqlite_utils import Database

from bot.clock import SystemClock
from bot.errors import StoreCorrupt, StoreError, StoreUnusable
from bot.store import Store
from bot.store.connection import DatabaseFigures, Engine, ServerFacts, check_payload, storable
from bot.store.files import acquire_run_lock, keep_to_owner
from bot.store.migrations import migrations
from bot.store.versions import check_applied
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from bot.store.connection import Row, Values, Work
    from bot.store.files import RunLock

with closing(sqlite3.connect(":memory:")) as _nothing_yet:
    KNOWN_MIGRATIONS = tuple(step.name for step in migrations.pending(Database(_nothing_yet)))

P = ParamSpec("P")
T = TypeVar("T")

_CLOSED = "it is closed"

_Piece: TypeAlias = "tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]"
_Outcome: TypeAlias = "tuple[Any, BaseException | None]"

BUSY_SECONDS = 5
SYNCHRONOUS = "FULL"
_TRIES_TO_PREPARE = 3
_SECONDS_TO_NEXT_TRY = 0.2
_COMMITTED_TOGETHER = 200
# What SQLite before 3.41 says of any row of this table as earlier versions made it (its key did not come first).
_FALSE_ALARM = "NULL value in summary_reports."
_TOLD_OF_DAMAGE = 10_000
_CHECKED_WHOLE_BYTES = 32 * 1024 * 1024


async def open_store(path: Path, *, exclusive: bool = False) -> Store:
    """The store in the file at `path`; see `SqliteDatabase.open`."""
    return Store(await SqliteDatabase.open(path, exclusive=exclusive))


class SqliteDatabase:
    """The database in the file at `path`."""

    def __init__(
        self, path: Path, writer: _Writer, reader: _Connection, fast_reader: sqlite3.Connection, running: RunLock | None
    ) -> None:
        self.path = path
        self.writer = writer
        self.reader = reader
        self.fast_reader = fast_reader
        self._running = running
        self._listeners: Subscribers[[str]] = Subscribers()

    @classmethod
    async def open(cls, path: Path, *, exclusive: bool = False) -> SqliteDatabase:
        """Open the file, make it when there is none, and bring it to the current schema.

        With `exclusive`, be the only one so: a running bot owns its file, while other commands work beside it. Raises
        `StoreInUse`, `StoreTooNew`, `StoreCorrupt` or `StoreUnusable`.
        """
        if exclusive:
            with translate_errors(path):
                keep_to_owner(path)  # what is not there yet cannot be locked
        running = acquire_run_lock(path) if exclusive else None
        try:
            writer = await _Writer.open(path)
            try:
                reader = await _Connection.open(path)
            except BaseException:
                await writer.close()
                raise
        except BaseException:
            if running:
                running.release()
            raise
        fast_reader = sqlite3.connect(path, isolation_level=None, timeout=0)
        fast_reader.execute("PRAGMA query_only=ON")
        return cls(path, writer, reader, fast_reader, running)

    async def server(self) -> ServerFacts | None:
        """None: it is a file."""
        return None

    def figures(self) -> DatabaseFigures:
        """None: there is no server."""
        return DatabaseFigures()

    async def check_version(self) -> None:
        """Nobody runs beside the one whose file it is."""

    async def close(self) -> None:
        """Finish what was begun and let go of the file."""
        self.fast_reader.close()
        await self.reader.close()
        await self.writer.close()
        if self._running:
            self._running.release()

    async def now(self) -> datetime:
        """The time now by the machine's clock: who works on a file is on one machine."""
        return SystemClock().now()

    async def notify(self, payload: str) -> None:
        """Wake whoever listens in this process."""
        check_payload(payload)
        asyncio.get_running_loop().call_soon(self._listeners.notify, payload)

    def listening(self, callback: Callable[[str], object]) -> AbstractContextManager[None]:
        """Call a function with what is notified of in this process, while the context lasts."""
        return self._listeners.subscribed(callback)

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` wholly or not at all; it is on disk when this returns. No other writes meanwhile."""
        return await self.writer.do(lambda db: run_synchronously(work(SqliteConnection(db))))

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads."""
        return await self.reader.do(lambda db: run_synchronously(work(SqliteConnection(db))))

    async def read_few(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Read a handful of rows on the spot; should that mean waiting, or fail, let the thread do it."""
        try:
            return run_synchronously(work(SqliteConnection(self.fast_reader)))
        except sqlite3.DatabaseError:
            return await self.read(work)


class SqliteConnection:
    """A connection to an SQLite file. Its methods never wait: see `run_synchronously`."""

    engine = Engine.SQLITE

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    async def execute(self, sql: str, values: Values = ()) -> int:
        """Run a statement; how many rows it inserted, changed or deleted."""
        return self._db.execute(sql, storable(values)).rowcount

    async def executemany(self, sql: str, many: Iterable[Values]) -> None:
        """Run a statement for each of many sets of values."""
        self._db.executemany(sql, map(storable, many))

    async def row(self, sql: str, values: Values = ()) -> Row | None:
        """The first row a statement gives."""
        found: Row | None = self._db.execute(sql, storable(values)).fetchone()
        return found

    async def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows a statement gives."""
        return self._db.execute(sql, storable(values)).fetchall()

    async def write(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def read(self, work: Work[T]) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)

    async def read_few(self, work: Work[T], *, is_one_statement: bool = False) -> T:
        """Do `work` as a part of what is being done."""
        return await work(self)


def run_synchronously(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`, which never waits for anything, without an event loop."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("Work on the database waited for something else.")


class _Connection:
    """A connection and the one thread that may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._db: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        connection = cls(path)
        try:
            await connection._in_thread(connection._connect)
        except BaseException:
            connection._thread.shutdown()
            raise
        return connection

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def guarded() -> T:
            with translate_errors(self._path):
                return work(self._open_db())

        return await self._in_thread(guarded)

    async def close(self) -> None:
        with suppress(StoreUnusable):  # closed already
            await self._in_thread(self._disconnect)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            begun = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # the thread has ended
            raise StoreUnusable(path=self._path, reason=_CLOSED) from error
        return await begun

    def _open_db(self) -> sqlite3.Connection:
        if self._db is None:
            raise StoreUnusable(path=self._path, reason=_CLOSED)
        return self._db

    def _connect(self) -> None:
        with translate_errors(self._path):
            self._db = connect(self._path)

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class _Writer(_Connection):
    """The connection that writes: writes that wait for it at one moment are committed together, in order.

    A transaction that fails is undone, and what was in it is done again piece by piece, so that one failing piece costs
    no other.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._waiting: list[_Piece] = []
        self._is_working = False

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._waiting.append((work, done))
            starts, self._is_working = not self._is_working, True
        if starts:
            try:
                self._thread.submit(self._process_queue, loop)
            except RuntimeError:  # the thread has ended
                for _, unheard in self._take_all():
                    unheard.set_exception(StoreUnusable(path=self._path, reason=_CLOSED))
        return await done

    def _process_queue(self, loop: asyncio.AbstractEventLoop) -> None:
        while pieces := self._take():
            outcomes = self._commit([work for work, _ in pieces])
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_tell, [done for _, done in pieces], outcomes)

    def _take_all(self) -> list[_Piece]:
        with self._lock:
            pieces, self._waiting, self._is_working = self._waiting, [], False
        return pieces

    def _take(self) -> list[_Piece]:
        with self._lock:
            pieces, self._waiting = self._waiting[:_COMMITTED_TOGETHER], self._waiting[_COMMITTED_TOGETHER:]
            self._is_working = bool(pieces)
        return pieces

    def _commit(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[_Outcome]:
        try:
            with translate_errors(self._path):
                return in_transaction(self._open_db(), lambda db: [(work(db), None) for work in works])
        except BaseException as error:  # whatever it is, somebody waits for the answer
            if len(works) == 1:
                return [(None, error)]
            return [outcome for work in works for outcome in self._commit([work])]


def _tell(futures: Sequence[asyncio.Future[Any]], outcomes: Sequence[_Outcome]) -> None:
    for done, (result, error) in zip(futures, outcomes, strict=True):
        if done.done():  # whoever waited was told to stop
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def connect(path: Path, *, is_being_filled: bool = False) -> sqlite3.Connection:
    """A connection to a database of the current schema, created or migrated where needed.

    One into which rows are still being moved is opened by whom `is_being_filled` by alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_to_owner(path)
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        _prepare_in_turn(db, path, is_being_filled=is_being_filled)
    except BaseException:
        db.close()
        raise
    return db


def _prepare_in_turn(db: sqlite3.Connection, path: Path, *, is_being_filled: bool) -> None:
    """Prepare, however many others make or migrate the database at this moment: SQLite does not always wait for them.

    A statement that reads before it writes, and finds that somebody wrote in between, fails at once (sqlite.org,
    result codes, SQLITE_BUSY_SNAPSHOT).
    """
    for tries_left in reversed(range(_TRIES_TO_PREPARE)):
        try:
            prepare(db, path, is_being_filled=is_being_filled)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not tries_left:
                raise
            sleep(_SECONDS_TO_NEXT_TRY)
        else:
            return


def prepare(db: sqlite3.Connection, path: Path, *, is_being_filled: bool = False) -> None:
    """Make a connection ready for work, and bring its database to the current schema; `path` names it in errors."""
    if path.stat().st_size <= _CHECKED_WHOLE_BYTES and (damage := found_damage(db, "quick_check")):
        raise StoreCorrupt(path=path, reason=damage)
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
    db.execute("PRAGMA foreign_keys=ON")
    # What is erased is overwritten; some builds of SQLite do so by themselves (sqlite.org, pragma.html, secure_delete).
    db.execute("PRAGMA secure_delete=ON")
    applied = applied_migrations(db)
    check_applied(
        dict(zip(applied, applied, strict=True)), KNOWN_MIGRATIONS, path=path, is_being_filled=is_being_filled
    )
    if len(applied) < len(KNOWN_MIGRATIONS):
        in_transaction(db, lambda db: migrations.apply(Database(db)))


def found_damage(db: sqlite3.Connection, check: str) -> str | None:
    """The first damage that `quick_check` or `integrity_check` finds in a database, None when it is whole."""
    told = [row[0] for row in db.execute(f"PRAGMA {check}({_TOLD_OF_DAMAGE})")]
    return next((line for line in told if line != "ok" and not line.startswith(_FALSE_ALARM)), None)


def applied_migrations(db: sqlite3.Connection) -> list[str]:
    """The migrations a database has had, by name, in order."""
    return [step.name for step in migrations.applied(Database(db))]


def in_transaction(
    db: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Do `work` wholly or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db, *args, **kwargs)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise our own errors for those of SQLite and the system."""
    try:
        yield
    except StoreError:
        raise
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.OperationalError as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise StoreCorrupt(path=path, reason=str(error)) from error
    except (OSError, Timeout) as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
