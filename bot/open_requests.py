"""Open requests: this process's leases on acknowledged requests that are not done yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.rules.requests import HELD_AT_ONCE, LEASE, REMEMBERED

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.rules.incoming_messages import IncomingMessage
    from bot.rules.requests import Request
    from bot.store import IncomingMessages, Requests

log = structlog.get_logger(__name__)


class OpenRequests:
    """Requests on disk from before they are acknowledged until they are done; `owner` names this process in them."""

    def __init__(self, requests: Requests, clock: Clock, *, owner: str) -> None:
        self._requests = requests
        self._clock = clock
        self._owner = owner
        self._under_way: dict[Request, datetime] = {}

    async def keep(self, request: Request) -> bool:
        """Store a request. False when it is stored already, or one like it is still to be done.

        Raises `StoreError`.
        """
        return await self._requests.note(request, owner=self._owner, until=self._until())

    async def keep_reply(self, heard: IncomingMessages, message: IncomingMessage, request: Request) -> bool:
        """Store that a message was heard, and the request to answer it. False when it is not to be answered now.

        Raises `StoreError`.
        """
        return await heard.keep(message, request, owner=self._owner, now=self._clock.now(), until=self._until())

    def begin(self, request: Request) -> None:
        """Note that this process works on a request from now on."""
        self._under_way[request] = self._until()

    def release(self, request: Request) -> None:
        """Stop working on a request; unless it was ended, it is taken over after its lease."""
        self._under_way.pop(request, None)

    async def note_attempt(self, request: Request) -> None:
        """Count one more attempt at a request that was left over. Raises `StoreError`."""
        await self._requests.note_attempt(request, owner=self._owner)

    async def note_progress(self, request: Request, progress: str) -> bool:
        """Note how far a request has come. False when another process did. Raises `StoreError`."""
        return await self._requests.note_progress(request, progress, owner=self._owner)

    async def end(self, request: Request) -> None:
        """End a request that is done or given up, once whoever asked was told. Raises `StoreError`."""
        await self._requests.end(request, owner=self._owner, remembered_until=self._clock.now() + REMEMBERED)

    async def has_others_under_way(self, request: Request) -> bool:
        """Whether any process works on something that the same person asked for, but for requests of this kind.

        Raises `StoreError`.
        """
        return await self._requests.has_others_under_way(request, now=self._clock.now())

    async def is_under_way_before(self, request: Request) -> bool:
        """Whether any process works on an earlier request of the same person and kind. Raises `StoreError`."""
        return await self._requests.is_under_way_before(request, now=self._clock.now())

    async def hold(self) -> None:
        """Renew the leases of all requests this process works on. Raises `StoreError`."""
        soon = self._clock.now() + LEASE / 2
        held = [request for request, until in self._under_way.items() if until <= soon]
        for start in range(0, len(held), HELD_AT_ONCE):
            some = held[start : start + HELD_AT_ONCE]
            until = self._until()
            ours = await self._requests.hold(some, owner=self._owner, until=until)
            self._under_way.update((request, until) for request in some if request in self._under_way)
            if ours < sum(request in self._under_way for request in some):
                log.warning("requests were taken over by another process", held=len(some), still_ours=ours)

    async def take_over(self, team: str) -> list[Request]:
        """Take over the requests that nobody works on, oldest first. Raises `StoreError`."""
        now = self._clock.now()
        taken = await self._requests.take(team, owner=self._owner, now=now, until=self._until())
        return [request for request in taken if request not in self._under_way]

    def _until(self) -> datetime:
        return self._clock.now() + LEASE
