"""Who may read the database's files, and who runs on them."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreInUse
from bot.store.backup import back_up
from bot.store.files import acquire_run_lock
from bot.store.sqlite import connect, open_store
from tests.bot.store.samples import NOW, paper
from tests.command_server import start_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights and other links")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Files made meanwhile are as open as this lets them be."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def rights(folder: Path) -> dict[str, str]:
    return {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()}


def open_to_all(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o664)


# who may read them ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("umask")
async def test_only_its_owner_reads_a_database_its_log_its_lock_and_its_backups(tmp_path: Path, path: Path) -> None:
    store = await open_store(path, exclusive=True)
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    back_up(path, tmp_path / "copy.db", on_progress=lambda _done, _all: None)
    assert rights(tmp_path) == dict.fromkeys(
        ("paperboy.db", "paperboy.db-wal", "paperboy.db-shm", "paperboy.db-lock", "copy.db"), "0o600"
    )
    await store.close()


async def test_files_of_an_earlier_version_are_closed_to_others(tmp_path: Path, path: Path) -> None:
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE more (number)")
        path.with_name("paperboy.db-lock").touch()
        open_to_all(tmp_path)
        store = await open_store(path, exclusive=True)
        assert set(rights(tmp_path).values()) == {"0o600"}
        await store.close()


# who runs on them -----------------------------------------------------------------------------------------------------


def symbolic(path: Path, other: Path) -> None:
    other.symlink_to(path)


def of_its_folder(path: Path, other: Path) -> None:
    other.parent.rmdir()
    other.parent.symlink_to(path.parent)


def hard(path: Path, other: Path) -> None:
    other.hardlink_to(path)


LINKS = [
    pytest.param(symbolic, id="a symbolic link"),
    pytest.param(of_its_folder, id="a symbolic link to its folder"),
    pytest.param(
        hard,
        id="a hard link",
        marks=pytest.mark.skipif(sys.platform != "linux", reason="other systems have no lock that tells"),
    ),
]


@pytest.mark.parametrize("link", LINKS)
async def test_a_database_has_one_bot_whatever_it_is_called(
    tmp_path: Path, path: Path, link: Callable[[Path, Path], None]
) -> None:
    running = await open_store(path, exclusive=True)
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / path.name
    link(path, other)
    with pytest.raises(StoreInUse):
        await open_store(other, exclusive=True)
    await running.close()
    await (await open_store(other, exclusive=True)).close()


@pytest.mark.parametrize("link", LINKS)
def test_a_restore_is_refused_too(tmp_path: Path, path: Path, link: Callable[[Path, Path], None]) -> None:
    with closing(connect(path)):
        pass
    (tmp_path / "elsewhere").mkdir()
    link(path, tmp_path / "elsewhere" / path.name)
    running = acquire_run_lock(path)
    with pytest.raises(StoreInUse):
        acquire_run_lock(tmp_path / "elsewhere" / path.name)
    running.release()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no lock that tells")
async def test_who_was_refused_leaves_the_locks_of_sqlite_as_they_are(tmp_path: Path, path: Path) -> None:
    """To close any handle of a file ends a process's locks on it (fcntl(2)); another process could then write."""
    running = await open_store(path, exclusive=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        hard(path, tmp_path / "other.db")
        db.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(StoreInUse):
                await open_store(tmp_path / "other.db", exclusive=True)
        assert "locked" in await _in_another_process(path)
        db.execute("COMMIT")
    await running.close()


def test_a_database_that_was_never_there_is_made_once(path: Path) -> None:
    owned = acquire_run_lock(path)
    assert not path.exists(), "a restore finds nothing to keep"
    owned.release()


async def _in_another_process(path: Path) -> str:
    text = (
        f"import sqlite3\ndb = sqlite3.connect({str(path)!r}, timeout=0, isolation_level=None)\n"
        "try:\n    db.execute('BEGIN IMMEDIATE')\nexcept sqlite3.OperationalError as error:\n    print(error)"
    )
    process = await start_python("-c", text, env={})
    told, _ = await process.communicate()
    return told.decode()


def test_links_are_told_apart_from_copies(tmp_path: Path, path: Path) -> None:
    with closing(connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = tmp_path / "copy.db"
        copy.write_bytes(path.read_bytes())
    first, second = acquire_run_lock(path), acquire_run_lock(copy)
    second.release()
    first.release()
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
