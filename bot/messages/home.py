"""The Home tab: the latest papers, a reading list, channels and their settings, a language, and what can be asked.

How much of each text is shown is decided here, so that the whole keeps to a hundred blocks and to 10,000 characters,
whatever the texts are.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.channels import state_line
from bot.messages.help import EXAMPLE_ID
from bot.messages.paper_text import (
    feed_facts,
    format_some_authors,
    format_title,
    format_upvotes,
    in_one_line,
    unbroken,
)
from bot.rules.entry_points import EntryPoint
from bot.rules.home import PAPERS_SHOWN
from bot.rules.reading_list import PAGE_SIZE
from bot.templating.catalogues import catalogue, languages, named_languages
from bot.templating.environment import render_view
from bot.text.clean import isolated, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.entry_points import ClosedEntryPoint
    from bot.rules.home import Home, HomeChannel, HomeState, PaperOfDay
    from bot.rules.reading_list import SavedPaper
    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

# Lengths in characters.
_TITLE = 100
# Of a label for screen readers, of the 75 that Slack takes.
_ALOUD_TITLE = 45
_FACTS = 100
_SETTINGS = 120
_NAMED = 1
# The value of the choice that follows Slack's language.
AUTOMATIC = "auto"
_COMMANDS = ("list", "settings", "help")


def home_tab(
    *,
    home: Home,
    state: HomeState,
    language: str,
    now: datetime,
    emoji: str,
    version: str,
    has_model: bool,
    closed: Sequence[ClosedEntryPoint] = (),
) -> Block:
    """A person's Home tab, looked at as `state` says; with `has_model` more languages can be chosen.

    `closed` are the entry points that cannot be used, which are not offered and are told with their reasons.
    """
    words, latest = catalogue(language), home.latest
    papers = [_Paper.of(each, home.saved) for each in latest.papers[:PAPERS_SHOWN]] if latest else []
    pages = max(1, -(-home.total // PAGE_SIZE))
    channels = home.channels
    view = render_view(
        "home",
        language,
        example=papers[0] if papers and state.teaches else None,
        day=unbroken(words.weekday_and_day(latest.day)) if latest else None,
        papers=papers,
        listed=latest.listed if latest else 0,
        list_url=latest.url if latest else "",
        entries=[_Entry.of(each, words) for each in home.entries[:PAGE_SIZE]],
        total=home.total,
        page=home.page,
        pages=pages,
        newer=str(home.page - 1) if home.page > 1 else None,
        older=str(home.page + 1) if home.page < pages else None,
        channels=[_Channel.of(each, language, now) for each in channels.shown] if channels else [],
        channels_note=_channels_note(home, words),
        spoken=_spoken(home, language, words),
        languages=_offered(home, words, has_model=has_model),
        chosen=home.chosen_language or AUTOMATIC,
        help=_help(papers[0].id if papers else EXAMPLE_ID, closed, words),
        closed=[each for each in closed if each.entry_point.concerns_everybody],
        how=_how_to_save(closed, emoji, words),
        version=version,
    )
    mark = hashlib.sha256(json.dumps(view["blocks"], sort_keys=True).encode()).hexdigest()[:16]
    return {**view, "private_metadata": replace(state, page=home.page, mark=mark).to_metadata()}


def _channels_note(home: Home, words: Catalogue) -> str:
    if home.channels is None:
        return words.t("home.channels_unknown")
    if not home.channels.shown:
        return words.t("home.no_channels")
    return words.t("home.channels_more", count=home.channels.more) if home.channels.more else ""


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
    can_react = all(each.entry_point is not EntryPoint.REACTIONS for each in closed)
    return words.t("list.how", emoji=emoji) if can_react else words.t("home.how_to_save")


def _offered(home: Home, words: Catalogue, *, has_model: bool) -> list[tuple[str, str]]:
    codes = list(named_languages() if has_model else languages())
    if home.chosen_language and home.chosen_language not in codes:
        codes.append(home.chosen_language)
    return [(AUTOMATIC, words.t("home.follows_slack")), *((code, words.language_name(code)) for code in codes)]


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
    def of(cls, paper: PaperOfDay, saved: frozenset[str]) -> _Paper:
        listed = paper.listed
        return cls(
            id=listed.paper.id,
            url=listed.paper.url,
            title=format_title(listed.paper, _TITLE),
            aloud=format_title(listed.paper, _ALOUD_TITLE),
            takeaway=isolated(paper.takeaway.text) if paper.takeaway else "",
            facts=_fitting([format_upvotes(listed.votes), *feed_facts(listed.paper, listed.comments)]),
            is_saved=listed.paper.id in saved,
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    url: str
    title: str
    aloud: str
    facts: str

    @classmethod
    def of(cls, entry: SavedPaper, words: Catalogue) -> _Entry:
        paper = entry.paper
        return cls(
            id=paper.id,
            url=paper.url,
            title=format_title(paper, _TITLE),
            aloud=format_title(paper, _ALOUD_TITLE),
            facts=in_one_line(
                (
                    unbroken(words.t(f"home_state.{entry.state}")),
                    format_some_authors(paper, _NAMED, words),
                    unbroken(words.t("list.saved", date=words.short_date(entry.saved_at.date()))),
                )
            ),
        )


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


def _fitting(facts: Sequence[str]) -> str:
    """As many of the facts as there is room for, in one line."""
    shown: list[str] = []
    for fact in facts:
        if sum(map(len, [*shown, fact])) + 3 * len(shown) <= _FACTS:
            shown.append(fact)
    return in_one_line(shown)
