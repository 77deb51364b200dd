"""Paperboy as an agent: what it suggests, that it is at work, and that nothing depends on Slack showing that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.messages.agent import suggested_prompts
from bot.rules.command_grammar import parse_command
from bot.rules.commands import SearchPapers, ShowHelp, ShowList
from bot.slack.manifest import build_manifest
from bot.templating.catalogues import languages
from bot.templating.command_words import command_words
from tests.clocks import PatientClock
from tests.harness import Harness, open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KNOWN, TITLE = "2407.20743", "Meltemi"
STATUS, PROMPTS = "assistant.threads.setStatus", "assistant.threads.setSuggestedPrompts"


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path, manifest=build_manifest(agent=True)) as opened:
        await opened.post(top=3)
        yield opened


def calls(office: Harness, method: str) -> list[str]:
    return [call.arguments.get("status", "") for call in office.slack.calls if call.method == method]


async def ask(office: Harness, text: str = KNOWN) -> list[str]:
    """What stands in the thread that a direct message opens."""
    alone = office.slack.direct_messages(office.jimin.id).id
    asked = await office.slack.say(office.jimin.id, alone, text)
    await office.quiet()
    assert not any(each.thread_ts is None for each in office.slack.messages(alone) if each.bot_id)
    assert office.slack.status(alone, asked.ts) is None
    return [read(each) for each in office.slack.thread(alone, asked.ts)[1:]]


async def test_each_direct_message_is_answered_in_the_thread_it_opens_while_a_status_shows(agent: Harness) -> None:
    (card,) = await ask(agent)
    assert TITLE in card
    assert calls(agent, STATUS) == ["답변을 준비하고 있습니다…"]


async def test_things_to_ask_are_suggested_in_the_language_of_whoever_opens_the_messages(agent: Harness) -> None:
    await agent.slack.open_home(agent.jimin.id, tab="messages")
    await agent.slack.open_home(agent.ana.id, tab="messages")
    await agent.quiet()
    assert next(each["message"] for each in agent.slack.suggested_prompts(agent.jimin.id)) == "최신"
    assert next(each["message"] for each in agent.slack.suggested_prompts(agent.ana.id)) == "latest"


@pytest.mark.parametrize("language", languages())
def test_every_suggestion_is_understood(language: str) -> None:
    commands = [
        parse_command(says, command_words(), today=PatientClock().now().date())
        for _, says in suggested_prompts(language)
    ]
    days, search, mine, help_ = commands
    assert type(days).__name__ == "ShowDays"
    assert isinstance(search, SearchPapers)
    assert isinstance(mine, ShowList)
    assert isinstance(help_, ShowHelp)


@pytest.mark.parametrize(
    "error", ["not_agent_app", "unknown_method", "missing_scope", "channel_not_found", "ratelimited", "fatal_error"]
)
async def test_what_slack_does_not_show_keeps_nobody_from_an_answer(agent: Harness, error: str) -> None:
    for method in (STATUS, PROMPTS):
        agent.slack.faults.error(method, error=error, times=99)
    await agent.slack.open_home(agent.jimin.id, tab="messages")
    assert [TITLE in each for each in await ask(agent)] == [True]
    assert [TITLE in each for each in await ask(agent)] == [True]
    # What is refused everywhere is not asked for each time.
    assert len(calls(agent, STATUS)) == (2 if error == "channel_not_found" else 1)
    agent.clock.advance_to(agent.clock.now() + timedelta(hours=2))
    assert [TITLE in each for each in await ask(agent)] == [True]
    assert len(calls(agent, STATUS)) == (3 if error == "channel_not_found" else 2)


async def test_a_status_is_taken_back_where_no_answer_comes(agent: Harness) -> None:
    alone = agent.slack.direct_messages(agent.jimin.id).id
    agent.slack.faults.hold()
    asked = await agent.slack.say(agent.jimin.id, alone, KNOWN)
    await agent.slack.edit_message(agent.jimin.id, alone, asked.ts, "목록")
    agent.slack.faults.release()
    await agent.quiet()
    assert agent.slack.status(alone, asked.ts) is None
    assert len(agent.slack.thread(alone, asked.ts)) == 2


async def test_a_status_ends_before_why_there_is_no_answer(agent: Harness) -> None:
    (told,) = await ask(agent, "language xx")
    assert "xx" in told
    assert calls(agent, STATUS)[-1] == ""
    assert [call.error for call in agent.slack.calls if call.method == STATUS and call.error] == []


async def test_an_app_that_is_none_shows_nothing_of_that(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as office:
        await office.post(top=3)
        await office.slack.open_home(office.jimin.id, tab="messages")
        await office.slack.say(office.jimin.id, office.slack.direct_messages(office.jimin.id).id, KNOWN)
        await office.quiet()
        assert not [call for call in office.slack.calls if call.method.startswith("assistant.")]
