"""Claims on what a channel is due, one per local date, and the channel's cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.channels import Channels
from bot.store.tables.columns import to_day, to_text

if TYPE_CHECKING:
    from datetime import date, datetime


class DueClaims:
    """Claims on what a channel is due, one per local date, and the channel's cursor."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    async def claim(
        self, team: str, channel: str, local_date: date, *, owner: str, now: datetime, lease: str | None = None
    ) -> bool:
        """Claim what a channel is due on a local date. False when that date is done, or the `lease` is another's.

        Whoever serves a channel is alone, by the lease of its workspace where others share the database: a claim left
        open is one whose owner is gone, and is taken over.
        """
        if lease is None:
            return await self._claim(team, channel, local_date, owner=owner, now=now)
        return await self._claim_with_lease(team, channel, local_date, owner=owner, now=now, lease=lease)

    @statement
    async def _claim(
        self, db: Connection, team: str, channel: str, local_date: date, *, owner: str, now: datetime
    ) -> bool:
        claimed = await db.execute(
            "INSERT INTO due_claims (team, channel, local_date, owner, claimed_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team, channel, local_date) DO UPDATE SET owner = excluded.owner,"
            " claimed_at = excluded.claimed_at WHERE due_claims.outcome IS NULL",
            (team, channel, local_date.isoformat(), owner, to_text(now)),
        )
        return claimed == 1

    @transaction
    async def _claim_with_lease(
        self, db: Connection, team: str, channel: str, local_date: date, *, owner: str, now: datetime, lease: str
    ) -> bool:
        if not await db.row("SELECT 1 FROM leases WHERE name = ? AND owner = ?", (lease, owner)):
            return False
        return await DueClaims(db).claim(team, channel, local_date, owner=owner, now=now)

    @transaction
    async def finish(
        self,
        db: Connection,
        team: str,
        channel: str,
        local_date: date,
        *,
        owner: str,
        outcome: str | None,
        cursor: date | None = None,
    ) -> bool:
        """Note what came of a local date, for operators, and move the cursor; with an `outcome` the date is done.

        False, and nothing noted, when it is done already or claimed by another.
        """
        noted = await db.execute(
            "UPDATE due_claims SET outcome = ?"
            " WHERE team = ? AND channel = ? AND local_date = ? AND owner = ? AND outcome IS NULL",
            (outcome, team, channel, local_date.isoformat(), owner),
        )
        if noted and cursor:
            await DueClaims(db).move_cursor(team, channel, cursor)
        return noted == 1

    @reads
    async def served_since(self, db: Connection, team: str, channel: str, first: date) -> frozenset[date]:
        """The local dates from `first` on that are done for a channel."""
        rows = await db.rows(
            "SELECT local_date FROM due_claims"
            " WHERE team = ? AND channel = ? AND local_date >= ? AND outcome IS NOT NULL",
            (team, channel, first.isoformat()),
        )
        return frozenset(to_day(row[0]) for row in rows)

    @transaction
    async def skip(
        self,
        db: Connection,
        team: str,
        channel: str,
        local_date: date,
        *,
        owner: str,
        through: date,
        now: datetime,
    ) -> bool:
        """Mark a local date as done because it was to be skipped, and with it every listing day up to `through`.

        False, and nothing marked, when it is done already or claimed by another.
        """
        is_skipped = await DueClaims(db).finish(
            team, channel, local_date, owner=owner, outcome="skipped", cursor=through
        )
        if is_skipped:
            await Channels(db).set_skip_next(team, channel, False, user=None, now=now)
        return is_skipped

    @statement
    async def move_cursor(self, db: Connection, team: str, channel: str, day: date) -> None:
        """Move the cursor to a listing day: all up to it have been dealt with. A cursor never moves back."""
        await db.execute(
            "UPDATE channels SET cursor = ? WHERE team = ? AND channel = ? AND (cursor IS NULL OR cursor < ?)",
            (day.isoformat(), team, channel, day.isoformat()),
        )
