"""Ratings of summaries by their readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.feedback import Rating
from bot.store.connection import Connection, Transactions, reads, statement
from bot.store.tables.columns import to_text

if TYPE_CHECKING:
    from bot.rules.feedback import Feedback


class SummaryFeedback:
    """Ratings of summaries by their readers."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def remember(self, db: Connection, feedback: Feedback) -> bool:
        """Keep a person's rating of a summary in place of an earlier one. False when a later one, or this, is known."""
        kept = await db.execute(
            'INSERT INTO summary_feedback (team, "user", paper, language, made_at, made_by, rating, at)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            ' ON CONFLICT (team, "user", paper, language, made_at) DO UPDATE SET rating = excluded.rating,'
            " at = excluded.at WHERE summary_feedback.at < excluded.at",
            (
                feedback.team,
                feedback.user,
                feedback.summary.paper_id,
                feedback.summary.language,
                to_text(feedback.summary.made_at),
                feedback.made_by,
                feedback.rating,
                to_text(feedback.at),
            ),
        )
        return kept == 1

    @reads
    async def counts(self, db: Connection) -> dict[tuple[str, Rating], int]:
        """The number of ratings by the model that wrote the summaries and by rating, for operators."""
        rows = await db.rows("SELECT made_by, rating, count(*) FROM summary_feedback GROUP BY made_by, rating")
        return {(made_by, Rating(rating)): count for made_by, rating, count in rows}
