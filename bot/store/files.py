"""The database's files: who may read them, and who runs on them."""

from __future__ import annotations

import os
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bot.errors import StoreInUse, StoreUnusable

if sys.platform == "linux":
    import fcntl

if TYPE_CHECKING:
    from pathlib import Path

ONLY_OWNER = 0o600
# What SQLite puts beside a database (sqlite.org, tempfiles.html).
BESIDE = ("-wal", "-shm", "-journal")
# A byte of the database that only who runs on it locks: far from its content, and from the bytes SQLite locks
# (sqlite.org, os_unix.c, PENDING_BYTE).
_RUNNING_BYTE = 2**62


def keep_to_owner(path: Path) -> None:
    """Let nobody but its owner read a database or anything beside it, whatever the umask; make it if there is none.

    It holds what people read and what they said. A file that is another's is left as it is.
    """
    if sys.platform == "win32":
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, ONLY_OWNER))
    for file in (path, *(path.with_name(f"{path.name}{ending}") for ending in BESIDE)):
        only_for_owner(file)


def only_for_owner(file: Path) -> None:
    """Let nobody but its owner read a file that may be there."""
    if sys.platform == "win32":
        return
    with suppress(FileNotFoundError, PermissionError):
        mode = file.stat().st_mode & 0o777
        if mode & ~ONLY_OWNER and file.is_file():
            file.chmod(mode & ONLY_OWNER)


class RunLock:
    """The right to run on a database, held until it is released or the process ends.

    It is told apart by the file it is, not by the name it is opened under: symbolic links are followed, and on Linux
    hard links are known for what they are as well.
    """

    def __init__(self, lock: FileLock, handle: int | None) -> None:
        self._lock = lock
        self._handle = handle

    def release(self) -> None:
        """Let another run. Call it when no connection of this process to the database is left."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        self._lock.release()


def acquire_run_lock(path: Path) -> RunLock:
    """Be the one who runs on this database. Raises `StoreInUse` or `StoreUnusable`."""
    place = path.resolve()
    lock_file = place.with_name(f"{place.name}-lock")
    lock = FileLock(lock_file, timeout=0, mode=ONLY_OWNER)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        only_for_owner(lock_file)
        lock.acquire()
    except Timeout as error:
        raise StoreInUse(path=path) from error
    except OSError as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
    try:
        return RunLock(lock, _lock_the_file_itself(path, place))
    except BaseException:
        lock.release()
        raise


def _lock_the_file_itself(path: Path, place: Path) -> int | None:
    """Lock a byte of the database, which it has under any name; None where there is none, or no lock that fits.

    Only an open file description's lock does: another kind ends with whichever handle of the file is closed first
    (fcntl(2)). For the same reason a handle that could not lock stays open: to close it would end SQLite's own locks.
    """
    if sys.platform != "linux" or not place.exists():
        return None
    try:
        handle = os.open(place, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _RUNNING_BYTE, 1, 0)
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, wanted)
    except (BlockingIOError, PermissionError) as error:
        raise StoreInUse(path=path) from error
    except OSError:  # not every file system knows such locks
        return handle
    return handle
