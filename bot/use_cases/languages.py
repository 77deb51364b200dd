"""The language a person is answered in, told and chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.templating.language_names import read_language

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.slack.profiles import Profiles
    from bot.store import People


@dataclass(frozen=True, slots=True)
class AnswerLanguages:
    """Reads and changes the language people are answered in; only a model writes other languages than our own."""

    people: People
    profiles: Profiles
    clock: Clock
    has_model: bool

    async def is_chosen(self, team: str, user: str) -> bool:
        """Whether somebody chose their language here; else it follows their Slack's."""
        person = await self.people.find(team, user)
        return bool(person and person.language)

    async def choose(self, team: str, user: str, channel: str | None, name: str) -> tuple[str, bool]:
        """Answer somebody in the language of this name from now on: its code, and whether it is a choice of theirs.

        Raises `NotALanguage` and `LanguageNotWritten`.
        """
        chosen = read_language(name, has_model=self.has_model)
        await self.people.choose_language(team, user, chosen, now=self.clock.now())
        return await self.profiles.language(team, user, channel), chosen is not None
