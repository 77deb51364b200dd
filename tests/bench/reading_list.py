"""A page of a reading list among a million saves, beside the same queries by raw sqlite3."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bot.store.sqlite import open_store

TEAM, PEOPLE, SAVES = "T1", 1000, 1000
ASKED, ON_A_PAGE = 500, 10
PAGE = """
    SELECT p.*, s.saved_at, s.state, s.note FROM saved_papers s JOIN papers p ON p.id = s.paper
    WHERE s.team = ? AND s.user = ? AND s.listed = 1 ORDER BY s.saved_at DESC, s.paper LIMIT ? OFFSET ?
"""
COUNT = "SELECT count(*) FROM saved_papers WHERE team = ? AND user = ? AND listed = 1"


async def measure() -> tuple[float, float]:
    """The median milliseconds of a page and the list's length, by the store and by raw sqlite3."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paperboy.db"
        store = await open_store(path)
        _fill(path)
        ours, raw = [], []
        with closing(sqlite3.connect(path)) as db:
            for number in range(ASKED):
                began = time.perf_counter()
                await store.reading_lists.page(TEAM, _person(number), limit=ON_A_PAGE, offset=ON_A_PAGE * (number % 5))
                ours.append(time.perf_counter() - began)
                began = time.perf_counter()
                db.execute(COUNT, (TEAM, _person(number + 1))).fetchone()
                db.execute(PAGE, (TEAM, _person(number + 1), ON_A_PAGE, ON_A_PAGE * (number % 5))).fetchall()
                raw.append(time.perf_counter() - began)
        await store.close()
    return statistics.median(ours) * 1000, statistics.median(raw) * 1000


def _person(number: int) -> str:
    return f"U{number % PEOPLE:04}"


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        abstract = "We present a method. " * 50
        db.executemany(
            "INSERT INTO papers (id, title, authors, abstract, source, read_at)"
            " VALUES (?, ?, '[\"Ana Ruiz\"]', ?, 'hugging_face', '2026-08-17T00:00:00.000000+00:00')",
            ((f"2608.{number:05}", f"Paper {number}", abstract) for number in range(SAVES)),
        )
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, 1, ?)",
            (
                (
                    TEAM,
                    _person(person),
                    f"2608.{number:05}",
                    f"2026-08-17T00:00:00.{number:06}+00:00",
                )
                for person in range(PEOPLE)
                for number in range(SAVES)
            ),
        )
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
