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

    @statement
    async def claim(
        self, db: Connection, team: str, channel: str, local_date: date, *, owner: str, now: datetime
    ) -> bool:
        """Claim what a channel is due on a local date. False when that date is done.

        Whoever runs is alone, so that a claim left open is one whose owner died: it is taken over.
        """
        claimed = await db.execute(
            "INSERT INTO due_claims (team, channel, local_date, owner, claimed_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team, channel, local_date) DO UPDATE SET owner = excluded.owner,"
            " claimed_at = excluded.claimed_at WHERE due_claims.outcome IS NULL",
            (team, channel, local_date.isoformat(), owner, to_text(now)),
        )
        return claimed == 1

    @statement
    async def finish(self, db: Connection, team: str, channel: str, local_date: date, *, outcome: str) -> None:
        """Mark a local date as done; `outcome` says how, for operators."""
        await db.execute(
            "UPDATE due_claims SET outcome = ? WHERE team = ? AND channel = ? AND local_date = ? AND outcome IS NULL",
            (outcome, team, channel, local_date.isoformat()),
        )

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
        self, db: Connection, team: str, channel: str, local_date: date, *, through: date, now: datetime
    ) -> None:
        """Mark a local date as done because it was to be skipped, and with it every listing day up to `through`."""
        due_claims = DueClaims(db)
        await due_claims.move_cursor(team, channel, through)
        await due_claims.finish(team, channel, local_date, outcome="skipped")
        await Channels(db).set_skip_next(team, channel, False, user=None, now=now)

    @statement
    async def move_cursor(self, db: Connection, team: str, channel: str, day: date) -> None:
        """Move the cursor to a listing day: all up to it have been dealt with. A cursor never moves back."""
        await db.execute(
            "UPDATE channels SET cursor = ? WHERE team = ? AND channel = ? AND (cursor IS NULL OR cursor < ?)",
            (day.isoformat(), team, channel, day.isoformat()),
        )
