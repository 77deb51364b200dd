"""Ahead of a channel's minute: its days are read, and the summaries of its likely papers requested."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.rules.channels import days_due
from bot.rules.due import due_at, next_due_date
from bot.rules.papers import Unreachable
from bot.rules.selection import choose
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.rules.channels import Channel
    from bot.schedule.day_lists import DayLists
    from bot.schedule.jobs import Jobs
    from bot.store import Listings
    from bot.summarizer import Summarizer

PREPARED_AHEAD = timedelta(minutes=15)


class Preparation:
    """Prepares for channels that are due within `PREPARED_AHEAD`; a day is read once in that time."""

    def __init__(self, team: str, listings: Listings, summarizer: Summarizer, jobs: Jobs) -> None:
        self._team = team
        self._listings = listings
        self._summarizer = summarizer
        self._jobs = jobs
        self._read_at: dict[date, datetime] = {}

    def is_due(self, channel: Channel, now: datetime) -> bool:
        """Whether a channel is due so soon."""
        settings = channel.settings
        next_date = next_due_date(now, settings.post_at, settings.timezone, settings.is_posting_day)
        return next_date is not None and due_at(next_date, settings.post_at, settings.timezone) - now <= PREPARED_AHEAD

    def begin(self, channels: Sequence[Channel], lists: DayLists, now: datetime) -> None:
        """Begin to prepare for channels, if there are any."""
        if channels:
            self._jobs.begin(Job(JobKind.PREPARATION), partial(self._prepare, channels, lists, now))

    async def _prepare(self, channels: Sequence[Channel], lists: DayLists, now: datetime) -> None:
        recently = {day for day, read_at in self._read_at.items() if now - read_at <= PREPARED_AHEAD}
        wanted = {day for channel in channels for day in days_due(channel, now)}
        days = sorted(wanted - recently)
        for day, answer in zip(days, await lists.read(days), strict=False):
            if not isinstance(answer, Unreachable):
                self._read_at[day] = now
        if self._summarizer.has_model:
            await self._request_summaries(channels, now)

    async def _request_summaries(self, channels: Sequence[Channel], now: datetime) -> None:
        """Request the summaries of twice as many papers as a channel gets: votes may still change their order."""
        requested = {
            (day, channel.settings.top, channel.settings.wanted, language)
            for channel in channels
            for day in days_due(channel, now)
            for language in (channel.settings.language, channel.settings.second_language)
            if language
        }
        for day, top, wanted, language in sorted(requested, key=str):
            if listing := await self._listings.find(day):
                papers = [listed.paper.id for listed in choose(listing.papers, top=2 * top, wanted=wanted)]
                await self._summarizer.request_summaries(papers, [language], team=self._team, within=timedelta(0))
