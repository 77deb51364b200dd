"""When Slack was heard, and which messages are still to be looked at after an outage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.outages import Outage, PostedMessage, outage_after
from bot.store.tables.forms import optional_moment, optional_text, to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

_CLOCKS_APART = timedelta(hours=1)


def note_heard(db: Connection, team: str, now: datetime) -> Outage | None:
    """Move the last hearing on; the outage pending after it."""
    row = db.execute("SELECT heard_at, deaf_since, deaf_until FROM hearing WHERE team = ?", (team,)).fetchone()
    pending = Outage(optional_moment(row[1]), to_moment(row[2])) if row and row[2] else None
    outage = outage_after(to_moment(row[0]) if row else None, pending, now)
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
        # Slack's clock and ours may differ, so that an index leads close to the moment, and the time stamp decides.
        "SELECT o.team, o.conversation, o.ts FROM outbox o"
        " WHERE o.state = 'sent' AND o.sent_at >= ? AND o.team = ? AND o.kind = 'post' AND CAST(o.ts AS REAL) >= ?"
        " AND EXISTS (SELECT 1 FROM message_papers m"
        " WHERE m.team = o.team AND m.channel = o.conversation AND m.ts = o.ts)"
        " AND NOT EXISTS (SELECT 1 FROM reaction_readings r WHERE r.team = o.team AND r.channel = o.conversation"
        " AND r.message_ts = o.ts AND r.outage = ?) ORDER BY CAST(o.ts AS REAL) DESC",
        (to_text(since - _CLOCKS_APART), team, since.timestamp(), to_text(outage.until)),
    )
    return [PostedMessage(*row) for row in rows]
