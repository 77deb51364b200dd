"""Messages about what a search finds, in a few lines a paper."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import (
    NAME_LENGTH,
    NAMED_IN_TEXT,
    OPTION_TITLE,
    first_titles,
    format_some_authors,
    format_title,
    format_upvotes,
    in_one_line,
    shorten_readable,
)
from bot.rules.papers import LONGEST_TAKEAWAY
from bot.rules.reading_list import OfferedPapers
from bot.rules.search_query import FILTERS, LONGEST_QUERY
from bot.rules.search_ranking import PAGE_SIZE
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import Paper, Reading
    from bot.rules.search_query import SearchQuery
    from bot.templating.catalogues import Catalogue

_TITLE = 150
_TYPED = 60
# From so many papers on, those that match less well were not counted.
_NOT_COUNTED_FROM = 200


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A page of what a query finds, as the value of a button carries it."""

    query: str
    page: int

    def __str__(self) -> str:
        return json.dumps({"query": self.query[:LONGEST_QUERY], "page": self.page}, ensure_ascii=False)

    @classmethod
    def parse(cls, value: str) -> PageWanted:
        """The page that `str` wrote; the first page of nothing for anything else. Never raises."""
        try:
            read = json.loads(value)
            return cls(str(read["query"])[:LONGEST_QUERY], max(1, min(int(read["page"]), 1000)))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return cls("", 1)


def found_papers(
    *,
    typed: str,
    query: SearchQuery,
    hits: Sequence[Reading],
    page: int,
    pages: int,
    total: int,
    is_complete: bool,
    language: str,
    emoji: str,
    suggestion: str | None = None,
    is_list_empty: bool = False,
) -> Message:
    """One page of what is found for what somebody `typed`, or that there is nothing, with arXiv's search offered.

    `query` is what that was read as, `suggestion` a command that may have been meant. Where `is_list_empty`,
    there is nothing on the reader's list to be found, and `emoji` is one that saves a paper there.
    """
    words = catalogue(language)
    first = (page - 1) * PAGE_SIZE + 1
    found = [_Hit.of(reading, number, words) for number, reading in enumerate(hits, start=first)]
    message = Message.of(
        "found_papers",
        language,
        typed=shorten_readable(typed, _TYPED),
        is_empty=query.is_empty,
        has_words=bool(query.terms),
        is_mine=query.is_mine,
        read_as=_read_as(query, words) if query.has_filters else "",
        ignored=shorten_readable(", ".join(query.ignored), NAME_LENGTH),
        filters=", ".join(FILTERS),
        lacks_date=query.lacks_date,
        emoji=emoji,
        is_list_empty=is_list_empty,
        hits=found,
        total=total,
        count=f"{total}+" if total >= _NOT_COUNTED_FROM else total,
        page=page,
        pages=pages,
        is_complete=is_complete,
        suggestion=suggestion,
        back=str(PageWanted(typed, page - 1)) if page > 1 else None,
        more=str(PageWanted(typed, page + 1)) if page < pages else None,
        elsewhere=typed[:LONGEST_QUERY],
        cards=[(hit.id, hit.option) for hit in found],
        offered=str(OfferedPapers(tuple(hit.id for hit in found), first)),
        leading=first_titles(hit.title for hit in found),
    )
    # By a number on a later page others would be meant.
    return replace(message, shows=tuple(hit.id for hit in found)) if page == 1 else message


def found_on_arxiv(*, typed: str, papers: Sequence[Paper], language: str) -> Message:
    """The papers that arXiv's own search finds, or that it finds none."""
    words = catalogue(language)
    found = [_Hit.on_arxiv(paper, number, words) for number, paper in enumerate(papers, start=1)]
    return Message.of(
        "found_on_arxiv",
        language,
        typed=shorten_readable(typed, _TYPED),
        hits=found,
        leading=first_titles(hit.title for hit in found),
    )


@dataclass(frozen=True, slots=True)
class _Hit:
    number: int
    id: str
    url: str
    title: str
    sentence: str
    facts: str
    option: str
    short_title: str

    @classmethod
    def of(cls, reading: Reading, number: int, words: Catalogue) -> _Hit:
        paper, takeaway = reading.paper, reading.takeaway
        authors = format_some_authors(paper, NAMED_IN_TEXT, words)
        facts = (
            words.t("header.withdrawn") if paper.withdrawn else "",
            format_upvotes(reading.listed.votes) if reading.listed else "",
            words.short_date(paper.published) if paper.published else "",
            authors if takeaway else "",
        )
        sentence = shorten_readable(takeaway.text, LONGEST_TAKEAWAY) if takeaway else authors
        return cls._of(paper, number, sentence, in_one_line(facts))

    @classmethod
    def on_arxiv(cls, paper: Paper, number: int, words: Catalogue) -> _Hit:
        date = words.short_date(paper.published) if paper.published else ""
        return cls._of(paper, number, "", in_one_line((format_some_authors(paper, NAMED_IN_TEXT, words), date)))

    @classmethod
    def _of(cls, paper: Paper, number: int, sentence: str, facts: str) -> _Hit:
        short = format_title(paper, OPTION_TITLE)
        return cls(
            number, paper.id, paper.url, format_title(paper, _TITLE), sentence, facts, f"{number}. {short}", short
        )


def _read_as(query: SearchQuery, words: Catalogue) -> str:
    parts = (
        shorten_readable(query.words, _TYPED),
        *(words.t("search.by", author=shorten_readable(name, NAME_LENGTH)) for name in query.authors),
        words.t("search.since", date=words.short_date(query.since)) if query.since else "",
        words.t("search.mine") if query.is_mine else "",
    )
    return in_one_line(parts)
