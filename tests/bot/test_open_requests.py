"""What one process works on is left alone by others until it lets go of it, or is no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.open_requests import OpenRequests
from bot.rules.requests import LEASE, Request, RequestKind, is_too_old
from bot.store.sqlite import open_store
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store

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
    ours.let_go(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    await ours.hold()
    assert await theirs.take_over("T1") == [REQUEST]
    assert await ours.take_over("T1") == []


async def test_what_nobody_finished_is_taken_up_again_here_as_well(store: Store, clock: PatientClock) -> None:
    ours = OpenRequests(store.requests, clock, owner="ours")
    await ours.keep(REQUEST)
    ours.begin(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == []
    ours.let_go(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == [REQUEST]
    await ours.end(REQUEST)
    await clock.sleep(LEASE.total_seconds())
    assert await ours.take_over("T1") == []


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
