"""The team recap: what a workspace's people saved in a week, planned for a channel that wants it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.errors import NotInvited, SlackRefused, SlackUnreachable
from bot.messages.team import TeamWeekPapers, team_recap
from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.editions import team_edition
from bot.rules.outbox import HEADER, permalink
from bot.rules.permissions import ConversationKind
from bot.rules.team import WeekSaved, choose_week, told_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.team import RecapDue, Saves
    from bot.slack.conversations import Conversations
    from bot.slack.profiles import Profiles
    from bot.store import Store

log = structlog.get_logger(__name__)

_INSIDE = frozenset({ConversationKind.PUBLIC, ConversationKind.PRIVATE})
# Many channels are due at the same moment, and the week is the same for all of them.
_SAME_FOR = timedelta(minutes=1)
# Of people who saved something and of whom Slack has told nothing, it is asked about so many at most; the others are
# asked about in the course of the day.
_MOST_ASKED_ABOUT = 50
# What lies unread changes slowly, and takes longest to find.
_UNREAD_SAME_FOR = timedelta(minutes=10)


class TeamRecap:
    """Finds what a workspace's people saved, and plans the recap of it; `workspace_url` is where its messages are."""

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        conversations: Conversations,
        clock: Clock,
        *,
        team: str,
        workspace_url: str,
    ) -> None:
        self._store = store
        self._profiles = profiles
        self._conversations = conversations
        self._clock = clock
        self._team = team
        self._workspace_url = workspace_url
        self._reading: NamedTasks[WeekSaved] = NamedTasks(on_failure=ignore_failure)
        self._weeks: dict[tuple[datetime, datetime], tuple[datetime, WeekSaved]] = {}
        self._unread: tuple[datetime, tuple[Saves, ...]] | None = None

    async def find(self, channel: str | None, *, since: datetime, until: datetime) -> TeamWeekPapers:
        """A span of time as others may be told of it, with what came up in a channel, where one is named."""
        return await self._in_channel(channel, await self._read(since, until), since=since, until=until)

    async def _in_channel(
        self, channel: str | None, stored: WeekSaved, *, since: datetime, until: datetime
    ) -> TeamWeekPapers:
        if channel:
            talk = await self._store.team_saves.talked_about(self._team, channel, since=since, until=until)
            stored = replace(stored, talked_about=talk)
        known = await self._store.papers.known(told_of(stored))
        week = choose_week(stored.among(known))
        shown = [each.paper_id for each in week.papers]
        cards = {}
        if channel and self._workspace_url and shown:
            cards = await self._store.posted.cards_of(self._team, channel, shown)
        urls = {
            paper_id: permalink(self._workspace_url, str(channel), *cards[paper_id])
            if paper_id in cards
            else known[paper_id].url
            for paper_id in shown
        }
        return TeamWeekPapers(week, {paper_id: known[paper_id] for paper_id in shown}, urls)

    async def _saved(self, since: datetime, until: datetime) -> WeekSaved:
        """The saves of a span of time, read once for all channels that are due in the same minute."""
        now, span = self._clock.now(), (since, until)
        self._weeks = {each: kept for each, kept in self._weeks.items() if now - kept[0] < _SAME_FOR}
        if span in self._weeks:
            return self._weeks[span][1]
        return await asyncio.shield(self._reading.join(span, lambda: self._read_for_all(since, until)))

    async def _read_for_all(self, since: datetime, until: datetime) -> WeekSaved:
        """The saves of a span of time, with Slack asked about some of those of whom it has told nothing yet."""
        week = await self._read(since, until)
        papers = [each.paper_id for each in week.saved]
        unknown = await self._store.team_saves.unknown_savers(
            self._team, papers, since=since, until=until, limit=_MOST_ASKED_ABOUT
        )
        for person in unknown:
            try:
                await self._profiles.ask_slack(self._team, person)
            except SlackRefused as refused:  # about this person alone
                log.info("Slack says nothing of a person", error=str(refused.values.get("error")))
            except SlackUnreachable as error:
                log.info("a team recap counts people whom Slack has told nothing of", error=str(error))
                break
        return await self._read(since, until) if unknown else week

    async def _read(self, since: datetime, until: datetime) -> WeekSaved:
        now, saves = self._clock.now(), self._store.team_saves
        if self._unread is None or now - self._unread[0] >= _UNREAD_SAME_FOR:
            self._unread = (now, await saves.unread(self._team, before=since))
        week = WeekSaved(
            saved=await saves.saved(self._team, since=since, until=until),
            unread=self._unread[1],
            crowd=await saves.crowd(self._team),
        )
        self._weeks[since, until] = (now, week)
        return week

    async def plan(self, channel: Channel, due: RecapDue) -> Edition | None:
        """Plan the recap that a channel is due, once; None when there is none to deliver.

        None comes of a week without news, which leaves no trace, and to a channel that began to want recaps since.
        """
        wanted_since = await self._store.channels.last_changed(channel.team, channel.id, "team_recap")
        if wanted_since and wanted_since >= due.until:
            return None
        week = await self._saved(due.since, due.until)
        found = await self._in_channel(channel.id, week, since=due.since, until=due.until)
        if not found.week.has_news:
            return None
        if not await self._is_among_ourselves(channel):
            found = TeamWeekPapers(found.week.without_names(), found.papers, found.urls)
        zone, edition = ZoneInfo(channel.settings.timezone), team_edition(due.week)
        message = team_recap(
            week=found,
            first=due.since.astimezone(zone).date(),
            last=due.until.astimezone(zone).date(),
            language=channel.settings.language,
        )
        part = to_part(message, edition, HEADER, message.shows)
        deliveries = to_deliveries(channel.team, channel.id, edition, [part])
        if not await self._store.outbox.plan(deliveries, now=self._clock.now()):
            return None
        # Somebody may have taken their name back since the week was read.
        names = {name for each in found.week.papers if each.saves for name in each.saves.named}
        await self._store.team_saves.hide_names_taken_back(channel.team, names)
        return edition

    async def _is_among_ourselves(self, channel: Channel) -> bool:
        """Whether only people of this workspace read a channel, as Slack says now; not where it says nothing."""
        try:
            conversation = await self._conversations.fetch(channel.id)
        except (NotInvited, SlackRefused, SlackUnreachable) as error:
            log.info("a team recap comes without names", channel=channel.id, error=str(error))
            return False
        return conversation.kind in _INSIDE
