"""A source's pace, kept by several processes together."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bot.errors import StoreError
from bot.rules.papers import PaperRef
from bot.source_turns import SourceTurns
from bot.sources.arxiv import SECONDS_BETWEEN_REQUESTS, Arxiv
from bot.store.sqlite import open_store
from tests.clocks import PatientClock, SteppedClock
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bot.http import Client
    from tests.servers import PaperSources


async def test_processes_ask_a_source_one_after_the_other_at_its_pace(tmp_path: Path) -> None:
    clock, asked = SteppedClock(), list[float]()
    store = await open_store(tmp_path / "paperboy.db")
    try:
        processes = [SourceTurns(store.rate_limits, clock, "a source", seconds=3.0) for _ in range(3)]

        async def ask(turns: SourceTurns) -> None:
            for _ in range(4):
                await turns.wait()
                asked.append(clock.monotonic())

        asking = [asyncio.create_task(ask(process)) for process in processes]
        while not all(each.done() for each in asking):
            await until(lambda: sum(each.done() for each in asking) + clock.sleeping == len(asking))
            clock.move(0.5)
        await SourceTurns(store.rate_limits, clock, "another", seconds=3.0).wait()
        assert clock.sleeping == 0, "sources don't wait for each other"
    finally:
        await store.close()
    assert len(asked) == 12
    assert all(later - earlier >= 3.0 for earlier, later in pairwise(asked))


async def test_a_source_is_asked_though_the_database_is_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = await open_store(tmp_path / "paperboy.db")
    await store.close()

    async def away(*_: Any, **__: Any) -> bool:
        raise StoreError(reason="away")

    monkeypatch.setattr(store.rate_limits, "replace", away)
    await SourceTurns(store.rate_limits, PatientClock(), "a source", seconds=3.0).wait()


async def test_arxiv_is_asked_at_its_pace_by_all_processes_together(
    tmp_path: Path, client: Client, sources: PaperSources
) -> None:
    clock = PatientClock()
    store = await open_store(tmp_path / "paperboy.db")
    try:
        for paper in ("2407.00001", "2407.00002", "2407.00003"):
            turns = SourceTurns(store.rate_limits, clock, "arXiv", seconds=SECONDS_BETWEEN_REQUESTS)
            process = Arxiv(
                client, sources.arxiv_url, sleep=clock.sleep, monotonic=clock.monotonic, wait_for_others=turns.wait
            )
            await process.read_papers([PaperRef(paper)])
    finally:
        await store.close()
    assert len(sources.calls) == 3
    assert clock.monotonic() >= 2 * SECONDS_BETWEEN_REQUESTS
