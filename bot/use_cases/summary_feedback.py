"""Readers' ratings of the summaries that a model wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.feedback import Feedback
from bot.rules.papers import Origin

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.feedback import RatedSummary, Rating
    from bot.rules.papers import Paper
    from bot.store import Papers, Summaries, SummaryFeedback


@dataclass(frozen=True, slots=True)
class SummaryRatings:
    """Stores ratings. Every method raises `StoreError`."""

    papers: Papers
    summaries: Summaries
    feedback: SummaryFeedback

    async def rate(self, team: str, user: str, rating: Rating, summary: RatedSummary, *, at: datetime) -> Paper | None:
        """Store what somebody thinks of a summary, unless they said otherwise since; the paper it is of.

        None when no model wrote this version: nothing is stored then.
        """
        paper = await self.papers.find(summary.paper_id)
        made_by = await self._made_by(summary)
        if paper is None or made_by is None:
            return None
        await self.feedback.remember(Feedback(team, user, summary, made_by, rating, at))
        return paper

    async def _made_by(self, wanted: RatedSummary) -> str | None:
        for version in await self.summaries.versions(wanted.paper_id):
            summary = version.summary
            is_it = (summary.language, summary.made_at) == (wanted.language, wanted.made_at)
            if is_it and summary.origin is Origin.MODEL:
                return summary.made_by
        return None
