"""Leases in the database: one owner each, until they run out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.leases import Lease
from bot.store.tables import pruning
from tests.bot.store.samples import NOW

if TYPE_CHECKING:
    from bot.store import Store

SOON, LATER = NOW + timedelta(seconds=30), NOW + timedelta(seconds=60)


async def test_a_lease_is_one_owners_until_it_runs_out(store: Store) -> None:
    assert await store.leases.hold(["a", "b"], owner="one", now=NOW, until=SOON) == {"a", "b"}
    assert await store.leases.hold(["a", "c"], owner="two", now=NOW, until=SOON) == {"c"}
    assert await store.leases.hold(["a", "b"], owner="one", now=NOW, until=LATER) == {"a", "b"}
    assert await store.leases.hold(["a", "b"], owner="two", now=SOON, until=LATER) == frozenset()
    assert await store.leases.hold(["a", "b"], owner="two", now=LATER, until=LATER + timedelta(seconds=30)) == {
        "a",
        "b",
    }


async def test_a_lease_that_another_took_is_not_renewed(store: Store) -> None:
    await store.leases.hold(["a", "b"], owner="one", now=NOW, until=SOON)
    await store.leases.hold(["a"], owner="two", now=SOON, until=LATER)
    assert await store.leases.renew(["a", "b", "never held"], owner="one", until=LATER) == {"b"}
    assert await store.leases.held_at(["a", "b", "c"], now=SOON) == {
        "a": Lease("a", "two", LATER),
        "b": Lease("b", "one", LATER),
    }


async def test_what_is_given_back_is_free_at_once(store: Store) -> None:
    await store.leases.hold(["a"], owner="one", now=NOW, until=SOON)
    await store.leases.release(["a"], owner="two")
    assert await store.leases.hold(["a"], owner="two", now=NOW, until=SOON) == frozenset()
    await store.leases.release(["a"], owner="one")
    assert await store.leases.hold(["a"], owner="two", now=NOW, until=SOON) == {"a"}


async def test_nothing_is_asked_about_no_lease(store: Store) -> None:
    assert await store.leases.hold([], owner="one", now=NOW, until=SOON) == frozenset()
    assert await store.leases.renew([], owner="one", until=SOON) == frozenset()
    assert await store.leases.held_at([], now=NOW) == {}
    await store.leases.release([], owner="one")


async def test_a_replica_is_alive_until_it_says_nothing_any_more_or_goodbye(store: Store) -> None:
    await store.leases.note_alive("one", until=NOW)
    await store.leases.note_alive("one", until=SOON)
    await store.leases.note_alive("two", until=LATER)
    await store.leases.note_alive("three", until=LATER)
    assert await store.leases.replicas(now=NOW) == {"one", "two", "three"}
    await store.leases.note_gone("three")
    assert await store.leases.replicas(now=SOON) == {"two"}


async def test_what_those_leave_behind_who_end_without_a_word_is_cleared_away(store: Store) -> None:
    await store.leases.hold(["a"], owner="one", now=NOW, until=SOON)
    await store.leases.note_alive("one", until=SOON)
    await store.maintenance.prune(now=LATER + pruning.LEASES_KEPT)
    assert await store.leases.held_at(["a"], now=NOW) == {}
    assert await store.leases.replicas(now=NOW) == frozenset()
