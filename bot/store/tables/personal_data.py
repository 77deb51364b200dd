"""Personal data: counted, handed over, and erased, wherever the database has a person's ID.

Where that is, and what becomes of it, is declared in `bot.rules.personal_data`; nothing here knows a table but for the
few that need a word of their own.
"""

from __future__ import annotations

import json
import secrets
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from bot.rules.personal_data import (
    OF_WORKSPACES,
    DataKind,
    Erasure,
    PersonalRows,
    is_before,
    without_person,
)
from bot.rules.requests import DONE, RequestKind
from bot.store.connection import Connection, Transactions, reads, reads_few, statement, transaction
from bot.store.tables.columns import marks, one, starting, to_json, to_moment, to_text
from bot.store.tables.keys import KEYS, delete_some
from bot.store.tables.pruning import ROWS_AT_ONCE
from bot.store.tables.team_saves import hide_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.rules.personal_data import TableData
    from bot.store.connection import Row, Value

# The erasure itself is a request, and ends last.
_BUT_THE_ERASURE = f"kind <> '{RequestKind.ERASE}'"
# Which rows of a table count as what a person would call by its name, where not all do.
_COUNTED = {
    "saved_papers": "listed = 1",
    "reactions": "added = 1",
    "open_requests": f"step <> '{DONE}' AND {_BUT_THE_ERASURE}",
    "outbox": "kind = 'post'",
}
_ERASURE = "at, direct_messages, counts"
_UNFINISHED = "'pending', 'claimed', 'in_doubt'"
# In the pieces in which a whole table is looked through.
_LOOKED_AT_ONCE = 500
# What a file with somebody's data has of each kind at most.
MOST_ROWS = 20_000
_DIRECT_MESSAGES = starting("D")


def _quoted(column: str) -> str:
    """A column's name as every engine takes it: `user` is a word of SQL."""
    return f'"{column}"' if column == "user" else column


# The tables and columns that name a person.
PEOPLE_NAMED = tuple(
    (table, _quoted(data.owner or data.doer))
    for table, data in OF_WORKSPACES.items()
    if (data.owner or data.doer) and table != "people"
)


