"""The order of what a search finds: the same on every database, as nothing of a database's own ranking is in it.

A paper's points are those of its words, where they stand, plus what readers made of it, less its age:

- for each term the best place it stands in: title 8, authors 6 (asked for by name: 8), topics 5, take-away 4, anywhere
  else 1; a word that only begins like it gets three quarters;
- the whole query together in the title 6, at the title's beginning 2 more;
- votes: log2(1 + votes), at most 9; saves: 1.5 x log2(1 + saves), at most 6;
- age: 6 points for a paper of today, half as many for each two years.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.search_query import stands_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.rules.search_query import Phrase, SearchQuery, Term

# How many of the papers found are shown at once.
PAGE_SIZE = 8

_TITLE, _AUTHORS, _TOPICS, _TAKEAWAYS, _ELSEWHERE = 8.0, 6.0, 5.0, 4.0, 1.0
_BEGINS_LIKE_IT = 0.75
_WHOLE_IN_TITLE, _TITLE_BEGINS = 6.0, 2.0
_MOST_FOR_VOTES, _FOR_SAVES, _MOST_FOR_SAVES = 9.0, 1.5, 6.0
_TODAY, _HALF_LIFE_DAYS = 6.0, 730.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that matches a query, with the indexed words of its short texts and what readers made of it."""

    number: int
    paper_id: str
    title: str
    authors: str
    topics: str
    takeaways: str
    submitted: date | None
    votes: int = 0
    saves: int = 0


def rank(candidates: Iterable[Candidate], query: SearchQuery, *, today: date) -> list[str]:
    """The IDs of papers, the best first; of two that are as good the later one."""
    scored = [
        (-points(candidate, query, today=today), -candidate.number, candidate.paper_id) for candidate in candidates
    ]
    return [paper_id for _, _, paper_id in sorted(scored)]


def points(candidate: Candidate, query: SearchQuery, *, today: date) -> float:
    """The points of one paper."""
    title = f" {candidate.title} "
    fields = (
        (_TITLE, title),
        (_AUTHORS, f" {candidate.authors} "),
        (_TOPICS, f" {candidate.topics} "),
        (_TAKEAWAYS, f" {candidate.takeaways} "),
    )
    total = sum(_for_term(term, fields) for term in query.terms)
    total += _for_whole(query, title)
    total += min(_MOST_FOR_VOTES, math.log2(1 + max(candidate.votes, 0)))
    total += min(_MOST_FOR_SAVES, _FOR_SAVES * math.log2(1 + candidate.saves))
    if candidate.submitted:
        age = max(0, (today - candidate.submitted).days)
        total += _TODAY * 2 ** (-age / _HALF_LIFE_DAYS)
    return total


def _for_term(term: Term, fields: Sequence[tuple[float, str]]) -> float:
    if term.in_authors:
        return _TITLE
    best = _ELSEWHERE
    for worth, words in fields:
        if worth <= best:
            continue
        for phrase in term.alternatives:
            if stands_in(phrase, words):
                best = max(best, worth * _closeness(phrase, words))
    return best


def _closeness(phrase: Phrase, words: str) -> float:
    return 1.0 if f" {' '.join(phrase.words)} " in words else _BEGINS_LIKE_IT


def _for_whole(query: SearchQuery, title: str) -> float:
    words = [word for term in query.terms if not term.in_authors for word in term.alternatives[0].words]
    if not words:
        return 0.0
    whole = f" {' '.join(words)} "
    if whole not in title:
        return 0.0
    return _WHOLE_IN_TITLE + (_TITLE_BEGINS if title.startswith(whole) else 0.0)
