"""Replies to messages that people write to Paperboy: in a thread of a channel, or in a direct message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.editions.parts import to_part
from bot.errors import AnswerRefused, AnswerUnwanted, PaperboyError, StoreError
from bot.rules.editions import reply_edition
from bot.rules.incoming_messages import MESSAGE_GONE, ReplyPlan, context_since
from bot.rules.outbox import HEADER, plan_delivery

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.messages.message import Message
    from bot.rules.incoming_messages import ReplyTo
    from bot.rules.papers_in_view import PapersInView
    from bot.slack.sender import OutboxSender
    from bot.store import IncomingMessages, Posted

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Replies:
    """Sends replies through the outbox: each message of one comes once, and says what was last given for it."""

    incoming: IncomingMessages
    posted: Posted
    sender: OutboxSender
    clock: Clock

    async def give(self, to: ReplyTo, number: int, message: Message) -> None:
        """Let the message of this number, from 1, of a reply say this, now or when Slack takes it.

        Raises `AnswerUnwanted` when what it answers was edited or deleted, `AnswerRefused` when Slack does not take it
        there, and `StoreError`.
        """
        edition = reply_edition(to.message_ts, number)
        part = to_part(message, edition, HEADER, message.shows)
        planned = plan_delivery(to.team, to.channel, edition, part, thread_ts=to.thread_ts)
        plan = await self.incoming.plan_reply(
            planned, message_ts=to.message_ts, edited_ts=to.edited_ts, now=self.clock.now()
        )
        if plan is ReplyPlan.UNWANTED:
            raise AnswerUnwanted(reason="the message was edited or deleted")
        try:
            report = await self.sender.deliver(to.team, to.channel, edition)
        except StoreError:
            raise
        except PaperboyError as error:
            log.warning("reply delayed", error=str(error))
            return
        if HEADER in report.unknown:
            raise AnswerRefused(reason="nobody knows whether Slack took it")
        refused = dict(report.refused).get(HEADER)
        if refused in MESSAGE_GONE:
            raise AnswerUnwanted(reason=refused)
        if refused:
            raise AnswerRefused(reason=refused)

    async def count(self, to: ReplyTo) -> int:
        """The number of messages of a reply there are. Raises `StoreError`."""
        return await self.incoming.messages_in_reply(to.team, to.channel, to.message_ts)

    async def papers_in_view(self, to: ReplyTo) -> PapersInView:
        """The papers that a message may be about, untitled: those shown last in its thread, or in the direct message.

        In a thread where no reply showed any they are those of its first message. The numbers are those of the last
        reply that listed several, or else of that first message. Raises `StoreError`.
        """
        since = to.thread_ts or context_since(to.message_ts)
        shown = await self.incoming.papers_shown_before(
            to.team, to.channel, to.message_ts, thread_ts=to.thread_ts, since=since
        )
        first = await self.posted.papers_shown(to.team, to.channel, to.thread_ts) if to.thread_ts else ()
        lists = [papers for messages in shown for papers in reversed(messages) if len(papers) > 1]
        latest = tuple(dict.fromkeys(paper for papers in shown[0] for paper in papers)) if shown else first
        numbered = next(iter(lists), first if len(first) > 1 else latest)
        # Its patterns take 12 ms, which a start does without.
        from bot.rules.papers_in_view import PapersInView

        return PapersInView(latest, numbered)