class PersonalData:
    """A person's data, in all tables."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads
    async def counts(self, db: Connection, team: str, person: str) -> dict[DataKind, int]:
        """The amount of what is stored about a person, by kind; kinds of which there is nothing are left out."""
        return await _count(db, team, person, await _direct_messages(db, team, person))

    @transaction
    async def begin_erasure(self, db: Connection, team: str, person: str, *, at: datetime) -> Erasure:
        """Note that all of a person is to be erased that came up to a moment.

        An erasure that is under way, or of that moment or a later one, stays as it is.
        """
        await db.execute(
            "INSERT INTO erasure_salts (team, salt) VALUES (?, ?) ON CONFLICT (team) DO NOTHING",
            (team, secrets.token_hex(16)),
        )
        fingerprint = await _fingerprint(db, team, person)
        row = await db.row(
            f"SELECT {_ERASURE} FROM erasures WHERE team = ? AND fingerprint = ? AND (person IS NOT NULL OR at >= ?)",
            (team, fingerprint, to_text(at)),
        )
        if row:
            return _erasure(row)
        direct = await _direct_messages(db, team, person)
        counts = await _count(db, team, person, direct)
        await db.execute(
            "INSERT INTO erasures (team, fingerprint, at, person, direct_messages, counts) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (team, fingerprint) DO UPDATE SET at = excluded.at, person = excluded.person,"
            " direct_messages = excluded.direct_messages, counts = excluded.counts",
            (team, fingerprint, to_text(at), person, to_json(direct), to_json(counts)),
        )
        return Erasure(at, tuple(direct), counts)

    @reads
    async def erasures_under_way(self, db: Connection) -> list[tuple[str, str, Erasure]]:
        """Those whose data is still to be erased, or not wholly, each with their workspace."""
        rows = await db.rows(f"SELECT team, person, {_ERASURE} FROM erasures WHERE person IS NOT NULL")
        return [(team, person, _erasure(rest)) for team, person, *rest in rows]

    @reads_few
    async def find_erasure(self, db: Connection, team: str, person: str) -> Erasure | None:
        """The last erasure of a person's data, as long as it is known."""
        fingerprint = await _fingerprint(db, team, person)
        row = await db.row(
            f"SELECT {_ERASURE} FROM erasures WHERE team = ? AND fingerprint = ?", (team, fingerprint or "")
        )
        return _erasure(row) if row else None

    @reads_few
    async def any_erased_since(self, db: Connection, team: str, people: Sequence[str], ts: str) -> bool:
        """Whether the data of any of these people was erased after the moment of a time stamp of Slack's, or at it."""
        for person in people:
            if await is_from_before_erasure(db, team, person, ts):
                return True
        return False

    async def erase(self, team: str, person: str, erasure: Erasure) -> None:
        """Erase a person's data, in pieces between which others write; begun again, it goes on where it stopped.

        Afterwards no table has their ID, but for the request to erase it, and a fingerprint while Slack may tell of
        them once more.
        """
        for table, data in OF_WORKSPACES.items():
            if data.owner:
                while not await self._delete_owned(team, person, table, data):
                    pass
            for column in data.conversations:
                for conversation in (person, *erasure.direct_messages):
                    while not await self._delete_conversation(team, conversation, table, column):
                        pass
            if data.doer:
                await self._empty_doer(team, person, table, data.doer)
            if data.texts:
                after: Row | None = ()
                while after is not None:
                    found, after = await self._look(team, person, table, data, after)
                    if found:
                        await self._clean(team, person, table, data, found)
        await self._end_erasure(team, person)

    @transaction
    async def end_request(self, db: Connection, team: str, person: str) -> None:
        """Delete the request to erase a person's data, once they were told, and what they were told of."""
        await db.execute(
            "DELETE FROM open_requests WHERE team = ? AND person = ? AND kind = ?", (team, person, RequestKind.ERASE)
        )
        await db.execute(
            "UPDATE erasures SET counts = '{}' WHERE team = ? AND fingerprint = ? AND person IS NULL",
            (team, await _fingerprint(db, team, person) or ""),
        )

    @reads
    async def rows(self, db: Connection, team: str, person: str) -> PersonalRows:
        """All that is stored about a person, by kind, at most `MOST_ROWS` of each, as the tables have it."""
        direct = await _direct_messages(db, team, person)
        found: dict[DataKind, list[dict[str, Any]]] = {}
        cut_short = set()
        for table, data, where, values in _places(team, person, direct):
            columns = sorted(data.columns - {data.owner})
            rows = await db.rows(
                f"SELECT {', '.join(map(_quoted, columns))} FROM {table} WHERE {where}"
                f" ORDER BY {', '.join(KEYS[table])} LIMIT ?",
                (*values, MOST_ROWS + 1),
            )
            if len(rows) > MOST_ROWS:
                cut_short.add(data.kind)
            if rows and data.kind:
                found[data.kind] = [dict(zip(columns, row, strict=True)) for row in rows[:MOST_ROWS]]
        return PersonalRows(found, frozenset(kind for kind in cut_short if kind))

    @transaction
    async def _delete_owned(self, db: Connection, team: str, person: str, table: str, data: TableData) -> bool:
        """Delete some of the rows that are a person's own; whether those were the last."""
        if table == "model_spending":
            return await _disown_spending(db, team, person)
        where = f"team = ? AND {_quoted(data.owner)} = ?"
        if table == "open_requests":
            where += f" AND {_BUT_THE_ERASURE}"
        return await delete_some(db, table, where, (team, person), ROWS_AT_ONCE) < ROWS_AT_ONCE

    @transaction
    async def _delete_conversation(self, db: Connection, team: str, conversation: str, table: str, column: str) -> bool:
        where = f"team = ? AND {column} = ?"
        if table == "open_requests":
            where += f" AND {_BUT_THE_ERASURE}"
        return await delete_some(db, table, where, (team, conversation), ROWS_AT_ONCE) < ROWS_AT_ONCE

    @statement
    async def _empty_doer(self, db: Connection, team: str, person: str, table: str, column: str) -> None:
        doer = _quoted(column)
        await db.execute(f"UPDATE {table} SET {doer} = NULL WHERE team = ? AND {doer} = ?", (team, person))

    @reads
    async def _look(
        self, db: Connection, team: str, person: str, table: str, data: TableData, after: Row
    ) -> tuple[list[Row], Row | None]:
        """The rows of a piece of a table whose texts name a person, with their texts, and where the next piece begins.

        A piece is so many rows of a table, whatever is in them: nobody waits for a walk through all of it.
        """
        key = KEYS[table]
        named, rest = ", ".join(key), [column for column in key if column != "team"]
        # The range without the team, which is one: of both together SQLite would use but the team to find the place.
        is_after = f"team = ? AND ({', '.join(rest)}) > ({marks(rest)})"
        place = [value for column, value in zip(key, after, strict=False) if column != "team"]
        start = (is_after, (team, *place)) if after else ("team = ?", (team,))
        last = await db.row(
            f"SELECT {named} FROM {table} WHERE {start[0]} ORDER BY {named} LIMIT 1 OFFSET ?",
            (*start[1], _LOOKED_AT_ONCE - 1),
        )
        # Words that are searched are kept in small letters.
        names = " OR ".join(
            f"replace(lower({column}), CAST(? AS TEXT), '') <> lower({column})" for column in data.texts
        )
        columns = ", ".join(dict.fromkeys((*key, *data.texts)))
        found = await db.rows(
            f"SELECT {named}, {', '.join(data.texts)} FROM (SELECT {columns} FROM {table} WHERE {start[0]}"
            f" ORDER BY {named} LIMIT ?) AS piece WHERE {names}",
            (*start[1], _LOOKED_AT_ONCE, *[person.lower()] * len(data.texts)),
        )
        return found, last

    @transaction
    async def _clean(
        self, db: Connection, team: str, person: str, table: str, data: TableData, found: Sequence[Row]
    ) -> None:
        """Take a person out of the texts of rows; what changed meanwhile is looked at anew."""
        key = KEYS[table]
        this = " AND ".join(f"{column} = ?" for column in key)
        for row in found:
            at, was = row[: len(key)], row[len(key) :]
            texts = dict(zip(data.texts, was, strict=True))
            new = {column: without_person(text, person) for column, text in texts.items() if text is not None}
            changed = {column: text for column, text in new.items() if text != texts[column]}
            moved = tuple(changed.get(column, value) for column, value in zip(key, at, strict=True))
            if moved != at and (
                await db.row(f"SELECT 1 FROM {table} WHERE {this}", moved) or await _is_unsent(db, table, this, at)
            ):
                # Under another name it would be looked for in vain, and sent once more.
                await db.execute(f"DELETE FROM {table} WHERE {this}", at)
                continue
            if changed:
                same = " AND ".join(f"{column} = ?" for column in changed)
                await db.execute(
                    f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in changed)} WHERE {this} AND {same}",
                    (*changed.values(), *at, *(texts[column] for column in changed)),
                )

    @transaction
    async def _end_erasure(self, db: Connection, team: str, person: str) -> None:
        """Forget whose data was erased. A recap planned before may tell their name, which nothing there is known by."""
        await hide_names(db, team)
        await db.execute(
            "UPDATE erasures SET person = NULL, direct_messages = '[]' WHERE team = ? AND person = ?", (team, person)
        )


