"""A paper as the search index has it: the words of its title, its authors, and all that is said of it.

A document's number orders papers as arXiv received them, so that the latest that match can be read first, and is the
same in every database.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from bot.rules.papers import OLD_ARCHIVES
from bot.text.search_words import part_words, search_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

# Changed with anything that decides which words a paper is found by: then every paper is indexed anew.
INDEX_VERSION = 1
POPULAR_VOTES = 50
# A word no text can have: the index keeps it for papers with many votes.
POPULAR = "\ue000popular"

_MOST_TITLE_WORDS, _MOST_NAMES, _MOST_WORDS = 200, 2_000, 10_000
# PostgreSQL keeps at most 255 places of one word (textsearch, "Limitations").
_MOST_PLACES = 200
_NEW_ID = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})", re.ASCII)
_OLD_ID = re.compile(r"([a-z-]+)/(\d\d)(\d\d)(\d{3})", re.ASCII)
_FIRST_NEW = 10**12
_A_MONTH = 10**5
# Until 2007 each archive numbered its papers of a month for itself.
_ARCHIVES = {name: place for place, name in enumerate(OLD_ARCHIVES.split("|"))}
_MONTH_OF_ARCHIVES = 10**5


@dataclass(frozen=True, slots=True)
class IndexedTexts:
    """The texts of a paper that can be searched, and the most votes it had on any day."""

    paper_id: str
    title: str
    authors: tuple[str, ...]
    abstract: str
    topics: tuple[str, ...]
    takeaways: tuple[str, ...]
    summaries: tuple[str, ...]
    submitted: date | None
    votes: int = 0

    @property
    def fingerprint(self) -> str:
        """A value that differs where documents do."""
        told = (
            INDEX_VERSION,
            self.title,
            self.authors,
            self.abstract,
            self.topics,
            self.takeaways,
            self.summaries,
            self.submitted,
            self.votes >= POPULAR_VOTES,
        )
        return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """A paper as the index has it: words separated by blanks. `body` has all that is neither title nor name."""

    number: int
    title: str
    authors: str
    topics: str
    takeaways: str
    body: str


def document_of(texts: IndexedTexts) -> SearchDocument | None:
    """The document of a paper, None for an ID that isn't arXiv's."""
    number = document_number(texts.paper_id)
    if number is None:
        return None
    topics, takeaways = search_words(_lines(texts.topics)), search_words(_lines(texts.takeaways))
    body = [*search_words(texts.paper_id), *topics, *takeaways, *search_words(texts.abstract)]
    for summary in texts.summaries:
        body += search_words(summary)
    for text in (texts.title, *texts.topics, *texts.takeaways, texts.abstract, *texts.summaries):
        body += part_words(text)
    if texts.votes >= POPULAR_VOTES:
        body.insert(0, POPULAR)
    return SearchDocument(
        number,
        " ".join(search_words(texts.title)[:_MOST_TITLE_WORDS]),
        " ".join(_bounded(search_words(_lines(texts.authors)), _MOST_NAMES)),
        " ".join(topics[:_MOST_TITLE_WORDS]),
        " ".join(takeaways[:_MOST_TITLE_WORDS]),
        " ".join(_bounded(body, _MOST_WORDS)),
    )


def document_number(paper_id: str) -> int | None:
    """The number of a paper's document: of two papers, the one that arXiv received later has the greater one."""
    if match := _NEW_ID.fullmatch(paper_id):
        return _FIRST_NEW + int(match[1] + match[2]) * _A_MONTH + int(match[3])
    if match := _OLD_ID.fullmatch(paper_id):
        archive = _ARCHIVES.get(match[1])
        if archive is not None:
            return _month_of_old(int(match[2]), int(match[3])) + archive * 1_000 + int(match[4])
    return None


def first_number_since(day: date) -> int:
    """A number below those of all papers submitted on a day or later; papers get their number within days of that."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    if (year, month) >= (2007, 4):
        return _FIRST_NEW + ((year - 2000) * 100 + month) * _A_MONTH
    return _month_of_old(year % 100, month) if year >= 1991 else 0


def _month_of_old(year: int, month: int) -> int:
    since_1990 = year - 90 if year >= 90 else year + 10
    return (since_1990 * 12 + month) * _MONTH_OF_ARCHIVES


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _bounded(words: Sequence[str], most: int) -> Sequence[str]:
    words = words[:most]
    counts = Counter(words)
    if not words or counts.most_common(1)[0][1] <= _MOST_PLACES:
        return words
    seen: Counter[str] = Counter()
    kept = []
    for word in words:
        seen[word] += 1
        if seen[word] <= _MOST_PLACES:
            kept.append(word)
    return kept
