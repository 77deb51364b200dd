"""JSON: Paperboy's own exports, and CSL-JSON from other programs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.exports.json_list import FORMAT, VERSION
from bot.imports.entries import LONGEST_VALUE, Fields, SkipReason, entry_of, skipped
from bot.rules.reading_list import ReadingState
from bot.text.clean import make_storable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.imports.entries import Entry

_MOST_TAGS = 200
_STATES = {state.value: state for state in ReadingState}


def read_json(text: str) -> Iterator[Entry] | None:
    """The entries of a file; None where it is no JSON, or JSON about something else."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(content, dict) and content.get("format") == FORMAT:
        if content.get("version") != VERSION:
            return iter([skipped("", SkipReason.NEWER_VERSION)])
        papers = content.get("papers")
        return map(_own, papers if isinstance(papers, list) else [])
    if isinstance(content, list) and any(isinstance(each, dict) for each in content):
        return map(_csl, content)
    return None


def _own(entry: object) -> Entry:
    if not isinstance(entry, dict):
        return skipped("", SkipReason.BROKEN)
    tags = entry.get("tags")
    return entry_of(
        Fields(
            name=_text(entry, "title") or _text(entry, "id"),
            ids=[_text(entry, "id")],
            note=_text(entry, "note"),
            tags=_texts(tags),
            state=_STATES.get(_text(entry, "state")),
            saved_at=moment_of_text(_text(entry, "saved_at")),
        )
    )


def _csl(item: object) -> Entry:
    if not isinstance(item, dict):
        return skipped("", SkipReason.BROKEN)
    return entry_of(
        Fields(
            name=_text(item, "title") or _text(item, "id"),
            dois=[_text(item, "DOI")],
            links=[_text(item, "URL")],
            mentions=[
                _text(item, name) for name in ("number", "archive_location", "container-title", "note", "volume")
            ],
            note=_text(item, "annote"),
            tags=tuple(re.split(r"\s*[,;]\s*", _text(item, "keyword"))),
        )
    )


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    return make_storable(value[:LONGEST_VALUE]) if isinstance(value, str) else ""


def _texts(values: object) -> tuple[str, ...]:
    listed = values[:_MOST_TAGS] if isinstance(values, list) else ()
    return tuple(make_storable(value[:LONGEST_VALUE]) for value in listed if isinstance(value, str))


def moment_of_text(text: str) -> datetime | None:
    """The moment that a text in ISO 8601 names with its distance from UTC; None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
