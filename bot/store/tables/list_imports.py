"""Papers of imports on people's lists, and imports undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.list_changes import ChangeKind, DatedChange, after_all, replay
from bot.rules.list_texts import clean_note, clean_tags
from bot.rules.reading_list import ReadingState
from bot.store.connection import Connection, Transactions, transaction
from bot.store.tables.list_history import add_changes, changes_of, take_out_changes, write_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.reading_list import ImportedEntry, SaveOrigin
    from bot.store.tables.list_history import Key


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
    ) -> int:
        """Put papers on a person's list with what an import says of them; how many this import has put there.

        A paper that is on the list already stays as it is.
        """
        saved = 0
        for entry in entries:
            key = (team, user, entry.paper_id)
            known = await changes_of(db, key)
            standing = replay(known)
            if not standing.is_listed:
                await _put(db, key, entry, known, origin, now)
            saved += not standing.is_listed or origin in standing.sources
        return saved

    @transaction
    async def undo(self, db: Connection, team: str, user: str, origin: SaveOrigin, *, now: datetime) -> int:
        """Take the papers of an import off a person's list; how many went.

        A paper that the person has done something about since loses this source only.
        """
        rows = await db.rows(
            'SELECT DISTINCT paper FROM list_changes WHERE team = ? AND "user" = ? AND kind = ? AND place = ?',
            (team, user, origin.kind, origin.place),
        )
        removed = 0
        for paper in sorted(str(row[0]) for row in rows):
            removed += await _take_back(db, (team, user, paper), origin, now)
        return removed


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
    if all(each in ours or each.at < ours[0].at for each in known):
        return not (await take_out_changes(db, key, ours, known)).after.is_listed
    end = DatedChange(after_all(known, now), ChangeKind.END, origin)
    return not (await add_changes(db, key, [end])).after.is_listed
