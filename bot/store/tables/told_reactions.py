"""Reactions whose effects people were told: the first few of each person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.connection import Connection, Transactions, transaction
from bot.store.tables.personal_data import is_from_before_erasure

if TYPE_CHECKING:
    from bot.rules.reading_list import Reaction


class ToldReactions:
    """Reactions whose effects people were told: the first few of each person."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def claim(self, db: Connection, reaction: Reaction, *, most: int) -> bool:
        """Take one of the `most` times that a person is told what their reactions did.

        False when none is left, this reaction was claimed before, or the person's data was erased since.
        """
        who = (reaction.team, reaction.user)
        if await is_from_before_erasure(db, *who, reaction.event_ts):
            return False
        told = await db.execute(
            'INSERT INTO told_reactions (team, "user", event_ts) SELECT ?, ?, ?'
            ' WHERE (SELECT count(*) FROM told_reactions WHERE team = ? AND "user" = ?) < ?'
            ' ON CONFLICT (team, "user", event_ts) DO NOTHING',
            (*who, reaction.event_ts, *who, most),
        )
        return told == 1
