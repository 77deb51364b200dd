"""What is stored about a person: told, given as a file, and erased wherever it is, for good."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import AnswerUnwanted
from bot.messages.message import Message
from bot.rules import channels
from bot.rules.budget import Budget, Requester, Spent
from bot.rules.feedback import Feedback, RatedSummary, Rating
from bot.rules.installations import InstalledApp
from bot.rules.personal_data import OF_WORKSPACES, DataKind
from bot.rules.reading_list import Reaction
from bot.rules.reports import Complaint, Report
from bot.rules.requests import Request, RequestKind
from bot.schedule.departures import CHECKED_A_MINUTE, CHECKED_AGAIN_AFTER
from handlers.left_over import finish_left_over
from tests.harness import DAY, open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person, PrivateMessage
    from tests.harness import Harness

PAPER, OTHER_PAPER = "2407.20445", "2407.21017"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        await opened.serve(top=2)
        await opened.post(top=2)
        yield opened


def places(harness: Harness, *ids: str) -> dict[str, list[str]]:
    """The tables and rows of the database's file that have one of the IDs anywhere in them."""
    found = re.compile("|".join(rf"(?<![A-Za-z0-9]){each}(?![A-Za-z0-9])" for each in ids))
    file = harness.bot.services.settings.database_path
    assert file is not None
    with closing(sqlite3.connect(file)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        rows = {table: [str(row) for row in db.execute(f"SELECT * FROM {table}")] for table in tables}
    return {table: hits for table, each in rows.items() if (hits := [row for row in each if found.search(row)])}


async def do_everything(harness: Harness, person: Person) -> str:
    """All that a person can do; the ID of their direct messages."""
    alone = harness.slack.direct_messages(person.id).id
    store, now = harness.bot.services.store, harness.clock.now()
    for card in harness.cards:
        await harness.react(person, card, "bookmark")
    await harness.unreact(person, harness.cards[1], "bookmark")
    for text in (
        f"save {OTHER_PAPER}",
        f"share {OTHER_PAPER}",
        "language ko",
        "latest",
        f"{PAPER} What is it about?",
        "settings",
        "search matting",
        "my data",
        "remind me",
    ):
        await harness.ask(person, text)
    await harness.slack.say(person.id, alone, f"save {PAPER}")
    await harness.slack.say(person.id, alone, f"{PAPER} Which data is used?")
    await harness.slack.mention(person.id, harness.papers.id, f"share {PAPER}")
    await harness.slack.say(person.id, harness.papers.id, f"https://arxiv.org/abs/{PAPER}")
    await harness.slack.open_home(person.id)
    await harness.quiet()
    channel = harness.slack.add_channel(f"of-{person.id.lower()}", members=[person.id], with_bot=False)
    await harness.slack.invite_bot(channel.id, by=person.id)
    await harness.quiet()
    served = await harness.served()
    await store.channels.pause(harness.team, served.id, user=person.id, now=now)
    await store.channels.start(harness.team, served.id, latest=DAY, user=person.id, now=now)
    await store.reading_lists.set_tags(harness.team, person.id, PAPER, ("of mine", person.id), now=now)
    await store.reading_lists.set_note(harness.team, person.id, PAPER, f"for <@{person.id}>", now=now)
    # What only a language model brings about.
    rated = RatedSummary(PAPER, "en", now)
    await store.feedback.remember(Feedback(harness.team, person.id, rated, "m", Rating.HELPFUL, now))
    # What only an app that many workspaces install brings about.
    app = InstalledApp(harness.team, "", "", None, None, False, None, "", frozenset(), now, person.id)
    await store.installations.save(app, installer=person.id, now=now)
    report = Report(harness.team, person.id, PAPER, "en", Complaint.NUMBERS, "7", now, rewrites=False)
    await store.reports.remember(report, most=9, since=now)
    await store.spending.record(DAY, harness.team, person.id, "m", Spent(1, 10, 10, 0.5))
    by, until = Requester(harness.team, person.id), now + timedelta(days=9)
    await store.spending.reserve(f"request {person.id[-1]}", DAY, by, 10, Budget(1_000_000), now=now, until=until)
    await harness.bot.workspace.schedule.idle()
    await harness.quiet()
    return alone


async def offered(harness: Harness, person: Person) -> PrivateMessage:
    """What somebody is told who wants their data erased."""
    await harness.ask(person, "forget me")
    return harness.slack.ephemerals(person.id)[-1]


async def erase(harness: Harness, person: Person) -> str:
    """Confirm it, and read what takes the place of the question."""
    await harness.click(person, await offered(harness, person), "erase_my_data")
    return read(harness.slack.ephemerals(person.id)[-1])


async def test_who_did_everything_is_erased_from_every_table_and_nobody_else_is(harness: Harness) -> None:
    ana, jimin = harness.ana, harness.jimin
    my_messages, theirs = await do_everything(harness, ana), await do_everything(harness, jimin)
    before, others = places(harness, ana.id, my_messages), places(harness, jimin.id, theirs)
    expected = {name for name, table in OF_WORKSPACES.items() if table.owner or table.doer}
    short_lived = {"open_requests", "invitations", "link_previews"}
    assert before.keys() >= expected - short_lived, "somebody who does everything is everywhere"
    told = await erase(harness, ana)
    assert places(harness, ana.id, my_messages) == {}
    assert "데이터를 삭제했습니다" in told, "in the language that was theirs"
    kept = places(harness, jimin.id, theirs)
    assert kept.keys() == others.keys()
    assert {table: len(rows) for table, rows in kept.items()} == {table: len(rows) for table, rows in others.items()}
    await harness.at(harness.clock.now() + timedelta(days=1))
    await harness.quiet()
    assert places(harness, ana.id, my_messages) == {}, "nor does anything bring it back"


async def test_nothing_is_erased_before_it_is_said_how_much_and_confirmed(harness: Harness) -> None:
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    message = await offered(harness, harness.ana)
    assert "Papers on your reading list, with notes and tags: 1" in read(message)
    assert "Slack keeps your reactions" in read(message)
    (button,) = [each for block in message.blocks for each in block.get("elements", ()) if each["type"] == "button"]
    assert button["style"] == "danger"
    assert button["confirm"]["title"]["text"] == "Erase your data?"
    assert len(await harness.reading_list(harness.ana)) == 1
    told = await erase(harness, harness.ana)
    assert "Papers on your reading list, with notes and tags: 1" in told
    assert await harness.reading_list(harness.ana) == []
    assert "Slack still has your reactions" in told


async def test_in_direct_messages_the_answer_takes_the_place_of_the_question_and_is_not_stored(
    harness: Harness,
) -> None:
    alone = harness.slack.direct_messages(harness.ana.id).id
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    await harness.slack.say(harness.ana.id, alone, "forget me")
    await harness.quiet()
    (_, question) = harness.slack.messages(alone)
    await harness.click(harness.ana, question, "erase_my_data")
    (_, answer) = harness.slack.messages(alone)
    assert "Your data is erased" in read(answer)
    assert places(harness, harness.ana.id, alone) == {}


async def test_what_slack_brings_again_does_not_bring_back_what_was_erased(harness: Harness) -> None:
    ana, card = harness.ana, harness.cards[0]
    alone = harness.slack.direct_messages(ana.id).id
    before = f"{harness.clock.now().timestamp():.6f}"
    await harness.react(ana, card, "bookmark")
    await harness.slack.say(ana.id, alone, f"save {OTHER_PAPER}")
    await harness.quiet()
    old = {"user": ana.id, "event_ts": before}
    reaction = {"type": "reaction_added", "reaction": "bookmark", "item_user": harness.slack.bot_user_id}
    message = {"type": "message", "channel": alone, "channel_type": "im", "text": f"save {PAPER}", "ts": before}
    await erase(harness, ana)
    await harness.slack.send_event(
        {**reaction, **old, "item": {"type": "message", "channel": card.channel, "ts": card.ts}}
    )
    await harness.slack.send_event({**message, **old})
    await harness.slack.send_event({"type": "app_home_opened", "channel": alone, "tab": "home", **old})
    await harness.quiet()
    assert places(harness, ana.id, alone) == {}
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=1))
    await harness.unreact(ana, card, "bookmark")
    await harness.react(ana, card, "bookmark")
    assert len(await harness.reading_list(ana)) == 1, "what they do afterwards counts"


