"""Open requests: this process's leases on acknowledged requests that are not done yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.rules.requests import HELD_AT_ONCE, LEASE, REMEMBERED

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.rules.requests import Request
    from bot.store import Requests

log = structlog.get_logger(__name__)


class OpenRequests:
    """Requests on disk from before they are acknowledged until they are done; `owner` names this process in them."""

    def __init__(self, requests: Requests, clock: Clock, *, owner: str) -> None:
        self._requests = requests
        self._clock = clock
        self._owner = owner
        self._under_way: dict[Request, datetime] = {}

    async def keep(self, request: Request) -> bool:
        """Write down what somebody asks for. False when it was asked before, or the like is still to be done.

        Raises `StoreError`.
        """
        return await self._requests.note(request, owner=self._owner, until=self._until())

    def begin(self, request: Request) -> None:
        """A request is worked on here from now on."""
        self._under_way[request] = self._until()

    def release(self, request: Request) -> None:
        """A request is not worked on any more; unless it was ended, it is taken up again after its lease."""
        self._under_way.pop(request, None)

    async def note_attempt(self, request: Request) -> None:
        """What was left over is tried once more from now on. Raises `StoreError`."""
        await self._requests.note_attempt(request, owner=self._owner)

    async def reach_step(self, request: Request, step: str) -> bool:
        """Note how far a request has come. False when another has come there. Raises `StoreError`."""
        return await self._requests.note_step(request, step, owner=self._owner)

    async def end(self, request: Request) -> None:
        """A request is done, or will not be, and whoever asked was told. Raises `StoreError`."""
        await self._requests.end(request, owner=self._owner, remembered_until=self._clock.now() + REMEMBERED)

    async def hold(self) -> None:
        """Keep others from what is worked on here. Raises `StoreError`."""
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
        """What nobody works on, oldest first, from now on to be done here. Raises `StoreError`."""
        now = self._clock.now()
        taken = await self._requests.take(team, owner=self._owner, now=now, until=self._until())
        return [request for request in taken if request not in self._under_way]

    def _until(self) -> datetime:
        return self._clock.now() + LEASE
