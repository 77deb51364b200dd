"""Personal data: every place of the database that can have a person's ID is declared, and erased."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.rules.personal_data import OF_NOBODY, OF_WORKSPACES
from bot.store.postgres_schema import SCHEMA
from bot.store.sqlite import open_store

if TYPE_CHECKING:
    from pathlib import Path

HOW = (
    "Say in bot/rules/personal_data.py what the table has of people. A column with a person's ID is its `owner` (the"
    " row is deleted with the person) or a `doer` (the row stays, the name goes); one with a channel's, which may be a"
    " person's direct messages, is one of its `conversations`; words that people wrote and messages to them are"
    " `texts`; all others are `without` people. See docs/contributing.md, A new table."
)


def columns_of_postgres() -> dict[str, set[str]]:
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n?\);", SCHEMA, re.DOTALL)
    return {
        name: {
            column.strip('"')
            for column in re.findall(r'^\s*("?\w+"?) (?:TEXT|BIGINT|BYTEA|DOUBLE|TSVECTOR)', body, re.MULTILINE)
        }
        for name, body in tables
    }


async def columns_of_sqlite(path: Path) -> dict[str, set[str]]:
    await (await open_store(path)).close()
    with closing(sqlite3.connect(path)) as db:
        names = [
            name
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("sqlite_", "_sqlite", "search_index_"))
        ]
        return {name: {row[1] for row in db.execute(f"PRAGMA table_info({name})")} for name in names}


@pytest.mark.parametrize("engine", ["SQLite", "PostgreSQL"])
async def test_every_column_that_can_have_a_persons_id_is_declared(tmp_path: Path, engine: str) -> None:
    schema = columns_of_postgres() if engine == "PostgreSQL" else await columns_of_sqlite(tmp_path / "paperboy.db")
    assert len(schema) > 30, "the schema was not read"
    undeclared = schema.keys() - OF_WORKSPACES.keys() - OF_NOBODY
    assert not undeclared, f"{', '.join(sorted(undeclared))}: nobody said what it has of people. {HOW}"
    for table, columns in schema.items():
        if table in OF_NOBODY:
            assert "team" not in columns, f"{table} belongs to a workspace. {HOW}"
            continue
        missing = columns - OF_WORKSPACES[table].columns - {"team"}
        assert not missing, f"{table}: nobody said whether {', '.join(sorted(missing))} has a person's ID. {HOW}"
        gone = OF_WORKSPACES[table].columns - columns
        assert not gone, f"{table} has no {', '.join(sorted(gone))}: take it out of bot/rules/personal_data.py"
    assert OF_WORKSPACES.keys() <= schema.keys(), "a table is declared that is not there"


def test_what_is_somebodys_own_or_their_doing_has_a_kind_to_be_counted_and_handed_over_under() -> None:
    without = {name for name, table in OF_WORKSPACES.items() if (table.owner or table.doer) and table.kind is None}
    assert not without, f"give them a DataKind, with its name in both catalogues: {without}"