async def test_clicked_many_times_it_is_done_and_told_once(harness: Harness) -> None:
    ana = harness.ana
    await harness.react(ana, harness.cards[0], "bookmark")
    message, before = await offered(harness, ana), len(harness.slack.calls)
    clicks = [harness.slack.click(ana.id, message, "erase_my_data") for _ in range(5)]
    assert all(answer.ok for answer in await asyncio.gather(*clicks))
    await harness.quiet()
    assert sum(call.method == "response_url" for call in harness.slack.calls[before:]) == 1
    assert places(harness, ana.id) == {}
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=1))
    await harness.ask(ana, f"save {PAPER}")
    assert "Your data is erased" in await erase(harness, ana), "what is kept afterwards is erased as well"


async def test_an_answer_that_comes_after_the_erasure_is_kept_nowhere(harness: Harness) -> None:
    """What was asked for before goes on, here or in another process, for longer than the erasure waits."""
    ana, deps = harness.ana, harness.bot.deps
    alone = harness.slack.direct_messages(ana.id).id
    request = Request(harness.team, harness.papers.id, ana.id, RequestKind.REPORT, "1.2", "", harness.clock.now())
    heard = f"{harness.clock.now().timestamp():.6f}"
    card = harness.cards[0]
    reaction = Reaction(harness.team, card.channel, card.ts, ana.id, "bookmark", added=True, event_ts=heard)
    await erase(harness, ana)
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=5))
    answers, said = deps.direct_answers(harness.team), Message("The summary is written anew.", ())
    await answers.send(request, said)
    with pytest.raises(AnswerUnwanted):
        await answers.stand(request, said)
    assert not await deps.store.told_reactions.claim(reaction, most=3)
    assert places(harness, ana.id, alone) == {}
    await answers.send(replace(request, at=harness.clock.now()), said)
    assert "written anew" in harness.slack.messages(alone)[-1].text, "what is asked afterwards is answered"


