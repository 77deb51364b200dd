"""Rows for every table there is, of values at which engines differ, made from a seed and from the schema alone."""

from __future__ import annotations

import re
import sqlite3
import zlib
from typing import TYPE_CHECKING, Any

from bot.store.moving.rows import in_order
from bot.store.moving.sqlite import SqliteSide
from bot.store.tables.keys import KEYS

if TYPE_CHECKING:
    import random
    from pathlib import Path

_TEXTS = ("", " ", "NULL", r"\N", r"\.", "a\tb\nc\rd\\e", "'\"", "ß", "I", "i", "Z", "가나", "\U0001f600", "e\u0301",
          "\ue000popular", "\x7f\x01", "0", "{}", "x" * 3000)  # fmt: skip
_NUMBERS = (0, 1, -1, 2**31, -(2**63), 2**63 - 1)
_REALS = (0.0, 0.1, 1.0, -1e-320, 5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), 1 / 3, 2.0**53 + 2)
_LONGEST_KEY = 40


def fill_at_random(path: Path, rng: random.Random, *, rows: int) -> None:
    """Put about so many rows into every table of the database at `path`, which has the present shape."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA foreign_keys=ON")
    side = SqliteSide(path, db)
    for table in in_order(side.references()):
        for _ in range(rows):
            row = _row(db, table, rng)
            names = ", ".join(f'"{name}"' for name in row)
            db.execute(
                f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
    db.close()


def _row(db: sqlite3.Connection, table: str, rng: random.Random) -> dict[str, Any]:
    (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    parents = {row[3]: (row[2], row[4]) for row in db.execute("SELECT * FROM pragma_foreign_key_list(?)", (table,))}
    key = {name.strip('"') for name in KEYS[table]}
    row: dict[str, Any] = {}
    for _, name, kind, is_filled, _, _ in db.execute("SELECT * FROM pragma_table_info(?)", (table,)).fetchall():
        choices = re.search(rf'"?\b{name}\b"? [^,]*CHECK \("?{name}"? (?:IN \((.*?)\)|= (\d+))\)', sql)
        if name in parents:
            other, column = parents[name]
            row[name] = rng.choice(db.execute(f"SELECT {column} FROM {other}").fetchall())[0]
        elif choices:
            row[name] = int(choices[2]) if choices[2] else rng.choice(re.findall(r"'(.*?)'", choices[1]))
        elif not is_filled and name not in key and rng.random() < 0.3:
            row[name] = None
        else:
            row[name] = _value(kind, rng, is_document=table == "search_documents", is_key=name in key)
    return row


def _value(kind: str, rng: random.Random, *, is_document: bool, is_key: bool) -> Any:
    match kind:
        case "INTEGER":
            return rng.choice((*_NUMBERS, rng.randrange(10**9)))
        case "REAL":
            return rng.choice((*_REALS, rng.random()))
        case "BLOB":
            words = " ".join(rng.choices(("gpu", "\ue000popular", "가나", "ab12"), k=5))
            return zlib.compress(words.encode()) if is_document else rng.randbytes(rng.randrange(20))
        case _:
            if is_document and not is_key:
                return " ".join(rng.choices(("gpu", "가나", "ab12"), k=rng.randrange(4)))
            text = "".join(rng.choices(_TEXTS, k=rng.randrange(4)))
            # A key has a length that every engine's index takes (postgresql.org, "B-Tree", a third of a page).
            return f"{text[:_LONGEST_KEY]}{rng.randrange(1000)}" if is_key else text
