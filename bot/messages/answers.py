"""Answers to commands and clicks beside cards and lists: what is under way, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, shorten_readable
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.errors import PaperboyError
    from bot.templating.blocks import Block

_SENTENCE_VALUE = 200
# docs.slack.dev, reference/views
_MOST_BLOCKS = 100
_SUGGESTED_TITLE = 120
_MOST_SUGGESTED = 5
# What an error says of the machine Paperboy runs on, which is the business of whoever runs it.
_OF_THE_MACHINE = frozenset({"path", "host", "port"})


def looking_up(*, ids: Sequence[str], language: str, more: int = 0) -> Message:
    """Said at once, while papers not known yet are fetched; `more` were asked for and will not be."""
    return Message.of("looking_up", language, count=len(ids), ids=", ".join(ids), more=more)


def papers_suggested(*, typed: str, papers: Sequence[tuple[str, str]], language: str) -> Message:
    """A question whether one of these papers, each an ID and a title, is meant: what was `typed` is no ID.

    The title is empty where the paper isn't known yet. Without papers it says how an ID looks.
    """
    known = [(paper_id, shorten_readable(title, _SUGGESTED_TITLE) if title else "") for paper_id, title in papers]
    typed = shorten_readable(typed, NAME_LENGTH)
    return Message.of("papers_suggested", language, typed=typed, papers=known[:_MOST_SUGGESTED])


def no_such_date(*, typed: str, language: str) -> Message:
    """Answer to people who `typed` what looks like a date and is none."""
    sentence = catalogue(language).t("days.no_such_date", typed=shorten_readable(typed, NAME_LENGTH))
    return Message.of("_sentence", language, sentence=sentence)


def status(*, version: str, posting: str, has_model: bool, language: str) -> Message:
    """The version that runs, when digests are posted where it was asked, and what writes the summaries."""
    return Message.of("status", language, version=version, posting=posting, has_model=has_model)


def failure(*, error: PaperboyError, reference: str | None, language: str) -> Message:
    """An error and its remedy in one sentence, with the `reference`, if any, under which the log tells more."""
    text = format_error(error, language)
    if error.values.keys() & _OF_THE_MACHINE:
        text = catalogue(language).t("failure.out_of_order")
    return Message.of("failure", language, sentence=text, reference=reference)


def answer_modal(*, message: Message, language: str) -> Block:
    """A message as a modal, for whoever clicked where Slack takes no messages."""
    blocks: list[Block] = []
    names: set[str] = set()
    for block in message.blocks[:_MOST_BLOCKS]:
        name = block.get("block_id", "")
        is_taken = name in names
        blocks.append({key: value for key, value in block.items() if not (is_taken and key == "block_id")})
        names.update({name} - {""})
    return {**render_view("answer_modal", language), "blocks": blocks}


def format_error(error: PaperboyError, language: str) -> str:
    """An error as plain text: what went wrong and what to do about it. One without a sentence gets the general one."""
    words = catalogue(language)
    key = error.key if error.key in words.entries else "error.unexpected"
    known = {name: shorten_readable(str(value), _SENTENCE_VALUE) for name, value in error.values.items()}
    return words.t(key, **{name: known.get(name, "?") for name in words.names(key)})


def with_ignored(message: Message, *, words: str, language: str) -> Message:
    """A message with a note that some `words` were not understood; the message itself where there are none."""
    if not words:
        return message
    note = Message.of("words_ignored", language, words=shorten_readable(words, NAME_LENGTH))
    return message.followed_by(note)


def language_not_written(*, name: str, language: str) -> Message:
    """A note that nobody here writes in the language of this name."""
    sentence = catalogue(language).t("error.language_not_written", language=name)
    return Message.of("_sentence", language, sentence=sentence)


def no_such_language(*, name: str, language: str) -> Message:
    """A note that no language has this name, and what to type instead."""
    example = f"{catalogue(language).listed('command.language')[0]} ko"
    sentence = catalogue(language).t("language.no_such", name=name, example=example)
    return Message.of("_sentence", language, sentence=sentence)


def searching_arxiv(*, language: str) -> Message:
    """Said at once, while arXiv is asked, which takes one question every three seconds."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("search.searching_arxiv"))


def no_longer_asked(*, language: str) -> Message:
    """Said in place of a reply to what somebody has edited out of their message."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("elsewhere.no_longer_asked"))


def answered_privately(*, language: str) -> Message:
    """Said where everybody reads it, in place of an answer that only the asker may see and got directly."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("elsewhere.private"))


def answered_elsewhere(message: Message, *, channel: str, language: str) -> Message:
    """An answer that reaches somebody in a direct message, and what it is about; the message itself for no channel."""
    if not channel:
        return message
    about = Message.of("answered_elsewhere", language, channel=channel)
    return about.followed_by(message)
