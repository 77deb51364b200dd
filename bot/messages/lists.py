"""Messages about saving, removing, and marking papers, noting and tagging them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, OPTION_TITLE, NamedPaper, format_title, shorten_readable
from bot.rules.reading_list import OfferedPapers, ReadingState, StayReason
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper
    from bot.templating.blocks import Block

CHOOSE_PAPERS = "choose_papers"
_NOTE = 500
# So many checkboxes fit one field (docs.slack.dev, reference/block-kit/block-elements).
_IN_A_GROUP = 10


def saved(*, paper: Paper, total: int, language: str, undo: str = "") -> Message:
    """A paper went onto a list, which now holds `total`; `undo` is the source that a button takes back."""
    return Message.of("saved", language, paper=NamedPaper.of(paper), total=total, undo=undo)


def already_saved(*, paper: Paper, total: int, language: str) -> Message:
    """A paper was on the list of `total` before."""
    return _message_about("already_saved", paper, language, total)


def removed(*, paper: Paper, total: int, language: str) -> Message:
    """A paper went off a list, which now holds `total`."""
    return _message_about("removed", paper, language, total)


def not_saved(*, paper: Paper, language: str) -> Message:
    """A paper that was to be changed or removed was not on the list."""
    return _message_about("not_saved", paper, language)


def restored(*, paper: Paper, language: str) -> Message:
    """A paper that had been removed is on the list again."""
    return _about_entry("list_done.restored", [paper], language)


def several_saved(*, papers: Sequence[Paper], language: str) -> Message:
    """Several papers went onto a list at once."""
    return _about_entry("list_done.saved", papers, language)


def save_undone(*, papers: Sequence[Paper], language: str) -> Message:
    """A save was taken back, and the papers are no longer on the list."""
    return _about_entry("list_done.save_undone", papers, language, is_listed=False)


def state_set(*, papers: Sequence[Paper], state: ReadingState, language: str, is_new: bool = False) -> Message:
    """Papers of a list have another state; with `is_new` they went onto it with that."""
    return _about_entry(f"list_saved.{state}" if is_new else f"list_done.{state}", papers, language)


def stays(
    *, papers: Sequence[Paper], because: Collection[StayReason], state: ReadingState | None, language: str
) -> Message:
    """Papers stay on the list though the emoji that saved them was taken back; *Remove* takes one off it."""
    words = catalogue(language)
    reason = next((reason for reason in StayReason if reason in because), StayReason.SOURCE)
    named = words.t(f"home_state.{state or ReadingState.TO_READ}")
    return _about_entry(f"list_stays.{reason}", papers, language, can_go=len(papers) == 1, state=named)


def noted(*, entry: SavedPaper, language: str, is_changed: bool = True, is_new: bool = False) -> Message:
    """A paper of a list with its note and its tags, which can be changed in a form; with `is_new` it went onto it."""
    words = catalogue(language)
    return Message.of(
        "entry_noted",
        language,
        paper=NamedPaper.of(entry.paper),
        key="list_saved.noted" if is_new else "list_done.noted" if is_changed else "list_done.note_shown",
        note=shorten_readable(entry.note, _NOTE) or words.t("list_done.no_note"),
        tags=[shorten_readable(tag, NAME_LENGTH) for tag in entry.tags],
    )


def note_full(*, paper: Paper, most: int, language: str) -> Message:
    """A note has no room for what was to be added to it."""
    return _about_entry("list_done.note_full", [paper], language, most=most)


def nothing_to_undo(*, language: str) -> Message:
    """Nothing was removed in the last day that could be brought back."""
    return _sentence("list_done.nothing_to_undo", language)


def brought_back(*, count: int, language: str) -> Message:
    """Several papers that had been removed, or changed, are as they were."""
    return Message.of("list_sentence", language, sentence=catalogue(language).t("list_done.brought_back", count=count))


def asks_to_clear(*, count: int, language: str) -> Message:
    """A question whether all papers are to be taken off a list, before that is done."""
    words = catalogue(language)
    return Message.of(
        "list_question",
        language,
        sentence=words.t("list_bulk.clear_question", count=count),
        yes=words.t("list_bulk.clear_yes"),
        action="list_clear",
        value="",
    )


def asks_to_set_states(*, count: int, state: ReadingState, value: str, language: str) -> Message:
    """A question whether so many papers of a list are to get a state; `value` says which, for the button."""
    words = catalogue(language)
    return Message.of(
        "list_question",
        language,
        sentence=words.t(f"list_bulk.{state}_question", count=count),
        yes=words.t(f"list_bulk.{state}_yes"),
        action="list_set_states",
        value=value,
    )


def cleared(*, count: int, undo: str, language: str) -> Message:
    """So many papers were taken off a list, which `undo` brings back."""
    sentence = catalogue(language).t("list_bulk.cleared", count=count)
    return Message.of("list_undoable", language, sentence=sentence, action="list_undo_clear", undo=undo)


def states_set(*, count: int, state: ReadingState, undo: str, language: str) -> Message:
    """So many papers of a list got a state, which `undo` takes back."""
    sentence = catalogue(language).t(f"list_bulk.{state}_done", count=count)
    return Message.of("list_undoable", language, sentence=sentence, action="list_undo_states", undo=undo)


def nothing_to_change(*, language: str) -> Message:
    """No paper of the list is one that was to be changed."""
    return _sentence("list_bulk.nothing", language)


def left_as_it_was(*, language: str) -> Message:
    """Somebody was asked, and chose that nothing is changed."""
    return _sentence("list_bulk.left", language)


def _sentence(key: str, language: str) -> Message:
    return Message.of("list_sentence", language, sentence=catalogue(language).t(key))


def _about_entry(
    key: str,
    papers: Sequence[Paper],
    language: str,
    *,
    is_listed: bool = True,
    can_go: bool = False,
    **values: object,
) -> Message:
    return Message.of(
        "about_entries",
        language,
        key=key,
        is_listed=is_listed,
        can_go=can_go,
        paper=NamedPaper.of(papers[0]),
        more=len(papers) - 1,
        values=values,
    )


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
