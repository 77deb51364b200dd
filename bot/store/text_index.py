"""The full-text index: the one thing that each engine has in its own way, FTS5 in SQLite and a tsvector in PostgreSQL.

Both are given the same words, which `bot.text.search_words` has cut, and asked the same questions: which documents have
these words, in the order of their numbers. Which of those come first is decided by `bot.rules.search_ranking`, so that
neither engine's own ranking is ever seen. Words hold letters and digits alone, so that no word is an operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import TYPE_CHECKING, Protocol

from bot.rules.search_documents import POPULAR
from bot.store.connection import Engine, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.rules.search_documents import SearchDocument
    from bot.rules.search_query import Phrase, Term
    from bot.store.connection import Connection

# What both engines call it, whatever it is.
TABLE = "search_index"
# The numbers of the papers on one person's list.
ON_LIST = (
    "(SELECT d.number FROM saved_papers s JOIN search_documents d ON d.paper = s.paper"
    ' WHERE s.team = ? AND s."user" = ? AND s.listed = 1)'
)


class Among(Enum):
    """The documents among which is searched: those with the words in their title, those with many votes, or all."""

    TITLES = auto()
    POPULAR = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class Scope:
    """Further conditions: documents from a number on, and those on the list of one person of a team."""

    first_number: int = 0
    owner: tuple[str, str] | None = None

    def condition(self, number: str, *, listed: str) -> tuple[str, list[Value]]:
        """The further conditions in SQL and their values, given the document's number, and as a list is to be asked."""
        condition, values = "", list[Value]()
        if self.first_number:
            condition, values = f" AND {number} >= ?", [self.first_number]
        if self.owner:
            condition += f" AND {listed} IN {ON_LIST}"
            values += self.owner
        return condition, values


class TextIndex(Protocol):
    """The full-text index of a database, inside a transaction."""

    async def add(self, document: SearchDocument) -> None:
        """Index a document whose number is not in the index."""

    async def remove(self, document: SearchDocument) -> None:
        """Take a document out, given exactly as it was indexed."""

    async def find(self, terms: Sequence[Term], among: Among, scope: Scope, *, limit: int) -> list[int]:
        """The numbers of documents that have all the terms, of which there is one at least; greatest first."""


def index_of(db: Connection) -> TextIndex:
    """The full-text index of the database that a connection is to."""
    return SqliteTextIndex(db) if db.engine is Engine.SQLITE else PostgresTextIndex(db)


class SqliteTextIndex:
    """FTS5 without content of its own (sqlite.org/fts5.html, "Contentless Tables")."""

    ADD = "INSERT INTO search_index (rowid, title, authors, body) VALUES (?, ?, ?, ?)"

    def __init__(self, db: Connection) -> None:
        self._db = db

    async def add(self, document: SearchDocument) -> None:
        """Index a document whose number is not in the index."""
        await self._db.execute(self.ADD, self.columns(document))

    async def remove(self, document: SearchDocument) -> None:
        """Take a document out, given exactly as it was indexed."""
        await self._db.execute(
            "INSERT INTO search_index (search_index, rowid, title, authors, body) VALUES ('delete', ?, ?, ?, ?)",
            self.columns(document),
        )

    async def find(self, terms: Sequence[Term], among: Among, scope: Scope, *, limit: int) -> list[int]:
        """The numbers of documents that have all the terms, of which there is one at least; greatest first."""
        asked = fts5_query(terms, among)
        condition, values = scope.condition("rowid", listed="+rowid")
        rows = await self._db.rows(
            f"SELECT rowid FROM search_index WHERE search_index MATCH ?{condition} ORDER BY rowid DESC LIMIT ?",
            (asked, *values, limit),
        )
        return [row[0] for row in rows]

    @staticmethod
    def columns(document: SearchDocument) -> tuple[Value, ...]:
        """The values that `ADD` takes."""
        return document.number, document.title, document.authors, document.body


class PostgresTextIndex:
    """A tsvector with a GIN index (postgresql.org, "Text Search Types"), the field of each word as its weight."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    async def add(self, document: SearchDocument) -> None:
        """Index a document whose number is not in the index."""
        await self._db.execute(
            "INSERT INTO search_index (number, words) VALUES (?, CAST(? AS tsvector))",
            (document.number, tsvector(document)),
        )

    async def remove(self, document: SearchDocument) -> None:
        """Take a document out."""
        await self._db.execute("DELETE FROM search_index WHERE number = ?", (document.number,))

    async def find(self, terms: Sequence[Term], among: Among, scope: Scope, *, limit: int) -> list[int]:
        """The numbers of documents that have all the terms, of which there is one at least; greatest first."""
        asked = [_tsquery_term(term, in_titles=among is Among.TITLES) for term in terms]
        if among is Among.POPULAR:
            asked.append(f"'{POPULAR}'")
        condition, values = scope.condition("number", listed="number")
        rows = await self._db.rows(
            f"SELECT number FROM search_index WHERE words @@ CAST(? AS tsquery){condition}"
            " ORDER BY number DESC LIMIT ?",
            (" & ".join(asked), *values, limit),
        )
        return [row[0] for row in rows]


def fts5_query(terms: Sequence[Term], among: Among = Among.ALL) -> str:
    """Terms in FTS5's words."""
    asked = [_fts5_term(term, in_titles=among is Among.TITLES) for term in terms]
    if among is Among.POPULAR:
        asked.append(f'"{POPULAR}"')
    return " AND ".join(asked)


def _fts5_term(term: Term, *, in_titles: bool) -> str:
    alternatives = " OR ".join(_fts5_phrase(phrase) for phrase in term.alternatives)
    field = "authors" if term.in_authors else "title" if in_titles else None
    return f"{field} : ({alternatives})" if field else f"({alternatives})"


def _fts5_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}'


def _tsquery_term(term: Term, *, in_titles: bool) -> str:
    field = "B" if term.in_authors else "A" if in_titles else ""
    return f"({' | '.join(_tsquery_phrase(phrase, field) for phrase in term.alternatives)})"


def _tsquery_phrase(phrase: Phrase, field: str) -> str:
    words = [f"'{word}':{field}" for word in phrase.words]
    if phrase.is_prefix:
        words[-1] += "*"
    return f"({' <-> '.join(word.removesuffix(':') for word in words)})"


def tsvector(document: SearchDocument) -> str:
    """The words with their places; between fields one place stays empty, so that no phrase reaches across."""
    places = count(1)
    words = [
        *_placed(document.title, places, "A"),
        *_placed(document.authors, places, "B"),
        *_placed(document.body, places, ""),
    ]
    return " ".join(words)


def _placed(words: str, places: Iterator[int], field: str) -> list[str]:
    placed = [f"'{word}':{next(places)}{field}" for word in words.split()]
    next(places)
    return placed
