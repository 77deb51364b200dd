"""The shape that the statements of `bot.store.postgres_schema` give a database, read from their text alone.

`test_postgres` holds it against what a server makes of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.store.postgres_schema import FIRST_SCHEMA, STEPS

_COLUMN = re.compile(r'"?(\w+)"? (TEXT|BIGINT|DOUBLE PRECISION|BYTEA|TSVECTOR)\b(.*)', re.DOTALL)


@dataclass(slots=True)
class Shape:
    """Tables and indexes: of each column its type, whether it is always filled, and whether it has a default."""

    columns: dict[str, dict[str, tuple[str, bool, bool]]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)


def postgres_shape(*, first_alone: bool = False) -> Shape:
    """The shape after all migrations, or after the `first_alone`."""
    shape = Shape()
    for statements in (FIRST_SCHEMA, *([] if first_alone else STEPS.values())):
        for statement in _statements(statements):
            _apply(shape, statement)
    return shape


def _statements(text: str) -> list[str]:
    """Statements on a line each, without functions, whose bodies have semicolons of their own."""
    without_functions = re.sub(r"CREATE FUNCTION .*?\$\$.*?\$\$;", "", text, flags=re.DOTALL)
    return [" ".join(statement.split()) for statement in without_functions.split(";") if statement.strip()]


def _apply(shape: Shape, statement: str) -> None:
    if found := re.fullmatch(r"CREATE TABLE (\w+) \((.*)\)", statement):
        table, parts = found[1], re.split(r",\s*(?![^()]*\))", found[2].strip())
        shape.columns[table] = dict(_column(part) for part in parts if _COLUMN.match(part))
        for part in parts:
            if key := re.fullmatch(r"PRIMARY KEY \((.*)\)", part):
                shape.keys[table] = tuple(name.strip('" ') for name in key[1].split(","))
            elif _COLUMN.match(part) and "PRIMARY KEY" in part:
                shape.keys[table] = (_column(part)[0],)
    elif found := re.fullmatch(r"ALTER TABLE (\w+) ADD COLUMN (.*)", statement):
        name, column = _column(found[2])
        shape.columns[found[1]][name] = column
    elif found := re.fullmatch(r'ALTER TABLE (\w+) DROP COLUMN "?(\w+)"?', statement):
        del shape.columns[found[1]][found[2]]
    elif found := re.fullmatch(r"CREATE INDEX (\w+) ON .*", statement):
        shape.indexes[found[1]] = statement.replace('"', "")
    elif found := re.fullmatch(r"DROP INDEX (\w+)", statement):
        del shape.indexes[found[1]]
    elif found := re.fullmatch(r"DROP TABLE (\w+)", statement):
        del shape.columns[found[1]], shape.keys[found[1]]
        shape.indexes = {name: sql for name, sql in shape.indexes.items() if f" ON {found[1]}(" not in sql}
    else:
        assert re.match(r"INSERT INTO|UPDATE|DELETE FROM|CREATE TRIGGER|DROP TRIGGER", statement), statement


def _column(text: str) -> tuple[str, tuple[str, bool, bool]]:
    found = _COLUMN.fullmatch(text.strip())
    assert found, text
    is_filled = re.search(r"NOT NULL|IDENTITY|PRIMARY KEY", found[3]) is not None
    return found[1], (found[2], is_filled, "DEFAULT " in found[3].replace("BY DEFAULT", ""))
