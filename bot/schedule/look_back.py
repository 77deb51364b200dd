"""Looks back at what was posted: votes brought up to date a day later and at the week's end, and summaries."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.editions.upkeep import LOOKED_BACK_FOR, look_backs_due
from bot.schedule.day_lists import is_read_since
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import datetime

    from bot.editions.upkeep import Upkeep
    from bot.rules.channels import Channel
    from bot.rules.outbox import PostedEdition
    from bot.schedule.day_lists import DayLists
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.schedule.summaries import LateSummaries
    from bot.store import Channels, Posted

LOOKS_BACK_EVERY = timedelta(minutes=15)


class LookBack:
    """Looks back at the editions of a team's channels. At most so many plan at a time as `planning` lets."""

    def __init__(
        self,
        team: str,
        channels: Channels,
        posted: Posted,
        upkeep: Upkeep,
        delivery: EditionDelivery,
        summaries: LateSummaries,
        jobs: Jobs,
        *,
        planning: asyncio.Semaphore,
    ) -> None:
        self._team = team
        self._channels = channels
        self._posted = posted
        self._upkeep = upkeep
        self._delivery = delivery
        self._summaries = summaries
        self._jobs = jobs
        self._planning = planning
        self._looked_at: datetime | None = None

    async def begin_due(self, lists: DayLists, now: datetime) -> None:
        """Every `LOOKS_BACK_EVERY`: begin whatever is due of the editions of the last days."""
        if self._looked_at and now - self._looked_at < LOOKS_BACK_EVERY:
            return
        self._looked_at = now
        due: dict[str, list[tuple[PostedEdition, list[str]]]] = defaultdict(list)
        channels = {channel.id: channel for channel in await self._channels.active(self._team)}
        for posted in await self._posted.editions_to_look_back_at(self._team, since=now - LOOKED_BACK_FOR):
            channel = channels.get(posted.conversation)
            if channel is None:  # it came to be served after the channels were read; the next look has it
                continue
            self._summaries.begin_request(channel, posted, now)
            if look_backs := look_backs_due(posted, channel.settings.timezone, now):
                due[channel.id].append((posted, look_backs))
        self._summaries.begin_reporting_given_up()
        for channel_id, editions in due.items():
            work = partial(self._update, channels[channel_id], editions, lists, now)
            self._jobs.begin(Job(JobKind.LOOK_BACK, channel_id), work)

    async def _update(
        self,
        channel: Channel,
        editions: Sequence[tuple[PostedEdition, list[str]]],
        lists: DayLists,
        now: datetime,
    ) -> None:
        """Bring editions up to date with lists read at `now` or later; until the source gives those, nothing is."""
        for posted, look_backs in editions:
            days = await self._upkeep.days_of(channel, posted)
            answers = await lists.read(days)
            if len(answers) < len(days) or not all(is_read_since(now, answer) for answer in answers):
                continue
            async with self._planning:
                planned = await self._upkeep.plan(channel, posted, look_backs, answers)
            for edition in planned:
                if edition.is_change:
                    await self._delivery.deliver(channel.id, [edition])
                else:
                    await self._delivery.begin_in_turn(channel.id, edition)
