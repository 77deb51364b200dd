"""Every schedule ticks at the start, whatever becomes of the others, and none once they were stopped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from bot.clock import CorrectedClock, SystemClock
from bot.errors import StoreError
from bot.schedule.every_minute import EveryMinute

if TYPE_CHECKING:
    from bot.schedule.schedule import Schedule

MINUTE = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)


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

    async def come(self, number: int) -> None:
        """Wait for so many ticks."""
        async with asyncio.timeout(20):
            while len(self.moments) < number:
                self.ticked.clear()
                await self.ticked.wait()


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


class Machine(SystemClock):
    """A machine whose clock is wrong."""

    wrong = timedelta()

    def now(self) -> datetime:
        return super().now() + self.wrong


async def clock_before_a_minute(machine: Machine) -> CorrectedClock:
    """A database's clock that shows a full minute a moment from now, whatever the machine shows."""

    async def now() -> datetime:
        return MINUTE - timedelta(milliseconds=50)

    clock = CorrectedClock(now, machine)
    await clock.measure()
    return clock


async def test_the_minutes_are_those_of_the_database_where_its_clock_counts() -> None:
    ticks = Ticks()
    clock = await clock_before_a_minute(Machine())
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [ticks]), clock)
    every_minute.start()
    await ticks.come(2)
    every_minute.stop()
    assert ticks.moments[0] < MINUTE <= ticks.moments[1] < MINUTE + timedelta(minutes=1)


async def test_a_minute_comes_also_when_the_machines_clock_is_put_back_before_it() -> None:
    machine, ticks = Machine(), Ticks()
    machine.wrong = timedelta(minutes=5)
    clock = await clock_before_a_minute(machine)
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [ticks]), clock)
    every_minute.start()  # the minute is planned by a clock that is put back, to the scheduler's, right after
    machine.wrong = timedelta()
    await every_minute.realign()
    await ticks.come(2)
    every_minute.stop()
    assert MINUTE <= ticks.moments[1] < MINUTE + timedelta(minutes=1)


async def test_a_minute_that_has_begun_is_not_left_out_when_the_clock_is_looked_at_before_its_tick() -> None:
    ticks = Ticks()
    clock = await clock_before_a_minute(Machine())
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [ticks]), clock)
    every_minute.start()
    while clock.now() < MINUTE:  # nothing else runs meanwhile
        pass
    await every_minute.realign()
    await ticks.come(2)
    every_minute.stop()
    assert MINUTE <= ticks.moments[1] < MINUTE + timedelta(minutes=1)


async def test_a_fail_over_to_a_server_whose_clock_is_behind_costs_no_minute() -> None:
    ticks, times = Ticks(), iter([MINUTE + timedelta(hours=1), MINUTE - timedelta(milliseconds=50)])

    async def now() -> datetime:
        return next(times)

    clock = CorrectedClock(now, Machine())
    await clock.measure()
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [ticks]), clock)
    every_minute.start()
    await ticks.come(1)
    await clock.measure()
    await every_minute.realign()
    await ticks.come(2)
    every_minute.stop()
    assert MINUTE <= ticks.moments[1] < MINUTE + timedelta(minutes=1)


async def test_a_schedule_that_is_taken_over_ticks_at_once() -> None:
    ticks, taken = Ticks(), Ticks()
    every_minute = EveryMinute(lambda: cast("list[Schedule]", [ticks]), SystemClock())
    every_minute.begin(cast("Schedule", taken))
    assert taken.moments == [], "none ticks before the start"
    every_minute.start()
    await ticks.come(1)
    every_minute.begin(cast("Schedule", taken))
    await taken.come(1)
    every_minute.stop()


class SlowTicks(Ticks):
    """A schedule whose ticks take as long as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    async def tick(self, now: datetime) -> None:
        await super().tick(now)
        await self.may_end.wait()


async def test_on_a_server_a_slow_schedule_keeps_no_other_waiting() -> None:
    slow, other, taken = SlowTicks(), Ticks(), Ticks()
    every_minute = EveryMinute(lambda: [slow, other], await clock_before_a_minute(Machine()))
    every_minute.start()
    await other.come(1)
    every_minute.begin(taken)
    await taken.come(1)
    assert len(slow.moments) == 1
    slow.may_end.set()
    await other.come(2)
    every_minute.stop()


async def test_minutes_that_begin_during_a_slow_tick_are_one_tick_after_it() -> None:
    slow = SlowTicks()
    every_minute = EveryMinute(lambda: [slow], await clock_before_a_minute(Machine()))
    minutes = [MINUTE + timedelta(minutes=number) for number in range(4)]
    ticking = [asyncio.create_task(every_minute._tick_all(minute)) for minute in minutes]
    await slow.come(1)
    slow.may_end.set()
    await asyncio.gather(*ticking)
    assert slow.moments[1:] == [minutes[-1]]
