"""What one process works on is left alone by others until it lets go of it, or is no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import StoreError
from bot.open_requests import OpenRequests
from bot.rules.requests import LEASE, Request, RequestKind, is_too_old
from bot.store.sqlite import open_store
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store
    from bot.store.connection import Work

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
REQUEST = Request("T1", "C1", "U1", RequestKind.SHARE, "1787011800.000100", "2407.21017", NOON)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "paperboy.db")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock(NOON)


async def test_what_is_held_is_nobody_elses(store: Store, clock: PatientClock) -> None:
    ours, theirs = (OpenRequests(store.requests, clock, owner=name) for name in ("ours", "theirs"))
    assert await ours.keep(REQUEST)
    ours.begin(REQUEST)
    for _ in range(5):
        await clock.sleep(LEASE.total_seconds() * 0.6)
        await ours.hold()
        assert await theirs.take_over("T1") == []
        assert await ours.take_over("T1") == []
    ours.release(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    await ours.hold()
    assert await theirs.take_over("T1") == [REQUEST]
    assert await ours.take_over("T1") == []


async def test_what_another_process_works_on_for_somebody_counts_until_its_lease_runs_out(
    store: Store, clock: PatientClock
) -> None:
    ours, theirs = (OpenRequests(store.requests, clock, owner=name) for name in ("ours", "theirs"))
    erasure = replace(REQUEST, kind=RequestKind.ERASE, cause="2")
    await ours.keep(erasure)
    assert not await ours.has_others_under_way(erasure)
    await theirs.keep(replace(REQUEST, person="U2", cause="3"))
    assert not await ours.has_others_under_way(erasure)
    await theirs.keep(REQUEST)
    assert await ours.has_others_under_way(erasure)
    await theirs.end(REQUEST)
    assert not await ours.has_others_under_way(erasure)
    await theirs.keep(replace(REQUEST, cause="4", value="2407.21018"))
    assert await ours.has_others_under_way(erasure)
    await clock.sleep(LEASE.total_seconds())
    assert not await ours.has_others_under_way(erasure)


async def test_of_two_that_want_one_turn_the_first_has_it_whoever_heard_it(store: Store, clock: PatientClock) -> None:
    ours, theirs = (OpenRequests(store.requests, clock, owner=name) for name in ("ours", "theirs"))
    first = replace(REQUEST, kind=RequestKind.IMPORT, value="{}")
    at_once = replace(first, cause=first.cause + "1")
    later = replace(first, cause="0", at=NOON + timedelta(seconds=1))
    await theirs.keep(at_once)
    await ours.keep(first)
    await theirs.keep(later)
    assert [await ours.is_under_way_before(each) for each in (first, at_once, later)] == [False, True, True]
    await ours.end(first)
    assert [await theirs.is_under_way_before(each) for each in (at_once, later)] == [False, True]


async def test_what_nobody_finished_is_taken_up_again_here_as_well(store: Store, clock: PatientClock) -> None:
    ours = OpenRequests(store.requests, clock, owner="ours")
    await ours.keep(REQUEST)
    ours.begin(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == []
    ours.release(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == [REQUEST]
    await ours.end(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == []


async def test_all_that_is_held_is_renewed_in_few_writes(
    store: Store, clock: PatientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = OpenRequests(store.requests, clock, owner="ours")
    requests = [replace(REQUEST, cause=str(number), value=str(number)) for number in range(120)]
    for request in requests:
        assert await ours.keep(request)
        ours.begin(request)
    writes = 0
    write = store.database.write

    async def counted(work: Work[Any], *, is_one_statement: bool = False) -> Any:
        nonlocal writes
        writes += 1
        return await write(work, is_one_statement=is_one_statement)

    monkeypatch.setattr(store.database, "write", counted)
    await clock.sleep(LEASE.total_seconds() * 0.6)
    await ours.hold()
    assert 1 <= writes <= 3
    await clock.sleep(LEASE.total_seconds() * 0.6)
    assert await OpenRequests(store.requests, clock, owner="theirs").take_over("T1") == []


async def test_a_lease_that_could_not_be_renewed_is_renewed_the_next_time(
    store: Store, clock: PatientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = OpenRequests(store.requests, clock, owner="ours")
    await ours.keep(REQUEST)
    ours.begin(REQUEST)
    await clock.sleep(LEASE.total_seconds() * 0.6)

    async def fails(work: Work[Any], *, is_one_statement: bool = False) -> Any:
        raise StoreError(reason="disk full")

    with monkeypatch.context() as broken:
        broken.setattr(store.database, "write", fails)
        with pytest.raises(StoreError):
            await ours.hold()
    await ours.hold()
    await clock.sleep(LEASE.total_seconds() * 0.6)
    assert await OpenRequests(store.requests, clock, owner="theirs").take_over("T1") == []


@pytest.mark.parametrize(
    ("kind", "within"),
    [
        (RequestKind.SHARE, timedelta(hours=1)),
        (RequestKind.POST_NOW, timedelta(hours=1)),
        (RequestKind.SAVE, timedelta(days=1)),
        (RequestKind.PAUSE, timedelta(days=1)),
    ],
)
def test_what_others_would_see_is_too_old_sooner(kind: RequestKind, within: timedelta) -> None:
    request = Request("T1", "C1", "U1", kind, "1", "C1", NOON)
    assert not is_too_old(request, NOON + within)
    assert is_too_old(request, NOON + within + timedelta(seconds=1))


def test_a_report_is_never_too_old() -> None:
    request = Request("T1", "", "U1", RequestKind.REPORT, "V1", "{}", NOON)
    assert not is_too_old(request, NOON + timedelta(days=80))
