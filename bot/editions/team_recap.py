"""The team recap: what a workspace's people saved in a week, planned for a channel that wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.errors import NotInvited, SlackRefused, SlackUnreachable
from bot.messages.team import TeamWeekPapers, team_recap
from bot.rules.editions import team_edition
from bot.rules.outbox import HEADER, permalink
from bot.rules.permissions import ConversationKind
from bot.rules.team import choose_week, told_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.team import RecapDue
    from bot.slack.conversations import Conversations
    from bot.store import Channels, Outbox, Papers, Posted, TeamSaves

log = structlog.get_logger(__name__)

_INSIDE = frozenset({ConversationKind.PUBLIC, ConversationKind.PRIVATE})


@dataclass(frozen=True, slots=True)
class TeamRecap:
    """Finds what a workspace's people saved, and plans the recap of it; `workspace_url` is where its messages are."""

    channels: Channels
    team_saves: TeamSaves
    papers: Papers
    posted: Posted
    outbox: Outbox
    conversations: Conversations
    clock: Clock
    workspace_url: str

    async def find(self, team: str, channel: str | None, *, since: datetime, until: datetime) -> TeamWeekPapers:
        """A span of time as others may be told of it, with what came up in a channel, where one is named."""
        stored = await self.team_saves.week(team, channel, since=since, until=until)
        known = await self.papers.known(told_of(stored))
        week = choose_week(stored.among(known))
        shown = [each.paper_id for each in week.papers]
        cards = await self.posted.cards_of(team, channel, shown) if channel and self.workspace_url and shown else {}
        urls = {
            paper_id: permalink(self.workspace_url, str(channel), *cards[paper_id])
            if paper_id in cards
            else known[paper_id].url
            for paper_id in shown
        }
        return TeamWeekPapers(week, {paper_id: known[paper_id] for paper_id in shown}, urls)

    async def plan(self, channel: Channel, due: RecapDue) -> Edition | None:
        """Plan the recap that a channel is due, once; None when there is none to deliver.

        None comes of a week without news, which leaves no trace, and to a channel that began to want recaps since.
        """
        wanted_since = await self.channels.last_changed(channel.team, channel.id, "team_recap")
        if wanted_since and wanted_since >= due.until:
            return None
        found = await self.find(channel.team, channel.id, since=due.since, until=due.until)
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
        planned = await self.outbox.plan(to_deliveries(channel.team, channel.id, edition, [part]), now=self.clock.now())
        return edition if planned else None

    async def _is_among_ourselves(self, channel: Channel) -> bool:
        """Whether only people of this workspace read a channel, as Slack says now; not where it says nothing."""
        try:
            conversation = await self.conversations.fetch(channel.id)
        except (NotInvited, SlackRefused, SlackUnreachable) as error:
            log.info("a team recap comes without names", channel=channel.id, error=str(error))
            return False
        return conversation.kind in _INSIDE
