"""Channels that Slack let nothing into: tried again once a day, at their minute."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.rules.channels import ChannelState

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.schedule.day_lists import DayLists
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.schedule.serving import ChannelService
    from bot.store import Channels, Outbox


class ClosedChannels:
    """Tries whether a team's closed channels are open again."""

    def __init__(
        self,
        team: str,
        channels: Channels,
        outbox: Outbox,
        service: ChannelService,
        delivery: EditionDelivery,
        jobs: Jobs,
        clock: Clock,
    ) -> None:
        self._team = team
        self._channels = channels
        self._outbox = outbox
        self._service = service
        self._delivery = delivery
        self._jobs = jobs
        self._clock = clock
        self._tried: dict[str, date] = {}

    async def begin_due(self, lists: DayLists, now: datetime) -> None:
        """Begin to try each channel that is due and was not tried on that date: with what waits longest for it."""
        due = {
            channel.id: (channel, local_date)
            for channel in await self._channels.in_state(self._team, ChannelState.CLOSED)
            if (local_date := self._service.date_due(channel, now)) and self._tried.get(channel.id) != local_date
        }
        if not due:
            return
        waiting: dict[str, Edition] = {}
        for conversation, edition in await self._outbox.unfinished(self._team, closed=True):
            waiting.setdefault(conversation, edition)
        for channel, local_date in due.values():
            self._tried[channel.id] = local_date
            work = partial(self._try, channel, local_date, waiting.get(channel.id), lists, now)
            self._jobs.conversations.begin(channel.id, work)

    async def _try(
        self, channel: Channel, local_date: date, edition: Edition | None, lists: DayLists, now: datetime
    ) -> None:
        if edition:
            was_accepted = await self._delivery.deliver(channel.id, [edition])
        else:
            was_accepted = await self._service.serve_date(channel, local_date, lists, now)
        if was_accepted:
            await self._channels.reopen(self._team, channel.id, now=self._clock.now())
