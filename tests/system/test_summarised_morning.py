"""A morning of ten papers beside a language model that answers in every way there is."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import DAY, bundled_day, read
from tests.model_server import Answer, Asked, ScriptedModel
from tests.modelled_harness import EXTRACT, SUMMARY, by_paper, label, open_modelled_office, papers_of_the_day, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.rules.papers import Paper
    from tests.harness import Harness

TOP = 10
A_DAY = timedelta(days=1)
# Ten past nine in Seoul.
MINUTE = datetime(2024, 8, 2, 0, 10, tzinfo=UTC)
# Jimin is the second person in the office.
JIMIN = "U0000000003"


@asynccontextmanager
async def office_with_model(folder: Path, model: ScriptedModel, **more: Any) -> AsyncIterator[Harness]:
    """On the morning of the first, with papers to come on the next."""
    async with open_modelled_office(folder, model, **more) as harness:
        harness.sources.day(DAY + A_DAY, bundled_day())
        await harness.serve(top=TOP)
        await harness.at(harness.clock.now())
        yield harness


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        yield opened


async def posted(harness: Harness) -> None:
    """Return once the header and every card are in the channel."""
    await harness.slack.wait_for(lambda: requests(harness, "chat.postMessage") == 1 + TOP)


def requests(harness: Harness, method: str) -> int:
    return sum(call.method == method for call in harness.slack.calls)


class TestAMorning:
    async def test_gets_ten_cards_whatever_the_model_does(self, tmp_path: Path, model: ScriptedModel) -> None:
        async with office_with_model(tmp_path, model) as harness:
            papers = papers_of_the_day()
            all_asked, late = asyncio.Event(), asyncio.Event()
            invention = "It is a Hybrid GAN, which reaches 99.9 % on ImageNet."
            ways: dict[str, Callable[[Paper, int], Answer]] = {
                papers[1].id: lambda paper, _: Answer(truth(paper), when=late),
                papers[2].id: lambda paper, before: Answer(truth(paper)) if before else Answer(words="Sure! {"),
                papers[3].id: lambda paper, before: (
                    Answer(truth(paper)) if before else Answer(words="slow", status=429)
                ),
                papers[4].id: lambda paper, _: Answer(truth(paper) | {"technical_details": invention}),
                papers[5].id: lambda paper, _: Answer(truth(paper) | {"conclusion": "See https://evil.example now."}),
                papers[6].id: lambda _, __: Answer(words=""),
                papers[7].id: lambda _, __: Answer(words="down", status=503),
                papers[8].id: lambda _, __: Answer(words="", refusal="I will not."),
            }
            answer_to = by_paper(papers, ways)

            def script(asked: Asked) -> Answer:
                answer = answer_to(asked)
                return answer if answer.when else replace(answer, when=all_asked)

            model.script = script

            harness.clock.advance_to(MINUTE)
            await harness.bot.workspace.schedule.tick(harness.clock.now())
            await model.called(TOP)
            assert model.most_at_once == TOP
            all_asked.set()
            await posted(harness)
            assert EXTRACT in read(harness.cards[1])
            late.set()
            await harness.bot.workspace.schedule.idle()

            shown = [label(card) for card in harness.cards]
            assert shown == [SUMMARY] * 4 + [EXTRACT] * 5 + [SUMMARY]
            everything = "\n".join(read(card) for card in harness.cards)
            assert [paper.title.split()[0] in read(card) for paper, card in zip(papers, harness.cards, strict=True)]
            for never in ("Hybrid GAN", "99.9", "evil.example", "Sure!"):
                assert never not in everything

    async def test_posts_each_message_once_and_changes_cards_in_place(
        self, tmp_path: Path, model: ScriptedModel
    ) -> None:
        async with office_with_model(tmp_path, model) as harness:
            papers = papers_of_the_day()
            gate = asyncio.Event()
            model.script = by_paper(papers, {papers[0].id: lambda paper, _: Answer(truth(paper), when=gate)})
            harness.clock.advance_to(MINUTE)
            await harness.bot.workspace.schedule.tick(harness.clock.now())
            await posted(harness)
            gate.set()
            await harness.bot.workspace.schedule.idle()
            await harness.at(harness.clock.now() + timedelta(minutes=1))
            assert requests(harness, "chat.postMessage") == 1 + TOP
            assert [label(card) for card in harness.cards] == [SUMMARY] * TOP

    async def test_prepared_ahead_needs_no_change(self, tmp_path: Path, model: ScriptedModel) -> None:
        async with office_with_model(tmp_path, model) as harness:
            model.script = by_paper(papers_of_the_day(), {})
            await harness.at(MINUTE - timedelta(minutes=10))
            assert len(model.asked) == TOP
            await harness.at(MINUTE)
            assert [label(card) for card in harness.cards] == [SUMMARY] * TOP
            assert requests(harness, "chat.update") == 0
            assert len(model.asked) == TOP


async def test_a_budget_used_up_in_mid_morning_leaves_extracts_and_is_told_once(
    tmp_path: Path, model: ScriptedModel
) -> None:
    async with office_with_model(tmp_path, model, llm_daily_tokens=8_000, paperboy_operator=JIMIN) as harness:
        gate = asyncio.Event()
        papers = papers_of_the_day()
        model.script = by_paper(papers, {paper.id: lambda each, _: Answer(truth(each), when=gate) for paper in papers})
        harness.clock.advance_to(MINUTE)
        await harness.bot.workspace.schedule.tick(harness.clock.now())
        await posted(harness)
        gate.set()
        await harness.bot.workspace.schedule.idle()
        shown = [label(card) for card in harness.cards]
        assert 0 < shown.count(SUMMARY) < TOP
        assert shown.count(SUMMARY) == len(model.asked)
        told = [read(message) for message in harness.slack.messages(harness.slack.direct_messages(JIMIN).id)]
        assert len([text for text in told if "LLM_DAILY_TOKENS" in text]) == 1


async def test_a_summary_written_just_before_the_end_is_on_the_card_in_the_next_life(
    tmp_path: Path, model: ScriptedModel
) -> None:
    async with office_with_model(tmp_path, model) as harness:
        model.script = lambda _: Answer(words="busy", status=503)
        await harness.at(MINUTE)
        assert [label(card) for card in harness.cards] == [EXTRACT] * TOP
        model.script = by_paper(papers_of_the_day(), {})
        summarizer, schedule = harness.bot.services.summarizer, harness.bot.workspace.schedule
        summarizer.written.unsubscribe(schedule.summaries.begin_correction)  # the end came before anybody heard of it
        harness.clock.advance_to(MINUTE + timedelta(minutes=11))
        await summarizer.request_summaries([paper.id for paper in papers_of_the_day()], ["en"])
        assert [label(card) for card in harness.cards] == [EXTRACT] * TOP
        schedule.summaries._has_caught_up = False
        await harness.at(MINUTE + timedelta(minutes=12))
        assert [label(card) for card in harness.cards] == [SUMMARY] * TOP


async def test_a_model_that_comes_back_within_the_morning_still_gets_its_word(
    tmp_path: Path, model: ScriptedModel
) -> None:
    async with office_with_model(tmp_path, model) as harness:
        model.script = lambda _: Answer(words="busy", status=503)
        await harness.at(MINUTE)
        model.script = by_paper(papers_of_the_day(), {})
        await harness.at(MINUTE + timedelta(minutes=31))
        assert [label(card) for card in harness.cards] == [SUMMARY] * TOP


async def test_a_card_that_is_corrected_keeps_the_votes_it_was_brought_up_to(
    tmp_path: Path, model: ScriptedModel
) -> None:
    async with office_with_model(tmp_path, model) as harness:
        papers = papers_of_the_day()
        model.script = lambda _: Answer(words="busy", status=503)
        await harness.at(MINUTE)
        later = bundled_day()
        for item in later:
            item["paper"]["upvotes"] += 100
        harness.sources.day(DAY + A_DAY, later)
        for minutes in (10, 30):
            await harness.at(MINUTE + A_DAY + timedelta(minutes=minutes))
        assert "150\u00a0upvotes" in read(harness.cards[0])
        model.script = by_paper(papers)
        await harness.bot.services.summarizer.request_summary(papers[0].id, "en")
        await harness.bot.workspace.schedule.idle()
        assert label(harness.cards[0]) == SUMMARY
        assert "150\u00a0upvotes" in read(harness.cards[0])
