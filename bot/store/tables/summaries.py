"""Summaries in all their versions, what they were made from, and what people said was wrong with them."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from bot.rules.papers import FoundAt, Material, Origin, ReadSource, Section, Summary, SummaryState, SummaryVersion
from bot.rules.reports import Complaint, Report
from bot.store.tables.forms import to_json, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from sqlite3 import Connection

_NEWEST_FIRST = "ORDER BY arxiv_version DESC, version DESC LIMIT 1"


def remember_summary(
    db: Connection, summary: Summary, state: SummaryState, score: float | None, offenders: Sequence[str]
) -> None:
    """Keep as the newest version, unless it is the newest version already."""
    arxiv_version = summary.arxiv_version or 0
    sections = to_json(summary.sections)
    newest = db.execute(
        "SELECT version, sections, origin, made_by FROM summaries"
        f" WHERE paper = ? AND arxiv_version = ? AND language = ? {_NEWEST_FIRST}",
        (summary.paper_id, arxiv_version, summary.language),
    ).fetchone()
    if newest and newest[1:] == (sections, summary.origin, summary.made_by):
        return
    if state is SummaryState.SHOWN and summary.origin is Origin.MODEL:
        db.execute(
            "UPDATE summaries SET state = 'replaced'"
            " WHERE paper = ? AND language = ? AND origin = 'model' AND state = 'shown'",
            (summary.paper_id, summary.language),
        )
    db.execute(
        "INSERT INTO summaries (paper, arxiv_version, language, version, sections, origin, made_by, read, made_at,"
        " state, score, offenders, in_part) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            summary.paper_id,
            arxiv_version,
            summary.language,
            newest[0] + 1 if newest else 1,
            sections,
            summary.origin,
            summary.made_by,
            ReadSource.FULL_TEXT if summary.read is ReadSource.PART else summary.read,
            to_text(summary.made_at),
            state,
            score,
            to_json(offenders),
            int(summary.read is ReadSource.PART),
        ),
    )


_READ = "CASE WHEN in_part = 1 THEN 'part' ELSE read END"
_SUMMARY = f"language, sections, origin, made_by, {_READ}, made_at, arxiv_version"


def summary(db: Connection, paper_id: str, language: str) -> Summary | None:
    """The newest that stands."""
    row = db.execute(
        f"SELECT {_SUMMARY} FROM summaries WHERE paper = ? AND language = ? AND state = 'shown' {_NEWEST_FIRST}",
        (paper_id, language),
    ).fetchone()
    return row and _summary_from(paper_id, row)


def summary_versions(db: Connection, paper_id: str) -> list[SummaryVersion]:
    """All of them, in every language, newest first."""
    rows = db.execute(
        f"SELECT {_SUMMARY}, version, state, score, offenders FROM summaries"
        " WHERE paper = ? ORDER BY made_at DESC, version DESC",
        (paper_id,),
    )
    return [
        SummaryVersion(
            _summary_from(paper_id, row), row[7], SummaryState(row[8]), row[9], tuple(json.loads(row[10] or "[]"))
        )
        for row in rows
    ]


def papers_summarised_since(db: Connection, moment: datetime) -> list[str]:
    """The papers of which a model's summary came to be shown since then."""
    rows = db.execute(
        # Asked for each paper once, SQLite would walk through all that was ever written, in their order.
        "SELECT paper FROM summaries WHERE origin = 'model' AND state = 'shown' AND made_at >= ? ORDER BY made_at",
        (to_text(moment),),
    )
    return list(dict.fromkeys(row[0] for row in rows))


def summaries_in_part(db: Connection, since: datetime) -> int:
    """How many were made from a part since then."""
    row = db.execute("SELECT count(*) FROM summaries WHERE in_part = 1 AND made_at >= ?", (to_text(since),)).fetchone()
    return int(row[0])


def _summary_from(paper_id: str, row: Sequence[Any]) -> Summary:
    return Summary(
        paper_id=paper_id,
        language=row[0],
        sections=tuple((Section(name), text) for name, text in json.loads(row[1])),
        origin=Origin(row[2]),
        made_by=row[3],
        read=ReadSource(row[4]),
        made_at=to_moment(row[5]),
        arxiv_version=row[6] or None,
    )


def remember_material(db: Connection, paper_id: str, material: Material, now: datetime) -> None:
    """Keep what was read of a paper, packed, in place of what was read of it before."""
    db.execute(
        "INSERT INTO materials (paper, read, found_at, arxiv_version, sections, characters, text, read_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (paper) DO UPDATE SET read = excluded.read,"
        " found_at = excluded.found_at, arxiv_version = excluded.arxiv_version, sections = excluded.sections,"
        " characters = excluded.characters, text = excluded.text, read_at = excluded.read_at",
        (
            paper_id,
            material.read,
            material.found_at,
            material.arxiv_version,
            to_json(material.sections),
            material.characters,
            zlib.compress(material.text.encode()),
            to_text(now),
        ),
    )


def material(db: Connection, paper_id: str) -> Material | None:
    """What was last read of a paper."""
    row = db.execute(
        "SELECT text, read, found_at, arxiv_version, sections FROM materials WHERE paper = ?", (paper_id,)
    ).fetchone()
    if row is None:
        return None
    return Material(
        text=zlib.decompress(row[0]).decode(),
        read=ReadSource(row[1]),
        found_at=FoundAt(row[2]) if row[2] else None,
        arxiv_version=row[3],
        sections=tuple(json.loads(row[4])),
    )


def remember_report(db: Connection, report: Report, most: int, since: datetime) -> bool:
    """Keep what somebody said of a summary, once a person and paper and moment, and no more than so often."""
    made = db.execute(
        "INSERT INTO summary_reports (team, user, paper, language, complaint, note, at, rewrites)"
        " SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM summary_reports"
        " WHERE team = ? AND user = ? AND at >= ?) < ? ON CONFLICT DO NOTHING",
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
    return made.rowcount == 1


def begin_rewriting(db: Connection, report: Report, since: datetime) -> bool:
    """The summary is rewritten for this report, unless it is for another since then."""
    begun = db.execute(
        "UPDATE summary_reports SET rewrites = 1"
        " WHERE team = ? AND user = ? AND paper = ? AND language = ? AND at = ?"
        " AND (rewrites = 1 OR NOT EXISTS (SELECT 1 FROM summary_reports other"
        " WHERE other.paper = ? AND other.language = ? AND other.rewrites = 1 AND other.at >= ?))",
        (*_report_key(report), report.paper_id, report.language, to_text(since)),
    )
    return begun.rowcount == 1


def undo_rewriting(db: Connection, report: Report) -> bool:
    """The summary was not rewritten for this report after all."""
    undone = db.execute(
        "UPDATE summary_reports SET rewrites = 0"
        " WHERE team = ? AND user = ? AND paper = ? AND language = ? AND at = ? AND rewrites = 1",
        _report_key(report),
    )
    return undone.rowcount == 1


def _report_key(report: Report) -> tuple[str, str, str, str, str]:
    return report.team, report.user, report.paper_id, report.language, to_text(report.at)


def reports_since(db: Connection, moment: datetime) -> list[Report]:
    """All of them, latest first."""
    rows = db.execute(
        "SELECT team, user, paper, language, complaint, note, at, rewrites FROM summary_reports WHERE at >= ?"
        " ORDER BY at DESC",
        (to_text(moment),),
    )
    return [
        Report(team, user, paper, language, Complaint(complaint), note, to_moment(at), bool(rewrites))
        for team, user, paper, language, complaint, note, at, rewrites in rows
    ]
