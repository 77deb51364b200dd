"""What becomes of what is remembered when Paperboy leaves a channel or a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels import ChannelState
from bot.store.tables.channels import change_state
from bot.store.tables.forms import to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

_ANY_BUT_LEFT = frozenset(ChannelState) - {ChannelState.LEFT}

# Where a channel's data is, and which column names the channel.
_OF_CHANNEL = {
    "due_claims": "channel",
    "outbox": "conversation",
    "edition_days": "conversation",
    "edition_upkeep": "conversation",
    "message_papers": "channel",
    "reactions": "channel",
    "reaction_readings": "channel",
    "changes": "channel",
    "channels": "channel",
}
_OF_TEAM = (
    *_OF_CHANNEL,
    *("save_sources", "saved_papers", "tags", "people", "processed_events", "hearing"),
    *("model_spending", "summary_reports", "teams"),
)


def leave_channel(db: Connection, team: str, channel_id: str, now: datetime) -> bool:
    """Serve a channel no more, and send it nothing of what still waits. False when that was so already."""
    left = change_state(db, team, channel_id, _ANY_BUT_LEFT, ChannelState.LEFT, now=now)
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


def forget_left(db: Connection, before: datetime) -> tuple[int, int]:
    """Delete everything of channels and workspaces left before a moment; how many channels and workspaces.

    People's reading lists stay with them when a channel goes, and go with the workspace.
    """
    channels = db.execute(
        "SELECT team, channel FROM channels WHERE state = 'left' AND state_since < ?", (to_text(before),)
    ).fetchall()
    for team, channel_id in channels:
        for table, column in _OF_CHANNEL.items():
            db.execute(f"DELETE FROM {table} WHERE team = ? AND {column} = ?", (team, channel_id))
    teams = db.execute("SELECT team FROM teams WHERE removed_at < ?", (to_text(before),)).fetchall()
    for (team,) in teams:
        for table in _OF_TEAM:
            db.execute(f"DELETE FROM {table} WHERE team = ?", (team,))
    return len(channels), len(teams)


def change_channel_id(db: Connection, team: str, old: str, new: str) -> None:
    """Slack gave a channel another id: all that was known under the old one is known under the new."""
    if db.execute("SELECT 1 FROM channels WHERE team = ? AND channel = ?", (team, new)).fetchone():
        return
    for table, column in _OF_CHANNEL.items():
        if table == "changes":  # append-only
            db.execute(
                "INSERT INTO changes (team, channel, user, at, setting, old, new)"
                " SELECT team, ?, user, at, setting, old, new FROM changes WHERE team = ? AND channel = ? ORDER BY id",
                (new, team, old),
            )
        else:
            db.execute(f"UPDATE {table} SET {column} = ? WHERE team = ? AND {column} = ?", (new, team, old))
