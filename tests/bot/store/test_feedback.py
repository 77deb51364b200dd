"""Ratings of summaries: the last of each person counts, in whatever order they come, and none is kept for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from bot.rules.feedback import Feedback, RatedSummary, Rating
from bot.store.tables.pruning import FEEDBACK_KEPT
from tests.bot.store.samples import ANA, JIMIN, MELTEMI, NOW, TEAM, paper

if TYPE_CHECKING:
    from bot.store import Store

A_SECOND = timedelta(seconds=1)
FIRST = Feedback(TEAM, ANA, RatedSummary(MELTEMI, "en", NOW), "m", Rating.HELPFUL, NOW)
SECOND = replace(FIRST, rating=Rating.NOT_HELPFUL, at=NOW + A_SECOND)
THIRD = replace(FIRST, at=NOW + 2 * A_SECOND)
HELPFUL, NOT_HELPFUL = ("m", Rating.HELPFUL), ("m", Rating.NOT_HELPFUL)


@pytest.fixture(autouse=True)
async def known(store: Store) -> None:
    await store.papers.remember(paper(), source="hugging_face", now=NOW)


@pytest.mark.parametrize("order", list(permutations((FIRST, SECOND, THIRD))))
async def test_the_last_word_of_a_person_counts_in_whatever_order_they_come(
    store: Store, order: tuple[Feedback, ...]
) -> None:
    for each in order:
        await store.feedback.remember(each)
    assert await store.feedback.counts() == {HELPFUL: 1}


async def test_a_click_that_comes_again_changes_nothing(store: Store) -> None:
    assert [await store.feedback.remember(each) for each in (FIRST, FIRST, SECOND, FIRST)] == [True, False, True, False]
    assert await store.feedback.counts() == {NOT_HELPFUL: 1}


async def test_people_and_versions_are_told_apart(store: Store) -> None:
    later = RatedSummary(MELTEMI, "en", NOW + A_SECOND)
    korean = RatedSummary(MELTEMI, "ko", NOW)
    for each in (
        FIRST,
        replace(FIRST, user=JIMIN, rating=Rating.NOT_HELPFUL),
        replace(FIRST, team="T0000000002"),
        replace(FIRST, summary=later, made_by="m2", rating=Rating.NOT_HELPFUL),
        replace(FIRST, summary=korean),
    ):
        assert await store.feedback.remember(each)
    assert await store.feedback.counts() == {HELPFUL: 3, NOT_HELPFUL: 1, ("m2", Rating.NOT_HELPFUL): 1}
    assert (await store.maintenance.stats()).feedback == await store.feedback.counts()


async def test_a_rating_has_its_end(store: Store) -> None:
    await store.feedback.remember(FIRST)
    await store.maintenance.prune(now=NOW + FEEDBACK_KEPT)
    assert await store.feedback.counts() == {HELPFUL: 1}
    await store.maintenance.prune(now=NOW + FEEDBACK_KEPT + A_SECOND)
    assert await store.feedback.counts() == {}


async def test_ratings_go_with_the_workspace(store: Store) -> None:
    await store.memberships.rejoin_team(TEAM, now=NOW)
    await store.feedback.remember(FIRST)
    await store.memberships.leave_team(TEAM, now=NOW)
    await store.memberships.forget_left(before=NOW + A_SECOND)
    assert await store.feedback.counts() == {}
