"""What language models were asked, by day, person and model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.budget import Spent

if TYPE_CHECKING:
    from datetime import date
    from sqlite3 import Connection


def record_spending(db: Connection, day: date, team: str, user: str, model: str, spent: Spent) -> None:
    """Add to what was spent that day; an empty `user` is Paperboy itself."""
    db.execute(
        "INSERT INTO model_spending (day, team, user, model, requests, input_tokens, output_tokens, dollars)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, team, user, model) DO UPDATE SET"
        " requests = requests + excluded.requests, input_tokens = input_tokens + excluded.input_tokens,"
        " output_tokens = output_tokens + excluded.output_tokens, dollars = dollars + excluded.dollars",
        (day.isoformat(), team, user, model, spent.requests, spent.input_tokens, spent.output_tokens, spent.dollars),
    )


_SUM = (
    "SELECT coalesce(sum(requests), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),"
    " coalesce(sum(dollars), 0.0) FROM model_spending"
)


def spent_on(db: Connection, day: date) -> Spent:
    """By all, in all workspaces."""
    return Spent(*db.execute(f"{_SUM} WHERE day = ?", (day.isoformat(),)).fetchone())


def spent_by(db: Connection, day: date, team: str, user: str) -> Spent:
    """By one person."""
    row = db.execute(f"{_SUM} WHERE day = ? AND team = ? AND user = ?", (day.isoformat(), team, user)).fetchone()
    return Spent(*row)


def spent_in_all(db: Connection) -> Spent:
    """On all days."""
    return Spent(*db.execute(_SUM).fetchone())
