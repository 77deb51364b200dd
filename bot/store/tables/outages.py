"""Contact with Slack: when it last was, and which messages are still to be reconciled after an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.outages import Contact, Outage, PostedMessage, after_sighting
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import optional_moment, optional_text, to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.outages import Sighting

_CONTACT = "last_seen_at, last_request_at, silent_since, resumed_at, looked_into_at"
# Instead of a workspace: every one in which the app is installed.
_ALL = ""


class Outages:
    """The last contact with Slack, and the outage of each workspace that is not reconciled yet."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def record_contact(self, db: Connection, team: str | None, seen: Sighting) -> Outage | None:
        """Record that a process was in touch with Slack on behalf of a workspace, or of all that are installed; the
        outage that this reveals, which is from now on to be reconciled in each of them.
        """
        row = await db.row(f"SELECT {_CONTACT} FROM slack_contacts WHERE team = ?", (team or _ALL,))
        before = Contact(to_moment(row[0]), *map(optional_moment, row[1:])) if row else None
        known, outage = after_sighting(before, seen)
        if known != before:
            await db.execute(
                f"INSERT INTO slack_contacts (team, {_CONTACT}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (team) DO UPDATE"
                " SET last_seen_at = excluded.last_seen_at, last_request_at = excluded.last_request_at,"
                " silent_since = excluded.silent_since, resumed_at = excluded.resumed_at,"
                " looked_into_at = excluded.looked_into_at",
                (
                    team or _ALL,
                    to_text(known.last_seen_at),
                    optional_text(known.last_request_at),
                    optional_text(known.silent_since),
                    optional_text(known.resumed_at),
                    optional_text(known.looked_into_at),
                ),
            )
        if outage:
            await begin_outage(db, team, outage)
        return outage

    @reads
    async def pending(self, db: Connection) -> dict[str, Outage]:
        """The outages that are not reconciled yet, each by its workspace."""
        rows = await db.rows("SELECT team, outage_since, outage_until FROM outages")
        return {team: Outage(optional_moment(since), to_moment(until)) for team, since, until in rows}

    @reads
    async def messages_to_reconcile(
        self, db: Connection, team: str, outage: Outage, *, since: datetime
    ) -> list[PostedMessage]:
        """Our messages with papers since then whose reactions were not yet read for this outage.

        The newest come first, and those before them that an earlier outage left unread, so that each has its turn
        however often there is another outage.
        """
        rows = await db.rows(
            # From channel to channel by the key, which leads to the moment in each: nothing older is walked through.
            "WITH RECURSIVE posted_in(channel) AS (SELECT min(channel) FROM message_papers WHERE team = ? UNION ALL"
            " SELECT (SELECT min(channel) FROM message_papers WHERE team = ? AND channel > posted_in.channel)"
            " FROM posted_in WHERE posted_in.channel IS NOT NULL)"
            " SELECT DISTINCT m.team, m.channel, m.ts, coalesce(r.outage, '') AS read_for"
            " FROM posted_in CROSS JOIN message_papers m LEFT JOIN reaction_readings r"
            " ON r.team = m.team AND r.channel = m.channel AND r.message_ts = m.ts"
            " WHERE m.team = ? AND m.channel = posted_in.channel AND m.ts >= ? AND coalesce(r.outage, '') < ?"
            " ORDER BY read_for, m.ts DESC, m.channel",
            (team, team, team, f"{since.timestamp():.6f}", to_text(outage.until)),
        )
        return [PostedMessage(team, channel, ts) for team, channel, ts, _ in rows]

    @statement
    async def end(self, db: Connection, team: str, outage: Outage) -> None:
        """End an outage, which is reconciled. A later one that includes it stays."""
        await db.execute("DELETE FROM outages WHERE team = ? AND outage_until = ?", (team, to_text(outage.until)))


async def begin_outage(db: Connection, team: str | None, outage: Outage) -> None:
    """Have an outage reconciled in a workspace, or in all that are installed; a pending one becomes part of it."""
    until = to_text(outage.until)
    # Where the pending one began before anything was known, its beginning stays unknown.
    included = (
        "outage_until = excluded.outage_until,"
        " outage_since = CASE WHEN outages.outage_since IS NULL OR outages.outage_since < excluded.outage_since"
        " THEN outages.outage_since ELSE excluded.outage_since END WHERE excluded.outage_until > outages.outage_until"
    )
    if team is not None:
        await db.execute(
            "INSERT INTO outages (team, outage_since, outage_until) VALUES (?, ?, ?)"
            f" ON CONFLICT (team) DO UPDATE SET {included}",
            (team, optional_text(outage.since), until),
        )
        return
    await db.execute(
        "INSERT INTO outages (team, outage_since, outage_until) SELECT team, CAST(? AS TEXT), CAST(? AS TEXT)"
        f" FROM teams WHERE removed_at IS NULL ON CONFLICT (team) DO UPDATE SET {included}",
        (optional_text(outage.since), until),
    )
