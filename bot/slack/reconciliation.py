"""Reconciliation after an outage: reactions missed while Slack could not reach us are read back, message by message.

Otherwise Paperboy relies on events and never scans. Slack gives up on an event after its third retry, so reactions
added or removed during a longer outage would be lost.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import structlog

from bot.errors import PaperboyError, SlackRefused, SlackUnreachable
from bot.named_tasks import NamedTasks
from bot.rules.entry_points import EntryPoint
from bot.rules.outages import LOOK_BACK
from bot.rules.reading_list import ReactionsSeen
from bot.slack.recovery import Recovery, recovery_for
from bot.slack.web_api import SlackUndecided, call, call_with_retry

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.rules.outages import Outage, PostedMessage
    from bot.slack.granted_scopes import GrantedScopes
    from bot.store import Outages, ReadingLists

log = structlog.get_logger(__name__)

# reactions.get is of Tier 3: 50 a minute and more, short bursts tolerated (docs.slack.dev, rate-limits).
PACE_SECONDS = 1.2
BURST = 20
# After a failure that asking again at once would not mend.
_AGAIN_AFTER = timedelta(minutes=10)
# How long a reaction may take to show everywhere within Slack.
_SETTLING = timedelta(seconds=5)

# How long one message is tried while Slack responds with a code that may pass; then the others come first.
_UNDECIDED_SECONDS = 60.0
# The recoveries for codes about a message or its channel: no further request will show it.
_OUT_OF_REACH = frozenset({Recovery.DROP, Recovery.NO_THREAD, Recovery.PAUSE_CHANNEL})


class Reconciliation:
    """Reconciles the reactions of one workspace after an outage, in the background.

    `client` must have been built with `retry_handlers=[]`. Whoever knows of outages calls `go_on` every few seconds.
    """

    def __init__(
        self,
        outages: Outages,
        reading_lists: ReadingLists,
        client: AsyncWebClient,
        scopes: GrantedScopes,
        clock: Clock,
        *,
        team: str,
        saving_emoji: Collection[str],
    ) -> None:
        self._outages = outages
        self._reading_lists = reading_lists
        self._client = client
        self._scopes = scopes
        self._clock = clock
        self._team = team
        self._saving_emoji = saving_emoji
        self._outage: Outage | None = None
        self._tasks = NamedTasks[None](on_failure=self._try_again_later)
        self._again_at: datetime | None = None

    async def go_on(self, outage: Outage) -> None:
        """Begin to reconcile after an outage, unless that is under way; what any process has done is not done again.

        Raises `StoreError`.
        """
        now = self._clock.now()
        waiting = self._again_at is not None and now < self._again_at
        if outage == self._outage and (self._tasks or waiting):
            return
        await self._tasks.cancel()
        self._outage, self._again_at = None, None
        if self._scopes.is_closed(EntryPoint.REACTIONS):
            return  # until the scope is granted
        messages = await self._outages.messages_to_reconcile(self._team, outage, since=now - LOOK_BACK)
        if not messages:
            await self._outages.end(self._team, outage)
            return
        self._outage = outage
        log.info("reading missed reactions", since=outage.since, until=outage.until, messages=len(messages))
        self._tasks.start(self._reconcile(outage, messages))

    async def settled(self) -> None:
        """Wait until no reconciliation is running."""
        await self._tasks.idle()

    async def stop(self) -> None:
        """Stop. What was left undone is done by whoever calls `go_on` next, here or in another process."""
        await self._tasks.cancel()
        self._outage, self._again_at = None, None

    def _try_again_later(self, _: object, error: BaseException) -> None:
        self._again_at = self._clock.now() + _AGAIN_AFTER
        log.warning(
            "missed reactions not read yet",
            error=str(error),
            again_at=self._again_at,
            exc_info=None if isinstance(error, PaperboyError) else error,
        )

    async def _reconcile(self, outage: Outage, messages: list[PostedMessage]) -> None:
        added = removed = put_aside = 0
        for number, message in enumerate(messages):
            if number >= BURST:
                await self._clock.sleep(PACE_SECONDS)
            try:
                seen = await self._read(message)
            except SlackUndecided as undecided:
                log.warning("reading a message's reactions later", ts=message.ts, **undecided.values)
                put_aside += 1
                continue
            if seen is None:
                continue
            missed = await self._reading_lists.reconcile(seen, outage, saving_emoji=self._saving_emoji)
            added += sum(reaction.added for reaction in missed)
            removed += sum(not reaction.added for reaction in missed)
        if put_aside:
            raise SlackUnreachable(method="reactions.get", reason=f"no answer for {put_aside} of {len(messages)}")
        await self._outages.end(self._team, outage)
        log.info("missed reactions read", messages=len(messages), added=added, removed=removed)

    async def _read(self, message: PostedMessage) -> ReactionsSeen | None:
        """The message's reactions, however long Slack takes; None when Slack does not show the message any more.

        Raises `SlackUndecided` when Slack keeps responding with a code that may pass.
        """
        try:
            return await call_with_retry(
                lambda: self._read_once(message), self._clock, undecided_after=_UNDECIDED_SECONDS
            )
        except SlackRefused as refused:
            if recovery_for(str(refused.values.get("error"))) not in _OUT_OF_REACH:
                raise
            log.info("couldn't reach a message", channel=message.channel, ts=message.ts, **refused.values)
            return None

    async def _read_once(self, message: PostedMessage) -> ReactionsSeen:
        asked_at = self._clock.monotonic()
        answer = await call(
            "reactions.get", self._client.reactions_get(channel=message.channel, timestamp=message.ts, full=True)
        )
        took = timedelta(seconds=self._clock.monotonic() - asked_at)
        if answer["message"].get("ts") != message.ts:  # a response about another message removes nobody's reactions
            raise SlackUnreachable(method="reactions.get", reason="an answer about another message")
        return reactions_in(answer.get("message"), message, as_of=moment_asked(answer.headers.get("Date"), took))


def moment_asked(date: str | None, took: timedelta) -> datetime:
    """The moment of a request by Slack's own clock: its response has the header `date` and `took` so long to come.

    Never later than that, lest an event newer than the response be taken for an older one. Earlier does no harm: events
    since then are on their way to us. Our own clock may be wrong, and has no part in this. Raises `SlackUnreachable`
    when the response has no date.
    """
    try:
        return parsedate_to_datetime(date or "").replace(tzinfo=UTC) - took - _SETTLING
    except ValueError as error:
        raise SlackUnreachable(method="reactions.get", reason="its answer bears no date") from error


def reactions_in(shown: object, message: PostedMessage, *, as_of: datetime) -> ReactionsSeen:
    """The reactions in a response of reactions.get; malformed ones are passed over.

    Even with `full` not everybody may be named, and then `count` is greater (docs.slack.dev, reactions.get).
    """
    listed = shown.get("reactions") if isinstance(shown, dict) else None
    reactions = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    named = [(str(each.get("name")), _texts(each.get("users")), each.get("count")) for each in reactions]
    return ReactionsSeen(
        message.team,
        message.channel,
        message.ts,
        standing=frozenset((user, name) for name, users, _ in named for user in users),
        cut_short=frozenset(name for name, users, count in named if count != len(users)),
        as_of=f"{as_of.timestamp():.6f}",
    )


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
