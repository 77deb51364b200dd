"""How large a database is after two busy years, beside what is kept of a year on purpose."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.store.sqlite import connect, open_store
from tests.history import fill, sent_at

YEARS = (date(2025, 8, 16), date(2026, 8, 16))
CHANNELS = 10
# As measured on real days: a message as sent, a day's list as the source sends it, a text that was summarized, packed.
PAYLOAD, RAW, MATERIAL = 3300, 120_000, 20_000
# What has no end: see `bot.store.tables.pruning`.
_KEPT = (
    *("papers", "listed_papers", "listings", "summaries", "posted_papers", "edition_days", "message_papers"),
    *("list_changes", "saved_papers"),
)


@dataclass(frozen=True)
class Size:
    """In bytes: what the second year added, what is kept of one on purpose, and what there is of the last weeks."""

    added: int
    kept: int
    lately: int
    channels: int


async def measure() -> Size:
    """Serve some channels ten papers a day for two years, cleared up after each."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paperboy.db"
        first, second = [await _serve(path, year) for year in YEARS]
        kept = _bytes_of_kept(path) // len(YEARS)
    return Size(second - first, kept, second - 2 * kept, CHANNELS)


async def _serve(path: Path, last_day: date) -> int:
    with closing(connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        fill(
            db,
            team="T1",
            channels=[f"C{number:010}" for number in range(CHANNELS)],
            last_day=last_day,
            days=365,
            payload_bytes=PAYLOAD,
            raw_bytes=RAW,
            material_bytes=MATERIAL,
        )
    store = await open_store(path)
    await store.maintenance.prune(now=sent_at(last_day))
    await store.close()
    return _bytes(path)


def _bytes(path: Path) -> int:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("VACUUM")
        return int(db.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()[0])


def _bytes_of_kept(path: Path) -> int:
    """What is left without everything that has an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in set(tables) - {*_KEPT, "_sqlite_migrations"}:
            if not table.startswith(("sqlite_", "search_")):  # the index of papers, and its parts
                db.execute(f"DELETE FROM {table}")
        db.execute("UPDATE listings SET raw = ''")
    return _bytes(path)


if __name__ == "__main__":
    import asyncio

    print(asyncio.run(measure()))
