"""Messages beside the digest: recaps, headers of late additions, and notes on days without papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import first_titles, format_title
from bot.rules.papers import EmptyDay, NotOpenYet
from bot.rules.selection import NothingFitting, NothingNew, NothingYet
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.rules.papers import ListedPaper, Unreachable
    from bot.rules.selection import Without

_MOST_LINKED = 25
_NAMED_DAYS = 5


@dataclass(frozen=True, slots=True)
class PostedEarlier:
    """A paper with the address where a channel's people find it: its card there, or else the paper itself."""

    listed: ListedPaper
    url: str


def best_of_week(*, without: Sequence[Without], entries: Sequence[PostedEarlier], language: str) -> Message:
    """The best of a week, on a day that brings no papers, and why it does not where that is news."""
    shown = _linked(entries)
    return Message.of(
        "best_of_week",
        language,
        sentences=[day_sentence(answer, language) for answer in without[-_NAMED_DAYS:]],
        entries=shown,
        leading=first_titles(entry.title for entry in shown),
    )


def recap(*, first: date, last: date, entries: Sequence[PostedEarlier], language: str) -> Message:
    """The best of what a channel got from a `first` day to a `last`, as links to the cards."""
    shown = _linked(entries)
    leading = first_titles(entry.title for entry in shown)
    return Message.of("recap", language, first=first, last=last, count=len(shown), entries=shown, leading=leading)


def late_header(*, day: date, papers: Sequence[ListedPaper], top: int, language: str) -> Message:
    """The header above cards of papers that rose into a day's `top` after it was posted."""
    leading = first_titles(format_title(listed.paper) for listed in papers)
    return Message.of("late_header", language, day=day, count=len(papers), top=top, leading=leading)


def day_note(*, without: Sequence[Without], waiting: NotOpenYet | Unreachable | None, language: str) -> Message:
    """The reason why a channel that is due gets no papers, or not all.

    Days `without` any for it, of which the latest few are named, and the one it is `waiting` for.
    """
    words = catalogue(language)
    sentences = [day_sentence(answer, language) for answer in without[-_NAMED_DAYS:]]
    if waiting:
        key = "note.not_open_yet" if isinstance(waiting, NotOpenYet) else "note.unreachable"
        sentences.append(words.t(key, date=words.long_date(waiting.day)))
    return Message.of("day_note", language, sentences=sentences)


def day_sentence(answer: Without | NotOpenYet | Unreachable, language: str) -> str:
    """The reason why there are no papers for a day, as plain text."""
    words = catalogue(language)
    match answer:
        case EmptyDay():
            key = "day.empty"
        case NothingNew():
            key = "day.nothing_new"
        case NothingFitting():
            key = "day.nothing_fitting"
        case NothingYet():
            key = "day.nothing_yet"
        case NotOpenYet():
            key = "day.not_open_yet"
        case _:
            key = "day.unreachable"
    return words.t(key, date=words.long_date(answer.day))


def _linked(papers: Sequence[PostedEarlier]) -> list[_Entry]:
    return [_Entry(each.url, format_title(each.listed.paper), each.listed.votes) for each in papers[:_MOST_LINKED]]


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str
    title: str
    votes: int
