"""Leases as a process holds them: judged by its own seconds, so that one that was stopped knows what it has lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.leases import HeldAlone, SharedLeases
from bot.rules.leases import CLOCKS_APART, LEASE, RELIED_ON, RENEWED_EVERY
from bot.store.sqlite import open_store
from tests.clocks import PatientClock
from tests.harness import lay_out_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(lay_out_database(tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


def leases_of(owner: str, store: Store, clock: PatientClock) -> SharedLeases:
    return SharedLeases(store.leases, owner, now=clock.now, seconds=clock.monotonic)


async def test_who_is_alone_holds_whatever_it_asks_for() -> None:
    leases = HeldAlone("one")
    assert leases.is_held("a")
    assert await leases.hold(["a", "b"]) == {"a", "b"}
    await leases.release(["a"])
    assert leases.is_held("a")


async def test_a_lease_is_held_until_shortly_before_others_may_take_it(store: Store, clock: PatientClock) -> None:
    one, two = leases_of("one", store, clock), leases_of("two", store, clock)
    assert await one.hold(["a", "b"]) == {"a", "b"}
    assert one.is_held("a")
    assert not two.is_held("a")
    await clock.sleep(RELIED_ON.total_seconds())
    assert not one.is_held("a")
    assert await two.hold(["a"]) == frozenset()
    await clock.sleep(CLOCKS_APART.total_seconds())
    assert await two.hold(["a"]) == {"a"}


async def test_renewed_in_time_a_lease_is_held_for_ever(store: Store, clock: PatientClock) -> None:
    one, two = leases_of("one", store, clock), leases_of("two", store, clock)
    await one.hold(["a"])
    for _ in range(10):
        await clock.sleep(RENEWED_EVERY.total_seconds() * 2)
        await one.renew()
        assert one.is_held("a")
        assert await two.hold(["a"]) == frozenset()


async def test_a_lease_that_was_lost_stays_lost_until_it_is_held_anew(store: Store, clock: PatientClock) -> None:
    one = leases_of("one", store, clock)
    await one.hold(["a"])
    await clock.sleep(LEASE.total_seconds() * 4)  # nobody let this process run
    await one.renew()
    assert not one.is_held("a"), "somebody may have had it meanwhile"
    assert await one.hold(["a"]) == {"a"}
    assert one.is_held("a")


async def test_a_lease_that_another_took_is_not_held_whatever_the_seconds_say(
    store: Store, clock: PatientClock
) -> None:
    one, two = leases_of("one", store, clock), leases_of("two", store, clock)
    await one.hold(["a", "b"])
    await store.leases.release(["a"], owner="one")
    await two.hold(["a"])
    await one.renew()
    assert (one.is_held("a"), one.is_held("b"), two.is_held("a")) == (False, True, True)
    assert await one.hold(["a"]) == frozenset()


async def test_what_is_given_back_is_free_at_once(store: Store, clock: PatientClock) -> None:
    one, two = leases_of("one", store, clock), leases_of("two", store, clock)
    await one.hold(["a"])
    await one.release(["a"])
    assert not one.is_held("a")
    assert await two.hold(["a"]) == {"a"}
    await one.renew()
    assert not one.is_held("a")


async def test_what_is_held_at_the_end_is_given_back(store: Store, clock: PatientClock) -> None:
    one, two = leases_of("one", store, clock), leases_of("two", store, clock)
    await one.hold(["a", "b"])
    await one.end()
    assert not one.is_held("a")
    assert await two.hold(["a", "b"]) == {"a", "b"}
