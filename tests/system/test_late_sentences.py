"""Sentences that come after their digest: put into it in place, once for all that came close together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import EmptyDays, Layout
from tests.harness import papers_of, read
from tests.model_server import Answer, ScriptedModel
from tests.modelled_harness import NOTHING, open_modelled_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackMessage
    from tests.harness import Harness

THURSDAY = date(2024, 8, 1)
# Ten past nine in Seoul, where #papers is served.
MORNING = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
POST, UPDATE = "chat.postMessage", "chat.update"
SAID = "We present a method that reaches good results."
WRITTEN = {**NOTHING, "whats_new": "We present a method.", "takeaway": SAID}
SAID_IN_KOREAN = "데이터로 학습하는 방법을 제안합니다."
WRITTEN_IN_KOREAN = {**NOTHING, "whats_new": SAID_IN_KOREAN, "takeaway": SAID_IN_KOREAN}


@asynccontextmanager
async def slow_office(
    folder: Path, *, papers: int = 3, told: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[tuple[Harness, ScriptedModel, asyncio.Event]]:
    """#papers has its digest, and the model answers once the event is set."""
    async with ScriptedModel.open() as model, open_modelled_office(folder, model) as harness:
        answers = asyncio.Event()
        model.script = lambda _: Answer(told or WRITTEN, when=answers)
        await harness.serve(empty_days=EmptyDays.NOTHING, top=papers, **settings)
        harness.sources.day(THURSDAY, papers_of(THURSDAY, range(100, 100 - papers, -1)))
        harness.clock.advance_to(MORNING)
        await harness.bot.workspace.schedule.tick(harness.clock.now())
        await model.called(min(papers, 3))
        await harness.slack.wait_for(lambda: len(digests(harness)) > 0)
        await harness.bot.workspace.schedule.jobs.idle()
        yield harness, model, answers


def digests(harness: Harness) -> list[SlackMessage]:
    """The messages of the digest, in order."""
    messages = harness.slack.messages(harness.papers.id)
    return [message for message in messages if "choose_papers" in str(message.blocks)]


def changes(harness: Harness) -> list[str]:
    """The time stamps of the digest's messages that were changed, once a change."""
    own = {message.ts for message in digests(harness)}
    return [
        str(call.arguments["ts"])
        for call in harness.slack.calls
        if call.method == UPDATE
        if call.arguments["ts"] in own
    ]


async def later(harness: Harness, minutes: int = 1) -> None:
    await harness.at(harness.clock.now() + minutes * A_MINUTE)


@pytest.mark.parametrize("layout", [*Layout])
async def test_all_that_were_written_in_a_minute_bring_one_change_whatever_the_layout(
    tmp_path: Path, layout: Layout
) -> None:
    async with slow_office(tmp_path, layout=layout) as (harness, _, answers):
        assert SAID not in read(digests(harness)[0])
        answers.set()
        await later(harness)
        await later(harness)
        (digest,) = digests(harness)
        assert read(digest).count(SAID) == 3
        assert "AI" in read(digest)
        assert len(changes(harness)) == 1
        await later(harness, 20)
        assert len(changes(harness)) == 1


async def test_a_korean_channel_gets_the_korean_sentence_and_its_foot_no_longer_names_another_language(
    tmp_path: Path,
) -> None:
    async with slow_office(tmp_path, language="ko", told=WRITTEN_IN_KOREAN) as (harness, _, answers):
        answers.set()
        await later(harness)
        await later(harness)
        text = read(digests(harness)[0])
        assert text.count(SAID_IN_KOREAN) == 3
        assert "영어" not in text


async def test_every_message_of_a_long_digest_is_changed_once(tmp_path: Path) -> None:
    async with slow_office(tmp_path, papers=25, layout=Layout.DIGEST) as (harness, _, answers):
        assert len(digests(harness)) == 2
        answers.set()
        await later(harness)
        await later(harness)
        assert sum(read(message).count(SAID) for message in digests(harness)) == 25
        assert sorted(changes(harness)) == [message.ts for message in digests(harness)]


async def test_votes_keep_their_latest_figures_whichever_comes_first(tmp_path: Path) -> None:
    async with slow_office(tmp_path, layout=Layout.DIGEST) as (harness, _, answers):
        harness.sources.day(THURSDAY, papers_of(THURSDAY, (500, 99, 98)))
        harness.clock.advance_to(MORNING + timedelta(days=1, minutes=20))
        await harness.bot.workspace.schedule.tick(harness.clock.now())
        await harness.bot.workspace.schedule.jobs.idle()  # no matter how long the model takes
        assert "▲\u00a0500" in read(digests(harness)[0])
        answers.set()
        await later(harness)
        await later(harness)
        text = read(digests(harness)[0])
        assert text.count(SAID) == 3
        assert "▲\u00a0500" in text
        harness.sources.day(THURSDAY, papers_of(THURSDAY, (700, 99, 98)))
        await harness.at(MORNING + timedelta(days=4))
        text = read(digests(harness)[0])
        assert text.count(SAID) == 3
        assert "▲\u00a0700" in text


async def test_killed_before_it_was_planned_the_next_life_does_it(tmp_path: Path) -> None:
    async with slow_office(tmp_path) as (harness, _, answers):
        answers.set()
        await harness.bot.services.summarizer.idle()
        schedule = harness.bot.workspace.schedule
        schedule.summaries._written_since.clear()  # what only this life knew is gone
        schedule.summaries._has_caught_up = False
        await later(harness)
        await later(harness)
        assert read(digests(harness)[0]).count(SAID) == 3


@pytest.mark.parametrize("fault", ["drop_after_accepting", "drop_before_accepting"])
async def test_a_change_that_was_cut_off_is_made_again(tmp_path: Path, fault: str) -> None:
    async with slow_office(tmp_path, layout=Layout.DIGEST) as (harness, _, answers):
        getattr(harness.slack.faults, fault)(UPDATE, 1)
        answers.set()
        await later(harness)
        await later(harness)
        await later(harness)
        assert read(digests(harness)[0]).count(SAID) == 3
        assert sum(call.method == POST for call in harness.slack.calls) == 1


async def test_planned_by_two_at_once_it_is_changed_and_stays_so(tmp_path: Path) -> None:
    async with slow_office(tmp_path, layout=Layout.DIGEST) as (harness, _, answers):
        answers.set()
        await harness.bot.services.summarizer.idle()
        upkeep = harness.bot.workspace.schedule.summaries._upkeep
        papers = [f"2408.0100{number}" for number in (1, 2, 3)]
        planned = await asyncio.gather(*(upkeep.plan_sentences(harness.team, papers) for _ in range(2)))
        assert sum(map(len, planned)) == 1
        assert await upkeep.plan_sentences(harness.team, papers) == []


async def test_a_digest_in_the_language_a_channel_had_before_is_left_as_it_is(tmp_path: Path) -> None:
    async with slow_office(tmp_path) as (harness, _, answers):
        await harness.change(language="ko")
        before = digests(harness)[0].blocks
        answers.set()
        await later(harness)
        await later(harness)
        assert digests(harness)[0].blocks == before
