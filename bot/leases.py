"""Leases as a process holds them: what it may work on alone, until they run out.

On SQLite one process runs alone, and its lock on the file is the proof of that: it holds whatever it asks for. On
PostgreSQL any number of replicas run on one database, where a lease is a row with an owner and an end. Whether one is
held is judged by the seconds since it was asked for, which also count while the machine sleeps: a process that was
stopped knows at once that it may have lost what it held.
"""

from __future__ import annotations

import os
import secrets
import socket
from typing import TYPE_CHECKING, Protocol

import structlog

from bot.errors import StoreError
from bot.rules.leases import LEASE, RELIED_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.store import StoredLeases

log = structlog.get_logger(__name__)


def process_name() -> str:
    """A name for this process, unlike that of any other, under which it claims what it works on."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Leases(Protocol):
    """The leases of one process, its `owner`. Two that ask for the same one in that process both get it."""

    @property
    def owner(self) -> str:
        """The process, as leases and claims name it."""

    @property
    def are_shared(self) -> bool:
        """Whether other processes may hold leases of the same database."""

    async def hold(self, names: Collection[str]) -> frozenset[str]:
        """Hold those of these leases that nobody else holds; which they are. They are renewed until they are released.

        Raises `StoreError`.
        """

    async def release(self, names: Collection[str]) -> None:
        """Give leases back at once. Raises `StoreError`; then they run out."""

    def is_held(self, name: str) -> bool:
        """Whether a lease is held now: one that was lost is not, until somebody holds it anew."""

    def count(self) -> int:
        """The number of leases that are held now."""


class HeldAlone:
    """The leases of a process that is alone on its database."""

    are_shared = False

    def __init__(self, owner: str) -> None:
        self.owner = owner

    async def hold(self, names: Collection[str]) -> frozenset[str]:
        """All of them."""
        return frozenset(names)

    async def release(self, names: Collection[str]) -> None:
        """Nobody else wants them."""

    def is_held(self, name: str) -> bool:
        """Yes."""
        return True

    def count(self) -> int:
        """None, as none is needed."""
        return 0


class SharedLeases:
    """Leases in the database. `now` is its clock; `seconds` only ever grow, also while the machine sleeps."""

    are_shared = True

    def __init__(
        self, stored: StoredLeases, owner: str, *, now: Callable[[], datetime], seconds: Callable[[], float]
    ) -> None:
        self._stored = stored
        self._now = now
        self._seconds = seconds
        self._held: dict[str, float] = {}
        self.owner = owner

    async def hold(self, names: Collection[str]) -> frozenset[str]:
        """Hold those of these leases that nobody else holds."""
        asked_at, now = self._seconds(), self._now()
        held = await self._stored.hold(names, owner=self.owner, now=now, until=now + LEASE)
        self._note(names, held, asked_at)
        return frozenset(name for name in held if self.is_held(name))

    async def release(self, names: Collection[str]) -> None:
        """Give leases back at once."""
        for name in names:
            self._held.pop(name, None)
        await self._stored.release(names, owner=self.owner)

    def is_held(self, name: str) -> bool:
        """Whether a lease is held now."""
        until = self._held.get(name)
        return until is not None and self._seconds() < until

    def count(self) -> int:
        """The number of leases that are held now."""
        return sum(map(self.is_held, self._held))

    async def end(self) -> None:
        """Give back all that is held still."""
        try:
            await self.release(frozenset(self._held))
        except StoreError as error:
            log.warning("couldn't give back leases, which run out", error=str(error))

    async def renew(self) -> None:
        """Renew all that is held. Raises `StoreError`."""
        for name in [name for name in self._held if not self.is_held(name)]:
            del self._held[name]  # another may have had it meanwhile
        if not self._held:
            return
        names, asked_at = frozenset(self._held), self._seconds()
        renewed = await self._stored.renew(names, owner=self.owner, until=self._now() + LEASE)
        self._note(names & self._held.keys(), renewed, asked_at)

    def _note(self, asked: Collection[str], held: Collection[str], asked_at: float) -> None:
        for name in asked:
            if name in held:
                self._held[name] = asked_at + RELIED_ON.total_seconds()
            else:
                self._held.pop(name, None)
