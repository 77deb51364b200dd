"""The clock of a database, told by a machine whose own is wrong, and may jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import CorrectedClock, next_minute
from tests.clocks import PatientClock, SkewedClock

NOW = datetime(2024, 8, 1, 0, 9, 30, tzinfo=UTC)


class Server:
    """A database that answers with its time, half of `takes` seconds after it was asked."""

    def __init__(self, clock: PatientClock) -> None:
        self._clock = clock
        self.takes = 0.0

    async def now(self) -> datetime:
        await self._clock.sleep(self.takes / 2)
        told = self._clock.now()
        await self._clock.sleep(self.takes / 2)
        return told


@pytest.mark.parametrize("wrong", [timedelta(minutes=5), timedelta(minutes=-5), timedelta()])
async def test_it_shows_the_databases_time_however_wrong_the_machine_is(wrong: timedelta) -> None:
    true = PatientClock(NOW)
    machine, server = SkewedClock(true, wrong), Server(true)
    server.takes = 0.4
    clock = CorrectedClock(server.now, machine)
    await clock.measure()
    assert clock.now() == true.now()
    await true.sleep(3600)
    assert clock.now() == true.now()
    assert clock.on_machine(next_minute(true.now())) == next_minute(true.now()) + wrong


async def test_that_the_machines_clock_is_moved_changes_nothing() -> None:
    true = PatientClock(NOW)
    machine = SkewedClock(true)
    clock = CorrectedClock(Server(true).now, machine)
    await clock.measure()
    for wrong in (5, -5):
        machine.wrong = timedelta(minutes=wrong)
        assert clock.now() == true.now()


async def test_a_slow_answer_says_less_than_is_known_and_counts_only_where_all_is_different() -> None:
    true = PatientClock(NOW)
    server = Server(true)
    clock = CorrectedClock(server.now, SkewedClock(true))
    await clock.measure()

    async def late() -> datetime:
        told = true.now()
        await true.sleep(3)  # all of it on the way back
        return told

    clock._ask = late
    await clock.measure()
    assert clock.now() == true.now()

    async def another_server() -> datetime:
        return await late() - timedelta(minutes=1)

    clock._ask = another_server
    await clock.measure()
    assert abs(clock.now() - (true.now() - timedelta(minutes=1))) < timedelta(seconds=2)


async def test_clocks_that_run_apart_are_brought_together() -> None:
    true = PatientClock(NOW)
    server = Server(true)
    server.takes = 0.01
    clock = CorrectedClock(server.now, SkewedClock(true, rate=1 + 5e-5))
    for _ in range(100):
        await clock.measure()
        await true.sleep(30)
        assert abs(clock.now() - true.now()) < timedelta(milliseconds=20)
