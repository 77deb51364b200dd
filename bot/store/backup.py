"""A copy of the database, made beside a bot that goes on writing; and a copy put back in its place.

The copy is made by SQLite's online backup inside one read transaction: in WAL mode that holds up no writer, shows one
moment however long it takes, and tells how far it has come (sqlite.org, backup.html). `VACUUM INTO` would make as sound
a copy, but tells nothing and may number rows anew. Whatever is made gets its final name only when it is whole, checked
and on the disk.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from glob import escape
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import (
    FileInTheWay,
    FileUnreadable,
    FileUnwritable,
    StoreCorrupt,
    StoreInUse,
    StoreUnusable,
)
from bot.rules.channels import ChannelState, days_due
from bot.rules.due import due_at, last_due_date
from bot.store import Channels, DueClaims, Outbox, sqlite
from bot.store.files import acquire_run_lock, only_for_owner
from bot.store.sqlite import (
    KNOWN_MIGRATIONS,
    SqliteConnection,
    applied_migrations,
    found_damage,
    in_transaction,
    prepare,
    run_synchronously,
    translate_errors,
)
from bot.store.versions import check_applied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from typing import TypeAlias

    from bot.errors import PaperboyError
    from bot.rules.channels import Channel
    from bot.store.connection import Connection

    # How many bytes of how many are copied.
    ProgressCallback: TypeAlias = Callable[[int, int], object]

_PAGES_AT_ONCE = 1024
# Logs of transactions that are not in the file itself yet, or half (sqlite.org, tempfiles.html).
_LOGS = ("-wal", "-journal")
_INDEX_OF_LOG = "-shm"
_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of restoring a backup: which messages are held back, lest anything comes twice.

    `previous` is where the database that it replaced is kept, if there was one. `presumed` are the first and the last
    listing day that count as posted although the backup does not know of it; `doubted` is how many messages are looked
    for in Slack before they are sent.
    """

    previous: Path | None
    presumed: tuple[date, date] | None
    doubted: int


def back_up(database: Path, file: Path, *, on_progress: ProgressCallback) -> int:
    """Copy the database at `database` to the new `file`, check the copy and give its size in bytes.

    The copy has the schema the database has; nothing is migrated. Raises `FileInTheWay`, `FileUnreadable`,
    `FileUnwritable`, `StoreTooNew`, `StoreCorrupt` or `StoreUnusable`; then there is no `file`.
    """
    _must_be_readable(database)
    if os.path.lexists(file):
        raise FileInTheWay(path=file)
    with _refusing(lambda reason: FileUnwritable(path=file, reason=reason)), _draft(file) as draft:
        with closing(_copy(database, draft, on_progress)) as copied:
            copied.execute("PRAGMA journal_mode=DELETE")  # one file, which can be read where nothing can be written
        _sync(draft)
        _rename_into_place(draft, file)
        _sync_folder(file.parent)
        return file.stat().st_size


def restore(file: Path, database: Path, *, now: datetime, catch_up: bool, on_progress: ProgressCallback) -> Restored:
    """Put the backup in `file` in the place of the database, and bring it to the current schema.

    A backup does not know what was posted after it was made. So every listing day that a channel was due by `now`
    counts as posted, and what was unsent is in doubt; unless no bot ran since, which `catch_up` says. Whenever this
    process is killed, the old database or the restored one is there and whole. Raises `FileUnreadable`, `StoreInUse`,
    `StoreTooNew`, `StoreCorrupt` or `StoreUnusable`; then nothing was changed.
    """
    _must_be_readable(file)
    running = acquire_run_lock(database)
    try:
        place = database.resolve()
        with _refusing(lambda reason: StoreUnusable(path=database, reason=reason)):
            _clear_drafts(place)
            with _draft(place) as draft:
                with closing(_copy(file, draft, on_progress)) as restored:
                    prepare(restored, file)
                    presumed, doubted = (None, 0) if catch_up else in_transaction(restored, _presume_posted, now)
                    restored.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                with _kept_from_others(place):
                    _look_like(draft, place if place.exists() else file)
                    _sync(draft)
                    previous = _set_aside(place, now)
                    draft.replace(place)
                    _sync_folder(place.parent)
    finally:
        running.release()
    return Restored(previous, presumed, doubted)


# copying --------------------------------------------------------------------------------------------------------------


def _copy(source: Path, draft: Path, on_progress: ProgressCallback) -> sqlite3.Connection:
    """Copy what `source` holds at this moment, its log included, into the empty `draft`, and check it."""
    copied = sqlite3.connect(draft, isolation_level=None)
    try:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            copied.execute(f"PRAGMA {setting}")
        with translate_errors(source):
            original = _open(source)
        with closing(original):
            with translate_errors(source):
                original.execute("BEGIN")
                page_size = original.execute("PRAGMA page_size").fetchone()[0]
                original.execute("SELECT count(*) FROM sqlite_schema").fetchone()

            def report_bytes(_status: int, remaining: int, total: int) -> None:
                on_progress((total - remaining) * page_size, total * page_size)

            with _damage_of(source):
                original.backup(copied, pages=_PAGES_AT_ONCE, progress=report_bytes)
        with _damage_of(source):
            _check(copied, source)
    except BaseException:
        copied.close()
        raise
    return copied


def _check(copied: sqlite3.Connection, source: Path) -> None:
    if damage := found_damage(copied, "integrity_check"):
        raise StoreCorrupt(path=source, reason=damage)
    applied = applied_migrations(copied)
    if not applied:
        raise StoreCorrupt(path=source, reason="it holds nothing of Paperboy's")
    check_applied(dict(zip(applied, applied, strict=True)), KNOWN_MIGRATIONS, path=source)


