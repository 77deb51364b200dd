"""Channels, what was changed about them, and the people in them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.rules.channels import Change, Channel, ChannelState, Invitation, Person, decoded, encoded
from bot.store.tables import outbox
from bot.store.tables.forms import optional_day, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime
    from sqlite3 import Connection

    from bot.rules.channels import ChannelSettings

# In the order of `ChannelSettings`. Lists are JSON arrays, all else is a plain text or number.
_SETTINGS = (
    *("post_at", "timezone", "language", "top", "weekdays", "skip_dates", "second_language", "minimum_votes"),
    *("include_words", "exclude_words", "layout", "day_choice", "empty_days", "late_risers", "unfurl", "recap"),
    "managers",
)
_LISTS = frozenset({"weekdays", "skip_dates", "include_words", "exclude_words"})
_CHANNEL = (
    "SELECT c.team, c.channel, c.cursor, c.state, c.added_by, c.since, c.skip_next,"
    " (SELECT max(d.local_date) FROM due_claims d"
    " WHERE d.team = c.team AND d.channel = c.channel AND d.outcome IS NOT NULL),"
    f" {', '.join(f'c.{name}' for name in _SETTINGS)} FROM channels c"
)
_THIS = "team = ? AND channel = ?"


def create_channel(db: Connection, channel: Channel, now: datetime) -> bool:
    """Insert, unless known."""
    row = {
        "team": channel.team,
        "channel": channel.id,
        **_to_columns(channel.settings),
        "state": channel.state,
        "state_since": to_text(now),
        "skip_next": channel.skip_next,
        "cursor": channel.cursor.isoformat() if channel.cursor else None,
        "since": to_text(channel.since or now),
        "added_by": channel.owner,
        "added_at": to_text(now),
    }
    made = db.execute(
        f"INSERT INTO channels ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING",
        tuple(row.values()),
    )
    return made.rowcount == 1


def channel(db: Connection, team: str, channel_id: str) -> Channel | None:
    """One channel."""
    row = db.execute(f"{_CHANNEL} WHERE c.team = ? AND c.channel = ?", (team, channel_id)).fetchone()
    return row and _channel_from(row)


def channels_in(db: Connection, team: str, state: ChannelState) -> list[Channel]:
    """Those in a state."""
    rows = db.execute(f"{_CHANNEL} WHERE c.team = ? AND c.state = ? ORDER BY c.channel", (team, state))
    return [_channel_from(row) for row in rows]


def channels_of(db: Connection, team: str) -> list[Channel]:
    """Those in any state."""
    return [_channel_from(row) for row in db.execute(f"{_CHANNEL} WHERE c.team = ? ORDER BY c.channel", (team,))]


def every_channel(db: Connection) -> list[Channel]:
    """Those of every workspace, served or not."""
    return [_channel_from(row) for row in db.execute(f"{_CHANNEL} ORDER BY c.team, c.channel")]


def _to_columns(settings: ChannelSettings) -> dict[str, Any]:
    texts = encoded(settings)
    return {name: texts[name] if name in _LISTS else _plain(json.loads(texts[name])) for name in _SETTINGS}


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _channel_from(row: Sequence[Any]) -> Channel:
    team, channel_id, cursor, state, owner, since, skip_next, served, *columns = row
    return Channel(
        team,
        channel_id,
        _settings_from(tuple(columns)),
        cursor=optional_day(cursor),
        state=ChannelState(state),
        owner=owner,
        since=to_moment(since),
        served=optional_day(served),
        skip_next=bool(skip_next),
    )


@lru_cache(maxsize=4096)
def _settings_from(columns: tuple[Any, ...]) -> ChannelSettings:
    """Many channels like it the same way, and each is read every minute."""
    named = zip(_SETTINGS, columns, strict=True)
    return decoded({name: value if name in _LISTS else json.dumps(value) for name, value in named})


# settings and states -------------------------------------------------------------------------------------------------


def change_settings(
    db: Connection, team: str, channel_id: str, settings: ChannelSettings, user: str | None, now: datetime
) -> list[Change]:
    """Put other settings in place and log what differs."""
    known = channel(db, team, channel_id)
    if known is None:
        return []
    old, new = encoded(known.settings), encoded(settings)
    columns = _to_columns(settings)
    changed = [name for name in _SETTINGS if old[name] != new[name]]
    if changed:
        db.execute(
            f"UPDATE channels SET {', '.join(f'{name} = ?' for name in changed)} WHERE {_THIS}",
            (*(columns[name] for name in changed), team, channel_id),
        )
    return [_log(db, team, channel_id, user, now, name, old[name], new[name]) for name in changed]


def change_state(
    db: Connection,
    team: str,
    channel_id: str,
    old: Collection[ChannelState],
    new: ChannelState,
    *,
    now: datetime,
    reason: str | None = None,
    user: str | None = None,
) -> bool:
    """Bring a channel from one of some states to another, and log it. False when it is in none of them."""
    row = db.execute(f"SELECT state FROM channels WHERE {_THIS}", (team, channel_id)).fetchone()
    if row is None or row[0] not in old:
        return False
    db.execute(
        f"UPDATE channels SET state = ?, state_reason = ?, state_since = ? WHERE {_THIS}",
        (new, reason, to_text(now), team, channel_id),
    )
    _log(db, team, channel_id, user, now, "state", row[0], new)
    return True


def is_latest_move(db: Connection, team: str, channel_id: str, event_ts: str) -> bool:
    """Note that Paperboy came into a channel or left it. False when it did either later, as far as is known."""
    noted = db.execute(
        "INSERT INTO latest_moves (team, channel, event_ts) VALUES (?, ?, ?) ON CONFLICT (team, channel)"
        " DO UPDATE SET event_ts = excluded.event_ts WHERE excluded.event_ts >= latest_moves.event_ts",
        (team, channel_id, event_ts),
    )
    return noted.rowcount > 0


def welcome_channel(db: Connection, wanted: Channel, now: datetime, event_ts: str | None) -> Channel | None:
    """Make a channel known whose owner invited Paperboy; the channel as it stands then, None when it was left since."""
    if event_ts and not is_latest_move(db, wanted.team, wanted.id, event_ts):
        return None
    if not create_channel(db, wanted, now):
        team, channel_id = wanted.team, wanted.id
        db.execute(
            f"UPDATE channels SET added_by = coalesce(?, added_by) WHERE {_THIS}", (wanted.owner, team, channel_id)
        )
        change_state(db, team, channel_id, {ChannelState.LEFT}, ChannelState.NEW, now=now)
        reopen_channel(db, team, channel_id, now)
    known = channel(db, wanted.team, wanted.id)
    return known or wanted


def note_invitation(db: Connection, invitation: Invitation) -> bool:
    """Keep an invitation until it is answered. False when Paperboy left the channel after it."""
    if invitation.event_ts and not is_latest_move(db, invitation.team, invitation.channel, invitation.event_ts):
        return False
    db.execute(
        "INSERT INTO invitations (team, channel, event_ts, inviter, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (invitation.team, invitation.channel, invitation.event_ts, invitation.inviter, to_text(invitation.at)),
    )
    return True


def open_invitations(db: Connection, team: str) -> list[Invitation]:
    """Those not answered yet, oldest first."""
    rows = db.execute(
        "SELECT channel, event_ts, inviter, at FROM invitations WHERE team = ? ORDER BY at, channel, event_ts", (team,)
    )
    return [Invitation(team, channel, event_ts, inviter, to_moment(at)) for channel, event_ts, inviter, at in rows]


def end_invitation(db: Connection, invitation: Invitation) -> None:
    """It is answered, or nobody is there to be answered."""
    db.execute(
        f"DELETE FROM invitations WHERE {_THIS} AND event_ts = ?",
        (invitation.team, invitation.channel, invitation.event_ts),
    )


def start_channel(db: Connection, team: str, channel_id: str, latest: date, user: str | None, now: datetime) -> bool:
    """Serve from now on; who has had the `latest` day that can have papers goes on from there."""
    others = frozenset(ChannelState) - {ChannelState.ACTIVE}
    before = channel(db, team, channel_id)
    if not change_state(db, team, channel_id, others, ChannelState.ACTIVE, now=now, user=user):
        return False
    if before and before.state is ChannelState.PAUSED:
        today = now.astimezone(ZoneInfo(before.settings.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        outbox.withhold(db, team, channel_id, before=today)
    db.execute(
        f"UPDATE channels SET since = ?, skip_next = 0, cursor = CASE WHEN cursor >= ? THEN cursor END WHERE {_THIS}",
        (to_text(now), latest.isoformat(), team, channel_id),
    )
    return True


def pause_channel(db: Connection, team: str, channel_id: str, user: str | None, now: datetime) -> bool:
    """Stop serving, because a person wants so."""
    return change_state(db, team, channel_id, {ChannelState.ACTIVE}, ChannelState.PAUSED, now=now, user=user)


def close_channel(db: Connection, team: str, channel_id: str, reason: str, now: datetime) -> bool:
    """Stop serving, because Slack lets nothing in."""
    return change_state(db, team, channel_id, {ChannelState.ACTIVE}, ChannelState.CLOSED, now=now, reason=reason)


def reopen_channel(db: Connection, team: str, channel_id: str, now: datetime) -> bool:
    """Serve a closed one again, with all that it missed."""
    return change_state(db, team, channel_id, {ChannelState.CLOSED}, ChannelState.ACTIVE, now=now)


def set_skip_next(db: Connection, team: str, channel_id: str, wanted: bool, user: str | None, now: datetime) -> bool:
    """Leave the next time out, or not. False when it was so already."""
    changed = db.execute(
        f"UPDATE channels SET skip_next = ? WHERE {_THIS} AND skip_next <> ?", (wanted, team, channel_id, wanted)
    )
    if changed.rowcount:
        _log(db, team, channel_id, user, now, "skip_next", json.dumps(not wanted), json.dumps(wanted))
    return changed.rowcount == 1


def changes(db: Connection, team: str, channel_id: str, limit: int) -> list[Change]:
    """The latest first."""
    rows = db.execute(
        f"SELECT id, user, at, setting, old, new FROM changes WHERE {_THIS} ORDER BY id DESC LIMIT ?",
        (team, channel_id, limit),
    )
    return [_change_from(row) for row in rows]


def change(db: Connection, team: str, channel_id: str, change_id: int) -> Change | None:
    """One change of this channel."""
    row = db.execute(
        f"SELECT id, user, at, setting, old, new FROM changes WHERE {_THIS} AND id = ?", (team, channel_id, change_id)
    ).fetchone()
    return row and _change_from(row)


def _change_from(row: Sequence[Any]) -> Change:
    change_id, user, at, setting, old, new = row
    return Change(change_id, user, to_moment(at), setting, old or "", new or "")


def _log(
    db: Connection, team: str, channel_id: str, user: str | None, now: datetime, setting: str, old: str, new: str
) -> Change:
    written = db.execute(
        "INSERT INTO changes (team, channel, user, at, setting, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (team, channel_id, user, to_text(now), setting, old, new),
    )
    return Change(int(written.lastrowid or 0), user, now, setting, old, new)


# being due -----------------------------------------------------------------------------------------------------------


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


def skip_due(db: Connection, team: str, channel_id: str, local_date: date, through: date, now: datetime) -> None:
    """A local date is left out, as was wanted, and so are the days it would have brought."""
    move_cursor(db, team, channel_id, through)
    finish_due(db, team, channel_id, local_date, "skipped")
    set_skip_next(db, team, channel_id, False, None, now)


# people --------------------------------------------------------------------------------------------------------------


def remember_person(db: Connection, person: Person, now: datetime) -> None:
    """Insert or update; a language once chosen stays unless one is given."""
    db.execute(
        "INSERT INTO people (team, user, locale, timezone, language, read_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (team, user) DO UPDATE SET locale = coalesce(excluded.locale, locale),"
        " timezone = coalesce(excluded.timezone, timezone), language = coalesce(excluded.language, language),"
        " read_at = excluded.read_at",
        (person.team, person.id, person.locale, person.timezone, person.language, to_text(now)),
    )


def choose_language(db: Connection, team: str, user: str, language: str | None, now: datetime) -> None:
    """Set or clear a person's own choice."""
    db.execute(
        "INSERT INTO people (team, user, language, read_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (team, user) DO UPDATE SET language = excluded.language",
        (team, user, language, to_text(now)),
    )


def person(db: Connection, team: str, user: str) -> Person | None:
    """One person."""
    row = db.execute(
        "SELECT locale, timezone, language, read_at FROM people WHERE team = ? AND user = ?", (team, user)
    ).fetchone()
    if row is None:
        return None
    locale, timezone, language, read_at = row
    return Person(team, user, locale, timezone, language, to_moment(read_at))
