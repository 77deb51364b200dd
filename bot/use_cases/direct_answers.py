"""An answer written to somebody directly, where nothing else reaches them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.errors import AnswerUnwanted, PaperboyError, SlackRefused, SlackUnreachable
from bot.messages import answers
from bot.rules.editions import answer_edition
from bot.rules.outbox import HEADER, DeliveryState, plan_delivery
from bot.rules.slack_ids import is_direct_message

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.messages.message import Message
    from bot.rules.requests import Request
    from bot.slack.profiles import Profiles
    from bot.slack.sender import OutboxSender
    from bot.store import Outbox, PersonalData

log = structlog.get_logger(__name__)


_POST = "chat.postMessage"


@dataclass(frozen=True, slots=True)
class DirectPlace:
    """The place of a direct message: the conversation by its own ID, the message's time stamp there, and its thread."""

    channel: str
    ts: str
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class DirectAnswers:
    """Answers requests by direct messages, which the outbox brings once, whatever happens."""

    outbox: Outbox
    profiles: Profiles
    sender: OutboxSender
    clock: Clock
    personal_data: PersonalData

    async def send(self, request: Request, message: Message) -> None:
        """Answer a request with a message, now or when Slack takes it. Raises `StoreError`.

        Nothing is written to somebody whose data was erased since they made it: it would be stored under their ID.
        """
        if await self._is_erased(request):
            log.info("no answer to somebody whose data was erased since")
            return
        await self.write(request.team, request.person, message, about=request.channel, cause=request.cause)

    async def write(self, team: str, person: str, message: Message, *, about: str, cause: str) -> None:
        """Answer what somebody asked in a channel with a message, once for its cause. Raises `StoreError`."""
        language = await self.profiles.language(team, person)
        answer = answers.answered_elsewhere(message, channel=about, language=language)
        mark = hashlib.sha256(message.text.encode()).hexdigest()[:12]
        edition = answer_edition(about, f"{cause}:{mark}")
        planned = to_deliveries(team, person, edition, [to_part(answer, edition, HEADER, ())])
        if await self.outbox.plan(planned, now=self.clock.now()):
            try:
                await self.sender.deliver(team, person, edition)
            except PaperboyError as error:
                log.warning("answer delayed", error=str(error))

    async def stand(self, request: Request, message: Message) -> DirectPlace:
        """The place of a message that a request brings to whoever made it, sent now if it doesn't stand there yet.

        Raises `StoreError`, `SlackRefused`, `SlackUnreachable` when Slack takes it only later, if at all, and
        `AnswerUnwanted` when their data was erased since.
        """
        if await self._is_erased(request):
            raise AnswerUnwanted(reason="the data of whoever asked was erased")
        edition = answer_edition("", f"{request.cause}:{request.kind}")
        thread_ts = request.thread_ts if request.channel and is_direct_message(request.channel) else None
        part = to_part(message, edition, HEADER, ())
        planned = plan_delivery(request.team, request.person, edition, part, thread_ts=thread_ts)
        await self.outbox.plan([planned], now=self.clock.now())
        report = await self.sender.deliver(request.team, request.person, edition)
        (sent,) = await self.outbox.deliveries(request.team, request.person, edition)
        if sent.state is DeliveryState.SENT and sent.ts and sent.direct_channel:
            return DirectPlace(sent.direct_channel, sent.ts, thread_ts)
        if report.refused:
            raise SlackRefused(method=_POST, error=report.refused[0][1])
        raise SlackUnreachable(method=_POST, reason=sent.error or sent.state.value)

    async def _is_erased(self, request: Request) -> bool:
        asked = f"{request.at.timestamp():.6f}"
        return await self.personal_data.any_erased_since(request.team, [request.person], asked)
