"""Answers to questions about a paper: the passages of its text that bear one out, and what a model says of them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import structlog

from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.budget import Allowance
from bot.rules.papers import ReadSource
from bot.rules.questions import NoModelAnswer, QuestionAnswer, is_follow_up
from bot.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.questions.model_answers import GivenPassage, ModelAnswer, Translation
    from bot.questions.passages import PaperText
    from bot.questions.search import Found, PassageIndex
    from bot.rules.budget import Requester
    from bot.rules.papers import Paper
    from bot.rules.questions import QuestionTurn
    from bot.sources.full_text import FullTexts
    from bot.store import Summaries
    from bot.summaries.models.client import LanguageModel
    from bot.token_budget import Reservation, TokenBudget

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

# Two requests with their pauses; what takes longer is answered from the abstract.
_SECONDS_FOR_FULL_TEXT = 25.0
_TEXTS_IN_MEMORY = 4


@dataclass(frozen=True, slots=True)
class _ReadText:
    """A text with its index."""

    text: PaperText
    index: PassageIndex


class QuestionAnswers:
    """Answers questions about papers; without a `model` by passages alone.

    Keep one for the process: it remembers the last few texts it read.
    """

    def __init__(
        self,
        summaries: Summaries,
        full_texts: FullTexts,
        *,
        model: LanguageModel | None,
        budget: TokenBudget,
        seconds_for_full_text: float = _SECONDS_FOR_FULL_TEXT,
    ) -> None:
        self._summaries = summaries
        self._full_texts = full_texts
        self._model = model
        self._budget = budget
        self._seconds = seconds_for_full_text
        self._read: OrderedDict[tuple[str, int], _ReadText] = OrderedDict()
        self._being_read: NamedTasks[_ReadText] = NamedTasks(on_failure=ignore_failure)
        self._thread_turn = asyncio.Semaphore(1)

    def is_at_hand(self, paper: Paper) -> bool:
        """Whether the paper's text has been read already, so that an answer takes no request to its source."""
        return _key(paper) in self._read

    async def answer(
        self, paper: Paper, question: str, language: str, *, turns: Sequence[QuestionTurn] = (), by: Requester
    ) -> QuestionAnswer:
        """Answer a question from a paper, in a language where a model answers; it may follow up on earlier `turns`.

        Never raises for what a source or a model does; raises `StoreError`.
        """
        before = turns[-1].question if turns and is_follow_up(question) else ""
        part = await self._part(paper)
        source, found = await self._search(paper, part, question, before)
        spoken = source.index.language
        is_translated = language_of(question) != spoken
        if self._model and is_translated:
            words = await self._translate(self._model, question, spoken, by)
            source, found = await self._search(paper, part, words, before) if words else (source, found)
        else:
            words = ""
        passages = QuestionAnswer(
            passages=tuple(each.passage for each in found),
            read=source.text.read,
            arxiv_version=source.text.arxiv_version,
            needs_model=self._model is None and is_translated,
        )
        if self._model is None:
            return passages
        given = await self._in_thread(_passages_to_give, source.index, words or question, before)
        if not given:
            return passages
        return await self._ask(self._model, paper, question, language, given, passages, turns, by)

    async def _translate(self, model: LanguageModel, question: str, language: str, by: Requester) -> str:
        """The question in the language of a text, so that its words can be looked for there; empty for none."""
        from bot.questions.model_answers import tokens_for, translate

        reservation = await self._budget.reserve(tokens_for((), question, model.most_output_tokens), by)
        if reservation.allowance is not Allowance.GRANTED:
            return ""
        translation = None
        try:
            translation = await translate(model, question, language)
        finally:
            await self._settle(reservation, translation, model.name)
        return translation.question

    async def _ask(
        self,
        model: LanguageModel,
        paper: Paper,
        question: str,
        language: str,
        given: Sequence[GivenPassage],
        passages: QuestionAnswer,
        turns: Sequence[QuestionTurn],
        by: Requester,
    ) -> QuestionAnswer:
        """The model's answer in place of the passages alone, or those with the reason why there is none."""
        from bot.questions.model_answers import ask_model, tokens_for

        reservation = await self._budget.reserve(tokens_for(given, question, model.most_output_tokens), by)
        match reservation.allowance:
            case Allowance.DAY_SPENT | Allowance.LATER:
                return replace(passages, reason=NoModelAnswer.BUDGET_SPENT)
            case Allowance.SHARE_SPENT:
                return replace(passages, reason=NoModelAnswer.SHARE_SPENT)
            case Allowance.GRANTED:
                pass
        told = None
        try:
            answered = [turn for turn in turns if turn.answer]
            told = await ask_model(model, paper.title, question, given, answered, language)
        finally:
            await self._settle(reservation, told, model.name)
        if told.text:
            return replace(passages, text=told.text, passages=told.passages, made_by=model.name)
        if told.is_absent:
            return replace(passages, passages=(), made_by=model.name)
        return replace(passages, reason=NoModelAnswer.FAILED if told.failed else NoModelAnswer.UNSUPPORTED)

    async def _settle(self, reservation: Reservation, told: ModelAnswer | Translation | None, model: str) -> None:
        await self._budget.settle(reservation, told.usage if told else None, requests=1, model=model)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute apart from the event loop, one question at a time.

        Several threads at once would be no faster, and everybody whom Paperboy answers would wait for each of them.
        """
        async with self._thread_turn:
            return await asyncio.to_thread(work, *args, **kwargs)

    async def close(self) -> None:
        """Cancel what is being read; only the questions are lost."""
        await self._being_read.cancel()

    async def _part(self, paper: Paper) -> _ReadText | None:
        """The part of the paper's text that summaries were made from; None where all of it is at hand, or none is."""
        # Its patterns and word lists are loaded for the first question, not at every start.
        from bot.questions.passages import text_of_material

        if self.is_at_hand(paper):
            return None
        material = await self._summaries.material(paper.id)
        if material and material.read is not ReadSource.ABSTRACT and material.is_newest_of(paper):
            return await self._in_thread(_prepare, text_of_material(material, paper.title))
        return None

    async def _search(
        self, paper: Paper, part: _ReadText | None, question: str, before: str
    ) -> tuple[_ReadText, list[Found]]:
        """The text an answer is in, and its passages: the part that is known already, or else all of it."""
        if part and not self.is_at_hand(paper):
            found = await self._in_thread(part.index.search, question, before)
            if found:
                return part, found
        whole = await self._whole(paper)
        return whole, await self._in_thread(whole.index.search, question, before)

    async def _whole(self, paper: Paper) -> _ReadText:
        """The paper's full text, or else its abstract; whoever asks meanwhile waits for the same."""
        key = _key(paper)
        if key in self._read:
            self._read.move_to_end(key)
            return self._read[key]
        return await asyncio.shield(self._being_read.join(key, lambda: self._fetch(paper)))

    async def _fetch(self, paper: Paper) -> _ReadText:
        from bot.questions.passages import text_of_paper

        full_text = None
        try:
            async with asyncio.timeout(self._seconds):
                full_text = await self._full_texts.read(paper)
        except TimeoutError:
            log.info("a full text took too long", paper=paper.id, seconds=self._seconds)
        read = await self._in_thread(_prepare, text_of_paper(paper, full_text))
        if full_text:
            self._read[_key(paper)] = read
            while len(self._read) > _TEXTS_IN_MEMORY:
                self._read.popitem(last=False)
        return read


def _prepare(text: PaperText) -> _ReadText:
    from bot.questions.passages import units_of
    from bot.questions.search import PassageIndex

    return _ReadText(text, PassageIndex(units_of(text)))


def _passages_to_give(index: PassageIndex, question: str, before: str) -> list[GivenPassage]:
    from bot.questions.model_answers import passages_to_give

    return passages_to_give(index, question, before)


def _key(paper: Paper) -> tuple[str, int]:
    return paper.id, paper.arxiv_version or 0
