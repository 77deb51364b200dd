"""Reports by readers that a summary is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.reports import Complaint, Report
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime


class Reports:
    """Reports by readers that a summary is wrong."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def remember(self, db: Connection, report: Report, *, most: int, since: datetime) -> bool:
        """Keep what somebody said of a summary.

        False when that very report is known, or when they made the `most` they may since then.
        """
        made = await db.execute(
            'INSERT INTO summary_reports (team, "user", paper, language, complaint, note, at, rewrites)'
            " SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM summary_reports"
            ' WHERE team = ? AND "user" = ? AND at >= ?) < ? ON CONFLICT DO NOTHING',
            (
                *_report_key(report)[:4],
                report.complaint,
                report.note,
                to_text(report.at),
                int(report.rewrites),
                report.team,
                report.user,
                to_text(since),
                most,
            ),
        )
        return made == 1

    @transaction
    async def begin_rewriting(self, db: Connection, report: Report, *, since: datetime) -> bool:
        """The summary is rewritten for a known report, and for no other `since` then.

        True also when that had begun; False when it is rewritten for another, or the report is not known.
        """
        begun = await db.execute(
            "UPDATE summary_reports SET rewrites = 1"
            ' WHERE team = ? AND "user" = ? AND paper = ? AND language = ? AND at = ?'
            " AND (rewrites = 1 OR NOT EXISTS (SELECT 1 FROM summary_reports other"
            " WHERE other.paper = ? AND other.language = ? AND other.rewrites = 1 AND other.at >= ?))",
            (*_report_key(report), report.paper_id, report.language, to_text(since)),
        )
        return begun == 1

    @statement
    async def undo_rewriting(self, db: Connection, report: Report) -> bool:
        """Note that the rewriting for a report came to nothing, so that the next report may have one."""
        undone = await db.execute(
            "UPDATE summary_reports SET rewrites = 0"
            ' WHERE team = ? AND "user" = ? AND paper = ? AND language = ? AND at = ? AND rewrites = 1',
            _report_key(report),
        )
        return undone == 1

    @reads
    async def since(self, db: Connection, moment: datetime) -> list[Report]:
        """The reports about summaries since then, latest first."""
        rows = await db.rows(
            'SELECT team, "user", paper, language, complaint, note, at, rewrites FROM summary_reports WHERE at >= ?'
            " ORDER BY at DESC",
            (to_text(moment),),
        )
        return [
            Report(team, user, paper, language, Complaint(complaint), note, to_moment(at), bool(rewrites))
            for team, user, paper, language, complaint, note, at, rewrites in rows
        ]


def _report_key(report: Report) -> tuple[str, str, str, str, str]:
    return report.team, report.user, report.paper_id, report.language, to_text(report.at)
