"""Conversions between papers and their rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.rules.papers import ListedPaper, Paper
from bot.store.tables.columns import from_json, optional_day, optional_moment, to_json, to_text
from bot.store.tables.paper_news import ARXIV, note_news

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.store.connection import Connection

PAPER_COLUMNS = (
    "p.id, p.title, p.authors, p.abstract, p.published, p.arxiv_version, p.thumbnail_url, p.code_url, p.project_url,"
    " p.organization, p.withdrawn, p.feed_summary, p.keywords, p.code_stars, p.media_urls, p.doi,"
    " p.primary_category"
)
PAPER_WIDTH = 17

_UPSERT_PAPER = """
INSERT INTO papers (id, title, authors, abstract, published, arxiv_version, thumbnail_url, code_url, project_url,
                    organization, withdrawn, feed_summary, keywords, code_stars, media_urls, doi,
                    primary_category, source, read_at, newest_version, is_code_told)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
    withdrawn = CASE
        WHEN excluded.source = 'arxiv' AND coalesce(excluded.newest_version, 0) >= coalesce(papers.newest_version, 0)
            THEN excluded.withdrawn
        WHEN papers.withdrawn = 1 THEN 1 ELSE excluded.withdrawn END,
    feed_summary = coalesce(excluded.feed_summary, papers.feed_summary),
    keywords = CASE WHEN excluded.keywords = '[]' THEN papers.keywords ELSE excluded.keywords END,
    code_stars = CASE WHEN excluded.code_url <> papers.code_url THEN excluded.code_stars
        ELSE coalesce(excluded.code_stars, papers.code_stars) END,
    media_urls = CASE WHEN excluded.media_urls = '[]' THEN papers.media_urls ELSE excluded.media_urls END,
    doi = coalesce(excluded.doi, papers.doi),
    newest_version = CASE WHEN excluded.newest_version < papers.newest_version THEN papers.newest_version
        ELSE coalesce(excluded.newest_version, papers.newest_version) END,
    is_code_told = CASE WHEN papers.is_code_told = 1 THEN 1 ELSE excluded.is_code_told END,
    primary_category = coalesce(excluded.primary_category, papers.primary_category),
    source = excluded.source,
    read_at = excluded.read_at
"""

_ADD_FACTS = """
UPDATE papers SET
    feed_summary = coalesce(feed_summary, ?),
    keywords = CASE WHEN keywords = '[]' THEN ? ELSE keywords END,
    code_stars = CASE WHEN code_url = ? THEN coalesce(code_stars, ?) ELSE code_stars END,
    media_urls = CASE WHEN media_urls = '[]' THEN ? ELSE media_urls END
WHERE id = ?
"""


async def remember_papers(db: Connection, papers: Sequence[Paper], source: str, now: datetime) -> None:
    """Insert or update; what the source does not tell stays as another source told it."""
    await note_news(db, papers, source, now)
    for paper in papers:
        await _upsert(db, paper, source, now)


async def _upsert(db: Connection, paper: Paper, source: str, now: datetime) -> None:
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
            paper.feed_summary,
            to_json(paper.keywords),
            paper.code_stars,
            to_json(paper.media_urls),
            paper.doi,
            paper.primary_category,
            source,
            to_text(now),
            paper.arxiv_version,
            int(source != ARXIV),
        ),
    )


async def add_paper_facts(db: Connection, paper: Paper) -> None:
    """Add what the feed tells of a paper where that is not known; stars belong to the repository they were given to."""
    await db.execute(
        _ADD_FACTS,
        (
            paper.feed_summary,
            to_json(paper.keywords),
            paper.code_url,
            paper.code_stars,
            to_json(paper.media_urls),
            paper.id,
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
        authors=from_json(row[2]),
        abstract=row[3],
        published=optional_day(row[4]),
        arxiv_version=row[5],
        thumbnail_url=row[6],
        code_url=row[7],
        project_url=row[8],
        organization=row[9],
        withdrawn=bool(row[10]),
        feed_summary=row[11],
        keywords=from_json(row[12]),
        code_stars=row[13],
        media_urls=from_json(row[14]),
        doi=row[15],
        primary_category=row[16],
    )


def listed_from(row: Sequence[Any]) -> ListedPaper:
    """The value of a row that begins with PAPER_COLUMNS, then votes, comments, when and by whom it was submitted."""
    votes, comments, submitted_at, submitted_by = row[PAPER_WIDTH : PAPER_WIDTH + 4]
    return ListedPaper(paper_from(row), votes, comments, optional_moment(submitted_at), submitted_by)
