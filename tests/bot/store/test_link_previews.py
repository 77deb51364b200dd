"""Which linked papers get a preview: each once a week in a channel, and what reactions to them mean."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    OTHER_TEAM,
    SAVING,
    TEAM,
    paper,
    reaction,
)

if TYPE_CHECKING:
    from bot.store import Store

TS, LATER_TS = "1722500000.000100", "1722500000.000900"
A_WEEK = timedelta(days=7)
BOTH = [MELTEMI, MATRYOSHKA]


@pytest.fixture
async def known(store: Store) -> Store:
    for each in BOTH:
        await store.papers.remember(paper(each), source="arxiv", now=NOW)
    return store


async def begin(store: Store, ts: str = TS, *papers: str, after: timedelta = timedelta(0)) -> list[str]:
    return await store.link_previews.begin(TEAM, CHANNEL, ts, papers or (MELTEMI,), now=NOW + after)


async def saved(store: Store) -> set[str]:
    return set(await store.reading_lists.saved_among(TEAM, ANA, BOTH))


async def react(store: Store, emoji: str, at: str, ts: str = TS, *, added: bool = True) -> None:
    await store.reading_lists.record_reaction(reaction(emoji, ts, at, added=added), saving_emoji=SAVING)


async def test_a_paper_is_shown_once_a_week_in_a_channel(known: Store) -> None:
    assert await begin(known, TS, *BOTH) == BOTH
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, BOTH)
    assert await begin(known, LATER_TS, *BOTH, after=A_WEEK) == []
    assert await begin(known, TS, *BOTH, after=A_WEEK) == [], "an edited message"
    assert await begin(known, LATER_TS, *BOTH, after=A_WEEK + timedelta(seconds=1)) == BOTH
    elsewhere = ((TEAM, OTHER_CHANNEL), (OTHER_TEAM, CHANNEL))
    for team, channel in elsewhere:
        assert await known.link_previews.begin(team, channel, TS, BOTH, now=NOW) == BOTH


async def test_what_was_begun_and_not_finished_is_done_again_for_the_same_message(known: Store) -> None:
    assert await begin(known) == [MELTEMI]
    assert await begin(known) == [MELTEMI]
    assert await known.posted.papers_shown(TEAM, CHANNEL, TS) == (MELTEMI,)


async def test_and_for_another_message_once_nobody_can_be_at_it(known: Store) -> None:
    await begin(known)
    assert await begin(known, LATER_TS, after=timedelta(hours=1)) == []
    assert await begin(known, LATER_TS, after=timedelta(hours=1, seconds=1)) == [MELTEMI]


async def test_what_slack_refused_leaves_nothing(known: Store) -> None:
    await begin(known)
    await known.link_previews.give_up(TEAM, CHANNEL, TS, [MELTEMI])
    assert await known.posted.papers_shown(TEAM, CHANNEL, TS) == ()
    assert await begin(known, LATER_TS) == [MELTEMI]


async def test_what_stands_is_not_given_up(known: Store) -> None:
    await begin(known)
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI])
    await known.link_previews.give_up(TEAM, CHANNEL, TS, [MELTEMI])
    assert await known.posted.papers_shown(TEAM, CHANNEL, TS) == (MELTEMI,)


async def test_before_anything_is_fetched_it_can_be_asked_what_is_wanted(known: Store) -> None:
    await begin(known)
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI])
    wanted = known.link_previews.wanted
    assert await wanted(TEAM, CHANNEL, LATER_TS, [MATRYOSHKA, MELTEMI, "2501.00001"], now=NOW) == [
        MATRYOSHKA,
        "2501.00001",
    ]
    assert await wanted(TEAM, CHANNEL, LATER_TS, BOTH, now=NOW + A_WEEK + timedelta(1)) == BOTH


async def test_the_saving_emoji_saves_every_paper_of_the_message_and_its_removal_undoes_that(known: Store) -> None:
    await begin(known, TS, *BOTH)
    await react(known, "bookmark", "10.1")
    assert await saved(known) == set(BOTH)
    await react(known, "bookmark", "10.2", added=False)
    assert await saved(known) == set()


async def test_a_number_saves_that_one(known: Store) -> None:
    await begin(known, TS, *BOTH)
    await react(known, "two", "10.1")
    assert await saved(known) == {MATRYOSHKA}


async def test_removal_undoes_what_was_saved_before_the_message_was_edited(known: Store) -> None:
    await begin(known, TS, MELTEMI)
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI])
    await react(known, "bookmark", "10.1")
    await begin(known, TS, *BOTH)
    assert await saved(known) == {MELTEMI}
    assert await known.posted.papers_shown(TEAM, CHANNEL, TS) == (MELTEMI, MATRYOSHKA)
    await react(known, "bookmark", "10.2", added=False)
    assert await saved(known) == set()


async def test_a_paper_saved_another_way_stays(known: Store) -> None:
    await begin(known, TS, *BOTH)
    await begin(known, LATER_TS)
    await react(known, "bookmark", "10.1")
    await react(known, "star", "10.2")
    await react(known, "bookmark", "10.3", added=False)
    assert await saved(known) == set(BOTH)


async def test_after_two_weeks_only_the_meaning_of_reactions_is_kept(known: Store) -> None:
    await begin(known)
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI])
    await known.maintenance.prune(now=NOW + timedelta(days=15))
    assert await begin(known, LATER_TS) == [MELTEMI]
    await react(known, "bookmark", "10.1")
    assert await saved(known) == {MELTEMI}


async def test_a_channel_takes_its_previews_to_its_new_id(known: Store) -> None:
    await begin(known)
    await known.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI])
    await known.memberships.change_channel_id(TEAM, CHANNEL, OTHER_CHANNEL)
    assert await known.link_previews.begin(TEAM, OTHER_CHANNEL, LATER_TS, [MELTEMI], now=NOW) == []
