"""Once a day: what was left long ago is deleted, and what nothing needs any more is cleared away."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.schedule.jobs import Jobs
    from bot.schedule.summaries import LateSummaries
    from bot.store import Maintenance, Memberships, SummaryFailures

log = structlog.get_logger(__name__)

# Longer than anybody asks again for a paper's summary.
_TRIES_KEPT = timedelta(days=60)


class CleanUp:
    """Cleans up the store; `retention` is how long what belongs to a channel is kept once it was left."""

    def __init__(
        self,
        memberships: Memberships,
        summary_failures: SummaryFailures,
        maintenance: Maintenance,
        summaries: LateSummaries,
        jobs: Jobs,
        *,
        retention: timedelta,
    ) -> None:
        self._memberships = memberships
        self._summary_failures = summary_failures
        self._maintenance = maintenance
        self._summaries = summaries
        self._jobs = jobs
        self._retention = retention
        self._done_on: date | None = None

    async def begin_due(self, now: datetime) -> None:
        """Delete the data of channels that were left, and begin to prune the store, once a day."""
        if self._done_on == now.date():
            return
        self._done_on = now.date()
        self._summaries.forget_written()
        await self._summary_failures.prune(before=now - _TRIES_KEPT)
        channels, teams = await self._memberships.forget_left(before=now - self._retention)
        if channels or teams:
            log.info("deleted expired data", channels=channels, workspaces=teams)
        self._jobs.begin(Job(JobKind.CLEAN_UP), partial(self._prune, now))

    async def _prune(self, now: datetime) -> None:
        """Prune the store once nothing is being sent: a due minute has no time for it."""
        await self._jobs.settle_others()
        await self._maintenance.prune(now=now)
