"""A choice from the menu of a card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.sharing import split_thread

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class ShowDetails:
    """Show a paper's abstract, all of its authors, and its keywords."""

    paper_id: str


@dataclass(frozen=True, slots=True)
class ShowInLanguage:
    """Show a paper's card in another language; shared from there, it goes below the message `share_in`."""

    paper_id: str
    language: str
    share_in: str | None = None


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """Report the summary of a paper in a language."""

    paper_id: str
    language: str


@dataclass(frozen=True, slots=True)
class CitePaper:
    """Give a paper as a reference."""

    paper_id: str


@dataclass(frozen=True, slots=True)
class OpenDiscussion:
    """Open a page, which Slack does by itself."""


MenuChoice = ShowDetails | ShowInLanguage | ReportSummary | CitePaper | OpenDiscussion


def read_menu_choice(value: str | None, languages: Collection[str]) -> MenuChoice | None:
    """The choice behind the value of a menu's option; None for one that is not offered any more, or never was.

    `languages` are those a card can be had in.
    """
    match (value or "").split(":"):
        case "details" | "abstract", paper_id:  # the latter is that of cards until 0.5.0
            return ShowDetails(paper_id)
        case "language", code, paper if code in languages:
            paper_id, share_in = split_thread(paper)
            return ShowInLanguage(paper_id, code, share_in)
        case "wrong", code, paper_id:
            return ReportSummary(paper_id, code)
        case "cite", paper_id:
            return CitePaper(paper_id)
        case "discussion", *_:
            return OpenDiscussion()
        case _:
            return None
