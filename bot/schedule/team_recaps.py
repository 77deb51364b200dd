"""Team recaps: each channel that wants one gets it once a week, unless there is nothing to tell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.rules.editions import EditionKind
from bot.rules.team import Waiting, recap_due, waiting_recap
from bot.schedule.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.editions.team_recap import TeamRecap
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.team import RecapDue
    from bot.schedule.delivery import EditionDelivery
    from bot.schedule.jobs import Jobs
    from bot.store import Outbox

_NOT_WANTED = "the recap is not wanted any more, or its week is over"


class TeamRecaps:
    """Brings team recaps. What a week had to tell is looked at once in a process, also where that was nothing."""

    def __init__(self, recap: TeamRecap, outbox: Outbox, delivery: EditionDelivery, jobs: Jobs) -> None:
        self._recap = recap
        self._outbox = outbox
        self._delivery = delivery
        self._jobs = jobs
        self._looked_at: dict[str, str] = {}

    def begin_due(self, channel: Channel, now: datetime) -> None:
        """Begin to bring a channel the recap that it is due, after whatever else is under way there."""
        due = recap_due(channel, now)
        if due and self._looked_at.get(channel.id) != due.week:
            self._jobs.begin(Job(JobKind.TEAM_RECAP, channel.id), partial(self._bring, channel, due))

    async def to_deliver(self, channel: Channel, editions: Sequence[Edition], now: datetime) -> list[Edition]:
        """Those of a channel's unfinished editions that may be delivered now.

        A recap waits while it is night, and is cancelled when it isn't wanted any more.
        """
        kept = []
        for edition in editions:
            waiting = waiting_recap(channel, edition.about, now) if edition.kind is EditionKind.TEAM else Waiting.OVER
            if waiting is Waiting.CANCELLED:
                await self._outbox.cancel(channel.team, channel.id, edition, why=_NOT_WANTED)
            elif waiting is Waiting.OVER:
                kept.append(edition)
        return kept

    async def _bring(self, channel: Channel, due: RecapDue) -> None:
        planned = await self._recap.plan(channel, due)
        self._looked_at[channel.id] = due.week
        if planned:
            await self._delivery.begin_in_turn(channel.id, planned, was_active=True)
