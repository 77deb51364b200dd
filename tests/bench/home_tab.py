"""The contents of a Home tab of somebody with 5,000 saves, beside the same queries by raw sqlite3.

Slack is asked for nothing, as no channel is set up, and the latest papers are put together once for everybody.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import MovableClock
from bot.rules.channels import Person
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import ListedPaper, Listing, Paper
from bot.services import open_services
from bot.settings import Settings
from bot.slack.client import new_client, open_session
from bot.slack.conversations import Conversations
from bot.slack.installation import Installation
from bot.slack.profiles import Profiles
from bot.use_cases.home import HomeContents
from bot.use_cases.latest_papers import LatestPapers
from bot.use_cases.reading_lists import ReadingListActions
from tests.bench.reading_list import COUNT, PAGE

TEAM, READER, SAVES = "T1", "UREADER", 5000
WARM_UP, ASKED, ON_A_PAGE = 50, 500, 10
PERSON = "SELECT locale, timezone, language, read_at FROM people WHERE team = ? AND user = ?"
CHANNELS = "SELECT 1 FROM channels WHERE team = ? LIMIT 1"
SAVED = "SELECT paper FROM saved_papers WHERE team = ? AND user = ? AND listed = 1 AND paper IN ({})"


async def measure() -> tuple[float, float]:
    """The median milliseconds of reading what a Home tab shows, by Paperboy and by raw sqlite3."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paperboy.db"
        settings = Settings(database_url=f"sqlite:///{path}")
        clock = MovableClock(datetime(2026, 8, 18, 9, tzinfo=UTC))
        async with open_services(settings, clock=clock) as services, open_session(settings.network) as session:
            store, now = services.store, clock.now()
            day = HUGGING_FACE.last_listing_day(now)
            papers = [ListedPaper(_paper(number), votes=100 - number) for number in range(ON_A_PAGE)]
            await store.listings.remember(Listing(day, tuple(papers), now, ""), papers)
            await store.people.remember(Person(TEAM, READER, "en-US", "Europe/Berlin"), now=now)
            _fill(path)
            client = new_client(settings, session, token="xoxb-0")
            profiles = Profiles(
                store.channels, store.people, client, Installation(TEAM, "U0"), clock, default_language="en"
            )
            contents = HomeContents(
                store.channels,
                store.people,
                store.reading_lists,
                ReadingListActions(store.papers, store.reading_lists, profiles, clock),
                LatestPapers(store.listings, services.library, clock),
                Conversations(store.channels, client, Installation(TEAM, "U0")),
            )
            ids = [each.paper.id for each in papers]
            ours, raw = [], []
            with closing(sqlite3.connect(path)) as db:
                for number in range(WARM_UP + ASKED):
                    began = time.perf_counter()
                    home = await contents.read(TEAM, READER, page=1, language="en")
                    took = time.perf_counter() - began
                    assert (home.total, len(home.entries)) == (SAVES, ON_A_PAGE)
                    began = time.perf_counter()
                    db.execute(CHANNELS, (TEAM,)).fetchall()
                    db.execute(PERSON, (TEAM, READER)).fetchone()
                    db.execute(COUNT, (TEAM, READER)).fetchone()
                    db.execute(PAGE, (TEAM, READER, ON_A_PAGE, 0)).fetchall()
                    db.execute(SAVED.format(", ".join("?" * len(ids))), (TEAM, READER, *ids)).fetchall()
                    if number >= WARM_UP:
                        ours.append(took)
                        raw.append(time.perf_counter() - began)
    return statistics.median(ours) * 1000, statistics.median(raw) * 1000


def _paper(number: int) -> Paper:
    return Paper(f"2608.{number:05}", f"Paper {number}", ("Ana Ruiz",), abstract="We present a method. " * 50)


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executemany(
            "INSERT INTO papers (id, title, authors, abstract, source, read_at)"
            " VALUES (?, ?, '[\"Ana Ruiz\"]', ?, 'hugging_face', '2026-08-17T00:00:00.000000+00:00')"
            " ON CONFLICT DO NOTHING",
            ((f"2608.{number:05}", f"Paper {number}", "We present a method. " * 50) for number in range(SAVES)),
        )
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, 1, ?)",
            ((TEAM, READER, f"2608.{number:05}", f"2026-08-17T00:00:00.{number:06}+00:00") for number in range(SAVES)),
        )
        db.commit()
