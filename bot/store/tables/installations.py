"""Installations of the app in workspaces, with their sealed tokens, and what of OAuth is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.installations import InstalledApp, is_older
from bot.store.connection import Connection, Transactions, reads, reads_few, statement, transaction
from bot.store.tables.columns import optional_moment, optional_text, to_moment, to_text
from bot.store.tables.memberships import Memberships

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.connection import Row

_COLUMNS = (
    "team, name, bot_user, bot, enterprise, is_organization, app, url, scopes, installed_at, credentials, expires_at,"
    " generation"
)


class Installations:
    """Installations of the app, by workspace or organization."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def save(self, db: Connection, app: InstalledApp, *, installer: str | None, now: datetime) -> bool:
        """Keep an installation in place of an earlier one of that workspace, which is not left any more; whether it is
        the latest.

        Whoever installed it, where that is told, is its operator from now on.
        """
        saved = await db.execute(
            f"INSERT INTO installations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (team) DO UPDATE SET name = excluded.name, bot_user = excluded.bot_user, bot = excluded.bot,"
            " enterprise = excluded.enterprise, is_organization = excluded.is_organization, app = excluded.app,"
            " url = excluded.url, scopes = excluded.scopes, installed_at = excluded.installed_at,"
            " credentials = excluded.credentials, expires_at = excluded.expires_at,"
            " generation = installations.generation + 1"
            " WHERE installations.installed_at <= excluded.installed_at"
            " AND installations.credentials <> excluded.credentials",
            (
                app.team,
                app.name,
                app.bot_user,
                app.bot,
                app.enterprise,
                int(app.is_organization),
                app.app,
                app.url,
                " ".join(sorted(app.scopes)),
                to_text(app.installed_at),
                app.credentials,
                optional_text(app.expires_at),
                app.generation,
            ),
        )
        if saved:
            await Memberships(db).rejoin_team(app.team, now=now)
        if saved and installer:
            await db.execute(
                'INSERT INTO installers (team, "user", at) VALUES (?, ?, ?)'
                ' ON CONFLICT (team, "user") DO UPDATE SET at = excluded.at',
                (app.team, installer, to_text(app.installed_at)),
            )
        return saved > 0

    @reads_few
    async def find(self, db: Connection, team: str) -> InstalledApp | None:
        """The installation in a workspace, or for an organization."""
        row = await db.row(f"SELECT {_COLUMNS} FROM installations WHERE team = ?", (team,))
        return _installed(row) if row else None

    @reads_few
    async def installer(self, db: Connection, team: str) -> str | None:
        """The person who installed the app in a workspace last, as far as that is known."""
        row = await db.row('SELECT "user" FROM installers WHERE team = ? ORDER BY at DESC, "user" LIMIT 1', (team,))
        return row[0] if row else None

    @reads
    async def all(self, db: Connection) -> list[InstalledApp]:
        """All installations, in the order of their workspaces."""
        return [_installed(row) for row in await db.rows(f"SELECT {_COLUMNS} FROM installations ORDER BY team")]

    @reads
    async def versions(self, db: Connection) -> dict[str, tuple[datetime, int]]:
        """The version of each installation there is."""
        rows = await db.rows("SELECT team, installed_at, generation FROM installations")
        return {team: (to_moment(at), generation) for team, at, generation in rows}

    @statement
    async def renew(self, db: Connection, app: InstalledApp, credentials: str, expires_at: datetime | None) -> bool:
        """Keep new credentials of an installation, unless these or the installation changed since it was read."""
        changed = await db.execute(
            "UPDATE installations SET credentials = ?, expires_at = ?, generation = generation + 1"
            " WHERE team = ? AND installed_at = ? AND generation = ?",
            (credentials, optional_text(expires_at), app.team, to_text(app.installed_at), app.generation),
        )
        return changed > 0

    @transaction
    async def end(
        self,
        db: Connection,
        team: str,
        *,
        event_time: datetime | None,
        now: datetime,
        version: tuple[datetime, int] | None = None,
    ) -> bool:
        """Note that the app was uninstalled from a workspace, and keep no token of it.

        False, and nothing changed, when it was installed there again after the event of this time, or is not of this
        `version` any more.
        """
        row = await db.row("SELECT installed_at, generation FROM installations WHERE team = ?", (team,))
        if row and is_older(event_time, to_moment(row[0])):
            return False
        if version and (row is None or (to_moment(row[0]), row[1]) != version):
            return False
        await db.execute("DELETE FROM installations WHERE team = ?", (team,))
        await Memberships(db).leave_team(team, now=now)
        return True

    @statement
    async def use_up(self, db: Connection, state: str, *, until: datetime) -> bool:
        """Note that an OAuth state was used; False when it was used before. It is remembered until it expires."""
        used = await db.execute(
            "INSERT INTO used_oauth_states (state, expires_at) VALUES (?, ?) ON CONFLICT (state) DO NOTHING",
            (state, to_text(until)),
        )
        return used > 0


def _installed(row: Row) -> InstalledApp:
    (
        team,
        name,
        bot_user,
        bot,
        enterprise,
        is_organization,
        app,
        url,
        scopes,
        installed_at,
        credentials,
        expires_at,
        generation,
    ) = row
    return InstalledApp(
        team=team,
        name=name,
        bot_user=bot_user,
        bot=bot,
        enterprise=enterprise,
        is_organization=bool(is_organization),
        app=app,
        url=url,
        scopes=frozenset(scopes.split()),
        installed_at=to_moment(installed_at),
        credentials=credentials,
        expires_at=optional_moment(expires_at),
        generation=generation,
    )
