"""Headers of digests, catch-ups, recaps and late additions, and notes on days without papers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bot.messages.message import Message
from bot.messages.paper_text import first_titles, format_title
from bot.rules.papers import EmptyDay, NotOpenYet
from bot.rules.reading_list import POSITION_EMOJI
from bot.rules.selection import NothingFitting, NothingNew, NothingYet
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from bot.rules.papers import ListedPaper, Unreachable
    from bot.rules.selection import ChosenDay, Without

_HEADER_ENTRIES = 25
_BEFORE = 5
_NAMED_DAYS = 5


@dataclass(frozen=True, slots=True)
class PostedEarlier:
    """A paper with the address where a channel's people find it: its card there, or else the paper itself."""

    listed: ListedPaper
    url: str


def daily_header(
    *,
    day: date,
    papers: Sequence[ListedPaper],
    listed: int,
    language: str,
    source_url: str,
    emoji: str,
    as_of: datetime | None = None,
    is_settled: bool = True,
    before: Sequence[PostedEarlier] = (),
    in_thread: bool = True,
) -> Message:
    """What opens a day: its papers by rank, as links, and how to save them.

    `papers` holds at least one; `listed` is how many the day's list had in all, `source_url` where that list is,
    `emoji` the name of one that saves a paper. With `as_of` it tells that the list was read then, on the clocks of the
    zone the moment carries, because the source did not answer later, or, of a day that is not settled, because the list
    still grows. `before` are papers of the same rank that came here earlier, and `in_thread` tells where the cards are.
    """
    entries = [_Entry.of(listed_paper) for listed_paper in papers[:_HEADER_ENTRIES]]
    return Message.of(
        "daily_header",
        language,
        day=day,
        count=len(papers),
        listed=listed,
        source_url=source_url,
        entries=entries,
        more=len(papers) - len(entries),
        leading=first_titles(entry.title for entry in entries),
        as_of=format_time(as_of, language) if as_of else None,
        is_settled=is_settled,
        before=_linked(before[:_BEFORE]),
        in_thread=in_thread,
        emoji=emoji,
        first=POSITION_EMOJI[0],
        last=POSITION_EMOJI[: len(papers)][-1],
    )


def catch_up_header(
    *,
    days: Sequence[ChosenDay],
    language: str,
    emoji: str,
    as_of: datetime | None = None,
    before: Sequence[PostedEarlier] = (),
    in_thread: bool = True,
) -> Message:
    """What opens several days at once, because a channel missed all but the last of them; `days` hold two or more."""
    entries = [_Entry.of(listed, chosen.day) for chosen in days for listed in chosen.papers]
    shown = entries[:_HEADER_ENTRIES]
    return Message.of(
        "catch_up_header",
        language,
        missed=len(days) - 1,
        oldest=days[0].day,
        newest=days[-1].day,
        count=len(entries),
        entries=shown,
        more=len(entries) - len(shown),
        leading=first_titles(entry.title for entry in shown),
        as_of=format_time(as_of, language) if as_of else None,
        is_settled=days[-1].is_settled,
        before=_linked(before[:_BEFORE]),
        in_thread=in_thread,
        emoji=emoji,
        first=POSITION_EMOJI[0],
        last=POSITION_EMOJI[: len(entries)][-1],
    )


def with_votes(payload: Mapping[str, Any], changed: Mapping[str, tuple[int, int]], language: str) -> Any:
    """A message that lists papers, with other votes behind the links to some: old and new by the paper's address."""
    words = catalogue(language)

    def counted(votes: int) -> str:
        return f" — {words.t('card.votes', count=votes)}"

    def redrawn(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: redrawn(each) for name, each in value.items()}
        if not isinstance(value, list):
            return value
        elements = [redrawn(each) for each in value]
        for link, text in pairwise(elements):
            if not (isinstance(link, dict) and link.get("type") == "link" and link.get("url") in changed):
                continue
            old, new = changed[link["url"]]
            if text.get("type") == "text" and text.get("text") == counted(old):
                text["text"] = counted(new)
        return elements

    return redrawn(payload)


def best_of_week(*, without: Sequence[Without], entries: Sequence[PostedEarlier], language: str) -> Message:
    """The best of a week, on a day that brings no papers, and why it does not."""
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
    """What opens the cards of papers that rose into a day's `top` after it was posted."""
    leading = first_titles(format_title(listed.paper) for listed in papers)
    return Message.of("late_header", language, day=day, count=len(papers), top=top, leading=leading)


def day_note(*, without: Sequence[Without], waiting: NotOpenYet | Unreachable | None, language: str) -> Message:
    """Why a channel that is due gets no papers, or not all.

    Days `without` any for it, of which the latest few are named, and the one it is `waiting` for.
    """
    words = catalogue(language)
    sentences = [day_sentence(answer, language) for answer in without[-_NAMED_DAYS:]]
    if waiting:
        key = "note.not_open_yet" if isinstance(waiting, NotOpenYet) else "note.unreachable"
        sentences.append(words.t(key, date=words.long_date(waiting.day)))
    return Message.of("day_note", language, sentences=sentences)


def day_sentence(answer: Without | NotOpenYet | Unreachable, language: str) -> str:
    """Why there are no papers for a day, as plain text."""
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
    return [
        _Entry(each.url, format_title(each.listed.paper), each.listed.votes, None) for each in papers[:_HEADER_ENTRIES]
    ]


def format_time(moment: datetime, language: str) -> str:
    """The time of day of a moment, and the zone it is told in: `09:10 (Asia/Seoul)`."""
    return catalogue(language).t("said.at", time=f"{moment:%H:%M}", zone=str(moment.tzinfo))


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str
    title: str
    votes: int
    day: date | None

    @classmethod
    def of(cls, listed: ListedPaper, day: date | None = None) -> _Entry:
        return cls(listed.paper.url, format_title(listed.paper), listed.votes, day)
