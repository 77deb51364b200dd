"""What only a file of SQLite's can suffer: age, damage, company, a full disk and sudden death."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL
from contextlib import closing
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreCorrupt, StoreError, StoreInUse, StoreTooNew, StoreUnusable
from bot.rules.editions import Edition, EditionKind, daily_edition
from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.reading_list import SaveKind
from bot.store import sqlite
from bot.store.backup import back_up
from bot.store.sqlite import KNOWN_MIGRATIONS, open_store
from bot.store.tables.reading_lists import ReadingLists
from tests import disk
from tests.bot.rules.test_editions import NAMES, STRANGE
from tests.bot.store.samples import ANA, MELTEMI, NOW, TEAM, in_sqlite, made_by_step, morning, paper
from tests.bot.store.samples import channel as served
from tests.bot.store.watched import WatchedConnection
from tests.command_server import start_python
from tests.harness import lay_out_database
from tests.history import fill, paper_id, sent_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store
    from tests.command_server import Command


# No database that names editions by one string alone has any of them.
KINDS_SINCE = {EditionKind.REPLY, EditionKind.REMINDER, EditionKind.TEAM}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(lay_out_database(tmp_path))
    yield opened
    await opened.close()


async def open_and_close(path: Path) -> None:
    store = await open_store(path)
    await store.close()


def shape(path: Path) -> set[tuple[str, str, str]]:
    """Every table, index and trigger with its definition, white space aside."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {(kind, name, " ".join(sql.replace('"', "").split())) for kind, name, sql in rows}


# How many migrations each released version knew.
RELEASED = {"0.1.0": 1, "0.2.0": 3, "0.3.0": 5, "0.4.0": 6, "0.5.0": 6}


# age ------------------------------------------------------------------------------------------------------------------


