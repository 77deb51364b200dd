"""A million saves moved from SQLite to PostgreSQL and back by `paperboy migrate-store`: time, and memory.

Each way is a process of its own. What comes back is compared here, row by row, with what went.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.store.sqlite import connect
from tests.bench.reading_list import fill
from tests.postgres import TEMPLATE, in_database, installations, server

ROOT = Path(__file__).resolve().parents[2]
_TABLES = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 1"
_CHANGES = """
    INSERT INTO list_changes (team, user, paper, at, change, kind, place)
    SELECT team, user, paper, saved_at, 'save', 'reaction', 'C1 1787011800.000100' FROM saved_papers
"""


@dataclass(frozen=True, slots=True)
class Way:
    """Seconds, and the most memory in MB, of one way; `told` is what the command said."""

    seconds: float
    megabytes: float
    told: str


@dataclass(frozen=True, slots=True)
class Moved:
    """Both ways, the seconds of a bare copy there, the number of rows, and the tables that came back otherwise."""

    there: Way
    back: Way
    bare: float
    rows: int
    differing: tuple[str, ...]


def measure() -> Moved | None:
    """Move a million saves there and back; None without a server."""
    known = installations()
    if not known:
        return None
    with tempfile.TemporaryDirectory() as name, server(known[-1]) as address:
        folder = Path(name)
        first, last = folder / "first.db", folder / "last.db"
        connect(first).close()
        fill(first)
        with closing(sqlite3.connect(first)) as db:
            db.execute(_CHANGES)
            db.commit()
        there = _move(f"sqlite:///{first}", address)
        back = _move(address, f"sqlite:///{last}")
        bare = _copy_barely(first, address)
        before, after = _fingerprints(first), _fingerprints(last)
    rows = sum(count for count, _ in before.values())
    return Moved(there, back, bare, rows, tuple(table for table in before if before[table] != after.get(table)))


def _move(from_url: str, to_url: str) -> Way:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "migrate-store", to_url],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": from_url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"migrate-store failed: {told}")
    return Way(time.perf_counter() - began, usage.ru_maxrss / 1000, told.strip())


def _copy_barely(path: Path, address: str) -> float:
    """The seconds in which the same rows are written by COPY alone, and nothing is compared."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE bare TEMPLATE {TEMPLATE}")
    with closing(sqlite3.connect(path)) as db, psycopg.connect(in_database(address, "bare"), autocommit=True) as into:
        into.execute("SET session_replication_role = replica")  # rows go in any order
        tables = [name for (name,) in db.execute(_TABLES)]
        into.execute(f"TRUNCATE {', '.join(tables)}".encode())
        began = time.perf_counter()
        for table in tables:
            names = ", ".join(f'"{name}"' for (name,) in db.execute(f"SELECT name FROM pragma_table_info('{table}')"))
            with into.cursor().copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
                for row in db.execute(f"SELECT {names} FROM {table}"):
                    copy.write_row(row)
        return time.perf_counter() - began


def _fingerprints(path: Path) -> dict[str, tuple[int, str]]:
    """The number of rows of each table, and a fingerprint of all that is in them."""
    found = {}
    with closing(sqlite3.connect(path)) as db:
        for (table,) in db.execute(_TABLES).fetchall():
            hashed, count = sha256(), 0
            width = len(db.execute(f"SELECT * FROM pragma_table_info('{table}')").fetchall())
            order = ", ".join(map(str, range(1, width + 1)))
            for row in db.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                hashed.update(repr(row).encode())
                count += 1
            found[table] = (count, hashed.hexdigest())
    return found


if __name__ == "__main__":
    print(measure())
