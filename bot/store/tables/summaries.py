"""Summaries in all their versions, and what they were made from."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from bot.rules.papers import FoundAt, Material, Origin, ReadSource, Section, Summary, SummaryState, SummaryVersion
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import one, to_json, to_moment, to_text
from bot.store.tables.search import index_papers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_NEWEST_FIRST = "ORDER BY arxiv_version DESC, version DESC LIMIT 1"
_READ = "CASE WHEN in_part = 1 THEN 'part' ELSE read END"
_SUMMARY = f"language, sections, origin, made_by, {_READ}, made_at, arxiv_version, takeaway, not_stated"
_WIDTH = 9


class Summaries:
    """Summaries in all their versions, and what they were made from."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def remember(
        self,
        db: Connection,
        summary: Summary,
        *,
        state: SummaryState = SummaryState.SHOWN,
        score: float | None = None,
        unsupported: Sequence[str] = (),
    ) -> None:
        """Keep a summary as the newest version in its language; a model's that is to be shown replaces a model's."""
        arxiv_version = summary.arxiv_version or 0
        sections = to_json(summary.sections)
        newest = await db.row(
            "SELECT version, sections, origin, made_by, takeaway, not_stated FROM summaries"
            f" WHERE paper = ? AND arxiv_version = ? AND language = ? {_NEWEST_FIRST}",
            (summary.paper_id, arxiv_version, summary.language),
        )
        not_stated = to_json(summary.not_stated)
        if newest and newest[1:] == (sections, summary.origin, summary.made_by, summary.takeaway, not_stated):
            return
        if state is SummaryState.SHOWN and summary.origin is Origin.MODEL:
            await db.execute(
                "UPDATE summaries SET state = 'replaced'"
                " WHERE paper = ? AND language = ? AND origin = 'model' AND state = 'shown'",
                (summary.paper_id, summary.language),
            )
        await db.execute(
            "INSERT INTO summaries (paper, arxiv_version, language, version, sections, origin, made_by, read, made_at,"
            " state, score, offenders, in_part, takeaway, not_stated)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
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
                to_json(unsupported),  # in the column `offenders`, as release 0.5.0 named it
                int(summary.read is ReadSource.PART),
                summary.takeaway,
                not_stated,
            ),
        )
        await index_papers(db, [summary.paper_id])

    @reads
    async def find(self, db: Connection, paper_id: str, language: str) -> Summary | None:
        """The summary to show: of the newest version of the paper, the newest that stands."""
        row = await db.row(
            f"SELECT {_SUMMARY} FROM summaries WHERE paper = ? AND language = ? AND state = 'shown' {_NEWEST_FIRST}",
            (paper_id, language),
        )
        return _summary_from(paper_id, row) if row else None

    @reads
    async def versions(self, db: Connection, paper_id: str) -> list[SummaryVersion]:
        """All summaries of a paper, in every language and state, newest first."""
        rows = await db.rows(
            f"SELECT {_SUMMARY}, version, state, score, offenders FROM summaries"
            " WHERE paper = ? ORDER BY made_at DESC, version DESC",
            (paper_id,),
        )
        return [
            SummaryVersion(
                _summary_from(paper_id, row), number, SummaryState(state), score, tuple(json.loads(unsupported or "[]"))
            )
            for row in rows
            for number, state, score, unsupported in [row[_WIDTH:]]
        ]

    @reads
    async def shown_since(self, db: Connection, moment: datetime) -> list[tuple[str, str, datetime]]:
        """The summaries by a model that were made since then and are shown: paper, language, and when each was made."""
        rows = await db.rows(
            # Asked for each paper once, SQLite would walk through all that was ever written, in their order.
            "SELECT paper, language, made_at FROM summaries"
            " WHERE origin = 'model' AND state = 'shown' AND made_at >= ? ORDER BY made_at",
            (to_text(moment),),
        )
        return [(paper_id, language, to_moment(made_at)) for paper_id, language, made_at in rows]

    @reads
    async def count_in_part(self, db: Connection, since: datetime) -> int:
        """The number of summaries made since then for which the model's server took in only a part of the text."""
        row = await one(db, "SELECT count(*) FROM summaries WHERE in_part = 1 AND made_at >= ?", (to_text(since),))
        return int(row[0])

    @statement
    async def remember_material(self, db: Connection, paper_id: str, material: Material, *, now: datetime) -> None:
        """Keep what was read of a paper, in place of what was read of it before."""
        await db.execute(
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

    @reads
    async def material(self, db: Connection, paper_id: str) -> Material | None:
        """The text of a paper that was last read to summarize it."""
        row = await db.row(
            "SELECT text, read, found_at, arxiv_version, sections FROM materials WHERE paper = ?", (paper_id,)
        )
        if row is None:
            return None
        return Material(
            text=zlib.decompress(row[0]).decode(),
            read=ReadSource(row[1]),
            found_at=FoundAt(row[2]) if row[2] else None,
            arxiv_version=row[3],
            sections=tuple(json.loads(row[4])),
        )


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
        takeaway=row[7],
        not_stated=tuple(Section(name) for name in json.loads(row[8])),
    )
