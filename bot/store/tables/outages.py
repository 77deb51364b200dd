"""Contact with Slack: when it last was, and which messages are still to be reconciled after an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.outages import Outage, PostedMessage, outage_after
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import optional_moment, optional_text, to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime


class Outages:
    """The last contact with Slack, and the outage that is not reconciled yet, of each workspace."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def record_contact(
        self, db: Connection, team: str, *, now: datetime, was_only_quiet: bool = False
    ) -> Outage | None:
        """Record contact with Slack. The outage that is not reconciled yet, be it new or left from before.

        When it `was_only_quiet` since the last contact, that time is no outage.
        """
        row = await db.row("SELECT last_seen_at, outage_since, outage_until FROM outages WHERE team = ?", (team,))
        pending = Outage(optional_moment(row[1]), to_moment(row[2])) if row and row[2] else None
        last_seen = to_moment(row[0]) if row else None
        outage = pending if was_only_quiet and last_seen else outage_after(last_seen, pending, now)
        await db.execute(
            "INSERT INTO outages (team, last_seen_at, outage_since, outage_until) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (team) DO UPDATE SET last_seen_at = excluded.last_seen_at,"
            " outage_since = excluded.outage_since, outage_until = excluded.outage_until",
            (
                team,
                to_text(now),
                optional_text(outage.since) if outage else None,
                to_text(outage.until) if outage else None,
            ),
        )
        return outage

    @reads
    async def messages_to_reconcile(
        self, db: Connection, team: str, outage: Outage, *, since: datetime
    ) -> list[PostedMessage]:
        """Our messages with papers since then whose reactions were not yet read for this outage, newest first."""
        rows = await db.rows(
            # From channel to channel by the key, which leads to the moment in each: nothing older is walked through.
            "WITH RECURSIVE posted_in(channel) AS (SELECT min(channel) FROM message_papers WHERE team = ? UNION ALL"
            " SELECT (SELECT min(channel) FROM message_papers WHERE team = ? AND channel > posted_in.channel)"
            " FROM posted_in WHERE posted_in.channel IS NOT NULL)"
            " SELECT DISTINCT m.team, m.channel, m.ts FROM posted_in CROSS JOIN message_papers m"
            " WHERE m.team = ? AND m.channel = posted_in.channel AND m.ts >= ?"
            " AND NOT EXISTS (SELECT 1 FROM reaction_readings r WHERE r.team = m.team AND r.channel = m.channel"
            " AND r.message_ts = m.ts AND r.outage = ?) ORDER BY m.ts DESC, m.channel",
            (team, team, team, f"{since.timestamp():.6f}", to_text(outage.until)),
        )
        return [PostedMessage(*row) for row in rows]

    @statement
    async def end(self, db: Connection, team: str, outage: Outage) -> None:
        """End an outage, which is reconciled. A later one that includes it stays."""
        await db.execute(
            "UPDATE outages SET outage_since = NULL, outage_until = NULL WHERE team = ? AND outage_until = ?",
            (team, to_text(outage.until)),
        )
