"""The outbox sender: every unasked message is written to the outbox first and sent once.

`chat.postMessage` has no idempotency key, so the outbox keeps a message from being sent twice: a delivery is claimed on
disk before the request and marked sent, on disk, after Slack's response. A delivery in doubt after a crash or a
time-out is looked for in Slack by its metadata, and sent again only when it is not there. The client must not retry by
itself: slack_sdk's default sends a message again when the connection was cut after Slack had accepted the request.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import ChannelClosed, SlackRefused, SlackUnreachable
from bot.messages.message import only_words, without_images
from bot.named_tasks import NamedTasks
from bot.rules.channels import ChannelState
from bot.rules.editions import EditionKind
from bot.rules.newer_blocks import NewerBlock, to_blame, worth_trying
from bot.rules.outbox import (
    CAME_ANOTHER_DAY,
    HEADER,
    DeliveryKey,
    DeliveryKind,
    DeliveryState,
    WaitUntil,
    concerned_channel,
    may_be_skipped,
    urgency_of,
    wait_after,
)
from bot.rules.rate_limits import CHANNEL_SECONDS, POSTS_A_MINUTE, UPDATES_A_MINUTE
from bot.slack.client import send_json
from bot.slack.newer_blocks import enhance, is_about_blocks, kinds_in, named_in
from bot.slack.rate_limiter import LONGEST_STAY_SECONDS, RateLimiter
from bot.slack.recovery import Recovery, may_stay, recovery_for
from bot.slack.web_api import Refusal, answer_to
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.clock import Clock
    from bot.rules.editions import Edition
    from bot.rules.newer_blocks import BlockAnswer
    from bot.rules.outbox import Delivery
    from bot.slack.rate_limiter import SharedRates
    from bot.store import Channels, NewerBlocks, Outbox

log = structlog.get_logger(__name__)

PACE_SECONDS = CHANNEL_SECONDS
# How long a claim allows to begin the request, and how long the client may wait for its answer.
SENDS_WITHIN = timedelta(seconds=10)
REQUEST_SECONDS = 10
# After so long a request that Slack may have taken is in the channel or will never be.
ARRIVES_WITHIN = timedelta(seconds=10)
# Whoever takes a claim over finds in Slack what its sender had begun: a lease fences our rows, never Slack.
LEASE = SENDS_WITHIN + timedelta(seconds=REQUEST_SECONDS) + ARRIVES_WITHIN
# How far apart our clock and Slack's may be.
_CLOCKS_APART = timedelta(minutes=10)
_LOOKED_THROUGH = 200
_MOST_PAGES = 5
_LOOK_AGAIN_SECONDS = 0.5
# What is not due within this time is left to a later call.
_LONGEST_STAY = timedelta(seconds=LONGEST_STAY_SECONDS)
_MOST_FAILURES_IN_A_ROW = 5
# What Slack answers that many looks for a message with something else, or for so long, is not looked for any more.
MOST_LOOKS = 12
LOOKED_FOR = timedelta(days=3)
# While nothing at all answers a look.
LOOKED_FOR_IN_SILENCE = timedelta(days=14)
# So often a message in doubt is sent again where we may not look.
MOST_SENT_UNSEEN = 5
_LONGEST_BETWEEN_LOOKS = timedelta(minutes=30)
# Votes on a card are worth that many tries.
_MOST_TRIES_OF_A_CHANGE = 20
# Where a sender shares its turns with no other.
_CLAIMS_AT_ONCE = 1000
# Each call of one process is a sender of its own, whichever workspace it is for and however often that is opened.
_NUMBERS = count(1)
_BLOCKS_READ_SECONDS = 60.0
_POST = "chat.postMessage"
_UPDATE = "chat.update"
_EPHEMERAL = "chat.postEphemeral"
_HISTORY = "conversations.history"
_REPLIES = "conversations.replies"
_REACTIONS = "reactions.get"
_DELETE = "chat.delete"
# What makes another attempt at changing a message worth while; all else leaves it as it is.
_CHANGE_AGAIN = frozenset(
    {
        Recovery.WAIT,
        Recovery.LOOK,
        Recovery.WITHOUT_IMAGE,
        Recovery.PAUSE_CHANNEL,
        Recovery.STOP,
        Recovery.INSTALL_AGAIN,
    }
)
# The thread itself is gone; a thread that somebody closed is left alone.
_DELETED = frozenset({"thread_not_found", "invalid_thread_ts", "message_not_found"})
_MAY_NOT_LOOK = frozenset(
    {"missing_scope", "no_permission", "not_allowed_token_type", "method_not_supported_for_channel_type"}
)
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_MARK = "paperboy_delivery"
# A machine that sleeps between looking and deleting looks again, so often.
_MOST_LATE_LOOKS = 3
_TOO_LATE = Refusal("", "its sender was held up", Recovery.WAIT)
_THREAD_GONE = Refusal("thread_not_found", "thread_not_found", recovery_for("thread_not_found"))


def delivery_mark(edition: Edition, part: str) -> dict[str, object]:
    """The message metadata that identifies this delivery in Slack."""
    return {"event_type": _MARK, "event_payload": {"edition": str(edition), "part": part}}


@dataclass(frozen=True, slots=True)
class EditionReport:
    """The state of an edition after sending: how many deliveries went out just now, and what is wrong with the others.

    `waiting` are the parts still to be sent, each with Slack's last error, if any; `is_put_off` when sending was tried
    just now and put off repeatedly.
    """

    sent_now: int
    sent: int
    planned: int
    unknown: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    waiting: tuple[tuple[str, str], ...] = ()
    is_put_off: bool = False


class _Outcome(Enum):
    """The outcome of one try to send a delivery."""

    SENT = auto()
    ENDED = auto()  # it is not tried again
    AGAIN = auto()  # it goes on at once, or waits for Slack's own reasons
    FAILED = auto()  # Slack was not reached, asked for a pause, or did not say what it did


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delivery claimed by this sender.

    `asked_at` is when it was claimed, in seconds of the monotonic clock; `failures` are those in a row before it.
    """

    delivery: Delivery
    owner: str
    asked_at: float
    failures: int


