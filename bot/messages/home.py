"""The Home tab: a reading list, the latest papers, channels and their settings, a language, and what can be asked.

The whole keeps to a hundred blocks and to 10,000 characters, whatever the texts are. Where they are so long that this
takes leaving something out, it is the day's papers first, which stand in channels too, and the reading list last, for
which the tab is opened.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.channels import state_line
from bot.messages.files import ALL_OF_LIST, EXPORT_LIST
from bot.messages.help import EXAMPLE_ID, marks_told
from bot.messages.imports import OPEN_IMPORT
from bot.messages.list_parts import DOT, ListEntry, fitting, list_menus, state_options
from bot.messages.my_settings import language_choices
from bot.messages.paper_text import (
    feed_facts,
    format_title,
    format_upvotes,
    in_one_line,
    shorten_readable,
    unbroken,
)
from bot.rules.entry_points import EntryPoint
from bot.rules.home import CHANNELS_SHOWN, leaves_out
from bot.rules.my_settings import AUTOMATIC
from bot.rules.reading_list import PAGE_SIZE
from bot.templating.blocks import text_length
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view
from bot.text.clean import isolated, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.entry_points import ClosedEntryPoint
    from bot.rules.home import Home, HomeChannel, HomeState, ListShown, PaperOfDay
    from bot.rules.list_emoji import ListEmoji
    from bot.rules.papers import Paper
    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

# Lengths in characters.
MOST_CHARACTERS = 10_000
_TITLE = 100
# Of a label for screen readers, of the 75 that Slack takes.
_ALOUD_TITLE = 45
_SETTINGS = 120
_NOTE = 100
_WORDS_TOLD = 40
_COMMANDS = ("list", "settings", "help")


@dataclass(frozen=True, slots=True)
class _Room:
    """The room there is for everything else than the list's page, and for its longest texts."""

    papers: int
    takeaways: bool = True
    tags: int = 20
    channels: int = CHANNELS_SHOWN
    examples: bool = True
    note: int = _NOTE
    title: int = _TITLE


