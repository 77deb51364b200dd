"""The cards of every recorded day, with and without a language model: nothing empty, nothing claimed, nothing twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from bot.http import RetryPolicy, open_client
from bot.messages import cards
from bot.rules.papers import Origin, ReadSource, Section, Summary
from bot.rules.selection import rank
from bot.slack_emulator.blocks import message_problems
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.extract import extract
from bot.summaries.material import choose_material
from bot.summaries.models.client import ApiStyle, LanguageModel
from bot.summaries.takeaways import find_takeaway
from bot.summaries.writer import Writer
from bot.templating.catalogues import catalogue, languages
from tests.model_server import Answer, ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.messages.message import Message
    from bot.rules.papers import ListedPaper
    from bot.templating.blocks import Block

TOP = 10
NOON = datetime(2026, 8, 22, 12, tzinfo=UTC)
# Title, facts, three main and three further sections, what can be done, and the foot. One more is for the take-away
# of a card opened alone, or for rating what a model wrote.
MOST_BLOCKS = 10
# The rule between the languages, and the main sections of the second.
MOST_IN_TWO_LANGUAGES = MOST_BLOCKS + 4
LATEX = re.compile(r"\\[a-zA-Z%&_{}]|\$[^\s$][^$]*\$|(?:text|math)(?:bf|it|rm|tt)\{")
NOT_STATED = tuple(catalogue(language).t("not_stated.full_text") for language in languages())
HEADINGS = frozenset(catalogue(language).t(f"section.{section}") for language in languages() for section in Section)


@dataclass(frozen=True)
class Shown:
    """A card, and whether a language model that read the full text said what the paper does not state."""

    card: Message
    may_say_not_stated: bool = False
    most_blocks: int = MOST_BLOCKS


def papers_of(recorded: Path) -> Iterator[list[ListedPaper]]:
    for path in sorted((recorded / "hf").glob("*.json")):
        yield rank(parse_daily_papers(path.read_text(encoding="utf-8")).papers)[:TOP]


def texts(block: Block) -> list[str]:
    if block["type"] == "rich_text":
        return [part["text"] for line in block["elements"] for part in line["elements"] if "text" in part]
    if block["type"] == "context":
        return [part["text"] for part in block["elements"]]
    return [block["text"]["text"]] if block["type"] == "section" else []


def faults(shown: Shown) -> list[str]:
    blocks = shown.card.blocks
    said = [texts(block) for block in blocks]
    everything = "\n".join("".join(each) for each in said)
    empty = [each[0] for each in said if each and each[0] in HEADINGS and not "".join(each[1:]).strip()]
    feet = [number for number, block in enumerate(blocks) if block["type"] == "context"]
    found = [*message_problems(blocks), *(f"nothing under {heading}" for heading in empty)]
    if any(words in everything for words in NOT_STATED) and not shown.may_say_not_stated:
        found.append("claims that the paper does not state something")
    if latex := LATEX.search(everything):
        found.append(f"LaTeX: {latex[0]}")
    if feet != [len(blocks) - 1]:
        found.append(f"{len(feet)} foot lines")
    if len(blocks) > shown.most_blocks:
        found.append(f"{len(blocks)} blocks")
    below = ["".join(each[1:]) for each in said if each and each[0] in HEADINGS]
    openings = ["".join(each) for each in said[2:] if len(each) == 1]
    if repeated := [each for each in openings if any(each.rstrip(".") in text for text in below)]:
        found.append(f"twice: {repeated}")
    return found


def test_without_a_model_every_card_says_what_there_is_and_no_more(recorded: Path) -> None:
    told = 0
    for day in papers_of(recorded):
        for listed, language in zip(day, cycle(languages()), strict=False):
            summary = extract(listed.paper, made_at=NOON)
            takeaway = find_takeaway(listed.paper, summary, language)
            written = Summary(
                listed.paper.id,
                "ko",
                ((Section.WHATS_NEW, "새롭습니다."), (Section.LIMITATIONS, "한계가 있습니다.")),
                Origin.WRITTEN,
                "hand",
                ReadSource.ABSTRACT,
                NOON,
            )
            shown = [
                Shown(cards.paper_card(listed=listed, paper=listed.paper, summary=summary, language=language, rank=1)),
                Shown(
                    cards.paper_card(
                        listed=listed,
                        paper=listed.paper,
                        summary=summary,
                        language=language,
                        private=True,
                        takeaway=takeaway,
                    ),
                    most_blocks=MOST_BLOCKS + 1,
                ),
                Shown(
                    cards.paper_card(
                        listed=listed, paper=listed.paper, summary=summary, second=written, language=language
                    ),
                    most_blocks=MOST_IN_TWO_LANGUAGES,
                ),
            ]
            assert [faults(each) for each in shown] == [[]] * len(shown), listed.paper.id
            told += len(shown)
            assert LATEX.search("\n".join(map("".join, map(texts, details_of(listed))))) is None
    assert told >= 3 * TOP * 20


def details_of(listed: ListedPaper) -> tuple[Block, ...]:
    return cards.details(paper=listed.paper, language="en").blocks


# What a model says of results where it has none to tell; None is the schema's own way.
WAYS_TO_SAY_NOTHING: tuple[object, ...] = (None, "", "Not mentioned in the paper.", "N/A", ["none"], "left out")


@pytest.mark.parametrize("read", ReadSource)
async def test_with_a_model_only_one_that_read_it_all_has_a_card_say_that_something_is_not_stated(
    recorded: Path, read: ReadSource
) -> None:
    told = not_stated = 0
    ways = cycle(WAYS_TO_SAY_NOTHING)
    async with ScriptedModel.open() as server, open_client(None) as client:
        model = LanguageModel(
            client,
            api_style=ApiStyle.OPENAI,
            model="scripted",
            base_url=f"{server.url}/v1",
            retry_policy=RetryPolicy(1, 5.0),
        )
        for (listed, *_), way in zip(filter(None, papers_of(recorded)), ways, strict=False):
            paper = listed.paper
            material = choose_material(paper, None, most_characters=8_000)
            quoted = extract(paper, made_at=NOON)
            assert material
            assert quoted
            said: dict[str, object] = {section.value: quoted.section(section) for section in Section}
            if way == "left out":
                del said["performance_highlights"]
            else:
                said["performance_highlights"] = way
            server.answers(Answer(said))
            draft = (await Writer(model).write(replace(material, read=read), quoted.language)).accepted
            if draft is None:
                continue
            summary = Summary(
                paper.id,
                quoted.language,
                draft.sections,
                Origin.MODEL,
                "scripted",
                read,
                NOON,
                takeaway=draft.takeaway,
                not_stated=draft.not_stated,
            )
            shown = Shown(
                cards.paper_card(listed=listed, paper=paper, summary=summary, language="en"),
                may_say_not_stated=read is ReadSource.FULL_TEXT,
                most_blocks=MOST_BLOCKS + 1,
            )
            assert faults(shown) == [], paper.id
            told += 1
            not_stated += NOT_STATED[0] in "\n".join(map("".join, map(texts, shown.card.blocks)))
    assert told >= 15
    assert (not_stated > 0) == (read is ReadSource.FULL_TEXT)
