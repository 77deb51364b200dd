"""How much may be asked at once: what is over it is said no to at once, and nothing grows without end."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import TYPE_CHECKING

import pytest

from bot.background import Background
from bot.errors import TooBusy

if TYPE_CHECKING:
    from tests.harness import Harness


async def test_so_many_go_on_so_many_wait_and_the_rest_is_refused() -> None:
    background = Background(at_once=3, waiting=2)
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


async def test_who_is_told_no_is_told_though_there_is_no_room() -> None:
    background = Background(at_once=1, waiting=1)
    told: list[int] = []

    async def hang() -> None:
        await asyncio.Event().wait()

    async def apologize(number: int) -> None:
        told.append(number)

    background.start(hang())
    background.start(hang())
    for number in range(5):
        background.start(apologize(number), is_apology=True)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert told == [0, 1, 2, 3, 4]
    await background.drain(0)


async def test_at_the_end_nothing_is_left_unawaited() -> None:
    background = Background(at_once=1, waiting=10)

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
    monkeypatch.setattr(harness.bot.deps.background, "_at_once", 2)
    monkeypatch.setattr(harness.bot.deps.background, "_waiting", 2)
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
