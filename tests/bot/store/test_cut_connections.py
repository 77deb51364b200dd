"""What is written on a server is written once, wherever a connection is cut, and known to be, or told of in time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ServerUnusable, StoreError
from tests.bot.store.samples import DAY
from tests.bot.store.test_postgres import ADD
from tests.database_proxy import Cut, DatabaseProxy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import psycopg

    from bot.store import Store
    from bot.store.connection import Connection

pytestmark = pytest.mark.postgres
# The beginning of a transaction with its first statement, a second one, and the end.
QUESTIONS = 3


@asynccontextmanager
async def opened_through(proxy: DatabaseProxy, url: str) -> AsyncIterator[Store]:
    from bot.store import postgres

    store = await postgres.open_store(proxy.address(url), connections=2)
    try:
        yield store
    finally:
        await store.close()


async def add_twice(db: Connection) -> str:
    await db.execute(ADD)
    await db.execute(ADD)
    return "added"


async def requests(store: Store) -> int:
    return (await store.spending.on(DAY)).requests


@pytest.mark.parametrize("how", [Cut.BEFORE, Cut.AFTER])
@pytest.mark.parametrize("is_one_statement", [True, False], ids=["read committed", "serializable"])
async def test_a_connection_cut_at_any_point_of_a_write_loses_and_doubles_nothing(
    how: Cut, is_one_statement: bool, postgres_url: str
) -> None:
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        for number in range(1, QUESTIONS + 1):
            before = await requests(store)
            proxy.cut(number, how)
            assert await store.database.write(add_twice, is_one_statement=is_one_statement) == "added"
            assert await requests(store) == before + 2, f"cut at question {number}"
        assert proxy.asked > QUESTIONS


async def test_a_connection_cut_at_any_point_of_a_reading_is_made_up_for(postgres_url: str) -> None:
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        await store.database.write(add_twice)
        for how in (Cut.BEFORE, Cut.AFTER):
            for number in range(1, QUESTIONS):
                proxy.cut(number, how)
                assert await requests(store) == 2


@pytest.mark.parametrize("how", [Cut.SILENT_BEFORE, Cut.SILENT_AFTER])
async def test_a_network_that_says_nothing_any_more_is_not_waited_for_and_what_it_swallowed_is_found_out(
    how: Cut, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres._BEGINS_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr("bot.store.postgres._SECONDS", 0.5)
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        for number in range(1, QUESTIONS + 1):
            before = await requests(store)
            proxy.cut(number, how)
            try:
                await store.database.write(add_twice)
                added = 2
            except ServerUnusable:
                added = 0
            assert await requests(store) == before + added, f"silent at question {number}"


async def test_all_connections_cut_between_two_transactions_are_noticed_by_nobody(postgres_url: str) -> None:
    """As by a pooler or a firewall that lets go of what was idle."""
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        for number in range(3):
            assert await requests(store) == 2 * number
            proxy.cut_all()
            await store.database.write(add_twice)
            proxy.cut_all()


async def test_where_nobody_knows_whether_it_was_written_that_is_said(
    postgres_url: str, administration: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that crashed may give the number of a transaction that was lost to another one."""
    monkeypatch.setattr("bot.store.postgres._IS_SAME_SERVER", "SELECT %s < %s AND %s = ''")
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        proxy.cut(QUESTIONS, Cut.AFTER)
        with pytest.raises(ServerUnusable, match="nobody knows"):
            await store.database.write(add_twice)
        await store.database.write(add_twice)
        assert await requests(store) == 4


async def test_more_at_once_than_there_are_connections_wait_for_their_turn(postgres_url: str) -> None:
    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        await asyncio.gather(*(store.database.write(add_twice, is_one_statement=True) for _ in range(50)))
        assert await requests(store) == 100


async def test_who_waits_for_connections_that_get_nowhere_is_told_so(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres._TURN_SECONDS", 0.1)
    both_began, may_end = asyncio.Barrier(3), asyncio.Event()

    async def wait(db: Connection) -> None:
        await both_began.wait()
        await db.execute(ADD)
        await may_end.wait()

    async with DatabaseProxy.open(postgres_url) as proxy, opened_through(proxy, postgres_url) as store:
        holding = [asyncio.create_task(store.database.write(wait, is_one_statement=True)) for _ in range(2)]
        await both_began.wait()
        with pytest.raises(StoreError):
            await requests(store)
        may_end.set()
        await asyncio.gather(*holding)
        assert await requests(store) == 2
