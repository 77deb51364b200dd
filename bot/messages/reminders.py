"""Reminders of somebody's reading list, and what they are told when they turn these on or off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.list_parts import news_address
from bot.messages.message import Message
from bot.messages.paper_text import first_titles, format_title, format_upvotes, in_one_line, unbroken
from bot.rules.paper_news import NewsKind
from bot.rules.reading_list import ReadingState
from bot.rules.reminders import MOST_NEWS, SENT_FROM, STALE_AFTER, reading_minutes
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.paper_news import PaperNews
    from bot.rules.papers import Paper
    from bot.rules.reminders import Reminder, ReminderPreference, SuggestedPaper
    from bot.templating.catalogues import Catalogue

_TITLE_IN_LIST = 80
_TITLE_ALOUD = 45
_STALE_NAMED = 5
_GITHUB = "GitHub"
_UNREAD = frozenset({ReadingState.TO_READ, ReadingState.READING})


def reminder(*, content: Reminder, language: str) -> Message:
    """The weekly reminder of a list: papers to choose from, news of saved ones, and what has waited for long."""
    words = catalogue(language)
    entries = [_Entry.of(each, content, words) for each in content.suggested]
    waiting = [each.entry for each in content.suggested if each.entry and each.entry.state in _UNREAD]
    shortest = min(filter(None, (reading_minutes(each.words) for each in waiting)), default=None)
    return Message.of(
        "reminder",
        language,
        unread=content.unread,
        entries=entries,
        leading=first_titles(entry.title for entry in entries),
        minutes=shortest,
        how_many=len(waiting),
        news=[_News.of(paper, news, words) for paper, several in content.news for news in several][:MOST_NEWS],
        stale=[format_title(paper, _TITLE_IN_LIST) for paper in content.stale[:_STALE_NAMED]],
        stale_count=len(content.stale),
        archived=content.archived,
        weeks=STALE_AFTER.days // 7,
        value=str(content.papers),
        state=_State.of(content.preference, content.next_at, words),
    )


def reminder_settings(*, preference: ReminderPreference, next_at: datetime | None, language: str) -> Message:
    """The answer about reminders, as somebody has them; `next_at`, on their own clock, is when the next may come."""
    return Message.of("reminder_settings", language, state=_State.of(preference, next_at, catalogue(language)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A paper that a reminder suggests; `state` is the key of its state's name, empty while it is unread."""

    url: str
    title: str
    short_title: str
    facts: str
    state: str
    can_be_undone: bool
    value: str

    @classmethod
    def of(cls, suggested: SuggestedPaper, content: Reminder, words: Catalogue) -> _Entry:
        paper, entry = suggested.paper, suggested.entry
        minutes = reading_minutes(entry.words) if entry else None
        facts = [
            words.t("list.saved", date=words.short_date(entry.saved_at.date())) if entry else "",
            format_upvotes(entry.votes) if entry and entry.votes else "",
            words.t("reminder.minutes", count=minutes) if minutes else "",
        ]
        state = entry.state if entry else None
        return cls(
            url=paper.url,
            title=format_title(paper),
            short_title=format_title(paper, _TITLE_ALOUD),
            facts=in_one_line(map(unbroken, facts)),
            state="" if state in _UNREAD else f"reminder.now_{state or 'removed'}",
            can_be_undone=state is not None,
            value=str(replace(content.papers, about=paper.id)),
        )


@dataclass(frozen=True, slots=True)
class _News:
    """News of a paper: the key of its sentence, what that names, and where the news is."""

    key: str
    url: str
    title: str
    version: str
    there: str
    news_url: str

    @classmethod
    def of(cls, paper: Paper, news: PaperNews, words: Catalogue) -> _News:
        version = "" if news.version is None else str(news.version)
        there, url = words.t("source.arxiv"), news_address(paper, news)
        if news.kind is NewsKind.CODE and url != paper.url:
            there = _GITHUB if url.startswith("https://github.com/") else words.t("button.code")
        return cls(f"reminder.{news.kind}", paper.url, format_title(paper, _TITLE_IN_LIST), version, there, url)


@dataclass(frozen=True, slots=True)
class _State:
    """The sentence about reminders themselves, and which buttons stand below."""

    sentence: str
    is_on: bool
    is_snoozed: bool

    @classmethod
    def of(cls, preference: ReminderPreference, next_at: datetime | None, words: Catalogue) -> _State:
        is_snoozed = preference.is_on and preference.snoozed_until is not None
        weekday = words.listed("dates.weekdays")[preference.weekday]
        time = f"{SENT_FROM:%H:%M}"
        if not preference.is_on:
            sentence = words.t("reminder.off")
        elif next_at is None:
            sentence = words.t("reminder.on", weekday=weekday, time=time)
        else:
            key = "reminder.snoozed" if is_snoozed else "reminder.on_from"
            sentence = words.t(key, weekday=weekday, time=time, date=words.weekday_and_day(next_at.date()))
        return cls(sentence, preference.is_on, is_snoozed)
