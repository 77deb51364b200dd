"""What people asked for, from the moment they were told that it was heard until it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.requests import Request, RequestKind
from bot.store.tables.forms import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

_THIS = "team = ? AND channel = ? AND person = ? AND kind = ? AND cause = ?"
_COLUMNS = "team, channel, person, kind, cause, value, at, thread_ts, response_url, view_id, step"


def note_request(db: Connection, request: Request, owner: str, until: datetime) -> bool:
    """Keep what somebody asked for, as its `owner`'s to do; False when it is known."""
    made = db.execute(
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
    return made.rowcount == 1


def has_due(db: Connection, team: str, now: datetime) -> bool:
    """Whether there is anything to take over."""
    due = db.execute("SELECT 1 FROM open_requests WHERE team = ? AND lease_until <= ? LIMIT 1", (team, to_text(now)))
    return due.fetchone() is not None


def take_requests(db: Connection, team: str, owner: str, now: datetime, until: datetime) -> list[Request]:
    """Make one's own those whose owner said nothing for so long; oldest first."""
    rows = db.execute(
        f"UPDATE open_requests SET owner = ?, lease_until = ? WHERE team = ? AND lease_until <= ? RETURNING {_COLUMNS}",
        (owner, to_text(until), team, to_text(now)),
    ).fetchall()
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


def hold_request(db: Connection, request: Request, owner: str, until: datetime) -> bool:
    """Its owner is still at it."""
    held = db.execute(
        f"UPDATE open_requests SET lease_until = ? WHERE {_THIS} AND owner = ?",
        (to_text(until), *_key(request), owner),
    )
    return held.rowcount == 1


def note_request_step(db: Connection, request: Request, step: str, owner: str) -> bool:
    """It has come so far, from where it was."""
    made = db.execute(
        f"UPDATE open_requests SET step = ? WHERE {_THIS} AND owner = ? AND step = ?",
        (step, *_key(request), owner, request.step),
    )
    return made.rowcount == 1


def end_request(db: Connection, request: Request, owner: str) -> bool:
    """It is done, or will not be, and whoever asked was told."""
    ended = db.execute(f"DELETE FROM open_requests WHERE {_THIS} AND owner = ?", (*_key(request), owner))
    return ended.rowcount == 1


def _key(request: Request) -> tuple[str, str, str, str, str]:
    return request.team, request.channel, request.person, request.kind, request.cause
