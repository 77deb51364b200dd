"""A search among a hundred thousand papers, beside the query that FTS5 answers itself, with its own ranking.

The papers have the bundled papers' sentences, in English and in Korean, in ever other orders, so that their words are
about as common as in reality; rare words are strewn among them. The index is filled the way the store fills it.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
import zlib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.demo.bundled_days import BundledOnly, bundled_papers, bundled_summaries
from bot.http import open_client
from bot.library import Library
from bot.rules.search_documents import POPULAR, POPULAR_VOTES, SearchDocument, document_number
from bot.rules.search_query import parse_query
from bot.sources.hugging_face import HuggingFace
from bot.store.sqlite import open_store
from bot.store.text_index import SqliteTextIndex, fts5_query
from bot.summaries.sentences import split_sentences
from bot.text.search_words import search_words
from bot.use_cases.paper_search import PaperSearch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAPERS, TIMES = 100_000, 7
LAST = date(2026, 8, 16)
# One word in some thousands of papers.
RARE = ("sonification", "hydrology", "glacier", "beekeeping", "cuneiform", "빙하", "양봉", "수문학", "악보", "고고학")
COMMON = ("model", "image", "language model", "training data", "video generation")
COMMON_KOREAN = ("모델", "이미지", "학습", "언어 모델", "데이터셋")
COMMON_WORDS = (*COMMON, *COMMON_KOREAN)
QUERIES = (*COMMON_WORDS, *RARE)


@dataclass(frozen=True)
class Searches:
    """The median milliseconds of each query, by Paperboy and by FTS5 itself; the size of the index."""

    ours: dict[str, float]
    raw: dict[str, float]
    megabytes: float

    def medians(self, queries: Sequence[str] = QUERIES) -> tuple[float, float]:
        """The medians of several queries, by Paperboy and by FTS5 itself."""
        return (
            statistics.median(self.ours[query] for query in queries),
            statistics.median(self.raw[query] for query in queries),
        )


async def measure() -> Searches:
    """The time from the words to a page of papers; FTS5's to the numbers of twenty, the best by its bm25."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paperboy.db"
        store = await open_store(path)
        _fill(path)
        client, clock = open_client("bench"), SystemClock()  # nothing is asked of it
        library = Library(store.listings, store.papers, HuggingFace(client, now=clock.now), BundledOnly(), clock)
        papers = PaperSearch(store.search, library, clock)
        ours: dict[str, list[float]] = {query: [] for query in QUERIES}
        raw: dict[str, list[float]] = {query: [] for query in QUERIES}
        with closing(sqlite3.connect(path)) as db:
            for _ in range(TIMES):
                for query in QUERIES:
                    began = time.perf_counter()
                    found = await papers.search(query, team="T1", user="U1", page=1, language="en")
                    ours[query].append(time.perf_counter() - began)
                    assert found.hits, query
                    began = time.perf_counter()
                    _by_itself(db, query)
                    raw[query].append(time.perf_counter() - began)
        await client.aclose()
        await store.close()
        with closing(sqlite3.connect(path)) as db:
            size = db.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_%'").fetchone()[0]
    return Searches(_medians(ours), _medians(raw), size / 1_000_000)


def _medians(times: dict[str, list[float]]) -> dict[str, float]:
    return {query: statistics.median(taken) * 1000 for query, taken in times.items()}


def _by_itself(db: sqlite3.Connection, query: str) -> None:
    db.execute(
        "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rank LIMIT 20",
        (fts5_query(parse_query(query).terms),),
    ).fetchall()


def _fill(path: Path) -> None:
    """Papers of ten years, forty a day."""
    chance = random.Random(0)
    english = [_words(text) for paper in bundled_papers() for text in split_sentences(paper.abstract, "en")]
    summaries = bundled_summaries(datetime(2026, 8, 16, tzinfo=UTC))
    korean = [_words(text) for made in summaries if made.language == "ko" for _, text in made.sections]
    titles = [(paper.title, " ".join(search_words(paper.title))) for paper in bundled_papers()]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("BEGIN")
        for number, (paper_id, submitted) in enumerate(_ids()):
            title, title_words = chance.choice(titles)
            strewn = [chance.choice(RARE)] if chance.random() < 0.005 else []
            body = [*chance.choices(english, k=7), *chance.choices(korean, k=3), *map(_words, strewn)]
            votes = int(chance.paretovariate(0.8)) + 1
            if votes >= POPULAR_VOTES:
                body.insert(0, POPULAR)
            known = document_number(paper_id)
            assert known
            document = SearchDocument(known, title_words, "ana ruiz", "", "", " ".join(body))
            _insert(db, document, paper_id, title, submitted, min(votes, 900), number)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(
    db: sqlite3.Connection, document: SearchDocument, paper_id: str, title: str, submitted: date, votes: int, rank: int
) -> None:
    at = "2026-08-17T00:00:00.000000+00:00"
    db.execute(
        "INSERT INTO papers (id, title, authors, abstract, published, source, read_at)"
        " VALUES (?, ?, '[\"Ana Ruiz\"]', 'We present a method that is better than all before.', ?, 'hugging_face', ?)",
        (paper_id, title, submitted.isoformat(), at),
    )
    db.execute(
        "INSERT INTO listings (day, fetched_at, raw) VALUES (?, ?, '') ON CONFLICT DO NOTHING",
        (submitted.isoformat(), at),
    )
    db.execute(
        "INSERT INTO listed_papers (day, paper, rank, votes, comments) VALUES (?, ?, ?, ?, 0)",
        (submitted.isoformat(), paper_id, rank, votes),
    )
    db.execute(
        "INSERT INTO search_documents (number, paper, submitted, fingerprint, title, authors, topics, takeaways, body)"
        " VALUES (?, ?, ?, '', ?, ?, '', '', ?)",
        (
            document.number,
            paper_id,
            submitted.isoformat(),
            document.title,
            document.authors,
            zlib.compress(document.body.encode()),
        ),
    )
    db.execute(SqliteTextIndex.ADD, SqliteTextIndex.columns(document))


def _ids() -> Iterator[tuple[str, date]]:
    a_day = 40
    for number in range(PAPERS):
        day = LAST - timedelta(days=number // a_day)
        yield f"{day:%y%m}.{day.day * 200 + number % a_day:05}", day


def _words(text: str) -> str:
    return " ".join(search_words(text))
