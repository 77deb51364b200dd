"""Every store keeps the same contract: a test that takes `store` names no engine and runs against each.

SQLite always; PostgreSQL where `make test-postgres` has started a server.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from bot.store import sqlite
from bot.store.tables.keys import KEYS
from tests.harness import lay_out_database
from tests.postgres import SERVER, TEMPLATE, in_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    import psycopg

    from bot.store import Store

    OpenStore = Callable[[], AbstractAsyncContextManager[Store]]

_ENGINES: list[Any] = ["sqlite"]
if SERVER in os.environ:
    _ENGINES.append(pytest.param("postgres", marks=pytest.mark.postgres))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a server, what needs one is skipped."""
    if SERVER in os.environ:
        return
    without = pytest.mark.skip(reason="it needs a server of PostgreSQL's: make test-postgres starts one")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(without)


@cache
def _database() -> tuple[str, psycopg.Connection[Any]]:
    """A database of this process's own, and a connection to it that may do anything."""
    import psycopg

    name = f"test_{os.getpid()}"
    with psycopg.connect(os.environ[SERVER], autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    url = in_database(os.environ[SERVER], name)
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("SET session_replication_role = replica")  # rows go in any order
    return url, connection


def _empty_database() -> str:
    url, connection = _database()
    tables = set(KEYS) - {"last_check"}
    connection.execute(";".join(f"DELETE FROM {table}" for table in sorted(tables)))
    connection.execute("DELETE FROM search_index")
    connection.execute("INSERT INTO search_progress (kind, version, up_to) VALUES ('papers', 1, '')")
    connection.execute("ALTER TABLE changes ALTER id RESTART; UPDATE last_check SET checks = 0")
    return url


@pytest.fixture
def postgres_url() -> str:
    """A database in the present shape with nothing in it."""
    return _empty_database()


@pytest.fixture
def administration(postgres_url: str) -> psycopg.Connection[Any]:
    """A connection to that database which may do anything."""
    return _database()[1]


@pytest.fixture(params=_ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    return str(request.param)


@pytest.fixture
def open_store(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """How an engine's store is opened; each opening is of the same database."""
    if engine == "postgres":
        return _opened_on_server(request.getfixturevalue("postgres_url"))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Store]:
        store = await sqlite.open_store(lay_out_database(tmp_path))
        try:
            yield store
        finally:
            await store.close()

    return opened


@pytest.fixture
def server_store(postgres_url: str) -> OpenStore:
    """How a store on a server is opened; each opening is of the same database."""
    return _opened_on_server(postgres_url)


@pytest.fixture
def empty(tmp_path: Path) -> Callable[[], None]:
    """What takes everything out of the database."""

    def take_out() -> None:
        for file in tmp_path.glob("paperboy.db*"):
            file.unlink()
        if _database.cache_info().currsize:
            _empty_database()

    return take_out


def _opened_on_server(url: str) -> OpenStore:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Store]:
        from bot.store import postgres

        store = await postgres.open_store(url, connections=4)
        try:
            yield store
        finally:
            await store.close()

    return opened


@pytest.fixture
async def store(open_store: OpenStore) -> AsyncIterator[Store]:
    async with open_store() as opened:
        yield opened
