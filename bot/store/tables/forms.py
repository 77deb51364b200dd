"""How values are written into columns, and read back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from sqlite3 import Connection


def to_text(moment: datetime) -> str:
    """UTC with microseconds, always the same width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(text: str) -> datetime:
    """The reverse of `to_text`."""
    return datetime.fromisoformat(text)


def optional_text(moment: datetime | None) -> str | None:
    """`to_text`, where there may be none."""
    return None if moment is None else to_text(moment)


def optional_moment(text: str | None) -> datetime | None:
    """`to_moment`, where there may be none."""
    return None if text is None else to_moment(text)


def to_day(text: str) -> date:
    """An ISO date."""
    return date.fromisoformat(text)


def optional_day(text: str | None) -> date | None:
    """An ISO date, where there may be none."""
    return None if text is None else date.fromisoformat(text)


def to_json(values: object) -> str:
    """Compact JSON that keeps every script readable to whoever opens the database."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def batched(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The values in pieces of at most this size: a statement takes only so many parameters."""
    return (values[start : start + size] for start in range(0, len(values), size))


def marks(values: Sequence[str]) -> str:
    """A parameter for each value, as `IN (…)` wants them."""
    return ", ".join("?" * len(values))


def delete_some(db: Connection, table: str, where: str, values: Sequence[object], limit: int) -> int:
    """Delete at most so many of the rows that meet a condition, so that nobody waits long; how many."""
    keys = ", ".join(_key_of(db, table))
    deleted = db.execute(
        f"DELETE FROM {table} WHERE ({keys}) IN (SELECT {keys} FROM {table} WHERE {where} LIMIT ?)", (*values, limit)
    )
    return deleted.rowcount


def _key_of(db: Connection, table: str) -> list[str]:
    columns = db.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
    return [name for (name,) in columns]
