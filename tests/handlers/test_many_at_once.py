"""Many people ask at once, or one is answered late: everything is acknowledged in time, and answered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import StoreError
from bot.messages import answers
from bot.store.tables.people import People
from handlers import commands
from handlers.answers import answer_path, send_answer
from tests.harness import DAY, read

if TYPE_CHECKING:
    from bot.store.connection import Connection
    from tests.harness import Harness

MATTING = "2407.21017"


@pytest.mark.parametrize("at_once", [0, 5])
async def test_what_is_asked_beyond_what_is_answered_at_once_is_acknowledged_and_answered_in_its_turn(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    await harness.post()
    monkeypatch.setattr(commands, "_AT_ONCE", at_once)
    for number in range(10):
        harness.sources.paper(f"2501.{number:05}", {"id": f"2501.{number:05}", "title": f"New {number}"})
    asked = [f"2501.{number:05}" for number in range(10)] + ["list", MATTING, DAY.isoformat(), f"save {MATTING}"] * 10
    given = await asyncio.gather(
        *(harness.slack.command(harness.ana.id, harness.papers.id, "/paper", text) for text in asked)
    )
    await harness.quiet()
    told = "\n".join(read(each) for each in harness.slack.ephemerals(harness.ana.id))
    assert all(answer.ok for answer in given)
    assert [told.count(f"New {number}") for number in range(10)] == [1] * 10
    assert told.count("too many requests") == 0
    assert told.count("Top papers") == 10
    assert told.count("reading list") >= 20
    assert await harness.reading_list(harness.ana) == [MATTING]


CHANGES = (
    f"save {MATTING}",
    f"done {MATTING}",
    f"note {MATTING} compare with X",
    f"tag {MATTING} rl",
    f"untag {MATTING} rl",
    f"remove {MATTING}",
    "undo",
    "reminders on",
    "reminders off",
    "language ko",
    "export",
    "export my data",
)


async def test_what_is_asked_for_is_on_disk_before_it_is_acknowledged_however_many_ask(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that would go on after the acknowledgement does: the process may end there."""
    await harness.post()
    await harness.ask(harness.ana, "help")
    monkeypatch.setattr(commands, "_AT_ONCE", 0)
    background = harness.bot.deps.background.of(harness.team)
    monkeypatch.setattr(background, "start", lambda work, name=None: work.close())
    for person in (harness.ana, harness.jimin):  # of whom one is known, and the other never was heard of
        for text in CHANGES:
            before = await stored(harness)
            assert (await harness.slack.command(person.id, harness.papers.id, "/paper", text)).ok
            assert await stored(harness) != before, (person.name, text)


async def stored(harness: Harness) -> str:
    """All that is kept of people, their lists, and what they asked for."""
    tables = ("people", "saved_papers", "list_changes", "reminders", "open_requests", "saved_tags")

    async def read_all(db: Connection) -> str:
        return repr([await db.rows(f"SELECT * FROM {table}") for table in tables])

    return await harness.bot.services.store.database.read(read_all)


async def test_a_store_that_fails_is_told_of_also_after_the_acknowledgment(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise StoreError(path="paperboy.db")

    monkeypatch.setattr(commands, "_AT_ONCE", 0)
    monkeypatch.setattr(People, "find", fail)
    assert (await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "list")).ok
    await harness.quiet()
    (told,) = harness.slack.ephemerals(harness.ana.id)
    assert "Reference:" in read(told)


class TestAResponseUrl:
    async def test_takes_five_answers_and_the_others_come_directly(self, harness: Harness) -> None:
        given = await answered(harness, times=7)
        assert len(given) == 5
        assert len(directly(harness)) == 2

    async def test_takes_none_after_half_an_hour_and_those_come_directly(self, harness: Harness) -> None:
        given = await answered(harness, times=2, after=timedelta(minutes=31))
        assert given == []
        assert len(directly(harness)) == 2


async def answered(harness: Harness, *, times: int, after: timedelta = timedelta(0)) -> list[dict[str, Any]]:
    """What is given at the response_url, of so many answers to one command, `after` it was typed."""
    given = []

    async def respond(**payload: Any) -> Any:
        given.append(payload)
        return Taken()

    body = {
        "team_id": harness.team,
        "user_id": harness.ana.id,
        "channel_id": harness.papers.id,
        "trigger_id": "1.2.3",
    }
    path = answer_path(harness.bot.deps, body, respond, harness.bot.workspace.client)
    harness.clock.advance_to(harness.clock.now() + after)
    for number in range(times):
        await send_answer(path, answers.looking_up(ids=[f"2501.{number:05}"], language="en"))
    await harness.quiet()
    return given


class Taken:
    """Slack's word that it took an answer."""

    status_code = 200
    body = "ok"


def directly(harness: Harness) -> list[str]:
    return [read(message) for message in harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)]
