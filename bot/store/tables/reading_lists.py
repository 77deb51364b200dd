"""People's lists, and the reactions that put papers on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.reading_list import (
    Reaction,
    ReadingState,
    SavedPaper,
    SaveKind,
    is_later,
    missed_reactions,
    papers_meant,
)
from bot.rules.slack_ids import moment_of
from bot.store.connection import Connection, Transactions, reads_few, transaction
from bot.store.tables.columns import marks, one, to_moment, to_text
from bot.store.tables.paper_rows import PAPER_COLUMNS, PAPER_WIDTH, paper_from

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.rules.outages import Outage
    from bot.rules.reading_list import ReactionsSeen
    from bot.store.connection import Row


class ReadingLists:
    """People's lists, and the reactions that put papers on them."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def record_reaction(self, db: Connection, reaction: Reaction, *, saving_emoji: Collection[str]) -> None:
        """Apply a reaction, or its removal, unless a later event is known. Unknown messages may become known."""
        which = (reaction.team, reaction.channel, reaction.message_ts, reaction.user, reaction.emoji)
        known = await db.row(
            'SELECT event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ? AND "user" = ? AND'
            " emoji = ?",
            which,
        )
        if known and not is_later(reaction.event_ts, known[0]):
            return
        read = await db.row(
            "SELECT as_of FROM reaction_readings WHERE team = ? AND channel = ? AND message_ts = ?", which[:3]
        )
        if read and read[0] and not is_later(reaction.event_ts, read[0]):
            return
        await _keep(db, reaction, saving_emoji)

    @transaction
    async def reconcile(
        self, db: Connection, seen: ReactionsSeen, outage: Outage, *, saving_emoji: Collection[str]
    ) -> list[Reaction]:
        """Make the reactions known of a message those Slack showed, unless a later event is known.

        What was missed, as it is recorded. Events that are older than what was seen change nothing afterwards.
        """
        this_message = (seen.team, seen.channel, seen.message_ts)
        rows = await db.rows(
            'SELECT "user", emoji, added, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ?',
            this_message,
        )
        known = [Reaction(*this_message, user, emoji, bool(added), event_ts) for user, emoji, added, event_ts in rows]
        missed = missed_reactions(known, seen, saving_emoji)
        for reaction in missed:
            await _keep(db, reaction, saving_emoji)
        await db.execute(
            "INSERT INTO reaction_readings (team, channel, message_ts, as_of, outage) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team, channel, message_ts)"
            " DO UPDATE SET as_of = coalesce(excluded.as_of, reaction_readings.as_of), outage = excluded.outage",
            (*this_message, None if seen.cut_short else seen.as_of, to_text(outage.until)),
        )
        return missed

    @transaction
    async def save(self, db: Connection, team: str, user: str, paper_id: str, kind: SaveKind, *, now: datetime) -> bool:
        """Put a paper on a person's list. False when it was there already."""
        return await _add_source(db, team, user, paper_id, kind, "", now)

    @transaction
    async def remove(self, db: Connection, team: str, user: str, paper_id: str) -> bool:
        """Take a paper off a person's list, however it got there. False when it was not there."""
        return await _remove(db, team, user, paper_id)

    @transaction
    async def change_several(
        self,
        db: Connection,
        team: str,
        user: str,
        *,
        to_save: Collection[str],
        to_remove: Collection[str],
        now: datetime,
    ) -> tuple[int, int]:
        """Put papers on a person's list and take others off it, all or none; how many were not there, and were.

        A paper that is there already stays for the reasons it has.
        """
        saved = removed = 0
        there = await ReadingLists(db).saved_among(team, user, to_save)
        for paper_id in sorted(set(to_save) - there):
            saved += await _add_source(db, team, user, paper_id, SaveKind.CLICK, "", now)
        for paper_id in sorted(to_remove):
            removed += await _remove(db, team, user, paper_id)
        return saved, removed

    @reads_few
    async def saved_among(self, db: Connection, team: str, user: str, paper_ids: Collection[str]) -> frozenset[str]:
        """Those of the papers that are on a person's list."""
        if not paper_ids:
            return frozenset()
        rows = await db.rows(
            'SELECT paper FROM saved_papers WHERE team = ? AND "user" = ? AND listed = 1'
            f" AND paper IN ({marks(list(paper_ids))})",
            (team, user, *paper_ids),
        )
        return frozenset(row[0] for row in rows)

    @reads_few
    async def page(
        self, db: Connection, team: str, user: str, *, limit: int, offset: int = 0
    ) -> tuple[list[SavedPaper], int]:
        """A part of a person's list, newest first, and how many papers are on it in all."""
        rows = await db.rows(
            f"SELECT {PAPER_COLUMNS}, s.saved_at, s.state, s.note FROM saved_papers s JOIN papers p ON p.id = s.paper"
            ' WHERE s.team = ? AND s."user" = ? AND s.listed = 1 ORDER BY s.saved_at DESC, s.paper LIMIT ? OFFSET ?',
            (team, user, limit, offset),
        )
        papers = [
            SavedPaper(
                paper_from(row),
                to_moment(row[PAPER_WIDTH]),
                ReadingState(row[PAPER_WIDTH + 1]),
                row[PAPER_WIDTH + 2],
            )
            for row in rows
        ]
        return papers, await ReadingLists(db).count(team, user)

    @reads_few
    async def count(self, db: Connection, team: str, user: str) -> int:
        """The number of papers on a person's list."""
        row = await one(
            db, 'SELECT count(*) FROM saved_papers WHERE team = ? AND "user" = ? AND listed = 1', (team, user)
        )
        return int(row[0])

    @transaction
    async def act_on_early_reactions(
        self, db: Connection, team: str, channel: str, ts: str, saving_emoji: Collection[str]
    ) -> None:
        """Apply the reactions to a message that came before we knew what it shows."""
        rows = await db.rows(
            'SELECT "user", emoji, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ? AND'
            " added = 1",
            (team, channel, ts),
        )
        shown = await _shown(db, team, channel, ts) if rows else []
        for user, emoji, event_ts in rows:
            await _act(db, Reaction(team, channel, ts, user, emoji, added=True, event_ts=event_ts), shown, saving_emoji)