class TestMigrations:
    @pytest.mark.parametrize("count", range(len(KNOWN_MIGRATIONS) + 1))
    async def test_lead_from_every_earlier_shape_to_the_present_one(self, tmp_path: Path, count: int) -> None:
        made_by_step(tmp_path / "old.db", count)
        await open_and_close(tmp_path / "old.db")
        assert shape(tmp_path / "old.db") == shape(lay_out_database(tmp_path))

    async def test_change_nothing_the_second_time(self, path: Path) -> None:
        await open_and_close(path)
        before = shape(path)
        await open_and_close(path)
        assert shape(path) == before

    async def test_keep_what_the_outbox_holds(self, path: Path) -> None:
        made_by_step(path, 1)
        with closing(sqlite3.connect(path)) as db:
            db.execute(
                "INSERT INTO outbox (team, conversation, edition, part, position, kind, payload, shows, state, ts,"
                " attempts, planned_at, sent_at)"
                " VALUES ('T', 'C', 'daily:2024-07-31', 'header', 0, 'post', '{}', '[]', 'sent', '1.1', 1, '24', '24')"
            )
            db.commit()
        await open_and_close(path)
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT state, ts, attempts, sent_at FROM outbox").fetchall() == [
                ("sent", "1.1", 1, "24")
            ]
            assert db.execute("SELECT day, edition FROM edition_days").fetchall() == [
                ("2024-07-31", "daily:2024-07-31")
            ]

    async def test_fill_in_what_each_channel_has_had_from_a_full_outbox(self, path: Path) -> None:
        """As 0.5.0 left it: sixty days in two channels, with a card that was refused, one in doubt and changes."""
        last = date(2026, 8, 16)
        made_by_step(path, 6)
        refused, doubtful = paper_id(last, 3), paper_id(last, 4)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            fill(db, team=TEAM, channels=["C1", "C2"], last_day=last, days=60)
            for part, state in ((refused, "refused"), (doubtful, "in_doubt")):
                db.execute(
                    "UPDATE outbox SET state = ?, ts = NULL, sent_at = NULL WHERE conversation = 'C1' AND part = ?",
                    (state, part),
                )
            db.execute(
                "INSERT INTO outbox (team, conversation, edition, part, position, kind, payload, shows, state, ts,"
                " planned_at) SELECT team, conversation, 'votes:' || edition || ':day', part, 0, 'update', '{}', '[]',"
                " 'sent', ts, planned_at FROM outbox WHERE conversation = 'C1' AND part = ?",
                (paper_id(last, 5),),
            )
            links = {
                (conversation, part): (ts, thread_ts)
                for conversation, part, ts, thread_ts in db.execute(
                    "SELECT o.conversation, o.part, o.ts, root.ts FROM outbox o JOIN outbox root ON"
                    " root.conversation = o.conversation AND root.edition = o.edition AND root.part = 'header'"
                    " WHERE o.kind = 'post' AND o.state = 'sent' AND o.part <> 'header'"
                )
            }
        everything = [paper_id(last - timedelta(days=days), rank) for days in range(60) for rank in range(1, 11)]
        store = await open_store(path)
        for _ in ("as it was", "cleared away years later"):
            had = {channel: await store.posted.papers_had(TEAM, channel, everything) for channel in ("C1", "C2", "C3")}
            assert had == {"C1": set(everything) - {refused}, "C2": set(everything), "C3": set()}
            linked = {
                (channel, paper): link
                for channel in ("C1", "C2")
                for paper, link in (await store.posted.cards_of(TEAM, channel, everything)).items()
            }
            assert linked == links
            await store.maintenance.prune(now=sent_at(last) + timedelta(days=1000))
        assert len(await store.posted.days_had(TEAM, "C1", date.min)) == 60
        await store.close()

    @pytest.mark.parametrize("release", RELEASED)
    async def test_keep_what_a_released_version_had_served(self, path: Path, release: str) -> None:
        """Three weeks in two channels, which can go on: nothing is posted there twice, all else is at hand."""
        last = date(2026, 8, 16)
        days = [last - timedelta(days=days) for days in range(21)]
        made_by_step(path, RELEASED[release])
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            fill(db, team=TEAM, channels=["C1", "C2"], last_day=last, days=len(days), top=3)
        store = await open_store(path)
        for channel in ("C1", "C2"):
            await store.channels.create(served(channel), now=NOW)
        everything = [paper_id(day, rank) for day in days for rank in (1, 2, 3)]
        ts = f"{int(sent_at(last).timestamp()) + 1}.000100"
        for channel in ("C1", "C2"):
            assert await store.posted.papers_had(TEAM, channel, everything) == set(everything)
            assert await store.posted.days_had(TEAM, channel, date.min) == {day: daily_edition(day) for day in days}
            assert await store.posted.papers_shown(TEAM, channel, ts) == (everything[0],)
            assert not await store.outbox.plan(morning(paper_id(last, 9), channel=channel, day=last), now=NOW)
        looked_back_at = await store.posted.editions_to_look_back_at(TEAM, since=sent_at(days[-1]))
        assert {each.edition for each in looked_back_at} == {daily_edition(day) for day in days}
        assert await store.reading_lists.count(TEAM, "UREADER") == len(days)
        listing = await store.listings.find(last)
        assert listing
        assert [each.paper.id for each in listing.papers] == everything[:3]
        assert await store.summaries.find(everything[0], "en")
        await store.close()

    @pytest.mark.parametrize("count", range(1, KNOWN_MIGRATIONS.index("m016_editions_by_kind")))
    async def test_tell_of_each_edition_what_it_is_for_and_about(self, path: Path, count: int) -> None:
        made_by_step(path, count)
        names = {name: Edition.parse(name) for name in (*NAMES, *STRANGE)}
        names = {name: edition for name, edition in names.items() if edition.kind not in KINDS_SINCE}
        with closing(sqlite3.connect(path)) as db:
            db.executemany(
                "INSERT INTO outbox (team, conversation, edition, part, position, kind, payload, shows, state,"
                " planned_at) VALUES ('T', 'C', ?, 'header', 0, 'post', '{}', '[]', 'sent', '24')",
                [(name,) for name in names],
            )
            db.commit()
        await open_and_close(path)
        with closing(sqlite3.connect(path)) as db:
            told = {row[0]: row[1:] for row in db.execute("SELECT edition, edition_kind, edition_about FROM outbox")}
        assert told == {name: (edition.kind, edition.about) for name, edition in names.items()}

    async def test_of_a_newer_program_are_not_touched(self, path: Path) -> None:
        await open_and_close(path)
        with closing(sqlite3.connect(path)) as db:
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('paperboy', 'm999_from_the_future', '2030-01-01')"
            )
            db.commit()
        before = content(path)
        with pytest.raises(StoreTooNew, match="m999_from_the_future"):
            await open_store(path)
        assert content(path) == before

    async def test_by_many_processes_at_once_are_applied_once(self, path: Path) -> None:
        openers = [await program(f"await open_store(Path({str(path)!r}))") for _ in range(4)]
        assert [await opener.wait() for opener in openers] == [0] * 4


async def test_the_key_of_every_table_comes_first(store: Store) -> None:
    """SQLite before 3.41 takes the columns of a table without row ids for empty, when it checks it, where not."""
    with closing(sqlite3.connect(in_sqlite(store).path)) as db:
        columns = db.execute(
            "SELECT t.name, c.cid, c.pk FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.wr"
        ).fetchall()
    mixed = {table for table, place, pk in columns if pk and pk != place + 1}
    assert mixed == set()


