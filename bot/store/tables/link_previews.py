"""Previews of pasted links: which paper a channel has seen lately, and in which message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.link_previews import AGAIN_AFTER, UNFINISHED_AFTER
from bot.store.connection import Connection, Transactions, query, statement, transaction
from bot.store.tables.columns import marks, one, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# A preview that stands may come again after a week; one that was begun, in the same message at once, as Slack then
# changes what it has, and in another when nobody can be at it any more.
_MAY_COME = (
    "(link_previews.at < ? OR (link_previews.is_shown = 0 AND (link_previews.message_ts = ? OR link_previews.at < ?)))"
)


class LinkPreviews:
    """Previews of pasted links, each of a paper in a channel; reactions to their messages mean their papers."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def claim(self, db: Connection, team: str, channel: str, message_ts: str, *, now: datetime) -> bool:
        """Whether the links of a message, in a channel that workspaces share, are this workspace's to show.

        They are those of whichever was told of them first.
        """
        first = await one(
            db,
            "INSERT INTO shared_messages (channel, message_ts, team, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (channel, message_ts) DO UPDATE SET team = shared_messages.team RETURNING team",
            (channel, message_ts, team, to_text(now)),
        )
        return bool(first[0] == team)

    @query
    async def wanted(
        self, db: Connection, team: str, channel: str, message_ts: str, paper_ids: Sequence[str], *, now: datetime
    ) -> list[str]:
        """Those of the papers that may have a preview in this message now."""
        rows = await db.rows(
            f"SELECT paper FROM link_previews WHERE team = ? AND channel = ? AND paper IN ({marks(paper_ids)})"
            f" AND NOT {_MAY_COME}",
            (team, channel, *paper_ids, *_may_come(message_ts, now)),
        )
        seen = {row[0] for row in rows}
        return [paper_id for paper_id in paper_ids if paper_id not in seen]

    @transaction
    async def begin(
        self,
        db: Connection,
        team: str,
        channel: str,
        message_ts: str,
        paper_ids: Sequence[str],
        *,
        now: datetime,
    ) -> list[str]:
        """Take it on to show previews in a message; those of the papers that are for the caller to show.

        From here on reactions to the message mean them.
        """
        begun = [
            paper_id
            for paper_id in paper_ids
            if await db.execute(
                "INSERT INTO link_previews (team, channel, paper, message_ts, is_shown, at) VALUES (?, ?, ?, ?, 0, ?)"
                " ON CONFLICT (team, channel, paper) DO UPDATE SET message_ts = excluded.message_ts, is_shown = 0,"
                f" at = excluded.at WHERE {_MAY_COME}",
                (team, channel, paper_id, message_ts, to_text(now), *_may_come(message_ts, now)),
            )
        ]
        rows = await db.rows(
            "SELECT paper, position FROM message_papers WHERE team = ? AND channel = ? AND ts = ?",
            (team, channel, message_ts),
        )
        there, last = {row[0] for row in rows}, max((row[1] for row in rows), default=0)
        added = [paper_id for paper_id in begun if paper_id not in there]
        await db.executemany(
            "INSERT INTO message_papers (team, channel, ts, position, paper, is_linked) VALUES (?, ?, ?, ?, ?, 1)"
            " ON CONFLICT DO NOTHING",
            [(team, channel, message_ts, position, paper) for position, paper in enumerate(added, start=last + 1)],
        )
        return begun

    @transaction
    async def note_shown(
        self, db: Connection, team: str, channel: str, message_ts: str, paper_ids: Sequence[str]
    ) -> None:
        """The previews of these papers stand in the message."""
        await db.execute(
            "UPDATE link_previews SET is_shown = 1 WHERE team = ? AND channel = ? AND message_ts = ?"
            f" AND paper IN ({marks(paper_ids)})",
            (team, channel, message_ts, *paper_ids),
        )

    @transaction
    async def give_up(self, db: Connection, team: str, channel: str, message_ts: str, paper_ids: Sequence[str]) -> None:
        """Slack takes no preview of these papers in the message: reactions to it mean them no more."""
        rows = await db.rows(
            "SELECT paper FROM link_previews WHERE team = ? AND channel = ? AND message_ts = ? AND is_shown = 0"
            f" AND paper IN ({marks(paper_ids)})",
            (team, channel, message_ts, *paper_ids),
        )
        for (paper_id,) in rows:
            await db.execute(
                "DELETE FROM message_papers WHERE team = ? AND channel = ? AND ts = ? AND paper = ? AND is_linked = 1",
                (team, channel, message_ts, paper_id),
            )
            await db.execute(
                "DELETE FROM link_previews WHERE team = ? AND channel = ? AND paper = ?", (team, channel, paper_id)
            )


def _may_come(message_ts: str, now: datetime) -> tuple[str, str, str]:
    return to_text(now - AGAIN_AFTER), message_ts, to_text(now - UNFINISHED_AFTER)
