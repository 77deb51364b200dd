"""Reminders of reading lists, for whoever is due, and the news of saved papers that these tell."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.errors import SourceUnreachable
from bot.rules.paper_news import BETWEEN_CHECKS
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.editions.reminders import ListReminders
    from bot.library import Library
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.store import NewsOfPapers, Reminders

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


class PaperNewsCheck:
    """Has the sources asked, a few papers at a time, whether saved papers have news."""

    def __init__(self, paper_news: NewsOfPapers, library: Library, jobs: Jobs) -> None:
        self._paper_news = paper_news
        self._library = library
        self._jobs = jobs
        self._looked_at: datetime | None = None

    async def begin_due(self, now: datetime) -> None:
        """Begin to check the next saved papers, when it is time for that."""
        if self._looked_at and timedelta(0) <= now - self._looked_at < BETWEEN_CHECKS:
            return
        self._looked_at = now
        self._jobs.begin(Job(JobKind.PAPER_NEWS), partial(self._check, now))

    async def _check(self, now: datetime) -> None:
        papers = await self._paper_news.next_to_check(now)
        if not papers:
            return
        try:
            await self._library.check_for_news(papers)
        except SourceUnreachable as error:
            log.info("couldn't check saved papers for news, the next round has them again", error=str(error))
