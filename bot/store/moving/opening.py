"""Which databases rows are moved between, by their addresses."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SameStore
from bot.store.moving.move import Moved, move
from bot.store.moving.sqlite import new_database, source_in_file, target_in_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.moving.move import ProgressCallback, Source, Target

_SQLITE = "sqlite:///"


def migrate_store(from_url: str, to_url: str, on_progress: ProgressCallback) -> tuple[Moved, str]:
    """Move every row of the database at one `DATABASE_URL` into that at another; what was moved, and where to.

    Raises `SameStore`, and what `move`, `source_in_file` and `source_on_server` raise.
    """
    if _place(from_url) == _place(to_url):
        raise SameStore(path=from_url.removeprefix(_SQLITE))
    with _source(from_url) as source, _target(to_url) as target, new_database() as new:
        return move(source, target, new, on_progress), target.address


def _place(url: str) -> str | Path:
    return Path(url.removeprefix(_SQLITE)).resolve() if url.startswith(_SQLITE) else url


@contextmanager
def _source(url: str) -> Iterator[Source]:
    if url.startswith(_SQLITE):
        with source_in_file(Path(url.removeprefix(_SQLITE))) as source:
            yield source
    else:
        from bot.store.moving.postgres import source_on_server  # it needs what not everybody installs

        with source_on_server(url) as source:
            yield source


@contextmanager
def _target(url: str) -> Iterator[Target]:
    if url.startswith(_SQLITE):
        with target_in_file(Path(url.removeprefix(_SQLITE))) as target:
            yield target
    else:
        from bot.store.moving.postgres import target_on_server  # it needs what not everybody installs

        with target_on_server(url) as target:
            yield target
