"""Editions on their way to a conversation, and what the operator is told of those that do not arrive."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.errors import PostingDelayed, SlackRefused
from bot.rules.outbox import DeliveryState
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.editions.notices import Notices
    from bot.rules.editions import Edition
    from bot.rules.outbox import DeliveryKey
    from bot.schedule.jobs import Jobs
    from bot.slack.sender import OutboxSender
    from bot.store import Outbox

_STILL_TO_COME = frozenset({DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.IN_DOUBT})


class EditionDelivery:
    """Delivers a team's editions."""

    def __init__(self, team: str, outbox: Outbox, sender: OutboxSender, notices: Notices, jobs: Jobs) -> None:
        self._team = team
        self._outbox = outbox
        self._sender = sender
        self._notices = notices
        self._jobs = jobs

    async def deliver(self, conversation: str, editions: Sequence[Edition], *, was_active: bool = False) -> bool:
        """Deliver editions, in order; whether Slack took anything.

        `was_active`, and what it raises, as for `OutboxSender.deliver`.
        """
        was_accepted = False
        for edition in editions:
            report = await self._sender.deliver(self._team, conversation, edition, was_active=was_active)
            was_accepted = was_accepted or report.sent_now > 0
            if report.refused or report.unknown:
                await self._notices.notify_undelivered()
            if report.is_put_off:
                await self._notices.notify_waiting(conversation, edition, report)
        return was_accepted

    async def begin_in_turn(self, conversation: str, edition: Edition, *, was_active: bool = False) -> None:
        """Begin to deliver an edition once nothing is under way in its conversation; `was_active` as for `deliver`."""
        await self._jobs.conversations.quiet(conversation)
        work = partial(self.deliver, conversation, [edition], was_active=was_active)
        self._jobs.conversations.begin(conversation, work)

    async def ensure_posted(self, conversation: str, edition: Edition) -> None:
        """Raises `PostingDelayed` while messages of an edition are to come, `SlackRefused` when Slack took none."""
        deliveries = await self._outbox.deliveries(self._team, conversation, edition)
        if any(each.state in _STILL_TO_COME for each in deliveries):
            raise PostingDelayed
        refused = [each for each in deliveries if each.state is DeliveryState.REFUSED]
        if refused and len(refused) == len(deliveries):
            raise SlackRefused(method="chat.postMessage", error=refused[0].error)

    async def begin_reporting_undelivered(self) -> None:
        """Begin to tell what did not arrive, if anything did not."""
        if await self._outbox.undelivered(self._team):
            self._jobs.begin(Job(JobKind.NOTICE, "undelivered"), self._notices.notify_undelivered)

    def begin_reporting_doubled(self, key: DeliveryKey, channel_id: str, is_repaired: bool) -> None:
        """Begin to tell that a message stood in Slack twice."""
        notice = Job(JobKind.NOTICE, key)
        self._jobs.begin(notice, partial(self._notices.notify_doubled, key, channel_id, is_repaired=is_repaired))
