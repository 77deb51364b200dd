"""A paper shown to one person, with its summary as soon as there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import PaperUnknown
from bot.rules.papers import parse_paper_id
from bot.summarizer import Outcome

if TYPE_CHECKING:
    from bot.library import Library
    from bot.rules.budget import Requester
    from bot.rules.papers import PaperRef, Reading
    from bot.summarizer import Summarizer


@dataclass(frozen=True, slots=True)
class ShownPapers:
    """Looks papers up and has their summaries written, for who asks `by` name."""

    library: Library
    summarizer: Summarizer

    async def known(self, paper_id: str, language: str) -> Reading:
        """A paper that a message of ours shows. Raises `PaperUnknown` and `NotAPaperId`."""
        reading = await self.find(parse_paper_id(paper_id).id, language)
        if reading is None:
            raise PaperUnknown(id=paper_id)
        return reading

    async def find(self, paper_id: str, language: str) -> Reading | None:
        """A paper in any version, if it is known, without asking anybody."""
        return await self.library.recall(paper_id, language)

    async def in_language(self, reading: Reading, language: str) -> Reading:
        """A shown paper with its summary in another language, as far as there is one."""
        return await self.library.recall(reading.paper.id, language) or reading

    async def recall(self, ref: PaperRef, language: str) -> Reading | None:
        """A paper in the version that is wanted, if it is known, without asking anybody."""
        return await self.library.recall_as_wanted(ref, language)

    async def look_up(self, ref: PaperRef, language: str) -> Reading:
        """Any paper. Raises `PaperUnknown` and `SourceUnreachable`."""
        return await self.library.look_up(ref, language)

    async def look_up_summarized(
        self, ref: PaperRef, language: str, *, by: Requester
    ) -> tuple[Reading, Outcome | None]:
        """Any paper with its summary written, and what came of that; None where it was not asked for.

        Raises `PaperUnknown` and `SourceUnreachable`.
        """
        reading = await self.library.look_up(ref, language)
        if not await self.is_summary_due(reading, language, by=by):
            return reading, None
        outcome = await self.summarizer.request_summary(reading.paper.id, language, by=by)
        return await self.in_language(reading, language), outcome

    async def is_summary_due(self, reading: Reading, language: str, *, by: Requester) -> bool:
        """Whether a summary of a paper should be written for somebody now."""
        return await self.summarizer.should_request(reading.paper.id, language, by)

    async def write_summary(self, paper_id: str, language: str, *, by: Requester) -> tuple[Reading | None, Outcome]:
        """Have a summary written: the paper with it, None where there is none, and what came of it."""
        outcome = await self.summarizer.request_summary(paper_id, language, by=by)
        if outcome not in {Outcome.WRITTEN, Outcome.THERE}:
            return None, outcome
        return await self.library.recall(paper_id, language), outcome