def _open(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there; unlike others it makes none."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=sqlite.BUSY_SECONDS
    )


def _must_be_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise FileUnreadable(path=path, reason=error.strerror) from error


@contextmanager
def _damage_of(source: Path) -> Iterator[None]:
    """Raise `StoreCorrupt` for errors of SQLite that are the fault of `source`, not of the place it is copied to."""
    try:
        yield
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreCorrupt(path=source, reason=str(error)) from error


@contextmanager
def _refusing(refusal: Callable[[str], PaperboyError]) -> Iterator[None]:
    """Turn what SQLite and the system say while something is written into an error of ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise refusal(str(error)) from error
    except OSError as error:
        raise refusal(error.strerror or str(error)) from error


# the past that a backup does not know ---------------------------------------------------------------------------------


def _presume_posted(db: sqlite3.Connection, now: datetime) -> tuple[tuple[date, date] | None, int]:
    return run_synchronously(_count_as_posted(SqliteConnection(db), now))


async def _count_as_posted(db: Connection, now: datetime) -> tuple[tuple[date, date] | None, int]:
    presumed: set[date] = set()
    for channel in await Channels(db).everywhere():
        if (
            channel.state is not ChannelState.ACTIVE
        ):  # nothing came while it was, and what it missed is kept for when it is resumed
            continue
        if missed := _days_due_by(channel, now):
            await DueClaims(db).move_cursor(channel.team, channel.id, missed[-1])
            presumed.update(missed)
    doubted = await Outbox(db).put_unsent_in_doubt("a backup was restored")
    return (min(presumed), max(presumed)) if presumed else None, doubted


def _days_due_by(channel: Channel, now: datetime) -> list[date]:
    """The days after its cursor that a channel would have had at its last due minute."""
    settings = channel.settings
    last_date = last_due_date(now, settings.post_at, settings.timezone, settings.is_posting_day)
    if last_date is None:
        return []
    at = due_at(last_date, settings.post_at, settings.timezone)
    is_first = channel.cursor is None and channel.since is not None and at < channel.since
    return [] if is_first else days_due(channel, at)


# putting in place -----------------------------------------------------------------------------------------------------


@contextmanager
def _draft(final: Path) -> Iterator[Path]:
    """An empty file beside `final`, where a rename is atomic; gone afterwards unless it got another name.

    Only its owner can read it (`mkstemp`), and that stays so.
    """
    handle, name = tempfile.mkstemp(prefix=f"{final.name}-", suffix=_UNFINISHED, dir=final.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
    finally:
        for ending in ("", *_LOGS, _INDEX_OF_LOG):
            _beside(draft, ending).unlink(missing_ok=True)


def _clear_drafts(final: Path) -> None:
    """Remove what earlier restores left that were killed; whoever calls this is alone."""
    for left in final.parent.glob(f"{escape(final.name)}-*{_UNFINISHED}*"):
        left.unlink()


def _rename_into_place(draft: Path, name: Path) -> None:
    """Name a draft, but never in the place of something that came there meanwhile."""
    try:
        name.hardlink_to(draft)
    except FileExistsError:
        raise FileInTheWay(path=name) from None
    except OSError:  # not every file system knows hard links
        if os.path.lexists(name):
            raise FileInTheWay(path=name) from None
        draft.rename(name)


@contextmanager
def _kept_from_others(database: Path) -> Iterator[None]:
    """Bring a database's log home into its file, and let nobody in until it is replaced.

    Whoever had it open would go on writing to a file that nobody reads any more (sqlite.org, howtocorrupt.html). A
    database too damaged for that is left as it is, log and all.
    """
    if not database.exists():
        yield
        return
    with closing(_open(database)) as db:
        try:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("BEGIN EXCLUSIVE")
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
                raise StoreInUse(path=database)
        except sqlite3.DatabaseError as error:
            match error.sqlite_errorcode & 0xFF:
                case sqlite3.SQLITE_BUSY:
                    raise StoreInUse(path=database) from error
                case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_IOERR:
                    pass
                case _:
                    raise
        yield


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Give what is at `database` a dated name as well, and leave only the database itself under the old one.

    A log goes before its database does: SQLite would play it into whichever file comes next.
    """
    dated = f"{database.stem}-replaced-{now.astimezone(UTC):%Y-%m-%d-%H%M%S}"
    again = chain([""], (f"-{number}" for number in count(2)))
    names = (database.with_name(f"{dated}{which}{database.suffix}") for which in again)
    kept = next(name for name in names if not any(_beside(name, ending).exists() for ending in ("", *_LOGS)))
    there = [ending for ending in ("", *_LOGS) if _beside(database, ending).exists()]
    for ending in there:
        only_for_owner(_beside(database, ending))
        _keep(_beside(database, ending), _beside(kept, ending))
    _sync_folder(database.parent)
    for ending in (*_LOGS, _INDEX_OF_LOG):
        _beside(database, ending).unlink(missing_ok=True)
    _sync_folder(database.parent)
    return kept if "" in there else None


def _keep(file: Path, name: Path) -> None:
    try:
        name.hardlink_to(file)
    except OSError:  # not every file system knows hard links
        shutil.copy2(file, name)
        _sync(name)


def _look_like(draft: Path, model: Path) -> None:
    """Give the draft the owner of the model, also when an administrator restores it; nobody else reads either."""
    if sys.platform != "win32":
        status = model.stat()
        with suppress(PermissionError):
            os.chown(draft, status.st_uid, status.st_gid)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}{ending}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """A name is on the disk when its folder is (fsync(2)); Windows knows no such thing."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
