"""The way out: every message Paperboy sends unasked is written to the outbox first and sent once.

`chat.postMessage` knows no idempotency key, so the outbox is what keeps a message from being sent twice: a
delivery is claimed on disk before Slack is asked and marked sent, on disk, when Slack has answered. What is in doubt
after a crash or a time-out is looked for in Slack by the mark it carries, and sent again only when it is not there.
The client must not retry on its own account: slack_sdk's default sends a message again when the connection was cut
behind a request Slack had accepted.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog

from bot.channels import ChannelState
from bot.errors import ChannelClosed, SlackRefused, SlackUnreachable
from bot.messages import only_words, without_images
from bot.outbox import HEADER, DeliveryKind, DeliveryState, WaitUntil
from bot.refusals import Remedy
from bot.slack_answers import Refusal, answer_to, ask

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.outbox import Delivery
    from bot.store import Store

log = structlog.get_logger(__name__)

# chat.postMessage: about one message a second and channel (docs.slack.dev, rate-limits).
PACE_SECONDS = 1.0
LEASE = timedelta(seconds=30)
# After so long a request that Slack may have taken is in the channel or will never be.
ARRIVES_WITHIN = timedelta(seconds=10)
# How far apart our clock and Slack's may be.
_CLOCKS_APART = timedelta(minutes=10)
_LOOKED_THROUGH = 200
_LOOK_AGAIN_SECONDS = 0.5
_MOST_FAILURES_IN_A_ROW = 5
_POST = "chat.postMessage"
_UPDATE = "chat.update"
_HISTORY = "conversations.history"
_REPLIES = "conversations.replies"
# What makes another attempt at changing a message worth while; all else leaves it as it is.
_CHANGE_AGAIN = frozenset({Remedy.WAIT, Remedy.LOOK, Remedy.WITHOUT_IMAGE, Remedy.PAUSE_CHANNEL, Remedy.STOP})
_MARK = "paperboy_delivery"


def delivery_mark(edition: str, part: str) -> dict[str, object]:
    """The message metadata by which a message in Slack is recognised as this delivery."""
    return {"event_type": _MARK, "event_payload": {"edition": edition, "part": part}}


@dataclass(frozen=True, slots=True)
class EditionReport:
    """How an edition stands after sending: how many went out just now, and what is wrong with the others."""

    sent_now: int
    sent: int
    planned: int
    unknown: tuple[str, ...]
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
        self.owner = owner
        self._saving_emoji = saving_emoji
        self._pace_seconds = pace_seconds
        self._next_post: dict[tuple[str, str], float] = {}

    async def deliver(self, team: str, conversation: str, edition: str) -> EditionReport:
        """Send everything of an edition that is still to be sent, in order, and say how it stands.

        Raises `SlackUnreachable` when several tries in a row come to nothing, `ChannelClosed` when Slack lets nothing
        into a channel we serve, which is closed then, and `SlackRefused` when Slack lets us say nothing at all. In
        each case what is left stays in the outbox.
        """
        sent_now = failures = 0
        while True:
            claim = await self._store.claim(
                team, conversation, edition, owner=self.owner, now=self._clock.now(), lease=LEASE
            )
            if claim is None:
                return await self._report(team, conversation, edition, sent_now)
            if isinstance(claim, WaitUntil):
                remaining = (claim.moment - self._clock.now()).total_seconds()
                await self._clock.sleep(min(max(remaining, 0.01), _LOOK_AGAIN_SECONDS))
                continue
            if claim.state is DeliveryState.IN_DOUBT:
                state = await _to_the_end(self._settle(claim))
                failures += state is DeliveryState.IN_DOUBT
            else:
                await self._keep_pace(team, conversation)
                state = await _to_the_end(self._send(claim))
                sent_now += state is DeliveryState.SENT
                failures += state is DeliveryState.PENDING
            if state in {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN}:
                failures = 0
            if failures == _MOST_FAILURES_IN_A_ROW:
                raise SlackUnreachable(method=_POST, reason="it kept refusing connections or asking to wait")

    async def _report(self, team: str, conversation: str, edition: str, sent_now: int) -> EditionReport:
        deliveries = await self._store.deliveries(team, conversation, edition)
        return EditionReport(
            sent_now=sent_now,
            sent=sum(delivery.state is DeliveryState.SENT for delivery in deliveries),
            planned=len(deliveries),
            unknown=tuple(delivery.key.part for delivery in deliveries if delivery.state is DeliveryState.UNKNOWN),
            refused=tuple(
                (delivery.key.part, delivery.error or "")
                for delivery in deliveries
                if delivery.state is DeliveryState.REFUSED
            ),
        )

    async def _keep_pace(self, team: str, conversation: str) -> None:
        now = self._clock.monotonic()
        start = max(self._next_post.get((team, conversation), now), now)
        self._next_post[team, conversation] = start + self._pace_seconds
        if start > now:
            await self._clock.sleep(start - now)

    async def _send(self, delivery: Delivery) -> DeliveryState:
        payload = _parsed(delivery.payload)
        method, arguments = _request(delivery, payload)
        answer = await answer_to(method, self._client.api_call(method, json=arguments))
        if isinstance(answer, Refusal):
            return await self._remedy(delivery, payload, answer)
        await self._arrived(delivery, answer["ts"])
        return DeliveryState.SENT

    async def _arrived(self, delivery: Delivery, ts: str) -> None:
        await self._store.mark_sent(delivery.key, ts, now=self._clock.now(), saving_emoji=self._saving_emoji)

    async def _remedy(self, delivery: Delivery, payload: dict[str, Any], refusal: Refusal) -> DeliveryState:
        name, details = refusal.reason, refusal.details
        if delivery.kind is DeliveryKind.UPDATE and refusal.remedy not in _CHANGE_AGAIN:
            log.info("slack keeps a message as it was", **_told(delivery), error=name)
            return await self._refuse(delivery, name)
        match refusal.remedy:
            case Remedy.WAIT:
                wait = _back_off(delivery.attempts) if refusal.wait is None else refusal.wait
                return await self._try_later(delivery, wait, name)
            case Remedy.LOOK:
                return await self._doubt(delivery, name)
            case Remedy.WITHOUT_IMAGE if delivery.error != name:
                # Slack now and then fails to fetch a good image, so it is asked once more.
                return await self._try_later(delivery, 0.0, name)
            case Remedy.WITHOUT_IMAGE if (bare := without_images(payload)) != payload:
                return await self._send_instead(delivery, bare, "image_left_out")
            case Remedy.ONLY_WORDS | Remedy.WITHOUT_IMAGE if (bare := only_words(payload)) != payload:
                log.error("slack refused a message's blocks", **_told(delivery), error=name, details=details)
                return await self._send_instead(delivery, bare, "blocks_left_out")
            case Remedy.PAUSE_CHANNEL:
                return await self._close_channel(delivery, name)
            case Remedy.STOP:
                await self._store.mark_pending(delivery.key, not_before=self._clock.now(), error=name)
                raise SlackRefused(method=_POST, error=name)
            case _:
                log.error("slack refused a message", **_told(delivery), error=name, details=details)
                return await self._refuse(delivery, name)

    async def _refuse(self, delivery: Delivery, name: str) -> DeliveryState:
        await self._store.mark_refused(delivery.key, error=name)
        return DeliveryState.REFUSED

    async def _send_instead(self, delivery: Delivery, payload: dict[str, Any], why: str) -> DeliveryState:
        log.warning("slack refused a message, so less of it is sent", **_told(delivery), error=why)
        await self._store.replace_payload(delivery.key, json.dumps(payload, ensure_ascii=False))
        await self._store.mark_pending(delivery.key, not_before=self._clock.now(), error=why)
        return DeliveryState.PENDING

    async def _close_channel(self, delivery: Delivery, name: str) -> DeliveryState:
        """A channel we serve may open again, so its messages wait; elsewhere the answer is final."""
        team, conversation = delivery.key.team, delivery.key.conversation
        known = await self._store.channel(team, conversation)
        if known is None or known.state not in {ChannelState.ACTIVE, ChannelState.CLOSED}:
            log.error("slack refused a message", **_told(delivery), error=name)
            return await self._refuse(delivery, name)
        await self._store.mark_pending(delivery.key, not_before=self._clock.now(), error=name)
        is_news = await self._store.close_channel(team, conversation, reason=name, now=self._clock.now())
        tell = log.error if is_news else log.info
        tell("slack lets nothing into a channel, so it is closed", **_told(delivery), error=name)
        raise ChannelClosed(channel=conversation, error=name, is_news=is_news)

    async def _try_later(self, delivery: Delivery, seconds: float, error: str) -> DeliveryState:
        not_before = self._clock.now() + timedelta(seconds=seconds)
        await self._store.mark_pending(delivery.key, not_before=not_before, error=error)
        log.info("slack asked to wait or was not there", **_told(delivery), seconds=seconds, error=error)
        return DeliveryState.PENDING

    async def _doubt(self, delivery: Delivery, error: str) -> DeliveryState:
        if delivery.kind is DeliveryKind.UPDATE:
            return await self._try_later(delivery, _back_off(delivery.attempts), error)
        not_before = self._clock.now() + ARRIVES_WITHIN
        await self._store.mark_in_doubt(delivery.key, not_before=not_before, error=error)
        log.warning("slack may or may not have taken a message", **_told(delivery), error=error)
        return DeliveryState.IN_DOUBT

    # deliveries in doubt ---------------------------------------------------------------------------------------------

    async def _settle(self, delivery: Delivery) -> DeliveryState:
        """Look once for a delivery in Slack; what is there is marked sent, what is not is sent again.

        Looking needs the history scopes. Without them a card is not sent again; a header is, because its cards need it.
        A change to a message does no harm when it is made twice.
        """
        if delivery.kind is DeliveryKind.UPDATE:
            return await self._try_later(delivery, 0.0, "sent again")
        try:
            ts, is_certain = await self._look_for(delivery)
        except SlackUnreachable as error:
            return await self._doubt(delivery, str(error.values["reason"]))
        except SlackRefused:
            ts, is_certain = None, False
        if ts is not None:
            await self._arrived(delivery, ts)
            log.info("a message in doubt had arrived", **_told(delivery))
            return DeliveryState.SENT
        if is_certain or delivery.key.part == HEADER:
            log.info("a message in doubt is sent again", **_told(delivery), looked=is_certain)
            return await self._try_later(delivery, 0.0, "sent again")
        await self._store.mark_unknown(delivery.key, error="nobody knows whether Slack took it")
        log.error("nobody knows whether slack took a message; it is not sent again", **_told(delivery))
        return DeliveryState.UNKNOWN

    async def _look_for(self, delivery: Delivery) -> tuple[str | None, bool]:
        """The time stamp of a delivery in Slack, if it is there, and whether what was seen is all there is."""
        window = {
            "channel": delivery.key.conversation,
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": str(_LOOKED_THROUGH),
        }
        if delivery.claimed_at:
            window["oldest"] = f"{(delivery.claimed_at - _CLOCKS_APART).timestamp():.6f}"
            window["latest"] = f"{(delivery.claimed_at + _CLOCKS_APART).timestamp():.6f}"
        if delivery.thread_ts:
            request = self._client.api_call(_REPLIES, data={**window, "ts": delivery.thread_ts})
            answer = await ask(_REPLIES, request)
        else:
            answer = await ask(_HISTORY, self._client.api_call(_HISTORY, data=window))
        wanted = delivery_mark(delivery.key.edition, delivery.key.part)
        for message in answer["messages"]:
            found = message.get("metadata") or {}
            if found.get("event_type") == _MARK and found.get("event_payload") == wanted["event_payload"]:
                return str(message["ts"]), True
        return None, not answer.get("has_more")


def _request(delivery: Delivery, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The method and the arguments by which a delivery is made."""
    channel = delivery.key.conversation
    if delivery.kind is DeliveryKind.UPDATE:
        return _UPDATE, {"channel": channel, "ts": delivery.ts, **payload}
    thread = {"thread_ts": delivery.thread_ts} if delivery.thread_ts else {}
    return _POST, {"channel": channel, "unfurl_links": False, "unfurl_media": False, **thread, **payload}


async def _to_the_end(sending: Coroutine[Any, Any, DeliveryState]) -> DeliveryState:
    """Let a request that was begun be answered and written down, even when we are asked to stop meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


@lru_cache(maxsize=64)
def _parsed(payload: str) -> dict[str, Any]:
    """A message as arguments, never to be changed: a thousand channels get the same bytes."""
    arguments: dict[str, Any] = json.loads(payload)
    return arguments


def _back_off(attempts: int) -> float:
    return float(min(2**attempts, 30))


def _told(delivery: Delivery) -> dict[str, str]:
    key = delivery.key
    return {"channel": key.conversation, "edition": key.edition, "part": key.part}
