"""The emoji of a workspace's reading lists: told to everybody, and the form in which its admins choose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.rules.list_emoji import EmojiProblem, EmojiRole, ListEmoji
from bot.templating.catalogues import catalogue
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

CALLBACK = "emoji_settings"
# Of what can be typed into a field, in characters.
_MOST = 500


def emoji_in_use(*, emoji: ListEmoji, language: str) -> Message:
    """The emoji in use, with the button to see or change them."""
    return Message.of("emoji_in_use", language, roles=_roles(emoji, catalogue(language)))


def emoji_modal(*, emoji: ListEmoji, language: str, notice: Message | None = None) -> Block:
    """The form with the emoji in use, or with those somebody typed, and a `notice` why they were not saved."""
    view = render_view(
        "emoji_form",
        language,
        saving=_written(emoji.saving),
        reading=_written(emoji.reading),
        done=_written(emoji.done),
        most=_MOST,
    )
    above = list(notice.blocks) if notice else []
    return {**view, "blocks": [*above, *view["blocks"]], "callback_id": CALLBACK, "private_metadata": ""}


def emoji_shown_modal(*, emoji: ListEmoji, language: str) -> Block:
    """The emoji in use, for somebody who can't change them, and who can."""
    words = catalogue(language)
    return render_view("emoji_shown", language, roles=_roles(emoji, words), note=words.t("emoji.admins_only"))


def emoji_saved_modal(*, emoji: ListEmoji, language: str) -> Block:
    """The emoji in use after they were saved, in the place of the form."""
    words = catalogue(language)
    return render_view("emoji_shown", language, roles=_roles(emoji, words), note=words.t("emoji.saved"))


def emoji_saved(*, language: str) -> Message:
    """The answer that they were saved, for somebody whose form is gone."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("emoji.saved"))


def emoji_denied(*, language: str) -> Message:
    """The answer to somebody who can't change the emoji."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("emoji.admins_only"))


def emoji_notice_modal(*, key: str, language: str) -> Block:
    """A modal that stands in for the form while Slack is asked: `checking` or `saving`."""
    return render_view("emoji_notice", language, sentence=catalogue(language).t(f"modal.{key}"))


def emoji_failed_modal(message: Message, *, language: str) -> Block:
    """A modal in the place of the form that says why there is none."""
    return {**emoji_notice_modal(key="checking", language=language), "blocks": list(message.blocks)}


def emoji_errors(*, problems: Mapping[EmojiRole, EmojiProblem], language: str) -> dict[str, str]:
    """The texts that Slack shows below the fields of the form, by field."""
    words = catalogue(language)
    return {str(role): words.t(f"emoji.{problem}") for role, problem in problems.items()}


def _written(names: Sequence[str]) -> str:
    return " ".join(f":{name}:" for name in names)


def _named(emoji: ListEmoji) -> dict[EmojiRole, tuple[str, ...]]:
    return {EmojiRole.SAVE: emoji.saving, EmojiRole.READING: emoji.reading, EmojiRole.DONE: emoji.done}


def _roles(emoji: ListEmoji, words: Catalogue) -> list[str]:
    """A line for each role: its emoji, or that it has none."""
    return [
        words.t(f"emoji.means_{role}", emoji=_written(names) or words.t("emoji.none"))
        for role, names in _named(emoji).items()
    ]
