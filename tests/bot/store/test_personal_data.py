"""Personal data: every place of the database that can have a person's ID is declared, and erased."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.budget import Spent
from bot.rules.channels import Person
from bot.rules.outages import Outage
from bot.rules.personal_data import ERASURES_KEPT, OF_NOBODY, OF_WORKSPACES, DataKind, without_person
from bot.rules.reading_list import ReactionsSeen, SaveKind
from bot.rules.requests import Request, RequestKind
from bot.rules.slack_ids import moment_of
from bot.store.sqlite import open_store
from bot.store.tables import personal_data
from bot.store.tables.keys import KEYS
from bot.store.tables.pruning import ROWS_AT_ONCE
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    DAY,
    JIMIN,
    MELTEMI,
    NOW,
    OTHER_TEAM,
    SAVING,
    TEAM,
    in_sqlite,
    paper,
    reaction,
)
from tests.bot.store.shapes import postgres_shape
from tests.bot.store.test_channel_ids import sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.store import Store

HOW = (
    "Say in bot/rules/personal_data.py what the table has of people. A column with a person's ID is its `owner` (the"
    " row is deleted with the person) or a `doer` (the row stays, the name goes); one with a channel's, which may be a"
    " person's direct messages, is one of its `conversations`; words that people wrote and messages to them are"
    " `texts`; all others are `without` people. See docs/contributing.md, A new table."
)


def columns_of_postgres() -> dict[str, set[str]]:
    return {table: set(columns) for table, columns in postgres_shape().columns.items()}


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
    """But for what a model is being asked for them: it is handed over once it has an outcome, within the hour."""
    without = {name for name, table in OF_WORKSPACES.items() if (table.owner or table.doer) and table.kind is None}
    assert without == {"token_reservations"}, f"give them a DataKind, with its name in both catalogues: {without}"


def test_each_kind_is_that_of_one_table_as_its_entries_have_the_columns_of_that() -> None:
    kinds = [table.kind for table in OF_WORKSPACES.values() if table.kind]
    assert len(kinds) == len(set(kinds)), "the file with somebody's data would have the entries of one of them alone"
    assert set(kinds) == set(DataKind)


def test_a_text_loses_a_persons_id_and_nothing_else() -> None:
    me, other = "U0000000001", "U00000000011"
    assert without_person(f"<@{me}> and <@{me}|ana> met <@{other}>", me) == f"somebody and somebody met <@{other}>"
    assert without_person(f"share:{me}:12.34", me) == "share:somebody:12.34"
    assert without_person(f"x{me} {me}x", me) == f"x{me} {me}x"
    payload = f'{{"text":"<@{me}>","blocks":[{{"type":"user","user_id":"{me}"}},{{"{me}":["{me}",1,null]}}]}}'
    cleaned = '{"text":"somebody","blocks":[{"type":"text","text":"somebody"},{"somebody":["somebody",1,null]}]}'
    assert without_person(payload, me) == cleaned
    assert without_person(f"{{no JSON {me}", me) == "{no JSON somebody"
    assert without_person("nobody's", me) == "nobody's"


# erasing --------------------------------------------------------------------------------------------------------------

ME, MY_MESSAGES = "U0000000001", "D0000000001"
# Whose IDs begin with mine, so that no part of an ID is taken for one.
OTHER, THEIR_MESSAGES = "U00000000012", "D00000000012"


def fill_every_table(db: sqlite3.Connection, person: str, messages: str) -> None:
    """One row of each table for each of its columns that can have an ID, with this one's, and nobody else's."""
    for table, data in OF_WORKSPACES.items():
        if table in {"erasures", "erasure_salts", "teams"}:
            continue
        named = [
            *((column, person) for column in (data.owner, data.doer) if column),
            *((column, each) for column in data.conversations for each in (person, messages)),
            *((column, f'{{"text":"<@{person}>, {person} {person.lower()}"}}') for column in data.texts),
        ]
        (made_by,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        allowed = dict(re.findall(r"CHECK \((\w+) IN \('(\w+)'", made_by))
        for number, (column, value) in enumerate(named):
            row: dict[str, Any] = {"team": TEAM, column: value}
            for _, name, kind, is_required, default, _ in db.execute(f"PRAGMA table_info({table})"):
                is_free = name not in row and (is_required or name in KEYS[table]) and default is None
                if is_free and not (table == "changes" and name == "id"):
                    row[name] = allowed.get(name) or (
                        number if kind == "INTEGER" else 0.5 if kind == "REAL" else f"{column} {number} {person[-2:]}"
                    )
            if table == "outbox":
                row |= {"state": "sent", "kind": "post"} | ({"direct_channel": messages} if value == person else {})
            columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
            db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [*row.values()])


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def places_of(path: Path, *ids: str) -> dict[str, list[str]]:
    """The tables and values that have one of the IDs in them, and not as a part of a longer one."""
    found = re.compile("|".join(rf"(?<![A-Za-z0-9]){each}(?![A-Za-z0-9])" for each in ids), re.IGNORECASE)
    return {
        table: values
        for table, rows in everything(path).items()
        if (values := [str(value) for row in rows for value in row if found.search(str(value))])
    }


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "paperboy.db"
    asyncio.run(_made(path))
    with closing(sqlite3.connect(path)) as db:
        for person, messages in ((ME, MY_MESSAGES), (OTHER, THEIR_MESSAGES)):
            fill_every_table(db, person, messages)
        db.commit()
    return path


async def _made(path: Path) -> None:
    await (await open_store(path)).close()


async def erase(store: Store, person: str = ME) -> None:
    erasure = await store.personal_data.begin_erasure(TEAM, person, at=NOW)
    await store.personal_data.erase(TEAM, person, erasure)


async def test_of_an_erased_person_no_table_has_anything_and_of_others_all(filled: Path) -> None:
    before = places_of(filled, OTHER, THEIR_MESSAGES)
    assert (
        places_of(filled, ME, MY_MESSAGES).keys()
        == before.keys()
        == {
            table
            for table, data in OF_WORKSPACES.items()
            if data.owner or data.doer or data.conversations or data.texts
        }
    )
    store = await open_store(filled)
    await erase(store)
    await store.close()
    assert places_of(filled, ME, MY_MESSAGES) == {}
    assert places_of(filled, OTHER, THEIR_MESSAGES) == before


async def test_what_others_need_stays_without_the_name(filled: Path) -> None:
    store = await open_store(filled)
    await store.spending.record(DAY, TEAM, ME, "m", Spent(2, 10, 20, 0.5))
    await store.spending.record(DAY, TEAM, OTHER, "m", Spent(1, 1, 1, 0.25))
    before, spent = everything(filled), await store.spending.on(DAY)
    await erase(store)
    assert await store.spending.on(DAY) == spent
    await store.close()
    after = everything(filled)
    for table, data in OF_WORKSPACES.items():
        if data.doer:
            assert len(after[table]) == len(before[table]), table
    assert any("somebody" in str(row) for row in after["outbox"])
    assert any(row[3] is None for row in after["changes"])


async def test_an_erasure_that_is_killed_at_any_moment_goes_on_from_there(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each write of the erasure the process ends, and another one begins it anew."""
    monkeypatch.setattr(personal_data, "ROWS_AT_ONCE", 2)
    counts = None
    for writes in range(200):
        store = await open_store(filled)
        left = iter(range(writes))
        do = in_sqlite(store).writer.do

        async def at_most(work: Callable[..., Any], do: Any = do, left: Iterator[int] = left) -> Any:
            if next(left, None) is None:
                raise ConnectionAbortedError
            return await do(work)

        monkeypatch.setattr(in_sqlite(store).writer, "do", at_most)
        try:
            erasure = await store.personal_data.begin_erasure(TEAM, ME, at=NOW)
            counts = counts or erasure.counts
            assert erasure.counts == counts, "what there was is counted once"
            await store.personal_data.erase(TEAM, ME, erasure)
            break
        except ConnectionAbortedError:
            continue
        finally:
            await store.close()
    assert writes > 30
    assert places_of(filled, ME, MY_MESSAGES) == {}