@dataclass(frozen=True, slots=True)
class _NewerForm:
    """A message's blocks with some of Slack's newer `kinds` among them, and what its workspace answered to these."""

    blocks: tuple[dict[str, Any], ...]
    kinds: frozenset[NewerBlock]
    known: tuple[BlockAnswer, ...]


class OutboxSender:
    """Sends the deliveries in the outbox.

    `client` must have been built with `retry_handlers=[]` and a time-out of `REQUEST_SECONDS`. `owner` names this
    process in claims. `saving_emoji` give meaning to reactions that came before their message was marked sent.
    `posts_a_minute` and `updates_a_minute` are the assumed rate limits of a workspace, kept in `shared_rates` where
    several processes send to it. A claim is good for seconds: however many channels are due, this and other senders
    wait for one of the `turns` before they claim, and not after. `doubled` tells of each message that stood in Slack
    twice: its key, the channel, and whether one of the two was deleted.
    """

    def __init__(
        self,
        channels: Channels,
        outbox: Outbox,
        newer_blocks: NewerBlocks,
        client: AsyncWebClient,
        clock: Clock,
        *,
        owner: str,
        saving_emoji: Collection[str],
        pace_seconds: float = PACE_SECONDS,
        posts_a_minute: int = POSTS_A_MINUTE,
        updates_a_minute: int = UPDATES_A_MINUTE,
        shared_rates: SharedRates | None = None,
        turns: asyncio.Semaphore | None = None,
    ) -> None:
        self._channels = channels
        self._outbox = outbox
        self._newer_blocks = newer_blocks
        self._client = client
        self._clock = clock
        self.owner = owner
        self._saving_emoji = saving_emoji
        self.doubled: Subscribers[[DeliveryKey, str, bool]] = Subscribers()
        self._turns = turns or asyncio.Semaphore(_CLAIMS_AT_ONCE)
        self._looking_for_second: NamedTasks[None] = NamedTasks()
        self._blocks_read: dict[str, tuple[float, tuple[BlockAnswer, ...]]] = {}
        self.rate_limiter = RateLimiter(
            clock,
            {_POST: posts_a_minute, _UPDATE: updates_a_minute},
            channel_seconds=pace_seconds,
            shared=shared_rates,
        )

    async def settled(self) -> None:
        """Wait until nothing is looked for that may be in Slack twice."""
        await self._looking_for_second.idle()

    async def close(self) -> None:
        """Look for nothing any more."""
        await self._looking_for_second.cancel()

    async def deliver(
        self, team: str, conversation: str, edition: Edition, *, was_active: bool = False
    ) -> EditionReport:
        """Send all of an edition that can be sent now, in order, and report its state.

        `was_active` when it is for a channel that was active when it was decided on; otherwise a channel that is
        paused already gets what somebody asked for.

        Raises `SlackUnreachable` when sending fails several times in a row, `ChannelClosed` when Slack accepts nothing
        for a channel we serve, which is closed then, and `SlackRefused` when Slack accepts nothing from this app. In
        each case, and when somebody pauses the channel meanwhile, the rest stays in the outbox.
        """
        # A claim that went from one call to another is lost to the first.
        owner = f"{self.owner}/{next(_NUMBERS)}"
        sent_now = failures = asked = 0
        was_paused = not was_active and await self._is_paused(team, conversation)
        while True:
            # Wait for the rate limit before claiming: a claim would run out in the queue of a crowded workspace.
            async with self._turn(edition):
                due = await self._outbox.upcoming(team, conversation, edition, now=self._clock.now())
            if due is not None and due.is_paused and not was_paused:
                return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
            if due is not None and not due.is_in_doubt:
                method = _method(due.kind)
                if self.rate_limiter.paused_for(method, team) > _LONGEST_STAY.total_seconds():
                    return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
                urgency = urgency_of(
                    due.kind,
                    due.thread_part,
                    due.position,
                    is_awaited=edition.is_awaited,
                    can_wait=edition.can_wait,
                )
                if not await self.rate_limiter.acquire(
                    method, team, conversation, urgency, is_awaited=edition.is_awaited
                ):
                    return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
            async with self._turn(edition):
                asked_at = self._clock.monotonic()
                claimed = await self._outbox.claim(
                    team, conversation, edition, owner=owner, now=self._clock.now(), lease=LEASE
                )
            if claimed is None:
                return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
            if isinstance(claimed, WaitUntil):
                remaining = claimed.moment - self._clock.now()
                if remaining > _LONGEST_STAY:
                    return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
                await self._clock.sleep(min(max(remaining.total_seconds(), 0.01), _LOOK_AGAIN_SECONDS))
                continue
            asked += 1
            claim = _Claim(claimed, owner, asked_at, failures)
            if claimed.state is DeliveryState.IN_DOUBT:
                outcome = await _to_the_end(self._settle(claim))
            else:
                outcome = await _to_the_end(self._send(claim))
                sent_now += outcome is _Outcome.SENT
            if outcome in {_Outcome.SENT, _Outcome.ENDED}:
                failures = 0
            failures += outcome is _Outcome.FAILED
            if failures == _MOST_FAILURES_IN_A_ROW:
                if claimed.state is DeliveryState.IN_DOUBT:  # sending may work where looking does not
                    return await self._report(team, conversation, edition, asked=asked, sent_now=sent_now)
                raise SlackUnreachable(method=_POST, reason="it kept refusing connections or asking to wait")

    def _turn(self, edition: Edition) -> AbstractAsyncContextManager[object]:
        """A turn at the outbox; what somebody waits for needs none."""
        return nullcontext() if edition.is_awaited else self._turns

    async def _is_paused(self, team: str, conversation: str) -> bool:
        known = await self._channels.find(team, conversation)
        return known is not None and known.state is ChannelState.PAUSED

    async def _report(
        self, team: str, conversation: str, edition: Edition, *, asked: int, sent_now: int
    ) -> EditionReport:
        deliveries = await self._outbox.deliveries(team, conversation, edition)

        def parts_in(state: DeliveryState) -> tuple[tuple[str, str], ...]:
            return tuple(
                (each.key.part, each.error or "")
                for each in deliveries
                if each.state is state and each.error != CAME_ANOTHER_DAY
            )

        return EditionReport(
            sent_now=sent_now,
            sent=len(parts_in(DeliveryState.SENT)),
            planned=sum(each.error != CAME_ANOTHER_DAY for each in deliveries),
            unknown=tuple(part for part, _ in parts_in(DeliveryState.UNKNOWN)),
            refused=parts_in(DeliveryState.REFUSED),
            waiting=(
                *parts_in(DeliveryState.PENDING),
                *parts_in(DeliveryState.CLAIMED),
                *parts_in(DeliveryState.IN_DOUBT),
            ),
            is_put_off=asked > 0
            and any(may_be_skipped(each.state, each.attempts) for each in deliveries if each.kind is DeliveryKind.POST),
        )

    # sending ---------------------------------------------------------------------------------------------------------

    async def _send(self, claim: _Claim) -> _Outcome:
        delivery = claim.delivery
        newer = await self._newer_form(delivery)
        if not self._may_send(claim):
            return await self._held_up(claim)
        answer = await self._ask(delivery, newer)
        refused: frozenset[NewerBlock] = frozenset()
        if newer and isinstance(answer, Refusal):
            named = named_in(answer, newer.blocks)
            if named or answer.recovery is Recovery.ONLY_WORDS:
                log.warning("Slack rejected newer blocks", **_log_fields(delivery), details=answer.details)
                if not self._may_send(claim):
                    return await self._held_up(claim)
                if is_about_blocks(answer):
                    refused = to_blame(newer.kinds, named, newer.known)
                answer = await self._ask(delivery, None)
        if isinstance(answer, Refusal):
            return await self._recover(claim, json.loads(delivery.payload), answer)
        if newer:
            await self._note_blocks(delivery.key.team, newer, refused)
        if _is_astray(delivery, answer) and await self._is_deleted(answer["channel"], answer["ts"]):
            log.warning("deleted a reply that Slack put into the channel", **_log_fields(delivery))
            return await self._recover(claim, json.loads(delivery.payload), _THREAD_GONE)
        return await self._arrived(claim, answer["ts"], answer["channel"])

    def _may_send(self, claim: _Claim) -> bool:
        """Whether the claim is still young enough to begin a request."""
        return self._is_recent(claim.asked_at)

    def _is_recent(self, asked_at: float) -> bool:
        """Whether what was found out since then, in monotonic seconds, may still be acted on."""
        return self._clock.monotonic() - asked_at <= SENDS_WITHIN.total_seconds()

    async def _held_up(self, claim: _Claim) -> _Outcome:
        """The machine slept, or was busy for long: another may have taken the claim over."""
        log.warning("claim expired before sending", **_log_fields(claim.delivery))
        await self._mark_pending(claim, 0.0, "its sender was held up", counts=False)
        return _Outcome.AGAIN

    async def _ask(self, delivery: Delivery, newer: _NewerForm | None) -> AsyncSlackResponse | Refusal:
        """Slack's answer to a delivery as it is planned, or in its `newer` form."""
        method = _method(delivery.kind)
        arguments = _arguments(delivery, newer.kinds if newer else frozenset())
        return await answer_to(method, send_json(self._client, method, arguments))

    async def _newer_form(self, delivery: Delivery) -> _NewerForm | None:
        """A delivery with those newer blocks that its workspace isn't known to refuse; None when it would have none."""
        in_thread = delivery.thread_ts is not None
        if not kinds_in(_enhanced(delivery.payload, frozenset(NewerBlock), in_thread)):
            return None
        known = await self._known_blocks(delivery.key.team)
        blocks = _enhanced(delivery.payload, worth_trying(known, self._clock.now()), in_thread)
        kinds = kinds_in(blocks)
        return _NewerForm(blocks, kinds, known) if kinds else None

    async def _known_blocks(self, team: str) -> tuple[BlockAnswer, ...]:
        """A workspace's answers to newer blocks, read once a minute: in a crowded one each message asks."""
        read_at, known = self._blocks_read.get(team, (float("-inf"), ()))
        if self._clock.monotonic() - read_at >= _BLOCKS_READ_SECONDS:
            read_at = self._clock.monotonic()
            known = tuple(await self._newer_blocks.answers(team))
            self._blocks_read[team] = (read_at, known)
        return known

    async def _note_blocks(self, team: str, newer: _NewerForm, refused: frozenset[NewerBlock]) -> None:
        """Remember that a message was taken with all of its newer blocks, or only without them."""
        taken = frozenset() if refused else newer.kinds - {each.kind for each in newer.known if each.accepted}
        if taken or refused:
            self._blocks_read.pop(team, None)
        for kind in sorted(taken | refused):
            await self._newer_blocks.note(team, kind, accepted=kind in taken, now=self._clock.now())

    async def _arrived(self, claim: _Claim, ts: str, channel: str) -> _Outcome:
        await self._note_arrival(claim.delivery, ts, channel)
        return _Outcome.SENT

    async def _note_arrival(self, delivery: Delivery, ts: str, channel: str) -> bool:
        """Mark a delivery sent as this message; whether there was another already, of which two one is kept."""
        other = await self._outbox.mark_sent(
            delivery.key, ts, now=self._clock.now(), saving_emoji=self._saving_emoji, channel=channel
        )
        if other is not None:
            await self._keep_one(delivery, channel, *sorted((ts, other)))
        return other is not None

    async def _keep_one(self, delivery: Delivery, channel: str, earlier: str, later: str) -> None:
        """Delete the later of two equal messages, if unused: two senders sent the same one."""
        log.error("a message is in Slack twice", **_log_fields(delivery), earlier=earlier, later=later)
        for _ in range(_MOST_LATE_LOOKS):
            asked_at = self._clock.monotonic()
            seen = await answer_to(
                _REACTIONS, self._client.api_call(_REACTIONS, data={"channel": channel, "timestamp": later})
            )
            if self._is_recent(asked_at):
                break
        else:
            seen = _TOO_LATE
        is_unused = not (
            isinstance(seen, Refusal) or seen["message"].get("reactions") or seen["message"].get("reply_count")
        )
        is_gone = is_unused and await self._is_deleted(channel, later)
        if is_gone:
            await self._outbox.keep_message(delivery.key, earlier)
            log.warning("deleted the later of the two", **_log_fields(delivery), ts=later)
        self.doubled.notify(delivery.key, channel, is_gone)

    async def _is_deleted(self, channel: str, ts: str) -> bool:
        """Delete a message of ours; whether that was done."""
        deleting = self._client.api_call(_DELETE, json={"channel": channel, "ts": ts})
        return not isinstance(await answer_to(_DELETE, deleting), Refusal)

    async def _recover(self, claim: _Claim, payload: dict[str, Any], refusal: Refusal) -> _Outcome:
        delivery, name, details = claim.delivery, refusal.reason, refusal.details
        if delivery.kind is DeliveryKind.UPDATE and (
            refusal.recovery not in _CHANGE_AGAIN or delivery.attempts >= _MOST_TRIES_OF_A_CHANGE
        ):
            log.info("Slack didn't update a message", **_log_fields(delivery), error=name)
            return await self._refuse(claim, name)
        match refusal.recovery:
            case Recovery.WAIT if refusal.is_foreign and refusal.wait is None:
                return await self._put_in_doubt(claim, name, probably_absent=True)
            case Recovery.WAIT | Recovery.INSTALL_AGAIN:
                return await self._wait(claim, refusal, method=_method(delivery.kind))
            case Recovery.LOOK:
                return await self._put_in_doubt(claim, name)
            case Recovery.WITHOUT_IMAGE if delivery.error != name:
                # Slack now and then fails to fetch a good image, so it is asked once more.
                await self._mark_pending(claim, 0.0, name)
                return _Outcome.AGAIN
            case Recovery.WITHOUT_IMAGE if (bare := without_images(payload)) != payload:
                return await self._send_instead(claim, bare, "image_left_out")
            case Recovery.ONLY_WORDS | Recovery.WITHOUT_IMAGE if (bare := only_words(payload)) != payload:
                log.error("Slack rejected a message's blocks", **_log_fields(delivery), error=name, details=details)
                return await self._send_instead(claim, bare, "blocks_left_out")
            case Recovery.NO_THREAD if refusal.error in _DELETED and await self._renew_thread(claim):
                return _Outcome.AGAIN
            case Recovery.NO_DIRECT_MESSAGES | Recovery.PAUSE_CHANNEL if channel := concerned_channel(delivery.key):
                return await self._post_ephemeral(claim, payload, channel, name)
            case Recovery.PAUSE_CHANNEL:
                return await self._close_channel(claim, name)
            case Recovery.STOP:
                if not await self._mark_pending(claim, 0.0, name, counts=False):
                    return _Outcome.AGAIN  # what was wrong may be mended since
                raise SlackRefused(method=_POST, error=name)
            case Recovery.NO_THREAD if delivery.key.edition.kind is EditionKind.REPLY:
                log.info("a thread takes no reply", **_log_fields(delivery), error=name)
                return await self._refuse(claim, name)
            case _:
                log.error("Slack rejected a message", **_log_fields(delivery), error=name, details=details)
                return await self._refuse(claim, name)

    async def _refuse(self, claim: _Claim, name: str) -> _Outcome:
        await self._outbox.mark_refused(claim.delivery.key, error=name, owner=claim.owner)
        return _Outcome.ENDED

    async def _wait(self, claim: _Claim, refusal: Refusal, *, method: str) -> _Outcome:
        """Put a delivery off: Slack asked to pause `method`, does not take the message now, or was not reached."""
        delivery = claim.delivery
        if refusal.wait is not None or refusal.error in _RATE_LIMITED:
            seconds = _back_off(claim.failures) if refusal.wait is None else refusal.wait
            await self.rate_limiter.pause(method, delivery.key.team, seconds)
            await self._mark_pending(claim, seconds, refusal.reason, counts=False)
            return _Outcome.FAILED
        if refusal.error:
            seconds = wait_after(delivery.attempts, is_known=not may_stay(refusal.error))
            await self._mark_pending(claim, seconds, refusal.reason)
            return _Outcome.AGAIN
        await self._mark_pending(claim, _back_off(claim.failures), refusal.reason, counts=False)
        return _Outcome.FAILED

    async def _mark_pending(self, claim: _Claim, seconds: float, error: str, *, counts: bool = True) -> bool:
        """Put a delivery off; False, and nothing done, when another has taken the claim over."""
        not_before = self._clock.now() + timedelta(seconds=seconds)
        is_ours = await self._outbox.mark_pending(
            claim.delivery.key, not_before=not_before, error=error, owner=claim.owner, counts=counts
        )
        log.info("message delayed", **_log_fields(claim.delivery), seconds=seconds, error=error)
        return is_ours

    async def _send_instead(self, claim: _Claim, payload: dict[str, Any], why: str) -> _Outcome:
        log.warning("Slack rejected a message, sending a shorter one", **_log_fields(claim.delivery), error=why)
        less = json.dumps(payload, ensure_ascii=False)
        await self._outbox.replace_payload(claim.delivery.key, less, owner=claim.owner)
        await self._mark_pending(claim, 0.0, why)
        return _Outcome.AGAIN

    async def _renew_thread(self, claim: _Claim) -> bool:
        """Send the deleted message that a delivery replies to again; False when that was done before.

        It counts as done when what was deleted is what was sent again.
        """
        key = claim.delivery.key
        if claim.delivery.thread_part is None:
            return False
        root = DeliveryKey(key.team, key.conversation, key.edition, claim.delivery.thread_part)
        if not await self._outbox.renew(root, gone=claim.delivery.thread_ts):
            return False
        log.warning("a message was deleted before its thread was sent, sending it again", **_log_fields(claim.delivery))
        await self._mark_pending(claim, 0.0, "the message it answers was deleted", counts=False)
        return True

    async def _post_ephemeral(self, claim: _Claim, payload: dict[str, Any], channel: str, why: str) -> _Outcome:
        """Show a direct message that Slack refuses to its reader alone, in the channel it is about.

        The log tells the operator in any case: an ephemeral message may be missed.
        """
        delivery = claim.delivery
        person = delivery.key.conversation
        log.error(
            "Slack rejected a direct message. Check that the app's Messages tab is on, as in `paperboy manifest`",
            **_log_fields(delivery),
            error=why,
        )
        arguments: dict[str, Any] = {name: payload[name] for name in ("text", "blocks") if name in payload}
        arguments |= {"channel": channel, "user": person}
        if not self._may_send(claim):
            return await self._held_up(claim)
        answer = await answer_to(_EPHEMERAL, self._client.api_call(_EPHEMERAL, json=arguments))
        if not isinstance(answer, Refusal):
            return await self._arrived(claim, answer["message_ts"], channel)
        if answer.recovery.is_final:
            log.error(
                "Slack also rejected it in the channel it is about",
                **_log_fields(delivery),
                about=channel,
                error=answer.reason,
            )
            return await self._refuse(claim, why)
        return await self._wait(claim, answer, method=_EPHEMERAL)

    async def _close_channel(self, claim: _Claim, name: str) -> _Outcome:
        """Close a channel we serve, whose messages wait until it opens again; elsewhere the refusal is final.

        So it is for a reply: whoever asked waits now, and is answered another way.
        """
        delivery = claim.delivery
        team, conversation = delivery.key.team, delivery.key.conversation
        known = await self._channels.find(team, conversation)
        is_served = known is not None and known.state in {ChannelState.ACTIVE, ChannelState.CLOSED}
        if not is_served or delivery.key.edition.kind is EditionKind.REPLY:
            log.error("Slack rejected a message", **_log_fields(delivery), error=name)
            return await self._refuse(claim, name)
        if not await self._mark_pending(claim, 0.0, name, counts=False):
            return _Outcome.AGAIN  # it may be open again since Slack said so
        is_news = await self._channels.close(team, conversation, reason=name, now=self._clock.now())
        log_at = log.error if is_news else log.info
        log_at("slack lets nothing into a channel, so it is closed", **_log_fields(delivery), error=name)
        raise ChannelClosed(channel=conversation, error=name, is_news=is_news)

    # deliveries in doubt ---------------------------------------------------------------------------------------------

    async def _put_in_doubt(self, claim: _Claim, error: str, *, probably_absent: bool = False) -> _Outcome:
        delivery = claim.delivery
        if delivery.kind is DeliveryKind.UPDATE:
            await self._mark_pending(claim, wait_after(delivery.attempts), error)
            return _Outcome.FAILED
        not_before = self._clock.now() + _between_looks(delivery.looks)
        is_ours = await self._outbox.mark_in_doubt(
            delivery.key, not_before=not_before, error=error, owner=claim.owner, probably_absent=probably_absent
        )
        log.warning("a message is unconfirmed", **_log_fields(delivery), error=error)
        if not is_ours:
            self._looking_for_second.start(self._look_for_second(delivery))
        return _Outcome.FAILED

    async def _look_for_second(self, delivery: Delivery) -> None:
        """Look for a message whose request lasted longer than its claim, and keep one where another was sent instead.

        Whoever took the claim over may have looked before this one arrived.
        """
        wait = ARRIVES_WITHIN
        for looks in range(MOST_LOOKS):
            await self._clock.sleep(wait.total_seconds())
            found = await self._look_for_all(delivery, latest=None)
            if not isinstance(found, Refusal):
                break
            wait = max(_between_looks(looks), timedelta(seconds=found.wait or 0.0))
        else:
            found = _Absent.UNKNOWABLE
        if not isinstance(found, list):
            log.error("a message may be in Slack twice", **_log_fields(delivery))
            return
        for ts in found:
            if await self._note_arrival(delivery, ts, delivery.key.conversation):
                return

    async def _settle(self, claim: _Claim) -> _Outcome:
        """Look once for a delivery in Slack; what is there is marked sent, what is not is sent again.

        Looking needs the history scopes. Without them a card is not sent again, unless Slack most likely never received
        it; a header is, because its cards need it, but not a reply, which has none. Neither for ever. A change does no
        harm when it is made twice.
        """
        delivery = claim.delivery
        if delivery.kind is DeliveryKind.UPDATE:
            await self._mark_pending(claim, 0.0, "sent again")
            return _Outcome.AGAIN
        found = await self._look_for(delivery)
        match found:
            case str(ts):
                log.info("an unconfirmed message had arrived", **_log_fields(delivery))
                return await self._arrived(claim, ts, delivery.key.conversation)
            case _Absent.CERTAIN:
                log.info("an unconfirmed message isn't there, sending it again", **_log_fields(delivery))
                await self._mark_pending(claim, 0.0, "sent again")
                return _Outcome.AGAIN
            case _Absent.UNKNOWABLE:
                return await self._without_looking(claim)
            case Refusal() if found.recovery is Recovery.STOP:
                await self._look_again(claim, found, gives_up=False)
                raise SlackRefused(method=_HISTORY, error=found.reason)
            case Refusal():
                return await self._look_again(claim, found)

    async def _without_looking(self, claim: _Claim) -> _Outcome:
        delivery = claim.delivery
        edition = delivery.key.edition
        is_needed = delivery.key.part == HEADER and edition.kind not in {EditionKind.REPLY, EditionKind.REMINDER}
        may_be_sent = is_needed or delivery.probably_absent
        if not may_be_sent or delivery.looks >= MOST_SENT_UNSEEN:
            return await self._give_up(claim)
        log.info(
            "sending an unconfirmed message again without looking", **_log_fields(delivery), times=delivery.looks + 1
        )
        await self._outbox.mark_pending(
            delivery.key, not_before=self._clock.now(), error="sent again", owner=claim.owner, looked=True
        )
        return _Outcome.AGAIN

    async def _look_again(self, claim: _Claim, refusal: Refusal, *, gives_up: bool = True) -> _Outcome:
        """Look later, or `gives_up` when that was done often enough or for long enough.

        Only a response of Slack's own counts as a look.
        """
        delivery, now = claim.delivery, self._clock.now()
        looked = gives_up and bool(refusal.error) and refusal.wait is None and refusal.error not in _RATE_LIMITED
        longest = LOOKED_FOR_IN_SILENCE if refusal.is_silence else LOOKED_FOR
        is_old = delivery.claimed_at is not None and now - delivery.claimed_at > longest
        if gives_up and (is_old or (looked and delivery.looks + 1 >= MOST_LOOKS)):
            return await self._give_up(claim)
        wait = max(_between_looks(delivery.looks), timedelta(seconds=refusal.wait or 0.0))
        await self._outbox.mark_in_doubt(
            delivery.key, not_before=now + wait, error=refusal.reason, owner=claim.owner, looked=looked
        )
        log.warning("couldn't look for an unconfirmed message", **_log_fields(delivery), error=refusal.reason)
        return _Outcome.FAILED

    async def _give_up(self, claim: _Claim) -> _Outcome:
        error = "nobody knows whether Slack took it"
        await self._outbox.mark_unknown(claim.delivery.key, error=error, owner=claim.owner)
        log.error("a message stays unconfirmed and isn't sent again", **_log_fields(claim.delivery))
        return _Outcome.ENDED

    async def _look_for(self, delivery: Delivery) -> str | _Absent | Refusal:
        """The time stamp of a delivery in Slack, what its absence means, or why Slack did not let us look."""
        latest = delivery.claimed_at + _CLOCKS_APART if delivery.claimed_at else None
        found = await self._look_for_all(delivery, latest=latest, most=1)
        if isinstance(found, list):
            return found[0] if found else _Absent.CERTAIN
        return found

    async def _look_for_all(
        self, delivery: Delivery, *, latest: datetime | None, most: int = 2
    ) -> list[str] | _Absent | Refusal:
        """The time stamps of all messages of a delivery in Slack, of `most` of them where there are more."""
        method = _REPLIES if delivery.thread_ts else _HISTORY
        window = {
            "channel": delivery.key.conversation,
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": str(_LOOKED_THROUGH),
        }
        if delivery.thread_ts:
            window["ts"] = delivery.thread_ts
        if delivery.claimed_at:
            window["oldest"] = f"{(delivery.claimed_at - _CLOCKS_APART).timestamp():.6f}"
        if latest:
            window["latest"] = f"{latest.timestamp():.6f}"
        found: list[str] = []
        wanted = delivery_mark(delivery.key.edition, delivery.key.part)
        for _ in range(_MOST_PAGES):
            answer = await answer_to(method, self._client.api_call(method, data=window))
            if isinstance(answer, Refusal):
                absent = _absence_in(answer, delivery)
                return found if absent is _Absent.CERTAIN else absent or answer
            found += [str(message["ts"]) for message in answer["messages"] if _is_marked(message, wanted)]
            if len(found) >= most or not answer.get("has_more"):
                return found[:most]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            window["cursor"] = str(cursor)
        return _Absent.UNKNOWABLE


