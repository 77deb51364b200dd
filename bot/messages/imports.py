"""Papers imported into a reading list: the form, how far it has come, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, shorten_readable
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

OPEN_IMPORT, UNDO_IMPORT = "open_import", "undo_import"
IMPORT_FORM, IMPORTED_TEXT = "import_papers", "imported_text"
# As much as Slack takes in a field (docs.slack.dev, plain-text input).
_LONGEST_TEXT = 3_000
_MOST_NAMED = 5


def import_offer(*, takes_files: bool, language: str) -> Message:
    """The ways to import papers, with a button for the form; `takes_files` where Paperboy can read files sent to it."""
    words = catalogue(language)
    how = words.t("imports.by_file") if takes_files else words.t("imports.form_only")
    return Message.of("import_offer", language, how=how, action=OPEN_IMPORT)


def import_form(*, language: str) -> Block:
    """The form that takes pasted texts."""
    view = render_view("import_form", language, field_name=IMPORTED_TEXT, most=_LONGEST_TEXT)
    return {**view, "callback_id": IMPORT_FORM}


def import_errors(*, language: str) -> dict[str, str]:
    """The text that Slack shows below the form's field when no paper was found in it."""
    return {IMPORTED_TEXT: catalogue(language).t("imports.nothing_in_text")}


def import_begun_modal(*, language: str) -> Block:
    """The view that replaces the form."""
    return render_view("import_begun", language)


def import_begun(*, language: str) -> Message:
    """Said at once where papers are imported, before anything is known of them."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("imports.begun"))


def import_progress(*, done: int, total: int, language: str) -> Message:
    """The progress of an import."""
    words = catalogue(language)
    return Message.of("_sentence", language, sentence=words.t("imports.progress", count=total, done=done))


def import_done(
    *, saved: int, there: int, skipped: Sequence[tuple[str, str]], can_be_undone: bool, language: str
) -> Message:
    """The outcome of an import: how many papers were saved and how many were `there` before.

    `skipped` are the parts that gave none, each with the name of the reason.
    """
    words = catalogue(language)
    sentences = [words.t("imports.saved", count=saved)]
    if there:
        sentences.append(words.t("imports.there", count=there))
    named = [_skipped(name, words.t(f"skipped.{reason}"), words) for name, reason in skipped[:_MOST_NAMED]]
    return Message.of(
        "import_done",
        language,
        sentence=" ".join(sentences),
        count=len(skipped),
        skipped=named,
        more=len(skipped) - len(named),
        can_be_undone=can_be_undone and saved > 0,
        action=UNDO_IMPORT,
    )


def import_undone(*, removed: int, language: str) -> Message:
    """Said once an import is undone."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("imports.undone", count=removed))


def import_not_undone(*, language: str) -> Message:
    """Said where an import cannot be undone any more."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("imports.too_late"))


def _skipped(name: str, reason: str, words: Catalogue) -> str:
    shown = shorten_readable(name, NAME_LENGTH)
    return words.t("imports.skipped_one", name=shown, reason=reason) if shown else reason
