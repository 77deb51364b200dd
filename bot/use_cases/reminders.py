"""Reminders turned on and off, and put off, by the person who gets them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.rules.reminders import SNOOZED_FOR, next_slot

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.clock import Clock
    from bot.rules.reminders import ReminderPreference
    from bot.slack.profiles import Profiles
    from bot.store import Reminders


@dataclass(frozen=True, slots=True)
class ReminderChoices:
    """Reads and changes what people want of reminders.

    Each method gives what somebody wants by then, and when the next reminder may come, on their own clock: None when
    reminders are off, and while their time zone is not known. Every method raises `StoreError`.
    """

    reminders: Reminders
    profiles: Profiles
    clock: Clock

    async def current(self, team: str, user: str) -> tuple[ReminderPreference, datetime | None]:
        """Tell how somebody has them."""
        preference = (await self.reminders.preference(team, user)).as_of(self.clock.now())
        return preference, await self._next_at(team, user, preference)

    async def turn_on(
        self, team: str, user: str, weekday: int | None = None
    ) -> tuple[ReminderPreference, datetime | None]:
        """Remind somebody from now on, on that weekday; where none is named, on the one they have."""
        known = await self.reminders.preference(team, user)
        since = known.since if known.is_on else self.clock.now()
        day = known.weekday if weekday is None else weekday
        return await self._choose(team, user, replace(known, is_on=True, weekday=day, since=since, snoozed_until=None))

    async def turn_off(self, team: str, user: str) -> tuple[ReminderPreference, datetime | None]:
        """Remind somebody no more."""
        known = await self.reminders.preference(team, user)
        return await self._choose(team, user, replace(known, is_on=False, snoozed_until=None))

    async def snooze(
        self, team: str, user: str, for_so_long: timedelta = SNOOZED_FOR
    ) -> tuple[ReminderPreference, datetime | None]:
        """Remind somebody, who wants reminders, again after a while."""
        known = await self.reminders.preference(team, user)
        if not known.is_on:
            return known, None
        return await self._choose(team, user, replace(known, snoozed_until=self.clock.now() + for_so_long))

    async def _choose(
        self, team: str, user: str, preference: ReminderPreference
    ) -> tuple[ReminderPreference, datetime | None]:
        next_at = await self._next_at(team, user, preference)
        # Whoever's clock isn't known is looked at next minute, when Slack is asked for it.
        due_at = next_at or (self.clock.now() if preference.is_on else None)
        await self.reminders.choose(team, user, preference, due_at=due_at)
        return preference, next_at

    async def _next_at(self, team: str, user: str, preference: ReminderPreference) -> datetime | None:
        zone = await self.profiles.zone_name(team, user)
        at = next_slot(preference, zone, self.clock.now()) if zone else None
        return at.astimezone(ZoneInfo(zone)) if at and zone else None