def _is_astray(delivery: Delivery, answer: AsyncSlackResponse) -> bool:
    """Whether Slack put a reply into the channel, as it does now and then where the thread was deleted meanwhile.

    What is in a thread says so (slack-go/slack#1571); an answer that shows no message says nothing.
    """
    message = answer.get("message")
    is_reply = delivery.kind is DeliveryKind.POST and delivery.thread_ts is not None
    return is_reply and isinstance(message, dict) and not message.get("thread_ts")


class _Absent(Enum):
    """The meaning of a delivery that was not found."""

    CERTAIN = auto()  # it is not in Slack
    UNKNOWABLE = auto()  # we may not look, or there is too much to look through


def _absence_in(refusal: Refusal, delivery: Delivery) -> _Absent | None:
    """The meaning of a refused look for a message, None when another look may say more."""
    if delivery.thread_ts and refusal.error in _DELETED:
        return _Absent.CERTAIN
    # A direct message is sent to a person, and there is no reading it under their id.
    if refusal.error in _MAY_NOT_LOOK or not delivery.key.conversation.startswith(("C", "G", "D")):
        return _Absent.UNKNOWABLE if refusal.error else None
    return None


def _is_marked(message: Any, mark: dict[str, object]) -> bool:
    found = message.get("metadata") if isinstance(message, dict) else None
    return isinstance(found, dict) and {name: found.get(name) for name in mark} == mark


