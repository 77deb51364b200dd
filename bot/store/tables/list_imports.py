"""Papers of imports on people's lists, and imports undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.list_changes import ChangeKind, DatedChange, after_all, replay
from bot.rules.list_texts import clean_note, clean_tags
from bot.rules.reading_list import ReadingState
from bot.store.connection import Connection, Transactions, transaction
from bot.store.tables.list_history import (
    CHANGED_AT_ONCE,
    add_changes,
    changes_of,
    in_pieces,
    take_out_changes,
    write_texts,
)
from bot.store.tables.personal_data import is_from_before_erasure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.reading_list import ImportedEntry, SaveOrigin
    from bot.store.tables.list_history import Key, Piece


class ListImports:
    """Papers of imports on people's lists; an import is told from others by its origin."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def add(
        self,
        db: Connection,
        team: str,
        user: str,
        entries: Sequence[ImportedEntry],
        *,
        origin: SaveOrigin,
        now: datetime,
        asked_at: datetime | None = None,
    ) -> int | None:
        """Put papers on a person's list with what an import says of them; how many this import has put there.

        A paper that is on the list already stays as it is. None, and nothing is put there, where the person's data was
        erased since they asked for the import, which may go on for long.
        """
        if await is_from_before_erasure(db, team, user, f"{(asked_at or now).timestamp():.6f}"):
            return None
        saved = 0
        for entry in entries:
            key = (team, user, entry.paper_id)
            known = await changes_of(db, key)
            standing = replay(known)
            if not standing.is_listed:
                await _put(db, key, entry, known, origin, now)
            saved += not standing.is_listed or origin in standing.sources
        return saved

    async def undo(self, team: str, user: str, origin: SaveOrigin, *, now: datetime) -> int:
        """Take the papers of an import off a person's list, in pieces; how many went.

        A paper that the person has done something about since loses this source only.
        """
        done = await in_pieces(lambda after: self._undo_some(team, user, after, origin, now))
        return sum(is_gone for _, is_gone in done)

    @transaction
    async def _undo_some(
        self, db: Connection, team: str, user: str, after: str, origin: SaveOrigin, now: datetime
    ) -> Piece:
        rows = await db.rows(
            'SELECT DISTINCT paper FROM list_changes WHERE team = ? AND "user" = ? AND kind = ? AND place = ?'
            " AND paper > ? ORDER BY paper LIMIT ?",
            (team, user, origin.kind, origin.place, after, CHANGED_AT_ONCE),
        )
        return [(paper, await _take_back(db, (team, user, paper), origin, now)) for (paper,) in rows]


async def _put(
    db: Connection,
    key: Key,
    entry: ImportedEntry,
    known: Sequence[DatedChange],
    origin: SaveOrigin,
    now: datetime,
) -> None:
    note, tags = clean_note(entry.note), clean_tags(entry.tags)
    # What the person did here before comes first, and all else when it happened elsewhere.
    at = after_all(known, now) if known or entry.saved_at is None else min(entry.saved_at, now)
    kinds = [ChangeKind.SAVE]
    if entry.state and entry.state is not ReadingState.TO_READ:
        kinds.append(ChangeKind(entry.state.value))
    kinds += [ChangeKind.NOTE] if note else []
    kinds += [ChangeKind.TAGS] if tags else []
    await add_changes(db, key, [DatedChange(at, kind, origin) for kind in kinds])
    if note or tags:
        await write_texts(db, key, note, tags)


async def _take_back(db: Connection, key: Key, origin: SaveOrigin, now: datetime) -> bool:
    """Take back what an import did about a paper; whether it is off the list now."""
    known = await changes_of(db, key)
    if origin not in replay(known).sources:
        return False
    ours = [each for each in known if each.origin == origin]
    if len(ours) == len(known):
        return not (await take_out_changes(db, key, ours, known)).after.is_listed
    if all(each in ours or each.at < ours[0].at for each in known):
        # What was removed before it stays off: its note and tags have been written over.
        said = [each for each in ours if each.change is not ChangeKind.SAVE]
        await take_out_changes(db, key, said, known)
        known = await changes_of(db, key)
    end = DatedChange(after_all(known, now), ChangeKind.END, origin)
    return not (await add_changes(db, key, [end])).after.is_listed