async def is_from_before_erasure(db: Connection, team: str, person: str, ts: str) -> bool:
    """Whether a person's data was erased at, or after, the moment of a time stamp of Slack's."""
    fingerprint = await _fingerprint(db, team, person)
    if fingerprint is None:
        return False
    row = await db.row("SELECT at FROM erasures WHERE team = ? AND fingerprint = ?", (team, fingerprint))
    return row is not None and is_before(ts, to_moment(row[0]))


async def _fingerprint(db: Connection, team: str, person: str) -> str | None:
    """A person's ID as the erasures of a workspace know it; None where nobody's data was erased lately."""
    row = await db.row("SELECT salt FROM erasure_salts WHERE team = ?", (team,))
    return blake2b(person.encode(), key=row[0].encode(), digest_size=16).hexdigest() if row else None


def _erasure(row: Sequence[Any]) -> Erasure:
    at, direct_messages, counts = row
    known = {kind: count for name, count in json.loads(counts).items() if (kind := _kind(name))}
    return Erasure(to_moment(at), tuple(json.loads(direct_messages)), known)


def _kind(name: str) -> DataKind | None:
    return DataKind(name) if name in set(DataKind) else None


def _places(
    team: str, person: str, direct_messages: Sequence[str]
) -> list[tuple[str, TableData, str, tuple[Value, ...]]]:
    """The places of a person's data to be counted and handed over: table, what it has, condition, values."""
    places: list[tuple[str, TableData, str, tuple[Value, ...]]] = []
    for table, data in OF_WORKSPACES.items():
        if data.kind is None:
            continue
        named: Mapping[str, tuple[Value, ...]] = (
            {data.owner or data.doer: (person,)}
            if data.owner or data.doer
            else dict.fromkeys(data.conversations, (person, *direct_messages))
        )
        where = " OR ".join(f"{_quoted(column)} IN ({marks(ids)})" for column, ids in named.items())
        values = [each for ids in named.values() for each in ids]
        places.append((table, data, f"team = ? AND ({where})", (team, *values)))
    return places


