"""A database moved into another one, there and back: identical, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    MoveDiffers,
    MoveFromElsewhere,
    RowNotMovable,
    SameStore,
    StoreInUse,
    StoreNotEmpty,
    StoreTooNew,
    StoreUnfinished,
)
from bot.rules.search_query import parse_query
from bot.settings import Settings
from bot.store.files import acquire_run_lock
from bot.store.moving.move import Moved
from bot.store.moving.opening import migrate_store
from bot.store.moving.rows import Digest, Kind, Table, canonical, in_batches, in_order
from bot.store.moving.sqlite import SqliteSide
from bot.store.opening import open_store
from bot.store.sqlite import KNOWN_MIGRATIONS
from bot.store.tables.keys import KEYS
from bot.store.versions import UNFINISHED, check_applied
from tests.bot.store.random_rows import fill_at_random
from tests.bot.store.samples import NOW, paper
from tests.harness import lay_out_database
from tests.postgres import SERVER, TEMPLATE, in_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Stopped(Exception):
    """What ends a move in a test."""


def quiet(_done: int, _total: int, _what: str) -> None:
    """Nobody is told."""


def in_file(path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{path}")


@pytest.fixture
def source(tmp_path: Path) -> Settings:
    """A database with something in every table."""
    return filled(tmp_path / "source", seed=1)


def filled(folder: Path, *, seed: int) -> Settings:
    path = lay_out_database(folder)
    fill_at_random(path, random.Random(seed), rows=8)
    execute(in_file(path), "UPDATE replicas SET alive_until = ''")
    return in_file(path)


@pytest.fixture
def target(engine: str, tmp_path: Path) -> Iterator[Settings]:
    """An empty database, on each engine in turn."""
    if engine == "sqlite":
        yield in_file(lay_out_database(tmp_path / "target"))
        return
    import psycopg

    name = f"moving_{os.getpid()}"
    with psycopg.connect(os.environ[SERVER], autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield Settings(database_url=in_database(os.environ[SERVER], name))
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def rows_of(settings: Settings) -> dict[str, list[str]]:
    """Every row of a file, by table."""
    assert settings.database_path
    with closing(sqlite3.connect(settings.database_path)) as db:
        side = SqliteSide(settings.database_path, db)
        tables = [Table.of(name, columns) for name, columns in side.columns().items()]
        return {table.name: sorted(map(repr, side.rows(table))) for table in tables}


def execute(settings: Settings, sql: str) -> None:
    """Run a statement on a database behind the store's back."""
    if settings.database_path:
        with closing(sqlite3.connect(settings.database_path, isolation_level=None, timeout=0)) as db:
            db.execute(sql)
        return
    import psycopg

    with psycopg.connect(settings.database_url, autocommit=True) as db:
        db.execute("SET lock_timeout = '50ms'")
        db.execute(sql.encode())


async def opened_once(settings: Settings) -> None:
    await (await open_store(settings)).close()


# identical ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_every_row_of_every_table_comes_back_as_it_was(target: Settings, tmp_path: Path, seed: int) -> None:
    source, back = filled(tmp_path / "filled", seed=seed), in_file(tmp_path / "back.db")
    before = rows_of(source)
    assert set(before) == set(KEYS)
    assert min(map(len, before.values())) >= 1
    there = migrate_store(source, target, quiet)
    assert rows_of(source) == before
    assert there == Moved(sum(map(len, before.values())), len(KEYS), 0, 0)
    assert migrate_store(target, back, quiet) == there
    assert rows_of(back) == before
    asyncio.run(opened_once(target))
    asyncio.run(opened_once(back))


def test_the_same_papers_are_found_in_the_same_order(target: Settings, tmp_path: Path) -> None:
    source, back = in_file(lay_out_database(tmp_path / "papers")), in_file(tmp_path / "back.db")

    async def remember() -> None:
        store = await open_store(source)
        for number in range(30):
            titled = replace(
                paper(f"2407.{21000 + number}"), title=f"Diffusion {'models' * (number % 3)} 확산 {number}"
            )
            await store.papers.remember(titled, source="hugging_face", now=NOW)
        await store.close()

    async def found(settings: Settings) -> list[Any]:
        store = await open_store(settings)
        asked = ("diffusion", "확산", '"diffusion models"', "dif")
        answers = [await store.search.candidates(parse_query(words), owner=None) for words in asked]
        await store.close()
        return answers

    asyncio.run(remember())
    migrate_store(source, target, quiet)
    migrate_store(target, back, quiet)
    wanted = asyncio.run(found(source))
    assert all(wanted)
    assert asyncio.run(found(target)) == wanted
    assert asyncio.run(found(back)) == wanted


