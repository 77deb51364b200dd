"""Tasks of their own: each named, bounded in number, waited for at the end, and never failing in silence."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import TYPE_CHECKING

import pytest

from bot.app import NOTICES_AT_ONCE
from bot.errors import StoreUnusable, TooBusy
from bot.named_tasks import NamedTasks, repeated

if TYPE_CHECKING:
    from tests.harness import Harness


async def test_so_many_go_on_so_many_wait_and_the_rest_is_refused() -> None:
    background: NamedTasks[None] = NamedTasks(at_once=3, waiting=2)
    go_on, most, done = asyncio.Event(), 0, 0
    under_way = 0

    async def work() -> None:
        nonlocal under_way, most, done
        under_way += 1
        most = max(most, under_way)
        await go_on.wait()
        under_way -= 1
        done += 1

    for _ in range(5):
        background.start(work())
    for _ in range(100):
        with pytest.raises(TooBusy):
            background.start(work())
        background.start_if_room(work())
    await asyncio.sleep(0)
    go_on.set()
    await background.drain(10)
    assert (most, done) == (3, 5)


async def test_there_is_one_task_of_a_name_at_a_time_and_others_join_it() -> None:
    tasks: NamedTasks[int] = NamedTasks()
    go_on = asyncio.Event()

    async def work(number: int) -> int:
        await go_on.wait()
        return number

    first = tasks.join("name", lambda: work(1))
    assert tasks.join("name", lambda: work(2)) is first
    with pytest.raises(ValueError, match="name is under way"):
        tasks.start(work(3), name="name")
    other = tasks.start(work(4), name="another")
    assert ("name" in tasks, "nobody" in tasks, len(tasks)) == (True, False, 2)
    go_on.set()
    await tasks.wait_for("name")
    assert (first.result(), await other, len(tasks)) == (1, 4, 0)


async def test_what_follows_under_a_name_is_waited_for_too() -> None:
    followed: list[str] = []

    def follow(name: str) -> None:
        if not followed:
            followed.append(name)
            tasks.start(asyncio.sleep(0), name=name)

    tasks: NamedTasks[None] = NamedTasks(on_end=follow)
    tasks.start(asyncio.sleep(0), name="name")
    await tasks.wait_for("name")
    assert (followed, len(tasks)) == (["name"], 0)


async def test_what_is_repeated_goes_on_after_a_failure_and_what_takes_too_long_is_given_up() -> None:
    waits: list[float] = []
    done, tried = asyncio.Event(), 0

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async def work() -> None:
        nonlocal tried
        tried += 1
        match tried:
            case 1:
                raise StoreUnusable(path="there", reason="away")
            case 2:
                raise KeyError("nobody foresaw it")
            case 3:
                await asyncio.Event().wait()
            case _:
                done.set()
                await asyncio.Event().wait()

    async with repeated(work, every=10, wait=wait, within=0.01):
        await done.wait()
    assert waits[:4] == [10] * 4


async def test_a_failure_is_told_under_its_name_and_being_cancelled_is_none() -> None:
    told: list[tuple[str, str]] = []
    tasks: NamedTasks[None] = NamedTasks(on_failure=lambda name, error: told.append((name, str(error))))

    async def fail() -> None:
        raise OSError("gone")

    tasks.start(fail(), name="fails")
    tasks.start(asyncio.sleep(60), name="hangs")
    await tasks.wait_for("fails")
    await tasks.cancel()
    assert told == [("fails", "gone")]


async def test_who_is_told_no_is_told_though_there_is_no_room(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.bot.deps.background.of(harness.team), "_most", 0)
    asked = harness.bot.deps.overload_notices.of(harness.team)
    assert not harness.bot.deps.background.of(harness.team).has_room
    for number in range(NOTICES_AT_ONCE):
        assert asked.start_if_room(asyncio.sleep(0)), number
    assert not asked.start_if_room(asyncio.sleep(0))
    await asked.idle()


async def test_at_the_end_nothing_is_left_unawaited() -> None:
    background: NamedTasks[None] = NamedTasks(at_once=1, waiting=10)

    async def hang() -> None:
        await asyncio.Event().wait()

    for _ in range(5):
        background.start(hang())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await background.drain(0)
        gc.collect()
    assert background.has_room


async def test_a_crowd_that_asks_for_papers_hears_at_once_and_others_are_still_answered(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.bot.deps.background.of(harness.team), "_most", 4)
    arrived = asyncio.Event()

    async def never(*_: object) -> None:
        await arrived.wait()

    monkeypatch.setattr(type(harness.bot.deps.library), "look_up", never)
    answers = [
        await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", f"2501.{number:05}")
        for number in range(1, 9)
    ]
    assert all(answer.ok for answer in answers)
    assert sum("too many requests" in str(answer.payload) for answer in answers) >= 3
    assert "/paper list" in str(
        (await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "help")).payload
    )
    monkeypatch.undo()
    arrived.set()
