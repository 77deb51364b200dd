"""The database as a whole is kept up by one process of all that share it, and by another once that one is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.errors import StoreError
from bot.leases import SharedLeases
from bot.rules.leases import LEASE
from bot.schedule.database_upkeep import DatabaseUpkeep
from bot.store.sqlite import open_store
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.library import Library
    from bot.store import Store

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
TEAM = "T1"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "paperboy.db")
    yield opened
    await opened.close()


@pytest.fixture
def pruned(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the database was pruned."""
    pruned: list[datetime] = []
    prune = store.maintenance.prune

    async def watched(*, now: datetime, may_go_on: Callable[[], bool]) -> None:
        await prune(now=now, may_go_on=may_go_on)
        pruned.append(now)

    monkeypatch.setattr(store.maintenance, "prune", watched)
    return pruned


def one_of_several(store: Store, clock: PatientClock, name: str) -> DatabaseUpkeep:
    async def nothing() -> None:
        return

    leases = SharedLeases(store.leases, name, now=clock.now, seconds=clock.monotonic)
    library: Any = object()
    return DatabaseUpkeep(store, cast("Library", library), leases, clock, retention=timedelta(days=30), settle=nothing)


async def test_one_prunes_and_another_does_once_it_is_gone(store: Store, pruned: list[datetime]) -> None:
    clock = PatientClock(NOON)
    ours, theirs = one_of_several(store, clock, "ours"), one_of_several(store, clock, "theirs")
    for _ in range(3):
        for each in (ours, theirs):
            await each.tick(clock.now())
            await each.idle()
        await clock.sleep(LEASE.total_seconds() / 3)
    assert pruned == [NOON], "once a day, by one of them"
    await clock.sleep(LEASE.total_seconds())
    await theirs.tick(clock.now())
    await theirs.idle()
    assert pruned == [NOON, clock.now()]


async def test_what_failed_is_done_a_minute_later(
    store: Store, pruned: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = PatientClock(NOON)
    upkeep = one_of_several(store, clock, "ours")

    async def fails(*, before: datetime) -> tuple[int, int]:
        raise StoreError(reason="disk full")

    with monkeypatch.context() as broken:
        broken.setattr(store.memberships, "forget_left", fails)
        await upkeep.tick(clock.now())
        await upkeep.idle()
    assert pruned == []
    await clock.sleep(60)
    await upkeep.tick(clock.now())
    await upkeep.idle()
    assert pruned == [clock.now()]


async def test_what_was_left_is_forgotten_only_where_the_lease_is_held(store: Store) -> None:
    clock = PatientClock(NOON)
    ours, theirs = one_of_several(store, clock, "ours"), one_of_several(store, clock, "theirs")
    await store.memberships.leave_team(TEAM, now=NOON - timedelta(days=31))
    await ours.forget_left(NOON)
    await store.memberships.leave_team(TEAM, now=NOON - timedelta(days=31))
    await theirs.forget_left(NOON)
    assert await store.memberships.forget_left(before=NOON) == (0, 1), "another is at it"
