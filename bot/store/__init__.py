"""Everything Paperboy remembers, a subject at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.parts import (
    Channels,
    Duties,
    Listings,
    Maintenance,
    Memberships,
    Outages,
    Outbox,
    Papers,
    People,
    Posted,
    ReadingLists,
    Reports,
    Requests,
    Spending,
    Summaries,
    SummaryFailures,
)
from bot.store.vital_signs import VitalSigns

if TYPE_CHECKING:
    from bot.store.sqlite import SqliteDatabase

__all__ = [
    "Channels",
    "Duties",
    "Listings",
    "Maintenance",
    "Memberships",
    "Outages",
    "Outbox",
    "Papers",
    "People",
    "Posted",
    "ReadingLists",
    "Reports",
    "Requests",
    "Spending",
    "Store",
    "Summaries",
    "SummaryFailures",
    "VitalSigns",
]


class Store:
    """What is remembered: a bundle of small parts over one database. Values in, values out; datetimes are aware.

    A method that returns has its work on disk. Any method may raise `StoreError`, and then has changed nothing. Any
    method may be called twice with the same arguments; the second call changes nothing.
    """

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.papers = Papers(database)
        self.listings = Listings(database)
        self.summaries = Summaries(database)
        self.summary_failures = SummaryFailures(database)
        self.reports = Reports(database)
        self.spending = Spending(database)
        self.people = People(database)
        self.channels = Channels(database)
        self.duties = Duties(database)
        self.memberships = Memberships(database)
        self.requests = Requests(database)
        self.outbox = Outbox(database)
        self.posted = Posted(database)
        self.reading_lists = ReadingLists(database)
        self.outages = Outages(database)
        self.maintenance = Maintenance(database)

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        await self.database.close()
