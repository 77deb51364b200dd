"""An answer written to somebody directly, where nothing else reaches them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.errors import PaperboyError
from bot.messages import answers
from bot.rules.editions import answer_edition
from bot.rules.outbox import HEADER

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.messages.message import Message
    from bot.rules.requests import Request
    from bot.slack.profiles import Profiles
    from bot.slack.sender import OutboxSender
    from bot.store import Outbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DirectAnswers:
    """Answers requests by direct messages, which the outbox brings once, whatever happens."""

    outbox: Outbox
    profiles: Profiles
    sender: OutboxSender
    clock: Clock

    async def send(self, request: Request, message: Message) -> None:
        """Answer a request with a message, now or when Slack takes it. Raises `StoreError`."""
        await self.write(request.team, request.person, message, about=request.channel, cause=request.cause)

    async def write(self, team: str, person: str, message: Message, *, about: str, cause: str) -> None:
        """Answer what somebody asked in a channel with a message, once for its cause. Raises `StoreError`."""
        language = await self.profiles.language(team, person)
        answer = answers.answered_elsewhere(message, channel=about, language=language)
        mark = hashlib.sha256(message.text.encode()).hexdigest()[:12]
        edition = answer_edition(about, f"{cause}:{mark}")
        part = to_part(answer, edition, HEADER, ())
        planned = to_deliveries(team, person, edition, [part])
        if await self.outbox.plan(planned, now=self.clock.now()):
            try:
                await self.sender.deliver(team, person, edition)
            except PaperboyError as error:
                log.warning("answer delayed", error=str(error))
