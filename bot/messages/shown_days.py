"""The papers of a day, or the best of several days, as an answer to whoever asked for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from bot.messages.daily_digest import clock_time, listed_days, listed_facts, named_days, named_origins, origin_of
from bot.messages.digest_notes import day_sentence
from bot.messages.message import Message
from bot.messages.paper_text import NumberedPaper, first_titles, format_title, in_one_line, unbroken
from bot.rules.digest_parts import Size, split
from bot.rules.papers import LONGEST_TAKEAWAY, EmptyDay
from bot.rules.reading_list import POSITION_EMOJI, OfferedPapers
from bot.rules.selection import NothingYet
from bot.rules.shown_days import BeforeFeed, BestOfDays, DaysShown, NotBundled
from bot.templating.catalogues import catalogue, language_code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.rules.papers import ListedPaper, Takeaway
    from bot.rules.shown_days import WithoutPapers
    from bot.templating.catalogues import Catalogue

PAGE_SIZE = 10
_NAMED_DAYS = 3
_FACTS = 250


def on_page(best: BestOfDays, page: int) -> BestOfDays:
    """Only the papers of one page, from 1; a page beyond the end is the last one."""
    pages = _pages(best)
    places = pages[_page_within(pages, page) - 1]
    return replace(best, papers=tuple(best.papers[place] for place in places))


def papers_of_days(
    *,
    best: BestOfDays,
    shown: DaysShown,
    takeaways: Mapping[str, Takeaway],
    list_url: str,
    emoji: str,
    language: str,
    can_share: bool = False,
    shared_by: str | None = None,
) -> Message:
    """One page of the papers, with what each says in a sentence, where one is known.

    `list_url` is the page of the source that has the list of the last day, and `emoji` one that saves a paper. One
    person sees it, who can share it where others are; or else it is `shared_by` somebody, and everybody there does.
    """
    words, pages = catalogue(language), _pages(best)
    page = _page_within(pages, shown.page)
    listed = [best.papers[place] for place in pages[page - 1]]
    first = pages[page - 1].start + 1
    several = len(best.days) > 1
    entries = [
        _entry(number, each, day if several else None, takeaways, words)
        for number, (each, day) in enumerate(listed, start=first)
    ]
    origins = [(entry.number, origin_of(takeaways[entry.id])) for entry in entries if entry.takeaway]
    dates = named_days(best.days[0], best.days[-1], words) if several else unbroken(words.medium_date(best.days[0]))
    is_kept = not best.is_settled
    message = Message.of(
        "papers_of_days",
        language,
        title=words.t("header.title", date=dates),
        dates=dates,
        several=several,
        day_count=len(best.days),
        count=len(best.papers),
        listed=best.listed,
        list_url=list_url,
        entries=entries,
        leading=first_titles(entry.title for entry in entries),
        cards=[(entry.id, entry.option) for entry in entries],
        offered=str(OfferedPapers(tuple(entry.id for entry in entries), first)),
        origins=named_origins(origins, words, language_code(language)),
        so_far=words.t("so_far.as_of", time=clock_time(best.read_at.astimezone(UTC))) if is_kept else "",
        unread=_unread(best, words),
        older=str(replace(shown, page=page + 1)) if page < len(pages) else None,
        newer=str(replace(shown, page=page - 1)) if page > 1 else None,
        page=page,
        pages=len(pages),
        share=str(replace(shown, page=page)) if can_share else None,
        shared_by=shared_by,
        how=_how(entries, emoji, words) if shared_by else "",
    )
    # By a number on a later page others would be meant.
    return replace(message, shows=tuple(entry.id for entry in entries)) if page == 1 else message


def no_papers(*, reason: WithoutPapers, nearest: date | None, language: str, days: DaysShown | None = None) -> Message:
    """The reason why there are no papers of these `days` to show, with a button for the `nearest` that has some."""
    words = catalogue(language)
    match reason:
        case BeforeFeed(_, first):
            sentence = words.t("days.before_feed", date=words.long_date(first))
        case NotBundled(_, first, last):
            sentence = words.t("days.not_bundled", dates=named_days(first, last, words))
        case NothingYet(day):
            sentence = words.t("days.nothing_yet", date=words.long_date(day))
        case EmptyDay() if days and days.first != days.last:
            sentence = words.t("days.empty", dates=named_days(days.first, days.last, words))
        case _:
            sentence = day_sentence(reason, language)
    name = words.medium_date(nearest) if nearest else ""
    return Message.of(
        "no_papers",
        language,
        sentence=sentence,
        nearest=nearest.isoformat() if nearest else None,
        button_text=words.t("days.show", date=name),
    )


def looking_up_days(*, language: str) -> Message:
    """Said at once while lists are fetched."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("days.looking_up"))


def days_shared(*, language: str) -> Message:
    """Answer to the person who shared the papers of a day."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("days.shared"))


def _entry(
    number: int, listed: ListedPaper, day: date | None, takeaways: Mapping[str, Takeaway], words: Catalogue
) -> NumberedPaper:
    paper, takeaway = listed.paper, takeaways.get(listed.paper.id)
    facts = listed_facts(listed, words)
    facts = in_one_line([unbroken(words.weekday_and_day(day)), facts]) if day else facts
    return NumberedPaper.of(number, paper, takeaway, facts)


def _pages(best: BestOfDays) -> tuple[range, ...]:
    """The papers of each page, by their place from 0, whatever the takeaways are by then."""
    sizes = [
        Size(2 * len(format_title(listed.paper)) + len(listed.paper.url) + LONGEST_TAKEAWAY + _FACTS, 2)
        for listed, _ in best.papers
    ]
    return split(sizes, most=PAGE_SIZE)


def _page_within(pages: Sequence[range], page: int) -> int:
    return min(max(page, 1), len(pages))


def _unread(best: BestOfDays, words: Catalogue) -> str:
    if not best.unread:
        return ""
    dates = listed_days(best.unread, _NAMED_DAYS, words)
    return words.t("days.unread", count=len(best.unread), dates=dates)


def _how(entries: list[NumberedPaper], emoji: str, words: Catalogue) -> str:
    """Instructions for saving by reactions, where all the papers have a number there is one for."""
    count = entries[-1].number
    if count > len(POSITION_EMOJI):
        return ""
    if count == 1:
        return words.t("header.how_one_alone", emoji=emoji)
    return words.t("header.how_alone", first=POSITION_EMOJI[0], last=POSITION_EMOJI[count - 1])
