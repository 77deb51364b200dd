"""People whose accounts were deactivated: noticed at a slow pace, and erased once the retention time is over.

Slack would also tell by itself, with an event for every change to the profile of anybody: of a workspace's thousands,
who never heard of Paperboy, and each time somebody's status says that they are in a meeting. One call a week about each
person known is less, asks about nobody else, and loses nothing in an outage.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.schedule.jobs import Jobs
    from bot.slack.profiles import Profiles
    from bot.store import People, PersonalData

log = structlog.get_logger(__name__)

CHECKED_AGAIN_AFTER = timedelta(days=7)
# 50,000 people a week are five a minute. users.info takes a hundred a minute (docs.slack.dev, rate-limits, tier 4).
CHECKED_A_MINUTE = 10
_ERASED_A_MINUTE = 5


class Departures:
    """Checks a few people each minute, and erases those gone for longer than `retention`."""

    def __init__(
        self,
        team: str,
        people: People,
        personal_data: PersonalData,
        profiles: Profiles,
        jobs: Jobs,
        clock: Clock,
        *,
        retention: timedelta,
    ) -> None:
        self._team = team
        self._people = people
        self._personal_data = personal_data
        self._profiles = profiles
        self._jobs = jobs
        self._clock = clock
        self._retention = retention
        self._unknown: list[str] = []
        self._listed_at: datetime | None = None

    async def begin_due(self, now: datetime) -> None:
        """Begin the checks and erasures of this minute, beside everything else."""
        self._jobs.begin(Job(JobKind.DEPARTURES), partial(self._go_on, now))

    async def _go_on(self, now: datetime) -> None:
        if self._listed_at is None or now - self._listed_at >= CHECKED_AGAIN_AFTER:
            self._unknown, self._listed_at = await self._people.unknown(self._team), now
        due = await self._people.due_for_check(self._team, before=now - CHECKED_AGAIN_AFTER, limit=CHECKED_A_MINUTE)
        more = CHECKED_A_MINUTE - len(due)
        due, self._unknown = due + self._unknown[:more], self._unknown[more:]
        for person in due:
            try:
                await self._profiles.ask_slack(self._team, person)
            except SlackRefused as refused:  # about this person alone: unknown is not gone
                log.info("Slack says nothing of a person", error=str(refused.values.get("error")))
                await self._people.note_checked(self._team, person, now=now)
            except SlackUnreachable as error:
                log.info("checking people later", error=str(error))
                return
        gone = await self._people.deactivated(self._team, before=now - self._retention, limit=_ERASED_A_MINUTE)
        for person in gone:
            await self._erase_if_still_gone(person)

    async def _erase_if_still_gone(self, person: str) -> None:
        """Erase somebody's data, unless their account is active again, or Slack says nothing just now."""
        try:
            profile = await self._profiles.ask_slack(self._team, person)
        except (SlackRefused, SlackUnreachable) as error:
            log.info("erasing a deactivated person's data later", error=str(error))
            if isinstance(error, SlackRefused):  # about this person alone, who keeps no other waiting
                await self._people.note_checked(self._team, person, now=self._clock.now())
            return
        if not profile.is_deactivated:
            return
        erasure = await self._personal_data.begin_erasure(self._team, person, at=self._clock.now())
        await self._personal_data.erase(self._team, person, erasure)
        await self._personal_data.end_request(self._team, person)
        self._profiles.forget(self._team, person)
        log.info("erased the data of a deactivated person", items=sum(erasure.counts.values()))
