"""Help on `/paper`, for people who ask for it or typed what it does not know."""

from __future__ import annotations

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, shorten_readable
from bot.templating.catalogues import catalogue

_EXAMPLE_ID = "2407.21017"


def help_text(*, language: str, emoji: str, unknown: str | None = None, suggestion: str | None = None) -> Message:
    """The list of commands; opened, when a word was `unknown`, by the `suggestion` that is nearest to it."""
    word = shorten_readable(unknown, NAME_LENGTH) if unknown else None
    return Message.of("help_text", language, unknown=word, suggestion=suggestion, emoji=emoji)


def needs_paper(*, verb: str, language: str) -> Message:
    """Answer to people who type `save`, `remove` or `share` and name no paper."""
    words = catalogue(language)
    example = f"/paper {words.listed(f'command.{verb}')[0]} {_EXAMPLE_ID}"
    return Message.of("_sentence", language, sentence=words.t("help.needs_paper", example=example))
