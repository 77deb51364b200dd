"""The record of what was posted: days, papers, and the messages that show them, by conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.editions import Edition, EditionKind
from bot.rules.outbox import PostedEdition
from bot.store.connection import Connection, Transactions, query, reads, statement
from bot.store.tables.columns import ASKED_AT_ONCE, batched, marks, to_day, to_moment, to_text
from bot.store.tables.delivery_rows import DELIVERY_COLUMNS, FROM_OUTBOX, delivery_from

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from bot.rules.outbox import Delivery


class Posted:
    """The record of what was posted: days, papers, and the messages that show them, by conversation."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def days_had(self, db: Connection, team: str, conversation: str, since: date) -> dict[date, Edition]:
        """The listing days from `since` on that an edition brings to a conversation, each with that edition."""
        rows = await db.rows(
            "SELECT day, edition FROM edition_days WHERE team = ? AND conversation = ? AND day >= ?",
            (team, conversation, since.isoformat()),
        )
        return {to_day(day): Edition.parse(edition) for day, edition in rows}

    @reads
    async def papers_had(
        self, db: Connection, team: str, conversation: str, paper_ids: Collection[str]
    ) -> frozenset[str]:
        """Those of the papers that a daily edition brought to a conversation, or will; for ever."""
        had: set[str] = set()
        for some in batched(list(paper_ids), ASKED_AT_ONCE):
            rows = await db.rows(
                "SELECT p.paper FROM posted_papers p LEFT JOIN outbox o ON o.team = p.team"
                " AND o.conversation = p.conversation AND o.edition = p.edition AND o.part = coalesce(p.part, p.paper)"
                f" WHERE p.team = ? AND p.conversation = ? AND p.paper IN ({marks(some)})"
                " AND (o.state IS NULL OR o.state <> 'refused')",
                (team, conversation, *some),
            )
            had.update(row[0] for row in rows)
        return frozenset(had)

    @query
    async def papers_shown(self, db: Connection, team: str, channel: str, ts: str) -> tuple[str, ...]:
        """The papers a message shows, in order; empty for a message that is not ours."""
        rows = await db.rows(
            "SELECT paper FROM message_papers WHERE team = ? AND channel = ? AND ts = ? ORDER BY position",
            (team, channel, ts),
        )
        return tuple(row[0] for row in rows)

    @reads
    async def cards_of(
        self, db: Connection, team: str, conversation: str, paper_ids: Collection[str]
    ) -> dict[str, tuple[str, str | None]]:
        """The time stamps of a conversation's posts of papers, and of their threads if any, by paper ID."""
        cards: dict[str, tuple[str, str | None]] = {}
        for some in batched(list(paper_ids), ASKED_AT_ONCE):
            rows = await db.rows(
                "SELECT paper, ts, thread_ts FROM posted_papers WHERE team = ? AND conversation = ?"
                f" AND paper IN ({marks(some)}) AND ts IS NOT NULL ORDER BY ts",
                (team, conversation, *some),
            )
            for paper_id, ts, thread_ts in rows:
                cards.setdefault(paper_id, (ts, thread_ts))
        return cards

    @reads
    async def cards_showing(
        self, db: Connection, team: str, paper_id: str, *, since: datetime, conversation: str | None = None
    ) -> list[Delivery]:
        """A paper's cards posted since then in served channels, or in one of them, each as the last change has it."""
        rows = await db.rows(
            f"SELECT {DELIVERY_COLUMNS} {FROM_OUTBOX} JOIN channels c ON c.team = o.team AND c.channel = o.conversation"
            " AND c.state = 'active' WHERE o.team = ? AND o.part = ? AND o.card IS NOT NULL AND o.ts IS NOT NULL"
            f"{' AND o.conversation = ?' if conversation else ''}"
            " AND o.state <> 'refused' AND o.ts IN (SELECT p.ts FROM outbox p WHERE p.team = o.team"
            " AND p.conversation = o.conversation AND p.part = o.part AND p.card IS NOT NULL"
            " AND p.kind = 'post' AND p.state = 'sent' AND p.sent_at >= ?) ORDER BY o.planned_at, o.kind",
            (team, paper_id, *([conversation] if conversation else []), to_text(since)),
        )
        latest = {(delivery.key.conversation, delivery.ts): delivery for delivery in map(delivery_from, rows)}
        return list(latest.values())

    @reads
    async def digests_listing(
        self,
        db: Connection,
        team: str,
        paper_ids: Collection[str],
        *,
        since: datetime,
        conversation: str | None = None,
    ) -> list[tuple[str, Edition]]:
        """The editions begun since then in served channels, or in one of them, that brought any of these papers."""
        found: dict[tuple[str, str], None] = {}
        for some in batched(list(paper_ids), ASKED_AT_ONCE):
            rows = await db.rows(
                "SELECT DISTINCT p.conversation, p.edition FROM channels c"
                " JOIN posted_papers p ON p.team = c.team AND p.conversation = c.channel"
                f" AND p.paper IN ({marks(some)})"
                " JOIN outbox o ON o.team = p.team AND o.conversation = p.conversation"
                " AND o.edition = p.edition AND o.part = 'header' AND o.state = 'sent' AND o.sent_at >= ?"
                f" WHERE c.team = ? AND c.state = 'active'{' AND c.channel = ?' if conversation else ''}"
                " ORDER BY p.conversation, p.edition",
                (*some, to_text(since), team, *([conversation] if conversation else [])),
            )
            found.update(dict.fromkeys((channel, edition) for channel, edition in rows))
        return [(channel, Edition.parse(edition)) for channel, edition in found]

    @reads
    async def latest_changes(
        self, db: Connection, team: str, conversation: str, time_stamps: Collection[str]
    ) -> dict[str, Delivery]:
        """The last change that was planned to each of these messages and not refused, by time stamp."""
        rows = await db.rows(
            f"SELECT {DELIVERY_COLUMNS} {FROM_OUTBOX} WHERE o.team = ? AND o.conversation = ?"
            f" AND o.ts IN ({marks(list(time_stamps))}) AND o.kind = 'update' AND o.state <> 'refused'"
            " ORDER BY o.planned_at, o.edition",
            (team, conversation, *time_stamps),
        )
        return {str(change.ts): change for change in map(delivery_from, rows)}

    @reads
    async def editions_to_look_back_at(self, db: Connection, team: str, *, since: datetime) -> list[PostedEdition]:
        """The daily editions with cards that are wholly sent, and were begun to be since then, oldest first."""
        rows = await db.rows(
            "SELECT o.conversation, o.edition, o.sent_at, u.step FROM outbox o"
            " JOIN channels c ON c.team = o.team AND c.channel = o.conversation AND c.state = 'active'"
            " LEFT JOIN edition_upkeep u ON u.team = o.team AND u.conversation = o.conversation"
            " AND u.edition = o.edition"
            " WHERE o.state = 'sent' AND o.sent_at >= ? AND o.team = ? AND o.part = 'header' AND o.kind = 'post'"
            " AND o.edition_kind = ? AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.team = o.team"
            " AND p.conversation = o.conversation AND p.edition = o.edition"
            " AND p.state IN ('pending', 'claimed', 'in_doubt')) ORDER BY o.sent_at, o.conversation, o.edition",
            (to_text(since), team, EditionKind.DAILY),
        )
        steps: dict[tuple[str, str, str], set[str]] = {}
        for conversation, edition, sent_at, step in rows:
            steps.setdefault((conversation, edition, sent_at), set()).update([step] if step else [])
        return [
            PostedEdition(conversation, Edition.parse(edition), to_moment(sent_at), frozenset(taken))
            for (conversation, edition, sent_at), taken in steps.items()
        ]

    @statement
    async def note_look_back(
        self, db: Connection, team: str, conversation: str, edition: Edition, step: str, *, now: datetime
    ) -> None:
        """A look back at an edition was taken."""
        await db.execute(
            "INSERT INTO edition_upkeep (team, conversation, edition, step, at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (team, conversation, str(edition), step, to_text(now)),
        )
