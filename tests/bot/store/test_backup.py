"""A backup shows one moment of a working bot, a restored database is that moment, and nothing half done is left."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from bot.app import open_bot
from bot.errors import (
    FileInTheWay,
    FileUnreadable,
    FileUnwritable,
    StoreCorrupt,
    StoreInUse,
    StoreTooNew,
)
from bot.rules.editions import Edition
from bot.rules.reading_list import SaveKind
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from bot.store import backup
from bot.store.backup import Restored, back_up, restore
from bot.store.migrations import migrations
from bot.store.sqlite import KNOWN_MIGRATIONS, open_store
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    DAY,
    JIMIN,
    MELTEMI,
    NOW,
    TEAM,
    channel,
    in_sqlite,
    made_by_step,
    morning,
    paper,
)
from tests.clocks import PatientClock
from tests.command_server import start_python
from tests.harness import Harness, lay_out_database, like, papers_of, settings_for
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.slack_emulator import Channel, Person
    from bot.store import Store
    from tests.command_server import Command

MONDAY = date(2026, 8, 17)


def unheard(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


def copy_out(database: Path, file: Path) -> int:
    return back_up(database, file, on_progress=unheard)


def put_back(file: Path, database: Path, *, now: datetime = NOW, catch_up: bool = True) -> Restored:
    return restore(file, database, now=now, catch_up=catch_up, on_progress=unheard)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / "paperboy.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a backup goes: a folder of its own, so that nothing in it but the backup can be seen."""
    (tmp_path / "safe").mkdir()
    return tmp_path / "safe" / "sunday.db"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    store = await open_store(path)
    yield store
    await store.close()


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A database at work, in which Ana has saved a paper."""
    async with opened(lay_out_database(path.parent)) as store:
        await store.papers.remember(paper(), source="arxiv", now=NOW)
        await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
        yield store


@pytest.fixture
async def saved(path: Path, file: Path) -> Path:
    """A backup in which Ana has saved a paper, of a database in which Jimin has saved it too since then."""
    async with opened(lay_out_database(path.parent)) as store:
        await store.papers.remember(paper(), source="arxiv", now=NOW)
        await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
        copy_out(path, file)
        await store.reading_lists.save(TEAM, JIMIN, MELTEMI, SaveKind.CLICK, now=NOW)
    return file


def readers(database: Path) -> set[str]:
    """Whoever has saved something."""
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {user for (user,) in db.execute("SELECT user FROM saved_papers")}


def everything(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as db:
        return list(db.iterdump())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} - {"paperboy.db-lock"}


# backing up -----------------------------------------------------------------------------------------------------------


def test_a_backup_is_the_database_in_a_single_file(store: Store, file: Path) -> None:
    size = copy_out(in_sqlite(store).path, file)
    assert everything(file) == everything(in_sqlite(store).path)
    assert size == file.stat().st_size
    assert names(file.parent) == {file.name}


def test_a_backup_shows_one_moment_although_somebody_writes_all_the_time(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_PAGES_AT_ONCE", 1)
    told: list[tuple[int, int]] = []

    with closing(sqlite3.connect(in_sqlite(store).path, isolation_level=None)) as writer:

        def write(done: int, total: int) -> None:
            told.append((done, total))
            writer.execute("INSERT INTO empty_days VALUES (?, 'now')", (str(len(told)),))

        before = everything(in_sqlite(store).path)
        back_up(in_sqlite(store).path, file, on_progress=write)
        assert writer.execute("SELECT count(*) FROM empty_days").fetchone() == (len(told),)
    assert everything(file) == before
    assert told == sorted(told), "it never began anew"
    assert told[-1][0] == told[-1][1] == file.stat().st_size


async def test_all_that_another_process_was_told_is_written_is_in_the_next_backup(store: Store, file: Path) -> None:
    writer = await python(
        "from bot.rules.reading_list import SaveKind\nfrom bot.store.sqlite import open_store\n"
        "from tests.bot.store.samples import NOW\n"
        "async def main():\n"
        f"    store = await open_store(Path({str(in_sqlite(store).path)!r}))\n"
        "    for n in range(100_000):\n"
        f"        await store.reading_lists.save({TEAM!r}, f'U{{n}}', {MELTEMI!r}, SaveKind.CLICK, now=NOW)\n"
        "        print(n, flush=True)\n"
        "asyncio.run(main())"
    )
    assert writer.stdout
    try:
        for number in range(5):
            acknowledged = 0
            while acknowledged < 20:
                latest = (await writer.stdout.readline()).decode().strip()
                acknowledged += 1
            each = file.with_name(f"{number}.db")
            copy_out(in_sqlite(store).path, each)
            kept = readers(each) - {ANA}
            assert kept == {f"U{n}" for n in range(len(kept))}, "no gap"
            assert len(kept) > int(latest)
    finally:
        writer.kill()
        await writer.wait()


def test_a_backup_is_its_owners_however_open_the_database_was(store: Store, file: Path) -> None:
    in_sqlite(store).path.chmod(0o644)
    copy_out(in_sqlite(store).path, file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_takes_no_step_towards_the_present_shape(path: Path, file: Path) -> None:
    made_by_step(path, 1)
    copy_out(path, file)
    assert everything(file) == everything(path)


@pytest.mark.parametrize("what", ["a file", "a folder", "a link to nowhere", "the database"])
def test_nothing_is_ever_overwritten(store: Store, file: Path, what: str) -> None:
    match what:
        case "a file":
            file.write_text("precious")
        case "a folder":
            file.mkdir()
        case "a link to nowhere":
            file.symlink_to(file.parent / "elsewhere")
        case _:
            file = in_sqlite(store).path
    before = names(file.parent)
    with pytest.raises(FileInTheWay) as refusal:
        copy_out(in_sqlite(store).path, file)
    assert refusal.value.values["path"] == file
    assert names(file.parent) == before


def test_nor_is_what_came_there_meanwhile(store: Store, file: Path) -> None:
    with pytest.raises(FileInTheWay):
        back_up(in_sqlite(store).path, file, on_progress=lambda _done, _total: file.write_text("precious"))
    assert file.read_text() == "precious"
    assert names(file.parent) == {file.name}


def test_a_place_that_is_not_there_is_named_and_not_made(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileUnwritable, match="unmounted"):
        copy_out(in_sqlite(store).path, tmp_path / "unmounted" / "paperboy.db")
    assert not (tmp_path / "unmounted").exists()


def test_a_database_that_is_not_there_is_not_made_either(path: Path, file: Path) -> None:
    with pytest.raises(FileUnreadable):
        copy_out(path, file)
    assert names(path.parent) == names(file.parent) == set()


async def test_of_a_damaged_database_there_is_no_backup(path: Path, file: Path) -> None:
    await (await open_store(path)).close()
    overwritten(path)
    with pytest.raises(StoreCorrupt) as refusal:
        copy_out(path, file)
    assert refusal.value.values["path"] == path
    assert names(file.parent) == set()


def test_stopped_by_hand_it_leaves_nothing(store: Store, file: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(in_sqlite(store).path, file, on_progress=stop)
    assert names(file.parent) == set()


# restoring ------------------------------------------------------------------------------------------------------------


def test_a_restored_database_is_the_backup_and_the_other_one_is_kept(path: Path, saved: Path) -> None:
    before = everything(path)
    restored = put_back(saved, path)
    assert everything(path) == everything(saved)
    assert readers(path) == {ANA}
    assert restored.previous == path.with_name("paperboy-replaced-2024-08-01-001000.db")
    assert everything(restored.previous) == before
    assert restored == Restored(restored.previous, presumed=None, doubted=0)


def test_restoring_twice_in_a_second_keeps_both(path: Path, saved: Path) -> None:
    first, second = put_back(saved, path).previous, put_back(saved, path).previous
    assert first
    assert second
    assert readers(first) == {ANA, JIMIN}
    assert readers(second) == {ANA}


def test_what_stands_in_the_log_of_the_other_one_is_kept_too(path: Path, saved: Path, tmp_path: Path) -> None:
    stopped_in_its_tracks(path, tmp_path, "INSERT INTO empty_days VALUES ('E', 'now')")
    assert path.with_name("paperboy.db-wal").stat().st_size
    previous = put_back(saved, path).previous
    assert previous
    assert "INSERT INTO \"empty_days\" VALUES('E','now');" in everything(previous)
    assert everything(path) == everything(saved)
    assert names(path.parent) == {"paperboy.db", previous.name}


def test_a_damaged_database_is_kept_as_it_is_and_its_log_does_no_harm(path: Path, saved: Path, tmp_path: Path) -> None:
    stopped_in_its_tracks(path, tmp_path, "INSERT INTO empty_days VALUES ('E', 'now')")
    path.write_bytes(b"Dear diary,\n" * 5000)
    log = path.with_name("paperboy.db-wal").read_bytes()
    previous = put_back(saved, path).previous
    assert previous
    assert previous.read_bytes() == b"Dear diary,\n" * 5000
    assert previous.with_name(f"{previous.name}-wal").read_bytes() == log
    assert everything(path) == everything(saved)


def test_where_there_was_no_database_there_is_one(tmp_path: Path, saved: Path) -> None:
    new = tmp_path / "new machine" / "paperboy.db"
    assert put_back(saved, new).previous is None
    assert everything(new) == everything(saved)


def test_a_restored_one_is_its_owners_and_so_is_what_it_replaced(path: Path, saved: Path) -> None:
    path.chmod(0o664)
    previous = put_back(saved, path).previous
    assert previous
    assert [file.stat().st_mode & 0o777 for file in (path, previous)] == [0o600, 0o600]


@pytest.mark.parametrize("count", [*range(1, len(KNOWN_MIGRATIONS) - 1, 8), len(KNOWN_MIGRATIONS) - 1])
def test_an_older_backup_gets_the_present_shape(path: Path, file: Path, count: int) -> None:
    made_by_step(file, count)
    put_back(file, path)
    with closing(sqlite3.connect(path)) as db:
        assert [step.name for step in migrations.applied(Database(db))] == list(KNOWN_MIGRATIONS)


def test_a_backup_of_a_newer_program_is_refused(path: Path, saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('paperboy', 'm999_from_the_future', '2030-01-01')"
        )
        db.commit()
    refused(StoreTooNew, saved, path)


@pytest.mark.parametrize("how", ["no database", "cut short", "overwritten", "empty", "somebody else's"])
def test_a_file_that_is_no_sound_backup_is_refused(path: Path, saved: Path, how: str) -> None:
    match how:
        case "no database":
            saved.write_text("Dear diary,\n" * 1000)
        case "cut short":
            saved.write_bytes(saved.read_bytes()[: saved.stat().st_size // 2])
        case "overwritten":
            overwritten(saved)
        case "empty":
            saved.write_bytes(b"")
        case _:
            saved.unlink()
            with closing(sqlite3.connect(saved)) as db:
                db.execute("CREATE TABLE recipes (cake TEXT)")
    refused(StoreCorrupt, saved, path)


def test_a_file_that_is_not_there_is_refused(path: Path, saved: Path) -> None:
    refused(FileUnreadable, saved.with_name("monday.db"), path)


async def test_nothing_is_restored_under_a_running_bot(path: Path, saved: Path) -> None:
    running = await open_store(path, exclusive=True)
    with pytest.raises(StoreInUse):
        put_back(saved, path)
    await running.close()
    assert readers(path) == {ANA, JIMIN}
    assert put_back(saved, path).previous


async def test_nor_under_another_command(path: Path, saved: Path) -> None:
    beside = await open_store(path)
    with pytest.raises(StoreInUse):
        put_back(saved, path)
    await beside.reading_lists.save(TEAM, "U1", MELTEMI, SaveKind.CLICK, now=NOW)
    await beside.close()
    assert readers(path) == {ANA, JIMIN, "U1"}
    assert names(path.parent) == {"paperboy.db"}


async def test_nobody_starts_on_a_database_that_is_being_replaced(path: Path, saved: Path) -> None:
    started: list[bool] = []

    def start(_done: int, _total: int) -> None:
        with pytest.raises(StoreInUse):
            asyncio.run_coroutine_threadsafe(open_store(path, exclusive=True), loop).result()
        started.append(False)

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(restore, saved, path, now=NOW, catch_up=True, on_progress=start)
    assert started


def refused(error: type[Exception], file: Path, database: Path) -> None:
    """It is refused by name, and all is as it was."""
    before = database.read_bytes()
    with pytest.raises(error) as refusal:
        put_back(file, database)
    assert refusal.value.values["path"] == file  # type: ignore[attr-defined]
    assert database.read_bytes() == before
    assert names(database.parent) == {database.name}


# a past that the backup does not know ---------------------------------------------------------------------------------


@asynccontextmanager
async def a_street(folder: Path) -> AsyncIterator[Callable[[], AbstractAsyncContextManager[Harness]]]:
    """Servers and a clock that outlive any one bot; gives what opens a bot among them."""
    clock = PatientClock(datetime(2026, 8, 17, 3, tzinfo=UTC))
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(with_history=True), now=clock.now, retry_delays=(0, 0, 0)) as slack,
    ):
        people: list[Person] = [slack.add_person(name) for name in ("Ana", "Jimin")]
        papers: Channel = slack.add_channel("papers", members=[person.id for person in people], with_bot=True)
        for number in range(5):
            sources.day(MONDAY + timedelta(days=number), papers_of(MONDAY + timedelta(days=number)))

        @asynccontextmanager
        async def at_work() -> AsyncIterator[Harness]:
            async with open_bot(settings_for(slack, sources, folder), clock=clock) as bot:
                await slack.connected()
                yield Harness(slack, sources, bot, clock, papers, *people)

        yield at_work


def due(number: int) -> datetime:
    """09:10 in Seoul, so many days after Monday."""
    return datetime(2026, 8, 17, 0, 10, tzinfo=UTC) + timedelta(days=number)


def posted(harness: Harness) -> list[str]:
    """The edition and the part of every message in the channel, in order."""
    marks = [(message.metadata or {})["event_payload"] for message in harness.slack.messages(harness.papers.id)]
    return [f"{mark['edition']} {mark['part']}" for mark in marks]


async def test_what_was_posted_since_the_backup_does_not_come_again(tmp_path: Path, path: Path, file: Path) -> None:
    async with a_street(path.parent) as at_work:
        async with at_work() as harness:
            await harness.serve()
            await harness.at(due(1))
            copy_out(path, file)
            await harness.at(due(2))
            await harness.at(due(3))
            before = posted(harness)
            noon = harness.clock.now() + timedelta(hours=3)
        restored = put_back(file, path, now=noon, catch_up=False)
        assert restored.presumed == (date(2026, 8, 18), date(2026, 8, 19))
        async with at_work() as harness:
            await harness.at(noon)
            assert posted(harness) == before
            await harness.at(due(4))
            assert posted(harness)[len(before)] == "daily:2026-08-20 header"
            assert len(set(posted(harness))) == len(posted(harness))


async def test_what_was_missed_since_the_backup_comes_when_told_so(tmp_path: Path, path: Path, file: Path) -> None:
    async with a_street(path.parent) as at_work:
        async with at_work() as harness:
            await harness.serve()
            await harness.at(due(1))
            before = posted(harness)
        copy_out(path, file)
        assert put_back(file, path, now=due(3), catch_up=True).presumed is None
        async with at_work() as harness:
            await harness.at(due(3))
            assert posted(harness)[len(before)] == "daily:2026-08-18..2026-08-19 header"


async def test_what_was_waiting_in_the_backup_is_looked_for_before_it_is_sent(
    tmp_path: Path, path: Path, file: Path
) -> None:
    async with a_street(path.parent) as at_work:
        async with at_work() as harness:
            store, daily = harness.bot.services.store, harness.bot.workspace.daily
            planned = await daily.compose(harness.team, harness.papers.id, MONDAY, like(top=3))
            assert isinstance(planned, list)
            await store.outbox.plan(planned, now=harness.clock.now(), days=[MONDAY])
            copy_out(path, file)
            await harness.post(MONDAY, top=3)
            before = posted(harness)
            assert len(before) == 4
        assert put_back(file, path, now=due(1), catch_up=False).doubted == 4
        async with at_work() as harness:
            await harness.at(due(1))
            assert posted(harness) == before
            delivered = await harness.bot.services.store.outbox.deliveries(
                harness.team, harness.papers.id, Edition.parse("daily:2026-08-17")
            )
            assert {delivery.state for delivery in delivered} == {"sent"}


@pytest.mark.parametrize(
    ("now", "presumed"),
    [
        (datetime(2024, 8, 3, 0, 9, tzinfo=UTC), (date(2024, 8, 1), date(2024, 8, 1))),
        (datetime(2024, 8, 3, 0, 10, tzinfo=UTC), (date(2024, 8, 1), date(2024, 8, 2))),
        (datetime(2024, 8, 1, 23, 0, tzinfo=UTC), None),
    ],
)
async def test_only_days_that_a_channel_was_due_count_as_posted(
    path: Path, file: Path, now: datetime, presumed: tuple[date, date] | None
) -> None:
    async with opened(path) as store:
        await store.channels.create(channel(cursor=DAY), now=NOW)
    copy_out(path, file)
    assert put_back(file, path, now=now, catch_up=False).presumed == presumed
    async with opened(path) as restored:
        served = await restored.channels.find(TEAM, CHANNEL)
    assert served
    assert served.cursor == (presumed[1] if presumed else DAY)


# sudden death and a full disk -----------------------------------------------------------------------------------------

# Goes once through all lines of the module, and sees what the files are at each. Then it forks again and again: each
# child is killed at the next line that finds other files than the one before, until one gets through. A process that is
# killed leaves its files and nothing else, so of several lines that find the same it does not matter which.
KILLED_AT_EVERY_LINE = """
import os, signal, shutil
from datetime import UTC, datetime
from bot.store import backup

