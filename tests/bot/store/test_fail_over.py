"""A server that stops, crashes, or is a standby for a while: what was acknowledged is there, and the rest is told."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.errors import ServerUnusable, StoreError
from bot.rules.budget import Spent
from tests.bot.store.samples import DAY, TEAM
from tests.postgres import SERVER, Server, installations, stoppable_server
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    import psycopg

    from bot.store import Store

pytestmark = [pytest.mark.postgres, pytest.mark.long]
WRITERS = 4


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of the version that is tested; the others' goes on."""
    import psycopg

    with psycopg.connect(os.environ[SERVER]) as there:
        version = there.info.server_version // 10_000
    (same,) = (each for each in installations() if each.version[0] == version)
    with stoppable_server(same) as opened:
        yield opened


@asynccontextmanager
async def opened_store(server: Server) -> AsyncIterator[Store]:
    from bot.store import postgres

    store = await postgres.open_store(server.address, connections=WRITERS)
    try:
        yield store
    finally:
        await store.close()


async def at_last(work: Callable[[], Awaitable[object]]) -> None:
    """Do it as soon as the pool has connected again, which waits longer between its tries than one waits here."""
    while True:
        with suppress(ServerUnusable):
            await work()
            return


class Writers:
    """Some who each note a request after the other, and know which were acknowledged."""

    def __init__(self, store: Store, model: str) -> None:
        self._store = store
        self._model = model
        self._stopping = False
        self.acknowledged = 0
        self.failed = 0
        self._tasks = [asyncio.create_task(self._write(f"U{number}")) for number in range(WRITERS)]

    async def _write(self, user: str) -> None:
        while not self._stopping:
            try:
                await self._store.spending.record(DAY, TEAM, user, self._model, Spent(1, 0, 0, 0.0))
            except StoreError:
                self.failed += 1
            else:
                self.acknowledged += 1
            await asyncio.sleep(0)

    async def go_on(self, more: int = 20) -> None:
        """Wait until so many more writes were acknowledged."""
        wanted = self.acknowledged + more
        await until(lambda: self.acknowledged >= wanted)

    async def stop(self) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_what_was_acknowledged_outlives_the_server_and_nothing_is_there_twice(
    how: signal.Signals, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's own `synchronous_commit` is off: a crash would lose the last of it."""
    monkeypatch.setattr("bot.store.postgres.CONNECT_SECONDS", 0.5)
    async with opened_store(server) as store:
        before = (await store.spending.on(DAY)).requests
        writers = Writers(store, how.name)
        for _ in range(3):
            await writers.go_on()
            await asyncio.to_thread(server.stop, how)
            await asyncio.to_thread(server.start)
        await writers.go_on()
        await writers.stop()
        written = (await store.spending.on(DAY)).requests - before
    assert writers.acknowledged <= written <= writers.acknowledged + writers.failed


async def test_without_a_server_the_reason_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """To whoever asks each time, and in the log once; it also has when the server is back."""
    monkeypatch.setattr("bot.store.postgres.CONNECT_SECONDS", 0.5)
    async with opened_store(server) as store:
        with capture_logs() as logged:
            server.stop()
            try:
                with pytest.raises(ServerUnusable, match=r"connection to server on socket .* failed"):
                    await store.spending.on(DAY)
                await store.database.notify("nobody hears it")
            finally:
                server.start()
            await at_last(lambda: store.spending.on(DAY))
        assert [(each["log_level"], each["event"]) for each in logged if each["log_level"] != "debug"] == [
            ("warning", "database not responding, trying until it does"),
            ("info", "database responding again"),
        ]


def connected(server: Server) -> psycopg.Connection[Any]:
    import psycopg

    return psycopg.connect(server.address, autocommit=True)


async def test_a_standby_takes_no_writes_and_is_left_for_one_that_does(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.CONNECT_SECONDS", 0.5)
    async with opened_store(server) as store:
        before = (await store.spending.on(DAY)).requests
        server.stop()
        (server.data / "standby.signal").touch()
        server.start()
        with pytest.raises(ServerUnusable, match="session is read-only"):
            await store.spending.record(DAY, TEAM, "U", "m", Spent(1, 0, 0, 0.0))
        with connected(server) as administration:
            administration.execute("SELECT pg_promote()")
        await at_last(lambda: store.spending.record(DAY, TEAM, "U", "m", Spent(1, 0, 0, 0.0)))
        assert (await store.spending.on(DAY)).requests == before + 1


async def test_a_server_that_turns_read_only_beneath_its_connections_is_told_of(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.postgres.CONNECT_SECONDS", 0.5)
    async with opened_store(server) as store:
        before = (await store.spending.on(DAY)).requests
        with connected(server) as administration:
            _let_be_read_only(administration, "on")
            with pytest.raises(ServerUnusable, match="read-only"):
                await store.spending.record(DAY, TEAM, "U", "m", Spent(1, 0, 0, 0.0))
            _let_be_read_only(administration, "off")
        await at_last(lambda: store.spending.record(DAY, TEAM, "U", "m", Spent(1, 0, 0, 0.0)))
        assert (await store.spending.on(DAY)).requests == before + 1


def _let_be_read_only(administration: psycopg.Connection[Any], setting: str) -> None:
    administration.execute("SET default_transaction_read_only = off")
    administration.execute(f"ALTER SYSTEM SET default_transaction_read_only = {setting}".encode())
    administration.execute("SELECT pg_reload_conf()")
    while True:
        with administration.connect(administration.info.dsn) as other:
            if other.execute("SHOW default_transaction_read_only").fetchone() == (setting,):
                return
