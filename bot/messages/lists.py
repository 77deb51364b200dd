"""A person's reading list, and what they are told of saving and removing papers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAMED_IN_TEXT, OPTION_TITLE, NamedPaper, first_titles, format_authors, format_title
from bot.rules.reading_list import PAGE_SIZE, OfferedPapers
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper
    from bot.templating.blocks import Block

CHOOSE_PAPERS = "choose_papers"
_ALOUD_TITLE = 60
# So many checkboxes fit one field (docs.slack.dev, reference/block-kit/block-elements).
_IN_A_GROUP = 10


def reading_list(*, entries: Sequence[SavedPaper], total: int, page: int, language: str, emoji: str) -> Message:
    """One page of a person's list; `page` counts from 1, `entries` are that page's, `total` is the whole list's length.

    Days are those of each `saved_at` in the zone it carries.
    """
    shown = [_Saved.of(entry) for entry in entries[:PAGE_SIZE]]
    pages = max(1, -(-total // PAGE_SIZE))
    message = Message.of(
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
    return replace(message, shows=tuple(entry.id for entry in shown))


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


def choose_papers_modal(
    *, papers: Sequence[Paper], saved: Collection[str], offered: OfferedPapers, language: str
) -> Block:
    """The form in which somebody ticks which of the `offered` papers are on their list; those `saved` are ticked."""
    numbers = {paper_id: number for number, paper_id in enumerate(offered.ids, start=offered.first)}
    options = [(paper.id, f"{numbers[paper.id]}. {format_title(paper, OPTION_TITLE)}") for paper in papers]
    groups = [options[start : start + _IN_A_GROUP] for start in range(0, len(options), _IN_A_GROUP)]
    view = render_view(
        "choose_papers",
        language,
        groups=[(numbers[group[0][0]], numbers[group[-1][0]], group) for group in groups],
        saved=sorted(saved),
    )
    ticked = OfferedPapers(tuple(paper.id for paper in papers if paper.id in saved))
    about = {"offered": str(offered), "saved": str(ticked)}
    return {**view, "callback_id": CHOOSE_PAPERS, "private_metadata": json.dumps(about)}


def papers_chosen_modal(*, saved: int, removed: int, total: int, language: str) -> Block:
    """The result of that form: how many papers went onto the list and off it, and how many it has now."""
    words = catalogue(language)
    said = [
        words.t("choose.saved", count=saved) if saved else "",
        words.t("choose.removed", count=removed) if removed else "",
        "" if saved or removed else words.t("choose.unchanged"),
        words.t("choose.total", count=total),
    ]
    return render_view("papers_chosen", language, sentence=" ".join(filter(None, said)))


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
