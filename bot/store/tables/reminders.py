"""Reminders: who wants them, when each is due, and the papers there are to suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.editions import EditionKind
from bot.rules.reading_list import ReadingState
from bot.rules.reminders import LONGEST_AHEAD, ReminderPreference, WaitingPaper
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.columns import marks, optional_moment, optional_text, to_moment, to_text
from bot.store.tables.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.rules.outbox import Delivery
    from bot.store.connection import Row

_PREFERENCE = "is_on, weekday, snoozed_until, since, last_for, last_papers"
_THIS = 'team = ? AND "user" = ?'
_ENTRIES = (
    "SELECT s.paper, s.saved_at, s.state, (SELECT l.votes FROM listed_papers l WHERE l.paper = s.paper"
    " ORDER BY l.day DESC LIMIT 1), n.words, p.withdrawn FROM saved_papers s JOIN papers p ON p.id = s.paper"
    ' LEFT JOIN paper_lengths n ON n.paper = s.paper WHERE s.team = ? AND s."user" = ? AND s.listed = 1'
)
# As many as are chosen from: more than anybody has read of.
_MOST_WAITING = 5000


class Reminders:
    """Reminders: who wants them, when each is due, and the papers there are to suggest."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @query
    async def preference(self, db: Connection, team: str, user: str) -> ReminderPreference:
        """The wishes of a person; off where they never said."""
        row = await db.row(f"SELECT {_PREFERENCE} FROM reminders WHERE {_THIS}", (team, user))
        return _preference_from(row) if row else ReminderPreference()

    @transaction
    async def choose(
        self, db: Connection, team: str, user: str, preference: ReminderPreference, *, due_at: datetime | None
    ) -> None:
        """Keep what a person wants, and when to look next; one that waits to be sent is not sent any more.

        Which was the last one stays as it is.
        """
        await db.execute(
            'INSERT INTO reminders (team, "user", is_on, weekday, snoozed_until, since, due_at)'
            ' VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (team, "user") DO UPDATE SET is_on = excluded.is_on,'
            " weekday = excluded.weekday, snoozed_until = excluded.snoozed_until, since = excluded.since,"
            " due_at = excluded.due_at",
            (
                *(team, user, int(preference.is_on), preference.weekday),
                *(optional_text(preference.snoozed_until), optional_text(preference.since), optional_text(due_at)),
            ),
        )
        await db.execute(
            "DELETE FROM outbox WHERE team = ? AND conversation = ? AND edition_kind = ? AND state = 'pending'",
            (team, user, EditionKind.REMINDER),
        )

    @reads
    async def due(self, db: Connection, team: str, now: datetime, *, limit: int) -> list[tuple[str, datetime]]:
        """The people to look at now and since when, those that wait longest first."""
        rows = await db.rows(
            'SELECT "user", due_at FROM reminders WHERE team = ? AND due_at IS NOT NULL AND due_at <= ?'
            ' ORDER BY due_at, "user" LIMIT ?',
            (team, to_text(now), limit),
        )
        return [(user, to_moment(due_at)) for user, due_at in rows]

    @statement
    async def pull_back(self, db: Connection, team: str, *, now: datetime) -> int:
        """Look now at those who would be looked at so late only because the clock was ahead; how many these are.

        The last one they had counts as of now, so that the next one is a week away.
        """
        return await db.execute(
            "UPDATE reminders SET due_at = ?, last_for = CASE WHEN last_for > ? THEN CAST(? AS TEXT) ELSE last_for END"
            " WHERE team = ? AND due_at > ?",
            (to_text(now), to_text(now), to_text(now), team, to_text(now + LONGEST_AHEAD)),
        )

    @statement
    async def look_again(
        self, db: Connection, team: str, user: str, *, due_at: datetime, next_at: datetime | None
    ) -> bool:
        """Look at somebody next at `next_at`. False when they are not due at `due_at` any more."""
        moved = await db.execute(
            f"UPDATE reminders SET due_at = ? WHERE {_THIS} AND due_at = ?",
            (optional_text(next_at), team, user, to_text(due_at)),
        )
        return moved == 1

    @transaction
    async def plan(
        self,
        db: Connection,
        reminder: Delivery,
        *,
        slot: datetime,
        papers: Sequence[str],
        due_at: datetime,
        next_at: datetime | None,
        now: datetime,
    ) -> bool:
        """Put the reminder of a slot into the outbox, and look at that person next at `next_at`.

        False when they are not due at `due_at` any more, or want none by now: another process was there before.
        """
        team, user = reminder.key.team, reminder.key.conversation
        moved = await db.execute(
            f"UPDATE reminders SET due_at = ?, last_for = ?, last_papers = ? WHERE {_THIS} AND due_at = ?"
            " AND is_on = 1 AND (last_for IS NULL OR last_for < ?)",
            (optional_text(next_at), to_text(slot), " ".join(papers), team, user, to_text(due_at), to_text(slot)),
        )
        return moved == 1 and await Outbox(db).plan([reminder], now=now)

    @reads
    async def waiting(self, db: Connection, team: str, user: str) -> list[WaitingPaper]:
        """The papers that somebody has not read yet, those saved first in front."""
        rows = await db.rows(
            f"{_ENTRIES} AND s.state IN (?, ?) ORDER BY s.saved_at, s.paper LIMIT ?",
            (team, user, ReadingState.TO_READ, ReadingState.READING, _MOST_WAITING),
        )
        return list(map(_waiting_from, rows))

    @query
    async def entries(self, db: Connection, team: str, user: str, paper_ids: Sequence[str]) -> dict[str, WaitingPaper]:
        """Those of the papers that are on somebody's list, in whatever state."""
        rows = await db.rows(f"{_ENTRIES} AND s.paper IN ({marks(paper_ids)})", (team, user, *paper_ids))
        return {row[0]: _waiting_from(row) for row in rows}


def _waiting_from(row: Row) -> WaitingPaper:
    paper, saved_at, state, votes, words, withdrawn = row
    return WaitingPaper(paper, to_moment(saved_at), ReadingState(state), votes, words, bool(withdrawn))


def _preference_from(row: Row) -> ReminderPreference:
    is_on, weekday, snoozed_until, since, last_for, last_papers = row
    return ReminderPreference(
        bool(is_on),
        weekday,
        optional_moment(snoozed_until),
        optional_moment(since),
        optional_moment(last_for),
        tuple(last_papers.split()),
    )
