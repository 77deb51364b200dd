"""A language model's answer to a question, shown only with quotes that stand in the paper and bear it out."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.questions.passages import LONGEST_PASSAGE, lines_above, text_of, window_around
from bot.rules.questions import Passage, clean_question
from bot.summaries.models.client import ModelFailed
from bot.summaries.models.requests import ChatMessage
from bot.summaries.source_check.absence import is_absence
from bot.summaries.source_check.check import IssueKind, check_summary
from bot.summaries.source_check.languages import ENGLISH, language_of_summary
from bot.summaries.writer import language_in_english
from bot.templating.environment import render_prompt
from bot.text.clean import clean_text, without_markdown
from bot.text.languages import is_written_in
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.questions.passages import Unit
    from bot.questions.search import PassageIndex
    from bot.rules.questions import QuestionTurn
    from bot.summaries.models.client import LanguageModel
    from bot.summaries.models.responses import Usage

log = structlog.get_logger(__name__)

MOST_PASSAGES_GIVEN = 12
_SENTENCES_AROUND = 2
_LONGEST_ANSWER = 900  # characters; the model is asked for less
_SHORTEST_QUOTE = 12  # characters; less stands in any text
_QUOTES = ("quote_1", "quote_2", "quote_3")
_KEYS = ("answer", *_QUOTES)
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {key: {"type": ["string", "null"]} for key in _KEYS},
    "required": list(_KEYS),
    "additionalProperties": False,
}
_TRANSLATION: Mapping[str, Any] = {
    "type": "object",
    "properties": {"question": {"type": ["string", "null"]}},
    "required": ["question"],
    "additionalProperties": False,
}
# What a few sentences can't decide: whether an answer has most of its words in common with them, and their subject.
_OF_WHOLE_TEXTS = frozenset({IssueKind.TERM, IssueKind.TERMS, IssueKind.TOPIC})
_TOKENS_BESIDE = 1_000
_CHARACTERS_A_TOKEN = 3


@dataclass(frozen=True, slots=True)
class GivenPassage:
    """A part of a paper as a model is given it: some sentences in a row, or a table's header and a row of it."""

    section: str
    units: tuple[Unit, ...]

    @property
    def text(self) -> str:
        """Its text; of a row with the caption and the header of its table."""
        first = self.units[0]
        if first.is_row:
            return "\n".join((*lines_above(first), first.text))
        return text_of(self.units)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """The outcome of a request: the answer's text and the passages it quotes, or neither.

    `is_absent` when the model says that the passages don't answer, `failed` when it gave nothing usable; otherwise an
    answer without a text is one that the passages don't bear out.
    """

    usage: Usage
    text: str | None = None
    passages: tuple[Passage, ...] = ()
    is_absent: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """A question in another language; empty where the model gave none."""

    usage: Usage
    question: str = ""


async def translate(model: LanguageModel, question: str, language: str) -> Translation:
    """Have a model write a question in the language of a text. Never raises for what a model does."""
    fence = f"question-{secrets.token_hex(16)}"
    instructions = render_prompt("question_words", fence=fence, language=language_in_english(language))
    messages = [ChatMessage("user", f"<{fence}>\n{question}\n</{fence}>")]
    try:
        reply = await model.ask(instructions, messages, _TRANSLATION)
    except ModelFailed as failed:
        return Translation(failed.usage)
    told = reply.values.get("question")
    return Translation(reply.usage, clean_question(told) if isinstance(told, str) else "")


def passages_to_give(index: PassageIndex, question: str, before: str) -> list[GivenPassage]:
    """The passages that come closest to an answer, with their neighbors, in the paper's order."""
    places: set[int] = set()
    for place in index.best(question, before, most=MOST_PASSAGES_GIVEN):
        is_row = index.units[place].is_row
        places.update(window_around(index.units, place, sentences=0 if is_row else _SENTENCES_AROUND))
    runs: list[list[int]] = []
    for place in sorted(places):
        unit = index.units[place]
        joins = (
            runs
            and runs[-1][-1] == place - 1
            and not unit.is_row
            and index.units[place - 1].paragraph == unit.paragraph
        )
        if joins:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [GivenPassage(index.units[run[0]].section, tuple(index.units[place] for place in run)) for run in runs]


