"""Questions that people asked about papers, for what the next one follows up on; kept for a week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.questions import MOST_A_DAY, TURNS_KEPT, TURNS_READ, QuestionThread, QuestionTurn, reached_limit
from bot.store.connection import Connection, Transactions, reads, statement, transaction
from bot.store.tables.columns import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.questions import QuestionLimit

_THIS = 'team = ? AND channel = ? AND thread_ts = ? AND at = ? AND "user" = ?'


class Questions:
    """Questions about papers and their answers, by the thread they were asked in."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def begin(self, db: Connection, turn: QuestionTurn) -> QuestionLimit | None:
        """Keep a question that is not answered yet; the limit, and nothing kept, where its asker has reached one."""
        if await db.row(f"SELECT 1 FROM question_turns WHERE {_THIS}", _key(turn)):
            return None
        rows = await db.rows(
            'SELECT at FROM question_turns WHERE team = ? AND "user" = ? AND at > ? AND at <= ? ORDER BY at LIMIT ?',
            (turn.thread.team, turn.user, to_text(turn.at - timedelta(days=1)), to_text(turn.at), MOST_A_DAY),
        )
        limit = reached_limit([to_moment(at) for (at,) in rows], turn.at)
        if limit is None:
            await db.execute(
                'INSERT INTO question_turns (team, channel, thread_ts, at, "user", paper, question, answer)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (*_key(turn), turn.paper_id, turn.question, turn.answer),
            )
        return limit

    @statement
    async def finish(self, db: Connection, turn: QuestionTurn) -> None:
        """Keep the answer to a question that is known; the first one stays."""
        await db.execute(
            f"UPDATE question_turns SET answer = ? WHERE {_THIS} AND answer = ''", (turn.answer, *_key(turn))
        )

    @reads
    async def latest(self, db: Connection, thread: QuestionThread, *, now: datetime) -> list[QuestionTurn]:
        """The last few questions of a thread, oldest first; none from more than a week ago."""
        rows = await db.rows(
            'SELECT at, "user", paper, question, answer FROM question_turns'
            " WHERE team = ? AND channel = ? AND thread_ts = ? AND at > ? ORDER BY at DESC LIMIT ?",
            (thread.team, thread.channel, thread.thread_ts, to_text(now - TURNS_KEPT), TURNS_READ),
        )
        return [
            QuestionTurn(thread, user, paper, question, to_moment(at), answer)
            for at, user, paper, question, answer in reversed(rows)
        ]


def _key(turn: QuestionTurn) -> tuple[str, str, str, str, str]:
    return turn.thread.team, turn.thread.channel, turn.thread.thread_ts, to_text(turn.at), turn.user
