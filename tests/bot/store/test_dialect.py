"""The SQL of the store is what SQLite and PostgreSQL both take: its words here, what it does wherever a test asks."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import Channel, ChannelSettings
from bot.store import Store, migrations, postgres_schema, tables
from bot.store.connection import storable
from bot.store.sqlite import KNOWN_MIGRATIONS, connect
from bot.store.tables.keys import KEYS
from tests.bot.store.shapes import postgres_shape
from tests.bot.store.test_history import ASKED, CARD, CHANNEL, NOW, PAPER, SETTINGS, TEAM, TODAYS
from tests.bot.store.watched import WatchedConnection, WrappedDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.connection import Connection, Database, Work
    from tests.bot.store.conftest import OpenStore

TABLES = Path(tables.__file__).parent
# What each engine has in its own way, and `bot.store.text_index` alone knows.
FULL_TEXT = "search_index"
GENERATES_ITS_KEY = r"INSERT INTO changes\b"
IS_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|VALUES|SET|ORDER BY|GROUP BY|ON CONFLICT|AND|JOIN)\b")
# What one of both does not know, or takes for something else.
FORBIDDEN = {
    "patterns of SQLite's": r"\bGLOB\b",
    "LIKE, which minds case on one and not on the other": r"\bI?LIKE\b",
    "a hint to one planner": r"\bINDEXED BY\b",
    "numbered parameters": r"\?\d",
    "INSERT OR …, REPLACE": r"\bINSERT OR\b|\bREPLACE INTO\b",
    "row ids": r"(?i)\browid\b|\boid\b",
    "tables that are functions": r"(?i)json_each|json_extract|pragma_|generate_series|unnest",
    "functions one has": r"(?i)\b(group_concat|string_agg|instr|ifnull|iif|printf|strftime|datetime|julianday|typeof"
    r"|total|randomblob|hex|greatest|least|now|to_char|position)\s*\(",
    "the greater of two by max": r"(?i)\b(max|min)\s*\([^()]*,",
    "IS with a value": r"\bIS (NOT )?\?",
    "a parameter whose type nobody can tell": r"\? IS (NOT )?NULL",
    "an upsert that names no key": r"ON CONFLICT DO UPDATE",
    "a word of SQL taken for a column": r"(?<![\w\"])(user|only)\b(?!\")(?!\s*=\s*excluded)",
    "a type cast of PostgreSQL's": r"::",
    "what SQLite alone returns": r"\bPRAGMA\b|sqlite_",
}


def sql_of(file: Path) -> Iterator[str]:
    """Every text in a module that holds SQL, its docstrings aside; what is put into one stands as `…`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if id(node) in inner | docstrings:
            continue
        match node:
            case ast.Constant(value=str(text)):
                pass
            case ast.JoinedStr():
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else " … " for part in node.values)
            case _:
                continue
        if IS_SQL.search(text):
            yield text


def test_no_statement_uses_what_one_engine_alone_knows() -> None:
    found = [
        (file.stem, why, text)
        for file in TABLES.glob("*.py")
        for text in sql_of(file)
        for why, pattern in FORBIDDEN.items()
        if re.search(pattern, without_texts(text))
    ]
    assert found == []


def without_texts(sql: str) -> str:
    """A statement without the words that it only carries."""
    return re.sub(r"'[^']*'", "''", sql)


def test_every_insert_says_what_becomes_of_it_where_the_key_is_taken() -> None:
    """Who inserts what another inserted meanwhile begins again; without these words PostgreSQL fails it for good."""
    every = [sql for file in TABLES.glob("*.py") for sql in sql_of(file)]
    inserts = [sql for sql in every if "INSERT INTO" in sql and not re.search(GENERATES_ITS_KEY, sql)]
    assert [sql for sql in inserts if "ON CONFLICT" not in sql] == []


def test_the_sql_that_is_looked_at_is_all_there_is() -> None:
    counted = {file.stem: len(list(sql_of(file))) for file in TABLES.glob("*.py")}
    assert sum(counted.values()) > 150
    assert counted["outbox"] > 20


def test_a_question_mark_stands_for_a_value_and_for_nothing_else() -> None:
    for file in TABLES.glob("*.py"):
        for sql in sql_of(file):
            assert "?" not in "".join(re.findall(r"'[^']*'", sql)), sql


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT edition FROM outbox WHERE edition GLOB 'daily:*'", "patterns of SQLite's"),
        ("UPDATE channels SET cursor = ?1 WHERE team = ?2", "numbered parameters"),
        ("SELECT user FROM people", "a word of SQL taken for a column"),
        ("INSERT INTO people (team) VALUES (?) ON CONFLICT DO UPDATE SET team = ?", "an upsert that names no key"),
        ("UPDATE papers SET withdrawn = max(withdrawn, ?)", "the greater of two by max"),
        ("SELECT 1 FROM outbox WHERE ts IS ?", "IS with a value"),
        ("DELETE FROM outbox WHERE (? IS NULL OR owner = ?)", "a parameter whose type nobody can tell"),
    ],
)
def test_what_is_forbidden_is_found(sql: str, why: str) -> None:
    assert re.search(FORBIDDEN[why], without_texts(sql))


# shapes ---------------------------------------------------------------------------------------------------------------


def columns_of_postgres() -> dict[str, dict[str, tuple[str, bool]]]:
    return {
        table: {column: (kind, is_filled) for column, (kind, is_filled, _) in columns.items()}
        for table, columns in postgres_shape().columns.items()
        if table not in {FULL_TEXT, "migrations"}
    }


