"""The schedule of a workspace: at each tick, every duty begins what is due."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.errors import PostingDelayed
from bot.rules.channels import ChannelState, brings_papers
from bot.schedule.closed_channels import ClosedChannels
from bot.schedule.day_lists import DayLists
from bot.schedule.delivery import EditionDelivery
from bot.schedule.departures import Departures
from bot.schedule.jobs import Jobs
from bot.schedule.look_back import LookBack
from bot.schedule.preparation import Preparation
from bot.schedule.reminders import ReminderService
from bot.schedule.serving import ChannelService
from bot.schedule.summaries import LateSummaries
from bot.schedule.team_recaps import TeamRecaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.editions.notices import Notices
    from bot.editions.reminders import ListReminders
    from bot.editions.team_recap import TeamRecap
    from bot.editions.upkeep import Upkeep
    from bot.errors import PaperboyError
    from bot.library import Library
    from bot.rules.editions import Edition
    from bot.rules.selection import Choice
    from bot.slack.profiles import Profiles
    from bot.slack.sender import OutboxSender
    from bot.store import Store
    from bot.summarizer import Summarizer

log = structlog.get_logger(__name__)


class Schedule:
    """Serves a team's channels. `fail` is called with the error when Slack lets us say nothing any more; `retention` is
    how long what belongs to a person is kept once they left. Where others share the
    database, one of them has the `lease` of the workspace and serves it. At most so many channels are planned for at a
    time as `planning` lets, so that the first are served while the last still wait for their turn.

    All that matters is in the store, so that a schedule may die at any moment and the next one goes on where it was.
    """

    def __init__(
        self,
        team: str,
        store: Store,
        library: Library,
        daily: DailyEdition,
        upkeep: Upkeep,
        list_reminders: ListReminders,
        team_recap: TeamRecap,
        notices: Notices,
        summarizer: Summarizer,
        sender: OutboxSender,
        profiles: Profiles,
        clock: Clock,
        *,
        lease: str | None,
        retention: timedelta,
        planning: asyncio.Semaphore,
        fail: Callable[[PaperboyError], None],
    ) -> None:
        self._team = team
        self._store = store
        self._library = library
        self._daily = daily
        self._summarizer = summarizer
        self._clock = clock
        self.jobs = Jobs(notices, fail, paused=lease is not None)
        self.delivery = EditionDelivery(team, store.outbox, sender, notices, self.jobs)
        self.summaries = LateSummaries(
            team, store.outbox, store.summaries, summarizer, upkeep, notices, self.delivery, self.jobs
        )
        self.service = ChannelService(
            team,
            store.channels,
            store.due_claims,
            store.outbox,
            daily,
            upkeep,
            notices,
            self.delivery,
            self.summaries,
            Preparation(team, store.listings, summarizer, self.jobs),
            TeamRecaps(team_recap, store.outbox, self.delivery, self.jobs),
            self.jobs,
            owner=sender.owner,
            lease=lease,
            planning=planning,
        )
        self.closed_channels = ClosedChannels(
            team, store.channels, store.outbox, self.service, self.delivery, self.jobs, clock
        )
        self.look_back = LookBack(
            team, store.channels, store.posted, upkeep, self.delivery, self.summaries, self.jobs, planning=planning
        )
        self.reminders = ReminderService(team, store.reminders, list_reminders, self.delivery, self.jobs, clock)
        self.departures = Departures(
            team, store.people, store.personal_data, profiles, self.jobs, clock, retention=retention
        )

    async def tick(self, now: datetime) -> None:
        """Begin all that is due at `now`, each duty whatever became of the others. Raises the error of the first that
        failed, a `StoreError` when the database did."""
        lists = DayLists(self._library, now)
        duties = (
            partial(self.service.begin_due, lists, now),
            self.delivery.begin_reporting_undelivered,
            partial(self.closed_channels.begin_due, lists, now),
            partial(self.look_back.begin_due, lists, now),
            partial(self.departures.begin_due, now),
            partial(self.summaries.catch_up, now),
            self.summaries.begin_new_sentences,
            partial(self.reminders.begin_due, now),
        )
        failures = []
        for begin in duties:
            try:
                await begin()
            except Exception as error:
                failures.append(error)
        for left in failures[1:]:
            log.error("another job failed, too", error=str(left), exc_info=left)
        if failures:
            raise failures[0]

    async def pause(self, *, after: float = 0.0) -> None:
        """Begin nothing new until `resume`, as another process may work here.

        What is under way may go on for some seconds more, and a message that is being sent then is sent to its end.
        """
        await self.jobs.pause(after=after)

    def resume(self) -> None:
        """Go on: nobody else works here now. What others wrote meanwhile is caught up with."""
        self.summaries.catch_up_again()
        self.jobs.resume()

    async def stop(self) -> None:
        """Begin nothing new; a message that is being sent is sent to its end, the rest stays in the outbox."""
        await self.jobs.stop()

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self.jobs.is_busy

    async def idle(self) -> None:
        """Wait until everything begun is done, and no summary is being written any more."""
        while self.jobs.is_busy or self._summarizer.is_busy:
            await self._summarizer.idle()
            await self.jobs.idle()

    async def post_now(self, channel_id: str) -> Choice | None:
        """Bring a channel at once what it would get next; what it got, or why nothing. None when it is not served.

        A channel that has had all since it began to be served gets the latest day that has something for it. Raises
        `PostingDelayed` or `SlackRefused` where Slack did not take it.
        """
        work = partial(self._post_now, channel_id)
        posting = await self.jobs.conversations.start_in_turn(channel_id, work)
        try:
            posted: tuple[Choice, Edition | None] | None = await asyncio.shield(posting)
        except asyncio.CancelledError:
            if posting.cancelled():  # another process goes on with it
                raise PostingDelayed from None
            raise
        if posted is None:
            return None
        choice, edition = posted
        if edition:
            await self.delivery.ensure_posted(channel_id, edition)
        return choice

    async def _post_now(self, channel_id: str) -> tuple[Choice, Edition | None] | None:
        channel = await self._store.channels.find(self._team, channel_id)
        if channel is None or channel.state is not ChannelState.ACTIVE:
            return None
        now = self._clock.now()
        lists = DayLists(self._library, now)
        pending = channel if brings_papers(channel, now) else replace(channel, cursor=None)
        answers = await self.service.answers_for(pending, lists, now)
        is_first = pending.cursor is None
        choice, edition = await self._daily.plan_papers(channel, answers, asked_at=now, only_latest=is_first)
        await self.service.bring(channel, [edition] if edition else [])
        return choice, edition
