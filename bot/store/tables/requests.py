"""Requests, from their acknowledgement until they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.requests import DONE, HELD_AT_ONCE, WANTED_ONCE, Request, RequestKind
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.columns import marks, to_moment, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_THIS = "team = ? AND channel = ? AND person = ? AND kind = ? AND cause = ?"
# A later version may have left what only it knows how to do.
_KINDS = tuple(RequestKind)
_IS_DUE = f"team = ? AND lease_until <= ? AND kind IN ({marks(_KINDS)})"
_COLUMNS = "team, channel, person, kind, cause, value, at, thread_ts, response_url, view_id, step, attempts"


class Requests:
    """Requests that were acknowledged and are not done yet."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def note(self, db: Connection, request: Request, *, owner: str, until: datetime) -> bool:
        """Store a request and lease it to its `owner` until then.

        False when it is known already, done or not, or one like it that is wanted once is still to be done.
        """
        if (
            request.kind in WANTED_ONCE
            and await db.row(
                "SELECT 1 FROM open_requests WHERE team = ? AND channel = ? AND person = ? AND kind = ?"
                " AND (value = ? OR kind = ?) AND step <> ?",  # of an erasure the value is its moment
                (*_key(request)[:4], request.value, RequestKind.ERASE, DONE),
            )
        ):
            return False
        made = await db.execute(
            f"INSERT INTO open_requests ({_COLUMNS}, owner, lease_until)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                *_key(request),
                request.value,
                to_text(request.at),
                request.thread_ts,
                request.response_url,
                request.view_id,
                request.progress,
                request.attempts,
                owner,
                to_text(until),
            ),
        )
        return made == 1

    async def teams_with_due(self, now: datetime) -> frozenset[str]:
        """The workspaces with requests whose lease ran out. What was remembered of done ones until now is deleted."""
        due = await self._due(now)
        if any(step == DONE for _, step in due):
            await self._forget_done(now)
        return frozenset(team for team, step in due if step != DONE)

    @reads
    async def _due(self, db: Connection, now: datetime) -> list[tuple[str, str]]:
        rows = await db.rows(
            "SELECT DISTINCT team, CASE WHEN step = ? THEN step ELSE '' END FROM open_requests"
            f" WHERE lease_until <= ? AND kind IN ({marks(_KINDS)})",
            (DONE, to_text(now), *_KINDS),
        )
        return [(team, step) for team, step in rows]

    @statement
    async def _forget_done(self, db: Connection, now: datetime) -> None:
        await db.execute("DELETE FROM open_requests WHERE lease_until <= ? AND step = ?", (to_text(now), DONE))

    @query
    async def has_others_under_way(self, db: Connection, request: Request, *, now: datetime) -> bool:
        """Whether any process works on something that the same person asked for, but for requests of this kind."""
        other = await db.row(
            "SELECT 1 FROM open_requests WHERE team = ? AND person = ? AND kind <> ? AND step <> ? AND lease_until > ?"
            " LIMIT 1",
            (request.team, request.person, request.kind, DONE, to_text(now)),
        )
        return other is not None

    @query
    async def is_under_way_before(self, db: Connection, request: Request, *, now: datetime) -> bool:
        """Whether any process works on an earlier request of the same person and kind."""
        earlier = await db.row(
            "SELECT 1 FROM open_requests WHERE team = ? AND person = ? AND kind = ? AND step <> ? AND lease_until > ?"
            " AND (at < ? OR at = ? AND cause < ?) LIMIT 1",
            (
                *(request.team, request.person, request.kind, DONE, to_text(now)),
                *(to_text(request.at), to_text(request.at), request.cause),
            ),
        )
        return earlier is not None

    async def take(self, team: str, *, owner: str, now: datetime, until: datetime) -> list[Request]:
        """Lease the requests whose lease ran out to a new owner, until then; oldest first, each to one owner only."""
        return await self._take_over(team, owner, now, until) if await self._has_due(team, now) else []

    @query
    async def _has_due(self, db: Connection, team: str, now: datetime) -> bool:
        due = await db.row(f"SELECT 1 FROM open_requests WHERE {_IS_DUE} LIMIT 1", (team, to_text(now), *_KINDS))
        return due is not None

    @transaction
    async def _take_over(self, db: Connection, team: str, owner: str, now: datetime, until: datetime) -> list[Request]:
        due = (team, to_text(now), *_KINDS)
        await db.execute(f"DELETE FROM open_requests WHERE {_IS_DUE} AND step = ?", (*due, DONE))
        rows = await db.rows(
            f"UPDATE open_requests SET owner = ?, lease_until = ? WHERE {_IS_DUE} RETURNING {_COLUMNS}",
            (owner, to_text(until), *due),
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
                progress=row[10],
                attempts=row[11],
            )
            for row in rows
        ]
        return sorted(taken, key=lambda request: (request.at, request.cause))

    @statement
    async def hold(self, db: Connection, requests: Sequence[Request], *, owner: str, until: datetime) -> int:
        """Renew the lease of at most `HELD_AT_ONCE` requests. How many are neither ended nor taken over by another.

        Raises `ValueError` for more.
        """
        if not 0 < len(requests) <= HELD_AT_ONCE:
            raise ValueError(f"{len(requests)} requests held at once")
        these = " OR ".join([f"({_THIS})"] * len(requests))
        keys = [part for request in requests for part in _key(request)]
        return await db.execute(
            f"UPDATE open_requests SET lease_until = ? WHERE owner = ? AND step <> ? AND ({these})",
            (to_text(until), owner, DONE, *keys),
        )

    @statement
    async def note_attempt(self, db: Connection, request: Request, *, owner: str) -> bool:
        """Count one more attempt at a request that was left over. False when it is ended or taken over by another."""
        noted = await db.execute(
            f"UPDATE open_requests SET attempts = attempts + 1 WHERE {_THIS} AND owner = ? AND step <> ?",
            (*_key(request), owner, DONE),
        )
        return noted == 1

    @statement
    async def note_progress(self, db: Connection, request: Request, progress: str, *, owner: str) -> bool:
        """Note how far a request has come. False when that was noted before, or it is no longer its owner's."""
        made = await db.execute(
            f"UPDATE open_requests SET step = ? WHERE {_THIS} AND owner = ? AND step = ?",
            (progress, *_key(request), owner, request.progress),
        )
        return made == 1

    @statement
    async def end(self, db: Connection, request: Request, *, owner: str, remembered_until: datetime) -> bool:
        """End a request; only its key is kept until then. False when another has taken it over."""
        ended = await db.execute(
            "UPDATE open_requests SET step = ?, lease_until = ?, value = '', thread_ts = NULL, response_url = NULL,"
            f" view_id = NULL WHERE {_THIS} AND owner = ? AND step <> ?",
            (DONE, to_text(remembered_until), *_key(request), owner, DONE),
        )
        return ended == 1


def _key(request: Request) -> tuple[str, str, str, str, str]:
    return request.team, request.channel, request.person, request.kind, request.cause
