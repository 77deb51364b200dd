"""What people asked for, from the moment they were told that it was heard until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.requests import Request, RequestKind
from bot.store.connection import Connection, Transactions, reads_few, statement
from bot.store.tables.forms import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime

_THIS = "team = ? AND channel = ? AND person = ? AND kind = ? AND cause = ?"
_COLUMNS = "team, channel, person, kind, cause, value, at, thread_ts, response_url, view_id, step"


class Requests:
    """What people asked for and were told was heard, until it is done."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def note(self, db: Connection, request: Request, *, owner: str, until: datetime) -> bool:
        """Keep what somebody asks for, as its `owner`'s to do until then. False when it is known already."""
        made = await db.execute(
            f"INSERT INTO open_requests ({_COLUMNS}, owner, lease_until)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                *_key(request),
                request.value,
                to_text(request.at),
                request.thread_ts,
                request.response_url,
                request.view_id,
                request.step,
                owner,
                to_text(until),
            ),
        )
        return made == 1

    async def take(self, team: str, *, owner: str, now: datetime, until: datetime) -> list[Request]:
        """Take over, until then, what nobody is at any more: each is given to one owner alone; oldest first."""
        return await self._take_over(team, owner, now, until) if await self._has_due(team, now) else []

    @reads_few
    async def _has_due(self, db: Connection, team: str, now: datetime) -> bool:
        due = await db.row(
            "SELECT 1 FROM open_requests WHERE team = ? AND lease_until <= ? LIMIT 1", (team, to_text(now))
        )
        return due is not None

    @statement
    async def _take_over(self, db: Connection, team: str, owner: str, now: datetime, until: datetime) -> list[Request]:
        rows = await db.rows(
            "UPDATE open_requests SET owner = ?, lease_until = ? WHERE team = ? AND lease_until <= ? RETURNING"
            f" {_COLUMNS}",
            (owner, to_text(until), team, to_text(now)),
        )
        taken = [
            Request(
                team=row[0],
                channel=row[1],
                person=row[2],
                kind=RequestKind(row[3]),
                cause=row[4],
                value=row[5],
                at=to_moment(row[6]),
                thread_ts=row[7],
                response_url=row[8],
                view_id=row[9],
                step=row[10],
            )
            for row in rows
        ]
        return sorted(taken, key=lambda request: (request.at, request.cause))

    @statement
    async def hold(self, db: Connection, request: Request, *, owner: str, until: datetime) -> bool:
        """Its owner is still at it. False when it is ended or another has taken it over."""
        held = await db.execute(
            f"UPDATE open_requests SET lease_until = ? WHERE {_THIS} AND owner = ?",
            (to_text(until), *_key(request), owner),
        )
        return held == 1

    @statement
    async def note_step(self, db: Connection, request: Request, step: str, *, owner: str) -> bool:
        """A request comes to a step from the one it was at. False when it is there, or no longer its owner's."""
        made = await db.execute(
            f"UPDATE open_requests SET step = ? WHERE {_THIS} AND owner = ? AND step = ?",
            (step, *_key(request), owner, request.step),
        )
        return made == 1

    @statement
    async def end(self, db: Connection, request: Request, *, owner: str) -> bool:
        """A request is done with. False when another has taken it over."""
        ended = await db.execute(f"DELETE FROM open_requests WHERE {_THIS} AND owner = ?", (*_key(request), owner))
        return ended == 1


def _key(request: Request) -> tuple[str, str, str, str, str]:
    return request.team, request.channel, request.person, request.kind, request.cause
