"""The database's health, its counts, and its pruning."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables import pruning
from bot.store.tables.columns import one, optional_moment
from bot.store.tables.feedback import SummaryFeedback
from bot.store.tables.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.rules.budget import Spent
    from bot.rules.feedback import Rating

# How often a look at the database's health writes to it, in seconds: anybody may look as often as they like.
WRITTEN_EVERY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class StoreStats:
    """Counts for operators: messages in the outbox and channels by state, entries of reading lists, the cost of
    language models in all, and ratings of their summaries by model and rating. `waiting_since` is when the message was
    planned that has waited longest to be sent."""

    deliveries: Mapping[str, int]
    channels: Mapping[str, int]
    saved_papers: int
    last_sent: datetime | None
    waiting_since: datetime | None
    model: Spent
    feedback: Mapping[tuple[str, Rating], int]


class Maintenance:
    """The database's health, its counts, and its pruning."""

    def __init__(self, database: Transactions) -> None:
        self._database = database
        self._written_at: float | None = None

    async def check(self) -> None:
        """Return when the database can be read and, tried now and then, written."""
        await self._read_something()
        if self._written_at is not None and monotonic() - self._written_at < WRITTEN_EVERY_SECONDS:
            return
        self._written_at = monotonic()
        try:
            await self._write_something()
        except StoreError:
            self._written_at = None
            raise

    @reads
    async def _read_something(self, db: Connection) -> None:
        await db.row("SELECT count(*) FROM teams")

    @statement
    async def _write_something(self, db: Connection) -> None:
        """A full disk, or one that can only be read, lets everything be read."""
        await db.execute("UPDATE last_check SET checks = checks + 1")

    @reads
    async def stats(self, db: Connection) -> StoreStats:
        """The counts of messages, channels and saved papers, the last message's time, and the cost of models."""
        (saved,) = await one(db, "SELECT count(*) FROM saved_papers WHERE listed = 1")
        (last_sent,) = await one(db, "SELECT max(sent_at) FROM outbox WHERE state = 'sent'")
        (waiting_since,) = await one(
            db, "SELECT min(planned_at) FROM outbox WHERE state IN ('pending', 'claimed', 'in_doubt')"
        )
        return StoreStats(
            deliveries=dict(await db.rows("SELECT state, count(*) FROM outbox GROUP BY state")),
            channels=dict(await db.rows("SELECT state, count(*) FROM channels GROUP BY state")),
            saved_papers=saved,
            last_sent=optional_moment(last_sent),
            waiting_since=optional_moment(waiting_since),
            model=await Spending(db).in_all(),
            feedback=await SummaryFeedback(db).counts(),
        )

    async def prune(self, *, now: datetime, may_go_on: Callable[[], bool] = lambda: True) -> None:
        """Delete what nothing can need any more, and no more than that: see `bot.store.tables.pruning`.

        Other writes come in between, however much there is; it ends where `may_go_on` says no. For once a day.
        """
        for step in pruning.STEPS:
            position: tuple[str, ...] | None = ()
            while position is not None and may_go_on():
                position = await self._step(step, position, now)

    @transaction
    async def _step(
        self, db: Connection, step: pruning.Step, position: tuple[str, ...], now: datetime
    ) -> tuple[str, ...] | None:
        return await step(db, position, now)
