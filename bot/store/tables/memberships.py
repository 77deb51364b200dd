"""Paperboy's memberships: invitations, and the data of channels and workspaces it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.channels import ChannelState, Invitation
from bot.rules.editions import Edition, EditionKind
from bot.rules.outages import Outage
from bot.rules.personal_data import OF_WORKSPACES
from bot.rules.reading_list import SaveKind
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.channels import change_state, is_latest_move, leave_all_channels
from bot.store.tables.columns import marks, starting, to_moment, to_text
from bot.store.tables.keys import KEYS, delete_some
from bot.store.tables.outages import begin_outage
from bot.store.tables.pruning import ROWS_AT_ONCE

if TYPE_CHECKING:
    from datetime import datetime

_UNFINISHED = "'pending', 'claimed', 'in_doubt'"
_ABOUT_A_CHANNEL = (EditionKind.WELCOME, EditionKind.NOTICE, EditionKind.ANSWER)
_ANY_BUT_LEFT = frozenset(ChannelState) - {ChannelState.LEFT}

# Where a channel's data is, and which column names the channel. The channel itself goes last.
_OF_CHANNEL = {
    "due_claims": "channel",
    "outbox": "conversation",
    "posted_papers": "conversation",
    "edition_days": "conversation",
    "edition_upkeep": "conversation",
    "message_papers": "channel",
    "link_previews": "channel",
    "reactions": "channel",
    "reaction_readings": "channel",
    "changes": "channel",
    "invitations": "channel",
    "latest_moves": "channel",
    "open_requests": "channel",
    "question_turns": "channel",
    "incoming_messages": "channel",
    "channels": "channel",
}
# The workspace itself goes last.
_OF_TEAM = (*(table for table in OF_WORKSPACES if table != "teams"), "teams")


_THIS = "team = ? AND channel = ?"


class Memberships:
    """Paperboy's memberships: invitations, and the data of channels and workspaces it left."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def note_invitation(self, db: Connection, invitation: Invitation) -> bool:
        """Store an invitation until `end_invitation`; one that is known stays as it is.

        False, and nothing kept, when Paperboy left the channel after it: events may come in any order.
        """
        if invitation.event_ts and not await is_latest_move(
            db, invitation.team, invitation.channel, invitation.event_ts
        ):
            return False
        await db.execute(
            "INSERT INTO invitations (team, channel, event_ts, inviter, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO"
            " NOTHING",
            (invitation.team, invitation.channel, invitation.event_ts, invitation.inviter, to_text(invitation.at)),
        )
        return True

    @reads
    async def open_invitations(self, db: Connection, team: str) -> list[Invitation]:
        """Invitations that are not answered yet, oldest first; none to a channel that was left since."""
        rows = await db.rows(
            "SELECT channel, event_ts, inviter, at FROM invitations WHERE team = ? ORDER BY at, channel, event_ts",
            (team,),
        )
        return [Invitation(team, channel, event_ts, inviter, to_moment(at)) for channel, event_ts, inviter, at in rows]

    @reads
    async def invited_teams(self, db: Connection) -> frozenset[str]:
        """The workspaces with an invitation that is not answered yet."""
        return frozenset(team for (team,) in await db.rows("SELECT DISTINCT team FROM invitations"))

    @statement
    async def end_invitation(self, db: Connection, invitation: Invitation) -> None:
        """Delete an invitation that needs no answer any more."""
        await db.execute(
            f"DELETE FROM invitations WHERE {_THIS} AND event_ts = ?",
            (invitation.team, invitation.channel, invitation.event_ts),
        )

    @transaction
    async def leave_channel(
        self, db: Connection, team: str, channel: str, *, now: datetime, event_ts: str | None = None
    ) -> bool:
        """Note that Paperboy left a channel: nothing is sent there, not even what waits.

        False when that was known, or when it was invited there again after the event of this time stamp.
        """
        if event_ts and not await is_latest_move(db, team, channel, event_ts):
            return False
        left = await change_state(db, team, channel, _ANY_BUT_LEFT, ChannelState.LEFT, now=now)
        await db.execute("DELETE FROM invitations WHERE team = ? AND channel = ?", (team, channel))
        await db.execute(
            "UPDATE outbox SET state = 'refused', error = 'Paperboy left the channel', owner = NULL, lease_until ="
            " NULL,"
            " reported = 1"
            " WHERE team = ? AND conversation = ? AND state IN ('pending', 'claimed', 'in_doubt')",
            (team, channel),
        )
        return left

    @transaction
    async def leave_team(self, db: Connection, team: str, *, now: datetime) -> None:
        """Note that the app was uninstalled from a workspace; nothing is sent there any more."""
        await leave_all_channels(db, team, now=now)
        await db.execute("DELETE FROM invitations WHERE team = ?", (team,))
        await db.execute(
            "UPDATE outbox SET state = 'refused', error = 'Paperboy was uninstalled', owner = NULL, lease_until = NULL,"
            " reported = 1"
            " WHERE team = ? AND state IN ('pending', 'claimed', 'in_doubt')",
            (team,),
        )
        await db.execute("DELETE FROM open_requests WHERE team = ?", (team,))
        await db.execute(
            "INSERT INTO teams (team, installed_at, removed_at) VALUES (?, ?, ?)"
            " ON CONFLICT (team) DO UPDATE SET removed_at = coalesce(teams.removed_at, excluded.removed_at)",
            (team, to_text(now), to_text(now)),
        )

    @transaction
    async def rejoin_team(self, db: Connection, team: str, *, now: datetime) -> None:
        """Note that the app is installed in a workspace; what was missed while it was not is an outage there."""
        row = await db.row("SELECT removed_at FROM teams WHERE team = ?", (team,))
        if row and row[0]:
            await begin_outage(db, team, Outage(to_moment(row[0]), now))
        await db.execute(
            "INSERT INTO teams (team, installed_at) VALUES (?, ?) ON CONFLICT (team) DO UPDATE SET removed_at = NULL",
            (team, to_text(now)),
        )

    @reads
    async def teams(self, db: Connection) -> list[str]:
        """The workspaces that the app is installed in."""
        return [team for (team,) in await db.rows("SELECT team FROM teams WHERE removed_at IS NULL ORDER BY team")]

    @query
    async def scopes_told_missing(self, db: Connection, team: str) -> frozenset[str]:
        """The missing scopes that the operator was told of last; empty when they never were."""
        row = await db.row("SELECT scopes_told_missing FROM teams WHERE team = ?", (team,))
        return frozenset(row[0].split()) if row else frozenset()

    @statement
    async def note_scopes_told_missing(self, db: Connection, team: str, scopes: frozenset[str]) -> None:
        """The operator was told that these scopes are missing in a workspace."""
        await db.execute("UPDATE teams SET scopes_told_missing = ? WHERE team = ?", (" ".join(sorted(scopes)), team))

    async def forget_left(self, *, before: datetime) -> tuple[int, int]:
        """Delete what belongs to channels and workspaces left before a moment; how many channels and workspaces.

        Other writes come in between, however much there is.
        """
        channels = await self._left_channels(before)
        for team, channel in channels:
            while not await self._forget_channel(team, channel, before, ROWS_AT_ONCE):
                pass
        teams = await self._left_teams(before)
        for team in teams:
            while not await self._forget_team(team, before, ROWS_AT_ONCE):
                pass
        return len(channels), len(teams)

    @reads
    async def _left_channels(self, db: Connection, before: datetime) -> list[tuple[str, str]]:
        rows = await db.rows(
            "SELECT team, channel FROM channels WHERE state = 'left' AND state_since < ?", (to_text(before),)
        )
        return [(team, channel) for team, channel in rows]

    @reads
    async def _left_teams(self, db: Connection, before: datetime) -> list[str]:
        return [team for (team,) in await db.rows("SELECT team FROM teams WHERE removed_at < ?", (to_text(before),))]

    @transaction
    async def _forget_channel(self, db: Connection, team: str, channel: str, before: datetime, limit: int) -> bool:
        """Delete at most `limit` rows of a channel left before a moment, unless it is back; whether all are gone.

        People's reading lists stay with them.
        """
        still_left = await db.row(
            "SELECT 1 FROM channels WHERE team = ? AND channel = ? AND state = 'left' AND state_since < ?",
            (team, channel, to_text(before)),
        )
        if still_left is None:
            return True
        for table, column in _OF_CHANNEL.items():
            if await delete_some(db, table, f"team = ? AND {column} = ?", (team, channel), limit) >= limit:
                return False
        return True

    @transaction
    async def _forget_team(self, db: Connection, team: str, before: datetime, limit: int) -> bool:
        """Delete at most `limit` rows of a workspace left before a moment, unless it is back; whether all are gone."""
        still_left = await db.row("SELECT 1 FROM teams WHERE team = ? AND removed_at < ?", (team, to_text(before)))
        if still_left is None:
            return True
        for table in _OF_TEAM:
            if await delete_some(db, table, "team = ?", (team,), limit) >= limit:
                return False
        return True

    @transaction
    async def change_channel_id(self, db: Connection, team: str, old: str, new: str) -> None:
        """Move all that is stored of a channel to the new id that Slack gave it.

        Slack may have told of the new one first. A channel that nobody set up gives way to the one that was; what is
        known under both ids is kept as it is under the new one.
        """
        known: dict[str, str] = dict(
            await db.rows("SELECT channel, state FROM channels WHERE team = ? AND channel IN (?, ?)", (team, old, new))
        )
        if old in known and known.get(new) in {ChannelState.NEW, ChannelState.LEFT}:
            await db.execute("DELETE FROM channels WHERE team = ? AND channel = ?", (team, new))
        for table, column in _OF_CHANNEL.items():
            await _move(db, table, column, team, old, new)
        await _rename_places(db, team, old, new)
        await _rename_editions(db, team, old, new)


