"""The way out: every message Paperboy sends unasked is written to the outbox first and sent once.

`chat.postMessage` knows no idempotency key, so the outbox is what keeps a message from being sent twice: a
delivery is claimed on disk before Slack is asked and marked sent, on disk, when Slack has answered. Its
client must not retry on its own account: slack_sdk's default sends a message again when the connection was
cut behind a request Slack had accepted.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import SlackUnreachable
from bot.messages import without_images
from bot.outbox import DeliveryState, WaitUntil

if TYPE_CHECKING:
    from collections.abc import Collection

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.outbox import Delivery
    from bot.store import Store

log = structlog.get_logger(__name__)

# chat.postMessage: about one message a second and channel (docs.slack.dev, rate-limits).
PACE_SECONDS = 1.0
LEASE = timedelta(seconds=30)
_LOOK_AGAIN_SECONDS = 0.5
_MOST_FAILURES_IN_A_ROW = 5

# "Some aspect of the operation may have succeeded before the error was raised" (docs.slack.dev, chat.postMessage).
_MAYBE_TAKEN = frozenset({"fatal_error", "internal_error"})
_CERTAINLY_NOT_TAKEN = frozenset({"ratelimited", "rate_limited", "service_unavailable"})


@dataclass(frozen=True, slots=True)
class EditionReport:
    """How an edition stands after sending: how many went out just now, and what is wrong with the others."""

    sent_now: int
    sent: int
    planned: int
    in_doubt: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


class Courier:
    """Sends what the outbox holds.

    `client` must have been built with `retry_handlers=[]`; `owner` names this process in claims; `saving_emoji` give
    meaning to reactions that came before their message was marked sent.
    """

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        clock: Clock,
        *,
        owner: str,
        saving_emoji: Collection[str],
        pace_seconds: float = PACE_SECONDS,
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._owner = owner
        self._saving_emoji = saving_emoji
        self._pace_seconds = pace_seconds
        self._last_post: dict[tuple[str, str], float] = {}

    async def deliver(self, team: str, conversation: str, edition: str) -> EditionReport:
        """Send everything of an edition that is still to be sent, in order, and say how it stands.

        Raises `SlackUnreachable` when several tries in a row come to nothing; what is left stays in the outbox.
        """
        sent_now = failures = 0
        while True:
            claim = await self._store.claim(
                team, conversation, edition, owner=self._owner, now=self._clock.now(), lease=LEASE
            )
            if claim is None:
                return await self._report(team, conversation, edition, sent_now)
            if isinstance(claim, WaitUntil):
                remaining = (claim.moment - self._clock.now()).total_seconds()
                await self._clock.sleep(min(max(remaining, 0.01), _LOOK_AGAIN_SECONDS))
                continue
            await self._keep_pace(team, conversation)
            state = await _to_the_end(self._send(claim))
            sent_now += state is DeliveryState.SENT
            failures = failures + 1 if state is DeliveryState.PENDING else 0
            if failures == _MOST_FAILURES_IN_A_ROW:
                raise SlackUnreachable(
                    method="chat.postMessage", reason="it kept refusing connections or asking to wait"
                )

    async def _report(self, team: str, conversation: str, edition: str, sent_now: int) -> EditionReport:
        deliveries = await self._store.deliveries(team, conversation, edition)
        return EditionReport(
            sent_now=sent_now,
            sent=sum(delivery.state is DeliveryState.SENT for delivery in deliveries),
            planned=len(deliveries),
            in_doubt=tuple(delivery.key.part for delivery in deliveries if delivery.state is DeliveryState.IN_DOUBT),
            refused=tuple(
                (delivery.key.part, delivery.error or "")
                for delivery in deliveries
                if delivery.state is DeliveryState.REFUSED
            ),
        )

    async def _keep_pace(self, team: str, conversation: str) -> None:
        last = self._last_post.get((team, conversation))
        if last is not None:
            early = last + self._pace_seconds - self._clock.monotonic()
            if early > 0:
                await self._clock.sleep(early)
        self._last_post[team, conversation] = self._clock.monotonic()

    async def _send(self, delivery: Delivery) -> DeliveryState:
        key = delivery.key
        payload = json.loads(delivery.payload)
        thread = {"thread_ts": delivery.thread_ts} if delivery.thread_ts else {}
        try:
            answer = await self._client.api_call(
                "chat.postMessage",
                json={"channel": key.conversation, "unfurl_links": False, "unfurl_media": False, **thread, **payload},
            )
        except SlackApiError as error:
            return await self._answer_error(delivery, payload, error)
        except aiohttp.ClientConnectorError as error:
            return await self._try_later(delivery, _back_off(delivery.attempts), str(error))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return await self._doubt(delivery, f"no answer: {type(error).__name__}")
        await self._store.mark_sent(key, answer["ts"], now=self._clock.now(), saving_emoji=self._saving_emoji)
        return DeliveryState.SENT

    async def _answer_error(self, delivery: Delivery, payload: dict[str, Any], error: SlackApiError) -> DeliveryState:
        response: Any = error.response
        name = str(response.get("error", "")) if hasattr(response, "get") else ""
        if response.status_code == 429 or name in _CERTAINLY_NOT_TAKEN:
            asked = str(response.headers.get("Retry-After", ""))
            wait = float(asked) if asked.isdigit() else _back_off(delivery.attempts)
            return await self._try_later(delivery, wait, name or "ratelimited")
        if response.status_code >= 500 or name in _MAYBE_TAKEN:
            return await self._doubt(delivery, name or f"HTTP {response.status_code}")
        if name == "invalid_blocks" and _names_an_image(response):
            return await self._without_its_image(delivery, payload, name)
        await self._store.mark_refused(delivery.key, error=name)
        log.error("slack refused a message", **_told(delivery), error=name, messages=_messages(response))
        return DeliveryState.REFUSED

    async def _without_its_image(self, delivery: Delivery, payload: dict[str, Any], name: str) -> DeliveryState:
        """Slack now and then fails to fetch a good image: ask once more, then let the words go without it."""
        if delivery.error != name:
            await self._store.mark_pending(delivery.key, not_before=self._clock.now(), error=name)
            return DeliveryState.PENDING
        bare = without_images(payload)
        if bare == payload:
            await self._store.mark_refused(delivery.key, error=name)
            return DeliveryState.REFUSED
        log.warning("slack refused an image, so the message goes without it", **_told(delivery))
        await self._store.replace_payload(delivery.key, json.dumps(bare, ensure_ascii=False))
        await self._store.mark_pending(delivery.key, not_before=self._clock.now(), error="image_left_out")
        return DeliveryState.PENDING

    async def _try_later(self, delivery: Delivery, seconds: float, error: str) -> DeliveryState:
        not_before = self._clock.now() + timedelta(seconds=seconds)
        await self._store.mark_pending(delivery.key, not_before=not_before, error=error)
        log.info("slack asked to wait or was not there", **_told(delivery), seconds=seconds, error=error)
        return DeliveryState.PENDING

    async def _doubt(self, delivery: Delivery, error: str) -> DeliveryState:
        await self._store.mark_in_doubt(delivery.key, error=error)
        log.error("slack may or may not have taken a message; it is not sent again", **_told(delivery), error=error)
        return DeliveryState.IN_DOUBT


async def _to_the_end(sending: Any) -> DeliveryState:
    """Let a request that was begun be answered and written down, even when we are asked to stop meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _back_off(attempts: int) -> float:
    return float(min(2**attempts, 30))


def _names_an_image(response: Any) -> bool:
    return any("image" in message for message in _messages(response))


def _messages(response: Any) -> list[str]:
    metadata = response.get("response_metadata") or {}
    return [str(message) for message in metadata.get("messages", [])]


def _told(delivery: Delivery) -> dict[str, str]:
    key = delivery.key
    return {"channel": key.conversation, "edition": key.edition, "part": key.part}
