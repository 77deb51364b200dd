"""Slack's limits kept by several processes together, whatever comes in between what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.rate_limits import POSTS_A_MINUTE, WINDOW, RateLimit, RecentRequests, Wanted, reserve, slowed_down
from bot.slack.rate_limiter import RateLimiter
from tests.bot.slack.test_rate_limiter import SharedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

POST, TEAM = "chat.postMessage", "T1"
LIMIT = RateLimit(a_minute=40)


class SharedTable:
    """The table of requests, as a database keeps it: each statement takes a while before and after its effect."""

    def __init__(self, clock: SharedClock, delays: Iterator[float]) -> None:
        self._clock = clock
        self._delays = delays
        self._rows: dict[tuple[str, str], tuple[str, RecentRequests]] = {}
        self.statements = 0
        self.changed = 0

    async def find(self, team: str, method: str) -> tuple[str, RecentRequests]:
        self.statements += 1
        await self._clock.sleep(next(self._delays))
        found = self._rows.get((team, method), ("", RecentRequests()))
        await self._clock.sleep(next(self._delays))
        return found

    async def replace(
        self, team: str, method: str, requests: RecentRequests, *, seen: str, version: str, until: datetime
    ) -> bool:
        self.statements += 1
        await self._clock.sleep(next(self._delays))
        is_unchanged = self._rows.get((team, method), ("", None))[0] == seen
        if is_unchanged:
            assert until.timestamp() * 1000 >= requests.sent[-1][0] + WINDOW * 1000 if requests.sent else True
            self._rows[team, method] = (version, requests)
            self.changed += 1
        await self._clock.sleep(next(self._delays))
        return is_unchanged


@dataclass
class Sent:
    """What was sent, by all processes: when, and to which channel."""

    moments: list[tuple[float, str]]

    def assert_within(self, a_minute: int, *, apart: float) -> None:
        moments = [moment for moment, _ in self.moments]
        assert all(later - first > WINDOW for first, later in zip(moments, moments[a_minute:], strict=False))
        for channel in {channel for _, channel in self.moments}:
            of_channel = [moment for moment, where in self.moments if where == channel]
            assert all(later - earlier >= apart for earlier, later in pairwise(of_channel))


async def send(
    clock: SharedClock,
    limiter: RateLimiter,
    sent: Sent,
    channel: str,
    messages: int,
    *,
    after: float = 0.0,
    awaited: bool = False,
) -> None:
    await clock.sleep(after)
    for _ in range(messages):
        assert await limiter.acquire(POST, TEAM, channel, is_awaited=awaited)
        sent.moments.append((clock.monotonic(), channel))


# The processes of a run: for each its channels with how many messages each, and when it begins.
PROCESSES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("ABCDEF"), st.integers(1, 12)), min_size=1, max_size=5),
        st.floats(0, 90),
    ),
    min_size=1,
    max_size=4,
)
DELAYS = st.lists(st.sampled_from([0.0, 0.001, 0.004, 0.02, 0.1, 0.4]), min_size=1, max_size=12)


@given(PROCESSES, DELAYS, st.sampled_from([3, 10, 40]))
def test_whatever_comes_in_between_no_minute_has_more_than_all_may_send_and_everybody_sends_all(
    processes: list[tuple[list[tuple[str, int]], float]], delays: list[float], a_minute: int
) -> None:
    async def run() -> None:
        clock = SharedClock()
        table, sent = SharedTable(clock, cycle(delays)), Sent([])
        limiters = [RateLimiter(clock, {POST: a_minute}, shared=table) for _ in processes]
        await clock.run(
            *(
                send(clock, limiter, sent, channel, messages, after=after)
                for limiter, (channels, after) in zip(limiters, processes, strict=True)
                for channel, messages in channels
            )
        )
        wanted = sum(messages for channels, _ in processes for _, messages in channels)
        assert len(sent.moments) == wanted
        # A message may leave as long after its reservation as the database takes to answer.
        sent.assert_within(a_minute, apart=1.0 - 2 * max(delays) - 0.002)
        at_once = max(a_minute - a_minute // 20, 1)
        longest = 90 + (wanted / at_once + 1) * (WINDOW + 3) + wanted * 3
        assert clock.monotonic() <= longest, "somebody starved"

    asyncio.run(run())


async def test_a_process_that_dies_with_what_it_reserved_holds_nobody_up_for_longer_than_a_minute() -> None:
    clock = SharedClock()
    table, sent = SharedTable(clock, cycle([0.001])), Sent([])
    dead, alive = (RateLimiter(clock, {POST: 5}, shared=table) for _ in range(2))
    await clock.run(*(dead.acquire(POST, TEAM, f"C{number}") for number in range(5)))
    await clock.run(send(clock, alive, sent, "C9", 3))
    assert WINDOW < sent.moments[0][0] < WINDOW + 2
    assert sent.moments[-1][0] < WINDOW + 5


async def test_a_pause_that_one_was_asked_for_is_kept_by_all_and_lowers_the_rate_of_all() -> None:
    clock = SharedClock()
    table, sent = SharedTable(clock, cycle([0.001])), Sent([])
    one, other = (RateLimiter(clock, {POST: 100}, shared=table) for _ in range(2))
    await clock.run(send(clock, other, sent, "C1", 1))
    await clock.run(one.pause(POST, TEAM, 30))
    await clock.run(send(clock, other, sent, "C2", 1))
    assert sent.moments[1][0] >= 30
    assert other.rate(POST, TEAM) == pytest.approx(80, abs=3)
    third = RateLimiter(clock, {POST: 100}, shared=table)
    await clock.run(*(send(clock, third, sent, f"D{number}", 1) for number in range(100)))
    within = [moment for moment, _ in sent.moments if moment < WINDOW + 30]
    assert len(within) <= 1 + 83, "a process that starts later keeps to what the others learnt"


async def test_who_would_wait_longer_than_a_minute_for_the_end_of_a_pause_is_told_to_come_again() -> None:
    clock = SharedClock()
    table = SharedTable(clock, cycle([0.001]))
    one, other = (RateLimiter(clock, {POST: 100}, shared=table) for _ in range(2))
    await clock.run(other.acquire(POST, TEAM, "C1"), one.pause(POST, TEAM, 600))
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await other.acquire(POST, TEAM, "C2"))

    await clock.run(ask())
    assert answers == [False]
    assert other.paused_for(POST, TEAM) > 500
    assert clock.monotonic() < 60


async def test_a_crowded_minute_costs_one_statement_for_all_that_wait_at_once() -> None:
    clock = SharedClock()
    table, sent = SharedTable(clock, cycle([0.002])), Sent([])
    owner = RateLimiter(clock, {POST: POSTS_A_MINUTE}, shared=table)
    await clock.run(*(send(clock, owner, sent, f"C{number}", 10) for number in range(25)))
    assert len(sent.moments) == 250
    assert table.statements <= 25
    assert sent.moments[-1][0] < 11, "and takes hardly longer than a message a second and channel"


async def test_an_answer_has_room_although_whoever_sends_a_morning_takes_all_it_may() -> None:
    clock = SharedClock()
    table, sent, answers = SharedTable(clock, cycle([0.001])), Sent([]), Sent([])
    owner, other = (RateLimiter(clock, {POST: 100}, shared=table) for _ in range(2))
    await clock.run(
        *(send(clock, owner, sent, f"C{number}", 2) for number in range(100)),
        send(clock, other, answers, "C7", 1, after=20.5, awaited=True),
        send(clock, other, answers, "C200", 1, after=40, awaited=True),
    )
    assert [round(moment) for moment, _ in answers.moments] == [21, 40]


# the rule -------------------------------------------------------------------------------------------------------------


def test_what_is_kept_of_a_minute_is_bounded_however_much_is_sent() -> None:
    recent, now = RecentRequests(), 1_000_000_000
    limit = RateLimit(100_000, channel_pace=1000)
    for step in range(3000):
        recent, _ = reserve(recent, limit, [Wanted(f"C{step % 40}")], now=now + 53 * step, use_within=250)
    assert len(recent.sent) <= 2 * WINDOW + 2
    assert len(recent.channels) <= 40


@given(st.floats(0, 500), st.integers(0, 2000))
def test_a_rate_is_lowered_by_a_429_and_comes_back_with_time(seconds: float, minutes: int) -> None:
    now = 1_000_000_000
    slow = slowed_down(RecentRequests(), LIMIT, seconds, now=now)
    assert slow.rate(LIMIT, now) == 32
    assert 32 <= slow.rate(LIMIT, now + minutes * 60_000) <= 40
    assert slow.rate(LIMIT, slow.counts_until(LIMIT) + 60_000) == 40
    again = slowed_down(slow, LIMIT, 1, now=now) if seconds >= 1 else slow
    assert again.rate(LIMIT, now) == 32, "those under way together count as one"


def test_what_a_clock_counted_that_was_ahead_keeps_nobody_waiting_for_it() -> None:
    now = 1_700_000_000_000
    wanted = [Wanted(f"C{number}") for number in range(LIMIT.a_minute)]
    full, _ = reserve(RecentRequests(), LIMIT, wanted, now=now, use_within=1_000)
    back = now - 600_000
    _, answers = reserve(full, LIMIT, wanted[:2], now=back, use_within=1_000)
    assert answers == (None, None)


class SetBack(SharedClock):
    """A clock that can be set back."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() - self.by


async def test_who_waits_while_the_clock_is_set_back_waits_no_longer_for_that() -> None:
    clock = SetBack()
    limiter = RateLimiter(clock, {POST: LIMIT.a_minute}, shared=SharedTable(clock, cycle([0.0])))
    sent: list[float] = []

    async def send(number: int) -> None:
        assert await limiter.acquire(POST, TEAM, f"C{number}")
        sent.append(clock.monotonic())

    async def set_back() -> None:
        await clock.sleep(1.0)
        clock.by = timedelta(minutes=10)

    await clock.run(*map(send, range(LIMIT.a_minute + 5)), set_back())
    assert max(sent) - min(sent) < 4 * WINDOW
