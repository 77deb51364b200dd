"""Ten thousand reactions, many of them twice, late, early, or out of order, and the lists that come of them.

What else people do is in `test_reading_lists_machine`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.bot.store.samples import MATRYOSHKA, MELTEMI, NOW, SAVING, STRINGS, message, paper, reaction
from tests.postgres import FEWER

if TYPE_CHECKING:
    from bot.store import Store

FOURTH = "2407.00004"
PAPERS = (MELTEMI, MATRYOSHKA, STRINGS, FOURTH)
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
    """Reading lists as one would explain them: a word an emoji, the latest wins."""

    words: dict[tuple[str, str, str], Word] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        which = (event.user, event.ts, event.emoji)
        if which not in self.words or event.at > self.words[which].at:
            self.words[which] = Word(event.at, event.added)

    def papers(self, user: str) -> set[str]:
        reacted = {
            means(ts, emoji)
            for (reader, ts, emoji), word in self.words.items()
            if reader == user and ts in self.known and word.added
        }
        return {paper_id for paper_id in PAPERS if paper_id in reacted}


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
