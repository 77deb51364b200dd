"""The days papers were listed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.papers import Listing
from bot.store.connection import Connection, Transactions, reads, reads_few, statement, transaction
from bot.store.tables.columns import one, optional_text, to_day, to_moment, to_text
from bot.store.tables.paper_rows import PAPER_COLUMNS, add_paper_facts, listed_from, remember_papers
from bot.store.tables.search import index_papers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.rules.papers import ListedPaper

_LISTED = (
    f"SELECT {PAPER_COLUMNS}, l.votes, l.comments, l.submitted_at, l.submitted_by"
    " FROM listed_papers l JOIN papers p ON p.id = l.paper"
)


class Listings:
    """The days' lists, as last read."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def remember(self, db: Connection, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
        """Keep a day's list as it stands now, in place of an earlier reading, and the papers on it."""
        day = listing.day.isoformat()
        kept = await db.execute(
            "INSERT INTO listings (day, fetched_at, raw) VALUES (?, ?, ?)"
            " ON CONFLICT (day) DO UPDATE SET fetched_at = excluded.fetched_at, raw = excluded.raw"
            " WHERE excluded.fetched_at >= listings.fetched_at",
            (day, to_text(listing.fetched_at), listing.raw),
        )
        if kept == 0:
            for listed in ranked:
                if await db.row("SELECT 1 FROM papers WHERE id = ?", (listed.paper.id,)) is None:
                    await remember_papers(db, [listed.paper], "hugging_face", listing.fetched_at)
                    await index_papers(db, [listed.paper.id])
            return
        known = await db.rows("SELECT paper, submitted_by FROM listed_papers WHERE day = ?", (day,))
        submitters: dict[str, str | None] = dict(known)
        await db.execute("DELETE FROM listed_papers WHERE day = ?", (day,))
        await remember_papers(db, [listed.paper for listed in ranked], "hugging_face", listing.fetched_at)
        for rank, listed in enumerate(ranked, start=1):
            await db.execute(
                "INSERT INTO listed_papers (day, paper, rank, votes, comments, submitted_at, submitted_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    day,
                    listed.paper.id,
                    rank,
                    listed.votes,
                    listed.comments,
                    optional_text(listed.submitted_at),
                    listed.submitted_by or submitters.get(listed.paper.id),
                ),
            )
        await index_papers(db, {*submitters, *(listed.paper.id for listed in ranked)})

    @reads
    async def to_read_again(self, db: Connection) -> list[date]:
        """The days whose lists an earlier release read, which did not keep all they tell, oldest first."""
        return [to_day(day) for (day,) in await db.rows("SELECT day FROM lists_to_read_again ORDER BY day")]

    @transaction
    async def add_facts(self, db: Connection, day: date, papers: Sequence[ListedPaper]) -> None:
        """Add what a day's list was found to tell when it was read again, where nothing is known in its place.

        The day is then no longer one to read again.
        """
        for listed in papers:
            await add_paper_facts(db, listed.paper)
            await db.execute(
                "UPDATE listed_papers SET submitted_by = coalesce(submitted_by, ?) WHERE day = ? AND paper = ?",
                (listed.submitted_by, day.isoformat(), listed.paper.id),
            )
        await db.execute("DELETE FROM lists_to_read_again WHERE day = ?", (day.isoformat(),))
        await index_papers(db, [listed.paper.id for listed in papers])

    @reads
    async def find(self, db: Connection, day: date) -> Listing | None:
        """A day's list as last read, ranked."""
        head = await db.row("SELECT fetched_at, raw FROM listings WHERE day = ?", (day.isoformat(),))
        if head is None:
            return None
        rows = await db.rows(f"{_LISTED} WHERE l.day = ? ORDER BY l.rank", (day.isoformat(),))
        return Listing(day, tuple(listed_from(row) for row in rows), to_moment(head[0]), head[1])

    @reads
    async def between(self, db: Connection, after: date, until: date) -> list[ListedPaper]:
        """Every paper on the lists of the days after one and up to another, as on the latest of them that has it."""
        rows = await db.rows(
            f"{_LISTED} WHERE l.day > ? AND l.day <= ? AND NOT EXISTS (SELECT 1 FROM listed_papers later"
            " WHERE later.paper = l.paper AND later.day > l.day AND later.day <= ?) ORDER BY l.votes DESC, l.paper",
            (after.isoformat(), until.isoformat(), until.isoformat()),
        )
        return [listed_from(row) for row in rows]

    @statement
    async def remember_empty_day(self, db: Connection, day: date, *, now: datetime) -> None:
        """Keep that a day has no list; a list read before stays."""
        await db.execute(
            "INSERT INTO empty_days (day, read_at) VALUES (?, ?)"
            " ON CONFLICT (day) DO UPDATE SET read_at = excluded.read_at WHERE excluded.read_at >= empty_days.read_at",
            (day.isoformat(), to_text(now)),
        )

    @reads
    async def days_read(self, db: Connection, since: date, until: date) -> dict[date, datetime]:
        """The moments when the days from `since` to `until` were last read, with papers or empty; days never read are
        not in it."""
        rows = await db.rows(
            "SELECT day, max(at)"
            " FROM (SELECT day, fetched_at AS at FROM listings UNION ALL SELECT day, read_at FROM empty_days) AS"
            " every_day"
            " WHERE day BETWEEN ? AND ? GROUP BY day",
            (since.isoformat(), until.isoformat()),
        )
        return {to_day(day): to_moment(at) for day, at in rows}

    @reads_few
    async def latest_day(self, db: Connection, until: date) -> date | None:
        """The latest day up to `until` whose list, as last read, has papers; None when there is none."""
        row = await one(db, "SELECT max(day) FROM listed_papers WHERE day <= ?", (until.isoformat(),))
        return to_day(row[0]) if row[0] else None

    @reads
    async def last_listed(self, db: Connection, paper_id: str) -> ListedPaper | None:
        """A paper as it stood on the latest day's list that has it."""
        row = await db.row(f"{_LISTED} WHERE l.paper = ? ORDER BY l.day DESC LIMIT 1", (paper_id,))
        return listed_from(row) if row else None