def _rooms(papers: int) -> tuple[_Room, ...]:
    """From what is shown of ordinary texts to what fits whatever they are."""
    return (
        _Room(papers),
        _Room(min(papers, 3), takeaways=False),
        _Room(min(papers, 3), takeaways=False, tags=10, examples=False),
        _Room(min(papers, 1), takeaways=False, tags=10, examples=False, channels=4, note=_NOTE // 2),
        _Room(0, takeaways=False, tags=5, examples=False, channels=2, note=_NOTE // 4, title=_TITLE // 2),
    )


def home_tab(
    *,
    home: Home,
    state: HomeState,
    language: str,
    now: datetime,
    emoji: ListEmoji,
    version: str,
    has_model: bool,
    closed: Sequence[ClosedEntryPoint] = (),
) -> Block:
    """A person's Home tab, looked at as `state` says; with `has_model` more languages can be chosen.

    `closed` are the entry points that cannot be used, which are not offered and are told with their reasons.
    """
    shown: Block = {}
    for room in _rooms(home.papers_shown):
        shown = _view(home, state, language, now, emoji, version, closed, room, has_model=has_model)
        if text_length(shown["blocks"]) <= MOST_CHARACTERS:
            break
    mark = hashlib.sha256(json.dumps(shown["blocks"], sort_keys=True).encode()).hexdigest()[:16]
    return {**shown, "private_metadata": replace(state, page=home.list.number, mark=mark).to_metadata()}


def _view(
    home: Home,
    state: HomeState,
    language: str,
    now: datetime,
    emoji: ListEmoji,
    version: str,
    closed: Sequence[ClosedEntryPoint],
    room: _Room,
    *,
    has_model: bool,
) -> Block:
    words, latest, listed, channels = catalogue(language), home.latest, home.list, home.channels
    papers = [_Paper.of(each, home.saved, room) for each in latest.papers[: room.papers]] if latest else []
    example = latest.papers[0].listed.paper.id if latest and latest.papers else EXAMPLE_ID
    pages = max(1, -(-listed.total // PAGE_SIZE))
    return render_view(
        "home",
        language,
        teaches=state.teaches,
        example=papers[0] if papers else None,
        seen=_who_sees_it(closed, emoji.spoken_of, words),
        day=unbroken(words.weekday_and_day(latest.day)) if latest else None,
        papers=papers,
        listed=latest.listed if latest else 0,
        list_url=latest.url if latest else "",
        has_saves=not listed.is_empty,
        removed=_Removed.of(listed.removed) if listed.removed else None,
        menus=list_menus(listed, words, most=room.tags),
        told=_told(listed, words),
        leaves_out=leaves_out(listed.filter),
        entries=[ListEntry.of(each, words, title=room.title, note=room.note) for each in listed.entries[:PAGE_SIZE]],
        states=state_options(words),
        page=listed.number,
        pages=pages,
        newer=str(listed.number - 1) if listed.number > 1 else None,
        older=str(listed.number + 1) if listed.number < pages else None,
        channels=[_Channel.of(each, language, now) for each in channels.shown[: room.channels]] if channels else [],
        channels_note=_channels_note(home, words, room),
        spoken=_spoken(home, language, words),
        languages=language_choices(home.chosen_language, words, has_model=has_model),
        chosen=home.chosen_language or AUTOMATIC,
        help=_help(example, closed, words) if room.examples else [],
        closed=[each for each in closed if each.entry_point.concerns_everybody],
        how=_how_to_save(closed, emoji.spoken_of, words),
        marks=marks_told(emoji, words) if _can_react(closed) else "",
        version=version,
        open_import=OPEN_IMPORT,
        export_list=EXPORT_LIST,
        filter=str(listed.filter) or ALL_OF_LIST,
        is_admin=home.is_admin,
        dot=DOT,
    )


def _who_sees_it(closed: Sequence[ClosedEntryPoint], emoji: str, words: Catalogue) -> str:
    """The sentence about who sees which way of saving a paper."""
    return words.t("home.who_sees_saves", emoji=emoji) if _can_react(closed) else words.t("home.nobody_sees_saves")


def _told(listed: ListShown, words: Catalogue) -> str:
    """The number of papers that are wanted of a list, and the words it was searched for."""
    if not leaves_out(listed.filter):
        return words.t("home.saved", count=listed.total)
    sought = shorten_readable(listed.filter.words, _WORDS_TOLD)
    if sought:
        return words.t("home.found_words", count=listed.total, words=sought)
    return words.t("home.found", count=listed.total)


def _channels_note(home: Home, words: Catalogue, room: _Room) -> str:
    if home.channels is None:
        return words.t("home.channels_unknown")
    if not home.channels.shown:
        return words.t("home.no_channels")
    more = home.channels.more + len(home.channels.shown[room.channels :])
    return words.t("home.channels_more", count=more) if more else ""


def _spoken(home: Home, language: str, words: Catalogue) -> str:
    key = "language.chosen" if home.chosen_language else "language.follows_slack"
    told = words.t(key, language=words.language_name(language))
    if words.language == language or home.chosen_language is None:
        return told
    return f"{told} {words.t('language.words_only', language=words.language_name(language))}"


def _help(paper_id: str, closed: Sequence[ClosedEntryPoint], words: Catalogue) -> list[_Example]:
    """Examples of what can be asked from where, for the entry points that are open."""
    shown = (
        (EntryPoint.COMMAND, "paper", f"/paper {paper_id}"),
        (EntryPoint.COMMAND, "search", f"/paper {words.t('help.example_search')}"),
        (EntryPoint.COMMAND, "latest", f"/paper {words.t('help.example_latest')}"),
        *((EntryPoint.COMMAND, name, f"/paper {words.listed(f'command.{name}')[0]}") for name in _COMMANDS),
        (EntryPoint.DIRECT_MESSAGES, "direct_messages", paper_id),
        (EntryPoint.MENTIONS, "mentions", words.t("home_help.mention", id=paper_id)),
        (EntryPoint.LINK_PREVIEWS, "link_previews", f"https://arxiv.org/abs/{paper_id}"),
        (EntryPoint.SHORTCUTS, "shortcuts", words.t("home_help.shortcut")),
    )
    is_closed = {each.entry_point for each in closed}
    return [_Example(f"home_help.{key}", example) for entry, key, example in shown if entry not in is_closed]


def _how_to_save(closed: Sequence[ClosedEntryPoint], emoji: str, words: Catalogue) -> str:
    return words.t("list.how", emoji=emoji) if _can_react(closed) else words.t("home.how_to_save")


def _can_react(closed: Sequence[ClosedEntryPoint]) -> bool:
    return all(each.entry_point is not EntryPoint.REACTIONS for each in closed)


@dataclass(frozen=True, slots=True)
class _Example:
    """Words that can be typed, and the sentence that says what comes of them, as a key of the catalogue."""

    key: str
    words: str


@dataclass(frozen=True, slots=True)
class _Paper:
    id: str
    url: str
    title: str
    aloud: str
    takeaway: str
    facts: str
    is_saved: bool

    @classmethod
    def of(cls, paper: PaperOfDay, saved: frozenset[str], room: _Room) -> _Paper:
        listed, takeaway = paper.listed, paper.takeaway if room.takeaways else None
        return cls(
            id=listed.paper.id,
            url=listed.paper.url,
            title=format_title(listed.paper, _TITLE),
            aloud=format_title(listed.paper, _ALOUD_TITLE),
            takeaway=isolated(takeaway.text) if takeaway else "",
            facts=fitting([format_upvotes(listed.votes), *feed_facts(listed.paper, listed.comments)]),
            is_saved=listed.paper.id in saved,
        )


@dataclass(frozen=True, slots=True)
class _Removed:
    id: str
    title: str
    aloud: str

    @classmethod
    def of(cls, paper: Paper) -> _Removed:
        return cls(paper.id, format_title(paper, _TITLE), format_title(paper, _ALOUD_TITLE))


@dataclass(frozen=True, slots=True)
class _Channel:
    id: str
    state: str
    settings: str
    may_change: bool

    @classmethod
    def of(cls, shown: HomeChannel, language: str, now: datetime) -> _Channel:
        words, channel = catalogue(language), shown.channel
        settings = channel.settings
        told = (
            ("setting.top", settings.top),
            ("setting.post_at", words.t("said.at", time=f"{settings.post_at:%H:%M}", zone=settings.timezone)),
            ("setting.language", words.language_name(settings.language)),
        )
        in_words = in_one_line(words.t("said.setting", setting=words.t(key), value=value) for key, value in told)
        return cls(
            id=channel.id,
            state=state_line(channel, language, now),
            settings=shorten(in_words, _SETTINGS),
            may_change=shown.may_change,
        )