def _method(kind: DeliveryKind) -> str:
    return _UPDATE if kind is DeliveryKind.UPDATE else _POST


def _arguments(delivery: Delivery, newer: frozenset[NewerBlock]) -> bytes:
    """The arguments of the call for a delivery, JSON, with `newer` types of blocks in place of others."""
    place = {"channel": delivery.key.conversation}
    if delivery.kind is DeliveryKind.UPDATE:
        # What changes a message of its own edition answers it, as it may not be sent yet when the change is planned.
        place["ts"] = str(delivery.ts or delivery.thread_ts)
    elif delivery.thread_ts:
        place["thread_ts"] = delivery.thread_ts
    return (
        json.dumps(place).encode()[:-1]
        + b", "
        + _shared_arguments(delivery.payload, delivery.kind, newer, delivery.thread_ts is not None)
    )


async def _to_the_end(sending: Coroutine[Any, Any, _Outcome]) -> _Outcome:
    """Let a request that was begun be answered and written down, even when we are asked to stop meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


@lru_cache(maxsize=64)
def _shared_arguments(payload: str, kind: DeliveryKind, newer: frozenset[NewerBlock], in_thread: bool) -> bytes:
    """The arguments that are the same wherever a message goes, without the brace before them: a thousand channels get
    the same bytes."""
    arguments: dict[str, Any] = json.loads(payload)
    if kind is DeliveryKind.POST:
        arguments = {"unfurl_links": False, "unfurl_media": False, **arguments}
    if newer:
        arguments["blocks"] = _enhanced(payload, newer, in_thread)
    return json.dumps(arguments, ensure_ascii=False).encode()[1:]


@lru_cache(maxsize=64)
def _enhanced(payload: str, kinds: frozenset[NewerBlock], in_thread: bool) -> tuple[dict[str, Any], ...]:
    """The blocks of a planned message, with newer ones of these `kinds`; empty where it has none."""
    return tuple(enhance(json.loads(payload).get("blocks") or (), kinds, in_thread=in_thread))


def _back_off(failures: int) -> float:
    return float(min(2 ** (failures + 1), 30))


def _between_looks(looks: int) -> timedelta:
    doubled: timedelta = ARRIVES_WITHIN * 2**looks
    return min(doubled, _LONGEST_BETWEEN_LOOKS)


def _log_fields(delivery: Delivery) -> dict[str, str]:
    key = delivery.key
    return {"channel": key.conversation, "edition": str(key.edition), "part": key.part}
