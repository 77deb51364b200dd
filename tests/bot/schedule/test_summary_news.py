"""Whichever process writes a summary, those who put it on cards hear of it: at once, or a minute later."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.papers import Origin, ReadSource, Summary
from bot.schedule.summary_news import SummaryNews
from bot.store.sqlite import open_store
from bot.subscribers import Subscribers
from tests.bot.store.samples import MATRYOSHKA, MELTEMI, paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.store import Store

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUMMARY = Summary(MELTEMI, "en", (), Origin.MODEL, made_by="m", read=ReadSource.ABSTRACT, made_at=NOON)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "paperboy.db")
    for paper_id in (MELTEMI, MATRYOSHKA):
        await opened.papers.remember(paper(paper_id), source="hugging_face", now=NOON)
    yield opened
    await opened.close()


class Process:
    """The news of one process: what it told others, and what its subscribers heard."""

    def __init__(self, store: Store, wakes: list[str]) -> None:
        self.written: Subscribers[[str]] = Subscribers()
        self.heard: list[str] = []

        async def wake(payload: str) -> None:
            wakes.append(payload)

        self.news = SummaryNews(store.summaries, self.written, wake)
        self.written.subscribe(self.heard.append)
        self.written.subscribe(self.news.tell_others)


async def test_others_are_told_and_tell_nobody_again(store: Store) -> None:
    wakes: list[str] = []
    writer, other = Process(store, wakes), Process(store, wakes)
    writer.written.notify(MELTEMI)
    await writer.news.idle()
    assert wakes == [f"summary {MELTEMI}"]
    other.news.hear(wakes[0])
    await other.news.idle()
    assert other.heard == [MELTEMI]
    assert len(wakes) == 1


@pytest.mark.parametrize("payload", ["", "share", "summary", "summary ", "summaries 2407.21017"])
async def test_what_is_about_something_else_is_left_to_others(store: Store, payload: str) -> None:
    process = Process(store, [])
    process.news.hear(payload)
    assert process.heard == []


async def test_what_nobody_was_woken_for_is_found_once(store: Store) -> None:
    process = Process(store, [])
    await process.news.tick(NOON)
    await store.summaries.remember(replace(SUMMARY, made_at=NOON + MINUTE / 2))
    for number in range(1, 5):
        await process.news.tick(NOON + number * MINUTE)
    assert process.heard == [MELTEMI]


async def test_what_came_to_be_stored_late_is_found_all_the_same(store: Store) -> None:
    process = Process(store, [])
    await process.news.tick(NOON + MINUTE)
    await store.summaries.remember(replace(SUMMARY, paper_id=MATRYOSHKA, made_at=NOON + MINUTE))
    await process.news.tick(NOON + 2 * MINUTE)
    await store.summaries.remember(replace(SUMMARY, language="ko", made_at=NOON + MINUTE))
    await process.news.tick(NOON + 3 * MINUTE)
    assert process.heard == [MATRYOSHKA, MELTEMI]
