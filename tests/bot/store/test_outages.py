"""Outages, as they are remembered; and lists that are right after one, whatever was lost and whatever comes late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rules.outages import Outage, PostedMessage, Sighting
from bot.rules.reading_list import Reaction, ReactionsSeen
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    JIMIN,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    OTHER_TEAM,
    SAVING,
    TEAM,
    message,
    paper,
    reaction,
)
from tests.postgres import FEWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OUTAGE = Outage(NOW, NOW + 2 * HOUR)
READERS = (ANA, JIMIN)
EMOJI = ("bookmark", "bookmark::skin-tone-2", "star", "one", "tada")
MEANS_THE_PAPER = {"bookmark", "bookmark::skin-tone-2", "star"}
BEGAN = 1_722_384_000


async def send(store: Store, ts: str, *shows: str, team: str = TEAM, channel: str = CHANNEL) -> None:
    delivery = message(*shows, edition=f"at {ts}", team=team, channel=channel)
    await store.outbox.plan([delivery], now=NOW)
    await store.outbox.mark_sent(delivery.key, ts, now=NOW, saving_emoji=SAVING)


def seen(
    ts: str, *standing: tuple[str, str], as_of: str = "500.000000", cut_short: frozenset[str] = frozenset()
) -> ReactionsSeen:
    return ReactionsSeen(TEAM, CHANNEL, ts, frozenset(standing), cut_short, as_of)


async def papers_of(store: Store, user: str) -> list[str]:
    return [entry.paper.id for entry in (await store.reading_lists.page(TEAM, user, limit=100))[0]]


@pytest.fixture
async def card(store: Store) -> str:
    """A card of Meltemi's, by its time."""
    await store.papers.remember(paper(MELTEMI), source="hugging_face", now=NOW)
    await send(store, "100.000001", MELTEMI)
    return "100.000001"


async def heard(store: Store, at: datetime, *, team: str | None = TEAM) -> Outage | None:
    return await store.outages.record_contact(team, Sighting(at))


async def test_heard_for_the_first_time_slack_was_missed_before(store: Store) -> None:
    assert await heard(store, NOW) == Outage(None, NOW)
    assert await store.outages.pending() == {TEAM: Outage(None, NOW)}


async def test_an_outage_is_pending_until_it_is_made_up_for(store: Store, open_store: OpenStore) -> None:
    await store.outages.end(TEAM, Outage(None, NOW))
    first = await heard(store, NOW)
    assert first is not None
    await store.outages.end(TEAM, first)
    assert await heard(store, NOW + MINUTE) is None
    outage = Outage(NOW + MINUTE, NOW + HOUR)
    assert await heard(store, NOW + HOUR) == outage
    async with open_store() as reopened:
        assert await heard(reopened, NOW + HOUR + MINUTE) is None
        assert await reopened.outages.pending() == {TEAM: outage}
        assert await heard(reopened, NOW + HOUR, team=OTHER_TEAM) == Outage(None, NOW + HOUR)
        await reopened.outages.end(TEAM, outage)
        assert await reopened.outages.pending() == {OTHER_TEAM: Outage(None, NOW + HOUR)}


async def test_an_outage_that_came_on_top_of_another_is_not_ended_with_it(store: Store) -> None:
    first = await heard(store, NOW)
    assert first is not None
    assert await heard(store, NOW + HOUR) == Outage(NOW, NOW + HOUR)
    await store.outages.end(TEAM, first)
    assert await store.outages.pending() == {TEAM: Outage(None, NOW + HOUR)}


async def test_an_outage_of_all_is_one_of_each_workspace_that_has_paperboy(store: Store) -> None:
    for team in (TEAM, OTHER_TEAM, "TGONE"):
        await store.memberships.rejoin_team(team, now=NOW)
    await store.memberships.leave_team("TGONE", now=NOW)
    await heard(store, NOW, team=None)
    assert await store.outages.pending() == dict.fromkeys((TEAM, OTHER_TEAM), Outage(None, NOW))
    await store.outages.end(TEAM, Outage(None, NOW))
    await heard(store, NOW + HOUR, team=None)
    later = NOW + HOUR
    assert await store.outages.pending() == {TEAM: Outage(NOW, later), OTHER_TEAM: Outage(None, later)}


async def test_what_was_missed_while_the_app_was_not_installed_is_an_outage(store: Store) -> None:
    await store.memberships.rejoin_team(TEAM, now=NOW - HOUR)
    assert await store.outages.pending() == {}
    await store.memberships.leave_team(TEAM, now=NOW)
    await store.memberships.rejoin_team(TEAM, now=NOW + HOUR)
    assert await store.outages.pending() == {TEAM: Outage(NOW, NOW + HOUR)}


