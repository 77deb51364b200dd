"""Databases that a program can use and others, told apart by the migrations they have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import StoreTooNew, StoreUnfinished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Stands among the migrations of a database that rows are being moved into, so that earlier releases let it be, too.
UNFINISHED = "unfinished_migrate_store"


def check_applied(
    applied: Mapping[str, str], known: Sequence[str], *, path: object, is_being_filled: bool = False
) -> None:
    """Raise `StoreTooNew` or `StoreUnfinished` where a database is not for a program that knows these migrations.

    Each of those that were applied comes with the oldest migration that a program must know to go on writing. The
    program that fills a database opens it while it is unfinished, as long as it is of the same release.
    """
    if UNFINISHED in applied and not (is_being_filled and {*applied} == {*known, UNFINISHED}):
        raise StoreUnfinished(path=path)
    newer = [name for name, oldest in applied.items() if name not in known and oldest not in known]
    if newer and newer != [UNFINISHED]:
        raise StoreTooNew(path=path, migration=max(newer))