def test_numbers_given_from_then_on_come_after_those_there_are(target: Settings, source: Settings) -> None:
    execute(source, "DELETE FROM changes")
    execute(source, "INSERT INTO changes (id, team, channel, at, setting) VALUES (41, 'T1', 'C1', '', 'top')")
    migrate_store(source, target, quiet)

    async def changed() -> list[Any]:
        store = await open_store(target)
        insert = "INSERT INTO changes (team, channel, at, setting) VALUES ('T1', 'C1', '', 'top')"
        await store.database.write(lambda db: db.execute(insert))
        rows = await store.database.read(lambda db: db.rows("SELECT id FROM changes ORDER BY id"))
        await store.close()
        return rows

    assert asyncio.run(changed()) == [(41,), (42,)]


def test_what_no_text_may_hold_is_left_out_and_told(target: Settings, source: Settings, tmp_path: Path) -> None:
    execute(source, "UPDATE papers SET title = 'Be' || char(0) || 'fore' WHERE id = (SELECT min(id) FROM papers)")
    assert migrate_store(source, target, quiet).rows_changed == 1
    back = in_file(tmp_path / "back.db")
    assert migrate_store(target, back, quiet).rows_changed == 0
    assert sum("Before" in row for row in rows_of(back)["papers"]) == 1


def test_a_key_too_long_for_the_index_of_another_engine_is_told_with_its_table(
    target: Settings, source: Settings
) -> None:
    long = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))
    execute(source, f"INSERT INTO erasure_salts (team, salt) VALUES ('{long}', '')")
    if target.database_path:
        migrate_store(source, target, quiet)
        return
    with pytest.raises(RowNotMovable) as refusal:
        migrate_store(source, target, quiet)
    assert refusal.value.values["table"] == "erasure_salts"
    with pytest.raises(StoreUnfinished):
        asyncio.run(opened_once(target))


# stopped and gone on with ---------------------------------------------------------------------------------------------


def test_stopped_after_any_batch_it_goes_on_and_nobody_uses_it_before_it_is_compared(
    target: Settings, source: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.moving.rows._MOST_ROWS", 3)
    copied: list[tuple[str, int]] = []

    def stop_at(number: int) -> Any:
        def on_progress(done: int, _total: int, what: str) -> None:
            copied.append((what, done))
            if len(copied) == number:
                raise Stopped

        return on_progress

    total = sum(map(len, rows_of(source).values()))
    runs, number = 0, 7
    while True:
        copied.clear()
        try:
            moved = migrate_store(source, target, stop_at(number))
        except Stopped:
            runs += 1
            number += 29
            with pytest.raises(StoreUnfinished):
                asyncio.run(opened_once(target))
        else:
            break
    assert runs > 3
    assert moved.rows == total
    assert 0 < moved.rows_before <= total
    assert copied[-1][1] == 2 * total
    asyncio.run(opened_once(target))


def test_an_earlier_release_lets_an_unfinished_database_be() -> None:
    with pytest.raises(StoreUnfinished):
        check_applied({"m001": "m001", UNFINISHED: UNFINISHED}, ["m001"], path="")
    assert UNFINISHED not in KNOWN_MIGRATIONS


def test_another_release_does_not_go_on_with_what_one_began() -> None:
    applied = {name: name for name in ("m001", UNFINISHED)}
    check_applied(applied, ["m001"], path="", is_being_filled=True)
    with pytest.raises(StoreUnfinished):
        check_applied(applied, ["m001", "m002"], path="", is_being_filled=True)


def test_what_is_half_filled_from_one_database_is_not_filled_from_another(
    target: Settings, source: Settings, tmp_path: Path
) -> None:
    with pytest.raises(Stopped):
        migrate_store(source, target, stop_when("copying papers"))
    other = filled(tmp_path / "other", seed=2)
    with pytest.raises(MoveFromElsewhere) as refusal:
        migrate_store(other, target, quiet)
    assert refusal.value.values["source"] == str(source.database_path)


def stop_when(what: str) -> Any:
    def on_progress(_done: int, _total: int, told: str) -> None:
        if told.endswith(what):
            raise Stopped

    return on_progress


def test_of_two_moves_into_one_database_one_ends(target: Settings, source: Settings, tmp_path: Path) -> None:
    other = filled(tmp_path / "other", seed=1)

    def meddle(_done: int, _total: int, what: str) -> None:
        if not what.endswith("copying papers"):
            return
        if target.database_path:
            migrate_store(other, target, quiet)
        else:  # the other is about to write the same rows
            execute(target, "UPDATE unfinished_move SET done = done + 1 WHERE part = 'papers'")

    with pytest.raises(StoreInUse):
        migrate_store(source, target, meddle)


# refused --------------------------------------------------------------------------------------------------------------


def test_a_database_with_data_is_refused_and_stays_as_it_is(target: Settings, source: Settings) -> None:
    asyncio.run(opened_once(target))
    execute(target, "INSERT INTO teams (team, installed_at) VALUES ('T1', '')")
    with pytest.raises(StoreNotEmpty):
        migrate_store(source, target, quiet)
    execute(target, "DELETE FROM teams")
    migrate_store(source, target, quiet)


def test_a_difference_is_found_and_the_database_not_put_to_use(target: Settings, source: Settings) -> None:
    def change(_done: int, _total: int, what: str) -> None:
        if what.endswith("copying teams"):
            execute(target, "UPDATE papers SET abstract = abstract || ' ' WHERE id = (SELECT max(id) FROM papers)")

    with pytest.raises(MoveDiffers) as refusal:
        migrate_store(source, target, change)
    assert refusal.value.values["table"] == "papers"
    with pytest.raises(StoreUnfinished):
        asyncio.run(opened_once(target))


def test_nobody_writes_to_the_source_meanwhile(target: Settings, source: Settings, tmp_path: Path) -> None:
    migrate_store(source, target, quiet)
    refused: list[str] = []

    def write(_done: int, _total: int, what: str) -> None:
        if what.endswith("copying papers"):
            try:
                execute(target, "DELETE FROM told_reactions")
            except Exception as error:
                refused.append(type(error).__name__)

    migrate_store(target, in_file(tmp_path / "second.db"), write)
    assert refused
    assert set(refused) <= {"OperationalError", "LockNotAvailable"}


def test_a_running_bot_keeps_its_database(source: Settings, tmp_path: Path) -> None:
    assert source.database_path
    running = acquire_run_lock(source.database_path)
    with pytest.raises(StoreInUse):
        migrate_store(source, in_file(tmp_path / "new.db"), quiet)
    running.release()
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)])
def test_replicas_that_are_alive_keep_theirs(target: Settings, source: Settings, tmp_path: Path) -> None:
    migrate_store(source, target, quiet)
    at = datetime.now(UTC) + timedelta(minutes=1)

    async def note(until: datetime) -> None:
        store = await open_store(target)
        await store.leases.note_alive("a:1", until=until)
        await store.close()

    execute(target, "DELETE FROM replicas")
    asyncio.run(note(at))
    with pytest.raises(StoreInUse):
        migrate_store(target, in_file(tmp_path / "new.db"), quiet)
    asyncio.run(note(at - timedelta(minutes=2)))
    migrate_store(target, in_file(tmp_path / "new.db"), quiet)