async def _move(db: Connection, table: str, column: str, team: str, old: str, new: str) -> None:
    others = [name for name in KEYS[table] if name not in {"team", column}]
    taken = "".join(f" AND there.{name} = moved.{name}" for name in others)
    await db.execute(
        f"UPDATE {table} AS moved SET {column} = ? WHERE team = ? AND {column} = ? AND NOT EXISTS"
        f" (SELECT 1 FROM {table} there WHERE there.team = ? AND there.{column} = ?{taken})",
        (new, team, old, team, new),
    )
    await db.execute(f"DELETE FROM {table} WHERE team = ? AND {column} = ?", (team, old))


async def _rename_places(db: Connection, team: str, old: str, new: str) -> None:
    """A reaction that is taken back ends the source it made, which is told by its channel, message and emoji."""
    renamed, place = (f"{new}/", len(old) + 2), starting(f"{old}/")
    columns = 'team, "user", paper, at, change, kind'
    await db.execute(
        f"INSERT INTO list_changes ({columns}, place) SELECT {columns}, CAST(? AS TEXT) || substr(place, ?)"
        " FROM list_changes WHERE team = ? AND place >= ? AND place < ? ON CONFLICT DO NOTHING",
        (*renamed, team, *place),
    )
    await db.execute("DELETE FROM list_changes WHERE team = ? AND place >= ? AND place < ?", (team, *place))
    for kind in SaveKind:
        start = f"{kind} {old}/"
        await db.execute(
            "UPDATE saved_papers SET origin = CAST(? AS TEXT) || substr(origin, ?)"
            " WHERE team = ? AND origin >= ? AND origin < ?",
            (f"{kind} {new}/", len(start) + 1, team, *starting(start)),
        )


