"""Answers to questions about a paper: the passages of its text that bear one out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.papers import ReadSource
from bot.rules.questions import QuestionAnswer, is_follow_up
from bot.text.languages import language_of

if TYPE_CHECKING:
    from bot.questions.passages import PaperText
    from bot.questions.search import Found, PassageIndex
    from bot.rules.papers import Paper
    from bot.sources.full_text import FullTexts
    from bot.store import Summaries

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
    """Answers questions about papers. Keep one for the process: it remembers the last few texts it read."""

    def __init__(
        self, summaries: Summaries, full_texts: FullTexts, *, seconds_for_full_text: float = _SECONDS_FOR_FULL_TEXT
    ) -> None:
        self._summaries = summaries
        self._full_texts = full_texts
        self._seconds = seconds_for_full_text
        self._read: OrderedDict[tuple[str, int], _ReadText] = OrderedDict()
        self._being_read: NamedTasks[_ReadText] = NamedTasks(on_failure=ignore_failure)

    def is_at_hand(self, paper: Paper) -> bool:
        """Whether the paper's text has been read already, so that an answer takes no request to its source."""
        return _key(paper) in self._read

    async def answer(self, paper: Paper, question: str, *, before: str = "") -> QuestionAnswer:
        """Search a paper for the answer to a question, which may follow up on the one `before`.

        Never raises for what a source does; raises `StoreError`.
        """
        before = before if is_follow_up(question) else ""
        source, found = await self._search(paper, question, before)
        return QuestionAnswer(
            passages=tuple(each.passage for each in found),
            read=source.text.read,
            arxiv_version=source.text.arxiv_version,
            needs_model=language_of(question) != source.index.language,
        )

    async def close(self) -> None:
        """Cancel what is being read; only the questions are lost."""
        await self._being_read.cancel()

    async def _search(self, paper: Paper, question: str, before: str) -> tuple[_ReadText, list[Found]]:
        """The text an answer is in, and its passages: what summaries were made from, or else all of it."""
        # Its patterns and word lists are loaded for the first question, not at every start.
        from bot.questions.passages import text_of_material

        if not self.is_at_hand(paper):
            material = await self._summaries.material(paper.id)
            if material and material.read is not ReadSource.ABSTRACT and _is_newest(material.arxiv_version, paper):
                part = await asyncio.to_thread(_prepare, text_of_material(material))
                found = await asyncio.to_thread(part.index.search, question, before)
                if found:
                    return part, found
        whole = await self._whole(paper)
        return whole, await asyncio.to_thread(whole.index.search, question, before)

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
        read = await asyncio.to_thread(_prepare, text_of_paper(paper, full_text))
        if full_text:
            self._read[_key(paper)] = read
            while len(self._read) > _TEXTS_IN_MEMORY:
                self._read.popitem(last=False)
        return read


def _prepare(text: PaperText) -> _ReadText:
    from bot.questions.passages import units_of
    from bot.questions.search import PassageIndex

    return _ReadText(text, PassageIndex(units_of(text)))


def _key(paper: Paper) -> tuple[str, int]:
    return paper.id, paper.arxiv_version or 0


def _is_newest(version: int | None, paper: Paper) -> bool:
    return (version or 0) >= (paper.arxiv_version or 0)
