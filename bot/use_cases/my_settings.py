"""A person's own settings, read and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.rules.my_settings import AUTOMATIC, LANGUAGE, REMINDERS, SHOWS_NAME, MySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.clock import Clock
    from bot.store import People
    from bot.use_cases.languages import AnswerLanguages
    from bot.use_cases.reminders import ReminderChoices


@dataclass(frozen=True, slots=True)
class MySettingsChoices:
    """Reads and changes what people choose for themselves. Every method raises `StoreError`."""

    people: People
    languages: AnswerLanguages
    reminders: ReminderChoices
    clock: Clock

    async def current(self, team: str, user: str) -> MySettings:
        """The choices of a person."""
        person = await self.people.find(team, user)
        preference, _ = await self.reminders.current(team, user)
        return MySettings(
            language=person.language if person else None,
            shows_name=bool(person and person.shows_name),
            weekday=preference.weekday if preference.is_on else None,
        )

    async def change(self, team: str, user: str, changed: Mapping[str, Any]) -> None:
        """Put what a person chose in the place of what they had, field by field.

        Raises `NotALanguage` and `LanguageNotWritten`.
        """
        if LANGUAGE in changed:
            await self.languages.choose(team, user, None, changed[LANGUAGE] or AUTOMATIC)
        if SHOWS_NAME in changed:
            await self.people.choose_whether_name_is_shown(
                team, user, is_shown=changed[SHOWS_NAME], now=self.clock.now()
            )
        if REMINDERS in changed:
            weekday = changed[REMINDERS]
            if weekday is None:
                await self.reminders.turn_off(team, user)
            else:
                await self.reminders.turn_on(team, user, weekday)
