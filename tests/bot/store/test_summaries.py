"""What the store remembers of what papers say: the newest summary is shown, and none is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.papers import Origin
from tests.bot.store.samples import MATRYOSHKA, MELTEMI, NOW, paper, summary

if TYPE_CHECKING:
    from bot.store import Store


@pytest.fixture(autouse=True)
async def meltemi_is_known(store: Store) -> None:
    await store.remember_paper(paper(MELTEMI), source="arxiv", now=NOW)


async def test_a_summary_comes_back_as_it_was_made(store: Store) -> None:
    made = summary(arxiv_version=2)
    await store.remember_summary(made)
    assert await store.summary(MELTEMI, "en") == made
    assert await store.summary(MELTEMI, "ko") is None
    assert await store.summary(MATRYOSHKA, "en") is None


async def test_the_newest_summary_is_shown(store: Store) -> None:
    for says in ("First.", "Second.", "Third."):
        await store.remember_summary(summary(says))
    assert await store.summary(MELTEMI, "en") == summary("Third.")


async def test_the_same_summary_made_again_is_no_newer_one(store: Store) -> None:
    await store.remember_summary(summary())
    await store.remember_summary(replace(summary(), made_at=NOW + timedelta(days=1)))
    assert await store.summary(MELTEMI, "en") == summary()


async def test_the_same_words_from_another_maker_are_a_newer_summary(store: Store) -> None:
    await store.remember_summary(summary())
    written = replace(summary(), origin=Origin.WRITTEN, made_by="U000000000A")
    await store.remember_summary(written)
    assert await store.summary(MELTEMI, "en") == written


async def test_a_summary_of_a_newer_version_of_the_paper_wins_over_one_made_later(store: Store) -> None:
    await store.remember_summary(summary("Of version 2.", arxiv_version=2))
    await store.remember_summary(summary("Of version 1.", arxiv_version=1))
    await store.remember_summary(summary("Of a version nobody knows."))
    assert await store.summary(MELTEMI, "en") == summary("Of version 2.", arxiv_version=2)


async def test_summaries_in_other_languages_are_their_own(store: Store) -> None:
    await store.remember_summary(summary("Korean.", language="ko", arxiv_version=9))
    await store.remember_summary(summary("English."))
    assert await store.summary(MELTEMI, "en") == summary("English.")
    assert await store.summary(MELTEMI, "ko") == summary("Korean.", language="ko", arxiv_version=9)


async def test_a_summary_that_states_nothing_is_a_summary(store: Store) -> None:
    silent = replace(summary(), sections=())
    await store.remember_summary(silent)
    assert await store.summary(MELTEMI, "en") == silent
