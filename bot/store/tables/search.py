"""The search index, kept in the same transactions as the papers, lists and summaries that it is made of."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from bot.rules.search_documents import (
    INDEX_VERSION,
    IndexedTexts,
    SearchDocument,
    document_number,
    document_of,
    first_number_since,
)
from bot.rules.search_ranking import Candidate
from bot.store.connection import Connection, Transactions, Value, reads, reads_few, transaction
from bot.store.tables.columns import ASKED_AT_ONCE, batched, marks, one, optional_day
from bot.store.text_index import ON_LIST, Among, Scope, index_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.rules.search_query import SearchQuery
    from bot.store.connection import Row

# How many of the latest that match are ranked: of all, of those with the words in the title, of those with many votes.
MOST_OF_A_KIND = 200
# Beyond so many, further people who saved a paper make no difference.
_SAVES_COUNTED = 15


class Search:
    """The search index, and what is found in it."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads
    async def candidates(self, db: Connection, query: SearchQuery, *, owner: tuple[str, str] | None) -> list[Candidate]:
        """Papers that match, at most 600: the latest, the latest with the words in their title, and with many votes.

        `owner` is the team and user whose list is meant by `from:me`. Where whole words match often enough, words that
        only begin like the last one are not looked for.
        """
        if query.is_empty or (query.is_mine and owner is None):
            return []
        first = first_number_since(query.since) if query.since else 0
        scope = Scope(first, owner if query.is_mine else None)
        numbers = await _numbers(db, query, scope) if query.terms else await _latest(db, scope)
        found: list[Candidate] = []
        for some in batched([*numbers], ASKED_AT_ONCE):
            rows = await db.rows(
                "SELECT d.number, d.paper, d.title, d.authors, d.topics, d.takeaways, d.submitted,"
                " (SELECT max(l.votes) FROM listed_papers l WHERE l.paper = d.paper),"
                " (SELECT count(*) FROM (SELECT 1 FROM saved_papers s WHERE s.paper = d.paper AND s.listed = 1"
                " LIMIT ?) AS savers)"
                f" FROM search_documents d WHERE d.number IN ({marks(some)}) ORDER BY d.number DESC",
                (_SAVES_COUNTED, *some),
            )
            found += map(_candidate_from, rows)
        return [each for each in found if _is_since(each, query)]

    @transaction
    async def index_some(self, db: Connection, *, limit: int) -> bool:
        """Index at most so many of the papers that an earlier release stored; whether there may be more.

        The latest come first, so that what people look for most is found first.
        """
        up_to = await _indexed_up_to(db)
        if up_to == _DONE:
            return False
        papers = [
            paper
            for (paper,) in await db.rows("SELECT id FROM papers WHERE id < ? ORDER BY id DESC LIMIT ?", (up_to, limit))
        ]
        await index_papers(db, papers)
        is_done = len(papers) < limit
        await db.execute(
            "INSERT INTO search_progress (kind, version, up_to) VALUES ('papers', ?, ?)"
            " ON CONFLICT (kind) DO UPDATE SET version = excluded.version, up_to = excluded.up_to",
            (INDEX_VERSION, _DONE if is_done else papers[-1]),
        )
        return not is_done

    @reads_few
    async def is_complete(self, db: Connection) -> bool:
        """Whether every paper is indexed."""
        return await _indexed_up_to(db) == _DONE

    @reads
    async def count_left(self, db: Connection) -> int:
        """The number of papers that are still to be indexed."""
        row = await one(db, "SELECT count(*) FROM papers WHERE id < ?", (await _indexed_up_to(db),))
        return int(row[0])


# Ids are of ASCII; nothing comes before the first of them.
_AFTER_ALL, _DONE = "~", ""


async def _indexed_up_to(db: Connection) -> str:
    """The last paper indexed by this version, latest first: `_AFTER_ALL` before the first, `_DONE` when all are."""
    row = await db.row("SELECT version, up_to FROM search_progress WHERE kind = 'papers'")
    return str(row[1]) if row and row[0] == INDEX_VERSION else _AFTER_ALL


async def _numbers(db: Connection, query: SearchQuery, scope: Scope) -> list[int]:
    index = index_of(db)
    wanted = query.whole_words()
    latest = await index.find(wanted.terms, Among.ALL, scope, limit=MOST_OF_A_KIND)
    if len(latest) < MOST_OF_A_KIND and query.is_open:
        wanted = query
        latest = await index.find(wanted.terms, Among.ALL, scope, limit=MOST_OF_A_KIND)
    if len(latest) < MOST_OF_A_KIND:
        return latest
    others = [await index.find(wanted.terms, among, scope, limit=MOST_OF_A_KIND) for among in _BEYOND_THE_LATEST]
    return list(dict.fromkeys(chain(latest, *others)))


