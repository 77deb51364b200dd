"""The changes that people made to their lists, and the entries that come of them.

An entry of `saved_papers` is never changed for itself: a change is added to `list_changes`, and the entry is what
`bot.rules.list_changes.replay` makes of all of them. So it comes out the same in whatever order they are heard.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from bot.rules.list_changes import ChangeKind, DatedChange, Standing, after_all, replay, without_superfluous
from bot.rules.list_texts import tag_key
from bot.rules.reading_list import SaveKind, SaveOrigin
from bot.store.tables.columns import to_json, to_moment, to_text
from bot.text.search_words import search_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from bot.store.connection import Connection

    # Team, user, and paper.
    Key: TypeAlias = tuple[str, str, str]
    # The papers of a piece of a list in their order, each with whether something came of it.
    Piece: TypeAlias = list[tuple[str, bool]]

# Of a long list, so many papers are changed in one transaction.
CHANGED_AT_ONCE = 200
_NEVER = datetime.min.replace(tzinfo=UTC)
OF_ENTRY = 'team = ? AND "user" = ? AND paper = ?'


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry before and after some changes; `is_new` unless all of them were known."""

    before: Standing
    after: Standing
    is_new: bool = True


async def changes_of(db: Connection, key: Key) -> list[DatedChange]:
    """All changes known of one person to one paper."""
    rows = await db.rows(f"SELECT at, change, kind, place FROM list_changes WHERE {OF_ENTRY}", key)
    return [
        DatedChange(to_moment(at), ChangeKind(change), SaveOrigin.of(kind, place)) for at, change, kind, place in rows
    ]


async def add_changes(db: Connection, key: Key, added: Sequence[DatedChange]) -> Changed:
    """Add changes that have moments of their own, whenever they are heard."""
    return await _add(db, key, await changes_of(db, key), added)


async def change_now(
    db: Connection,
    key: Key,
    now: datetime,
    decide: Callable[[Standing, datetime], Iterable[DatedChange]],
) -> Changed:
    """Do something by hand: what is decided by where the paper stands, and given a moment after all other changes."""
    known = await changes_of(db, key)
    return await _add(db, key, known, tuple(decide(replay(known), after_all(known, now))))


async def in_pieces(change: Callable[[str], Awaitable[Piece]]) -> Piece:
    """Do to a whole list what `change` does to a piece of it, which begins after a paper and is full or the last one.

    Each is a transaction of its own, and others write in between.
    """
    done: Piece = []
    while True:
        piece = await change(done[-1][0] if done else "")
        done += piece
        if len(piece) < CHANGED_AT_ONCE:
            return done


async def take_out_changes(
    db: Connection, key: Key, changes: Sequence[DatedChange], known: Sequence[DatedChange]
) -> Changed:
    """Make changes undone, as if they had never been."""
    await _delete(db, key, changes)
    return await _settle(db, key, replay(known), [each for each in known if each not in changes])


async def _add(db: Connection, key: Key, known: list[DatedChange], added: Iterable[DatedChange]) -> Changed:
    # A reaction that is heard again means what it meant, whichever emoji the workspace has chosen since.
    reacted = {(each.at, each.origin) for each in known if each.origin.kind is SaveKind.REACTION}
    new = [each for each in dict.fromkeys(added) if each not in known and (each.at, each.origin) not in reacted]
    before = replay(known)
    if not new:
        return Changed(before, before, is_new=False)
    for each in new:
        await db.execute(
            'INSERT INTO list_changes (team, "user", paper, at, change, kind, place) VALUES (?, ?, ?, ?, ?, ?, ?)'
            " ON CONFLICT DO NOTHING",
            (*key, *_columns(each)),
        )
    every = known + new
    kept = without_superfluous(every)
    if len(kept) < len(every):
        await _delete(db, key, set(every) - set(kept))
    return await _settle(db, key, before, kept)


async def _delete(db: Connection, key: Key, changes: Iterable[DatedChange]) -> None:
    await db.executemany(
        f"DELETE FROM list_changes WHERE {OF_ENTRY} AND at = ? AND change = ? AND kind = ? AND place = ?",
        [(*key, *_columns(each)) for each in changes],
    )


def _columns(change: DatedChange) -> tuple[str, str, str, str]:
    return to_text(change.at), change.change, change.origin.kind, change.origin.place


async def _settle(db: Connection, key: Key, before: Standing, changes: Sequence[DatedChange]) -> Changed:
    """Make the entry what the changes come to."""
    after = replay(changes)
    changed_at = to_text(max((each.at for each in changes), default=_NEVER))
    if after.saved_at is None:
        await db.execute(
            'INSERT INTO saved_papers (team, "user", paper, listed, saved_at, changed_at) VALUES (?, ?, ?, 0, ?, ?)'
            ' ON CONFLICT (team, "user", paper) DO UPDATE SET listed = 0, changed_at = excluded.changed_at',
            (*key, changed_at, changed_at),
        )
        if before.has_tags:
            await db.execute(f"DELETE FROM saved_tags WHERE {OF_ENTRY}", key)
        return Changed(before, after)
    keeps = int(after.has_note or after.has_tags)
    await db.execute(
        'INSERT INTO saved_papers (team, "user", paper, listed, saved_at, state, origin, changed_at)'
        ' VALUES (?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT (team, "user", paper) DO UPDATE SET listed = 1,'
        " saved_at = excluded.saved_at, state = excluded.state, origin = excluded.origin,"
        " changed_at = excluded.changed_at,"
        " note = CASE WHEN ? = 1 THEN saved_papers.note ELSE '' END,"
        " tags = CASE WHEN ? = 1 THEN saved_papers.tags ELSE '[]' END,"
        " words = CASE WHEN ? = 1 THEN saved_papers.words ELSE '' END",
        (*key, to_text(after.saved_at), after.state, str(after.origin or ""), changed_at, keeps, keeps, keeps),
    )
    if (before.has_note, before.has_tags) != (after.has_note, after.has_tags):
        row = await db.row(f"SELECT note, tags FROM saved_papers WHERE {OF_ENTRY}", key)
        note, tags = row or ("", "[]")
        await write_texts(db, key, note if after.has_note else "", json.loads(tags) if after.has_tags else ())
    return Changed(before, after)


async def write_texts(db: Connection, key: Key, note: str, tags: Sequence[str]) -> None:
    """Write the note and the tags of an entry, by which it is found."""
    await db.execute(
        f"UPDATE saved_papers SET note = ?, tags = ?, words = ? WHERE {OF_ENTRY}",
        (note, to_json(tags), " ".join(search_words(" ".join([note, *tags]))), *key),
    )
    await index_tags(db, key, tags)


async def index_tags(db: Connection, key: Key, tags: Iterable[str]) -> None:
    """Make a listed paper found by these tags and no others."""
    await db.execute(f"DELETE FROM saved_tags WHERE {OF_ENTRY}", key)
    await db.executemany(
        'INSERT INTO saved_tags (team, "user", paper, tag, name) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
        [(*key, tag_key(tag), tag) for tag in tags],
    )
