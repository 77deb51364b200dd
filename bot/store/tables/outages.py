"""When Slack was heard, and which messages are still to be looked at after an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.outages import Outage, PostedMessage, outage_after
from bot.store.tables.forms import optional_moment, optional_text, to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


def note_heard(db: Connection, team: str, now: datetime, was_only_quiet: bool) -> Outage | None:
    """Move the last hearing on; the outage pending after it."""
    row = db.execute("SELECT heard_at, deaf_since, deaf_until FROM hearing WHERE team = ?", (team,)).fetchone()
    pending = Outage(optional_moment(row[1]), to_moment(row[2])) if row and row[2] else None
    heard_at = to_moment(row[0]) if row else None
    outage = pending if was_only_quiet and heard_at else outage_after(heard_at, pending, now)
    db.execute(
        "INSERT INTO hearing (team, heard_at, deaf_since, deaf_until) VALUES (?, ?, ?, ?) ON CONFLICT (team) DO UPDATE"
        " SET heard_at = excluded.heard_at, deaf_since = excluded.deaf_since, deaf_until = excluded.deaf_until",
        (
            team,
            to_text(now),
            optional_text(outage.since) if outage else None,
            to_text(outage.until) if outage else None,
        ),
    )
    return outage


def end_outage(db: Connection, team: str, outage: Outage) -> None:
    """No longer pending, unless another has come on top of it."""
    db.execute(
        "UPDATE hearing SET deaf_since = NULL, deaf_until = NULL WHERE team = ? AND deaf_until = ?",
        (team, to_text(outage.until)),
    )


def messages_to_reconcile(db: Connection, team: str, outage: Outage, since: datetime) -> list[PostedMessage]:
    """Messages with papers posted since then and not looked at for this outage, newest first."""
    rows = db.execute(
        # From channel to channel by the key, which leads to the moment in each: nothing older is walked through.
        "WITH RECURSIVE rooms(channel) AS (SELECT min(channel) FROM message_papers WHERE team = ?1 UNION ALL"
        " SELECT (SELECT min(channel) FROM message_papers WHERE team = ?1 AND channel > rooms.channel) FROM rooms"
        " WHERE rooms.channel IS NOT NULL)"
        " SELECT DISTINCT m.team, m.channel, m.ts FROM rooms CROSS JOIN message_papers m"
        " WHERE m.team = ?1 AND m.channel = rooms.channel AND m.ts >= ?2"
        " AND NOT EXISTS (SELECT 1 FROM reaction_readings r WHERE r.team = m.team AND r.channel = m.channel"
        " AND r.message_ts = m.ts AND r.outage = ?3) ORDER BY m.ts DESC",
        (team, f"{since.timestamp():.6f}", to_text(outage.until)),
    )
    return [PostedMessage(*row) for row in rows]
