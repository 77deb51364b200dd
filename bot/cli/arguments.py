"""Arguments that several commands share, and what each command does before its own work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.output import hidden, print_error
from bot.clock import SystemClock
from bot.errors import NotADate, NotALanguage
from bot.logs import configure_logs
from bot.rules.feeds import HUGGING_FACE
from bot.rules.slack_ids import read_user_id
from bot.settings import LogLevel, Settings, misspelt_settings, read_settings
from bot.text.clean import clean_text
from bot.text.languages import read_language_code

if TYPE_CHECKING:
    from bot.store import Store

WRITTEN_WITHIN = timedelta(minutes=5)
Day = Annotated[
    str | None, typer.Option("--date", help="UTC day, such as 2024-07-31. Default: the latest complete weekday.")
]
Language = Annotated[str | None, typer.Option("--language", help="Language code, such as en or ko.")]
User = Annotated[
    str | None, typer.Option("--user", help="User ID of the person whose reading list it is, such as U0123456789.")
]
Team = Annotated[
    str | None, typer.Option("--team", help="Workspace ID, such as T0123456789. Needed only if there are several.")
]
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


@dataclass(frozen=True, slots=True)
class Owner:
    """The person whose reading list a command is about."""

    team: str
    user: str


async def find_owner(store: Store, user: str, team: str | None) -> Owner | None:
    """The person of this ID in the workspace that is named, or in the only one there is; None, and why is printed."""
    user_id = read_user_id(user)
    if user_id is None:
        print_error(
            f"“{clean_text(user)}” isn't a user ID. Use an ID such as U0123456789, found in the person's Slack profile."
        )
        return None
    teams = await store.memberships.teams()
    if team is not None and team.strip() in teams:
        return Owner(team.strip(), user_id)
    known = ", ".join(teams)
    if not teams:
        print_error("The database has no workspace yet. Run paperboy run first.")
    elif team is not None:
        print_error(f"The database has no workspace “{clean_text(team)}”. Use one of these: {known}.")
    elif len(teams) > 1:
        print_error(f"There are several workspaces: {known}. Choose one with --team.")
    else:
        return Owner(teams[0], user_id)
    return None


def start(level: LogLevel | None = None, *, to_run: bool = False) -> Settings:
    """Read the settings and set the log up by them, at this `level` if one is given. Raises `SettingsUnusable`."""
    settings = read_settings(to_run=to_run)
    hidden.update(settings.secrets)
    configure_logs(level or settings.log_level, settings.log_format, secrets=settings.secrets)
    if to_run:
        for sentence in misspelt_settings():
            print_error(sentence)
    return settings
