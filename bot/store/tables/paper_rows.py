"""How a paper is written into its row and read from it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.rules.papers import ListedPaper, Paper
from bot.store.tables.forms import optional_day, optional_moment, to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.store.connection import Connection

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
    abstract = CASE WHEN excluded.abstract = '' THEN papers.abstract ELSE excluded.abstract END,
    published = coalesce(excluded.published, papers.published),
    arxiv_version = coalesce(excluded.arxiv_version, papers.arxiv_version),
    thumbnail_url = coalesce(excluded.thumbnail_url, papers.thumbnail_url),
    code_url = coalesce(excluded.code_url, papers.code_url),
    project_url = coalesce(excluded.project_url, papers.project_url),
    organization = coalesce(excluded.organization, papers.organization),
    withdrawn = CASE WHEN excluded.source = 'arxiv' THEN excluded.withdrawn
        WHEN papers.withdrawn = 1 THEN 1 ELSE excluded.withdrawn END,
    source = excluded.source,
    read_at = excluded.read_at
"""


async def remember_paper(db: Connection, paper: Paper, source: str, now: datetime) -> None:
    """Insert or update; what the source does not tell stays as another source told it."""
    await db.execute(
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


def listed_from(row: Sequence[Any]) -> ListedPaper:
    """The value of a row that begins with PAPER_COLUMNS, then votes, comments and when it was submitted."""
    votes, comments, submitted_at = row[PAPER_WIDTH : PAPER_WIDTH + 3]
    return ListedPaper(paper_from(row), votes, comments, optional_moment(submitted_at))
