"""Conversions between values and columns."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.store.connection import Connection, Row, Values

T = TypeVar("T")

# How many parameters a list in a statement has at most.
ASKED_AT_ONCE = 500


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


def from_json(text: str) -> tuple[str, ...]:
    """The texts that `to_json` wrote."""
    return tuple(json.loads(text)) if text != "[]" else ()


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The values in pieces of at most this size: a statement takes only so many parameters."""
    return (values[start : start + size] for start in range(0, len(values), size))


def marks(values: Sequence[object]) -> str:
    """A parameter for each value, as `IN (…)` wants them."""
    return ", ".join("?" * len(values))


def starting(prefix: str) -> tuple[str, str]:
    """The range of texts that begin with a prefix, its end left out: an index finds those."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


async def one(db: Connection, sql: str, values: Values = ()) -> Row:
    """The row of a statement that always gives one, as a count does."""
    return (await db.rows(sql, values))[0]
