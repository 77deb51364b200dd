"""Slack's limits: a message a second and channel, so many a minute and workspace, and the pauses it asks for."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING

import pytest

from bot.rules.outbox import DeliveryKind, Urgency, urgency_of
from bot.rules.rate_limits import MINUTE, WINDOW
from bot.slack.rate_limiter import RateLimiter
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import Coroutine

POST, UPDATE, TEAM = "chat.postMessage", "chat.update", "T1"


class SharedClock:
    """A clock for many who wait at once: it moves to the next who is due when nobody has anything to do."""

    def __init__(self) -> None:
        self.passed = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return datetime(2024, 8, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.passed + seconds, next(self._numbers), woken))
        await woken

    async def run(self, *doing: Coroutine[object, object, object]) -> None:
        tasks = [asyncio.ensure_future(each) for each in doing]
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._waiting:
                moment, _, woken = heapq.heappop(self._waiting)
                self.passed = max(self.passed, moment)
                if not woken.done():
                    woken.set_result(None)
        await asyncio.gather(*tasks)


@pytest.fixture
def clock() -> SharedClock:
    return SharedClock()


class Sent:
    """What was sent through a rate limiter: moments by channel, and the order of all."""

    def __init__(self, rate_limiter: RateLimiter, clock: SharedClock) -> None:
        self.rate_limiter, self.clock = rate_limiter, clock
        self.order: list[tuple[float, str, int]] = []

    async def edition(self, channel: str, messages: int, *, team: str = TEAM) -> None:
        for position in range(messages):
            urgency = urgency_of(DeliveryKind.POST, "header" if position else None, position)
            await self.rate_limiter.acquire(POST, team, channel, urgency)
            self.order.append((self.clock.monotonic(), channel, position))

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _, _ in self.order]


async def test_no_minute_has_more_than_the_workspace_allows_and_no_second_more_than_one_a_channel(
    clock: SharedClock,
) -> None:
    sent = Sent(RateLimiter(clock, {POST: 60}), clock)
    await clock.run(*(sent.edition(f"C{number}", 5) for number in range(40)))
    moments = sent.moments
    assert len(moments) == 200
    assert all(later - earlier > MINUTE for earlier, later in zip(moments, moments[60:], strict=False))
    for channel in {channel for _, channel, _ in sent.order}:
        of_channel = [moment for moment, where, _ in sent.order if where == channel]
        assert all(later - earlier >= 1 for earlier, later in pairwise(of_channel))
    assert moments[-1] <= 3 * WINDOW + 2  # and hardly slower than that


async def test_in_a_crowded_minute_every_channel_gets_its_first_message_before_any_gets_the_rest_in_turn(
    clock: SharedClock,
) -> None:
    sent = Sent(RateLimiter(clock, {POST: 30}), clock)
    await clock.run(*(sent.edition(f"C{number}", 3) for number in range(50)))
    assert [position for _, _, position in sent.order] == [0] * 50 + [1] * 50 + [2] * 50


def test_what_can_wait_comes_after_what_every_channel_gets_although_it_opens_its_edition() -> None:
    reminder = urgency_of(DeliveryKind.POST, None, 0, is_awaited=True, can_wait=True)
    assert reminder > urgency_of(DeliveryKind.POST, "header", 3)


async def test_changes_to_messages_come_last_and_have_a_limit_of_their_own(clock: SharedClock) -> None:
    assert urgency_of(DeliveryKind.UPDATE, None, 0) > urgency_of(DeliveryKind.POST, "header", 3) > Urgency.FIRST
    rate_limiter = RateLimiter(clock, {POST: 10, UPDATE: 5})
    order: list[str] = []

    async def ask(method: str, channel: str) -> None:
        await rate_limiter.acquire(method, TEAM, channel)
        order.append(f"{method} {clock.monotonic():.0f}")

    await clock.run(*(ask(method, f"C{number}{method}") for number in range(10) for method in (POST, UPDATE)))
    assert Counter(order) == {f"{POST} 0": 10, f"{UPDATE} 0": 5, f"{UPDATE} 61": 5}


async def test_a_pause_is_of_one_method_in_one_workspace(clock: SharedClock) -> None:
    rate_limiter = RateLimiter(clock, {POST: 300, UPDATE: 50})
    await rate_limiter.pause(POST, TEAM, 30)
    went: dict[str, float] = {}

    async def ask(method: str, team: str, channel: str) -> None:
        await rate_limiter.acquire(method, team, channel)
        went[f"{method} {team} {channel}"] = clock.monotonic()

    await clock.run(
        ask(POST, TEAM, "C1"),
        ask(POST, TEAM, "C2"),
        ask(UPDATE, TEAM, "C3"),
        ask(POST, "T2", "C1"),
        ask("x", TEAM, "C4"),
    )
    assert went == {
        f"{POST} T1 C1": 30,
        f"{POST} T1 C2": 30,
        f"{UPDATE} T1 C3": 0,
        f"{POST} T2 C1": 0,
        "x T1 C4": 0,
    }


async def test_complaints_lower_the_assumed_rate_which_comes_back_with_quiet_minutes(clock: SharedClock) -> None:
    rate_limiter = RateLimiter(clock, {POST: 300})
    for _ in range(20):  # all under way when Slack first complained
        await rate_limiter.pause(POST, TEAM, 10)
    assert rate_limiter.rate(POST, TEAM) == 240
    clock.passed += 10
    await rate_limiter.pause(POST, TEAM, 10)
    lowered = rate_limiter.rate(POST, TEAM)
    assert lowered < 240
    clock.passed += 5 * MINUTE
    assert lowered < rate_limiter.rate(POST, TEAM) < 300
    clock.passed += 60 * MINUTE
    assert rate_limiter.rate(POST, TEAM) == 300
    for _ in range(100):
        clock.passed += 10
        await rate_limiter.pause(POST, TEAM, 10)
    assert rate_limiter.rate(POST, TEAM) >= 20


async def test_what_is_remembered_does_not_grow_with_the_channels_there_ever_were(clock: SharedClock) -> None:
    sent = Sent(RateLimiter(clock, {POST: 300}), clock)
    for some in range(0, 3000, 300):
        await clock.run(*(sent.edition(f"C{number}", 1) for number in range(some, some + 300)))
    assert len(sent.order) == 3000
    assert sent.rate_limiter.remembered <= 3 * 300


async def test_whoever_gives_up_waiting_holds_up_nobody(clock: SharedClock) -> None:
    rate_limiter = RateLimiter(clock, {POST: 1})
    await rate_limiter.acquire(POST, TEAM, "C0")
    first, second, third = (
        asyncio.ensure_future(rate_limiter.acquire(POST, TEAM, f"C{number}")) for number in (1, 2, 3)
    )
    await asyncio.sleep(0)
    first.cancel()
    third.cancel()
    await clock.run(_quietly(first), _quietly(second), _quietly(third))
    assert (first.cancelled(), second.done() and not second.cancelled(), third.cancelled()) == (True, True, True)
    assert clock.monotonic() == WINDOW


async def _quietly(task: asyncio.Future[bool]) -> None:
    await asyncio.wait({task})


class CountingClock(SharedClock):
    """Counts how often anybody looks at it."""

    looked = 0

    def monotonic(self) -> float:
        self.looked += 1
        return super().monotonic()


async def test_the_work_of_waiting_does_not_grow_with_those_who_wait() -> None:
    """Each turn wakes the next one only: with ten times the channels a message costs about the same."""

    async def looks_a_message(channels: int) -> float:
        clock = CountingClock()
        sent = Sent(RateLimiter(clock, {POST: channels}), clock)
        await clock.run(*(sent.edition(f"C{number}", 2) for number in range(channels)))
        return clock.looked / len(sent.order)

    assert await looks_a_message(500) < 1.5 * await looks_a_message(50)


class SleepyClock(PatientClock):
    """A clock that wakes everybody a little late, as real ones do."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + 0.03)


async def test_waking_up_late_does_not_add_up() -> None:
    clock = SleepyClock()
    rate_limiter = RateLimiter(clock, {POST: 300})
    for _ in range(10):
        await rate_limiter.acquire(POST, "T1", "C1")
    assert 9 <= clock.monotonic() < 9.1
