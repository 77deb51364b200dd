"""A person's own settings: what they choose, and what they changed in the form that shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.rules.reminders import MONDAY, SUNDAY

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGE, SHOWS_NAME, REMINDERS = "language", "shows_name", "reminders"
# The value of the choice that follows Slack's language, and of that of no reminders.
AUTOMATIC, NO_REMINDERS = "auto", "off"


@dataclass(frozen=True, slots=True)
class MySettings:
    """The choices of a person: `language` is None where it follows Slack's, `weekday` where they want no reminders."""

    language: str | None = None
    shows_name: bool = False
    weekday: int | None = None

    def __str__(self) -> str:
        return json.dumps([self.language, self.shows_name, self.weekday])

    @classmethod
    def parse(cls, text: str) -> MySettings | None:
        """The choices that `str` wrote; None for what it did not write. Never raises."""
        try:
            language, shows_name, weekday = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            return None
        if not isinstance(language, str | None) or not isinstance(shows_name, bool):
            return None
        return cls(language, shows_name, weekday) if weekday is None or _is_weekday(weekday) else None


def read_form(view: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a person chose in the form that differs from what it showed them, by field.

    A field that they left alone may have been changed elsewhere meanwhile, and stays as it is then.
    """
    fields = (view.get("state") or {}).get("values") or {}
    shown = MySettings.parse(str(view.get("private_metadata") or ""))
    chosen: dict[str, Any] = {}
    if (language := _selected(fields, LANGUAGE)) is not None:
        chosen[LANGUAGE] = None if language == AUTOMATIC else language
    if SHOWS_NAME in fields:
        chosen[SHOWS_NAME] = bool((fields[SHOWS_NAME].get(SHOWS_NAME) or {}).get("selected_options"))
    if (reminders := _selected(fields, REMINDERS)) is not None:
        weekday = int(reminders) if len(reminders) == 1 and reminders.isdecimal() else None
        chosen[REMINDERS] = weekday if _is_weekday(weekday) else None
    if shown is None:
        return chosen
    before = {LANGUAGE: shown.language, SHOWS_NAME: shown.shows_name, REMINDERS: shown.weekday}
    return {name: value for name, value in chosen.items() if value != before[name]}


def _selected(fields: Mapping[str, Any], name: str) -> str | None:
    option = ((fields.get(name) or {}).get(name) or {}).get("selected_option")
    return str(option["value"]) if isinstance(option, dict) and "value" in option else None


def _is_weekday(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and MONDAY <= value <= SUNDAY
