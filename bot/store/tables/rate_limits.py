"""The requests that processes made of late to Slack, and to sources, where several keep their limits together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.rules.rate_limits import RecentRequests
from bot.store.connection import Connection, Transactions, query, statement
from bot.store.tables.columns import to_json, to_text

if TYPE_CHECKING:
    from datetime import datetime


class RateLimits:
    """Requests of each method in each workspace, and to each source in none.

    A version says which state of them somebody has seen.
    """

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def find(self, db: Connection, team: str, method: str) -> tuple[str, RecentRequests]:
        """The requests that count, and the version of that; an empty one where there are none yet."""
        row = await db.row("SELECT version, requests FROM rate_limits WHERE team = ? AND method = ?", (team, method))
        return (row[0], _from_json(row[1])) if row else ("", RecentRequests())

    @statement
    async def replace(
        self,
        db: Connection,
        team: str,
        method: str,
        requests: RecentRequests,
        *,
        seen: str,
        version: str,
        until: datetime,
    ) -> bool:
        """Replace the requests that count by those that count now, unless somebody did so since their version was
        `seen`; whether that was done. After `until` they may be forgotten."""
        count = await db.execute(
            "INSERT INTO rate_limits (team, method, version, requests, counts_until) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team, method) DO UPDATE SET version = excluded.version, requests = excluded.requests,"
            " counts_until = excluded.counts_until WHERE rate_limits.version = ?",
            (team, method, version, _to_json(requests), to_text(until), seen),
        )
        return count > 0


def _to_json(requests: RecentRequests) -> str:
    return to_json(
        [
            requests.sent,
            list(requests.channels.items()),
            requests.paused_until,
            requests.lowered_to,
            requests.lowered_at,
        ]
    )


def _from_json(text: str) -> RecentRequests:
    sent, channels, paused_until, lowered_to, lowered_at = json.loads(text)
    return RecentRequests(
        tuple((moment, number) for moment, number in sent), dict(channels), paused_until, lowered_to, lowered_at
    )
