"""Saves of a workspace's people, counted together, and papers that came up in a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.editions import EditionKind
from bot.rules.team import CANDIDATES, FEWEST_SAVERS, UNREAD_SINCE, Saves, Talk, without_names
from bot.store.connection import Connection, Transactions, reads, transaction
from bot.store.tables.columns import marks, one, starting, to_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

# People of other organizations, and those whose accounts are deactivated, are no part of the team.
_OF_TEAM = (
    's."user" NOT IN (SELECT "user" FROM people WHERE team = ? AND deactivated_at IS NOT NULL'
    ' UNION ALL SELECT "user" FROM people WHERE team = ? AND is_external = 1)'
)
_SAVED = (
    "FROM saved_papers s WHERE s.team = ? AND s.listed = 1 AND s.saved_at >= ? AND s.saved_at < ?"
    f" AND {_OF_TEAM} GROUP BY s.paper HAVING count(*) >= ?"
)
_IS_NAMED = "p.name IS NOT NULL AND p.shows_name = 1 AND p.deactivated_at IS NULL AND p.is_external = 0"
# More of a crowd than this is not counted: nobody is found in it.
_MOST_OF_CROWD = 100_000
# Where more people keep a list, enough of them are known.
_KEEPERS_LOOKED_AT = 300


class TeamSaves:
    """Saves of a workspace's people, counted together, and papers that came up in a channel."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @reads
    async def saved(self, db: Connection, team: str, *, since: datetime, until: datetime) -> tuple[Saves, ...]:
        """The papers that several people saved in a span of time, the most saved first, with the names of those who
        show theirs, the first to save first."""
        span = (to_text(since), to_text(until))
        counted = await db.rows(
            f"SELECT s.paper, count(*) {_SAVED} ORDER BY count(*) DESC, s.paper LIMIT ?",
            (team, *span, team, team, FEWEST_SAVERS, CANDIDATES),
        )
        papers = [row[0] for row in counted]
        named: dict[str, list[str]] = {}
        if papers:
            for paper, name in await db.rows(
                'SELECT s.paper, p.name FROM saved_papers s JOIN people p ON p.team = s.team AND p."user" = s."user"'
                " WHERE s.team = ? AND s.listed = 1 AND s.saved_at >= ? AND s.saved_at < ?"
                f' AND s.paper IN ({marks(papers)}) AND {_IS_NAMED} ORDER BY s.paper, s.saved_at, s."user"',
                (team, *span, *papers),
            ):
                named.setdefault(paper, []).append(name)
        return tuple(Saves(paper, savers, tuple(named.get(paper, ()))) for paper, savers in counted)

    @reads
    async def unread(self, db: Connection, team: str, *, before: datetime) -> tuple[Saves, ...]:
        """The papers that several people saved in the time before a moment and nobody has begun to read since, without
        names."""
        rows = await db.rows(
            f"WITH saved AS (SELECT s.paper AS paper, count(*) AS savers {_SAVED}) SELECT a.paper, a.savers"
            " FROM saved a WHERE NOT EXISTS (SELECT 1 FROM saved_papers r WHERE r.paper = a.paper AND r.team = ?"
            " AND r.listed = 1 AND r.state <> 'to_read') ORDER BY a.savers DESC, a.paper LIMIT ?",
            (team, to_text(before - UNREAD_SINCE), to_text(before), team, team, FEWEST_SAVERS, team, CANDIDATES),
        )
        return tuple(Saves(paper, savers) for paper, savers in rows)

    @reads
    async def crowd(self, db: Connection, team: str) -> int:
        """The number of people of a workspace, of those who are known or keep a list, whose names are not shown."""
        row = await one(
            db,
            "SELECT count(*) FROM (SELECT 1 FROM people p WHERE p.team = ? AND p.deactivated_at IS NULL"
            " AND p.is_external = 0 AND (p.name IS NULL OR p.shows_name = 0) LIMIT ?) AS known",
            (team, _MOST_OF_CROWD),
        )
        return int(row[0]) + await _unknown_keepers(db, team)

    @reads
    async def unknown_savers(
        self, db: Connection, team: str, papers: Collection[str], *, since: datetime, until: datetime, limit: int
    ) -> list[str]:
        """Some of those who saved any of these papers in a span of time and of whom Slack has told nothing."""
        if not papers:
            return []
        rows = await db.rows(
            'SELECT s."user" FROM saved_papers s LEFT JOIN people p ON p.team = s.team AND p."user" = s."user"'
            " WHERE s.team = ? AND s.listed = 1 AND s.saved_at >= ? AND s.saved_at < ?"
            f" AND s.paper IN ({marks(list(papers))}) AND (p.checked_at IS NULL OR p.checked_at = '')"
            " ORDER BY s.saved_at LIMIT ?",
            (team, to_text(since), to_text(until), *papers, limit),
        )
        return sorted({user for (user,) in rows})

    @reads
    async def talked_about(
        self, db: Connection, team: str, channel: str, *, since: datetime, until: datetime
    ) -> tuple[Talk, ...]:
        """The papers that came up in a channel in a span of time, as often as Paperboy saw it."""
        this = (team, channel, to_text(since), to_text(until))
        questions = await db.rows(
            "SELECT paper, count(*) FROM question_turns WHERE team = ? AND channel = ? AND at >= ? AND at < ?"
            " GROUP BY paper",
            this,
        )
        links = await db.rows(
            "SELECT paper, 1 FROM link_previews WHERE team = ? AND channel = ? AND at >= ? AND at < ? AND is_shown = 1",
            this,
        )
        shares = await db.rows(
            "SELECT part, count(*) FROM outbox WHERE team = ? AND conversation = ? AND sent_at >= ? AND sent_at < ?"
            " AND edition >= ? AND edition < ? AND state = 'sent' AND part <> 'header' GROUP BY part",
            (*this, *starting(f"{EditionKind.SHARE}:")),
        )
        counts = [dict[str, int](rows) for rows in (questions, links, shares)]
        return tuple(Talk(paper, *(each.get(paper, 0) for each in counts)) for paper in sorted(set().union(*counts)))

    @transaction
    async def hide_names_taken_back(self, db: Connection, team: str, names: Collection[str]) -> None:
        """Take all names out of the recaps that are kept where one of these is shown no more."""
        if not names:
            return
        shown = await db.rows(
            f"SELECT DISTINCT p.name FROM people p WHERE p.team = ? AND {_IS_NAMED}"
            f" AND p.name IN ({marks(list(names))})",
            (team, *names),
        )
        if set(names) - {name for (name,) in shown}:
            await hide_names(db, team)


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


async def _unknown_keepers(db: Connection, team: str) -> int:
    """The number of people with a list who are not among those known, as far as the first few hundred of them go."""
    # From person to person by the key: what each of them has is not walked through.
    this = 'SELECT min("user") FROM saved_papers WHERE team = ?'
    found = await db.rows(
        f"WITH RECURSIVE keepers(who, number) AS (SELECT ({this}), 1 UNION ALL"
        f' SELECT ({this} AND "user" > keepers.who), number + 1 FROM keepers'
        " WHERE keepers.who IS NOT NULL AND number < ?)"
        " SELECT who FROM keepers WHERE who IS NOT NULL",
        (team, team, _KEEPERS_LOOKED_AT),
    )
    keepers = [who for (who,) in found]
    if not keepers:
        return 0
    known = await one(
        db, f'SELECT count(*) FROM people WHERE team = ? AND "user" IN ({marks(keepers)})', (team, *keepers)
    )
    return len(keepers) - int(known[0])
