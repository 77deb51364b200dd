"""Reactions heard by several replicas at once: whoever hears which, and twice, lists are what people reacted to."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fleet.judge import HEADER
from tests.fleet.replicas import running
from tests.fleet.slack import APP, bot_user, person

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from tests.fleet.morning import Fleet
    from tests.fleet.slack import Posted

_EMOJI = "bookmark"
# How far an event may come after another that is younger, in events.
_REORDERED = 40

Lists = dict[str, set[str]]


@dataclass(frozen=True)
class Heard:
    """How it went: lists that differ from the model's, of so many, and what became of the events."""

    events: int
    doubled: int
    people: int
    differing: tuple[str, ...]
    outcome: Mapping[str, int]
    seconds: float
    cpu_each: float

    def __str__(self) -> str:
        return (
            f"{self.events:,} reactions and {self.doubled:,} of them once more, {self.people} people:"
            f" {len(self.differing)} lists differ from the model's; {dict(self.outcome)}; {self.seconds:.1f} s,"
            f" {self.events / self.seconds:,.0f}/s, {self.cpu_each:.2f} ms of processor each"
            + "".join(f"\n{each}" for each in self.differing[:10])
        )


async def nothing_else(_: Fleet) -> None:
    """Let nothing happen beside."""


async def react(
    fleet: Fleet,
    *,
    number: int = 10_000,
    people: int = 200,
    doubled: float = 0.1,
    meanwhile: Callable[[Fleet], Awaitable[None]] = nothing_else,
    seed: int = 1,
) -> Heard:
    """Let a fleet serve its channels, and then people react to its cards, and take that back."""
    async with running(fleet.replicas):
        await fleet.settled(within=120)
        posted = (await fleet.slack.seen()).posted
        chance = random.Random(seed)
        events, wanted = _events(posted, number, people, chance)
        again = chance.sample(events, round(number * doubled))
        before, began = fleet.cpu(), time.monotonic()
        arriving = _on_their_way(events, again, chance)
        outcome, _ = await asyncio.gather(fleet.slack.bring(arriving, at_once=40), meanwhile(fleet))
        seconds, cpu = time.monotonic() - began, fleet.cpu() - before
        had = _lists(fleet)
    differing = [
        f"{who}: missing {sorted(wanted[who] - had[who])}, too much {sorted(had[who] - wanted[who])}"
        for who in sorted({*wanted, *had})
        if wanted[who] != had[who]
    ]
    return Heard(
        len(events),
        len(again),
        people,
        tuple(differing),
        outcome,
        seconds,
        1000 * cpu.seconds / outcome["acknowledged"],
    )


def _events(
    posted: Mapping[str, Sequence[Posted]], number: int, people: int, chance: random.Random
) -> tuple[list[dict[str, Any]], defaultdict[str, set[str]]]:
    """Events in the order of their time stamps, and the lists that come of them: a paper is on a list while a reaction
    to any of its cards stands."""
    cards = [(channel, each) for channel in sorted(posted) for each in posted[channel] if each.part != HEADER]
    standing: dict[tuple[str, str, str], str] = {}
    events = []
    start = time.time() - number * 0.001
    for nth in range(number):
        channel, card = chance.choice(cards)
        team = f"T{channel[1:5]}"
        who = person(team, chance.randint(1, people))
        key = (who, channel, card.ts)
        is_added = key not in standing
        if is_added:
            standing[key] = card.part
        else:
            del standing[key]
        events.append(_event(team, who, channel, card.ts, is_added, f"{start + nth * 0.001:.6f}", nth))
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for (who, _, _), paper in standing.items():
        wanted[who].add(paper)
    return events, wanted


def _event(team: str, who: str, channel: str, ts: str, is_added: bool, event_ts: str, nth: int) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "token": "",
        "team_id": team,
        "api_app_id": APP,
        "event_id": f"Ev{nth:08}",
        "event_time": int(float(event_ts)),
        "event_context": f"4-{nth}",
        "is_ext_shared_channel": False,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team,
                "user_id": bot_user(team),
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "event": {
            "type": "reaction_added" if is_added else "reaction_removed",
            "user": who,
            "reaction": _EMOJI,
            "item": {"type": "message", "channel": channel, "ts": ts},
            "item_user": bot_user(team),
            "event_ts": event_ts,
        },
    }


def _on_their_way(
    events: Sequence[dict[str, Any]], again: Sequence[dict[str, Any]], chance: random.Random
) -> list[dict[str, Any]]:
    """The events as they arrive: nearly in order, and some twice, the second time at once or much later."""
    arriving = [(nth + chance.uniform(0, _REORDERED), event) for nth, event in enumerate(events)]
    places = {event["event_id"]: nth for nth, event in enumerate(events)}
    for event in again:
        late = chance.choice((0.0, 0.0, chance.uniform(0, len(events) / 10)))
        arriving.append((places[event["event_id"]] + late + chance.uniform(0, _REORDERED), event))
    return [event for _, event in sorted(arriving, key=lambda each: each[0])]


def _lists(fleet: Fleet) -> defaultdict[str, set[str]]:
    lists: defaultdict[str, set[str]] = defaultdict(set)
    for who, paper in fleet.query('SELECT "user", paper FROM saved_papers WHERE listed = 1'):
        lists[who].add(paper)
    return lists