home, start = Path(sys.argv[1]), Path(sys.argv[2])

def begin():
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(start, home)

def work():
    {work}

def before_each_line(act):
    def trace(frame, event, argument):
        if frame.f_code.co_filename != backup.__file__:
            return None
        if event == "line":
            act()
        return trace
    sys.settrace(trace)
    work()
    sys.settrace(None)

def files():
    found = [path for path in sorted(home.rglob("*")) if not path.is_dir()]
    return [(path, path.stat().st_mode, path.read_bytes()) for path in found]

def look_at_files():
    global last
    now = files()
    others.append(now != last)
    last = now

def dies_after(lines):
    def count():
        nonlocal lines
        lines -= 1
        if lines < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    before_each_line(count)
    os._exit(0)

others, last = [], None
begin()
before_each_line(look_at_files)
moments = [line for line, is_other in enumerate(others) if is_other]
for lines in [*moments, len(others)]:
    begin()
    child = os.fork()
    if child == 0:
        dies_after(lines)
    status = os.waitpid(child, 0)[1]
    assert status == (signal.SIGKILL if lines < len(others) else 0), status
    {look}
print(len(others), len(moments))
"""


async def test_killed_at_any_line_a_restore_leaves_the_old_database_or_the_new_one(
    path: Path, saved: Path, tmp_path: Path
) -> None:
    stopped_in_its_tracks(path, tmp_path, "INSERT INTO empty_days VALUES ('E', 'now')")
    lines, killed = await killed_at_every_line(
        path.parent,
        work=(
            f"backup.restore(Path({str(saved)!r}), home / 'paperboy.db', now=datetime.now(UTC), catch_up=False,"
            " on_progress=print)"
        ),
        look=(
            "with closing(sqlite3.connect(home / 'paperboy.db')) as db:\n"
            "        users = db.execute('SELECT count(*) FROM saved_papers').fetchone()[0]\n"
            "        events = db.execute('SELECT count(*) FROM empty_days').fetchone()[0]\n"
            "        assert db.execute('PRAGMA integrity_check').fetchone()[0] == 'ok'\n"
            "        assert (users, events) in {(2, 1), (1, 0)}, (lines, users, events)\n"
            "        assert status or (users, events) == (1, 0)\n"
            "    work()\n"
            "    assert not list(home.glob('*unfinished*'))"
        ),
        folder=tmp_path,
    )
    assert lines > 50
    assert killed > 5


async def test_killed_at_any_line_a_backup_is_whole_or_not_there(path: Path, saved: Path, tmp_path: Path) -> None:
    lines, killed = await killed_at_every_line(
        path.parent,
        work="backup.back_up(home / 'paperboy.db', home / 'copy.db', on_progress=print)",
        look=(
            "if (home / 'copy.db').exists():\n"
            "        with closing(sqlite3.connect(home / 'copy.db')) as db:\n"
            "            assert db.execute('SELECT count(*) FROM saved_papers').fetchone()[0] == 2\n"
            "    assert status or (home / 'copy.db').exists()"
        ),
        folder=tmp_path,
    )
    assert lines > 50
    assert killed > 5


async def killed_at_every_line(start: Path, *, work: str, look: str, folder: Path) -> tuple[int, int]:
    """Do `work` in a copy of the folder `start`, killed wherever it left other files, and `look` at what that left.

    How many lines it has, and how many of them find other files than the line before.
    """
    script = KILLED_AT_EVERY_LINE.format(work=work, look=look)
    process = await python(script, str(folder / "killed"), str(start))
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    lines, killed = map(int, out.split()[-2:])
    return lines, killed


@pytest.mark.parametrize("command", ["backup", "restore"])
async def test_a_full_disk_is_said_in_one_line_and_leaves_nothing(path: Path, saved: Path, command: str) -> None:
    file = saved.with_name("monday.db") if command == "backup" else saved
    process = await python(
        "import resource\nfrom bot.cli.main import main\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        f"sys.argv = ['paperboy', {command!r}, {str(file)!r}]\nmain()",
        DATABASE_URL=f"sqlite:///{path}",
    )
    _, complaint = await process.communicate()
    assert process.returncode == 1
    assert complaint.decode().count("\n") == 1
    assert str(file if command == "backup" else path) in complaint.decode()
    assert names(saved.parent) == {saved.name}
    assert names(path.parent) == {path.name}
    assert readers(path) == {ANA, JIMIN}


# what a person sees ---------------------------------------------------------------------------------------------------


async def paperboy(*arguments: str, database: Path) -> tuple[int, str, str]:
    process = await python(
        f"from bot.cli.main import main\nsys.argv = {['paperboy', *arguments]!r}\nmain()",
        DATABASE_URL=f"sqlite:///{database}",
    )
    out, complaint = await process.communicate()
    return process.returncode or 0, out.decode(), complaint.decode()


async def test_a_backup_and_its_restoring_are_told_in_words(path: Path, saved: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    code, out, complaint = await paperboy("backup", str(copy), database=path)
    assert (code, complaint) == (0, "")
    assert out.startswith(f"Backed up {path} to {copy} (")
    code, out, complaint = await paperboy("restore", str(saved), database=path)
    assert (code, complaint) == (0, "")
    assert f"Restored {path} from {saved}." in out
    (kept,) = path.parent.glob("paperboy-replaced-*.db")
    assert str(kept) in out


async def test_it_is_said_that_days_count_as_posted(path: Path, file: Path) -> None:
    async with opened(path) as store:
        await store.channels.create(channel(cursor=DAY), now=NOW)
        await store.outbox.plan(morning(MELTEMI), now=NOW)
    copy_out(path, file)
    _, out, _ = await paperboy("restore", str(file), database=path)
    assert "2024-08-01 to" in out
    assert "--catch-up" in out
    assert "2 unsent messages will be looked up in Slack" in out
    _, out, _ = await paperboy("restore", str(file), "--catch-up", database=path)
    assert "posted" not in out


@pytest.mark.parametrize("arguments", [["backup", "{file}"], ["restore", "{database}/no.db"], ["restore", "/dev/null"]])
async def test_what_cannot_be_done_is_one_line(path: Path, saved: Path, arguments: list[str]) -> None:
    filled_in = [argument.format(file=saved, database=path.parent) for argument in arguments]
    code, out, complaint = await paperboy(*filled_in, database=path)
    assert (code, out) == (1, "")
    assert complaint.startswith("paperboy: ")
    assert complaint.count("\n") == 1
    assert filled_in[1] in complaint


# files and programs ---------------------------------------------------------------------------------------------------


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 8] = b"\xde\xad\xbe\xef" * (4096 * 7 // 4)
    path.write_bytes(content)


def stopped_in_its_tracks(path: Path, aside: Path, statement: str) -> None:
    """Write, and leave the files as a process that is killed then leaves them: the last words only in the log."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(statement)
        for ending in ("", "-wal", "-shm"):
            shutil.copy(f"{path}{ending}", aside / f"killed{ending}")
    for ending in ("", "-wal", "-shm"):
        shutil.move(aside / f"killed{ending}", f"{path}{ending}")


async def python(program: str, *arguments: str, **environment: str) -> Command:
    """Another process that runs a program."""
    imports = "import asyncio, sqlite3, sys\nfrom contextlib import closing\nfrom pathlib import Path\n"
    return await start_python("-c", f"{imports}{program}", *arguments, env={"PATH": "", **environment})
