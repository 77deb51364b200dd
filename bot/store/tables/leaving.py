"""What becomes of what is remembered when Paperboy leaves a channel or a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.channels import ChannelState
from bot.store.tables.channels import change_state, is_latest_move
from bot.store.tables.forms import delete_some, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

_UNFINISHED = "'pending', 'claimed', 'in_doubt'"
_ANY_BUT_LEFT = frozenset(ChannelState) - {ChannelState.LEFT}

# Where a channel's data is, and which column names the channel. The channel itself goes last.
_OF_CHANNEL = {
    "due_claims": "channel",
    "outbox": "conversation",
    "posted_papers": "conversation",
    "edition_days": "conversation",
    "edition_upkeep": "conversation",
    "message_papers": "channel",
    "reactions": "channel",
    "reaction_readings": "channel",
    "changes": "channel",
    "invitations": "channel",
    "latest_moves": "channel",
    "open_requests": "channel",
    "channels": "channel",
}
_OF_TEAM = (
    *_OF_CHANNEL,
    *("save_sources", "saved_papers", "people", "hearing", "model_spending", "summary_reports", "teams"),
)


def leave_channel(db: Connection, team: str, channel_id: str, now: datetime, event_ts: str | None = None) -> bool:
    """Serve a channel no more, and send it nothing of what still waits. False when that was so already.

    Nor when Paperboy was invited there again after the event that says so.
    """
    if event_ts and not is_latest_move(db, team, channel_id, event_ts):
        return False
    left = change_state(db, team, channel_id, _ANY_BUT_LEFT, ChannelState.LEFT, now=now)
    db.execute("DELETE FROM invitations WHERE team = ? AND channel = ?", (team, channel_id))
    db.execute(
        "UPDATE outbox SET state = 'refused', error = 'Paperboy left the channel', owner = NULL, lease_until = NULL,"
        " told = 1"
        " WHERE team = ? AND conversation = ? AND state IN ('pending', 'claimed', 'in_doubt')",
        (team, channel_id),
    )
    return left


def leave_team(db: Connection, team: str, now: datetime) -> None:
    """The app was taken out of a workspace."""
    for (channel_id,) in db.execute("SELECT channel FROM channels WHERE team = ?", (team,)).fetchall():
        leave_channel(db, team, channel_id, now)
    db.execute(
        "UPDATE outbox SET state = 'refused', error = 'Paperboy was uninstalled', owner = NULL, lease_until = NULL,"
        " told = 1"
        " WHERE team = ? AND state IN ('pending', 'claimed', 'in_doubt')",
        (team,),
    )
    db.execute("DELETE FROM open_requests WHERE team = ?", (team,))
    db.execute(
        "INSERT INTO teams (team, installed_at, removed_at) VALUES (?1, ?2, ?2)"
        " ON CONFLICT (team) DO UPDATE SET removed_at = coalesce(removed_at, excluded.removed_at)",
        (team, to_text(now)),
    )


def rejoin_team(db: Connection, team: str, now: datetime) -> None:
    """Paperboy is in the workspace now; what was remembered of it stays."""
    db.execute(
        "INSERT INTO teams (team, installed_at) VALUES (?, ?) ON CONFLICT (team) DO UPDATE SET removed_at = NULL",
        (team, to_text(now)),
    )


def left_channels(db: Connection, before: datetime) -> list[tuple[str, str]]:
    """Team and channel of what was left before a moment."""
    rows = db.execute("SELECT team, channel FROM channels WHERE state = 'left' AND state_since < ?", (to_text(before),))
    return [(team, channel_id) for team, channel_id in rows]


def left_teams(db: Connection, before: datetime) -> list[str]:
    """The workspaces left before a moment."""
    return [team for (team,) in db.execute("SELECT team FROM teams WHERE removed_at < ?", (to_text(before),))]


def forget_channel(db: Connection, team: str, channel_id: str, before: datetime, limit: int) -> bool:
    """Delete at most `limit` rows of a channel left before a moment, unless it is back; whether all are gone.

    People's reading lists stay with them.
    """
    still_left = db.execute(
        "SELECT 1 FROM channels WHERE team = ? AND channel = ? AND state = 'left' AND state_since < ?",
        (team, channel_id, to_text(before)),
    )
    if still_left.fetchone() is None:
        return True
    return all(
        delete_some(db, table, f"team = ? AND {column} = ?", (team, channel_id), limit) < limit
        for table, column in _OF_CHANNEL.items()
    )


def forget_team(db: Connection, team: str, before: datetime, limit: int) -> bool:
    """Delete at most `limit` rows of a workspace left before a moment, unless it is back; whether all are gone."""
    still_left = db.execute("SELECT 1 FROM teams WHERE team = ? AND removed_at < ?", (team, to_text(before)))
    if still_left.fetchone() is None:
        return True
    return all(delete_some(db, table, "team = ?", (team,), limit) < limit for table in _OF_TEAM)


def change_channel_id(db: Connection, team: str, old: str, new: str) -> None:
    """Slack gave a channel another id: all that was known under the old one is known under the new.

    Slack may have told of the new one first. A channel that nobody set up gives way to the one that was; what is
    known under both ids is kept as it is under the new one.
    """
    known = dict(
        db.execute("SELECT channel, state FROM channels WHERE team = ? AND channel IN (?, ?)", (team, old, new))
    )
    if old in known and known.get(new) in {ChannelState.NEW, ChannelState.LEFT}:
        db.execute("DELETE FROM channels WHERE team = ? AND channel = ?", (team, new))
    for table, column in _OF_CHANNEL.items():
        if table == "changes":
            db.execute("UPDATE changes SET channel = ? WHERE team = ? AND channel = ?", (new, team, old))
        else:
            _move(db, table, column, team, old, new)
    _rename_origins(db, team, old, new)
    _rename_editions(db, team, old, new)


def _move(db: Connection, table: str, column: str, team: str, old: str, new: str) -> None:
    rows = db.execute(f"SELECT * FROM {table} WHERE team = ? AND {column} = ?", (team, old))
    names = [described[0] for described in rows.description]
    values = ", ".join("?" if name == column else name for name in names)
    db.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE team = ? AND {column} = ?"
        " ON CONFLICT DO NOTHING",
        (new, team, old),
    )
    db.execute(f"DELETE FROM {table} WHERE team = ? AND {column} = ?", (team, old))


def _rename_origins(db: Connection, team: str, old: str, new: str) -> None:
    """A reaction that is taken back ends the source it made, which is told by its channel, message and emoji."""
    old_start, new_start = f"{old}/", f"{new}/"
    db.execute(
        "INSERT INTO save_sources (team, user, paper, kind, origin, at)"
        " SELECT team, user, paper, kind, ? || substr(origin, ?), at FROM save_sources"
        " WHERE team = ? AND kind = 'reaction' AND substr(origin, 1, ?) = ? ON CONFLICT DO NOTHING",
        (new_start, len(old_start) + 1, team, len(old_start), old_start),
    )
    db.execute(
        "DELETE FROM save_sources WHERE team = ? AND kind = 'reaction' AND substr(origin, 1, ?) = ?",
        (team, len(old_start), old_start),
    )


def _rename_editions(db: Connection, team: str, old: str, new: str) -> None:
    """Messages about a channel are named after it, and those on their way may link to it.

    What Slack may have already is left as it is: it is looked for by the name it was sent under.
    """
    editions = db.execute(
        "SELECT conversation, edition FROM outbox WHERE team = ?"
        " AND (edition LIKE 'welcome:' || ? || ':%' OR edition LIKE 'notice:' || ? || ':%' OR conversation = ?)"
        " GROUP BY conversation, edition"
        f" HAVING sum(CASE WHEN state IN ({_UNFINISHED}) AND claimed_at IS NOT NULL THEN 1 ELSE 0 END) = 0",
        (team, old, old, new),
    ).fetchall()
    db.executemany(
        "UPDATE outbox SET edition = replace(edition, ?1, ?2), payload = replace(payload, ?1, ?2)"
        " WHERE team = ?3 AND conversation = ?4 AND edition = ?5 AND (instr(edition, ?1) = 0 OR NOT EXISTS"
        " (SELECT 1 FROM outbox taken WHERE taken.team = ?3 AND taken.conversation = ?4"
        " AND taken.edition = replace(?5, ?1, ?2)))",
        [(old, new, team, conversation, edition) for conversation, edition in editions],
    )
