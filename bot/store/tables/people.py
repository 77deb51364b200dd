"""People, and what they chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.channels import Person
from bot.store.connection import Connection, Transactions, reads_few, statement
from bot.store.tables.columns import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime


class People:
    """The people who read, and their own choice of language."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def remember(self, db: Connection, person: Person, *, now: datetime) -> None:
        """Keep what Slack says of a person; their own choice of language stays unless one is given."""
        await db.execute(
            'INSERT INTO people (team, "user", locale, timezone, language, read_at) VALUES (?, ?, ?, ?, ?, ?)'
            ' ON CONFLICT (team, "user") DO UPDATE SET locale = coalesce(excluded.locale, people.locale),'
            " timezone = coalesce(excluded.timezone, people.timezone), language = coalesce(excluded.language,"
            " people.language),"
            " read_at = excluded.read_at",
            (person.team, person.id, person.locale, person.timezone, person.language, to_text(now)),
        )

    @reads_few
    async def find(self, db: Connection, team: str, user: str) -> Person | None:
        """A person as Slack last described them."""
        row = await db.row(
            'SELECT locale, timezone, language, read_at FROM people WHERE team = ? AND "user" = ?', (team, user)
        )
        if row is None:
            return None
        locale, timezone, language, read_at = row
        return Person(team, user, locale, timezone, language, to_moment(read_at))

    @statement
    async def choose_language(
        self, db: Connection, team: str, user: str, language: str | None, *, now: datetime
    ) -> None:
        """Store the language a person chose to be answered in; None for that of their Slack."""
        await db.execute(
            'INSERT INTO people (team, "user", language, read_at) VALUES (?, ?, ?, ?)'
            ' ON CONFLICT (team, "user") DO UPDATE SET language = excluded.language',
            (team, user, language, to_text(now)),
        )
