"""Ephemeral messages that nobody asked for keep to a bound, whatever a morning brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import answers
from bot.slack.ephemeral_queue import (
    A_MINUTE,
    IMPORTANT_A_MINUTE,
    MOST_WAITING,
    TO_ONE_A_MINUTE,
    EphemeralMessage,
    EphemeralQueue,
)
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.slack_emulator import Channel, Person


@dataclass
class Office:
    slack: SlackEmulator
    clock: PatientClock
    queue: EphemeralQueue
    channel: Channel
    ana: Person

    def told(self, person: Person | None = None) -> Callable[[], Awaitable[EphemeralMessage]]:
        async def compose() -> EphemeralMessage:
            message = answers.searching_arxiv(language="en")
            return EphemeralMessage((person or self.ana).id, self.channel.id, None, message)

        return compose

    async def crowd(self) -> list[Person]:
        people = [self.slack.add_person(f"P{number}") for number in range(20)]
        for person in people:
            await self.slack.invite(person.id, self.channel.id)
        return people

    async def seen(self, *people: Person) -> int:
        await self.queue.drain(5)
        return sum(len(self.slack.ephemerals(person.id)) for person in people or [self.ana])


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session, SlackEmulator(build_manifest()) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        clock, ana = PatientClock(), slack.add_person("Ana")
        channel = slack.add_channel("papers", members=[ana.id])
        yield Office(slack, clock, EphemeralQueue(client, clock), channel, ana)


async def test_a_crowded_minute_is_cut_short_and_what_is_important_has_room_of_its_own(office: Office) -> None:
    people = await office.crowd()
    for person in people * 5:
        office.queue.begin(office.told(person))
    assert await office.seen(*people) == A_MINUTE
    for person in people * 5:
        office.queue.begin(office.told(person), is_important=True)
    assert await office.seen(*people) == IMPORTANT_A_MINUTE
    assert office.clock.slept == []
    await office.clock.sleep(61)
    office.queue.begin(office.told(people[0]))
    assert await office.seen(*people) == IMPORTANT_A_MINUTE + 1


async def test_who_reacts_a_hundred_times_leaves_room_for_others(office: Office) -> None:
    others = await office.crowd()
    for _ in range(100):
        office.queue.begin(office.told(), is_important=True)
    for person in others:
        office.queue.begin(office.told(person))
    assert await office.seen() == TO_ONE_A_MINUTE
    assert await office.seen(*others) == len(others)


async def test_what_is_never_sent_is_never_asked_for(office: Office) -> None:
    asked = 0

    async def compose() -> None:
        nonlocal asked
        asked += 1

    for _ in range(2 * MOST_WAITING):
        office.queue.begin(compose)
    await office.queue.drain(5)
    assert asked == MOST_WAITING


async def test_slack_busy_nothing_more_is_tried_for_a_minute(office: Office) -> None:
    office.slack.faults.answer("chat.postEphemeral", status=429, times=1)
    for _ in range(3):
        office.queue.begin(office.told())
    assert await office.seen() == 0
    office.queue.begin(office.told())
    assert await office.seen() == 0
    assert sum(call.method == "chat.postEphemeral" for call in office.slack.calls) == 1
    await office.clock.sleep(61)
    office.queue.begin(office.told())
    assert await office.seen() == 1


async def test_one_that_nobody_gets_keeps_no_other_waiting(office: Office) -> None:
    async def fails() -> EphemeralMessage:
        raise LookupError

    async def has_nothing_to_say() -> None:
        return None

    stranger = office.slack.add_person("Lee")
    for compose in (fails, has_nothing_to_say, office.told(stranger), office.told()):
        office.queue.begin(compose)
    assert await office.seen() == 1
