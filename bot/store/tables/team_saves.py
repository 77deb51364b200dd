"""Saves of a workspace's people, counted together, and papers that came up in a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.editions import EditionKind
from bot.rules.team import CANDIDATES, FEWEST_SAVERS, UNREAD_SINCE, Saves, Talk, WeekSaved, without_names
from bot.store.connection import Connection, Transactions, reads
from bot.store.tables.columns import marks, starting, to_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.store.connection import Row

# People of other organizations, and those whose accounts are deactivated, are no part of the team. Slack may have told
# nothing of somebody.
_OURS = "coalesce(p.is_external, 0) = 0 AND p.deactivated_at IS NULL"
_SAVED = (
    'FROM saved_papers s LEFT JOIN people p ON p.team = s.team AND p."user" = s."user"'
    f" WHERE s.team = ? AND s.listed = 1 AND s.saved_at >= ? AND s.saved_at < ? AND {_OURS}"
)
_SHOWS_NAME = "p.shows_name = 1 AND p.name IS NOT NULL"
# More of a crowd than this is not counted: nobody is found in it.
_MOST_OF_CROWD = 100_000


class TeamSaves:
    """Saves of a workspace's people, counted together, and papers that came up in a channel."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads
    async def week(
        self, db: Connection, team: str, channel: str | None, *, since: datetime, until: datetime
    ) -> WeekSaved:
        """The papers saved and talked about in a span of time, and those saved before that nobody has begun to read.

        What was talked about is that of one channel, and nothing where none is named.
        """
        span, before = (to_text(since), to_text(until)), (to_text(since - UNREAD_SINCE), to_text(since))
        saved = await db.rows(
            f"SELECT s.paper, count(*) {_SAVED} GROUP BY s.paper HAVING count(*) >= ?"
            " ORDER BY count(*) DESC, s.paper LIMIT ?",
            (team, *span, FEWEST_SAVERS, CANDIDATES),
        )
        unread = await db.rows(
            f"WITH saved AS (SELECT s.paper AS paper, count(*) AS savers {_SAVED} GROUP BY s.paper"
            " HAVING count(*) >= ?) SELECT a.paper, a.savers FROM saved a WHERE NOT EXISTS"
            " (SELECT 1 FROM saved_papers r WHERE r.paper = a.paper AND r.team = ? AND r.listed = 1"
            " AND r.state <> 'to_read') ORDER BY a.savers DESC, a.paper LIMIT ?",
            (team, *before, FEWEST_SAVERS, team, CANDIDATES),
        )
        crowd = await db.rows(
            "SELECT count(*) FROM (SELECT 1 FROM people p WHERE p.team = ? AND NOT"
            f" ({_SHOWS_NAME}) AND {_OURS} LIMIT ?) AS known",
            (team, _MOST_OF_CROWD),
        )
        return WeekSaved(
            saved=await _with_names(db, team, span, saved),
            talked_about=await _talked_about(db, team, channel, span) if channel else (),
            unread=await _with_names(db, team, before, unread),
            crowd=crowd[0][0],
        )


async def hide_names(db: Connection, team: str) -> None:
    """Take the names of people out of every team recap of a workspace that is kept, sent or not."""
    kept = await db.rows(
        "SELECT conversation, edition, part, payload FROM outbox WHERE team = ? AND edition_kind = 'team'"
        " AND payload <> ''",
        (team,),
    )
    for conversation, edition, part, payload in kept:
        await db.execute(
            "UPDATE outbox SET payload = ? WHERE team = ? AND conversation = ? AND edition = ? AND part = ?"
            " AND payload = ?",
            (without_names(payload), team, conversation, edition, part, payload),
        )


async def _with_names(db: Connection, team: str, span: tuple[str, str], counted: Sequence[Row]) -> tuple[Saves, ...]:
    """Papers and how many saved them, with the names of those of them who show theirs, the first to save first."""
    if not counted:
        return ()
    papers = [row[0] for row in counted]
    named: dict[str, list[str]] = {}
    for paper, name in await db.rows(
        f"SELECT s.paper, p.name {_SAVED} AND {_SHOWS_NAME} AND s.paper IN ({marks(papers)})"
        ' ORDER BY s.paper, s.saved_at, s."user"',
        (team, *span, *papers),
    ):
        named.setdefault(paper, []).append(name)
    return tuple(Saves(paper, savers, tuple(named.get(paper, ()))) for paper, savers in counted)


async def _talked_about(db: Connection, team: str, channel: str, span: tuple[str, str]) -> tuple[Talk, ...]:
    """The papers that came up in a channel, as often as Paperboy saw it."""
    this = (team, channel, *span)
    questions = await db.rows(
        "SELECT paper, count(*) FROM question_turns WHERE team = ? AND channel = ? AND at >= ? AND at < ?"
        " GROUP BY paper",
        this,
    )
    links = await db.rows(
        "SELECT paper, count(*) FROM link_previews WHERE team = ? AND channel = ? AND at >= ? AND at < ?"
        " AND is_shown = 1 GROUP BY paper",
        this,
    )
    shares = await db.rows(
        "SELECT part, count(*) FROM outbox WHERE team = ? AND conversation = ? AND sent_at >= ? AND sent_at < ?"
        " AND edition >= ? AND edition < ? AND state = 'sent' AND part <> 'header' GROUP BY part",
        (*this, *starting(f"{EditionKind.SHARE}:")),
    )
    counts = [dict[str, int](rows) for rows in (questions, links, shares)]
    return tuple(Talk(paper, *(each.get(paper, 0) for each in counts)) for paper in sorted(set().union(*counts)))
