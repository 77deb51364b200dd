"""The use of language models in requests, tokens, and cost, by day, person and model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.budget import Spent
from bot.store.connection import Connection, Transactions, reads, statement
from bot.store.tables.columns import one

if TYPE_CHECKING:
    from datetime import date

# A sum of whole numbers is no whole number to PostgreSQL, unless it is told so.
_SUM = (
    "SELECT CAST(coalesce(sum(requests), 0) AS BIGINT), CAST(coalesce(sum(input_tokens), 0) AS BIGINT),"
    " CAST(coalesce(sum(output_tokens), 0) AS BIGINT), coalesce(sum(dollars), 0.0) FROM model_spending"
)


class Spending:
    """The use of language models in requests, tokens, and cost, by day, person and model."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @statement
    async def record(self, db: Connection, day: date, team: str, user: str, model: str, spent: Spent) -> None:
        """Add to what a model cost on a UTC day. An empty `user` is Paperboy itself. Recording twice counts twice."""
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

    @reads
    async def on(self, db: Connection, day: date) -> Spent:
        """The cost of all models on a UTC day, in all workspaces."""
        return Spent(*await one(db, f"{_SUM} WHERE day = ?", (day.isoformat(),)))

    @reads
    async def by(self, db: Connection, day: date, team: str, user: str) -> Spent:
        """The cost of one person's requests on a UTC day."""
        row = await one(db, f'{_SUM} WHERE day = ? AND team = ? AND "user" = ?', (day.isoformat(), team, user))
        return Spent(*row)

    @reads
    async def in_all(self, db: Connection) -> Spent:
        """The cost of all models on all days."""
        return Spent(*await one(db, _SUM))
