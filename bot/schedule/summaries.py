"""Summaries that come after their cards: requested for what went out without them, and put on the cards."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.editions.upkeep import LOOKED_BACK_FOR
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.editions.notices import Notices
    from bot.editions.upkeep import Upkeep
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.outbox import PostedEdition
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.store import Outbox, Summaries
    from bot.summarizer import Summarizer

# How long an edition that went out with extracts may wait for a model.
SUMMARISED_WITHIN = timedelta(hours=12)
_ALL_LATELY = "all of the last days"


class LateSummaries:
    """Sees to the summaries of what a team's channels got. Without a language model it does nothing."""

    def __init__(
        self,
        team: str,
        outbox: Outbox,
        summaries: Summaries,
        summarizer: Summarizer,
        upkeep: Upkeep,
        notices: Notices,
        delivery: EditionDelivery,
        jobs: Jobs,
    ) -> None:
        self._team = team
        self._outbox = outbox
        self._summaries = summaries
        self._summarizer = summarizer
        self._upkeep = upkeep
        self._notices = notices
        self._delivery = delivery
        self._jobs = jobs
        self._written_today: set[str] = set()
        self._written_since: set[str] = set()
        self._has_caught_up = False
        self._today: date | None = None

    async def catch_up(self, now: datetime) -> None:
        """Begin, once after the start, to put summaries on cards that were written just before the end.

        Which were written since is forgotten once a day: the cards of their papers are up to date by then.
        """
        if self._today != now.date():
            self._today = now.date()
            self._written_today.clear()
        if self._has_caught_up or not self._summarizer.has_model:
            return
        self._has_caught_up = True
        papers = list(dict.fromkeys(each for each, *_ in await self._summaries.shown_since(now - LOOKED_BACK_FOR)))
        self._written_today.update(papers)
        self._written_since.update(papers)
        # One after the other: where a process takes on many workspaces, each of them has as many papers to look at.
        self._jobs.begin(Job(JobKind.CORRECTION, _ALL_LATELY), partial(self._correct_each, papers))

    def catch_up_again(self) -> None:
        """Catch up once more at the next tick: others may have written summaries meanwhile."""
        self._has_caught_up = False

    def begin_correction(self, paper_id: str) -> None:
        """Begin to update the cards of a paper that has a new summary, unless another process does."""
        if self._jobs.is_paused:
            return
        self._written_today.add(paper_id)
        self._written_since.add(paper_id)
        self._jobs.begin(Job(JobKind.CORRECTION, paper_id), partial(self._correct, paper_id))

    async def _correct_each(self, paper_ids: Sequence[str]) -> None:
        try:
            for paper_id in paper_ids:
                await self._correct(paper_id)
        except BaseException:
            self._has_caught_up = False
            raise

    async def _correct(self, paper_id: str) -> None:
        for conversation, edition in await self._upkeep.plan_corrections(self._team, paper_id):
            await self._delivery.begin_in_turn(conversation, edition)

    async def begin_new_sentences(self) -> None:
        """Begin to put the sentences of what was written since the last time into digests.

        Asked for once a minute, so that papers whose summaries come close together bring one change to a message.
        """
        if self._written_since:
            self._jobs.begin(Job(JobKind.CORRECTION), self._renew_sentences)

    async def _renew_sentences(self) -> None:
        written, self._written_since = self._written_since, set()
        try:
            planned = await self._upkeep.plan_sentences(self._team, sorted(written))
        except BaseException:
            self._written_since |= written
            raise
        for conversation, edition in planned:
            await self._delivery.begin_in_turn(conversation, edition)

    async def request(self, channel: Channel, editions: Sequence[Edition]) -> None:
        """Have the summaries of editions written that are not, and change what those that came meanwhile are not in.

        Whatever kept one from being written – a crash, a model that was away – may be over.
        """
        if not self._summarizer.has_model:
            return
        settings = channel.settings
        languages = [language for language in (settings.language, settings.second_language) if language]
        for edition in editions:
            messages = await self._outbox.deliveries(self._team, channel.id, edition)
            papers = list(dict.fromkeys(paper for message in messages for paper in message.shows))
            await self._summarizer.request_summaries(papers, languages, team=self._team, within=timedelta(0))
            written = sorted(self._written_today.intersection(papers))
            for paper_id in written:
                corrections = await self._upkeep.plan_corrections(self._team, paper_id, conversation=channel.id)
                await self._delivery.deliver(channel.id, [correction for _, correction in corrections])
            if written:
                renewed = await self._upkeep.plan_sentences(self._team, written, conversation=channel.id)
                await self._delivery.deliver(channel.id, [renewal for _, renewal in renewed])

    def begin_request(self, channel: Channel, posted: PostedEdition, now: datetime) -> None:
        """Begin to request the summaries of an edition that went out not long ago."""
        if self._summarizer.has_model and now - posted.sent_at < SUMMARISED_WITHIN:
            job = Job(JobKind.SUMMARIES, (channel.id, posted.edition))
            self._jobs.begin(job, partial(self.request, channel, [posted.edition]))

    def begin_reporting_spent_budget(self, team: str) -> None:
        """Begin to notify the operator that the day's budget of a workspace is used up, if it is this one."""
        if team == self._team:
            self._jobs.begin(Job(JobKind.NOTICE, "budget"), self._notices.notify_budget_spent)

    def begin_reporting_given_up(self) -> None:
        """Begin to tell which summaries were given up, while none is being written."""
        if self._summarizer.has_model and not self._summarizer.is_busy:
            self._jobs.begin(Job(JobKind.NOTICE, "summaries"), self._notices.notify_given_up)