async def test_what_an_earlier_outage_left_unread_comes_before_what_is_read_again(store: Store) -> None:
    await store.papers.remember(paper(MELTEMI), source="hugging_face", now=NOW)
    stamps = [f"{NOW.timestamp() + number:.6f}" for number in range(4)]
    for ts in stamps:
        await send(store, ts, MELTEMI)
    for ts in reversed(stamps[2:]):
        await store.reading_lists.reconcile(seen(ts), OUTAGE, saving_emoji=SAVING)
    again = Outage(NOW, NOW + 3 * HOUR)
    found = await store.outages.messages_to_reconcile(TEAM, again, since=NOW - HOUR)
    assert [each.ts for each in found] == [stamps[1], stamps[0], stamps[3], stamps[2]]


async def test_messages_are_looked_at_newest_first_once_an_outage(store: Store) -> None:
    for paper_id in (MELTEMI, MATRYOSHKA):
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)
    old, new = f"{NOW.timestamp() - 10:.6f}", f"{NOW.timestamp() + 10:.6f}"
    await send(store, old, MELTEMI)
    await send(store, new, MELTEMI, MATRYOSHKA)
    await send(store, new, MATRYOSHKA, channel=OTHER_CHANNEL)
    await send(store, new, MATRYOSHKA, team=OTHER_TEAM)

    async def left(outage: Outage = OUTAGE, since: datetime = NOW - HOUR) -> list[tuple[str, str]]:
        found = await store.outages.messages_to_reconcile(TEAM, outage, since=since)
        assert found == [PostedMessage(TEAM, each.channel, each.ts) for each in found]
        return [(each.channel, each.ts) for each in found]

    assert sorted((await left())[:2]) == [(CHANNEL, new), (OTHER_CHANNEL, new)]
    assert (await left())[2:] == [(CHANNEL, old)]
    assert len(await left(since=NOW)) == 2
    await store.reading_lists.reconcile(seen(new), OUTAGE, saving_emoji=SAVING)
    assert await left() == [(OTHER_CHANNEL, new), (CHANNEL, old)]
    assert len(await left(Outage(NOW, NOW + 3 * HOUR))) == 3


async def test_added_unheard_is_added(store: Store, card: str) -> None:
    missed = await store.reading_lists.reconcile(
        seen(card, (ANA, "bookmark"), (JIMIN, "star::skin-tone-4"), (JIMIN, "tada")), OUTAGE, saving_emoji=SAVING
    )
    assert [(each.user, each.emoji, each.added) for each in missed] == [
        (ANA, "bookmark", True),
        (JIMIN, "star::skin-tone-4", True),
    ]
    assert await papers_of(store, ANA) == await papers_of(store, JIMIN) == [MELTEMI]


async def test_taken_back_unheard_is_removed_and_its_siblings_stay(store: Store, card: str) -> None:
    for emoji in ("bookmark", "bookmark::skin-tone-2"):
        await store.reading_lists.record_reaction(reaction(emoji, card, "200.000001"), saving_emoji=SAVING)
    await store.reading_lists.reconcile(seen(card, (ANA, "bookmark::skin-tone-2")), OUTAGE, saving_emoji=SAVING)
    assert await papers_of(store, ANA) == [MELTEMI]
    later = seen(card, as_of="600.000000")
    assert len(await store.reading_lists.reconcile(later, OUTAGE, saving_emoji=SAVING)) == 1
    assert await store.reading_lists.reconcile(later, OUTAGE, saving_emoji=SAVING) == []
    assert await papers_of(store, ANA) == []


async def test_of_an_emoji_cut_short_nobody_is_removed(store: Store, card: str) -> None:
    await store.reading_lists.record_reaction(reaction("bookmark", card, "200.000001"), saving_emoji=SAVING)
    await store.reading_lists.record_reaction(reaction("star", card, "200.000002", user=JIMIN), saving_emoji=SAVING)
    await store.reading_lists.reconcile(
        seen(card, (JIMIN, "bookmark"), cut_short=frozenset({"bookmark"})), OUTAGE, saving_emoji=SAVING
    )
    assert await papers_of(store, ANA) == await papers_of(store, JIMIN) == [MELTEMI]
    # Nor is an older event taken for known: whom Slack did not name, it may still tell of.
    await store.reading_lists.record_reaction(
        reaction("bookmark", card, "300.000001", added=False), saving_emoji=SAVING
    )
    assert await papers_of(store, ANA) == []


