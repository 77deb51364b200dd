"""The emoji that each workspace chose for its reading lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.list_emoji import ListEmoji
from bot.store.connection import Connection, Transactions, query, statement
from bot.store.tables.columns import to_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class ListEmojiChoices:
    """The emoji that workspaces chose for their reading lists."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def find(self, db: Connection, team: str) -> ListEmoji | None:
        """The emoji a workspace chose; None where the settings' are meant."""
        row = await db.row("SELECT saving, reading, done FROM list_emoji WHERE team = ?", (team,))
        return chosen(*row) if row else None

    async def in_use(self, team: str, saving: Collection[str]) -> ListEmoji:
        """The emoji that a workspace chose, or else the usual ones, of which the settings name those for `saving`."""
        return await self.find(team) or ListEmoji.of_settings(saving)

    @statement
    async def choose(self, db: Connection, team: str, emoji: ListEmoji, *, now: datetime) -> None:
        """Use these emoji from now on, in the place of those before."""
        await db.execute(
            "INSERT INTO list_emoji (team, saving, reading, done, chosen_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team) DO UPDATE SET saving = excluded.saving, reading = excluded.reading,"
            " done = excluded.done, chosen_at = excluded.chosen_at",
            (team, *(" ".join(names) for names in (emoji.saving, emoji.reading, emoji.done)), to_text(now)),
        )


def chosen(saving: str, reading: str, done: str) -> ListEmoji:
    """The emoji in the columns of a row: names separated by blanks."""
    return ListEmoji(tuple(saving.split()), tuple(reading.split()), tuple(done.split()))
