"""A database tells the time, and wakes those who listen to it; both engines alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import psycopg

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore


class Heard:
    """What was notified of, as it comes."""

    def __init__(self) -> None:
        self.payloads: list[str] = []
        self._more = asyncio.Event()

    def hear(self, payload: str) -> None:
        self.payloads.append(payload)
        self._more.set()

    async def of(self, store: Store, payload: str) -> None:
        """Notify until it is heard: nobody hears what was told before they listened."""
        while payload not in self.payloads:
            await store.database.notify(payload)
            try:
                async with asyncio.timeout(0.05):
                    await self._more.wait()
            except TimeoutError:
                continue
            self._more.clear()


async def test_the_time_is_aware_and_utc(store: Store) -> None:
    told = await store.database.now()
    assert told.utcoffset() == timedelta(0)
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)


async def test_who_listens_hears_until_they_stop(store: Store) -> None:
    one, other = Heard(), Heard()
    with store.database.listening(one.hear):
        with store.database.listening(other.hear):
            await one.of(store, "summary 2407.21017")
            await other.of(store, "outbox T1")
        before = list(other.payloads)
        await one.of(store, "outbox T2")
    assert other.payloads == before


async def test_one_who_fails_to_listen_keeps_nobody_else_from_it(store: Store) -> None:
    def fail(payload: str) -> None:
        raise ValueError(payload)

    heard = Heard()
    with store.database.listening(fail), store.database.listening(heard.hear):
        await heard.of(store, "installation T1")


async def test_what_wakes_is_a_few_words(store: Store) -> None:
    for text in ("x" * 201, "한"):
        with pytest.raises(ValueError, match="A few words"):
            await store.database.notify(text)


@pytest.mark.postgres
async def test_all_who_work_on_a_server_hear_one_another_also_after_a_restart(
    server_store: OpenStore, administration: psycopg.Connection[Any]
) -> None:
    async with server_store() as one, server_store() as other:
        heard = Heard()
        with other.database.listening(heard.hear):
            await heard.of(one, "outbox T1")
            administration.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await heard.of(one, "outbox T2")


@pytest.mark.postgres
async def test_the_time_is_the_servers(server_store: OpenStore, administration: psycopg.Connection[Any]) -> None:
    async with server_store() as store:
        row = administration.execute("SELECT clock_timestamp()").fetchone()
        told = await store.database.now()
        after = administration.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    assert after is not None
    assert row[0] <= told <= after[0] + (after[0] - row[0])
