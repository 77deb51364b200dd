"""Files sent to people, and their texts to copy where Slack takes no file."""

from __future__ import annotations

from dataclasses import dataclass

from bot.messages.message import Message
from bot.messages.paper_text import shorten_readable
from bot.templating.catalogues import catalogue
from bot.text.clean import shorten

# The names of buttons, before that of a format.
CITE_AS, EXPORT_AS = "cite_as_", "export_as_"
EXPORT_LIST = "export_list"
# The value of a button for all of a list: Slack wants none that is empty.
ALL_OF_LIST = "all"
# So long that it still is shown whole beside the words around it.
LONGEST_TEXT = 9_000
_LONGEST_ERROR = 100
_ALOUD = 700


@dataclass(frozen=True, slots=True)
class OtherFormats:
    """The other formats that something can be had in, each with its name for people, and of what."""

    formats: tuple[tuple[str, str], ...]
    value: str


def references(*, text: str, format_name: str, others: OtherFormats, language: str) -> Message:
    """Papers as references in a format, to copy, with a button for each of the other formats."""
    shown = text if len(text) <= LONGEST_TEXT else _whole_lines(text[:LONGEST_TEXT])
    return Message.of(
        "references",
        language,
        format=format_name,
        text=shown,
        aloud=shorten(text, _ALOUD),
        others=others,
        action=CITE_AS,
    )


def nothing_to_export(*, language: str) -> Message:
    """Said to somebody who wants a part of their list that has no papers."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("export.nothing"))


def file_under_way(*, language: str) -> Message:
    """Said at once, while a file is made."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("files.under_way"))


def file_on_its_way(*, about: str, language: str) -> Message:
    """Said above a file that is still to come; `about` says in a sentence what it is."""
    return _said("files.on_its_way", about, language)


def file_sent(*, about: str, language: str, others: OtherFormats | None = None) -> Message:
    """Said above a file that is there, with a button for each of the other formats it can be had in."""
    return Message.of("file_sent", language, sentence=about, others=others, action=EXPORT_AS)


def file_unconfirmed(*, about: str, language: str) -> Message:
    """Said above a file of which Slack does not tell whether it is there."""
    return _said("files.unconfirmed", about, language)


def file_as_text(*, about: str, language: str) -> Message:
    """Said above no file: its text was given where it was asked for."""
    return _said("files.as_text", about, language)


def file_elsewhere(*, language: str) -> Message:
    """Said where a file was asked for, which comes as a direct message."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("files.elsewhere"))


def file_below(*, language: str) -> Message:
    """Said in place of what said that a file is made, where it comes right below."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("files.below"))


def text_to_copy(*, about: str, text: str, error: str | None, command: str, language: str) -> Message:
    """The text of a file, to copy, as far as Slack shows it, and the `command` that writes all of it.

    `error` is Slack's reason for not taking the file, None where Paperboy may send none.
    """
    words = catalogue(language)
    why = words.t("files.not_allowed")
    if error is not None:
        why = words.t("files.refused", error=shorten_readable(error, _LONGEST_ERROR))
    shown = text if len(text) <= LONGEST_TEXT else _whole_lines(text[:LONGEST_TEXT])
    note = "" if shown == text else words.t("files.cut", command=command)
    return Message.of("text_to_copy", language, about=about, why=why, text=shown, note=note)


def _said(key: str, about: str, language: str) -> Message:
    words = catalogue(language)
    return Message.of("_sentence", language, sentence=words.t(key, about=about))


def _whole_lines(text: str) -> str:
    return text.rpartition("\n")[0] or text
