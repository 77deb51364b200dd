"""Reading lists against a model: whatever comes twice, late, early or out of order, both say the same."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.rules.reading_list import SaveKind
from tests.bot.store.samples import CHANNEL, MATRYOSHKA, MELTEMI, NOW, SAVING, STRINGS, message, paper, reaction
from tests.postgres import FEWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

FOURTH = "2407.00004"
PAPERS = (MELTEMI, MATRYOSHKA, STRINGS, FOURTH)
READERS = ("U000000000A", "U000000000B", "U000000000C")
SHOWS = {
    "100.000001": (MELTEMI,),
    "100.000002": (MATRYOSHKA,),
    "100.000003": (MELTEMI,),
    "100.000004": (MATRYOSHKA, STRINGS, MELTEMI),
    "100.000005": (STRINGS, FOURTH),
}
EMOJI = (
    *("bookmark", "star", "bookmark::skin-tone-2", "star::skin-tone-6", "tada"),
    *("one", "two", "three", "two::skin-tone-4", "four", "keycap_ten"),
)
# What each emoji means, written out: on a message of one paper, and on one of several.
MEANS_THE_ONE = {"bookmark", "star", "bookmark::skin-tone-2", "star::skin-tone-6"}
MEANS_THE_NTH = {"one": 1, "two": 2, "three": 3, "two::skin-tone-4": 2, "four": 4, "keycap_ten": 10}


class Event(NamedTuple):
    """An emoji on a message as Slack tells of it; `at` are microseconds."""

    user: str
    ts: str
    emoji: str
    added: bool
    at: int

    @property
    def event_ts(self) -> str:
        return f"{1_722_384_000 + self.at // 1_000_000}.{self.at % 1_000_000:06}"


@dataclass
class Word:
    """The latest word on one emoji."""

    at: int
    added: bool


def means(ts: str, emoji: str) -> str | None:
    shows = SHOWS[ts]
    if len(shows) == 1:
        return shows[0] if emoji in MEANS_THE_ONE else None
    nth = MEANS_THE_NTH.get(emoji, 0)
    return shows[nth - 1] if 0 < nth <= len(shows) else None


@dataclass
class Model:
    """Reading lists as one would explain them: a word an emoji, the latest wins, and clicks."""

    words: dict[tuple[str, str, str], Word] = field(default_factory=dict)
    clicks: set[tuple[str, str]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    removed: set[tuple[str, str]] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        which = (event.user, event.ts, event.emoji)
        if which not in self.words or event.at > self.words[which].at:
            self.words[which] = Word(event.at, event.added)

    def click(self, user: str, paper_id: str) -> None:
        self.clicks.add((user, paper_id))

    def remove(self, user: str, paper_id: str) -> None:
        """All reactions are from before the first removal."""
        if paper_id in self.papers(user):
            self.clicks.discard((user, paper_id))
            self.removed.add((user, paper_id))

    def papers(self, user: str) -> set[str]:
        reacted = {
            means(ts, emoji)
            for (reader, ts, emoji), word in self.words.items()
            if reader == user and ts in self.known and word.added
        }
        reacted -= {paper_id for reader, paper_id in self.removed if reader == user}
        return {paper_id for paper_id in PAPERS if paper_id in reacted or (user, paper_id) in self.clicks}


class Readers(RuleBasedStateMachine):
    """Several people read one team's messages; each run is a team of its own in the same store."""

    runner: ClassVar[asyncio.Runner]
    store: ClassVar[Store]
    teams: ClassVar[Iterator[int]] = count()

    events = Bundle("events")
    readers = st.sampled_from(READERS)
    papers = st.sampled_from(PAPERS)

    def __init__(self) -> None:
        super().__init__()
        self.team = f"T{next(self.teams):010}"
        self.model = Model()
        self.now = NOW

    @initialize(known=st.sets(st.sampled_from(sorted(SHOWS))))
    def some_messages_are_known(self, known: set[str]) -> None:
        planned = [message(*shows, edition=f"at {ts}", team=self.team) for ts, shows in SHOWS.items()]
        self.runner.run(self.store.outbox.plan(planned, now=NOW))
        for ts in sorted(known):
            self._send(ts)

    def _send(self, ts: str) -> None:
        key = message(*SHOWS[ts], edition=f"at {ts}", team=self.team).key
        self.runner.run(self.store.outbox.mark_sent(key, ts, now=NOW, saving_emoji=SAVING))
        self.model.known.add(ts)

    @precondition(lambda self: len(self.model.known) < len(SHOWS))
    @rule(data=st.data())
    def a_message_becomes_known(self, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(sorted(SHOWS.keys() - self.model.known))))

    @precondition(lambda self: self.model.known)
    @rule(data=st.data())
    def a_message_becomes_known_again(self, data: st.DataObject) -> None:
        self._send(data.draw(st.sampled_from(sorted(self.model.known))))

    @rule(
        target=events,
        user=readers,
        ts=st.sampled_from(sorted(SHOWS)),
        emoji=st.sampled_from(EMOJI),
        added=st.booleans(),
        at=st.integers(0, 30) | st.integers(999_990, 1_000_010),
    )
    def somebody_reacts(self, user: str, ts: str, emoji: str, added: bool, at: int) -> Event:
        """It happens; whether and when we hear of it is another matter."""
        # No two words on the same emoji have one time: the parity of the time tells them apart.
        return Event(user, ts, emoji, added, at * 2 + added)

    @rule(event=events)
    def an_event_arrives(self, event: Event) -> None:
        """For the first time or again, early or late."""
        self._hear(event)

    @rule(event=events)
    def an_event_arrives_twice(self, event: Event) -> None:
        self._hear(event)
        self._hear(event)

    def _hear(self, event: Event) -> None:
        told = reaction(
            event.emoji, event.ts, event.event_ts, added=event.added, user=event.user, team=self.team, channel=CHANNEL
        )
        self.runner.run(self.store.reading_lists.record_reaction(told, saving_emoji=SAVING))
        self.model.hear(event)

    @rule(user=readers, paper_id=papers, kind=st.sampled_from([SaveKind.CLICK, SaveKind.COMMAND]))
    def somebody_clicks_save(self, user: str, paper_id: str, kind: SaveKind) -> None:
        self.now += timedelta(seconds=1)
        is_new = self.runner.run(self.store.reading_lists.save(self.team, user, paper_id, kind, now=self.now))
        assert is_new is (paper_id not in self.model.papers(user))
        self.model.click(user, paper_id)

    @rule(user=readers, paper_id=papers)
    def somebody_clicks_remove(self, user: str, paper_id: str) -> None:
        was_there = self.runner.run(self.store.reading_lists.remove(self.team, user, paper_id, now=self.now))
        assert was_there is (paper_id in self.model.papers(user))
        self.model.remove(user, paper_id)

    @invariant()
    def lists_equal_the_model(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        for user in READERS:
            entries = (await self.store.reading_lists.page(self.team, user, limit=100))[0]
            assert Counter(entry.paper.id for entry in entries) == Counter(self.model.papers(user))
            assert await self.store.reading_lists.count(self.team, user) == len(entries)
            times = [entry.saved_at for entry in entries]
            assert times == sorted(times, reverse=True)


@pytest.fixture
def kept(open_store: OpenStore) -> Iterator[tuple[asyncio.Runner, Store]]:
    """A store that knows the papers, and what runs it."""
    with asyncio.Runner() as runner:
        opening = open_store()
        store = runner.run(opening.__aenter__())
        try:
            for paper_id in PAPERS:
                runner.run(store.papers.remember(paper(paper_id), source="hugging_face", now=NOW))
            yield runner, store
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_lists_equal_the_model_whatever_happens(kept: tuple[asyncio.Runner, Store]) -> None:
    Readers.runner, Readers.store = kept
    run_state_machine_as_test(
        Readers,
        settings=settings(
            max_examples=60 // FEWER,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


CROWD = tuple(f"U{number:010}" for number in range(60))
EVENTS = 10_000 // FEWER


def ten_thousand_events(chance: random.Random) -> list[Event]:
    """Reactions in the order they happened, each a microsecond after the other."""
    return [
        Event(chance.choice(CROWD), chance.choice(sorted(SHOWS)), chance.choice(EMOJI), chance.random() < 0.3, at)
        for at in range(EVENTS)
    ]


def as_delivered(events: list[Event], chance: random.Random) -> list[Event]:
    """The same as they may arrive: one in twenty far too late or too early, another one in twenty twice."""
    arrivals: list[tuple[float, Event]] = []
    for place, event in enumerate(events):
        fate = chance.random()
        arrivals.append((place + chance.uniform(-0.4, 0.4) * EVENTS if fate < 0.05 else place, event))
        if fate > 0.95:
            arrivals.append((place + chance.uniform(0, 0.8) * EVENTS, event))
    return [event for _, event in sorted(arrivals, key=lambda arrival: arrival[0])]


def lists_of(model: Model) -> dict[str, set[str]]:
    return {user: model.papers(user) for user in CROWD}


async def test_ten_thousand_reactions_a_tenth_duplicated_or_out_of_order(store: Store) -> None:
    team, chance = "T0000000001", random.Random(20240731)
    happened = ten_thousand_events(chance)
    delivered = as_delivered(happened, chance)
    duplicated = len(delivered) - len(happened)
    assert duplicated + sum(later.at < earlier.at for earlier, later in pairwise(delivered)) >= EVENTS // 10

    for paper_id in PAPERS:
        await store.papers.remember(paper(paper_id), source="hugging_face", now=NOW)
    for ts, shows in SHOWS.items():
        await store.outbox.plan([message(*shows, edition=f"at {ts}", team=team)], now=NOW)
    becomes_known = dict(zip((0, 100, EVENTS // 4, EVENTS // 2, EVENTS * 3 // 4), SHOWS, strict=True))
    for number, event in enumerate(delivered):
        if number in becomes_known:
            ts = becomes_known[number]
            key = message(*SHOWS[ts], edition=f"at {ts}", team=team).key
            await store.outbox.mark_sent(key, ts, now=NOW, saving_emoji=SAVING)
        told = reaction(event.emoji, event.ts, event.event_ts, added=event.added, user=event.user, team=team)
        await store.reading_lists.record_reaction(told, saving_emoji=SAVING)

    model, gullible = Model(known=set(SHOWS)), Model(known=set(SHOWS))
    for event in happened:
        model.hear(event)
    for event in delivered:
        gullible.words[event.user, event.ts, event.emoji] = Word(event.at, event.added)
    assert lists_of(gullible) != lists_of(model), "these events are too tame to tell"
    for user, expected in lists_of(model).items():
        entries = (await store.reading_lists.page(team, user, limit=100))[0]
        assert Counter(entry.paper.id for entry in entries) == Counter(expected)
