"""Reminders of reading lists, for whoever is due."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.editions.reminders import ListReminders
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.store import Reminders

log = structlog.get_logger(__name__)

# So many people are looked at in a minute: each may cost a users.info, of which Slack takes a hundred a minute and more
# (docs.slack.dev, rate-limits, Tier 4). In the eight hours of a slot that makes 48,000.
_LOOKED_AT = 100
_TRIED_AGAIN_AFTER = timedelta(hours=1)


class ReminderService:
    """Reminds those people of a team who are due."""

    def __init__(
        self,
        team: str,
        reminders: Reminders,
        list_reminders: ListReminders,
        delivery: EditionDelivery,
        jobs: Jobs,
        clock: Clock,
    ) -> None:
        self._team = team
        self._reminders = reminders
        self._list_reminders = list_reminders
        self._delivery = delivery
        self._jobs = jobs
        self._clock = clock
        self._pulled_back_on: date | None = None

    async def begin_due(self, now: datetime) -> None:
        """Begin to remind those who are due, a hundred at most."""
        if self._pulled_back_on != now.date():
            self._pulled_back_on = now.date()
            await self._reminders.pull_back(self._team, now=now)
        due = await self._reminders.due(self._team, now, limit=_LOOKED_AT)
        if due:
            self._jobs.begin(Job(JobKind.REMINDERS), partial(self._remind, due))

    async def _remind(self, due: list[tuple[str, datetime]]) -> None:
        for user, due_at in due:
            try:
                edition = await self._list_reminders.plan(user, due_at)
            except Exception as error:
                # Whoever's reminder fails keeps nobody else waiting.
                log.exception("a reminder failed, trying again in an hour", error=str(error))
                again = self._clock.now() + _TRIED_AGAIN_AFTER
                await self._reminders.look_again(self._team, user, due_at=due_at, next_at=again)
                continue
            if edition:
                self._jobs.conversations.begin(user, partial(self._delivery.deliver, user, [edition]))
