"""A PostgreSQL database is brought to the current schema, by one of all who start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import ServerUnusable
from bot.store.postgres_connection import PostgresConnection, connect
from bot.store.postgres_schema import FIRST, FIRST_SCHEMA, OLDEST_WRITERS, STEPS
from bot.store.versions import check_applied

if TYPE_CHECKING:
    import psycopg

KNOWN = (FIRST, *STEPS)

_OLDEST_SERVER = 15_00_00
# How long a migration may take, and who starts meanwhile waits for it.
_MIGRATION_SECONDS = 600
# Any number, of which others who lock something by one make no use.
_LOCK = 5_072_024


async def migrate(url: str, name: str) -> None:
    """Bring the database at an address to the current schema; `name` is how it is called in errors.

    One of several processes that start at once does so, and the others wait. Raises `StoreTooNew`, `ServerUnusable`, or
    what psycopg does.
    """
    async with await connect(url) as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        await connection.execute(f"SET LOCAL statement_timeout = {_MIGRATION_SECONDS * 1000}")
        await _check_server(connection, name)
        await _apply_steps(PostgresConnection(connection), name)


async def _check_server(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        version = connection.info.server_version // 10_000
        reason = f"it runs PostgreSQL {version}, and Paperboy needs {_OLDEST_SERVER // 10_000} or newer"
        raise ServerUnusable(path=name, reason=reason)
    row = await (await connection.execute("SHOW server_encoding")).fetchone()
    if row and row[0] != "UTF8":
        raise ServerUnusable(path=name, reason=f"its encoding is {row[0]}, and Paperboy needs UTF8")


async def _apply_steps(connection: PostgresConnection, name: str) -> None:
    await connection.rows("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
    there = await connection.row("SELECT to_regclass('migrations') IS NOT NULL")
    if not (there and there[0]):
        await _apply(connection, FIRST, FIRST_SCHEMA)
    applied = await applied_migrations(connection)
    check_applied(applied, KNOWN, path=name)
    for step, statements in STEPS.items():
        if step not in applied:
            await _apply(connection, step, statements)


async def applied_migrations(connection: PostgresConnection) -> dict[str, str]:
    """The migrations a database has had, in order, each with the oldest that a program must know to go on writing."""
    return dict(await connection.rows("SELECT name, oldest_writer FROM migrations ORDER BY name"))


async def _apply(connection: PostgresConnection, step: str, statements: str) -> None:
    await connection.script(statements)
    await connection.execute(
        "INSERT INTO migrations (name, oldest_writer) VALUES (?, ?)", (step, OLDEST_WRITERS.get(step, step))
    )