def test_a_database_is_not_moved_into_itself(source: Settings) -> None:
    with pytest.raises(SameStore):
        migrate_store(source, source, quiet)


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="file_unreadable"):
        migrate_store(in_file(tmp_path / "none.db"), in_file(tmp_path / "new.db"), quiet)
    assert list(tmp_path.iterdir()) == []


# rows -----------------------------------------------------------------------------------------------------------------


def test_rows_that_differ_in_a_kind_alone_differ() -> None:
    rows = [(1,), (1.0,), ("1",), (b"1",), ("",), (None,), ("a", "b"), ("a', 'b",)]
    assert len({canonical(row) for row in rows}) == len(rows)
    assert canonical((0.0,)) == canonical((-0.0,))


def test_the_order_of_rows_makes_no_difference_and_each_counts() -> None:
    rows = [("a", 1), ("b", 2), ("b", 3)]
    assert Digest.of(rows) == Digest.of(reversed(rows))
    assert len({Digest.of(rows), Digest.of([*rows, rows[0]]), Digest.of(rows[:2]), Digest.of([])}) == 4


def test_batches_have_an_end_by_rows_and_by_characters() -> None:
    table = Table.of("listings", {"day": Kind.TEXT, "fetched_at": Kind.TEXT, "raw": Kind.TEXT})
    small = [(str(number), "", "") for number in range(5000)]
    assert [len(batch) for batch in in_batches(table, small)] == [2000, 2000, 1000]
    large = [(str(number), "", "x" * 1_500_000) for number in range(5)]
    assert [len(batch) for batch in in_batches(table, large)] == [2, 2, 1]


def test_tables_come_after_those_they_refer_to() -> None:
    assert in_order({"a": {"c"}, "b": {"a"}, "c": set(), "d": {"d"}}) == ["c", "d", "a", "b"]
    with pytest.raises(ValueError, match="refer to each other"):
        in_order({"a": {"b"}, "b": {"a"}})


def test_a_newer_database_is_for_programs_that_know_what_it_says() -> None:
    known = ["m001", "m002"]
    check_applied({"m001": "m001", "m002": "m002", "m003": "m002"}, known, path="")
    for oldest in ("m003", "m004"):
        with pytest.raises(StoreTooNew):
            check_applied({"m001": "m001", "m002": "m002", "m003": "m002", "m004": oldest}, known, path="")
