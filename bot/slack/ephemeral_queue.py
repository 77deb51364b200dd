"""Ephemeral messages that nobody asked for, such as what a reaction did, at a pace that leaves answers their calls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.named_tasks import NamedTasks
from bot.slack.web_api import call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.messages.message import Message

log = structlog.get_logger(__name__)

# chat.postEphemeral takes a hundred calls a minute of a workspace (docs.slack.dev, rate-limits, tier 4), for answers
# too.
A_MINUTE = 30
IMPORTANT_A_MINUTE = 40
# Of these one person gets so many, however often they react: others are told as well.
TO_ONE_A_MINUTE = 6
MOST_WAITING = 500
_MINUTE_SECONDS = 60.0
_METHOD = "chat.postEphemeral"
_ONE_AFTER_ANOTHER = "ephemeral messages"


@dataclass(frozen=True, slots=True)
class EphemeralMessage:
    """A message for one person, in a channel or in one of its threads."""

    user: str
    channel: str
    thread_ts: str | None
    message: Message


@dataclass(frozen=True, slots=True)
class _Waiting:
    compose: Callable[[], Awaitable[EphemeralMessage | None]]
    is_important: bool


class EphemeralQueue:
    """The ephemeral messages of a workspace that nobody asked for, sent one after another.

    In a minute it sends 30, and 10 more of those that are important, 6 in all to one person. Slack busy, it sends none
    for a minute. The rest is never told: a minute later, nobody looks there any more.
    """

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._sent: deque[tuple[float, str]] = deque(maxlen=IMPORTANT_A_MINUTE)
        self._busy_at: float | None = None
        self._tasks: NamedTasks[None] = NamedTasks()

    def begin(self, compose: Callable[[], Awaitable[EphemeralMessage | None]], *, is_important: bool = False) -> None:
        """Send soon what `compose` gives then, if anything. Without room it is not asked."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(_Waiting(compose, is_important))
            self._tasks.join(_ONE_AFTER_ANOTHER, self._send_all)

    async def drain(self, seconds: float) -> None:
        """Wait until all are sent, `seconds` at most."""
        await self._tasks.drain(seconds)

    async def _send_all(self) -> None:
        while self._waiting:
            wanted = self._waiting.popleft()
            if not self._has_room(wanted):
                continue
            try:
                message = await wanted.compose()
                if message and self._lately().count(message.user) < TO_ONE_A_MINUTE:
                    self._sent.append((self._clock.monotonic(), message.user))
                    await self._send(message)
            except SlackRefused as error:  # whoever it was for has left, say: others can be told
                log.info("an ephemeral message wasn't sent", error=str(error))
            except SlackUnreachable as error:
                log.info("ephemeral messages aren't sent for a minute", error=str(error))
                self._busy_at = self._clock.monotonic()
            except Exception:  # one that cannot be composed keeps no other waiting
                log.exception("ephemeral message not composed")

    def _has_room(self, wanted: _Waiting) -> bool:
        now = self._clock.monotonic()
        if self._busy_at is not None and now - self._busy_at < _MINUTE_SECONDS:
            return False
        return len(self._lately()) < (IMPORTANT_A_MINUTE if wanted.is_important else A_MINUTE)

    def _lately(self) -> list[str]:
        """The people to whom the messages of the last minute went, one for each message."""
        now = self._clock.monotonic()
        return [user for at, user in self._sent if now - at < _MINUTE_SECONDS]

    async def _send(self, wanted: EphemeralMessage) -> None:
        sending = self._client.chat_postEphemeral(
            channel=wanted.channel, user=wanted.user, thread_ts=wanted.thread_ts, **wanted.message.to_payload()
        )
        await call(_METHOD, sending)
