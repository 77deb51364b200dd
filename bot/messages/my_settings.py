"""A person's own settings: told, and the form that changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.rules.my_settings import AUTOMATIC, NO_REMINDERS
from bot.rules.reminders import SENT_FROM
from bot.templating.catalogues import catalogue, languages, named_languages
from bot.templating.environment import render_view

if TYPE_CHECKING:
    from bot.rules.my_settings import MySettings
    from bot.templating.blocks import Block
    from bot.templating.catalogues import Catalogue

CALLBACK = "my_settings"


def my_settings(*, settings: MySettings, language: str) -> Message:
    """The settings of the person who asks, with the button that opens their form."""
    words = catalogue(language)
    return Message.of("my_settings", language, chosen=_chosen(settings, words))


def my_settings_modal(*, settings: MySettings, has_model: bool, language: str) -> Block:
    """The form with a person's own settings as they are."""
    words = catalogue(language)
    view = render_view(
        "my_settings_form",
        language,
        languages=language_choices(settings.language, words, has_model=has_model),
        spoken=settings.language or AUTOMATIC,
        shows_name=settings.shows_name,
        days=[(NO_REMINDERS, words.t("my_settings.no_reminders")), *_days(words)],
        day=NO_REMINDERS if settings.weekday is None else str(settings.weekday),
        at=f"{SENT_FROM:%H:%M}",
    )
    return {**view, "callback_id": CALLBACK, "private_metadata": str(settings)}


def language_choices(chosen: str | None, words: Catalogue, *, has_model: bool) -> list[tuple[str, str]]:
    """The languages that somebody can be answered in, the one `chosen` among them, and first that of their Slack."""
    codes = list(named_languages() if has_model else languages())
    if chosen and chosen not in codes:
        codes.append(chosen)
    return [(AUTOMATIC, words.t("home.follows_slack")), *((code, words.language_name(code)) for code in codes)]


def my_settings_error(*, sentence: str) -> dict[str, str]:
    """The text that Slack shows below the field of that form whose language nobody here writes."""
    return {"language": sentence}


def _days(words: Catalogue) -> list[tuple[str, str]]:
    return [
        (str(number), words.t("my_settings.weekday", weekday=name))
        for number, name in enumerate(words.listed("dates.weekdays"))
    ]


def _chosen(settings: MySettings, words: Catalogue) -> list[tuple[str, str]]:
    """The name of each setting, and what it is."""
    language = words.language_name(settings.language) if settings.language else words.t("home.follows_slack")
    reminders = words.t("my_settings.no_reminders")
    if settings.weekday is not None:
        reminders = dict(_days(words))[str(settings.weekday)]
    name = words.t("my_settings.name_shown" if settings.shows_name else "my_settings.name_hidden")
    return [
        (words.t("setting.language"), language),
        (words.t("my_settings.name"), name),
        (words.t("my_settings.reminders"), reminders),
    ]
