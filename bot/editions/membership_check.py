"""The membership check: the channels Paperboy is in, compared with those it believes to be in.

Events about memberships may be lost for good in an outage; Paperboy would then go on posting where it was removed, or
be silent where somebody invited it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import ChannelClosed, NotInvited
from bot.rules.channels import discrepancies

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.editions.notices import Notices
    from bot.rules.outages import Outage
    from bot.slack.conversations import Conversations
    from bot.store import Channels, Memberships

log = structlog.get_logger(__name__)

# Slack brings an event again for a little over five minutes, and an invitation among them is answered by itself.
_STILL_TO_COME = timedelta(minutes=10)
_ARCHIVED, _NOT_A_MEMBER = "is_archived", "not_in_channel"


class MembershipCheck:
    """Compares the channels of a workspace with what Slack says of them."""

    def __init__(
        self,
        channels: Channels,
        memberships: Memberships,
        directory: Conversations,
        notices: Notices,
        clock: Clock,
        *,
        team: str,
    ) -> None:
        self._channels = channels
        self._memberships = memberships
        self._conversations = directory
        self._notices = notices
        self._clock = clock
        self._team = team
        self._notify_at: datetime | None = None
        self._compared_after: Outage | None = None

    @property
    def is_due_again(self) -> bool:
        """Whether it is time to compare once more, and to tell."""
        return self._notify_at is not None and self._clock.now() >= self._notify_at

    def is_news(self, outage: Outage) -> bool:
        """Whether nothing was compared after an outage yet, by this process."""
        return outage != self._compared_after

    def schedule_comparison(self, outage: Outage | None = None) -> None:
        """Compare after an outage, or at the start, once the events that Slack still delivers of that time have
        come."""
        self._notify_at, self._compared_after = self._clock.now() + _STILL_TO_COME, outage

    async def compare(self, *, notifies: bool = True) -> None:
        """Serve no more where Paperboy is not, and tell the operator, once, where it is without anybody knowing why.

        Raises `SlackRefused`, `SlackUnreachable` or `StoreError`, and may be done again.
        """
        if notifies:
            self._notify_at = None
        seen = await self._conversations.memberships()
        if seen is None:
            return
        known = await self._channels.all_of(self._team)
        invited = {invitation.channel for invitation in await self._memberships.open_invitations(self._team)}
        found = discrepancies(known, seen, invited)
        for channel in found.archived:
            await self._close(channel, _ARCHIVED)
        for channel in found.absent:
            if await self._is_absent(channel):
                await self._close(channel, _NOT_A_MEMBER)
        if found.unknown and notifies:
            log.warning("in channels that aren't set up", channels=found.unknown)
            await self._notices.notify_not_set_up(found.unknown)

    async def _is_absent(self, channel: str) -> bool:
        """Whether Paperboy is not in a channel, asked of the channel: a list may be older than an invitation."""
        try:
            conversation = await self._conversations.fetch(channel)
        except NotInvited:
            return True
        return not conversation.has_paperboy and not conversation.is_open_to_it

    async def _close(self, channel: str, reason: str) -> None:
        log.warning("stopped posting to a channel that Paperboy isn't in", channel=channel, reason=reason)
        if await self._channels.close(self._team, channel, reason=reason, now=self._clock.now()):
            await self._notices.notify_paused(ChannelClosed(channel=channel, error=reason))
