"""Channels, and the people in them."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from bot.channels import Channel, ChannelSettings, Person
from bot.store.tables.forms import optional_day, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from sqlite3 import Connection


def create_channel(db: Connection, channel: Channel, now: datetime) -> bool:
    """Insert, unless known."""
    made = db.execute(
        "INSERT INTO channels (team, channel, post_at, timezone, language, top, state, cursor, added_by, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            channel.team,
            channel.id,
            channel.settings.post_at.strftime("%H:%M"),
            channel.settings.timezone,
            channel.settings.language,
            channel.settings.top,
            "paused" if channel.paused else "active",
            channel.cursor.isoformat() if channel.cursor else None,
            channel.owner,
            to_text(channel.since or now),
        ),
    )
    return made.rowcount == 1


_CHANNEL = (
    "SELECT c.team, c.channel, c.post_at, c.timezone, c.language, c.top, c.cursor, c.state, c.added_by, c.added_at,"
    " (SELECT max(d.local_date) FROM due_claims d"
    " WHERE d.team = c.team AND d.channel = c.channel AND d.outcome IS NOT NULL) FROM channels c"
)


def channel(db: Connection, team: str, channel_id: str) -> Channel | None:
    """One channel."""
    row = db.execute(f"{_CHANNEL} WHERE c.team = ? AND c.channel = ?", (team, channel_id)).fetchone()
    return row and _channel_from(row)


def active_channels(db: Connection, team: str) -> list[Channel]:
    """Those to be served."""
    rows = db.execute(f"{_CHANNEL} WHERE c.team = ? AND c.state = 'active' ORDER BY c.channel", (team,))
    return [_channel_from(row) for row in rows]


def closed_channels(db: Connection, team: str) -> list[Channel]:
    """Those paused for a reason of Slack's."""
    rows = db.execute(
        f"{_CHANNEL} WHERE c.team = ? AND c.state = 'paused' AND c.state_reason IS NOT NULL ORDER BY c.channel", (team,)
    )
    return [_channel_from(row) for row in rows]


def every_channel(db: Connection) -> list[Channel]:
    """Those of every workspace, served or not."""
    return [_channel_from(row) for row in db.execute(f"{_CHANNEL} ORDER BY c.team, c.channel")]


def _channel_from(row: Sequence[Any]) -> Channel:
    team, channel_id, post_at, timezone, language, top, cursor, state, owner, since, served = row
    return Channel(
        team,
        channel_id,
        ChannelSettings(time.fromisoformat(post_at), timezone, language, top),
        cursor=optional_day(cursor),
        paused=state != "active",
        owner=owner,
        since=to_moment(since),
        served=optional_day(served),
    )


def claim_due(db: Connection, team: str, channel_id: str, local_date: date, owner: str, now: datetime) -> bool:
    """Take a local date on, unless it is done with."""
    db.execute(
        "INSERT INTO due_claims (team, channel, local_date, owner, claimed_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET owner = excluded.owner, claimed_at = excluded.claimed_at WHERE outcome IS NULL",
        (team, channel_id, local_date.isoformat(), owner, to_text(now)),
    )
    mine = db.execute(
        "SELECT 1 FROM due_claims WHERE team = ? AND channel = ? AND local_date = ? AND outcome IS NULL",
        (team, channel_id, local_date.isoformat()),
    )
    return mine.fetchone() is not None


def move_cursor(db: Connection, team: str, channel_id: str, day: date) -> None:
    """Forwards only."""
    db.execute(
        "UPDATE channels SET cursor = ?1 WHERE team = ?2 AND channel = ?3 AND (cursor IS NULL OR cursor < ?1)",
        (day.isoformat(), team, channel_id),
    )


def finish_due(db: Connection, team: str, channel_id: str, local_date: date, outcome: str) -> None:
    """A local date is done with, for ever."""
    db.execute(
        "UPDATE due_claims SET outcome = ? WHERE team = ? AND channel = ? AND local_date = ? AND outcome IS NULL",
        (outcome, team, channel_id, local_date.isoformat()),
    )


def pause_channel(db: Connection, team: str, channel_id: str, reason: str, now: datetime) -> bool:
    """Stop serving an active channel."""
    return _change_state(db, team, channel_id, "active", "paused", reason, now)


def resume_channel(db: Connection, team: str, channel_id: str, now: datetime) -> bool:
    """Serve a paused channel again."""
    return _change_state(db, team, channel_id, "paused", "active", None, now)


def _change_state(
    db: Connection, team: str, channel_id: str, old: str, new: str, reason: str | None, now: datetime
) -> bool:
    changed = db.execute(
        "UPDATE channels SET state = ?, state_reason = ? WHERE team = ? AND channel = ? AND state = ?",
        (new, reason, team, channel_id, old),
    )
    if changed.rowcount == 0:
        return False
    db.execute(
        "INSERT INTO changes (team, channel, user, at, setting, old, new) VALUES (?, ?, NULL, ?, 'state', ?, ?)",
        (team, channel_id, to_text(now), old, f"{new}: {reason}" if reason else new),
    )
    return True


def remember_person(db: Connection, person: Person, now: datetime) -> None:
    """Insert or update; a language once chosen stays unless one is given."""
    db.execute(
        "INSERT INTO people (team, user, locale, timezone, language, read_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (team, user) DO UPDATE SET locale = coalesce(excluded.locale, locale),"
        " timezone = coalesce(excluded.timezone, timezone), language = coalesce(excluded.language, language),"
        " read_at = excluded.read_at",
        (person.team, person.id, person.locale, person.timezone, person.language, to_text(now)),
    )


def person(db: Connection, team: str, user: str) -> Person | None:
    """One person."""
    row = db.execute(
        "SELECT locale, timezone, language FROM people WHERE team = ? AND user = ?", (team, user)
    ).fetchone()
    return row and Person(team, user, *row)
