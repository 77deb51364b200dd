"""Reactions, why a paper is on a list, and the lists themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.rules.reading_list import (
    Reaction,
    ReadingState,
    SavedPaper,
    SaveKind,
    is_later,
    missed_reactions,
    paper_meant,
)
from bot.store.tables.forms import to_moment, to_text
from bot.store.tables.outbox import papers_shown
from bot.store.tables.papers import PAPER_COLUMNS, PAPER_WIDTH, paper_from

if TYPE_CHECKING:
    from collections.abc import Collection
    from sqlite3 import Connection

    from bot.rules.outages import Outage
    from bot.rules.reading_list import ReactionsSeen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record_reaction(db: Connection, reaction: Reaction, saving_emoji: Collection[str]) -> None:
    """Keep the latest word, and let it act on the list when the message is known."""
    which = (reaction.team, reaction.channel, reaction.message_ts, reaction.user, reaction.emoji)
    known = db.execute(
        "SELECT event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ? AND user = ? AND emoji = ?",
        which,
    ).fetchone()
    if known and not is_later(reaction.event_ts, known[0]):
        return
    read = db.execute(
        "SELECT as_of FROM reaction_readings WHERE team = ? AND channel = ? AND message_ts = ?", which[:3]
    ).fetchone()
    if read and read[0] and not is_later(reaction.event_ts, read[0]):
        return
    _keep(db, reaction, saving_emoji)


def reconcile(db: Connection, seen: ReactionsSeen, outage: Outage, saving_emoji: Collection[str]) -> list[Reaction]:
    """Make what is known what was seen; from then on older events tell nothing new."""
    this_message = (seen.team, seen.channel, seen.message_ts)
    rows = db.execute(
        "SELECT user, emoji, added, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ?",
        this_message,
    ).fetchall()
    known = [Reaction(*this_message, user, emoji, bool(added), event_ts) for user, emoji, added, event_ts in rows]
    missed = missed_reactions(known, seen, saving_emoji)
    for reaction in missed:
        _keep(db, reaction, saving_emoji)
    db.execute(
        "INSERT INTO reaction_readings (team, channel, message_ts, as_of, outage) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET as_of = coalesce(excluded.as_of, as_of), outage = excluded.outage",
        (*this_message, None if seen.cut_short else seen.as_of, to_text(outage.until)),
    )
    return missed


def _keep(db: Connection, reaction: Reaction, saving_emoji: Collection[str]) -> None:
    which = (reaction.team, reaction.channel, reaction.message_ts, reaction.user, reaction.emoji)
    db.execute(
        "INSERT INTO reactions (team, channel, message_ts, user, emoji, added, event_ts) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET added = excluded.added, event_ts = excluded.event_ts",
        (*which, int(reaction.added), reaction.event_ts),
    )
    _act(db, reaction, papers_shown(db, reaction.team, reaction.channel, reaction.message_ts), saving_emoji)


def act_on_early_reactions(db: Connection, team: str, channel: str, ts: str, saving_emoji: Collection[str]) -> None:
    """Apply the reactions that came before we knew what their message shows."""
    shown = papers_shown(db, team, channel, ts)
    rows = db.execute(
        "SELECT user, emoji, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ? AND added = 1",
        (team, channel, ts),
    ).fetchall()
    for user, emoji, event_ts in rows:
        _act(db, Reaction(team, channel, ts, user, emoji, added=True, event_ts=event_ts), shown, saving_emoji)


def _act(db: Connection, reaction: Reaction, shown: tuple[str, ...], saving_emoji: Collection[str]) -> None:
    paper_id = paper_meant(reaction.emoji, shown, saving_emoji)
    if paper_id is None:
        return
    origin = f"{reaction.channel}/{reaction.message_ts}/{reaction.emoji}"
    at = _moment_of(reaction.event_ts)
    if reaction.added:
        add_source(db, reaction.team, reaction.user, paper_id, SaveKind.REACTION, origin, at)
    else:
        db.execute(
            "DELETE FROM save_sources WHERE team = ? AND user = ? AND paper = ? AND kind = 'reaction' AND origin = ?",
            (reaction.team, reaction.user, paper_id, origin),
        )
        db.execute(
            "UPDATE saved_papers SET listed = 0 WHERE team = ?1 AND user = ?2 AND paper = ?3 AND NOT EXISTS"
            " (SELECT 1 FROM save_sources WHERE team = ?1 AND user = ?2 AND paper = ?3)",
            (reaction.team, reaction.user, paper_id),
        )


def add_source(db: Connection, team: str, user: str, paper_id: str, kind: SaveKind, origin: str, at: datetime) -> bool:
    """One more reason for a paper to be on a list. True when that put it there."""
    db.execute(
        "INSERT INTO save_sources (team, user, paper, kind, origin, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (team, user, paper_id, kind, origin, to_text(at)),
    )
    listed = db.execute(
        "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT DO UPDATE SET listed = 1, saved_at = excluded.saved_at WHERE listed = 0",
        (team, user, paper_id, to_text(at)),
    )
    return listed.rowcount == 1


def remove(db: Connection, team: str, user: str, paper_id: str) -> bool:
    """End every reason for a paper to be on a list; notes and state stay, should it come back."""
    db.execute("DELETE FROM save_sources WHERE team = ? AND user = ? AND paper = ?", (team, user, paper_id))
    gone = db.execute(
        "UPDATE saved_papers SET listed = 0 WHERE team = ? AND user = ? AND paper = ? AND listed = 1",
        (team, user, paper_id),
    )
    return gone.rowcount == 1


def saved(db: Connection, team: str, user: str, limit: int, offset: int) -> list[SavedPaper]:
    """A part of a list, newest first."""
    rows = db.execute(
        f"SELECT {PAPER_COLUMNS}, s.saved_at, s.state, s.note FROM saved_papers s JOIN papers p ON p.id = s.paper"
        " WHERE s.team = ? AND s.user = ? AND s.listed = 1 ORDER BY s.saved_at DESC, s.paper LIMIT ? OFFSET ?",
        (team, user, limit, offset),
    ).fetchall()
    return [
        SavedPaper(
            paper_from(row),
            to_moment(row[PAPER_WIDTH]),
            ReadingState(row[PAPER_WIDTH + 1]),
            row[PAPER_WIDTH + 2],
        )
        for row in rows
    ]


def count_saved(db: Connection, team: str, user: str) -> int:
    """How long a list is."""
    row = db.execute(
        "SELECT count(*) FROM saved_papers WHERE team = ? AND user = ? AND listed = 1", (team, user)
    ).fetchone()
    return int(row[0])


def _moment_of(event_ts: str) -> datetime:
    seconds, _, micros = event_ts.partition(".")
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros.ljust(6, "0")[:6] or 0))
