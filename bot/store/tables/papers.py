"""Papers, and what imported digests said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.rules.old_digests import Bullet, DigestEntry, ImportedDigest, imported_summary
from bot.rules.papers import Reading
from bot.store.connection import Connection, Transactions, query, reads, reads_few, statement, transaction
from bot.store.tables.columns import ASKED_AT_ONCE, batched, marks, to_day, to_json, to_text
from bot.store.tables.listings import Listings
from bot.store.tables.paper_rows import PAPER_COLUMNS, paper_from, remember_papers
from bot.store.tables.search import index_papers
from bot.store.tables.summaries import Summaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from bot.rules.papers import Paper, Summary

_MOST_FOUND = 25
_ENTRY_COLUMNS = "paper, title, votes, author_line, thumbnail_url, bullets"


class Papers:
    """Papers as their sources describe them, and what imported digests said of them."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def is_empty(self, db: Connection) -> bool:
        """Whether no paper at all is stored."""
        ((first,),) = await db.rows("SELECT min(id) FROM papers", ())
        return first is None

    @transaction
    async def remember(self, db: Connection, paper: Paper, *, source: str, now: datetime) -> None:
        """Keep a paper's description; what `source` does not tell stays as another source told it."""
        await remember_papers(db, [paper], source, now)
        await index_papers(db, [paper.id])

    @statement
    async def remember_length(self, db: Connection, paper_id: str, words: int, arxiv_version: int | None) -> None:
        """Keep how many words the full text of a known paper has, as it was read last."""
        await db.execute(
            "INSERT INTO paper_lengths (paper, words, arxiv_version)"
            " SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM papers WHERE id = ?"
            " ON CONFLICT (paper) DO UPDATE SET words = excluded.words, arxiv_version = excluded.arxiv_version",
            (words, arxiv_version, paper_id),
        )

    @query
    async def find(self, db: Connection, paper_id: str) -> Paper | None:
        """A paper by canonical id."""
        row = await db.row(f"SELECT {PAPER_COLUMNS} FROM papers p WHERE p.id = ?", (paper_id,))
        return paper_from(row) if row else None

    @reads
    async def known(self, db: Connection, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Those of the given papers that are known, by id."""
        known: dict[str, Paper] = {}
        for some in batched(list(paper_ids), ASKED_AT_ONCE):
            rows = await db.rows(f"SELECT {PAPER_COLUMNS} FROM papers p WHERE p.id IN ({marks(some)})", some)
            known.update((row[0], paper_from(row)) for row in rows)
        return known

    @reads_few
    async def carrying(self, db: Connection, addresses: Sequence[str]) -> list[Paper]:
        """The papers whose code or project page is at one of these addresses, in lower case; twenty-five at most."""
        found: dict[str, Paper] = {}
        for some in batched(addresses, ASKED_AT_ONCE):
            for column in ("code_url", "project_url"):
                rows = await db.rows(
                    f"SELECT {PAPER_COLUMNS} FROM papers p WHERE lower(p.{column}) IN ({marks(some)})"
                    f" ORDER BY p.id DESC LIMIT {_MOST_FOUND}",
                    some,
                )
                found.update((row[0], paper_from(row)) for row in rows)
        return sorted(found.values(), key=lambda paper: paper.id, reverse=True)[:_MOST_FOUND]

    @reads_few
    async def with_doi(self, db: Connection, dois: Sequence[str]) -> list[Paper]:
        """The papers that have one of these DOIs, in lower case; twenty-five at most."""
        found: list[Paper] = []
        for some in batched(dois, ASKED_AT_ONCE):
            rows = await db.rows(
                f"SELECT {PAPER_COLUMNS} FROM papers p WHERE p.doi IN ({marks(some)})"
                f" ORDER BY p.id DESC LIMIT {_MOST_FOUND}",
                some,
            )
            found.extend(map(paper_from, rows))
        return sorted(found, key=lambda paper: paper.id, reverse=True)[:_MOST_FOUND]

    @reads_few
    async def described(self, db: Connection, paper_id: str, language: str) -> Reading | None:
        """All that a card tells of a paper, at once; None when it is not known."""
        known = await Papers(db).find(paper_id)
        if known is None:
            return None
        listed = await Listings(db).last_listed(paper_id)
        return Reading(known, listed, await Summaries(db).find(paper_id, language))

    @transaction
    async def remember_digest(self, db: Connection, digest: ImportedDigest, *, now: datetime) -> None:
        """Keep what an older digest said, apart from all facts, in place of what was imported for its day before."""
        if await Papers(db).imported_digest(digest.day) == digest:
            return
        day = digest.day.isoformat()
        await db.execute(
            "INSERT INTO imported_digests (day, text, imported_at) VALUES (?, ?, ?)"
            " ON CONFLICT (day) DO UPDATE SET text = excluded.text, imported_at = excluded.imported_at",
            (day, digest.text, to_text(now)),
        )
        await db.execute("DELETE FROM imported_papers WHERE day = ?", (day,))
        await db.executemany(
            f"INSERT INTO imported_papers (day, position, {_ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (
                (
                    day,
                    position,
                    entry.paper_id,
                    entry.title,
                    entry.votes,
                    entry.author_line,
                    entry.thumbnail_url,
                    to_json([[bullet.key, bullet.text] for bullet in entry.bullets]),
                )
                for position, entry in enumerate(digest.entries, start=1)
            ),
        )

    @reads
    async def imported_digest(self, db: Connection, day: date) -> ImportedDigest | None:
        """A day's digest as imported."""
        row = await db.row("SELECT text FROM imported_digests WHERE day = ?", (day.isoformat(),))
        if row is None:
            return None
        entries = await db.rows(
            f"SELECT {_ENTRY_COLUMNS} FROM imported_papers WHERE day = ? ORDER BY position", (day.isoformat(),)
        )
        return ImportedDigest(day, row[0], tuple(_entry_from(entry) for entry in entries))

    @reads
    async def imported_summaries(self, db: Connection, paper_id: str) -> list[Summary]:
        """The summaries of a paper in imported digests, latest first: unchecked, for `Summaries` only once checked."""
        rows = await db.rows(
            f"SELECT {_ENTRY_COLUMNS}, day FROM imported_papers WHERE paper = ? ORDER BY day DESC, position",
            (paper_id,),
        )
        read = (imported_summary(_entry_from(row), to_day(row[-1])) for row in rows)
        return [summary for summary in read if summary is not None]


def _entry_from(row: Sequence[Any]) -> DigestEntry:
    paper_id, title, votes, author_line, thumbnail_url, bullets = row[:6]
    return DigestEntry(
        paper_id,
        title,
        votes,
        author_line,
        thumbnail_url,
        tuple(Bullet(key, text) for key, text in json.loads(bullets)),
    )
