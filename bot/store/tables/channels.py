"""Channels, and what was changed about them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.rules.channels import Change, Channel, ChannelState, decoded, encoded
from bot.rules.editions import ASKED_FOR
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.columns import marks, one, optional_day, optional_moment, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from bot.rules.channels import ChannelSettings

# In the order of `ChannelSettings`. Lists are JSON arrays, all else is a plain text or number.
_SETTINGS = (
    *("post_at", "timezone", "language", "top", "weekdays", "skip_dates", "second_language", "minimum_votes"),
    *("include_words", "exclude_words", "layout", "day_choice", "empty_days", "late_risers", "unfurl", "recap"),
    *("managers", "link_previews", "team_recap"),
)
_LISTS = frozenset({"weekdays", "skip_dates", "include_words", "exclude_words"})
_CHANNEL = (
    "SELECT c.team, c.channel, c.cursor, c.state, c.added_by, c.since, c.skip_next,"
    " (SELECT max(d.local_date) FROM due_claims d"
    " WHERE d.team = c.team AND d.channel = c.channel AND d.outcome IS NOT NULL),"
    f" {', '.join(f'c.{name}' for name in _SETTINGS)} FROM channels c"
)
_THIS = "team = ? AND channel = ?"
_CHANGE = 'SELECT id, "user", at, setting, old, new FROM changes'


class Channels:
    """Channels, their settings and states, and who changed what about them."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def create(self, db: Connection, channel: Channel, *, now: datetime) -> bool:
        """Begin to serve a channel. False, and nothing changed, when it is known already."""
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
        made = await db.execute(
            f"INSERT INTO channels ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING",
            tuple(row.values()),
        )
        return made == 1

    @query
    async def find(self, db: Connection, team: str, channel: str) -> Channel | None:
        """A channel and its settings."""
        row = await db.row(f"{_CHANNEL} WHERE c.team = ? AND c.channel = ?", (team, channel))
        return _channel_from(row) if row else None

    @transaction
    async def welcome(
        self, db: Connection, channel: Channel, *, now: datetime, event_ts: str | None = None
    ) -> Channel | None:
        """Store a channel that Paperboy was invited to, unless it is known; the channel as it stands then.

        A known one gets the owner given; one that was left is new again, and one that was closed is served again.
        None, and nothing changed, when it left after the event of this time stamp.
        """
        if event_ts and not await is_latest_move(db, channel.team, channel.id, event_ts):
            return None
        channels, team = Channels(db), channel.team
        if not await channels.create(channel, now=now):
            await db.execute(
                f"UPDATE channels SET added_by = coalesce(?, added_by) WHERE {_THIS}", (channel.owner, team, channel.id)
            )
            await change_state(db, team, channel.id, {ChannelState.LEFT}, ChannelState.NEW, now=now)
            await channels.reopen(team, channel.id, now=now)
        return await channels.find(team, channel.id) or channel

    async def active(self, team: str) -> list[Channel]:
        """The channels to be served, by id."""
        return await self.in_state(team, ChannelState.ACTIVE)

    @reads
    async def all_of(self, db: Connection, team: str) -> list[Channel]:
        """The channels of a workspace in any state, by id."""
        return [_channel_from(row) for row in await db.rows(f"{_CHANNEL} WHERE c.team = ? ORDER BY c.channel", (team,))]

    @query
    async def has_any(self, db: Connection, team: str) -> bool:
        """Whether any channel of a workspace is known, in whichever state."""
        return await db.row("SELECT 1 FROM channels WHERE team = ? LIMIT 1", (team,)) is not None

    @reads
    async def among(self, db: Connection, team: str, channels: Collection[str]) -> list[Channel]:
        """Those of the channels that are known, in any state, by id."""
        if not channels:
            return []
        rows = await db.rows(
            f"{_CHANNEL} WHERE c.team = ? AND c.channel IN ({marks(list(channels))}) ORDER BY c.channel",
            (team, *channels),
        )
        return [_channel_from(row) for row in rows]

    @reads
    async def everywhere(self, db: Connection) -> list[Channel]:
        """The channels of every workspace, in any state."""
        return [_channel_from(row) for row in await db.rows(f"{_CHANNEL} ORDER BY c.team, c.channel")]

    @reads
    async def in_state(self, db: Connection, team: str, state: ChannelState) -> list[Channel]:
        """The channels in a state, by id."""
        rows = await db.rows(f"{_CHANNEL} WHERE c.team = ? AND c.state = ? ORDER BY c.channel", (team, state))
        return [_channel_from(row) for row in rows]

    @transaction
    async def change_settings(
        self,
        db: Connection,
        team: str,
        channel: str,
        settings: ChannelSettings,
        *,
        user: str | None,
        now: datetime,
        seen: ChannelSettings | None = None,
    ) -> list[Change]:
        """Replace a known channel's settings; the changes, as they were logged.

        Those that are as they were `seen` stay as they are now: somebody else may have changed them since.
        """
        known = await Channels(db).find(team, channel)
        if known is None:
            return []
        old, new = encoded(known.settings), encoded(settings)
        before = encoded(seen) if seen else old
        columns = _to_columns(settings)
        changed = [name for name in _SETTINGS if new[name] not in {old[name], before[name]}]
        if changed:
            await db.execute(
                f"UPDATE channels SET {', '.join(f'{name} = ?' for name in changed)} WHERE {_THIS}",
                (*(columns[name] for name in changed), team, channel),
            )
        return [await _log(db, team, channel, user, now, name, old[name], new[name]) for name in changed]

    @reads
    async def changes(self, db: Connection, team: str, channel: str, *, limit: int) -> list[Change]:
        """The changes to a channel's settings, latest first."""
        rows = await db.rows(
            f"{_CHANGE} WHERE {_THIS} ORDER BY id DESC LIMIT ?",
            (team, channel, limit),
        )
        return [_change_from(row) for row in rows]

    @reads
    async def last_changed(self, db: Connection, team: str, channel: str, setting: str) -> datetime | None:
        """The moment when a setting of a channel was changed last; None when it never was."""
        row = await one(db, f"SELECT max(at) FROM changes WHERE {_THIS} AND setting = ?", (team, channel, setting))
        return optional_moment(row[0])

    @reads
    async def change(self, db: Connection, team: str, channel: str, change_id: int) -> Change | None:
        """One of the changes of this channel."""
        row = await db.row(f"{_CHANGE} WHERE {_THIS} AND id = ?", (team, channel, change_id))
        return _change_from(row) if row else None

    @transaction
    async def start(
        self, db: Connection, team: str, channel: str, *, latest: date, user: str | None, now: datetime
    ) -> bool:
        """Serve a channel that is not being served, from now on. False, and nothing changed, when it is being served.

        Unless it has had `latest`, the latest listing day that can have papers, its next digest is like a first one.
        What has waited there since before today, as it was paused, is not sent any more.
        """
        others = frozenset(ChannelState) - {ChannelState.ACTIVE}
        before = await Channels(db).find(team, channel)
        if not await change_state(db, team, channel, others, ChannelState.ACTIVE, now=now, user=user):
            return False
        if before and before.state is ChannelState.PAUSED:
            local = now.astimezone(ZoneInfo(before.settings.timezone))
            await _cancel_unsent(db, team, channel, before=local.replace(hour=0, minute=0, second=0, microsecond=0))
        await db.execute(
            "UPDATE channels SET since = ?, skip_next = 0, cursor = CASE WHEN cursor >= ? THEN cursor END WHERE"
            f" {_THIS}",
            (to_text(now), latest.isoformat(), team, channel),
        )
        return True

    @transaction
    async def pause(self, db: Connection, team: str, channel: str, *, user: str | None, now: datetime) -> bool:
        """Pause a channel, as a person wants it. False, and nothing changed, when it is not being served."""
        return await change_state(db, team, channel, {ChannelState.ACTIVE}, ChannelState.PAUSED, now=now, user=user)

    @transaction
    async def close(self, db: Connection, team: str, channel: str, *, reason: str, now: datetime) -> bool:
        """Close a channel that Slack lets nothing into. False, and nothing changed, when it is not being served."""
        return await change_state(db, team, channel, {ChannelState.ACTIVE}, ChannelState.CLOSED, now=now, reason=reason)

    @transaction
    async def reopen(self, db: Connection, team: str, channel: str, *, now: datetime) -> bool:
        """Serve a channel that was closed again. False, and nothing changed, when it is not closed."""
        return await change_state(db, team, channel, {ChannelState.CLOSED}, ChannelState.ACTIVE, now=now)

    @transaction
    async def set_skip_next(
        self, db: Connection, team: str, channel: str, wanted: bool, *, user: str | None, now: datetime
    ) -> bool:
        """Leave out the next time a channel is due, or do not. False, and nothing changed, when it was so already."""
        changed = await db.execute(
            f"UPDATE channels SET skip_next = ? WHERE {_THIS} AND skip_next <> ?", (wanted, team, channel, wanted)
        )
        if changed:
            await _log(db, team, channel, user, now, "skip_next", json.dumps(not wanted), json.dumps(wanted))
        return changed == 1


