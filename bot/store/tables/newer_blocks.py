"""Slack's newer blocks that each workspace takes or refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.newer_blocks import BlockAnswer, NewerBlock
from bot.store.connection import Connection, Transactions, query, statement
from bot.store.tables.columns import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime


class NewerBlocks:
    """Each workspace's latest answers to Slack's newer types of blocks."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def answers(self, db: Connection, team: str) -> list[BlockAnswer]:
        """A workspace's latest answers, without types it was never sent or that are not used any more."""
        rows = await db.rows("SELECT kind, accepted, at FROM newer_blocks WHERE team = ? ORDER BY kind", (team,))
        return [
            BlockAnswer(NewerBlock(kind), bool(accepted), to_moment(at))
            for kind, accepted, at in rows
            if kind in set(NewerBlock)
        ]

    @statement
    async def note(self, db: Connection, team: str, kind: NewerBlock, *, accepted: bool, now: datetime) -> None:
        """A workspace took a block of this type, or refused it. Its latest answer counts, whoever writes first."""
        await db.execute(
            "INSERT INTO newer_blocks (team, kind, accepted, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (team, kind) DO UPDATE SET accepted = excluded.accepted, at = excluded.at"
            " WHERE newer_blocks.at <= excluded.at",
            (team, kind.value, int(accepted), to_text(now)),
        )