async def test_a_person_with_many_saves_is_erased_in_pieces(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(filled)) as db:
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, 1, '')",
            [(TEAM, ME, f"2401.{number:05}") for number in range(5000)],
        )
        db.commit()
    store = await open_store(filled)
    changed: list[int] = []
    do = in_sqlite(store).writer.do

    async def counted(work: Callable[[sqlite3.Connection], Any]) -> Any:
        def watched(db: sqlite3.Connection) -> Any:
            before = db.total_changes
            try:
                return work(db)
            finally:
                changed.append(db.total_changes - before)

        return await do(watched)

    monkeypatch.setattr(in_sqlite(store).writer, "do", counted)
    await erase(store)
    await store.close()
    assert max(changed) <= 2 * ROWS_AT_ONCE
    assert sum(changed) > 5000
    assert places_of(filled, ME) == {}


# afterwards -----------------------------------------------------------------------------------------------------------


async def test_what_slack_says_of_the_time_before_an_erasure_is_known_as_such_for_a_while(store: Store) -> None:
    before, after = Person(TEAM, ANA, "en-US"), Person(TEAM, ANA, "ko-KR")
    await erase(store, ANA)
    await store.people.remember(before, now=NOW)
    assert await store.people.find(TEAM, ANA) is None
    assert await store.personal_data.erasures_under_way() == []
    await store.people.remember(replace(before, team=OTHER_TEAM), now=NOW)
    assert await store.people.find(OTHER_TEAM, ANA), "another workspace's person is another"
    await store.people.remember(replace(before, id=JIMIN), now=NOW)
    assert await store.people.find(TEAM, JIMIN)
    await store.people.remember(after, now=NOW + timedelta(seconds=1))
    assert await store.people.find(TEAM, ANA) == after, "they begin anew"
    await store.maintenance.prune(now=NOW + ERASURES_KEPT - timedelta(minutes=1))
    assert await store.personal_data.find_erasure(TEAM, ANA)
    await store.maintenance.prune(now=NOW + ERASURES_KEPT + timedelta(minutes=1))
    assert await store.personal_data.find_erasure(TEAM, ANA) is None


