"""Every schedule ticks at the start, whatever becomes of the others, and none once they were stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from bot.clock import SystemClock
from bot.errors import StoreError
from bot.schedule.every_minute import EveryMinute

if TYPE_CHECKING:
    from datetime import datetime

    from bot.schedule.schedule import Schedule


class Ticks:
    """A schedule that notes its ticks, and fails at each with an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.moments: list[datetime] = []
        self.ticked = asyncio.Event()
        self._error = error

    async def tick(self, now: datetime) -> None:
        self.moments.append(now)
        self.ticked.set()
        if self._error:
            raise self._error


@pytest.mark.parametrize("error", [StoreError(path="x"), KeyError("nobody foresaw it")], ids=["store", "surprise"])
async def test_one_that_fails_costs_no_other_its_tick(error: Exception) -> None:
    failing, other = Ticks(error), Ticks()
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [failing, other]), SystemClock())
    every_minute.start()
    await asyncio.wait_for(other.ticked.wait(), 10)
    every_minute.stop()
    assert failing.moments == other.moments, "the tick of a minute is one moment for all"


async def test_a_workspace_that_came_later_ticks_too_and_stopping_before_the_start_is_no_harm() -> None:
    schedules: list[Ticks] = []
    every_minute = EveryMinute(lambda: cast("list[Schedule]", schedules), SystemClock())
    every_minute.stop()
    schedules.append(Ticks())
    every_minute.start()
    await asyncio.wait_for(schedules[0].ticked.wait(), 10)
    every_minute.stop()
