"""Failures of models at summaries: how often each was tried, and which of them operators were told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.summary_retries import SummaryTries
from bot.store.connection import Connection, Transactions, reads, statement
from bot.store.tables.columns import one, to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime


class SummaryFailures:
    """Failures of models at summaries, and which of them the operator of each workspace was told of."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads
    async def find(self, db: Connection, paper_id: str, language: str, model: str) -> SummaryTries | None:
        """A model's failures so far at a summary; None when there were none."""
        row = await db.row(
            "SELECT failures, away, reason, last_at FROM summary_tries WHERE paper = ? AND language = ? AND model = ?",
            (paper_id, language, model),
        )
        return SummaryTries(row[0], row[1], row[2], to_moment(row[3])) if row else None

    @statement
    async def remember(self, db: Connection, paper_id: str, language: str, model: str, tries: SummaryTries) -> None:
        """Keep how a model failed at a summary, in place of what was known before."""
        await db.execute(
            "INSERT INTO summary_tries (paper, language, model, failures, away, reason, last_at, given_up, given_up_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (paper, language, model) DO UPDATE SET"
            " failures = excluded.failures, away = excluded.away, reason = excluded.reason, last_at = excluded.last_at,"
            " given_up = excluded.given_up, given_up_at = coalesce(summary_tries.given_up_at, excluded.given_up_at)"
            " WHERE excluded.last_at > summary_tries.last_at",
            (
                paper_id,
                language,
                model,
                tries.failures,
                tries.away,
                tries.reason,
                to_text(tries.last_at),
                int(tries.is_given_up),
                to_text(tries.last_at) if tries.is_given_up else None,
            ),
        )

    @statement
    async def forget(self, db: Connection, paper_id: str, language: str, model: str) -> None:
        """Delete the failures of a model at a summary that it has written since."""
        await db.execute(
            "DELETE FROM summary_tries WHERE paper = ? AND language = ? AND model = ?", (paper_id, language, model)
        )

    @reads
    async def in_a_row(self, db: Connection, model: str) -> int:
        """The number of summaries that a model failed at, by failures that count, since it last wrote one."""
        row = await one(
            db,
            "SELECT count(*) FROM summary_tries WHERE model = ? AND failures > 0 AND last_at > coalesce("
            "(SELECT max(made_at) FROM summaries WHERE made_by = ? AND origin = 'model' AND state = 'shown'), '')",
            (model, model),
        )
        return int(row[0])

    @reads
    async def given_up(self, db: Connection, since: datetime, *, untold: str | None = None) -> dict[str, int]:
        """The number of summaries given up since then, by the name of the last failure, most first.

        With a workspace, only those that its operator was not told of.
        """
        rows = await db.rows(
            "SELECT reason, count(*) FROM summary_tries WHERE given_up = 1 AND last_at >= ?"
            " AND (CAST(? AS TEXT) IS NULL"
            " OR given_up_at > coalesce((SELECT given_up_told_at FROM teams WHERE team = ?), ''))"
            " GROUP BY reason ORDER BY count(*) DESC, reason",
            (to_text(since), untold, untold),
        )
        return dict(rows)

    @statement
    async def note_told(self, db: Connection, team: str, until: datetime) -> None:
        """Note that the operator of a workspace was told of all that was given up until then."""
        await db.execute("UPDATE teams SET given_up_told_at = ? WHERE team = ?", (to_text(until), team))

    @statement
    async def prune(self, db: Connection, before: datetime) -> None:
        """Delete the failures at summaries that were last tried before then."""
        await db.execute("DELETE FROM summary_tries WHERE last_at < ?", (to_text(before),))