async def test_what_was_taken_off_the_list_by_hand_stays_off(store: Store, card: str) -> None:
    await store.reading_lists.record_reaction(reaction("bookmark", card, "200.000001"), saving_emoji=SAVING)
    await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)
    await store.reading_lists.reconcile(seen(card, (ANA, "bookmark")), OUTAGE, saving_emoji=SAVING)
    assert await papers_of(store, ANA) == []


async def test_an_older_event_brought_late_does_not_undo_the_truth(store: Store, card: str) -> None:
    """Added and taken back unheard, nothing stands; then the addition alone arrives."""
    await store.reading_lists.reconcile(seen(card), OUTAGE, saving_emoji=SAVING)
    await store.reading_lists.record_reaction(reaction("bookmark", card, "500.000000"), saving_emoji=SAVING)
    assert await papers_of(store, ANA) == []
    await store.reading_lists.record_reaction(reaction("bookmark", card, "500.000001"), saving_emoji=SAVING)
    assert await papers_of(store, ANA) == [MELTEMI]


async def test_a_later_word_that_came_first_stands(store: Store, card: str) -> None:
    await store.reading_lists.record_reaction(reaction("bookmark", card, "500.000001"), saving_emoji=SAVING)
    assert await store.reading_lists.reconcile(seen(card), OUTAGE, saving_emoji=SAVING) == []
    assert await papers_of(store, ANA) == [MELTEMI]


@dataclass(frozen=True)
class Story:
    """Reactions to one message in the order they happened, and what became of the news of each.

    Slack is asked when the first `asked` of them have happened; its answer counts as of the first `counted`. Some of
    the former were `heard` before; any of the latter may come after, in the order of `arrivals`, and all others do.
    """

    events: tuple[tuple[str, str, bool], ...]
    asked: int
    counted: int
    heard: tuple[int, ...]
    arrivals: tuple[int, ...]

    def standing(self, after: int) -> set[tuple[str, str]]:
        stands: set[tuple[str, str]] = set()
        for user, emoji, added in self.events[:after]:
            (stands.add if added else stands.remove)((user, emoji))
        return stands


@st.composite
def stories(draw: st.DrawFn) -> Story:
    stands: set[tuple[str, str]] = set()
    events = []
    for who in draw(st.lists(st.tuples(st.sampled_from(READERS), st.sampled_from(EMOJI)), max_size=16)):
        events.append((*who, who not in stands))
        stands ^= {who}
    asked = draw(st.integers(0, len(events)))
    counted = draw(st.integers(0, asked))
    heard = draw(st.lists(st.sampled_from(range(asked)), max_size=20)) if asked else []
    late = draw(st.lists(st.sampled_from(range(counted)), max_size=8)) if counted else []
    arrivals = draw(st.permutations([*late, *range(counted, len(events))]))
    return Story(tuple(events), asked, counted, tuple(heard), tuple(arrivals))


@pytest.fixture
def kept(open_store: OpenStore) -> Iterator[tuple[asyncio.Runner, Store]]:
    """A store that knows a paper, and what runs it."""
    with asyncio.Runner() as runner:
        opening = open_store()
        store = runner.run(opening.__aenter__())
        try:
            runner.run(store.papers.remember(paper(MELTEMI), source="hugging_face", now=NOW))
            yield runner, store
        finally:
            runner.run(opening.__aexit__(None, None, None))


_TEAMS = count(1)


@given(story=stories())
@settings(max_examples=150 // FEWER, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_lost_and_comes_late_the_lists_are_true_in_the_end(
    kept: tuple[asyncio.Runner, Store], story: Story
) -> None:
    runner, store = kept
    team, ts = f"T{next(_TEAMS):010}", f"{BEGAN}.000001"

    def at(number: int) -> str:
        return f"{BEGAN + 10 + number}.000000"

    async def hear(number: int) -> None:
        user, emoji, added = story.events[number]
        told = Reaction(team, CHANNEL, ts, user, emoji, added=added, event_ts=at(number))
        await store.reading_lists.record_reaction(told, saving_emoji=SAVING)

    async def live() -> dict[str, bool]:
        await send(store, ts, MELTEMI, team=team)
        for number in story.heard:
            await hear(number)
        answer = ReactionsSeen(
            team, CHANNEL, ts, frozenset(story.standing(story.asked)), frozenset(), at(story.counted - 1)
        )
        await store.reading_lists.reconcile(answer, OUTAGE, saving_emoji=SAVING)
        for number in story.arrivals:
            await hear(number)
        return {user: await store.reading_lists.count(team, user) == 1 for user in READERS}

    meant = {user for user, emoji in story.standing(len(story.events)) if emoji in MEANS_THE_PAPER}
    assert runner.run(live()) == {user: user in meant for user in READERS}
