"""The store in the database that the settings name, whichever engine has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PostgresNotInstalled
from bot.store import sqlite

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store import Store


async def open_store(settings: Settings, *, exclusive: bool = False) -> Store:
    """The store in the database that the settings name, made or brought to the current schema where needed.

    With `exclusive`, a file is for one running bot alone; on a server any number of them may run. Raises `StoreError`.
    """
    if settings.database_path is not None:
        return await sqlite.open_store(settings.database_path, exclusive=exclusive)
    try:
        from bot.store import postgres
    except ImportError as error:
        raise PostgresNotInstalled(path=settings.database_name, reason=str(error)) from error
    return await postgres.open_store(settings.database_url)
