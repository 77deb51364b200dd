"""The two databases that rows are moved between, as settings name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PostgresNotInstalled, SameStore
from bot.store.moving.move import move
from bot.store.moving.sqlite import new_database, source_in_file, target_in_file

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import ModuleType

    from bot.settings import Settings
    from bot.store.moving.move import Moved, MoveSource, MoveTarget, ProgressCallback


def migrate_store(from_: Settings, to: Settings, on_progress: ProgressCallback) -> Moved:
    """Move every row of the database that one set of settings names into that of another.

    Raises `SameStore`, `PostgresNotInstalled`, and what `move` and the two sides raise.
    """
    if _place(from_) == _place(to):
        raise SameStore(path=to.database_name)
    with _source(from_) as source, _target(to) as target, new_database() as new:
        return move(source, target, new, on_progress)


def _place(settings: Settings) -> str | Path:
    return settings.database_path.resolve() if settings.database_path else settings.database_name


def _source(settings: Settings) -> AbstractContextManager[MoveSource]:
    if settings.database_path is not None:
        return source_in_file(settings.database_path)
    on_server: AbstractContextManager[MoveSource] = _postgres(settings).source_on_server(settings.database_url)
    return on_server


def _target(settings: Settings) -> AbstractContextManager[MoveTarget]:
    if settings.database_path is not None:
        return target_in_file(settings.database_path)
    on_server: AbstractContextManager[MoveTarget] = _postgres(settings).target_on_server(settings.database_url)
    return on_server


def _postgres(settings: Settings) -> ModuleType:
    try:
        from bot.store.moving import postgres
    except ImportError as error:
        raise PostgresNotInstalled(path=settings.database_name, reason=str(error)) from error
    return postgres
