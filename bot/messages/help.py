"""Help on `/paper`, for people who ask for it or typed what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.list_parts import DOT
from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, shorten_readable
from bot.rules.list_emoji import EmojiRole
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.list_emoji import ListEmoji
    from bot.templating.catalogues import Catalogue

EXAMPLE_ID = "2407.21017"
LONGEST_EXAMPLE = 30  # characters that Slack shows of a button's text


def help_text(
    *,
    language: str,
    emoji: ListEmoji,
    greeting: bool = False,
    examples: Sequence[str] = (),
    is_command: bool = True,
) -> Message:
    """The list of commands; after a `greeting`, the examples alone.

    The `examples` are things to type that have an answer now, each a button. Commands begin with `/paper` where that
    was typed, as a command.
    """
    tried = [text for example in examples if (text := shorten_readable(example, LONGEST_EXAMPLE))]
    return Message.of(
        "help_text",
        language,
        emoji=emoji.spoken_of,
        marks=marks_told(emoji, catalogue(language)),
        greeting=greeting,
        examples=tried,
        is_command=is_command,
    )


def marks_told(emoji: ListEmoji, words: Catalogue) -> str:
    """The emoji that mark a paper as reading or read, as far as a workspace has such, and their meaning."""
    named = {EmojiRole.READING: emoji.reading, EmojiRole.DONE: emoji.done}
    return DOT.join(words.t(f"emoji.means_{role}", emoji=f":{names[0]}:") for role, names in named.items() if names)


def needs_paper(*, verb: str, language: str, is_command: bool = True) -> Message:
    """Answer to people who type `save`, `remove`, `share` or `cite` or ask for a paper without a `verb`, and name none.

    The example begins with `/paper` where that was typed, as a command.
    """
    words = catalogue(language)
    command = "/paper" if is_command else ""
    example = " ".join(filter(None, (command, words.listed(f"command.{verb}")[0] if verb else "", EXAMPLE_ID)))
    return Message.of("_sentence", language, sentence=words.t("help.needs_paper", example=example))


def links_taken(*, url: str, language: str) -> Message:
    """Answer to people who paste a link that leads to no paper here: which links do."""
    words = catalogue(language)
    sentence = words.t("help.links_taken", link=shorten_readable(url, NAME_LENGTH))
    return Message.of("_sentence", language, sentence=sentence)
