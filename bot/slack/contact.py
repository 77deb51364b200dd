"""Contact with Slack: noted every few seconds, once for all workspaces, so that an outage shows afterwards."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable, StoreError
from bot.rules.outages import Sighting, lost_since

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.clock import Clock
    from bot.store import Outages

log = structlog.get_logger(__name__)

# How often it is stored that Slack was seen.
NOTE_EVERY = timedelta(seconds=20)
# For how long requests fail, none being answered, before Slack is asked whether it is there at all.
FAILING_FOR_SECONDS = 30.0


class ContactNotes:
    """Notes this process's contact with Slack, in one workspace, its `team`, or in all that are installed.

    A note is itself the proof that the database takes what Slack brings. Where notes fail, or the process stands still,
    for so long that Slack gives up bringing something again, that is an outage too, whatever other processes were able
    to do.
    """

    def __init__(self, outages: Outages, clock: Clock, *, team: str | None) -> None:
        self._outages = outages
        self._clock = clock
        self._team = team
        self._noted_at: datetime | None = None
        self._stored_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._stood_still_since: datetime | None = None
        self._has_failed = False
        self._delivery_failed = False

    async def note(
        self, seen_at: datetime, *, request_at: datetime | None = None, delivery_failed: bool = False
    ) -> None:
        """Store, every 20 seconds at most, that Slack was seen, and over HTTP when its last request came.

        `delivery_failed` when Slack says that it could not bring a request before. Raises nothing: what cannot be
        stored is stored with the next note.
        """
        self._delivery_failed = self._delivery_failed or delivery_failed
        now = self._clock.now()
        # A process that stood still did not take what was brought to it; one whose connection was lost was brought
        # nothing.
        stood_still_since = lost_since(self._asked_at, now, failed=False)
        self._stood_still_since, self._asked_at = self._stood_still_since or stood_still_since, now
        soon = self._noted_at is not None and timedelta(0) <= seen_at - self._noted_at < NOTE_EVERY
        if soon and not self._delivery_failed:
            return
        lost = lost_since(self._stored_at, now, failed=True) if self._has_failed else self._stood_still_since
        try:
            outage = await self._outages.record_contact(
                self._team, Sighting(seen_at, request_at, self._delivery_failed, lost)
            )
        except StoreError as error:
            self._has_failed = True
            log.warning("couldn't record when Slack was last seen", error=str(error))
            return
        self._noted_at, self._stored_at = seen_at, now
        self._has_failed = self._delivery_failed = False
        self._stood_still_since = None
        if outage and outage.since:
            log.info("no contact with Slack for a while", since=outage.since, until=outage.until)

    async def close(self, seen_at: datetime | None) -> None:
        """Store a last time when Slack was seen."""
        if seen_at is not None:
            with suppress(StoreError):
                await self._outages.record_contact(self._team, Sighting(seen_at))


class WebApiContact:
    """Whether Slack's Web API answers this process, in whichever workspace; `seconds` only ever grow.

    Whatever becomes of requests is noted here. `ask` asks something that needs no token, and raises `SlackRefused` or
    `SlackUnreachable`.
    """

    def __init__(self, ask: Callable[[], Awaitable[object]], seconds: Callable[[], float]) -> None:
        self._ask = ask
        self._seconds = seconds
        self._failing_since: float | None = None

    def note(self, *, answered: bool) -> None:
        """A request was answered by Slack, or it failed before that."""
        if answered:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._seconds()

    async def is_lost(self) -> bool:
        """Whether requests have failed for a while, and Slack answers nothing at all now."""
        if self._failing_since is None or self._seconds() - self._failing_since < FAILING_FOR_SECONDS:
            return False
        try:
            await self._ask()
        except (SlackRefused, SlackUnreachable):
            return self._failing_since is not None  # what Slack itself refuses is an answer, which was noted
        self.note(answered=True)
        return False
