"""Everything Paperboy remembers, a subject at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.tables.channels import Channels
from bot.store.tables.due_claims import DueClaims
from bot.store.tables.feedback import SummaryFeedback
from bot.store.tables.incoming_messages import IncomingMessages
from bot.store.tables.installations import Installations
from bot.store.tables.leases import StoredLeases
from bot.store.tables.link_previews import LinkPreviews
from bot.store.tables.list_emoji import ListEmojiChoices
from bot.store.tables.list_imports import ListImports
from bot.store.tables.listings import Listings
from bot.store.tables.maintenance import Maintenance, StoreStats
from bot.store.tables.memberships import Memberships
from bot.store.tables.newer_blocks import NewerBlocks
from bot.store.tables.outages import Outages
from bot.store.tables.outbox import Outbox
from bot.store.tables.paper_news import NewsOfPapers
from bot.store.tables.papers import Papers
from bot.store.tables.people import People
from bot.store.tables.personal_data import PersonalData
from bot.store.tables.posted import Posted
from bot.store.tables.questions import Questions
from bot.store.tables.rate_limits import RateLimits
from bot.store.tables.reading_lists import ReadingLists
from bot.store.tables.reminders import Reminders
from bot.store.tables.reports import Reports
from bot.store.tables.requests import Requests
from bot.store.tables.search import Search
from bot.store.tables.spending import Spending
from bot.store.tables.summaries import Summaries
from bot.store.tables.summary_failures import SummaryFailures
from bot.store.tables.team_saves import TeamSaves
from bot.store.tables.told_reactions import ToldReactions

if TYPE_CHECKING:
    from bot.store.connection import Database

__all__ = [
    "Channels",
    "DueClaims",
    "IncomingMessages",
    "Installations",
    "LinkPreviews",
    "ListEmojiChoices",
    "ListImports",
    "Listings",
    "Maintenance",
    "Memberships",
    "NewerBlocks",
    "NewsOfPapers",
    "Outages",
    "Outbox",
    "Papers",
    "People",
    "PersonalData",
    "Posted",
    "Questions",
    "RateLimits",
    "ReadingLists",
    "Reminders",
    "Reports",
    "Requests",
    "Search",
    "Spending",
    "Store",
    "StoreStats",
    "StoredLeases",
    "Summaries",
    "SummaryFailures",
    "SummaryFeedback",
    "TeamSaves",
    "ToldReactions",
]


class Store:
    """All stored data: a bundle of small parts over one database. Values in, values out; datetimes are aware.

    A method that returns has its work on disk. Any method may raise `StoreError`, and then has changed nothing. Any
    method may be called twice with the same arguments; the second call changes nothing.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.papers = Papers(database)
        self.listings = Listings(database)
        self.summaries = Summaries(database)
        self.summary_failures = SummaryFailures(database)
        self.reports = Reports(database)
        self.feedback = SummaryFeedback(database)
        self.questions = Questions(database)
        self.spending = Spending(database)
        self.people = People(database)
        self.personal_data = PersonalData(database)
        self.channels = Channels(database)
        self.due_claims = DueClaims(database)
        self.memberships = Memberships(database)
        self.installations = Installations(database)
        self.requests = Requests(database)
        self.incoming_messages = IncomingMessages(database)
        self.outbox = Outbox(database)
        self.newer_blocks = NewerBlocks(database)
        self.posted = Posted(database)
        self.link_previews = LinkPreviews(database)
        self.reading_lists = ReadingLists(database)
        self.told_reactions = ToldReactions(database)
        self.list_imports = ListImports(database)
        self.reminders = Reminders(database)
        self.paper_news = NewsOfPapers(database)
        self.list_emoji = ListEmojiChoices(database)
        self.team_saves = TeamSaves(database)
        self.search = Search(database)
        self.rate_limits = RateLimits(database)
        self.outages = Outages(database)
        self.leases = StoredLeases(database)
        self.maintenance = Maintenance(database)

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""
        await self.database.close()
