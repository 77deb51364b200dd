"""The contents of a Home tab of somebody with 5,000 saves, whole and filtered, beside the same queries by raw sqlite3.

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
from bot.rules.home import HomeState
from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.papers import ListedPaper, Listing, Paper
from bot.rules.reading_list import ReadingState
from bot.services import open_services
from bot.settings import Settings
from bot.slack.client import new_client, open_session
from bot.slack.conversations import Conversations
from bot.slack.installation import Installation
from bot.slack.profiles import Profiles
from bot.use_cases.home import HomeContents
from bot.use_cases.latest_papers import LatestPapers
from bot.use_cases.reading_lists import ReadingListActions
from tests.bench.reading_list import COUNT

TEAM, READER, SAVES = "T1", "UREADER", 5000
WARM_UP, ASKED, ON_A_PAGE = 50, 500, 10
PERSON = "SELECT locale, timezone, language, read_at FROM people WHERE team = ? AND user = ?"
CHANNELS = "SELECT 1 FROM channels WHERE team = ? LIMIT 1"
COUNTS = "SELECT state, count(*) FROM saved_papers WHERE team = ? AND user = ? AND listed = 1 GROUP BY state"
TAGS = "SELECT tag, count(*) FROM saved_tags WHERE team = ? AND user = ? GROUP BY tag ORDER BY count(*) DESC, tag"
VOTES = "(SELECT l.votes FROM listed_papers l WHERE l.paper = p.id ORDER BY l.day DESC LIMIT 1)"
PAGE = f"""
    SELECT p.*, s.saved_at, s.state, s.note, s.tags, s.origin, {VOTES}
    FROM saved_papers s JOIN papers p ON p.id = s.paper
    WHERE s.team = ? AND s.user = ? AND s.listed = 1 AND {{}} ORDER BY s.saved_at DESC, s.paper LIMIT ?
"""
TAG = "diffusion"
TAGGED = f"paper IN (SELECT paper FROM saved_tags WHERE team = '{TEAM}' AND user = '{READER}' AND tag = '{TAG}')"
# What is wanted of the list, and the same for sqlite3.
WANTED = (
    (WHOLE_LIST, "state <> 'archived'"),
    (ListFilter(frozenset({ReadingState.DONE})), "state = 'done'"),
    (ListFilter(tag=TAG), f"state <> 'archived' AND {TAGGED}"),
)
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
                    sought, condition = WANTED[number % len(WANTED)]
                    began = time.perf_counter()
                    home = await contents.read(TEAM, READER, HomeState(filter=sought), language="en")
                    took = time.perf_counter() - began
                    assert (home.list.total >= SAVES // 6, len(home.list.entries)) == (True, ON_A_PAGE)
                    began = time.perf_counter()
                    db.execute(CHANNELS, (TEAM,)).fetchall()
                    db.execute(PERSON, (TEAM, READER)).fetchone()
                    db.execute(f"{COUNT} AND {condition}", (TEAM, READER)).fetchone()
                    db.execute(PAGE.format(condition), (TEAM, READER, ON_A_PAGE)).fetchall()
                    db.execute(COUNTS, (TEAM, READER)).fetchall()
                    db.execute(TAGS, (TEAM, READER)).fetchall()
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
        # A fifth of them are read, and as many have the tag, which is one of a hundred.
        states = ("done", "to_read", "reading", "to_read", "archived")
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at, state) VALUES (?, ?, ?, 1, ?, ?)",
            (
                (TEAM, READER, f"2608.{number:05}", f"2026-08-17T00:00:00.{number:06}+00:00", states[number % 5])
                for number in range(SAVES)
            ),
        )
        db.executemany(
            "INSERT INTO saved_tags (team, user, paper, tag, name) VALUES (?, ?, ?, ?, ?)",
            (
                (TEAM, READER, f"2608.{number:05}", tag, tag)
                for number in range(1, SAVES)
                for tag in {TAG if number % 4 == 0 else f"tag {number % 99}", f"tag {number % 98}"}
            ),
        )
        db.commit()
