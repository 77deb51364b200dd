"""Papers stored before there was an index: found in the end, whatever happens on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import StoreUnusable
from bot.indexing import PAPERS_AT_ONCE, index_stored_papers
from bot.rules.papers import Paper
from bot.rules.search_query import parse_query
from bot.store.sqlite import open_store
from tests.bot.store.samples import NOW
from tests.bot.store.test_search import forget_index
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bot.store import Store

COUNT = 2 * PAPERS_AT_ONCE + 5


async def left_by_an_earlier_release(path: Path) -> Store:
    store = await open_store(path)
    for number in range(COUNT):
        await store.papers.remember(Paper(f"2407.{number:05}", "Matting", ()), source="arxiv", now=NOW)
    await forget_index(store)
    return store


async def found(store: Store) -> int:
    return len(await store.search.candidates(parse_query("matting"), owner=None))


async def test_they_are_indexed_in_pieces_with_room_for_others_in_between(tmp_path: Path) -> None:
    store, clock = await left_by_an_earlier_release(tmp_path / "paperboy.db"), PatientClock()
    await index_stored_papers(store.search, clock)
    assert await found(store) == COUNT
    assert await store.search.is_complete()
    await store.close()


async def test_a_process_that_ends_in_between_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    store = await left_by_an_earlier_release(tmp_path / "paperboy.db")
    await store.search.index_some(limit=PAPERS_AT_ONCE)
    turns = iter([True, False])
    assert not await index_stored_papers(store.search, PatientClock(), may_go_on=lambda: next(turns))
    await store.close()
    store = await open_store(tmp_path / "paperboy.db")
    assert await store.search.count_left() <= COUNT - 2 * PAPERS_AT_ONCE
    await index_stored_papers(store.search, PatientClock())
    assert await found(store) == COUNT
    await store.close()


async def test_a_database_that_fails_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = await left_by_an_earlier_release(tmp_path / "paperboy.db")
    index_some, failures = store.search.index_some, [StoreUnusable(path=tmp_path, reason="full")]

    async def fail_once(*, limit: int) -> bool:
        if failures:
            raise failures.pop()
        return await index_some(limit=limit)

    monkeypatch.setattr(store.search, "index_some", fail_once)
    await index_stored_papers(store.search, PatientClock())
    assert await found(store) == COUNT
    await store.close()
