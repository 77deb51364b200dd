"""A search query, read from what somebody typed. Any text is one, and none holds operators of a database.

All the words have to be found, in any order. Words in quotation marks, and parts of one word (`text-to-image`), stand
together. The last word may be the beginning of one, from three letters on. `author:` looks in authors' names alone;
`since:` takes a year, a month, or a day; `from:me` searches the reader's own list.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bot.text.clean import clean_text, shorten
from bot.text.search_words import is_paired, runs, words_of_run

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_QUERY = 400
MOST_TERMS = 12
# Shorter ones begin a good part of all words.
SHORTEST_BEGINNING = 3
FILTERS = ("author:", "since:", "from:me")
_MOST_WORDS = 24
_MOST_ALTERNATIVES = 6
_LONGEST_TOLD = 60

_PIECE = re.compile(
    r"""
    (?: (?P<filter> author | authors | by | since | after | from | in | 저자 | 이후 | 부터 | 목록 ) : \s* )?
    (?: "(?P<quoted>[^"]*)"? | (?P<word>[^\s"]+) | $ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"'))
_AUTHOR = frozenset({"author", "authors", "by", "저자"})
_SINCE = frozenset({"since", "after", "이후", "부터"})
_MINE = frozenset({"me", "my", "mine", "나", "내"})
_DATE = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?[-./]?", re.ASCII)
# Words that say nothing about a paper; they count where there are no others.
_STOP_WORDS = frozenset(
    runs(
        "a an and are about as at be by can do for from how in into is it of on or paper papers that the this to using"
        " via was we what when which who why with 논문 논문들 관련"
        " 관련된 관련한 대한 관한 관련된거 관련해서 혹시 다룬 다루는 쓴 최신 최근 새로운 나온 찾아줘 찾아 줘"
    )
)
# The particles of Korean that a noun may end with, longer ones first (국립국어원, 표준국어대사전, 조사).
_PARTICLES = tuple(
    runs(
        "으로부터 에서는 으로는 이라는 에서 에게 으로 까지 부터 보다 처럼 마다 이나 이란 라는 에는 에도 로는 들을 들이"
        " 들은 들의 은 는 이 가 을 를 의 에 로 와 과 도 만 란"
    )
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand together, in this order; with `is_prefix` the last is the beginning of one."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that has to be found: any of its `alternatives`, in authors' names alone where `in_authors` says so.

    `text` are its words as typed, without case and signs.
    """

    alternatives: tuple[Phrase, ...]
    in_authors: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search query.

    `words` are the plain ones as typed, `authors` the names; `ignored` are filters that nobody understands, as typed.
    With `lacks_date`, one of these needs a date and has none.
    """

    terms: tuple[Term, ...] = ()
    since: date | None = None
    is_mine: bool = False
    words: str = ""
    authors: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    lacks_date: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not (self.terms or self.since or self.is_mine)

    @property
    def has_filters(self) -> bool:
        """Whether more than plain words were typed."""
        return bool(self.since or self.is_mine or self.authors or self.ignored)

    @property
    def is_open(self) -> bool:
        """Whether the last word may be the beginning of one."""
        return any(phrase.is_prefix for term in self.terms for phrase in term.alternatives)

    def whole_words(self) -> SearchQuery:
        """This query without words that are only begun."""
        return replace(self, terms=tuple(map(_whole, self.terms)))


def parse_query(text: str) -> SearchQuery:
    """Read any text as a query, of which at most 400 characters and 12 words count."""
    read = _Reading()
    cleaned = clean_text(unicodedata.normalize("NFKC", text[:LONGEST_QUERY])).translate(_QUOTATION_MARKS)
    for match in _PIECE.finditer(cleaned[: 2 * LONGEST_QUERY]):
        value = match["quoted"] or match["word"] or ""
        read.take((match["filter"] or "").casefold(), value, typed=match[0], is_quoted=match["quoted"] is not None)
    return read.query()


class _Reading:
    """A query that is being read, word by word."""

    def __init__(self) -> None:
        self._words: list[tuple[str, bool]] = []
        self._authors: list[str] = []
        self._ignored: list[str] = []
        self._since: date | None = None
        self._is_mine = False
        self._lacks_date = False

    def take(self, kind: str, value: str, *, typed: str, is_quoted: bool) -> None:
        if kind in _AUTHOR and runs(value):
            self._authors.append(value)
        elif kind in _SINCE and (day := _day(value)):
            self._since = max(day, self._since or day)
        elif kind and kind not in _AUTHOR | _SINCE and value.casefold() in _MINE:
            self._is_mine = True
        elif kind:
            self._ignored.append(shorten(typed, _LONGEST_TOLD))
            self._lacks_date = self._lacks_date or kind in _SINCE
        elif runs(value):
            self._words.append((value, is_quoted))

    def query(self) -> SearchQuery:
        telling = [(word, is_quoted) for word, is_quoted in self._words if is_quoted or not _says_nothing(word)]
        words = telling or self._words
        terms = [_term(word, is_quoted=is_quoted) for word, is_quoted in words]
        if terms and not words[-1][1]:
            terms[-1] = _open(terms[-1])
        authors = [_term(name, is_quoted=True, in_authors=True) for name in self._authors]
        if authors and not terms:
            authors[-1] = _open(authors[-1])
        return SearchQuery(
            terms=tuple(dict.fromkeys(authors + terms))[:MOST_TERMS],
            since=self._since,
            is_mine=self._is_mine,
            words=" ".join(f'"{word}"' if is_quoted else word for word, is_quoted in self._words),
            authors=tuple(shorten(name, _LONGEST_TOLD) for name in self._authors),
            ignored=tuple(self._ignored),
            lacks_date=self._lacks_date,
        )


def _says_nothing(word: str) -> bool:
    return all(run in _STOP_WORDS or _without_particle(run) in _STOP_WORDS for run in runs(word))


def _term(text: str, *, is_quoted: bool, in_authors: bool = False) -> Term:
    parts = runs(text)
    if is_quoted:
        return Term((_phrase(parts),), in_authors, " ".join(parts))
    if len(parts) > 1 and is_paired(parts[-1]) and parts[-1] in _PARTICLES and not is_paired(parts[-2]):
        parts = parts[:-1]  # LLM을
    *before, last = parts
    ways = _ways_of_writing(_without_particle(last)) if is_paired(last) else [[last]]
    return Term(tuple(_phrase([*before, *way]) for way in ways), text=" ".join(parts))


def _phrase(parts: Iterable[str]) -> Phrase:
    words = tuple(word for part in parts for word in words_of_run(part))[:_MOST_WORDS]
    return Phrase(words, is_prefix=len(words) == 1 and len(words[0]) == 1 and is_paired(words[0]))


def _without_particle(run: str) -> str:
    """A Korean noun without its particle: 확산모델은 is 확산모델; what is left has two letters at least."""
    for particle in _PARTICLES:
        if run.endswith(particle) and len(run) >= len(particle) + 2:
            return run.removesuffix(particle)
    return run


def _ways_of_writing(run: str) -> list[list[str]]:
    """A compound in one word, and in two: 확산모델, 확산 모델."""
    halves = ([run[:end], run[end:]] for end in range(2, len(run) - 1))
    return [[run], *halves][:_MOST_ALTERNATIVES]


def _open(term: Term) -> Term:
    """The term, whose last word may be the beginning of one: in three letters at least; pairs of letters are anyway."""
    return replace(
        term,
        alternatives=tuple(
            replace(phrase, is_prefix=True) if _may_go_on(phrase.words[-1]) else phrase for phrase in term.alternatives
        ),
    )


def _may_go_on(word: str) -> bool:
    return len(word) >= SHORTEST_BEGINNING and not is_paired(word)


def _whole(term: Term) -> Term:
    return replace(
        term,
        alternatives=tuple(
            phrase if is_paired(phrase.words[-1]) else replace(phrase, is_prefix=False) for phrase in term.alternatives
        ),
    )


def _day(text: str) -> date | None:
    """The first day of a year, a month or a day."""
    match = _DATE.fullmatch(text.strip())
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1)) if match else None
    except ValueError:
        return None


def stands_in(phrase: Phrase, words: str) -> bool:
    """Whether a phrase stands in words that are separated, begun and ended by one blank each."""
    return f" {' '.join(phrase.words)}{'' if phrase.is_prefix else ' '}" in words
