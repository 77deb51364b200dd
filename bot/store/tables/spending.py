"""The use of language models in requests, tokens, and cost, by day, person and model, and what is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.budget import Allowance, Requester, Spent, Used, used_by
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import one, to_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.rules.budget import Budget

# A sum of whole numbers is no whole number to PostgreSQL, unless it is told so.
_SUM = (
    "SELECT CAST(coalesce(sum(requests), 0) AS BIGINT), CAST(coalesce(sum(input_tokens), 0) AS BIGINT),"
    " CAST(coalesce(sum(output_tokens), 0) AS BIGINT), coalesce(sum(dollars), 0.0) FROM model_spending"
)


class Spending:
    """The use of language models in requests, tokens, and cost, by day, person and model."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def reserve(
        self,
        db: Connection,
        reservation: str,
        day: date,
        by: Requester,
        wanted: int,
        budget: Budget,
        *,
        now: datetime,
        until: datetime,
    ) -> Allowance:
        """Set tokens aside for a request, or more of them under the same name, if the budget has them.

        They count as used until they are settled, or `until` a moment at which whoever set them aside must be gone.
        """
        allowance = budget.allow(wanted, await self._used(db, day, by, now))
        if allowance is Allowance.GRANTED:
            await db.execute(
                'INSERT INTO token_reservations (id, team, "user", day, tokens, expires_at) VALUES (?, ?, ?, ?, ?, ?)'
                " ON CONFLICT (id) DO UPDATE SET tokens = token_reservations.tokens + excluded.tokens,"
                " expires_at = excluded.expires_at",
                (reservation, by.team, by.user or None, day.isoformat(), wanted, to_text(until)),
            )
        return allowance

    @transaction
    async def settle(
        self, db: Connection, reservation: str, day: date, team: str, model: str, spent: Spent | None
    ) -> None:
        """Put what a request really cost, None for nothing, in the place of what was set aside for it.

        Whose it was, the reservation says: an erasure in between has taken their name out of it. Doing so twice counts
        once; what was set aside too long ago counts as nobody's of the workspace.
        """
        row = await db.row("SELECT team, coalesce(\"user\", '') FROM token_reservations WHERE id = ?", (reservation,))
        if spent:
            of_team, user = row or (team, "")
            await _add(db, day, of_team, user, model, spent)
        await db.execute("DELETE FROM token_reservations WHERE id = ?", (reservation,))

    @statement
    async def record(self, db: Connection, day: date, team: str, user: str, model: str, spent: Spent) -> None:
        """Add to what a model cost on a UTC day. An empty `user` is Paperboy itself. Recording twice counts twice."""
        await _add(db, day, team, user, model, spent)

    @reads
    async def on(self, db: Connection, day: date, team: str | None = None) -> Spent:
        """The cost of all models on a UTC day: in all workspaces, or what counts in the budget of one."""
        if team is None:
            return Spent(*await one(db, f"{_SUM} WHERE day = ?", (day.isoformat(),)))
        return Spent(*await one(db, f"{_SUM} WHERE day = ? AND team IN ('', ?)", (day.isoformat(), team)))

    @reads
    async def by(self, db: Connection, day: date, team: str, user: str) -> Spent:
        """The cost of one person's requests on a UTC day."""
        row = await one(db, f'{_SUM} WHERE day = ? AND team = ? AND "user" = ?', (day.isoformat(), team, user))
        return Spent(*row)

    @reads
    async def in_all(self, db: Connection) -> Spent:
        """The cost of all models on all days."""
        return Spent(*await one(db, _SUM))

    @reads
    async def used(self, db: Connection, day: date, team: str) -> int:
        """The tokens used on a UTC day that count in the budget of a workspace."""
        spent, _ = await _by_team(db, day, team)
        return used_by(team, spent)

    async def _used(self, db: Connection, day: date, by: Requester, now: datetime) -> Used:
        spent, reserved = await _by_team(db, day, by.team, reserved_at=now)
        together = {team: spent.get(team, 0) + reserved.get(team, 0) for team in spent.keys() | reserved.keys()}
        today = used_by(by.team, spent)
        if not by.user:
            return Used(today, used_by(by.team, together) - today)
        (theirs,) = await one(
            db,
            "SELECT CAST(coalesce(sum(input_tokens + output_tokens), 0) AS BIGINT) FROM model_spending"
            ' WHERE day = ? AND team = ? AND "user" = ?',
            (day.isoformat(), by.team, by.user),
        )
        (set_aside,) = await one(
            db,
            "SELECT CAST(coalesce(sum(tokens), 0) AS BIGINT) FROM token_reservations"
            ' WHERE day = ? AND team = ? AND "user" = ? AND expires_at > ?',
            (day.isoformat(), by.team, by.user, to_text(now)),
        )
        return Used(today, used_by(by.team, together) - today, theirs, set_aside)


async def _by_team(
    db: Connection, day: date, team: str, *, reserved_at: datetime | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """Tokens spent and reserved on a day by a workspace and by nobody, or by every workspace where `team` is empty."""
    among, values = (" AND team IN ('', ?)", (team,)) if team else ("", ())
    spent = await db.rows(
        "SELECT team, CAST(sum(input_tokens + output_tokens) AS BIGINT) FROM model_spending"
        f" WHERE day = ?{among} GROUP BY team",
        (day.isoformat(), *values),
    )
    if reserved_at is None:
        return dict(spent), {}
    reserved = await db.rows(
        "SELECT team, CAST(sum(tokens) AS BIGINT) FROM token_reservations"
        f" WHERE day = ?{among} AND expires_at > ? GROUP BY team",
        (day.isoformat(), *values, to_text(reserved_at)),
    )
    return dict(spent), dict(reserved)


async def _add(db: Connection, day: date, team: str, user: str, model: str, spent: Spent) -> None:
    await db.execute(
        'INSERT INTO model_spending (day, team, "user", model, requests, input_tokens, output_tokens, dollars)'
        ' VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, team, "user", model) DO UPDATE SET'
        " requests = model_spending.requests + excluded.requests, input_tokens = model_spending.input_tokens +"
        " excluded.input_tokens,"
        " output_tokens = model_spending.output_tokens + excluded.output_tokens, dollars ="
        " model_spending.dollars + excluded.dollars",
        (
            day.isoformat(),
            team,
            user,
            model,
            spent.requests,
            spent.input_tokens,
            spent.output_tokens,
            spent.dollars,
        ),
    )
