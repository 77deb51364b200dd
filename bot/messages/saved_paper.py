"""The forms about a reading list: of one saved paper, and what to search for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.list_parts import EVERYTHING, state_options
from bot.messages.paper_text import TITLE_IN_SENTENCE, format_title, shorten_readable
from bot.rules.home import form_over_home
from bot.rules.list_filter import LONGEST_WORDS
from bot.rules.list_texts import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS
from bot.rules.saved_paper_form import LONGEST_TAGS, NOTE, STATE, TAGS, FormProblem
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.rules.list_filter import ListFilter
    from bot.rules.reading_list import SavedPaper
    from bot.templating.blocks import Block

SAVED_PAPER, LIST_SEARCH = "saved_paper", "list_search"
WORDS, TAG = "words", "tag"
# So many options fit a menu (docs.slack.dev, reference/block-kit/block-elements), one of them for none.
_MOST_TAGS_OFFERED = 98
_TAG_SHOWN = 40
_LIMITS = {
    FormProblem.NOTE_TOO_LONG: LONGEST_NOTE,
    FormProblem.TAG_TOO_LONG: LONGEST_TAG,
    FormProblem.TOO_MANY_TAGS: MOST_TAGS,
}


def saved_paper_modal(
    *, entry: SavedPaper, is_saved: bool, language: str, home: str = "", message: Mapping[str, str] | None = None
) -> Block:
    """The form of a paper's state, note, and tags; sent off, it saves one that is not on the list.

    `home` is the metadata of the Home tab below it, where there is one, and `message` what is to be known of the
    message below it, to bring that up to date.
    """
    words = catalogue(language)
    view = render_view(
        "saved_paper",
        language,
        title=format_title(entry.paper, TITLE_IN_SENTENCE),
        is_saved=is_saved,
        states=state_options(words),
        state=entry.state.value,
        note=entry.note,
        tags=", ".join(entry.tags),
        names=(STATE, NOTE, TAGS),
        longest_note=LONGEST_NOTE,
        longest_tags=LONGEST_TAGS,
    )
    return {
        **view,
        "callback_id": SAVED_PAPER,
        "private_metadata": form_over_home(home, paper=entry.paper.id, **(message or {})),
    }


def saved_paper_errors(problems: Mapping[str, FormProblem], *, language: str) -> dict[str, str]:
    """The texts that Slack shows below the fields of that form."""
    words = catalogue(language)
    return {name: words.t(f"saved_paper.{problem}", most=_LIMITS[problem]) for name, problem in problems.items()}


def list_search_modal(*, sought: ListFilter, tags: Sequence[tuple[str, int]], language: str, home: str = "") -> Block:
    """The form of what to search a list for, with the most used of its tags."""
    words = catalogue(language)
    offered = dict(tags[:_MOST_TAGS_OFFERED])
    if sought.tag:
        offered.setdefault(sought.tag, dict(tags).get(sought.tag, 0))
    options = [(EVERYTHING, words.t("home_filter.any_tag"))]
    for tag, count in offered.items():
        options.append((tag, words.t("home_filter.counted", name=shorten_readable(tag, _TAG_SHOWN), count=count)))
    view = render_view(
        "list_search",
        language,
        sought=sought.words,
        longest=LONGEST_WORDS,
        tags=options if offered else [],
        tag=sought.tag or EVERYTHING,
        names=(WORDS, TAG),
    )
    return {**view, "callback_id": LIST_SEARCH, "private_metadata": form_over_home(home)}


def list_search_errors(*, language: str) -> dict[str, str]:
    """The text below the field of words that have no letter and no digit to search for."""
    return {WORDS: catalogue(language).t("list_search.no_words")}
