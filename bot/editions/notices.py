"""Notices: direct messages to the operator and to channel managers about what needs a person, one a cause."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.messages import notices
from bot.rules.editions import notice_edition
from bot.rules.outbox import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.clock import Clock
    from bot.errors import ChannelClosed
    from bot.messages.message import Message
    from bot.rules.editions import Edition
    from bot.rules.entry_points import ClosedEntryPoint
    from bot.rules.outbox import DeliveryKey
    from bot.rules.papers import Paper
    from bot.rules.reports import Report
    from bot.slack.profiles import Profiles
    from bot.slack.sender import EditionReport, OutboxSender
    from bot.store import Store

log = structlog.get_logger(__name__)

_OF_LATE = timedelta(days=7)
# That one does not hold to its paper is a matter of course, and nothing a setting could change.
_NOT_HELD = "rejected"


class Notices:
    """Tells a channel's owner, or else the `operator`, what needs a person; with neither, only the log knows."""

    def __init__(
        self, team: str, store: Store, profiles: Profiles, sender: OutboxSender, clock: Clock, *, operator: str | None
    ) -> None:
        self._team = team
        self._store = store
        self._profiles = profiles
        self._sender = sender
        self._clock = clock
        self._operator = operator

    async def notify_paused(self, closed: ChannelClosed) -> None:
        """Notify whoever manages a channel that Slack closed it."""
        channel_id, error = str(closed.values["channel"]), str(closed.values["error"])
        channel = await self._store.channels.find(self._team, channel_id)
        person = (channel and channel.owner) or self._operator
        compose = partial(notices.channel_paused, channel=channel_id, error=error)
        await self._send_once(person, notice_edition(channel_id, self._clock.now().isoformat()), compose)

    async def notify_not_set_up(self, channels: Sequence[str]) -> None:
        """Notify the operator, once, of channels that Paperboy is in and nobody has set up."""
        compose = partial(notices.not_set_up, channels=channels)
        these = hashlib.sha256(" ".join(sorted(channels)).encode()).hexdigest()[:16]
        await self._send_once(self._operator, notice_edition("not_set_up", these), compose)

    async def notify_closed(self, closed: Sequence[ClosedEntryPoint]) -> None:
        """Notify the operator, once, of entry points that are closed; again when others are.

        What only the operator relies on is no news of its own: it is told when it matters.
        """
        if self._operator is None or not any(each.entry_point.concerns_everybody for each in closed):
            return
        missing = frozenset(scope for each in closed for scope in each.missing)
        if missing == await self._store.memberships.scopes_told_missing(self._team):
            return
        these = hashlib.sha256(" ".join(sorted(missing)).encode()).hexdigest()[:16]
        compose = partial(notices.closed_entry_points, closed=closed)
        await self._send_once(self._operator, notice_edition("scopes", these), compose)
        await self._store.memberships.note_scopes_told_missing(self._team, missing)

    async def notify_undelivered(self) -> None:
        """Notify the operator of messages that are refused or unconfirmed, once for each time an edition was sent."""
        for each in await self._store.outbox.undelivered(self._team):
            log.error(
                "messages rejected or unconfirmed",
                channel=each.conversation,
                edition=str(each.edition),
                refused=each.refused,
                unknown=each.unknown,
                error=each.error,
            )
            if not each.edition.is_awaited:
                compose = partial(notices.messages_undelivered, undelivered=each)
                # What was sent once more and did not arrive again is news.
                edition = notice_edition(each.conversation, f"{each.edition}:{each.asked_at.isoformat()}")
                await self._send_once(self._operator, edition, compose)
            await self._store.outbox.note_reported(self._team, each.conversation, each.edition)

    async def notify_waiting(self, channel_id: str, edition: Edition, report: EditionReport) -> None:
        """Notify the operator, once for an edition, that Slack keeps putting its messages off."""
        error = report.waiting[0][1]
        log.error("Slack delays messages", channel=channel_id, edition=str(edition), error=error)
        if edition.is_awaited:
            return
        compose = partial(notices.messages_waiting, channel=channel_id, count=len(report.waiting), error=error)
        await self._send_once(self._operator, notice_edition(channel_id, f"waiting:{edition}"), compose)

    async def notify_doubled(self, key: DeliveryKey, channel_id: str, *, is_repaired: bool) -> None:
        """Notify the operator, once, of a message that was in Slack twice; `is_repaired` when one was deleted."""
        if key.edition.is_awaited:
            return
        compose = partial(notices.message_doubled, channel=channel_id, is_repaired=is_repaired)
        edition = notice_edition(channel_id, f"doubled:{key.edition}:{key.part}")
        await self._send_once(self._operator, edition, compose)

    async def notify_failed(self, channel_id: str, error: BaseException) -> None:
        """Notify the operator of an unexpected error in a channel, once for each kind of error there."""
        reference = secrets.token_hex(3)
        log.error("posting to a channel failed", channel=channel_id, reference=reference, exc_info=error)
        compose = partial(notices.serving_failed, channel=channel_id, reference=reference)
        edition = notice_edition(channel_id, f"failed:{type(error).__name__}")
        await self._send_once(self._operator, edition, compose)

    async def notify_away(self, day: date) -> None:
        """Notify the operator, once a day, that the papers of a day wait for the source."""
        edition = notice_edition("source", day.isoformat())
        await self._send_once(self._operator, edition, partial(notices.source_away, day=day))

    async def notify_budget_spent(self) -> None:
        """Notify the operator, once a day, that the day's budget for summaries is used up."""
        today = self._clock.now().astimezone(UTC).date()
        spent = await self._store.spending.on(today, self._team)
        log.warning("the language model budget for today is used up", tokens=spent.tokens, dollars=spent.dollars)
        edition = notice_edition("budget", today.isoformat())
        await self._send_once(self._operator, edition, partial(notices.budget_spent, spent=spent))

    async def notify_given_up(self) -> None:
        """Notify the operator, at most once a day, how many summaries were given up, by cause."""
        now = self._clock.now()
        given_up = await self._store.summary_failures.given_up(now - _OF_LATE, untold=self._team)
        causes = {reason: count for reason, count in given_up.items() if reason != _NOT_HELD}
        if not causes:
            return
        log.warning("summaries given up, cards keep their extracts", **causes)
        if self._operator:
            edition = notice_edition("summaries", now.astimezone(UTC).date().isoformat())
            if not await self._send_once(self._operator, edition, partial(notices.summaries_given_up, causes=causes)):
                return
        await self._store.summary_failures.note_told(self._team, now)

    async def notify_report(self, report: Report, paper: Paper, *, is_rewritten: bool) -> None:
        """Notify the operator of a report that a summary is wrong, and whether it was rewritten."""
        log.info(
            "summary reported",
            paper=report.paper_id,
            complaint=report.complaint,
            is_rewritten=is_rewritten,
        )
        compose = partial(notices.summary_reported, report=report, paper=paper, is_rewritten=is_rewritten)
        edition = notice_edition(report.paper_id, f"report:{report.user}:{report.at.isoformat()}")
        await self._send_once(self._operator, edition, compose)

    async def _language(self, person: str) -> str:
        if not await self._profiles.is_known(self._team, person):
            await self._profiles.fetch_profile(self._team, person)
        return await self._profiles.language(self._team, person)

    async def _send_once(self, person: str | None, edition: Edition, compose: Callable[..., Message]) -> bool:
        """Send a notice once, in the person's language. False when it was sent before, or there is no person."""
        if person is None:
            return False
        message = compose(language=await self._language(person))
        notice = to_deliveries(self._team, person, edition, [to_part(message, edition, HEADER, ())])
        is_news = await self._store.outbox.plan(notice, now=self._clock.now())
        if is_news:
            await self._sender.deliver(self._team, person, edition)
        return is_news
