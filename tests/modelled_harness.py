"""An office with a language model in it, and what a faithful model says there."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.rules.papers import Section
from bot.rules.selection import rank
from bot.settings import Provider, SecretStr
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.extract import extract
from tests.harness import bundled_day, open_harness, read
from tests.model_server import Answer, Asked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from bot.rules.papers import Paper
    from bot.slack_emulator import PrivateMessage, SlackMessage
    from tests.harness import Harness
    from tests.model_server import ScriptedModel

NOTHING: Mapping[str, object] = dict.fromkeys((section.value for section in Section), None)
EXTRACT, SUMMARY = "Extract from the abstract", "AI summary of the abstract (scripted)"
_THEN = datetime(2024, 8, 1, tzinfo=UTC)


def papers_of_the_day() -> list[Paper]:
    """In the order in which they are posted."""
    return [listed.paper for listed in rank(parse_daily_papers(json.dumps(bundled_day())).papers)]


def truth(paper: Paper) -> dict[str, object]:
    """What a faithful model says: the paper's own sentences."""
    summary = extract(paper, made_at=_THEN)
    assert summary
    return {**NOTHING, **{section.value: text for section, text in summary.sections}}


def by_paper(
    papers: list[Paper], ways: Mapping[str, Callable[[Paper, int], Answer]] | None = None
) -> Callable[[Asked], Answer]:
    """A script in which papers are answered in their own ways, given how often they were asked about before.

    All others are answered faithfully.
    """
    asked_about: dict[str, int] = {}

    def script(asked: Asked) -> Answer:
        told = asked.body["messages"][1]["content"]
        paper = next(paper for paper in papers if paper.title in told)
        before = asked_about.get(paper.id, 0)
        asked_about[paper.id] = before + 1
        way = (ways or {}).get(paper.id)
        return way(paper, before) if way else Answer(truth(paper))

    return script


def label(card: SlackMessage | PrivateMessage) -> str:
    """What a card says its summary is."""
    return next(made for made in (EXTRACT, SUMMARY) if made in read(card))


@asynccontextmanager
async def open_modelled_office(folder: Path, model: ScriptedModel, **more: Any) -> AsyncIterator[Harness]:
    """The office, with the model set up as its settings would."""
    settings = {
        "llm_provider": Provider.OPENAI,
        "llm_base_url": f"{model.url}/v1",
        "llm_api_key": SecretStr("sk-secret"),
        "llm_model": "scripted",
        **more,
    }
    async with open_harness(folder, **settings) as harness:
        yield harness