async def _keep(db: Connection, reaction: Reaction, saving_emoji: Collection[str]) -> None:
    which = (reaction.team, reaction.channel, reaction.message_ts, reaction.user, reaction.emoji)
    await db.execute(
        'INSERT INTO reactions (team, channel, message_ts, "user", emoji, added, event_ts) VALUES (?, ?, ?, ?, ?, ?, ?)'
        ' ON CONFLICT (team, channel, message_ts, "user", emoji) DO UPDATE SET added = excluded.added, event_ts ='
        " excluded.event_ts",
        (*which, int(reaction.added), reaction.event_ts),
    )
    await _act(db, reaction, await _shown(db, reaction.team, reaction.channel, reaction.message_ts), saving_emoji)


async def _shown(db: Connection, team: str, channel: str, ts: str) -> list[Row]:
    """The papers that a message shows, in their order, each with whether it is linked there."""
    return await db.rows(
        "SELECT paper, is_linked FROM message_papers WHERE team = ? AND channel = ? AND ts = ? ORDER BY position",
        (team, channel, ts),
    )


async def _act(db: Connection, reaction: Reaction, papers: Sequence[Row], saving_emoji: Collection[str]) -> None:
    shown, are_linked = tuple(row[0] for row in papers), any(row[1] for row in papers)
    meant = papers_meant(reaction.emoji, shown, saving_emoji, are_linked=are_linked)
    origin = f"{reaction.channel}/{reaction.message_ts}/{reaction.emoji}"
    at = moment_of(reaction.event_ts)
    if reaction.added:
        for paper_id in meant:
            await _add_source(db, reaction.team, reaction.user, paper_id, SaveKind.REACTION, origin, at)
        return
    # A message may show more than when the emoji was added, and then that emoji means another paper, or none.
    for paper_id in shown if are_linked else meant:
        ended = await db.execute(
            "DELETE FROM save_sources WHERE team = ? AND \"user\" = ? AND paper = ? AND kind = 'reaction' AND origin"
            " = ?",
            (reaction.team, reaction.user, paper_id, origin),
        )
        if not ended:
            continue
        await db.execute(
            'UPDATE saved_papers SET listed = 0 WHERE team = ? AND "user" = ? AND paper = ? AND NOT EXISTS'
            ' (SELECT 1 FROM save_sources s WHERE s.team = saved_papers.team AND s."user" = saved_papers."user"'
            " AND s.paper = saved_papers.paper)",
            (reaction.team, reaction.user, paper_id),
        )


async def _add_source(
    db: Connection, team: str, user: str, paper_id: str, kind: SaveKind, origin: str, at: datetime
) -> bool:
    """One more reason for a paper to be on a list. True when that put it there."""
    await db.execute(
        'INSERT INTO save_sources (team, "user", paper, kind, origin, at) VALUES (?, ?, ?, ?, ?, ?)'
        " ON CONFLICT DO NOTHING",
        (team, user, paper_id, kind, origin, to_text(at)),
    )
    listed = await db.execute(
        'INSERT INTO saved_papers (team, "user", paper, listed, saved_at) VALUES (?, ?, ?, 1, ?)'
        ' ON CONFLICT (team, "user", paper) DO UPDATE SET listed = 1, saved_at = excluded.saved_at'
        " WHERE saved_papers.listed = 0",
        (team, user, paper_id, to_text(at)),
    )
    return listed == 1


async def _remove(db: Connection, team: str, user: str, paper_id: str) -> bool:
    """Take a paper off a list, however it got there. True when it was there."""
    await db.execute('DELETE FROM save_sources WHERE team = ? AND "user" = ? AND paper = ?', (team, user, paper_id))
    gone = await db.execute(
        'UPDATE saved_papers SET listed = 0 WHERE team = ? AND "user" = ? AND paper = ? AND listed = 1',
        (team, user, paper_id),
    )
    return gone == 1
