"""Channels served at their minute: what was begun is finished, and what is due on a local date is brought."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.rules.channels import ChannelState, brings_papers, days_due
from bot.rules.due import DueClaim, due_at, last_due_date
from bot.rules.editions import EditionKind
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import Unreachable
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.editions.daily import DailyEdition
    from bot.editions.notices import Notices
    from bot.editions.upkeep import Upkeep
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.papers import DayAnswer
    from bot.schedule.day_lists import DayLists
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.schedule.preparation import Preparation
    from bot.schedule.summaries import LateSummaries
    from bot.schedule.team_recaps import TeamRecaps
    from bot.store import Channels, DueClaims, Outbox

ASKED_AGAIN_AFTER = timedelta(minutes=5)
# How far before the latest day a first digest looks for one that has papers: holidays are empty as well.
_LOOKED_BACK = 7


class ChannelService:
    """Serves a team's channels. At most so many plan at a time as `planning` lets.

    Claims are made by `owner` while it has the `lease` of the workspace, None where nobody else may have it.
    """

    def __init__(
        self,
        team: str,
        channels: Channels,
        due_claims: DueClaims,
        outbox: Outbox,
        daily: DailyEdition,
        upkeep: Upkeep,
        notices: Notices,
        delivery: EditionDelivery,
        summaries: LateSummaries,
        preparation: Preparation,
        team_recaps: TeamRecaps,
        jobs: Jobs,
        *,
        owner: str,
        lease: str | None,
        planning: asyncio.Semaphore,
    ) -> None:
        self._team = team
        self._channels = channels
        self._due_claims = due_claims
        self._outbox = outbox
        self._daily = daily
        self._upkeep = upkeep
        self._notices = notices
        self._delivery = delivery
        self._summaries = summaries
        self._preparation = preparation
        self._team_recaps = team_recaps
        self._jobs = jobs
        self._owner = owner
        self._lease = lease
        self._planning = planning
        self._asked: dict[tuple[str, date], datetime] = {}

    async def begin_due(self, lists: DayLists, now: datetime) -> None:
        """Begin to serve every channel that is due or has something unfinished, and to prepare for those due soon."""
        unfinished: dict[str, list[Edition]] = defaultdict(list)
        for conversation, edition in await self._outbox.unfinished(self._team):
            unfinished[conversation].append(edition)
        soon: list[Channel] = []
        for channel in await self._channels.active(self._team):
            editions = await self._team_recaps.to_deliver(channel, unfinished.pop(channel.id, []), now)
            local_date = self.date_due(channel, now)
            if local_date or editions:
                work = partial(self._serve, channel, local_date, editions, lists, now)
                self._jobs.conversations.begin(channel.id, work)
            elif self._preparation.is_due(channel, now):
                soon.append(channel)
            self._team_recaps.begin_due(channel, now)
        for conversation, editions in unfinished.items():
            self._jobs.conversations.begin(conversation, partial(self._delivery.deliver, conversation, editions))
        self._preparation.begin(soon, lists, now)

    def date_due(self, channel: Channel, now: datetime) -> date | None:
        """The local date a channel is due on and has not been served on; None also just after an attempt."""
        settings = channel.settings
        local_date = last_due_date(now, settings.post_at, settings.timezone, settings.is_posting_day)
        if local_date is None or (channel.served and channel.served >= local_date):
            return None
        if channel.since and due_at(local_date, settings.post_at, settings.timezone) < channel.since:
            return None
        asked = self._asked.get((channel.id, local_date))
        return None if asked and now - asked < ASKED_AGAIN_AFTER else local_date

    async def _serve(
        self, due: Channel, local_date: date | None, editions: Sequence[Edition], lists: DayLists, now: datetime
    ) -> None:
        """Deliver what was begun, and what is due on a local date; changes to messages that are there come last."""
        begun = [edition for edition in editions if not edition.is_change]
        await self.bring(due, begun)
        if local_date is not None:
            await self.serve_date(due, local_date, lists, now)
        await self._bring_recap(due, begun, now.astimezone(ZoneInfo(due.settings.timezone)).date())
        changes = [edition for edition in editions if edition.is_change]
        await self._delivery.deliver(due.id, changes, was_active=due.state is ChannelState.ACTIVE)

    async def serve_date(self, due: Channel, local_date: date, lists: DayLists, now: datetime) -> bool:
        """Bring a channel what it is due on a local date; whether Slack took anything."""
        async with self._planning:
            claim = DueClaim(self._team, due.id, local_date, self._owner)
            if not await self._due_claims.claim(
                self._team, due.id, local_date, owner=self._owner, now=now, lease=self._lease
            ):
                return False
            channel = await self._channels.find(self._team, due.id)
        if channel is None or channel.state is not due.state:
            return False
        if channel.skip_next and brings_papers(channel, now):
            through = max(days_due(channel, now), default=HUGGING_FACE.last_settled_day(now))
            await self._due_claims.skip(self._team, channel.id, local_date, owner=self._owner, through=through, now=now)
            return False
        self._asked = {key: asked for key, asked in self._asked.items() if now - asked < ASKED_AGAIN_AFTER}
        self._asked[channel.id, local_date] = now
        answers = await self.answers_for(channel, lists, now)
        if answers and isinstance(answers[-1], Unreachable) and HUGGING_FACE.may_list_on(answers[-1].day):
            away = answers[-1].day
            self._jobs.begin(Job(JobKind.NOTICE, away), partial(self._notices.notify_away, away))
        async with self._planning:
            planned = await self._daily.plan(channel, claim, answers, asked_at=now)
        was_accepted = await self.bring(channel, planned)
        await self._bring_recap(channel, planned, local_date)
        return was_accepted

    async def _bring_recap(self, channel: Channel, editions: Sequence[Edition], local_date: date) -> None:
        """Deliver the recap that follows the first digest of its week or month, once, whoever began that digest."""
        if any(edition.kind is EditionKind.DAILY for edition in editions):
            recap = await self._upkeep.plan_recap(channel, local_date)
            await self._delivery.deliver(channel.id, recap, was_active=channel.state is ChannelState.ACTIVE)

    async def bring(self, channel: Channel, editions: Sequence[Edition]) -> bool:
        """Deliver editions, and then see to the summaries of those that bring papers; whether Slack took anything."""
        was_active = channel.state is ChannelState.ACTIVE
        was_accepted = await self._delivery.deliver(channel.id, editions, was_active=was_active)
        await self._summaries.request(channel, [each for each in editions if each.kind is EditionKind.DAILY])
        return was_accepted

    async def answers_for(self, channel: Channel, lists: DayLists, now: datetime) -> list[DayAnswer]:
        """The source's answers for the days a channel would get now; before its first digest, as far back as it takes
        for one to have papers for it."""
        answers = await lists.read(days_due(channel, now))
        if channel.cursor is not None or not answers:
            return answers
        for before in range(1, _LOOKED_BACK + 1):
            if await self._daily.has_papers(channel, answers, asked_at=now) is not False:
                break
            earlier = await lists.read([answers[0].day - timedelta(days=before)])
            if await self._daily.has_papers(channel, earlier, asked_at=now) is not False:
                return [*earlier, *answers]
        return answers
