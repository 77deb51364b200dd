"""A person's reading list, and what they are told of saving and removing papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAMED_IN_TEXT, NamedPaper, first_titles, format_authors, format_title
from bot.rules.reading_list import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper

_ALOUD_TITLE = 60


def reading_list(*, entries: Sequence[SavedPaper], total: int, page: int, language: str, emoji: str) -> Message:
    """One page of a person's list; `page` counts from 1, `entries` are that page's, `total` is the whole list's length.

    Days are those of each `saved_at` in the zone it carries.
    """
    shown = [_Saved.of(entry) for entry in entries[:PAGE_SIZE]]
    pages = max(1, -(-total // PAGE_SIZE))
    return Message.of(
        "reading_list",
        language,
        entries=shown,
        total=total,
        page=page,
        pages=pages,
        newer=str(min(page - 1, pages)) if page > 1 else None,
        older=str(page + 1) if page < pages else None,
        leading=first_titles(entry.title for entry in shown),
        emoji=emoji,
    )


def saved(*, paper: Paper, total: int, language: str) -> Message:
    """A paper went onto a list, which now holds `total`."""
    return _message_about("saved", paper, language, total)


def already_saved(*, paper: Paper, total: int, language: str) -> Message:
    """A paper was on the list of `total` before."""
    return _message_about("already_saved", paper, language, total)


def removed(*, paper: Paper, total: int, language: str) -> Message:
    """A paper went off a list, which now holds `total`."""
    return _message_about("removed", paper, language, total)


def not_saved(*, paper: Paper, language: str) -> Message:
    """A paper that was to be removed was not on the list."""
    return _message_about("not_saved", paper, language)


def _message_about(template: str, paper: Paper, language: str, total: int = 0) -> Message:
    return Message.of(template, language, paper=NamedPaper.of(paper), total=total)


@dataclass(frozen=True, slots=True)
class _Saved:
    id: str
    url: str
    title: str
    short_title: str
    authors: str
    authors_more: int
    saved_on: date

    @classmethod
    def of(cls, entry: SavedPaper) -> _Saved:
        paper = entry.paper
        return cls(
            id=paper.id,
            url=paper.url,
            title=format_title(paper),
            short_title=format_title(paper, _ALOUD_TITLE),
            authors=format_authors(paper, NAMED_IN_TEXT),
            authors_more=max(0, len(paper.authors) - NAMED_IN_TEXT),
            saved_on=entry.saved_at.date(),
        )
