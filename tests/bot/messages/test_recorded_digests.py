"""The digest of every recorded day in each language and layout, with and without a language model, and its cards."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.messages import cards
from bot.messages.daily_digest import digest_messages
from bot.rules.channels import Layout
from bot.rules.papers import LONGEST_TAKEAWAY, Origin, ReadSource, Section, Summary
from bot.rules.selection import ChosenDay, rank
from bot.slack_emulator.blocks import message_problems
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.best_sentence import readable_form
from bot.summaries.extract import extract
from bot.summaries.sentences import split_sentences
from bot.summaries.takeaways import find_takeaway
from bot.templating.catalogues import catalogue, languages
from bot.text.latex import without_latex
from tests.extracts import stops_short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.messages.message import Message
    from bot.rules.papers import ListedPaper, Takeaway

TOP = 10
READ_AT = datetime(2026, 8, 22, 9, 5, tzinfo=UTC)
SOURCE = "https://huggingface.co/papers"
# What LaTeX leaves behind where it is not read: commands, escapes, formulas in dollars, braces of commands, indices and
# words, spaces, and quotation marks.
LATEX = re.compile(
    r"\\[a-zA-Z%&_{}()\[\],;!]|\$[^\s$][^$]*\$|(?:text|math|operator)(?:bf|it|rm|tt|cal|bb|sf|name)?\{|[_^]\{"
    r"|(?<=\w)~(?=\w)|``|\{[a-z]+ [a-z -]+\}"
)


@dataclass(frozen=True)
class Day:
    """A recorded day's best papers, and of each the summary that a model gives of it, or nobody does."""

    day: date
    papers: tuple[ListedPaper, ...]
    summaries: Mapping[str, Summary | None]

    def takeaways(self, language: str) -> dict[str, Takeaway]:
        found = {
            listed.paper.id: find_takeaway(listed.paper, self.summaries[listed.paper.id], language)
            for listed in self.papers
        }
        return {key: takeaway for key, takeaway in found.items() if takeaway}


@cache
def days_of(recorded: Path) -> list[tuple[date, tuple[ListedPaper, ...]]]:
    days = (
        (date.fromisoformat(path.stem), tuple(rank(parse_daily_papers(path.read_text(encoding="utf-8")).papers)[:TOP]))
        for path in sorted((recorded / "hf").glob("*.json"))
    )
    return [(day, papers) for day, papers in days if papers]


def days(recorded: Path, language: str, *, with_a_model: bool) -> Iterator[Day]:
    for day, papers in days_of(recorded):
        yield Day(day, papers, {each.paper.id: summary_of(each, language) if with_a_model else None for each in papers})


def summary_of(listed: ListedPaper, language: str) -> Summary | None:
    """What a model says that quotes the paper."""
    quoted = extract(listed.paper, made_at=READ_AT)
    if quoted is None:
        return None
    told = split_sentences(quoted.sections[0][1], quoted.language)[0]
    return Summary(
        listed.paper.id,
        language,
        quoted.sections,
        Origin.MODEL,
        "scripted",
        ReadSource.FULL_TEXT,
        READ_AT,
        takeaway=readable_form(without_latex(told), LONGEST_TAKEAWAY),
    )


def shown(message: Message) -> str:
    """All that is read in a message, as it is read."""
    return "\n".join(html.unescape(text).replace("\u00a0", " ") for text in texts_in(message.blocks))


def texts_in(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in {"value", "action_id", "block_id", "url", "image_url", "type"}:
                yield from texts_in(each, name)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each, key)
    elif isinstance(value, str):
        yield value


def faults(message: Message) -> list[str]:
    headings = {catalogue(language).t(f"section.{section}") for language in languages() for section in Section}
    found = list(message_problems(message.blocks))
    if latex := LATEX.search(shown(message)):
        found.append(f"LaTeX: {latex[0]}")
    for block in message.blocks:
        lines = [text.strip() for text in texts_in(block)]
        if lines and lines[0] in headings and not any(lines[1:]):
            found.append(f"nothing under {lines[0]}")
    if not message.text.strip():
        found.append("no notification")
    return found


CASES = list(product(languages(), [False, True]))
HOW = pytest.mark.parametrize(
    ("language", "with_a_model"),
    CASES,
    ids=[f"{language}-{'model' if model else 'plain'}" for language, model in CASES],
)


@HOW
@pytest.mark.parametrize("layout", Layout)
def test_every_digest_is_valid_and_tells_each_paper_in_a_sentence(
    recorded: Path, language: str, layout: Layout, *, with_a_model: bool
) -> None:
    told = 0
    for each in days(recorded, language, with_a_model=with_a_model):
        takeaways = each.takeaways(language)
        messages = digest_messages(
            days=[ChosenDay(each.day, each.papers, len(each.papers), READ_AT)],
            language=language,
            source_url=SOURCE,
            emoji="bookmark",
            takeaways=takeaways,
            layout=layout,
        )
        assert [faults(part.message) for part in messages] == [[]] * len(messages), each.day
        everything = "\n".join(shown(part.message) for part in messages)
        for key, takeaway in takeaways.items():
            assert takeaway.text.replace("\u00a0", " ") in everything, key
            assert len(takeaway.text) <= LONGEST_TAKEAWAY, key
            assert not stops_short(takeaway.text), takeaway.text
        told += len(takeaways)
    assert told >= 200


@HOW
def test_every_card_is_valid_and_has_something_under_each_heading(
    recorded: Path, language: str, *, with_a_model: bool
) -> None:
    told = 0
    for each in days(recorded, language, with_a_model=with_a_model):
        takeaways = each.takeaways(language)
        for number, listed in enumerate(each.papers, start=1):
            summary = each.summaries[listed.paper.id] or extract(listed.paper, made_at=READ_AT)
            card = cards.paper_card(
                listed=listed,
                paper=listed.paper,
                summary=summary,
                language=language,
                rank=number,
                takeaway=takeaways.get(listed.paper.id),
            )
            assert faults(card) == [], listed.paper.id
            told += 1
    assert told >= 200