async def _count(db: Connection, team: str, person: str, direct_messages: Sequence[str]) -> dict[DataKind, int]:
    counts: dict[DataKind, int] = {}
    for table, data, where, values in _places(team, person, direct_messages):
        counted = f" AND {_COUNTED[table]}" if table in _COUNTED else ""
        (number,) = await one(db, f"SELECT count(*) FROM {table} WHERE {where}{counted}", values)
        if number and data.kind:
            counts[data.kind] = counts.get(data.kind, 0) + int(number)
    return counts


async def _direct_messages(db: Connection, team: str, person: str) -> list[str]:
    """The IDs of a person's direct messages with Paperboy, as far as what is stored connects the two."""
    found = {
        direct
        for (direct,) in await db.rows(
            "SELECT DISTINCT direct_channel FROM outbox WHERE team = ? AND conversation = ?"
            " AND direct_channel IS NOT NULL",
            (team, person),
        )
    }
    for table, data in OF_WORKSPACES.items():
        for column in data.conversations if data.owner else ():
            rows = await db.rows(
                f"SELECT DISTINCT {column} FROM {table} WHERE team = ? AND {_quoted(data.owner)} = ?"
                f" AND {column} >= ? AND {column} < ?",
                (team, person, *_DIRECT_MESSAGES),
            )
            found.update(direct for (direct,) in rows)
    places = await db.rows(
        'SELECT place FROM list_changes WHERE team = ? AND "user" = ? AND place >= ? AND place < ?',
        (team, person, *_DIRECT_MESSAGES),
    )
    found.update(place.partition("/")[0] for (place,) in places)
    return sorted(found)


async def _disown_spending(db: Connection, team: str, person: str) -> bool:
    """Let what a person caused be spent by nobody: what models cost in all stays true."""
    this = 'team = ? AND "user" = ?'
    rows = await db.rows(
        f"SELECT day, model, requests, input_tokens, output_tokens, dollars FROM model_spending WHERE {this} LIMIT ?",
        (team, person, ROWS_AT_ONCE),
    )
    for day, model, *spent in rows:
        await db.execute(
            'INSERT INTO model_spending (day, team, "user", model, requests, input_tokens, output_tokens, dollars)'
            " VALUES (?, ?, '', ?, ?, ?, ?, ?) ON CONFLICT (day, team, \"user\", model) DO UPDATE SET"
            " requests = model_spending.requests + excluded.requests,"
            " input_tokens = model_spending.input_tokens + excluded.input_tokens,"
            " output_tokens = model_spending.output_tokens + excluded.output_tokens,"
            " dollars = model_spending.dollars + excluded.dollars",
            (day, team, model, *spent),
        )
        await db.execute(
            f"DELETE FROM model_spending WHERE {this} AND day = ? AND model = ?", (team, person, day, model)
        )
    return len(rows) < ROWS_AT_ONCE


async def _is_unsent(db: Connection, table: str, this: str, key: Row) -> bool:
    if table != "outbox":
        return False
    row = await db.row(f"SELECT 1 FROM outbox WHERE {this} AND state IN ({_UNFINISHED})", key)
    return row is not None