async def test_who_is_erased_is_told_after_a_restart_what_it_was(harness: Harness) -> None:
    """The process ends after the last table, before anybody is told."""
    ana = harness.ana
    await harness.react(ana, harness.cards[0], "bookmark")
    message = await offered(harness, ana)
    store, team = harness.bot.services.store, harness.team
    request = Request(team, harness.papers.id, ana.id, RequestKind.ERASE, "1.2", "", harness.clock.now())
    request = replace(request, value=f"{request.at.isoformat()} en")
    await store.requests.note(request, owner="one that has ended", until=harness.clock.now())
    erasure = await store.personal_data.begin_erasure(team, ana.id, at=request.at)
    await store.personal_data.erase(team, ana.id, erasure)
    assert places(harness, ana.id).keys() == {"open_requests"}
    await finish_left_over(harness.bot.deps, team, harness.bot.workspace.client)
    await harness.quiet()
    told = harness.slack.ephemerals(ana.id)[-1]
    assert told.ts != message.ts
    assert "Papers on your reading list, with notes and tags: 1" in read(told)
    assert places(harness, ana.id) == {}


async def test_all_that_is_stored_about_a_person_comes_as_a_file(harness: Harness) -> None:
    alone = await do_everything(harness, harness.ana)
    await harness.ask(harness.ana, "my data")
    (*_, message) = [each for each in harness.slack.messages(alone) if each.files]
    file = harness.slack.file(message.files[0]["id"])
    content = json.loads(file.content)
    assert content["person"] == harness.ana.id
    assert {each["paper"] for each in content["data"][DataKind.SAVED_PAPERS]} >= {PAPER, OTHER_PAPER}
    assert content["papers"][OTHER_PAPER] == "Matting by Generation"
    assert content["data"].keys() >= set(DataKind) - {DataKind.INVITATIONS}
    assert harness.jimin.id not in file.content.decode()


# people who leave -----------------------------------------------------------------------------------------------------


async def test_who_left_slack_is_erased_after_the_retention_time_and_not_if_they_are_back_by_then(
    harness: Harness,
) -> None:
    ana, jimin = harness.ana, harness.jimin
    for person in (ana, jimin):
        await harness.react(person, harness.cards[0], "bookmark")
        harness.slack.change_person(person.id, deleted=True)
    start = harness.clock.now()
    await harness.at(start + CHECKED_AGAIN_AFTER + timedelta(hours=1))
    await harness.at(start + timedelta(days=30))
    assert places(harness, ana.id)
    harness.slack.change_person(jimin.id, deleted=False)
    await harness.at(start + CHECKED_AGAIN_AFTER + timedelta(days=30, hours=2))
    await harness.quiet()
    assert places(harness, ana.id) == {}
    assert len(await harness.reading_list(jimin)) == 1


async def test_nobody_is_erased_while_slack_says_nothing_of_them(harness: Harness) -> None:
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    harness.slack.change_person(harness.ana.id, deleted=True)
    start = harness.clock.now()
    await harness.at(start + CHECKED_AGAIN_AFTER + timedelta(hours=1))
    harness.slack.faults.error("users.info", error="user_not_found", times=100)
    await harness.at(start + timedelta(days=90))
    assert places(harness, harness.ana.id)
    assert len(await harness.reading_list(harness.ana)) == 1


async def test_who_slack_says_nothing_of_keeps_nobody_else_waiting_to_be_erased(harness: Harness) -> None:
    await harness.react(harness.ana, harness.cards[0], "bookmark")
    harness.slack.change_person(harness.ana.id, deleted=True)
    start, remember = harness.clock.now(), harness.bot.services.store.people.remember
    for number in range(5):
        await remember(channels.Person(harness.team, f"U0GONE{number}", is_deactivated=True), now=start)
    await remember(channels.Person(harness.team, harness.ana.id, is_deactivated=True), now=start + timedelta(days=1))
    for minutes in range(3):
        await harness.at(start + timedelta(days=32, minutes=minutes))
    await harness.quiet()
    assert places(harness, harness.ana.id) == {}
    assert places(harness, "U0GONE0"), "unknown is not gone"


async def test_people_are_asked_about_once_a_week_and_a_few_a_minute(harness: Harness) -> None:
    people = [harness.slack.add_person(f"P{number}") for number in range(25)]
    for person in people:
        await harness.bot.services.store.people.choose_language(harness.team, person.id, "en", now=harness.clock.now())
    start, asked = harness.clock.now(), []
    for minute in range(5):
        before = len(harness.slack.calls)
        await harness.at(start + timedelta(minutes=minute))
        asked.append(sum(call.method == "users.info" for call in harness.slack.calls[before:]))
    assert asked == [CHECKED_A_MINUTE, CHECKED_A_MINUTE, 5, 0, 0]
