"""A person's reading list as a message, with the menus that filter it and those of each of its papers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages.list_parts import DOT, ListEntry, list_menus, state_options
from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, NamedPaper, first_titles, format_title, shorten_readable
from bot.rules.home import leaves_out
from bot.rules.list_view import ListView
from bot.rules.reading_list import PAGE_SIZE, ReadingState
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from bot.rules.home import ListShown
    from bot.rules.list_filter import ListFilter
    from bot.templating.catalogues import Catalogue

_TITLE = 130
_NOTE = 100
_TAGS_OFFERED = 12
_ALOUD_TITLE = 45


def reading_list(shown: ListShown, *, language: str, emoji: str) -> Message:
    """One page of a person's list. Days are those of each `saved_at` in the zone it carries."""
    words, viewed = catalogue(language), ListView(shown.filter, shown.number)
    entries = [ListEntry.of(entry, words, title=_TITLE, note=_NOTE) for entry in shown.entries[:PAGE_SIZE]]
    pages = max(1, -(-shown.total // PAGE_SIZE))
    page, wanted = viewed.page, viewed.filter
    is_part = leaves_out(wanted)
    title = words.t("list.title", count=shown.unarchived) if shown.unarchived else words.t("list.empty")
    message = Message.of(
        "reading_list",
        language,
        title=words.t("list.part", count=shown.total, part=_part(wanted, words)) if is_part else title,
        view=viewed,
        removed=NamedPaper.of(shown.removed) if shown.removed else None,
        removed_aloud=format_title(shown.removed, _ALOUD_TITLE) if shown.removed else "",
        menus=[] if shown.is_empty else list_menus(shown, words, most=_TAGS_OFFERED),
        is_part=is_part,
        sought=wanted.words,
        entries=entries,
        states=state_options(words),
        page=page,
        pages=pages,
        newer=str(replace(viewed, page=min(page - 1, pages))) if page > 1 else None,
        older=str(replace(viewed, page=page + 1)) if page < pages else None,
        leading=first_titles(format_title(entry.paper) for entry in shown.entries),
        archived=shown.by_state.get(ReadingState.ARCHIVED, 0),
        emoji=emoji,
        dot=DOT,
    )
    return replace(message, shows=tuple(entry.id for entry in entries))


def _part(wanted: ListFilter, words: Catalogue) -> str:
    """The part of a list that a filter chooses, in words."""
    named = [words.t(f"home_state.{state}") for state in ReadingState if state in wanted.states]
    chosen = [
        words.t("list.all_states") if len(wanted.states) == len(ReadingState) else ", ".join(named),
        f"#{shorten_readable(wanted.tag, NAME_LENGTH)}" if wanted.tag else "",
        words.t("list.sought", words=shorten_readable(wanted.words, NAME_LENGTH)) if wanted.words else "",
    ]
    return " · ".join(filter(None, chosen))
