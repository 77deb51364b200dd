"""Leases, and the replicas that share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.leases import Lease
from bot.store.connection import Connection, Transactions, reads, statement
from bot.store.tables.columns import marks, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class StoredLeases:
    """Leases, and the replicas that share them. Moments are those of the database's clock."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def hold(
        self, db: Connection, names: Collection[str], *, owner: str, now: datetime, until: datetime
    ) -> frozenset[str]:
        """Renew those of these leases that are an owner's, and take those that are nobody's or have run out; which are
        the owner's now, until then. Each is one owner's only."""
        if not names:
            return frozenset()
        rows = await db.rows(
            f"INSERT INTO leases (name, owner, lease_until) VALUES {', '.join(['(?, ?, ?)'] * len(names))}"
            " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until"
            " WHERE leases.owner = excluded.owner OR leases.lease_until <= ? RETURNING name",
            # In order, so that two who hold the same wait for each other in one direction only.
            (*(value for name in sorted(names) for value in (name, owner, to_text(until))), to_text(now)),
        )
        return frozenset(name for (name,) in rows)

    @statement
    async def renew(self, db: Connection, names: Collection[str], *, owner: str, until: datetime) -> frozenset[str]:
        """Renew those of these leases that nobody else has taken; which they are."""
        if not names:
            return frozenset()
        rows = await db.rows(
            f"UPDATE leases SET lease_until = ? WHERE owner = ? AND name IN ({marks(sorted(names))}) RETURNING name",
            (to_text(until), owner, *sorted(names)),
        )
        return frozenset(name for (name,) in rows)

    @statement
    async def release(self, db: Connection, names: Collection[str], *, owner: str) -> None:
        """Give back leases, so that others may take them at once; those of others stay theirs."""
        if names:
            await db.execute(
                f"DELETE FROM leases WHERE owner = ? AND name IN ({marks(sorted(names))})", (owner, *sorted(names))
            )

    @reads
    async def held_at(self, db: Connection, names: Collection[str], *, now: datetime) -> dict[str, Lease]:
        """Those of these leases that have not run out, by name."""
        if not names:
            return {}
        rows = await db.rows(
            f"SELECT name, owner, lease_until FROM leases WHERE lease_until > ? AND name IN ({marks(sorted(names))})",
            (to_text(now), *sorted(names)),
        )
        return {name: Lease(name, owner, to_moment(until)) for name, owner, until in rows}

    @statement
    async def note_alive(self, db: Connection, replica: str, *, until: datetime) -> None:
        """Note that a replica is alive, and will have said so again by then."""
        await db.execute(
            "INSERT INTO replicas (name, alive_until) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET alive_until = excluded.alive_until",
            (replica, to_text(until)),
        )

    @statement
    async def note_gone(self, db: Connection, replica: str) -> None:
        """Note that a replica has come to its end."""
        await db.execute("DELETE FROM replicas WHERE name = ?", (replica,))

    @reads
    async def replicas(self, db: Connection, *, now: datetime) -> frozenset[str]:
        """The replicas that are alive."""
        rows = await db.rows("SELECT name FROM replicas WHERE alive_until > ?", (to_text(now),))
        return frozenset(name for (name,) in rows)
