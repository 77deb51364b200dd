"""The queries of a person's list: the part of it that is looked for, in order, and what there is to look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.list_texts import tag_key
from bot.rules.reading_list import ReadingState, SavedPaper, SaveOrigin
from bot.store.tables.columns import from_json, marks, one, to_moment
from bot.store.tables.paper_rows import PAPER_COLUMNS, PAPER_WIDTH, paper_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.store.connection import Connection, Row, Value

_VOTES = "(SELECT l.votes FROM listed_papers l WHERE l.paper = {paper} ORDER BY l.day DESC LIMIT 1)"
_ENTRY = f"{PAPER_COLUMNS}, e.saved_at, e.state, e.note, e.tags, e.origin, {_VOTES.format(paper='p.id')}"
_STATES = {state.value: state for state in ReadingState}
_OWNED = 's.team = ? AND s."user" = ? AND s.listed = 1'
# As an index has them: the oldest of each state are found, and all of a state counted, without reading the rest.
_BY_STATE = "CASE {of}state WHEN 'to_read' THEN 0 WHEN 'reading' THEN 1 WHEN 'done' THEN 2 ELSE 3 END"
_IN_ORDER = (ReadingState.TO_READ, ReadingState.READING, ReadingState.DONE, ReadingState.ARCHIVED)
# The columns have these names both where a part of the list is cut out and where what is shown is joined to it.
_ORDERS = {
    ListOrder.NEWEST: "{of}saved_at DESC, {of}paper",
    ListOrder.VOTES: "{of}votes DESC NULLS LAST, {of}saved_at DESC, {of}paper",
    ListOrder.OLDEST_UNREAD: f"{_BY_STATE}, {{of}}saved_at, {{of}}paper",
}


async def page(
    db: Connection,
    team: str,
    user: str,
    wanted: ListFilter,
    by_state: Mapping[ReadingState, int],
    *,
    limit: int,
    offset: int,
) -> tuple[list[SavedPaper], int]:
    """A part of what is wanted of a list, in its order, and how many papers that is in all.

    The list has so many papers `by_state`. Papers and notes are read for that part alone. Where words are looked
    for, which takes longest, the papers that have them are counted as they are found.
    """
    condition, values = _condition(team, user, wanted)
    votes = _VOTES.format(paper="s.paper") if wanted.order is ListOrder.VOTES else "NULL"
    total = "count(*) OVER ()" if wanted.words else "0"
    order = _ORDERS[wanted.order]
    rows = await db.rows(
        f"SELECT {_ENTRY}, cut.total FROM (SELECT s.paper, s.saved_at, s.state, {votes} AS votes, {total} AS total"
        f" FROM saved_papers s WHERE {condition} ORDER BY {order.format(of='')} LIMIT ? OFFSET ?) AS cut"
        ' JOIN saved_papers e ON e.team = ? AND e."user" = ? AND e.paper = cut.paper'
        f" JOIN papers p ON p.id = cut.paper ORDER BY {order.format(of='cut.')}",
        (*values, limit, offset, team, user),
    )
    entries = [saved_from(row) for row in rows]
    if not wanted.tag and not wanted.words:
        return entries, sum(number for state, number in by_state.items() if wanted.has_state(state))
    counted = int(rows[0][-1]) if rows else 0
    return entries, counted or await length(db, team, user, wanted)


async def length(db: Connection, team: str, user: str, wanted: ListFilter) -> int:
    """The number of papers that are wanted of a list."""
    condition, values = _condition(team, user, wanted)
    row = await one(db, f"SELECT count(*) FROM saved_papers s WHERE {condition}", values)
    return int(row[0])


async def papers(db: Connection, team: str, user: str, wanted: ListFilter, *, after: str, limit: int) -> list[str]:
    """The ids of the papers that are wanted of a list, in their order, beginning after one of them."""
    condition, values = _condition(team, user, wanted)
    rows = await db.rows(
        f"SELECT s.paper FROM saved_papers s WHERE {condition} AND s.paper > ? ORDER BY s.paper LIMIT ?",
        (*values, after, limit),
    )
    return [row[0] for row in rows]


async def entry(db: Connection, team: str, user: str, paper: str) -> SavedPaper | None:
    """One paper as it is on a list."""
    row = await db.row(
        f"SELECT {_ENTRY} FROM saved_papers e JOIN papers p ON p.id = e.paper"
        ' WHERE e.team = ? AND e."user" = ? AND e.paper = ? AND e.listed = 1',
        (team, user, paper),
    )
    return saved_from(row) if row else None


def saved_from(row: Row) -> SavedPaper:
    """The value of a row of `_ENTRY`."""
    saved_at, state, note, tags, origin, votes = row[PAPER_WIDTH : PAPER_WIDTH + 6]
    return SavedPaper(
        paper_from(row),
        to_moment(saved_at),
        _STATES[state],
        note,
        from_json(tags),
        votes,
        SaveOrigin.parse(origin),
    )


async def counts(db: Connection, team: str, user: str) -> dict[ReadingState, int]:
    """The numbers of papers of a list by state."""
    place = _BY_STATE.format(of="s.")
    rows = await db.rows(f"SELECT {place}, count(*) FROM saved_papers s WHERE {_OWNED} GROUP BY {place}", (team, user))
    found = {_IN_ORDER[number]: int(papers) for number, papers in rows}
    return {state: found.get(state, 0) for state in ReadingState}


async def tags(db: Connection, team: str, user: str) -> dict[str, int]:
    """The tags of a list and how many papers have each, the most used first, each in one of its spellings."""
    rows = await db.rows(
        'SELECT min(name), count(*) FROM saved_tags WHERE team = ? AND "user" = ? GROUP BY tag'
        " ORDER BY count(*) DESC, tag",
        (team, user),
    )
    return {name: int(number) for name, number in rows}


def _condition(team: str, user: str, wanted: ListFilter) -> tuple[str, list[Value]]:
    condition: str = _OWNED
    values: list[Value] = [team, user]
    if wanted.states:
        states = [state for state in ReadingState if state in wanted.states]
        condition += f" AND s.state IN ({marks(states)})"
        values += states
    else:
        condition += " AND s.state <> 'archived'"
    if wanted.tag:
        condition += (
            ' AND s.paper IN (SELECT t.paper FROM saved_tags t WHERE t.team = ? AND t."user" = ? AND t.tag = ?)'
        )
        values += [team, user, tag_key(wanted.tag)]
    if wanted.words:
        condition += _having_words(wanted.searched)
        values += [each for word in wanted.searched for each in [word] * 3]
    return condition, values


def _having_words(words: Sequence[str]) -> str:
    """A text has a word when it is another without it: the one way that both engines know, and that minds no signs."""
    if not words:
        return " AND 1 = 0"
    return (
        " AND (replace(s.words, ?, '') <> s.words OR EXISTS (SELECT 1 FROM search_documents d WHERE d.paper = s.paper"
        " AND (replace(d.title, ?, '') <> d.title OR replace(d.authors, ?, '') <> d.authors)))"
    ) * len(words)
