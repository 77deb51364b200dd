"""What imported digests said."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from bot.rules.old_digests import Bullet, DigestEntry, ImportedDigest
from bot.store.tables.forms import to_json, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from sqlite3 import Connection

_ENTRY_COLUMNS = "paper, title, votes, author_line, thumbnail_url, bullets"


def remember_digest(db: Connection, digest: ImportedDigest, now: datetime) -> None:
    """Keep in place of what was imported for the day before, unless it is the same."""
    if imported_digest(db, digest.day) == digest:
        return
    day = digest.day.isoformat()
    db.execute(
        "INSERT INTO imported_digests (day, text, imported_at) VALUES (?, ?, ?)"
        " ON CONFLICT (day) DO UPDATE SET text = excluded.text, imported_at = excluded.imported_at",
        (day, digest.text, to_text(now)),
    )
    db.execute("DELETE FROM imported_papers WHERE day = ?", (day,))
    db.executemany(
        f"INSERT INTO imported_papers (day, position, {_ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                day,
                position,
                entry.paper_id,
                entry.title,
                entry.votes,
                entry.author_line,
                entry.thumbnail_url,
                to_json([[bullet.key, bullet.text] for bullet in entry.bullets]),
            )
            for position, entry in enumerate(digest.entries, start=1)
        ),
    )


def imported_digest(db: Connection, day: date) -> ImportedDigest | None:
    """A day's digest as imported."""
    row = db.execute("SELECT text FROM imported_digests WHERE day = ?", (day.isoformat(),)).fetchone()
    if row is None:
        return None
    entries = db.execute(
        f"SELECT {_ENTRY_COLUMNS} FROM imported_papers WHERE day = ? ORDER BY position", (day.isoformat(),)
    )
    return ImportedDigest(day, row[0], tuple(_entry_from(entry) for entry in entries))


def imported_entries(db: Connection, paper_id: str) -> list[tuple[date, DigestEntry]]:
    """What digests said of a paper, latest day first."""
    rows = db.execute(
        f"SELECT {_ENTRY_COLUMNS}, day FROM imported_papers WHERE paper = ? ORDER BY day DESC, position", (paper_id,)
    )
    return [(date.fromisoformat(row[-1]), _entry_from(row)) for row in rows]


def _entry_from(row: Sequence[Any]) -> DigestEntry:
    paper_id, title, votes, author_line, thumbnail_url, bullets = row[:6]
    return DigestEntry(
        paper_id,
        title,
        votes,
        author_line,
        thumbnail_url,
        tuple(Bullet(key, text) for key, text in json.loads(bullets)),
    )
