"""Weeks of a team that saves papers: its recap comes once, on time, and tells nobody what one person saved."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import EmptyDays
from bot.rules.editions import EditionKind, team_edition
from bot.rules.outbox import DeliveryState
from bot.rules.reading_list import SaveKind
from bot.workspace import open_configured_workspace
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.rules.editions import Edition
    from bot.slack_emulator import Channel, Person, SlackMessage
    from bot.workspace import Workspace
    from tests.harness import Harness

POST = "chat.postMessage"
THURSDAY = date(2024, 8, 1)
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)
# Ten past nine in Seoul, where #papers is served.
FRIDAY_MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
MONDAY_MORNING = FRIDAY_MORNING + 3 * A_DAY
FIRST, SECOND, THIRD = (f"2408.01{number:03}" for number in (1, 2, 3))
RECAP = team_edition("2024-W32")


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        yield opened


async def a_digest_on_friday(harness: Harness, *, team_recap: bool = True) -> None:
    await harness.serve(empty_days=EmptyDays.NOTHING, weekdays=frozenset(range(5)), team_recap=team_recap)
    harness.sources.day(THURSDAY, papers_of(THURSDAY, (30, 20, 10, 5)))
    await harness.at(FRIDAY_MORNING)
    assert len(harness.cards) == 3


async def readers(harness: Harness, count: int, *, home: str | None = None) -> list[Person]:
    people = [harness.slack.add_person(f"Reader {number}", home=home) for number in range(count)]
    for person in people:
        await harness.slack.invite(person.id, harness.papers.id)
    return people


async def saved(harness: Harness, people: Sequence[Person], *cards: SlackMessage) -> None:
    for card in cards:
        await asyncio.gather(*(harness.slack.react(person.id, card.channel, card.ts, "bookmark") for person in people))
    await harness.quiet()


async def known(harness: Harness, people: Sequence[Person]) -> None:
    """Paperboy has heard of these people, as of everybody who ever asked it something."""
    profiles = harness.bot.workspace.profiles
    await asyncio.gather(*(profiles.fetch_profile(harness.team, person.id) for person in people))


async def shows_name(harness: Harness, person: Person, *, is_shown: bool = True) -> None:
    people = harness.bot.services.store.people
    await people.choose_whether_name_is_shown(harness.team, person.id, is_shown=is_shown, now=harness.clock.now())
    await known(harness, [person])


def recaps(harness: Harness, channel: Channel | None = None) -> list[SlackMessage]:
    posted = harness.slack.messages((channel or harness.papers).id)
    return [
        each for each in posted if str((each.metadata or {})["event_payload"]["edition"]).startswith(EditionKind.TEAM)
    ]


async def states(harness: Harness, edition: Edition = RECAP) -> list[DeliveryState]:
    store = harness.bot.services.store
    return [each.state for each in await store.outbox.deliveries(harness.team, harness.papers.id, edition)]


async def test_a_recap_comes_with_the_first_digest_of_a_week_and_once_whatever_is_started_again(
    harness: Harness,
) -> None:
    await a_digest_on_friday(harness)
    people = await readers(harness, 9)
    await saved(harness, people[:4], harness.cards[1])
    await saved(harness, people[4:7], harness.cards[0])
    await saved(harness, people[8:], harness.cards[2])
    monday = date(2024, 8, 2)
    harness.sources.day(monday, papers_of(monday, (9, 8)))
    await harness.at(MONDAY_MORNING - timedelta(minutes=1))
    assert recaps(harness) == []
    await harness.at(MONDAY_MORNING)
    (recap,) = recaps(harness)
    assert harness.slack.messages(harness.papers.id)[-1] == recap, "it follows the digest"
    text = read(recap)
    assert text.index(f"Paper 2 of {THURSDAY}") < text.index(f"Paper 1 of {THURSDAY}")
    assert "Saved by 4 people" in text
    assert "Saved by 3 people" in text
    assert f"Paper 3 of {THURSDAY}" not in text, "one person saved it, which is nobody's business"
    assert "Jul 29, 2024 to Aug 5, 2024" in text

    await harness.react(harness.ana, recap, "two")
    assert await harness.reading_list(harness.ana) == [FIRST]
    said = await harness.click(harness.jimin, recap, "save_paper", value=SECOND)
    assert said
    assert await harness.reading_list(harness.jimin) == [SECOND]

    await harness.at(MONDAY_MORNING + timedelta(minutes=5))
    async with open_configured_workspace(harness.bot.services) as again:  # it knows what is on disk
        for moment in (timedelta(hours=2), A_DAY):
            await tick(harness, MONDAY_MORNING + moment, again)
        assert len(recaps(harness)) == 1
        await tick(harness, MONDAY_MORNING + A_WEEK, again)
    assert len(recaps(harness)) == 1, "two saved something on Monday, each another paper"
    assert await states(harness, team_edition("2024-W33")) == []


async def tick(harness: Harness, moment: datetime, *workspaces: Workspace) -> None:
    """Let it be a moment, and let each process do what is due."""
    harness.clock.advance_to(moment)
    await asyncio.gather(*(each.schedule.tick(moment) for each in workspaces))
    await asyncio.gather(*(each.schedule.idle() for each in workspaces))


async def test_two_processes_bring_it_once(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    await known(harness, await readers(harness, 4))
    await saved(harness, await readers(harness, 2), harness.cards[0])
    async with open_configured_workspace(harness.bot.services) as other:
        await tick(harness, MONDAY_MORNING, harness.bot.workspace, other)
        await tick(harness, MONDAY_MORNING + timedelta(minutes=1), other, harness.bot.workspace)
    assert len(recaps(harness)) == 1
    assert await states(harness) == [DeliveryState.SENT]


async def test_a_name_that_is_taken_back_while_the_recap_waits_is_not_shown(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    people = await readers(harness, 8)
    await saved(harness, people[:3], harness.cards[0])
    for person in people[:2]:
        await shows_name(harness, person)
    await known(harness, people)
    harness.slack.faults.error(POST, error="fatal_error", times=500)
    await harness.at(MONDAY_MORNING)
    (planned,) = await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, RECAP)
    assert "reader.0, reader.1, and others" in planned.payload
    assert recaps(harness) == []
    await shows_name(harness, people[0], is_shown=False)
    harness.slack.faults.clear()
    await harness.at(MONDAY_MORNING + timedelta(minutes=20))
    (recap,) = recaps(harness)
    assert "Saved by 3 people" in read(recap)
    assert "reader" not in read(recap).lower()
    withdrawn = await harness.bot.services.store.people.find(harness.team, people[0].id)
    assert withdrawn is not None
    assert withdrawn.name is None


async def test_a_recap_that_waited_into_the_night_comes_in_the_morning(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    await known(harness, await readers(harness, 4))
    await saved(harness, await readers(harness, 3), harness.cards[0])
    harness.slack.faults.error(POST, error="fatal_error", times=500)
    await harness.at(MONDAY_MORNING)
    await harness.at(MONDAY_MORNING + timedelta(hours=10))
    harness.slack.faults.clear()
    for hours in (11, 14, 18, 23):
        await harness.at(MONDAY_MORNING + timedelta(hours=hours))
        assert recaps(harness) == []
    await harness.at(MONDAY_MORNING + A_DAY)
    assert len(recaps(harness)) == 1


async def test_a_recap_that_is_unwanted_before_it_is_sent_never_comes_and_nobody_is_told(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    await known(harness, await readers(harness, 4))
    await saved(harness, await readers(harness, 3), harness.cards[0])
    harness.slack.faults.error(POST, error="fatal_error", times=500)
    await harness.at(MONDAY_MORNING)
    await harness.change(team_recap=False)
    harness.slack.faults.clear()
    await harness.at(MONDAY_MORNING + timedelta(minutes=20))
    await harness.change(team_recap=True)
    await harness.at(MONDAY_MORNING + timedelta(minutes=40))
    assert recaps(harness) == []
    assert await states(harness) == [DeliveryState.REFUSED]
    assert await harness.bot.services.store.outbox.undelivered(harness.team) == []


async def test_one_that_is_turned_on_in_the_week_comes_with_the_next_and_a_paused_channel_gets_none(
    harness: Harness,
) -> None:
    await a_digest_on_friday(harness, team_recap=False)
    await known(harness, await readers(harness, 4))
    people = await readers(harness, 3)
    await saved(harness, people, harness.cards[0])
    await harness.at(MONDAY_MORNING)
    await harness.change(team_recap=True)
    await harness.at(MONDAY_MORNING + A_DAY)
    assert recaps(harness) == []
    await saved(harness, people, harness.cards[1])
    await harness.pause()
    await harness.at(MONDAY_MORNING + A_WEEK)
    assert recaps(harness) == []
    await harness.at(MONDAY_MORNING + A_WEEK + timedelta(hours=1))
    await harness.resume()
    await harness.at(MONDAY_MORNING + A_WEEK + A_DAY)
    assert recaps(harness) == [], "what came in between is left out"
    await saved(harness, people, harness.cards[2])
    await harness.at(MONDAY_MORNING + 2 * A_WEEK)
    (recap,) = recaps(harness)
    assert f"Paper 3 of {THURSDAY}" in read(recap)


async def test_people_of_elsewhere_and_closed_accounts_are_not_counted_and_others_reading_along_see_no_names(
    harness: Harness,
) -> None:
    shared = harness.slack.add_channel("shared", members=[harness.ana.id], shared=True)
    await harness.serve(shared, team_recap=True, empty_days=EmptyDays.NOTHING)
    await a_digest_on_friday(harness)
    people = await readers(harness, 9)
    await saved(harness, [*people[:4], *await readers(harness, 3, home="T0000000009")], harness.cards[0])
    harness.slack.change_person(people[3].id, deleted=True)
    await known(harness, people[3:])
    await shows_name(harness, people[0])
    await harness.at(MONDAY_MORNING)
    inside, outside = read(recaps(harness)[0]), read(recaps(harness, shared)[0])

    assert "Saved by 3 people" in inside
    assert "Saved by 3 people" in outside
    assert "reader.0" in inside
    assert "reader.0" not in outside


async def test_what_goes_on_in_a_private_channel_is_not_told_elsewhere(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    people = await readers(harness, 9)
    hidden = harness.slack.add_channel("hidden", members=[each.id for each in people], private=True)
    await harness.serve(hidden, team_recap=True, empty_days=EmptyDays.NOTHING)
    store, now = harness.bot.services.store, harness.clock.now()
    for person in people[:3]:
        await store.reading_lists.save(harness.team, person.id, THIRD, SaveKind.CLICK, now=now)
    await known(harness, people)
    for number in range(2):
        edition = f"share:U{number}"
        await share(harness, hidden, edition)
    await harness.at(MONDAY_MORNING)
    (inside,), (elsewhere,) = recaps(harness, hidden), recaps(harness)
    assert "2 shares here" in read(inside)
    assert "share" not in read(elsewhere).lower()
    assert hidden.id not in str(elsewhere.blocks)
    assert harness.papers.id not in str(inside.blocks), "a card that stands elsewhere is not where others look"


async def share(harness: Harness, channel: Channel, edition: str) -> None:
    """Let somebody have shared the third paper in a channel."""
    from tests.bot.store.samples import message

    store = harness.bot.services.store
    delivery = message(THIRD, edition=edition + ":1", team=harness.team, channel=channel.id)
    assert await store.outbox.plan([delivery], now=harness.clock.now())
    ts = f"{harness.clock.now().timestamp():.6f}"
    await store.outbox.mark_sent(delivery.key, ts, now=harness.clock.now(), saving_emoji=())


async def test_the_last_seven_days_are_told_to_whoever_asks_and_to_nobody_else(harness: Harness) -> None:
    await a_digest_on_friday(harness)
    (said,) = await harness.ask(harness.ana, "team")
    assert "Nothing to show for your team's last 7 days." in said
    people = await readers(harness, 8)
    await saved(harness, people[:3], harness.cards[0])
    await known(harness, people)
    await shows_name(harness, people[1])
    posted = len(harness.slack.messages(harness.papers.id))
    (said,) = await harness.ask(harness.ana, "team")
    assert "Saved by 3 people" in said
    assert "reader.1, and others" in said
    assert "Your name isn't shown to others." in said
    (korean,) = await harness.ask(harness.jimin, "팀")
    assert "3명이 저장" in korean
    assert len(harness.slack.messages(harness.papers.id)) == posted
    (stranger,) = await readers(harness, 1, home="T0000000009")
    await known(harness, [stranger])
    message = await harness.slack.say(stranger.id, harness.papers.id, f"<@{harness.slack.bot_user_id}> team")
    await harness.quiet()
    thread = "\n".join(map(read, harness.slack.thread(harness.papers.id, message.ts)))
    assert "Saved by" not in thread
