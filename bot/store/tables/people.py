"""People, and what they chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.channels import Person
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.columns import marks, to_moment, to_text
from bot.store.tables.keys import KEYS
from bot.store.tables.personal_data import PEOPLE_NAMED, is_from_before_erasure
from bot.store.tables.team_saves import hide_names

if TYPE_CHECKING:
    from datetime import datetime

_PEOPLE_AT_ONCE = 300


class People:
    """The people who read, and their own choice of language."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def remember(self, db: Connection, person: Person, *, now: datetime) -> None:
        """Keep what Slack says of a person, asked at `now`; their own choice of language stays unless one is given.

        Their name is kept only of one who shows it. Nothing is kept of somebody whose data was erased since.
        """
        if await is_from_before_erasure(db, person.team, person.id, f"{now.timestamp():.6f}"):
            return
        await db.execute(
            'INSERT INTO people (team, "user", locale, timezone, language, read_at, checked_at, deactivated_at,'
            " is_external) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            ' ON CONFLICT (team, "user") DO UPDATE SET locale = coalesce(excluded.locale, people.locale),'
            " timezone = coalesce(excluded.timezone, people.timezone), language = coalesce(excluded.language,"
            " people.language), read_at = excluded.read_at, checked_at = excluded.checked_at,"
            " deactivated_at = CASE WHEN excluded.deactivated_at IS NOT NULL"
            " THEN coalesce(people.deactivated_at, excluded.deactivated_at) END, is_external = excluded.is_external",
            (
                person.team,
                person.id,
                person.locale,
                person.timezone,
                person.language,
                to_text(now),
                to_text(now),
                to_text(now) if person.is_deactivated else None,
                int(person.is_external),
            ),
        )
        if person.name:
            await db.execute(
                'UPDATE people SET name = ? WHERE team = ? AND "user" = ? AND shows_name = 1',
                (person.name, person.team, person.id),
            )

    @query
    async def find(self, db: Connection, team: str, user: str) -> Person | None:
        """A person as Slack last described them."""
        row = await db.row(
            "SELECT locale, timezone, language, shows_name, deactivated_at IS NOT NULL, is_external, name, read_at"
            ' FROM people WHERE team = ? AND "user" = ?',
            (team, user),
        )
        if row is None:
            return None
        locale, timezone, language, shows_name, is_deactivated, is_external, name, read_at = row
        return Person(
            team,
            user,
            locale,
            timezone,
            language,
            shows_name=bool(shows_name),
            is_deactivated=bool(is_deactivated),
            is_external=bool(is_external),
            name=name,
            read_at=to_moment(read_at),
        )

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

    @transaction
    async def choose_whether_name_is_shown(
        self, db: Connection, team: str, user: str, *, is_shown: bool, now: datetime
    ) -> None:
        """Store whether others may be told a person's name beside what they save.

        The name of one who shows it no more is deleted, and no message that waits names anybody.
        """
        await db.execute(
            'INSERT INTO people (team, "user", shows_name, read_at) VALUES (?, ?, ?, ?)'
            ' ON CONFLICT (team, "user") DO UPDATE SET shows_name = excluded.shows_name,'
            " name = CASE WHEN excluded.shows_name = 1 THEN people.name END",
            (team, user, int(is_shown), to_text(now)),
        )
        if not is_shown:
            await hide_names(db, team)

    @query
    async def due_for_check(self, db: Connection, team: str, *, before: datetime, limit: int) -> list[str]:
        """Those of whom Slack was not asked since a moment whether their accounts are active, longest ago first."""
        rows = await db.rows(
            'SELECT "user" FROM people WHERE team = ? AND checked_at < ? ORDER BY checked_at LIMIT ?',
            (team, to_text(before), limit),
        )
        return [user for (user,) in rows]

    @statement
    async def note_checked(self, db: Connection, team: str, user: str, *, now: datetime) -> None:
        """Note that Slack was asked about a person, and did not say whether their account is active."""
        await db.execute('UPDATE people SET checked_at = ? WHERE team = ? AND "user" = ?', (to_text(now), team, user))

    @query
    async def deactivated(self, db: Connection, team: str, *, before: datetime, limit: int) -> list[str]:
        """Some of those whose accounts are deactivated since before a moment, those checked longest ago first."""
        rows = await db.rows(
            'SELECT "user" FROM people WHERE team = ? AND deactivated_at < ?'
            " ORDER BY checked_at, deactivated_at LIMIT ?",
            (team, to_text(before), limit),
        )
        return [user for (user,) in rows]

    async def unknown(self, team: str) -> list[str]:
        """Those of whom something is stored and whom Slack was never asked about."""
        found: set[str] = set()
        for table, column in PEOPLE_NAMED:
            after: str | None = ""
            while after is not None:
                missing, after = await self._unknown(team, table, column, after)
                found.update(missing)
        return sorted(found)

    @reads
    async def _unknown(
        self, db: Connection, team: str, table: str, column: str, after: str
    ) -> tuple[list[str], str | None]:
        """Some of those whom a table names and who are not among the people, and where the next ones begin."""
        if KEYS[table][:2] == ("team", column):
            # From person to person by the key: what each of them has is not walked through.
            this = f"SELECT min({column}) FROM {table} WHERE team = ? AND {column} >"
            found = await db.rows(
                f"WITH RECURSIVE named(who, number) AS (SELECT ({this} ?), 1 UNION ALL"
                f" SELECT ({this} named.who), number + 1 FROM named WHERE named.who IS NOT NULL AND number < ?)"
                " SELECT who FROM named WHERE who IS NOT NULL",
                (team, after, team, _PEOPLE_AT_ONCE),
            )
        else:
            found = await db.rows(
                f"SELECT DISTINCT {column} FROM {table} WHERE team = ? AND {column} > ? ORDER BY {column} LIMIT ?",
                (team, after, _PEOPLE_AT_ONCE),
            )
        named = [who for (who,) in found]
        if not named:
            return [], None
        known = await db.rows(
            f'SELECT "user" FROM people WHERE team = ? AND "user" IN ({marks(named)})', (team, *named)
        )
        missing = sorted(set(named) - {user for (user,) in known})
        return missing, named[-1] if len(named) == _PEOPLE_AT_ONCE else None