def tokens_for(given: Sequence[GivenPassage], question: str, most_output_tokens: int) -> int:
    """An upper estimate of the tokens that one answer takes, in and out."""
    characters = sum(len(passage.text) for passage in given) + len(question)
    return _TOKENS_BESIDE + most_output_tokens + characters // _CHARACTERS_A_TOKEN


async def ask_model(
    model: LanguageModel,
    title: str,
    question: str,
    given: Sequence[GivenPassage],
    turns: Sequence[QuestionTurn],
    language: str,
) -> ModelAnswer:
    """Have a model answer from the passages it is given. Never raises for what a model does."""
    fence = f"passages-{secrets.token_hex(16)}"
    instructions = render_prompt("question", fence=fence, code=language, language=language_in_english(language))
    asked = render_prompt("passages", fence=fence, title=title, passages=given, turns=turns, question=question)
    try:
        reply = await model.ask(instructions, [ChatMessage("user", asked)], SCHEMA, set(_QUOTES))
    except ModelFailed as failed:
        log.warning("couldn't answer a question", failure=failed.kind.value, reason=failed.reason)
        return ModelAnswer(failed.usage, failed=True)
    try:
        return await asyncio.to_thread(read_answer, reply.values, given, title, language, reply.usage)
    except Exception:
        # What a model writes is untrusted, whatever it does to the check.
        log.exception("couldn't check an answer")
        return ModelAnswer(reply.usage, failed=True)


def read_answer(
    values: Mapping[str, object], given: Sequence[GivenPassage], title: str, language: str, usage: Usage
) -> ModelAnswer:
    """An answer with the passages it quotes, as far as they bear it out."""
    told = values.get("answer")
    text = clean_text(without_markdown(without_latex(told))) if isinstance(told, str) else ""
    if not text or is_absence(text):
        return ModelAnswer(usage, is_absent=True)
    quotes = [quote for key in _QUOTES if isinstance(quote := values.get(key), str)]
    passages = tuple(dict.fromkeys(filter(None, (quoted_passage(quote, given) for quote in quotes))))
    is_in_language = is_written_in(text, language) and (language != ENGLISH or language_of_summary(text) == ENGLISH)
    if not passages or len(text) > _LONGEST_ANSWER or not is_in_language:
        return ModelAnswer(usage)
    shown = "\n".join([title, *(f"{passage.section}\n{passage.text}" for passage in passages)])
    everything = "\n".join([title, *(f"{passage.section}\n{passage.text}" for passage in given)])
    wrong = [issue for issue in check_summary([text], shown).issues if issue.kind not in _OF_WHOLE_TEXTS]
    if wrong or not check_summary([text], everything).passes:
        log.info("an answer failed the source check", issues=sorted({issue.kind.value for issue in wrong}))
        return ModelAnswer(usage)
    return ModelAnswer(usage, text, passages)


def quoted_passage(quote: str, given: Sequence[GivenPassage]) -> Passage | None:
    """The passage in which a quote stands word for word, but for white space; None where there is none."""
    wanted = " ".join(quote.split())
    if len(wanted) < _SHORTEST_QUOTE:
        return None
    for passage in given:
        for line in passage.text.split("\n"):
            start = line.find(wanted)
            if start >= 0:
                return _passage_from(passage, line, start, start + len(wanted))
    return None


def _passage_from(passage: GivenPassage, line: str, start: int, end: int) -> Passage:
    """The part of a passage that is shown: a table's header with the row, or the sentences that a quote is part of."""
    first = passage.units[0]
    if first.is_row:
        return Passage(passage.section, (*lines_above(first), first.text))
    sentences: list[Unit] = []
    place = 0
    for number, unit in enumerate(passage.units):
        place += len(unit.gap) if number else 0
        if place < end and place + len(unit.text) > start:
            sentences.append(unit)
        place += len(unit.text)
    text = text_of(sentences)
    return Passage(passage.section, (text if len(text) <= LONGEST_PASSAGE else line[start:end],))
