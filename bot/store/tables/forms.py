"""How values are written into columns, and read back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime


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