async def is_latest_move(db: Connection, team: str, channel_id: str, event_ts: str) -> bool:
    """Note that Paperboy came into a channel or left it. False when it did either later, as far as is known."""
    noted = await db.execute(
        "INSERT INTO latest_moves (team, channel, event_ts) VALUES (?, ?, ?) ON CONFLICT (team, channel)"
        " DO UPDATE SET event_ts = excluded.event_ts WHERE excluded.event_ts >= latest_moves.event_ts",
        (team, channel_id, event_ts),
    )
    return noted > 0


async def change_state(
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
    row = await db.row(f"SELECT state FROM channels WHERE {_THIS}", (team, channel_id))
    if row is None or row[0] not in old:
        return False
    changed = await db.execute(
        f"UPDATE channels SET state = ?, state_reason = ?, state_since = ? WHERE {_THIS} AND state = ?",
        (new, reason, to_text(now), team, channel_id, row[0]),
    )
    if changed == 0:
        return False
    await _log(db, team, channel_id, user, now, "state", row[0], new)
    return True


async def leave_all_channels(db: Connection, team: str, *, now: datetime) -> None:
    """Bring all channels of a workspace to the state of those that Paperboy left, and log it of each."""
    await db.execute(
        'INSERT INTO changes (team, channel, "user", at, setting, old, new)'
        " SELECT team, channel, NULL, CAST(? AS TEXT), 'state', state, CAST(? AS TEXT) FROM channels"
        " WHERE team = ? AND state <> ?",
        (to_text(now), ChannelState.LEFT, team, ChannelState.LEFT),
    )
    await db.execute(
        "UPDATE channels SET state = ?, state_reason = NULL, state_since = ? WHERE team = ? AND state <> ?",
        (ChannelState.LEFT, to_text(now), team, ChannelState.LEFT),
    )


async def _cancel_unsent(db: Connection, team: str, conversation: str, before: datetime) -> None:
    """Cancel the messages planned before a moment that nobody asked for; they are not reported."""
    await db.execute(
        "UPDATE outbox SET state = 'refused', error = 'the channel was paused', owner = NULL, lease_until = NULL,"
        " reported = 1 WHERE team = ? AND conversation = ? AND state IN ('pending', 'claimed', 'in_doubt')"
        f" AND state <> 'claimed' AND planned_at < ? AND edition_kind NOT IN ({marks(ASKED_FOR)})",
        (team, conversation, to_text(before), *ASKED_FOR),
    )


async def _log(
    db: Connection, team: str, channel_id: str, user: str | None, now: datetime, setting: str, old: str, new: str
) -> Change:
    row = await db.row(
        'INSERT INTO changes (team, channel, "user", at, setting, old, new) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id',
        (team, channel_id, user, to_text(now), setting, old, new),
    )
    return Change(row[0] if row else 0, user, now, setting, old, new)


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
    """The settings in these columns, cached: many channels have the same, and each is read every minute."""
    named = zip(_SETTINGS, columns, strict=True)
    return decoded({name: value if name in _LISTS else json.dumps(value) for name, value in named})


def _change_from(row: Sequence[Any]) -> Change:
    change_id, user, at, setting, old, new = row
    return Change(change_id, user, to_moment(at), setting, old or "", new or "")