async def _rename_editions(db: Connection, team: str, old: str, new: str) -> None:
    """Messages about a channel are named after it, and those on their way may link to it.

    What Slack may have already is left as it is: it is looked for by the name it was sent under.
    """
    editions = await db.rows(
        "SELECT conversation, edition FROM outbox WHERE team = ?"
        f" AND (edition_kind IN ({marks(_ABOUT_A_CHANNEL)}) AND edition_about = ? OR conversation = ?)"
        " GROUP BY conversation, edition"
        f" HAVING sum(CASE WHEN state IN ({_UNFINISHED}) AND claimed_at IS NOT NULL THEN 1 ELSE 0 END) = 0",
        (team, *_ABOUT_A_CHANNEL, old, new),
    )
    for conversation, edition in editions:
        named = edition.replace(old, new)
        if named != edition:
            taken = await db.row(
                "SELECT 1 FROM outbox WHERE team = ? AND conversation = ? AND edition = ?", (team, conversation, named)
            )
            if taken:
                continue
        await db.execute(
            "UPDATE outbox SET edition = ?, edition_about = ?, payload = replace(payload, ?, ?)"
            " WHERE team = ? AND conversation = ? AND edition = ?",
            (named, Edition.parse(named).about, old, new, team, conversation, edition),
        )
