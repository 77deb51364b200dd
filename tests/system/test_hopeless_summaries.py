"""What a model will never write is given up after a few tries, whoever restarts, and the operator hears a figure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness import papers_of, read
from tests.model_server import Answer, ScriptedModel
from tests.modelled_harness import NOTHING, open_modelled_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness import Harness

JIMIN = "U0000000003"
FIRST_DAY = date(2024, 8, 1)
EVENING = datetime(2024, 8, 1, 23, 50, tzinfo=UTC)
A_QUARTER = timedelta(minutes=15)
PAPERS_A_DAY = 4
MOST_REQUESTS_A_PAPER = 6  # three tries, each asked once more

HOPELESS = {
    "always cut short": Answer(words='{"whats_new": "We', finish="length", usage=(15_000, 2_000)),
    "never an object": Answer(words="no json", usage=(15_000, 2_000)),
    "never a word": Answer(words="", usage=(15_000, 2_000)),
    "always declining": Answer(words="", refusal="I cannot.", usage=(15_000, 10)),
    "always inventing": Answer(
        {**NOTHING, "whats_new": "Trained on 99 GPUs at https://evil.example."}, usage=(15_000, 2_000)
    ),
}
ALWAYS = pytest.mark.parametrize("answer", HOPELESS.values(), ids=HOPELESS)


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        yield opened


async def pass_hours(harness: Harness, since: datetime, hours: int) -> None:
    for quarter in range(hours * 4):
        await harness.at(since + quarter * A_QUARTER)


def open_days(harness: Harness, count: int) -> None:
    for number in range(count):
        day = FIRST_DAY + timedelta(days=number)
        harness.sources.day(day, papers_of(day))


@ALWAYS
async def test_a_paper_is_asked_about_a_few_times_and_no_more(
    tmp_path: Path, model: ScriptedModel, answer: Answer
) -> None:
    model.answers(answer)
    async with open_modelled_office(tmp_path, model, llm_daily_tokens=100_000_000) as harness:
        open_days(harness, 2)
        await harness.serve()
        await pass_hours(harness, EVENING, 16)
        asked_about: dict[str, int] = {}
        for asked in model.asked:
            title = next(line for line in asked.prompt.splitlines() if line.startswith("Paper "))
            asked_about[title] = asked_about.get(title, 0) + 1
        assert asked_about
        assert max(asked_about.values()) <= MOST_REQUESTS_A_PAPER


async def test_a_model_that_never_writes_leaves_most_of_the_days_budget(tmp_path: Path, model: ScriptedModel) -> None:
    model.answers(HOPELESS["always cut short"])
    async with open_modelled_office(tmp_path, model) as harness:
        open_days(harness, 2)
        await harness.serve()
        await pass_hours(harness, EVENING, 26)
        spent = await harness.bot.services.store.spending.on(date(2024, 8, 2))
        assert spent.tokens < 500_000


async def test_what_was_given_up_stays_so_after_a_restart(tmp_path: Path, model: ScriptedModel) -> None:
    model.answers(HOPELESS["never an object"])
    async with open_modelled_office(tmp_path, model) as harness:
        open_days(harness, 1)
        await harness.serve()
        await pass_hours(harness, EVENING, 8)
        before = len(model.asked)
    async with open_modelled_office(tmp_path, model) as harness:
        open_days(harness, 1)
        await pass_hours(harness, EVENING + timedelta(hours=8), 4)
    assert len(model.asked) == before


async def test_the_operator_is_told_once_and_in_one_figure(tmp_path: Path, model: ScriptedModel) -> None:
    model.answers(HOPELESS["always cut short"])
    async with open_modelled_office(tmp_path, model, paperboy_operator=JIMIN) as harness:
        open_days(harness, 1)
        await harness.serve()
        await pass_hours(harness, EVENING, 13)
        told = [read(message) for message in harness.slack.messages(harness.slack.direct_messages(JIMIN).id)]
        given_up = [text for text in told if "LLM_MAX_OUTPUT" in text]
        assert len(given_up) == 1
        assert f"요약 {PAPERS_A_DAY - 1}건" in given_up[0]


async def test_a_server_that_is_away_is_no_reason_to_give_up(tmp_path: Path, model: ScriptedModel) -> None:
    model.answers(Answer(words="busy", status=429, headers={"Retry-After": "3600"}))
    async with open_modelled_office(tmp_path, model, paperboy_operator=JIMIN) as harness:
        open_days(harness, 1)
        await harness.serve()
        await pass_hours(harness, EVENING, 8)
        asked = len(model.asked)
        assert asked < 4 * 8 * PAPERS_A_DAY / 2
        model.answers(HOPELESS["always declining"])
        await pass_hours(harness, EVENING + timedelta(hours=8), 2)
        assert len(model.asked) > asked
        given_up = await harness.bot.services.store.summary_failures.given_up(EVENING)
        assert given_up == {}


async def test_a_person_may_ask_again_for_what_was_given_up(tmp_path: Path, model: ScriptedModel) -> None:
    model.answers(HOPELESS["never an object"])
    async with open_modelled_office(tmp_path, model) as harness:
        open_days(harness, 1)
        await harness.serve()
        await pass_hours(harness, EVENING, 10)
        before = len(model.asked)
        paper = f"{FIRST_DAY:%y%m}.{FIRST_DAY.day:02}001"
        model.answers(Answer({**NOTHING, "whats_new": "We present a method.", "technical_details": "It is trained."}))
        await harness.ask(harness.ana, paper)
        await harness.bot.workspace.schedule.idle()
        assert len(model.asked) == before + 1
        shown = await harness.bot.services.store.summaries.find(paper, "en")
        assert shown
        assert shown.made_by == "scripted"
