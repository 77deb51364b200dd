"""Channels, and the people in them."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from bot.channels import Channel, ChannelSettings, Person
from bot.store.tables.forms import optional_day, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


def create_channel(db: Connection, channel: Channel, now: datetime) -> bool:
    """Insert, unless known."""
    made = db.execute(
        "INSERT INTO channels (team, channel, post_at, timezone, language, top, state, cursor, added_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            channel.team,
            channel.id,
            channel.settings.post_at.strftime("%H:%M"),
            channel.settings.timezone,
            channel.settings.language,
            channel.settings.top,
            "paused" if channel.paused else "active",
            channel.cursor.isoformat() if channel.cursor else None,
            to_text(now),
        ),
    )
    return made.rowcount == 1


def channel(db: Connection, team: str, channel_id: str) -> Channel | None:
    """One channel."""
    row = db.execute(
        "SELECT post_at, timezone, language, top, cursor, state FROM channels WHERE team = ? AND channel = ?",
        (team, channel_id),
    ).fetchone()
    if row is None:
        return None
    post_at, timezone, language, top, cursor, state = row
    settings = ChannelSettings(time.fromisoformat(post_at), timezone, language, top)
    return Channel(team, channel_id, settings, optional_day(cursor), paused=state != "active")


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
