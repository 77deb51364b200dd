"""News of papers that people saved, and which of these a source is asked about next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.rules.paper_news import (
    BETWEEN_CHECKS,
    CHECKED_EVERY,
    MOST_IN_A_CHECK,
    NewsKind,
    PaperNews,
    news_in,
    news_since,
)
from bot.rules.papers import Paper
from bot.rules.reading_list import ReadingState
from bot.store.connection import Connection, Transactions, reads, reads_few, transaction
from bot.store.tables.columns import ASKED_AT_ONCE, batched, marks, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.rules.reading_list import SavedPaper
    from bot.store.connection import Row

ARXIV = "arxiv"
_UNREAD = (ReadingState.TO_READ, ReadingState.READING)
_NEWS = "n.paper, n.kind, n.at, n.version, n.code_url"
# So many saved papers are looked at for one check, most of which may be read or archived.
_MOST_LOOKED_AT = 10 * MOST_IN_A_CHECK
_NEVER = ""


class NewsOfPapers:
    """News of papers that people saved, and which of these a source is asked about next."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads_few
    async def of(self, db: Connection, paper_ids: Sequence[str]) -> dict[str, tuple[PaperNews, ...]]:
        """All news there is of these papers, by id; `bot.rules.paper_news.news_since` has that since one was saved."""
        rows: list[Row] = []
        for some in batched(paper_ids, ASKED_AT_ONCE):
            rows += await db.rows(f"SELECT {_NEWS} FROM paper_news n WHERE n.paper IN ({marks(some)})", some)
        return _by_paper(rows)

    @reads
    async def of_list(self, db: Connection, team: str, user: str, *, since: datetime, limit: int) -> list[str]:
        """The papers that somebody has not read yet and that have news since they saved them and since a moment."""
        rows = await db.rows(
            "SELECT s.paper, max(n.at) FROM saved_papers s JOIN paper_news n ON n.paper = s.paper"
            f' WHERE s.team = ? AND s."user" = ? AND s.listed = 1 AND s.state IN ({marks(_UNREAD)})'
            " AND n.at > s.saved_at AND n.at > ? GROUP BY s.paper ORDER BY max(n.at) DESC, s.paper LIMIT ?",
            (team, user, *_UNREAD, to_text(since), limit),
        )
        return [paper for paper, _ in rows]

    @transaction
    async def next_to_check(self, db: Connection, now: datetime) -> list[str]:
        """The saved papers to ask arXiv and the feed about now; none when it is too soon, or all have had their turn.

        They come in the order of their ids, again and again. Papers that everybody has read or archived are left out,
        and those arXiv described within a day. Whoever is given some is the only one.
        """
        row = await db.row("SELECT up_to, began_at, asked_at FROM news_progress WHERE source = ?", (ARXIV,))
        up_to, began_at, asked_at = row or (_NEVER, _NEVER, _NEVER)
        if asked_at > to_text(now - BETWEEN_CHECKS):
            return []
        if up_to == _NEVER:
            if began_at > to_text(now - CHECKED_EVERY):
                return []
            began_at = to_text(now)
        papers, up_to = await _next_saved(db, up_to, read_before=now - CHECKED_EVERY)
        await db.execute(
            "INSERT INTO news_progress (source, up_to, began_at, asked_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (source) DO UPDATE SET up_to = excluded.up_to, began_at = excluded.began_at,"
            " asked_at = excluded.asked_at",
            (ARXIV, up_to, began_at, to_text(now)),
        )
        return papers


async def _next_saved(db: Connection, after: str, *, read_before: datetime) -> tuple[list[str], str]:
    """The next papers that somebody has yet to read, and the last one looked at; empty at the end."""
    papers: list[str] = []
    for _ in range(_MOST_LOOKED_AT):
        row = await db.row("SELECT min(paper) FROM saved_papers WHERE paper > ? AND listed = 1", (after,))
        if row is None or row[0] is None:
            return papers, _NEVER
        after = row[0]
        is_due = await db.row(
            "SELECT 1 FROM papers p WHERE p.id = ? AND (p.source <> ? OR p.read_at < ?) AND EXISTS"
            f" (SELECT 1 FROM saved_papers s WHERE s.paper = p.id AND s.listed = 1 AND s.state IN ({marks(_UNREAD)}))",
            (after, ARXIV, to_text(read_before), *_UNREAD),
        )
        if is_due:
            papers.append(after)
        if len(papers) == MOST_IN_A_CHECK:
            break
    return papers, after


async def with_news(db: Connection, entries: Sequence[SavedPaper]) -> list[SavedPaper]:
    """The entries of a list with the news of each since it was saved."""
    known = await NewsOfPapers(db).of([entry.paper.id for entry in entries])
    return [
        replace(entry, news=news_since(known[entry.paper.id], entry.saved_at)) if entry.paper.id in known else entry
        for entry in entries
    ]


async def note_news(db: Connection, told: Sequence[Paper], source: str, now: datetime) -> None:
    """Keep what is new in a source's word on papers that somebody saved; before that word is kept itself."""
    by_id = {each.id: each for each in told}
    for some in batched(list(by_id), ASKED_AT_ONCE):
        for paper, *known in await db.rows(
            "SELECT p.id, p.newest_version, p.withdrawn, p.code_url, p.is_code_told FROM papers p"
            f" WHERE p.id IN ({marks(some)})"
            " AND EXISTS (SELECT 1 FROM saved_papers s WHERE s.paper = p.id AND s.listed = 1)",
            some,
        ):
            await _note_news_of(db, by_id[paper], known, source, now)


async def _note_news_of(db: Connection, told: Paper, row: Sequence[Any], source: str, now: datetime) -> None:
    version, withdrawn, code_url, is_code_told = row
    if told.arxiv_version and version and told.arxiv_version < version:  # somebody asked for an older one
        return
    known = Paper(told.id, "", (), arxiv_version=version, withdrawn=bool(withdrawn), code_url=code_url)
    if source == ARXIV and not told.withdrawn and withdrawn:
        await db.execute("DELETE FROM paper_news WHERE paper = ? AND kind = ?", (told.id, NewsKind.WITHDRAWN))
    for news in news_in(known, told, at=now, is_code_told=bool(is_code_told)):
        await db.execute(
            "INSERT INTO paper_news (paper, kind, at, version, code_url) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (paper, kind) DO UPDATE SET at = excluded.at, version = excluded.version"
            " WHERE excluded.version > paper_news.version",
            (told.id, news.kind, to_text(news.at), news.version, news.code_url),
        )


def _by_paper(rows: Iterable[Row]) -> dict[str, tuple[PaperNews, ...]]:
    found: dict[str, list[PaperNews]] = defaultdict(list)
    for paper, kind, at, version, code_url in rows:
        found[paper].append(PaperNews(NewsKind(kind), to_moment(at), version, code_url))
    return {paper: tuple(news) for paper, news in found.items()}
