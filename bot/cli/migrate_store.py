"""`paperboy migrate-store`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.arguments import start
from bot.cli.output import hidden, print_text
from bot.cli.progress import show_progress
from bot.errors import SettingsUnusable, SettingsWrong
from bot.settings import settings_from
from bot.store.moving.opening import migrate_store


def migrate_store_command(
    to: Annotated[
        str,
        typer.Argument(metavar="TO", help="Empty database, written like DATABASE_URL: postgresql://… or sqlite:///…."),
    ],
) -> None:
    """Copy the database into another one and verify every row. Stop the bot first."""
    settings = start()
    target, wrong = settings_from({"database_url": to.strip()})
    if wrong:
        raise SettingsUnusable([SettingsWrong(name="TO", reason=each.values["reason"]) for each in wrong])
    hidden.update(target.secrets)
    with show_progress() as progress:
        moved = migrate_store(settings, target, progress.reach)
    if moved.rows_before:
        print_text(f"Went on where an earlier run stopped: {moved.rows_before:,} rows were there.")
    if moved.rows_changed:
        print_text(f"{moved.rows_changed:,} rows had characters that can't be stored, such as NUL. They were left out.")
    print_text(
        f"Copied {moved.rows:,} rows in {moved.tables} tables from {settings.database_name} to {target.database_name},"
        " and verified every one. Set DATABASE_URL to the new database, then start Paperboy. The old database"
        " wasn't changed."
    )