async def test_a_database_in_which_somebody_reported_a_summary_is_whole(path: Path) -> None:
    made_by_step(path, 6)
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO papers (id, title, authors, abstract, source, read_at)"
            " VALUES ('1', 'T', '[]', '', 'arxiv', '')"
        )
        db.execute(
            "INSERT INTO summary_reports VALUES"
            " ('T', 'U', '1', 'en', 'numbers', '7 or 8?', '2026-08-17T00:00:00+00:00')"
        )
        db.commit()
    back_up(path, path.with_name("copy.db"), on_progress=lambda _done, _all: None)
    store = await open_store(path)
    assert [report.note for report in await store.reports.since(NOW)] == ["7 or 8?"]
    await store.close()
    await open_and_close(path)


async def test_every_table_is_strict(store: Store) -> None:
    with closing(sqlite3.connect(in_sqlite(store).path)) as db:
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")
        loose = {name for name, is_strict in tables if not is_strict and not name.startswith(("sqlite_", "_sqlite"))}
    assert loose == set()


async def test_a_paper_nobody_knows_cannot_be_saved(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)


async def test_what_is_acknowledged_is_on_the_disk_not_in_its_cache(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FULL syncs at every commit; NORMAL would lose the last ones when the power fails (sqlite.org, WAL)."""
    monkeypatch.setattr(sqlite, "SYNCHRONOUS", disk.SYNCHRONOUS)
    store = await open_store(path)
    for connection in (in_sqlite(store).writer, in_sqlite(store).reader):
        told = [
            await connection.do(lambda db, name=name: db.execute(f"PRAGMA {name}").fetchone()[0])  # type: ignore[misc]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert told == ["wal", 2, 1]
    await store.close()


# damage ---------------------------------------------------------------------------------------------------------------


def content(path: Path) -> bytes:
    return path.read_bytes()


def damaged(path: Path, how: str) -> None:
    """Make the file at `path` unusable."""
    match how:
        case "no database":
            path.write_text("Dear diary,\n" * 1000)
        case "cut short":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case "overwritten":
            content = bytearray(path.read_bytes())
            content[4096 : 4096 * 8] = b"\xde\xad\xbe\xef" * (4096 * 7 // 4)
            path.write_bytes(content)


@pytest.mark.parametrize("how", ["no database", "cut short", "overwritten"])
async def test_a_damaged_file_is_refused_and_left_as_it_is(path: Path, how: str) -> None:
    await open_and_close(path)
    damaged(path, how)
    before = content(path)
    with pytest.raises(StoreCorrupt) as refusal:
        await open_store(path)
    assert refusal.value.values["path"] == path
    assert content(path) == before


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        await open_store(tmp_path)


async def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreUnusable):
        await open_store(tmp_path / "data" / "paperboy.db")


@pytest.mark.parametrize("how", ["no database", "cut short", "overwritten"])
async def test_a_person_reads_one_line_about_it(path: Path, how: str) -> None:
    await open_and_close(path)
    damaged(path, how)
    code, complaint = await command("show", "2407.20743", database=path)
    assert code == 1
    assert complaint.count("\n") == 1
    assert str(path) in complaint
    assert "Traceback" not in complaint


# company --------------------------------------------------------------------------------------------------------------


async def test_a_running_bot_owns_its_database_and_others_work_beside_it(path: Path) -> None:
    running = await open_store(path, exclusive=True)
    with pytest.raises(StoreInUse):
        await open_store(path, exclusive=True)
    beside = await open_store(path)
    await beside.papers.remember(paper(), source="arxiv", now=NOW)
    assert await running.papers.find(MELTEMI) == await beside.papers.find(MELTEMI)
    await beside.close()
    await running.close()
    await (await open_store(path, exclusive=True)).close()


async def test_a_killed_bot_owns_nothing(path: Path) -> None:
    owner = await program(
        f"store = await open_store(Path({str(path)!r}), exclusive=True)\n    print('mine', flush=True)\n"
        "    await asyncio.sleep(60)"
    )
    assert await heard(owner) == "mine"
    with pytest.raises(StoreInUse):
        await open_store(path, exclusive=True)
    owner.kill()
    await owner.wait()
    await (await open_store(path, exclusive=True)).close()


async def test_a_second_run_is_refused_in_one_line(path: Path) -> None:
    running = await open_store(path, exclusive=True)
    code, complaint = await command("run", database=path)
    await running.close()
    assert code == 1
    assert complaint.count("\n") == 1
    assert "already using" in complaint


async def test_processes_writing_at_once_wait_for_each_other(store: Store) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    writers = [
        await program(
            f"store = await open_store(Path({str(in_sqlite(store).path)!r}))\n"
            "    for n in range(50):\n"
            f"        user = f'U{number}-{{n}}'\n"
            f"        await store.reading_lists.save({TEAM!r}, user, {MELTEMI!r}, SaveKind.CLICK, now=NOW)\n"
            "    await store.close()"
        )
        for number in range(4)
    ]
    assert [await writer.wait() for writer in writers] == [0] * 4
    with closing(sqlite3.connect(in_sqlite(store).path)) as db:
        assert db.execute("SELECT count(DISTINCT user) FROM saved_papers").fetchone() == (200,)


async def test_a_lock_that_is_not_let_go_is_said_and_costs_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = await open_store(path)
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match="locked"):
            await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
        assert await store.papers.find(MELTEMI), "readers never wait for a writer"
    assert await store.reading_lists.count(TEAM, ANA) == 0
    assert await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await store.close()


async def test_of_writes_committed_together_a_failing_one_costs_no_other(store: Store) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    wanted = [(f"U{number}", MELTEMI if number % 10 else "9999.99999") for number in range(100)]
    outcomes = await asyncio.gather(
        *(store.reading_lists.save(TEAM, user, paper_id, SaveKind.CLICK, now=NOW) for user, paper_id in wanted),
        return_exceptions=True,
    )
    assert [outcome is True for outcome in outcomes] == [paper_id == MELTEMI for _, paper_id in wanted]
    assert [await store.reading_lists.count(TEAM, user) for user, _ in wanted] == [
        int(saved is True) for saved in outcomes
    ]


async def test_writes_committed_together_happen_in_the_order_they_were_asked_for(store: Store) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    changes = [
        store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW),
        store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW),
    ]
    assert (
        await asyncio.gather(*changes, store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW))
        == [True] * 3
    )


# the end --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2, 5, 50])
async def test_whatever_is_asked_at_the_end_is_answered(path: Path, number: int) -> None:
    """Writes before, while and after a store is closed: each is done or said not to be, and none is waited for."""
    store = await open_store(path)
    await store.papers.remember(paper(), source="arxiv", now=NOW)

    async def write(user: str) -> bool:
        return await store.reading_lists.save(TEAM, user, MELTEMI, SaveKind.CLICK, now=NOW)

    async def close_soon() -> None:
        for _ in range(number):
            await asyncio.sleep(0)
        await store.close()

    async with asyncio.timeout(20):
        early = [asyncio.create_task(write(f"U{one}")) for one in range(20)]
        closing_down = asyncio.create_task(close_soon())
        for one in range(20, 40):
            await asyncio.sleep(0)
            early.append(asyncio.create_task(write(f"U{one}")))
        outcomes = await asyncio.gather(*early, return_exceptions=True)
        await closing_down
        late = await asyncio.gather(
            *(write("late") for _ in range(3)), store.papers.find(MELTEMI), return_exceptions=True
        )
    done = sum(outcome is True for outcome in outcomes)
    assert all(outcome is True or isinstance(outcome, StoreUnusable) for outcome in outcomes)
    assert all(isinstance(outcome, StoreUnusable) for outcome in late)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM saved_papers").fetchone() == (done,)


async def test_a_store_may_be_closed_twice(path: Path) -> None:
    store = await open_store(path, exclusive=True)
    async with asyncio.timeout(20):
        await store.close()
        await store.close()


async def test_a_failure_of_any_kind_reaches_who_asked(store: Store) -> None:
    class OddError(BaseException):
        """No error of a program."""

    def fail(_: sqlite3.Connection) -> None:
        raise OddError

    async with asyncio.timeout(20):
        with pytest.raises(OddError):
            await in_sqlite(store).writer.do(fail)
        assert await in_sqlite(store).writer.do(lambda db: db.execute("SELECT 1").fetchone()) == (1,)


# health ---------------------------------------------------------------------------------------------------------------


async def test_a_database_that_can_be_read_and_not_written_is_not_well(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = await open_store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            assert await store.papers.find(MELTEMI) is None
            with pytest.raises(StoreUnusable):
                await store.maintenance.check()
    await store.maintenance.check()
    await store.close()


async def test_however_often_anybody_looks_it_is_written_now_and_then(store: Store) -> None:
    await asyncio.gather(*(store.maintenance.check() for _ in range(100)))
    for _ in range(100):
        await store.maintenance.check()
    with closing(sqlite3.connect(in_sqlite(store).path)) as db:
        (checks,) = db.execute("SELECT checks FROM last_check").fetchone()
    assert checks == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
async def test_a_full_disk_is_no_health(path: Path) -> None:
    """A log that may not grow any more stands for a disk without room."""
    await open_and_close(path)
    filled = await program(
        f"store = await open_store(Path({str(path)!r}))\n"
        "    import resource\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, resource.RLIM_INFINITY))\n"
        "    [await store.papers.find('2407.20743') for _ in range(3)]\n"
        "    try:\n        await store.maintenance.check()\n"
        "    except Exception as error:\n        print(type(error).__name__, flush=True)\n"
        "    else:\n        print('well', flush=True)"
    )
    assert await heard(filled) == "StoreUnusable"
    await filled.wait()


# a full disk ----------------------------------------------------------------------------------------------------------


async def test_a_full_disk_is_said_and_costs_nothing_that_was_there(store: Store) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    assert await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await in_sqlite(store).writer.do(lambda db: db.execute(f"PRAGMA max_page_count = {pages(db)}"))
    latest = ""

    async def fill_up() -> None:
        nonlocal latest
        for number in range(10_000):
            latest = f"U{number}"
            await store.reading_lists.save(TEAM, latest, MELTEMI, SaveKind.CLICK, now=NOW)

    with pytest.raises(StoreUnusable, match="full"):
        await fill_up()
    assert await store.reading_lists.count(TEAM, ANA) == 1
    assert await store.reading_lists.count(TEAM, latest) == 0
    await in_sqlite(store).writer.do(lambda db: db.execute("PRAGMA max_page_count = 1000000"))
    assert await store.reading_lists.save(TEAM, latest, MELTEMI, SaveKind.CLICK, now=NOW)


def pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA page_count").fetchone()[0])


# sudden death ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 7, 60])
async def test_what_was_acknowledged_survives_a_kill(store: Store, after: int) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    writer = await program(
        f"store = await open_store(Path({str(in_sqlite(store).path)!r}))\n"
        f"    for n in range(100_000):\n"
        f"        await store.reading_lists.save({TEAM!r}, f'U{{n}}', {MELTEMI!r}, SaveKind.CLICK, now=NOW)\n"
        "        print(n, flush=True)"
    )
    acknowledged = [await heard(writer) for _ in range(after)]
    os.kill(writer.pid, signal.SIGKILL)
    assert writer.stdout is not None
    acknowledged += (await writer.stdout.read()).decode().split()
    await writer.wait()
    for number in acknowledged:
        assert await store.reading_lists.count(TEAM, f"U{number}") == 1
    with closing(sqlite3.connect(in_sqlite(store).path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# programs -------------------------------------------------------------------------------------------------------------


async def program(work: str) -> Command:
    """Another process that does `work` with the store."""
    text = (
        "import asyncio\nfrom pathlib import Path\nfrom bot.rules.reading_list import SaveKind\n"
        "from bot.store.sqlite import open_store\nfrom tests.bot.store.samples import NOW\n"
        f"async def main():\n    {work}\nasyncio.run(main())"
    )
    return await start_python("-c", text, env={}, stderr=DEVNULL)


async def heard(process: Command) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def command(*arguments: str, database: Path) -> tuple[int, str]:
    """Run `paperboy …` and read what it says on stderr."""
    environment = {
        "DATABASE_URL": f"sqlite:///{database}",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "PATH": "",
    }
    process = await start_python("-m", "bot", *arguments, env=environment)
    _, complaint = await process.communicate()
    return process.returncode or 0, complaint.decode()


# a plan ---------------------------------------------------------------------------------------------------------------


async def test_what_is_to_read_is_found_and_counted_by_an_index_alone(store: Store) -> None:
    """Notes are long, and many: neither the oldest unread papers nor the numbers by state are sorted out of them."""
    asked: list[str] = []

    async def note(sql: str) -> None:
        asked.append(sql)

    await store.database.read(
        lambda db: ReadingLists(WatchedConnection(db, note)).page_and_counts(
            TEAM, ANA, ListFilter(order=ListOrder.OLDEST_UNREAD), limit=1
        )
    )
    plans = [
        [
            step[-1]
            for step in in_sqlite(store).fast_reader.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
        ]
        for sql in asked
    ]
    found = [next(step for step in plan if step.startswith("SEARCH s ")) for plan in plans]
    assert len(found) == 2
    assert all("COVERING INDEX saved_papers_by_state" in step for step in found), found
    assert not any("TEMP B-TREE" in step for step in plans[0])


def test_what_is_erased_is_overwritten_however_sqlite_was_built(tmp_path: Path) -> None:
    path = lay_out_database(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete=OFF")
        sqlite.prepare(db, path)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)