_BEYOND_THE_LATEST = (Among.TITLES, Among.POPULAR)


async def _latest(db: Connection, scope: Scope) -> list[int]:
    """The latest papers, where nothing is said about their words."""
    condition, values = "number >= ?", list[Value]([scope.first_number])
    if scope.owner:
        condition += f" AND number IN {ON_LIST}"
        values += scope.owner
    rows = await db.rows(
        f"SELECT number FROM search_documents WHERE {condition} ORDER BY number DESC LIMIT ?",
        (*values, MOST_OF_A_KIND),
    )
    return [row[0] for row in rows]


def _candidate_from(row: Row) -> Candidate:
    number, paper, title, authors, topics, takeaways, submitted, votes, saves = row
    return Candidate(number, paper, title, authors, topics, takeaways, optional_day(submitted), votes or 0, saves)


def _is_since(candidate: Candidate, query: SearchQuery) -> bool:
    return query.since is None or (candidate.submitted is not None and candidate.submitted >= query.since)


async def index_papers(db: Connection, papers: Collection[str]) -> None:
    """Bring the index up to date with what is known of papers now, inside the transaction that changed it."""
    numbers = {number: paper for paper in papers if (number := document_number(paper)) is not None}
    for some in batched(sorted(numbers), ASKED_AT_ONCE):
        indexed = {
            row[0]: row
            for row in await db.rows(
                "SELECT number, fingerprint, title, authors, topics, takeaways, body FROM search_documents"
                f" WHERE number IN ({marks(some)})",
                some,
            )
        }
        for texts in await _texts(db, [numbers[number] for number in some]):
            await _index(db, texts, indexed.get(document_number(texts.paper_id)))


async def _index(db: Connection, texts: IndexedTexts, indexed: Row | None) -> None:
    fingerprint = texts.fingerprint
    if indexed and indexed[1] == fingerprint:
        return
    document = document_of(texts)
    if document is None:
        return
    index = index_of(db)
    if indexed:
        number, _, title, authors, topics, takeaways, body = indexed
        await index.remove(SearchDocument(number, title, authors, topics, takeaways, zlib.decompress(body).decode()))
    await db.execute(
        "INSERT INTO search_documents (number, paper, submitted, fingerprint, title, authors, topics, takeaways, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET submitted = excluded.submitted,"
        " fingerprint = excluded.fingerprint, title = excluded.title, authors = excluded.authors,"
        " topics = excluded.topics, takeaways = excluded.takeaways, body = excluded.body",
        (
            document.number,
            texts.paper_id,
            texts.submitted.isoformat() if texts.submitted else None,
            fingerprint,
            document.title,
            document.authors,
            document.topics,
            document.takeaways,
            zlib.compress(document.body.encode()),
        ),
    )
    await index.add(document)


async def _texts(db: Connection, papers: Sequence[str]) -> list[IndexedTexts]:
    """The texts of papers that can be searched: of their summaries, those shown, the newest in each language."""
    votes: dict[str, int] = dict(
        await db.rows(
            f"SELECT paper, max(votes) FROM listed_papers WHERE paper IN ({marks(papers)}) GROUP BY paper", papers
        )
    )
    summaries: defaultdict[str, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    for paper, language, sections, takeaway in await db.rows(
        f"SELECT paper, language, sections, takeaway FROM summaries WHERE paper IN ({marks(papers)})"
        " AND state = 'shown' ORDER BY paper, language, arxiv_version, version",
        papers,
    ):
        summaries[paper][language] = (sections, takeaway)
    rows = await db.rows(
        "SELECT id, title, authors, abstract, published, keywords, feed_summary, organization FROM papers"
        f" WHERE id IN ({marks(papers)})",
        papers,
    )
    return [
        IndexedTexts(
            paper_id=paper,
            title=title,
            authors=tuple(json.loads(authors)),
            abstract=abstract,
            topics=tuple(json.loads(keywords)) + ((organization,) if organization else ()),
            takeaways=tuple(filter(None, [feed_summary, *(takeaway for _, takeaway in summaries[paper].values())])),
            summaries=tuple(
                "\n".join(text for _, text in json.loads(sections)) for sections, _ in summaries[paper].values()
            ),
            submitted=optional_day(published),
            votes=votes.get(paper) or 0,
        )
        for paper, title, authors, abstract, published, keywords, feed_summary, organization in rows
    ]