async def test_an_erasure_counts_what_there_was_until_its_person_was_told(store: Store) -> None:
    await store.papers.remember(paper(), source="hugging_face", now=NOW)
    await store.reading_lists.save(TEAM, ANA, paper().id, SaveKind.CLICK, now=NOW)
    await store.people.choose_language(TEAM, ANA, "ko", now=NOW)
    request = Request(TEAM, "C1", ANA, RequestKind.ERASE, "12.34.x", "", NOW)
    await store.requests.note(request, owner="bot", until=NOW)
    counts = {DataKind.PROFILE: 1, DataKind.SAVED_PAPERS: 1, DataKind.LIST_CHANGES: 1}
    assert await store.personal_data.counts(TEAM, ANA) == counts
    kept = await store.personal_data.rows(TEAM, ANA)
    assert {kind: len(rows) for kind, rows in kept.rows.items()} == counts | {DataKind.REQUESTS: 1}
    assert kept.rows[DataKind.PROFILE][0]["language"] == "ko"
    await erase(store, ANA)
    assert await store.personal_data.counts(TEAM, ANA) == {}
    assert (await store.personal_data.rows(TEAM, ANA)).rows.keys() == {DataKind.REQUESTS}, "to be told, and to end"
    again = await store.requests.take(TEAM, owner="other", now=NOW, until=NOW)
    assert again == [request]
    erasure = await store.personal_data.find_erasure(TEAM, ANA)
    assert erasure
    assert erasure.counts == counts
    await store.personal_data.end_request(TEAM, ANA)
    assert await store.requests.take(TEAM, owner="other", now=NOW, until=NOW) == []
    erasure = await store.personal_data.find_erasure(TEAM, ANA)
    assert erasure
    assert erasure.counts == {}


async def test_a_reaction_from_before_an_erasure_is_not_recorded_again_and_a_later_one_is(store: Store) -> None:
    """Neither when Slack brings the event again, nor when it shows after an outage that the emoji still stands."""
    await sent(store, MELTEMI)
    card, first = "1722471001.000100", reaction("bookmark", "1722471001.000100", "1722500000.000100")
    await store.reading_lists.record_reaction(first, saving_emoji=SAVING)
    assert await store.reading_lists.count(TEAM, ANA) == 1
    erasure = await store.personal_data.begin_erasure(TEAM, ANA, at=moment_of(first.event_ts))
    await store.personal_data.erase(TEAM, ANA, erasure)
    await store.reading_lists.record_reaction(first, saving_emoji=SAVING)
    standing = frozenset({(ANA, "bookmark"), (JIMIN, "bookmark")})
    seen = ReactionsSeen(TEAM, CHANNEL, card, standing, frozenset(), "1722503600.000000")
    missed = await store.reading_lists.reconcile(seen, Outage(NOW, NOW), saving_emoji=SAVING)
    assert [each.user for each in missed] == [JIMIN]
    assert await store.reading_lists.count(TEAM, ANA) == 0
    await store.reading_lists.record_reaction(replace(first, event_ts="1722503700.000000"), saving_emoji=SAVING)
    assert await store.reading_lists.count(TEAM, ANA) == 1
