"""Arguments that several commands share, and what each command does before its own work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from bot.cli.output import hidden, print_error
from bot.clock import SystemClock
from bot.errors import NotADate, NotALanguage
from bot.logs import configure_logs
from bot.rules.feeds import HUGGING_FACE
from bot.settings import LogLevel, Settings, misspelt_settings, read_settings
from bot.text.languages import read_language_code

WRITTEN_WITHIN = timedelta(minutes=5)
Day = Annotated[
    str | None, typer.Option("--date", help="UTC day, such as 2024-07-31. Default: the latest complete weekday.")
]
Language = Annotated[str | None, typer.Option("--language", help="Language code, such as en or ko.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_day(text: str | None) -> date:
    """A day as it is typed, the latest complete one that can have papers where none is. Raises `NotADate`."""
    if text is None:
        return HUGGING_FACE.last_listing_day(SystemClock().now())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotADate(text=text) from None


def read_language(text: str | None) -> str | None:
    """The code of a language as it is typed; None where none is. Raises `NotALanguage`."""
    if text is None:
        return None
    code = read_language_code(text)
    if code is None:
        raise NotALanguage(text=text)
    return code


def start(level: LogLevel | None = None, *, to_run: bool = False) -> Settings:
    """Read the settings and set the log up by them, at this `level` if one is given. Raises `SettingsUnusable`."""
    settings = read_settings(to_run=to_run)
    hidden.update(settings.secrets)
    configure_logs(level or settings.log_level, settings.log_format, secrets=settings.secrets)
    if to_run:
        for sentence in misspelt_settings():
            print_error(sentence)
    return settings
