"""What only a server's database can suffer: others in the way, connections that drop, and another's shape."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ServerUnusable, StoreTooNew, StoreUnusable
from bot.rules.budget import Spent
from bot.rules.reading_list import SaveKind
from tests.bot.store.samples import ANA, DAY, MELTEMI, NOW, TEAM, paper
from tests.bot.store.shapes import Shape, postgres_shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import psycopg

    from bot.store import Store
    from bot.store.connection import Connection
    from bot.store.postgres import PostgresDatabase
    from tests.bot.store.conftest import OpenStore

pytestmark = pytest.mark.postgres
ADD = (
    'INSERT INTO model_spending (day, team, "user", model, requests, input_tokens, output_tokens, dollars)'
    " VALUES ('2024-07-31', 'T', 'U', 'm', 1, 0, 0, 0) ON CONFLICT (day, team, \"user\", model)"
    " DO UPDATE SET requests = model_spending.requests + 1"
)


@pytest.fixture
async def database(server_store: OpenStore) -> AsyncIterator[PostgresDatabase]:
    from bot.store.postgres import PostgresDatabase

    async with server_store() as store:
        assert isinstance(store.database, PostgresDatabase)
        yield store.database


@pytest.fixture
async def store(server_store: OpenStore) -> AsyncIterator[Store]:
    async with server_store() as opened:
        yield opened


async def requests(store: Store) -> int:
    return (await store.spending.on(DAY)).requests


def end_all_others(administration: psycopg.Connection[Any]) -> None:
    """What a restart of the server does to who is connected."""
    administration.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


# others in the way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_one_statement", [True, False])
async def test_fifty_at_once_that_change_one_row_all_change_it(store: Store, is_one_statement: bool) -> None:
    async def add(db: Connection) -> None:
        await db.execute(ADD)

    await asyncio.gather(*(store.database.write(add, is_one_statement=is_one_statement) for _ in range(50)))
    assert await requests(store) == 50


async def test_of_two_that_wait_for_each_other_one_goes_first(server_store: OpenStore) -> None:
    both_began = asyncio.Barrier(2)

    async def save(store: Store, users: tuple[str, str]) -> int:
        tries = 0

        async def one_after_the_other(db: Connection) -> None:
            nonlocal tries
            tries += 1
            for number, user in enumerate(users):
                await db.execute(
                    "INSERT INTO teams (team, installed_at) VALUES (?, ?)"
                    " ON CONFLICT (team) DO UPDATE SET installed_at = excluded.installed_at",
                    (user, users[0]),
                )
                if number == 0 and tries == 1:
                    await both_began.wait()

        await store.database.write(one_after_the_other)
        return tries

    async with server_store() as first, server_store() as second:
        tries = await asyncio.gather(save(first, ("A", "B")), save(second, ("B", "A")))
    assert min(tries) == 1
    assert sorted(tries)[1] > 1


async def test_who_is_always_in_the_way_is_told_of_in_the_end(
    database: PostgresDatabase, administration: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres._LONGEST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr("bot.store.postgres._SECONDS", 0.5)
    tries = 0

    async def lose(db: Connection) -> None:
        nonlocal tries
        tries += 1
        await db.rows("SELECT requests FROM model_spending")
        administration.execute(ADD)
        await db.execute(ADD)

    with pytest.raises(StoreUnusable, match="could not serialize"):
        await database.write(lose)
    assert tries > 5


# connections that drop ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1])
async def test_a_connection_that_drops_in_the_midst_is_made_up_for_once(
    store: Store, administration: psycopg.Connection[Any], after: int
) -> None:
    tries = 0

    async def add(db: Connection) -> None:
        nonlocal tries
        tries += 1
        for number in range(2):
            if number == after and tries == 1:
                end_all_others(administration)
            await db.execute(ADD)

    await store.database.write(add)
    assert tries > 1
    assert await requests(store) == 2


@pytest.mark.parametrize("is_too_late", [True, False])
@pytest.mark.parametrize("is_one_statement", [True, False])
async def test_what_was_committed_although_the_answer_was_lost_is_not_done_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, is_too_late: bool, is_one_statement: bool
) -> None:
    from bot.store import postgres

    commit, lost, tries = postgres._commit, 0, 0

    async def lose_once(connection: psycopg.AsyncConnection[Any], last: str) -> None:
        nonlocal lost
        if lost:
            return await commit(connection, last)
        lost += 1
        if is_too_late:
            await commit(connection, last)
        await connection.close()
        return await commit(connection, last)

    async def add(db: Connection) -> str:
        nonlocal tries
        tries += 1
        await db.execute(ADD)
        return "added"

    monkeypatch.setattr(postgres, "_commit", lose_once)
    assert await store.database.write(add, is_one_statement=is_one_statement) == "added"
    assert (tries, await requests(store)) == (1 if is_too_late else 2, 1)


async def test_after_a_restart_of_the_server_nobody_notices(
    store: Store, administration: psycopg.Connection[Any]
) -> None:
    await asyncio.gather(*(store.spending.record(DAY, TEAM, ANA, "m", Spent(1, 0, 0, 0.0)) for _ in range(8)))
    end_all_others(administration)
    assert await requests(store) == 8
    end_all_others(administration)
    await store.spending.record(DAY, TEAM, ANA, "m", Spent(1, 0, 0, 0.0))
    assert await requests(store) == 9


async def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    class OddError(Exception):
        """No error of a database."""

    async def fail(db: Connection) -> None:
        await db.execute(ADD)
        raise OddError

    with pytest.raises(OddError):
        await store.database.write(fail)
    assert await requests(store) == 0


async def test_who_is_told_to_stop_leaves_nothing_behind_and_stands_in_no_ones_way(store: Store) -> None:
    began = asyncio.Event()

    async def wait(db: Connection) -> None:
        await db.execute(ADD)
        began.set()
        await asyncio.Event().wait()

    waiting = asyncio.create_task(store.database.write(wait))
    await began.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await store.database.write(lambda db: db.execute(ADD))
    assert await requests(store) == 1


async def test_a_statement_has_a_time_limit(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.postgres._READ", "BEGIN READ ONLY; SET LOCAL statement_timeout = 20")
    with pytest.raises(StoreUnusable, match="statement timeout"):
        await database.read(lambda db: db.rows("SELECT pg_sleep(60)"))


async def test_every_transaction_has_its_limits(database: PostgresDatabase) -> None:
    async def limits(db: Connection) -> list[str]:
        names = ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_isolation")
        return [(await db.rows("SELECT current_setting(?)", (name,)))[0][0] for name in names]

    assert await database.read(limits) == ["10s", "30s", "repeatable read"]
    assert await database.write(limits) == ["10s", "30s", "serializable"]
    assert await database.write(limits, is_one_statement=True) == ["10s", "30s", "read committed"]


async def test_nothing_is_left_in_a_session_that_a_pool_may_give_to_others(store: Store) -> None:
    await store.papers.remember(paper(), source="arxiv", now=NOW)
    for number in range(12):
        await store.reading_lists.save(TEAM, f"U{number}", MELTEMI, SaveKind.CLICK, now=NOW)

    async def left(db: Connection) -> object:
        return await db.rows("SELECT name FROM pg_prepared_statements")

    assert await store.database.read(left) == []


async def test_who_only_reads_cannot_write(database: PostgresDatabase) -> None:
    with pytest.raises(Exception, match="read-only transaction"):
        await database.read(lambda db: db.execute(ADD))


# another's shape ------------------------------------------------------------------------------------------------------


async def test_many_that_come_first_make_one_shape(
    postgres_url: str, administration: psycopg.Connection[Any], server_store: OpenStore
) -> None:
    administration.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    openings = [server_store() for _ in range(4)]
    stores = await asyncio.gather(*(opening.__aenter__() for opening in openings))
    assert [await store.papers.find(MELTEMI) for store in stores] == [None] * 4
    for opening in openings:
        await opening.__aexit__(None, None, None)


def shape_of(administration: psycopg.Connection[Any]) -> Shape:
    """What the server says that its tables and indexes are."""
    shape = Shape()
    kinds = {"text": "TEXT", "bigint": "BIGINT", "double precision": "DOUBLE PRECISION"}
    for table, column, kind, nullable, default, identity in administration.execute(
        "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    ):
        what = (kinds.get(kind, kind.upper()), nullable == "NO" or identity == "YES", default is not None)
        shape.columns.setdefault(table, {})[column] = what
    for table, keys in administration.execute(
        "SELECT conrelid::regclass::text, array_agg(attname::text ORDER BY position)"
        " FROM pg_constraint, unnest(conkey) WITH ORDINALITY AS parts(number, position), pg_attribute"
        " WHERE contype = 'p' AND attrelid = conrelid AND attnum = number AND connamespace = 'public'::regnamespace"
        " GROUP BY 1"
    ):
        shape.keys[table] = tuple(keys)
    for name, sql in administration.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"):
        if not name.endswith("_pkey"):
            shape.indexes[name] = sql
    return shape


async def test_the_shape_is_that_of_its_statements_however_many_were_there_before(
    postgres_url: str, administration: psycopg.Connection[Any], server_store: OpenStore
) -> None:
    from bot.store.postgres_schema import FIRST, FIRST_SCHEMA, STEPS

    fresh, said = shape_of(administration), postgres_shape()
    assert fresh.columns == said.columns
    assert fresh.keys == said.keys
    assert fresh.indexes.keys() == said.indexes.keys()
    for count in range(len(STEPS) + 1):
        administration.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        done = list(STEPS)[:count]
        administration.execute(FIRST_SCHEMA.encode())
        for name in done:
            administration.execute(STEPS[name].encode())
        for name in (FIRST, *done):
            administration.execute("INSERT INTO migrations (name, oldest_writer) VALUES (%s, %s)", (name, name))
        async with server_store():
            assert shape_of(administration) == fresh
        applied = administration.execute("SELECT name FROM migrations ORDER BY name").fetchall()
        assert [name for (name,) in applied] == [FIRST, *STEPS]


@pytest.mark.parametrize(("encoding", "told"), [("LATIN1", "its encoding is LATIN1"), ("SQL_ASCII", "SQL_ASCII")])
async def test_a_database_that_cannot_hold_every_text_is_refused(
    encoding: str, told: str, postgres_url: str, administration: psycopg.Connection[Any]
) -> None:
    from bot.store import postgres

    name = f"{administration.info.dbname}_{encoding.lower()}"
    administration.execute(
        f"CREATE DATABASE {name} ENCODING {encoding} LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0".encode()
    )
    try:
        with pytest.raises(ServerUnusable, match=told):
            await postgres.open_store(postgres_url.replace(administration.info.dbname, name))
    finally:
        administration.execute(f"DROP DATABASE {name}".encode())


async def test_who_may_not_make_tables_is_told_so(postgres_url: str, administration: psycopg.Connection[Any]) -> None:
    from bot.store import postgres

    name = f"{administration.info.dbname}_rights"
    administration.execute(f"CREATE DATABASE {name} TEMPLATE template0; ".encode())
    administration.execute(f"CREATE ROLE {name} LOGIN".encode())
    try:
        url = postgres_url.replace(administration.info.dbname, name).replace("paperboy@", f"{name}@")
        with pytest.raises(ServerUnusable, match=r"reason=permission denied for schema public\)$"):
            await postgres.open_store(url)
    finally:
        administration.execute(f"DROP DATABASE {name}".encode())
        administration.execute(f"DROP ROLE {name}".encode())


async def test_what_is_told_of_the_server_is_what_it_says(server_store: OpenStore) -> None:
    async with server_store() as store:
        server = await store.database.server()
        assert server
        assert re.match(r"1[5-9]\b|[2-9]\d\b", server.version)
        assert (server.is_pooled, server.is_durable) == (False, False), "as tests start it"
        assert 0 < server.connections < server.most_connections
        figures = store.database.figures()
        assert 1 <= figures.connections <= 4
        assert (figures.waiting, figures.failures) == (0, 0)


async def test_a_newer_program_is_not_meddled_with(
    server_store: OpenStore, administration: psycopg.Connection[Any]
) -> None:
    administration.execute(
        "INSERT INTO migrations (name, oldest_writer) VALUES ('m999_from_the_future', 'm999_from_the_future')"
    )
    try:
        with pytest.raises(StoreTooNew, match="m999_from_the_future"):
            async with server_store():
                pass
    finally:
        administration.execute("DELETE FROM migrations WHERE name LIKE 'm999%'")


@pytest.mark.parametrize("is_let_go_on", [True, False])
async def test_one_that_runs_while_a_newer_program_changes_the_schema_goes_on_only_if_that_says_so(
    server_store: OpenStore, administration: psycopg.Connection[Any], is_let_go_on: bool
) -> None:
    newer = "INSERT INTO migrations (name, oldest_writer) VALUES ('m999', {})"
    oldest = "(SELECT max(name) FROM migrations)" if is_let_go_on else "'m999'"
    try:
        async with server_store() as store:
            await store.database.check_version()
            administration.execute(newer.format(oldest).encode())
            if is_let_go_on:
                await store.database.check_version()
                async with server_store() as another:
                    await another.memberships.rejoin_team(TEAM, now=NOW)
            else:
                with pytest.raises(StoreTooNew, match="m999"):
                    await store.database.check_version()
    finally:
        administration.execute("DELETE FROM migrations WHERE name = 'm999'")


async def test_the_log_of_changes_is_never_rewritten(store: Store, administration: psycopg.Connection[Any]) -> None:
    administration.execute("SET session_replication_role = origin")
    try:
        await store.database.write(
            lambda db: db.execute(
                "INSERT INTO changes (team, channel, at, setting, old, new) VALUES ('T', 'C', '', 'top', '3', '4')"
            )
        )
        with pytest.raises(Exception, match="append-only"):
            administration.execute("UPDATE changes SET new = '5'")
    finally:
        administration.execute("SET session_replication_role = replica")


async def test_texts_are_sorted_byte_by_byte_whatever_the_language_of_the_database(store: Store) -> None:
    for name in ("b", "B", "a", "_", "é", "한"):
        await store.memberships.rejoin_team(name, now=NOW)
    rows = await store.database.read(lambda db: db.rows("SELECT team FROM teams ORDER BY team"))
    assert [name for (name,) in rows] == ["B", "_", "a", "b", "é", "한"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ana:hush-hush@127.0.0.1:1/paperboy?connect_timeout=1",
        "postgresql://ana:hush-hush@/nowhere?host=/nonexistent",
        "postgresql://ana:hush-hush@host:port/x",
    ],
)
async def test_where_there_is_no_server_it_is_said_without_the_secret(url: str, postgres_url: str) -> None:
    from bot.store import postgres

    with pytest.raises(StoreUnusable) as refusal:
        await postgres.open_store(url)
    assert "hush" not in f"{refusal.value}{refusal.value.values}"
