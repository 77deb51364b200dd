"""Channels that get the same papers in the same style have them composed once, and no failure outlives its moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.editions.daily import ComposedEditions
from bot.errors import StoreError

NOW = datetime(2026, 8, 19, 0, 10, tzinfo=UTC)


def key(at: datetime = NOW) -> Any:
    """What tells one edition from another; only the moment matters here."""
    return at, "style", (), (), None


class Composer:
    """Composes nothing, and counts how often; fails at the first times."""

    def __init__(self, *, failures: int = 0) -> None:
        self.times = 0
        self._failures = failures

    async def __call__(self) -> tuple[()]:
        self.times += 1
        await asyncio.sleep(0)
        if self.times <= self._failures:
            raise StoreError(path="x")
        return ()


async def test_those_who_want_the_same_at_one_moment_have_it_composed_once() -> None:
    composed, compose = ComposedEditions(), Composer()
    await asyncio.gather(*(composed.find(key(), compose) for _ in range(3)))
    await composed.find(key(), compose)
    assert compose.times == 1
    await composed.find(key(NOW + timedelta(minutes=1)), compose)
    assert compose.times == 2, "another moment may have other summaries"


async def test_a_failure_is_that_of_those_who_waited_and_of_nobody_later() -> None:
    composed, compose = ComposedEditions(), Composer(failures=1)
    outcomes = await asyncio.gather(*(composed.find(key(), compose) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreError] * 3
    assert await composed.find(key(), compose) == ()
    assert compose.times == 2


async def test_one_who_stops_waiting_takes_nothing_from_the_others() -> None:
    composed, compose = ComposedEditions(), Composer()
    leaving = asyncio.create_task(composed.find(key(), compose))
    staying = asyncio.create_task(composed.find(key(), compose))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await staying == ()
    assert compose.times == 1