def test_both_engines_have_the_same_tables_and_columns(tmp_path: Path) -> None:
    """Whoever adds a migration adds it to `bot.store.postgres_schema` as well."""
    kinds = {"TEXT": "TEXT", "INTEGER": "BIGINT", "REAL": "DOUBLE PRECISION", "BLOB": "BYTEA"}
    db = connect(tmp_path / "paperboy.db")
    in_sqlite = {
        name: {
            column: (kinds[kind], bool(not_null or key))
            for column, kind, not_null, key in db.execute(
                'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)
            )
        }
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        if not name.startswith(("sqlite_", "_sqlite", FULL_TEXT))
    }
    db.close()
    assert columns_of_postgres() == in_sqlite


def test_both_engines_have_the_same_migrations_from_the_first_one_of_postgres_on() -> None:
    first = KNOWN_MIGRATIONS.index(postgres_schema.FIRST)
    assert KNOWN_MIGRATIONS[first:] == (postgres_schema.FIRST, *postgres_schema.STEPS)


def test_every_column_is_read_or_written_by_somebody() -> None:
    code = " ".join(file.read_text(encoding="utf-8") for file in TABLES.glob("*.py"))
    used = {*re.findall(r"\w+", code), *(field.name for field in fields(ChannelSettings))}  # whose names are columns
    unused = {(table, name) for table, columns in columns_of_postgres().items() for name in columns if name not in used}
    assert unused == set()


def test_both_engines_have_the_same_indexes_and_keys(tmp_path: Path) -> None:
    db = connect(tmp_path / "paperboy.db")
    indexes = {
        " ".join(sql.replace('"', "").split())
        for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        if "_sqlite" not in sql
    }
    keys = {
        table: tuple(
            name for (name,) in db.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,))
        )
        for table in KEYS
    }
    db.close()
    shape = postgres_shape()
    assert {sql for sql in shape.indexes.values() if f"ON {FULL_TEXT}" not in sql} == indexes
    assert {table: tuple(name.strip('"') for name in key) for table, key in KEYS.items()} == keys
    ours = {table: key for table, key in shape.keys.items() if table not in {FULL_TEXT, "migrations"}}
    assert ours == keys


def test_every_text_of_postgres_is_compared_byte_by_byte() -> None:
    every = "".join((postgres_schema.FIRST_SCHEMA, *postgres_schema.STEPS.values()))
    assert not re.findall(r'\bTEXT\b(?! COLLATE "C")', every)


def test_no_migration_has_changed_its_place() -> None:
    assert [name[1:4] for name in KNOWN_MIGRATIONS] == [
        f"{number:03}" for number in range(1, len(KNOWN_MIGRATIONS) + 1)
    ]
    assert migrations.migrations.name == "paperboy"


# the border -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("plain", "plain"),
        ("a\x00b", "ab"),
        ("한글 \ud83d 🔖 \udc00", "한글  🔖 "),
        ("\x00", ""),
        ("tab\tand\nline\x1f", "tab\tand\nline\x1f"),
    ],
)
def test_what_is_no_text_is_left_out_at_the_border(told: str, kept: str) -> None:
    assert list(storable((1, told, None, b"\x00"))) == [1, kept, None, b"\x00"]


# one statement, or a function that may be run again -------------------------------------------------------------------


def _noting(db: Connection, statements: list[str]) -> WatchedConnection:
    async def note(sql: str) -> None:
        statements.append(sql)

    return WatchedConnection(db, note)


class _Watched(WrappedDatabase):
    """A database that looks at what is written as one statement, and at what is only read."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.at_once: list[list[str]] = []
        self.read_only: list[str] = []

    async def write(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        async def counted(db: Connection) -> Any:
            statements: list[str] = []
            result = await work(_noting(db, statements))
            if is_one_statement:
                self.at_once.append(statements)
            return result

        return await self._database.write(counted, is_one_statement=is_one_statement)

    async def read(self, work: Work[Any]) -> Any:
        async def counted(db: Connection) -> Any:
            return await work(_noting(db, self.read_only))

        return await self._database.read(counted)

    async def read_few(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        return await self.read(work)


async def test_every_question_is_understood_and_what_is_one_statement_is_one(open_store: OpenStore) -> None:
    """The questions of an ordinary day, asked of each engine."""
    async with open_store() as opened:
        watched = _Watched(opened.database)
        store = Store(watched)
        for paper_id in {CARD, *TODAYS}:
            await store.papers.remember(replace(PAPER, id=paper_id), source="arxiv", now=NOW)
        await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
        for ask in ASKED.values():
            await ask(store)
    assert len(watched.at_once) > 25
    assert [statements for statements in watched.at_once if len(statements) != 1] == []
    assert [sql for sql in watched.read_only if not sql.lstrip().startswith(("SELECT", "WITH"))] == []
    subselects = [sql for (sql,) in watched.at_once if re.search(r"\(SELECT", sql)]
    assert subselects == [], "others may come in between what it looks at elsewhere and what it changes"


def test_the_full_text_index_is_known_to_one_module_alone() -> None:
    store = TABLES.parent
    told = {
        file.name for file in store.rglob("*.py") if re.search(rf"\b{FULL_TEXT}\b", file.read_text(encoding="utf-8"))
    }
    assert told == {"text_index.py", "migrations.py", "postgres_schema.py"}
