"""The settings name a database, and it is opened whichever engine has it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import bot.store
from bot.cli.backup import backup, restore_command
from bot.errors import DatabaseOnServer, PostgresNotInstalled, ServerUnusable
from bot.messages.answers import format_error
from bot.settings import Settings
from bot.store.opening import open_store
from bot.store.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

# Nothing listens there.
ON_SERVER = Settings(database_url="postgresql://ana:hush-hush@127.0.0.1:9/paperboy")


async def test_a_file_is_opened_by_its_path(tmp_path: Path) -> None:
    store = await open_store(Settings(database_url=f"sqlite:///{tmp_path / 'papers.db'}"))
    assert isinstance(store.database, SqliteDatabase)
    await store.close()
    assert (tmp_path / "papers.db").exists()


async def test_without_what_postgres_needs_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(bot.store, "postgres", raising=False)
    monkeypatch.delitem(sys.modules, "bot.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(PostgresNotInstalled) as refusal:
        await open_store(ON_SERVER)
    assert format_error(refusal.value, "en") == (
        "DATABASE_URL is a PostgreSQL database, but Paperboy was installed without support for it."
        " Install Paperboy with its extra “postgres”."
    )


async def test_a_server_that_is_away_is_named_with_the_reason_and_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ServerUnusable) as refusal:
        await open_store(ON_SERVER)
    told = format_error(refusal.value, "en")
    assert told.startswith("Couldn't use the database postgresql://127.0.0.1:9/paperboy: connection failed:")
    assert "Connection refused. Check DATABASE_URL, that the server is running, and the rights of its user." in told
    assert "hush" not in f"{told}{refusal.value}"


@pytest.mark.parametrize("command", [backup, restore_command])
def test_backups_of_a_server_are_its_own_programs_affair(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", ON_SERVER.database_url)
    assert callable(command)
    with pytest.raises(DatabaseOnServer) as refusal:
        command(str(tmp_path / "copy.db"))
    told = format_error(refusal.value, "en")
    assert "pg_dump" in told
    assert "postgresql://127.0.0.1:9/paperboy" in told
    assert list(tmp_path.iterdir()) == []
