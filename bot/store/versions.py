"""Which databases a program can use, by the names of the migrations they have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import StoreTooNew, StoreUnfinished

if TYPE_CHECKING:
    from collections.abc import Sequence

# Stands among the migrations of a database that rows are being moved into, so that earlier releases let it be, too.
UNFINISHED = "unfinished_migrate_store"


def check_applied(applied: Sequence[str], known: Sequence[str], *, path: object, is_being_filled: bool = False) -> None:
    """Raise `StoreTooNew` or `StoreUnfinished` where a database is not for a program that knows these migrations.

    The program that fills it opens it while it is unfinished, as long as it is the same release.
    """
    if UNFINISHED in applied and not (is_being_filled and {*applied} == {*known, UNFINISHED}):
        raise StoreUnfinished(path=path)
    if unknown := [name for name in applied if name not in known and name != UNFINISHED]:
        raise StoreTooNew(path=path, migration=unknown[-1])
