"""Papers, and the days they were listed on."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.rules.papers import ListedPaper, Listing, Paper
from bot.store.tables import summaries
from bot.store.tables.forms import optional_day, optional_moment, optional_text, to_json, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from sqlite3 import Connection

    from bot.rules.papers import Summary

PAPER_COLUMNS = (
    "p.id, p.title, p.authors, p.abstract, p.published, p.arxiv_version, p.thumbnail_url, p.code_url, p.project_url,"
    " p.organization, p.withdrawn"
)
PAPER_WIDTH = 11

_UPSERT_PAPER = """
INSERT INTO papers (id, title, authors, abstract, published, arxiv_version, thumbnail_url, code_url, project_url,
                    organization, withdrawn, source, read_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    title = excluded.title,
    authors = excluded.authors,
    abstract = CASE WHEN excluded.abstract = '' THEN abstract ELSE excluded.abstract END,
    published = coalesce(excluded.published, published),
    arxiv_version = coalesce(excluded.arxiv_version, arxiv_version),
    thumbnail_url = coalesce(excluded.thumbnail_url, thumbnail_url),
    code_url = coalesce(excluded.code_url, code_url),
    project_url = coalesce(excluded.project_url, project_url),
    organization = coalesce(excluded.organization, organization),
    withdrawn = CASE WHEN excluded.source = 'arxiv' THEN excluded.withdrawn ELSE max(withdrawn, excluded.withdrawn) END,
    source = excluded.source,
    read_at = excluded.read_at
"""


def remember_paper(db: Connection, paper: Paper, source: str, now: datetime) -> None:
    """Insert or update; what the source does not tell stays as another source told it."""
    db.execute(
        _UPSERT_PAPER,
        (
            paper.id,
            paper.title,
            to_json(paper.authors),
            paper.abstract,
            paper.published.isoformat() if paper.published else None,
            paper.arxiv_version,
            paper.thumbnail_url,
            paper.code_url,
            paper.project_url,
            paper.organization,
            int(paper.withdrawn),
            source,
            to_text(now),
        ),
    )


def paper(db: Connection, paper_id: str) -> Paper | None:
    """One paper."""
    row = db.execute(f"SELECT {PAPER_COLUMNS} FROM papers p WHERE p.id = ?", (paper_id,)).fetchone()
    return row and paper_from(row)


def papers_known(db: Connection, paper_ids: Sequence[str]) -> dict[str, Paper]:
    """Several papers at once."""
    rows = db.execute(
        f"SELECT {PAPER_COLUMNS} FROM papers p WHERE p.id IN (SELECT value FROM json_each(?))",
        (to_json(paper_ids),),
    )
    return {row[0]: paper_from(row) for row in rows}


def paper_from(row: Sequence[Any]) -> Paper:
    """The value of a row that begins with PAPER_COLUMNS."""
    return _paper(*row[:PAPER_WIDTH])


@lru_cache(maxsize=1024)
def _paper(*row: Any) -> Paper:
    """The day's papers are read again and again, and making values of them takes as long as finding them."""
    return Paper(
        id=row[0],
        title=row[1],
        authors=tuple(json.loads(row[2])),
        abstract=row[3],
        published=optional_day(row[4]),
        arxiv_version=row[5],
        thumbnail_url=row[6],
        code_url=row[7],
        project_url=row[8],
        organization=row[9],
        withdrawn=bool(row[10]),
    )


def remember_listing(db: Connection, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
    """Keep the day as it stands now, in place of an earlier reading; of a later one's papers only the unknown."""
    day = listing.day.isoformat()
    kept = db.execute(
        "INSERT INTO listings (day, fetched_at, raw) VALUES (?, ?, ?)"
        " ON CONFLICT (day) DO UPDATE SET fetched_at = excluded.fetched_at, raw = excluded.raw"
        " WHERE excluded.fetched_at >= listings.fetched_at",
        (day, to_text(listing.fetched_at), listing.raw),
    )
    if kept.rowcount == 0:
        known = papers_known(db, [listed.paper.id for listed in ranked])
        for listed in ranked:
            if listed.paper.id not in known:
                remember_paper(db, listed.paper, "hugging_face", listing.fetched_at)
        return
    db.execute("DELETE FROM listed_papers WHERE day = ?", (day,))
    for rank, listed in enumerate(ranked, start=1):
        remember_paper(db, listed.paper, "hugging_face", listing.fetched_at)
        db.execute(
            "INSERT INTO listed_papers (day, paper, rank, votes, comments, submitted_at) VALUES (?, ?, ?, ?, ?, ?)",
            (day, listed.paper.id, rank, listed.votes, listed.comments, optional_text(listed.submitted_at)),
        )


def listing(db: Connection, day: date) -> Listing | None:
    """A day as last read, ranked."""
    head = db.execute("SELECT fetched_at, raw FROM listings WHERE day = ?", (day.isoformat(),)).fetchone()
    if head is None:
        return None
    rows = db.execute(
        f"SELECT {PAPER_COLUMNS}, l.votes, l.comments, l.submitted_at"
        " FROM listed_papers l JOIN papers p ON p.id = l.paper"
        " WHERE l.day = ? ORDER BY l.rank",
        (day.isoformat(),),
    ).fetchall()
    return Listing(day, tuple(_listed_from(row) for row in rows), to_moment(head[0]), head[1])


def listed_between(db: Connection, after: date, until: date) -> list[ListedPaper]:
    """Each paper once, as on its latest day."""
    rows = db.execute(
        f"SELECT {PAPER_COLUMNS}, l.votes, l.comments, l.submitted_at, max(l.day)"
        " FROM listed_papers l JOIN papers p ON p.id = l.paper"
        " WHERE l.day > ? AND l.day <= ? GROUP BY l.paper ORDER BY l.votes DESC, l.paper",
        (after.isoformat(), until.isoformat()),
    )
    return [_listed_from(row) for row in rows]


def remember_empty_day(db: Connection, day: date, now: datetime) -> None:
    """The source lists nothing on it."""
    db.execute(
        "INSERT INTO empty_days (day, read_at) VALUES (?, ?)"
        " ON CONFLICT (day) DO UPDATE SET read_at = excluded.read_at WHERE excluded.read_at >= empty_days.read_at",
        (day.isoformat(), to_text(now)),
    )


def days_read(db: Connection, since: date, until: date) -> dict[date, datetime]:
    """When each of these days was last read, whether it has papers or not."""
    rows = db.execute(
        "SELECT day, max(at)"
        " FROM (SELECT day, fetched_at AS at FROM listings UNION ALL SELECT day, read_at FROM empty_days)"
        " WHERE day BETWEEN ? AND ? GROUP BY day",
        (since.isoformat(), until.isoformat()),
    )
    return {date.fromisoformat(day): to_moment(at) for day, at in rows}


def last_listed(db: Connection, paper_id: str) -> ListedPaper | None:
    """A paper as it stood on the latest list that has it."""
    row = db.execute(
        f"SELECT {PAPER_COLUMNS}, l.votes, l.comments, l.submitted_at"
        " FROM listed_papers l JOIN papers p ON p.id = l.paper"
        " WHERE l.paper = ? ORDER BY l.day DESC LIMIT 1",
        (paper_id,),
    ).fetchone()
    return row and _listed_from(row)


def _listed_from(row: Sequence[Any]) -> ListedPaper:
    votes, comments, submitted_at = row[PAPER_WIDTH : PAPER_WIDTH + 3]
    return ListedPaper(paper_from(row), votes, comments, optional_moment(submitted_at))


def described(db: Connection, paper_id: str, language: str) -> tuple[Paper, ListedPaper | None, Summary | None] | None:
    """A paper with all that belongs on its card."""
    known = paper(db, paper_id)
    return None if known is None else (known, last_listed(db, paper_id), summaries.summary(db, paper_id, language))
