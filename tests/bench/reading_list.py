"""Reading lists among a million saves of 50,000 people, beside the same queries by raw sqlite3.

Twenty people have saved 5,000 papers each, all others 18. A view's time is the middle between those of a long list and
of a short one, medians both.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
import zlib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.reading_list import Reaction, ReadingState
from bot.store.sqlite import open_store
from bot.text.search_words import search_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from bot.store import Store

TEAM, CHANNEL, TS = "T1", "C1", "1787011800.000100"
PEOPLE, LONG_LISTS, LONG, SHORT, PAPERS = 50_000, 20, 5000, 18, 5000
WARM_UP, ASKED, ON_A_PAGE, DUE = 20, 200, 10, 50
BURST, AT_ONCE = 2000, 16
BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
UNTIL = datetime(2026, 8, 17, 9, tzinfo=UTC)
WORD, TAG = "diffusion", "later"

PAGE = """
    SELECT p.*, s.saved_at, s.state, s.note FROM saved_papers s JOIN papers p ON p.id = s.paper
    WHERE s.team = ? AND s.user = ? AND s.listed = 1 ORDER BY s.saved_at DESC, s.paper LIMIT ? OFFSET ?
"""
COUNT = "SELECT count(*) FROM saved_papers WHERE team = ? AND user = ? AND listed = 1"
COUNTS = "SELECT state, count(*) FROM saved_papers WHERE team = ? AND user = ? AND listed = 1 GROUP BY state"
_VOTES = "(SELECT l.votes FROM listed_papers l WHERE l.paper = s.paper ORDER BY l.day DESC LIMIT 1)"
# As `PAGE`, of part of a list and in some order: first which papers, then the papers themselves.
_VIEW = """
    SELECT p.*, e.* FROM (SELECT s.*, {votes} AS votes FROM saved_papers s WHERE s.team = ?1 AND s.user = ?2
    AND s.listed = 1 AND {wanted} ORDER BY {order} LIMIT 10) AS e JOIN papers p ON p.id = e.paper ORDER BY {order}
"""
_NEWEST = "saved_at DESC, paper"
_TAGGED = (
    "s.state = 'done' AND s.paper IN (SELECT t.paper FROM saved_tags t WHERE t.team = ?1 AND t.user = ?2"
    f" AND t.tag = '{TAG}')"
)
_WORDED = (
    f"s.state <> 'archived' AND (s.words LIKE '%{WORD}%' OR EXISTS (SELECT 1 FROM search_documents d"
    f" WHERE d.paper = s.paper AND (d.title LIKE '%{WORD}%' OR d.authors LIKE '%{WORD}%')))"
)
_LISTED = "s.state <> 'archived'"
REMINDERS_DUE = "SELECT user, due_at FROM reminders WHERE team = ? AND due_at <= ? ORDER BY due_at, user LIMIT ?"


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of ours and of raw sqlite3 by view, and what has no yardstick.

    `burst` are reactions a second, each committed, and `slowest` the milliseconds of the slowest of them.
    """

    views: Mapping[str, tuple[float, float]]
    week: float
    burst: float
    slowest: float


@dataclass(frozen=True, slots=True)
class _View:
    ours: Callable[[Store, str], Awaitable[object]]
    raw: tuple[str, ...]


def _page(wanted: ListFilter) -> Callable[[Store, str], Awaitable[object]]:
    return lambda store, user: store.reading_lists.page(TEAM, user, wanted, limit=ON_A_PAGE)


def _raw(wanted: str, order: str = _NEWEST, votes: str = "NULL") -> tuple[str, ...]:
    count = f"SELECT count(*) FROM saved_papers s WHERE s.team = ?1 AND s.user = ?2 AND s.listed = 1 AND {wanted}"
    return count, _VIEW.format(wanted=wanted, order=order, votes=votes)


VIEWS: Mapping[str, _View] = {
    "newest": _View(_page(ListFilter()), _raw(_LISTED)),
    "state and tag": _View(_page(ListFilter(frozenset({ReadingState.DONE}), TAG)), _raw(_TAGGED)),
    "words": _View(_page(ListFilter(words=WORD)), _raw(_WORDED)),
    "votes": _View(
        _page(ListFilter(order=ListOrder.VOTES)), _raw(_LISTED, "votes DESC NULLS LAST, saved_at DESC, paper", _VOTES)
    ),
    "counts": _View(lambda store, user: store.reading_lists.counts(TEAM, user), (COUNTS,)),
}


async def measure() -> Measured:
    """Fill a database once, and ask for everything."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paperboy.db"
        store = await open_store(path)
        fill(path)
        with closing(sqlite3.connect(path)) as db:
            views = {name: await _beside(store, db, view) for name, view in VIEWS.items()}
            views["reminders due"] = await _reminders(store, db)
        week = await _week(store)
        burst, slowest = await _burst(store)
        await store.close()
    return Measured(views, week, burst, slowest)


async def _beside(store: Store, db: sqlite3.Connection, view: _View) -> tuple[float, float]:
    ours: tuple[list[float], list[float]] = ([], [])
    raw: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + ASKED):
        # Nobody is asked for twice in a row: the second finds the pages of the first in the cache.
        user, another = _asked(number), _asked(number + 2)
        began = time.perf_counter()
        await view.ours(store, user)
        taken = time.perf_counter()
        for query in view.raw:
            db.execute(query, (TEAM, another)).fetchall()
        ended = time.perf_counter()
        if number >= WARM_UP:
            ours[number % 2].append(taken - began)
            raw[number % 2].append(ended - taken)
    mine, theirs = (sum(map(statistics.median, each)) / 2 for each in (ours, raw))
    return mine * 1000, theirs * 1000


async def _reminders(store: Store, db: sqlite3.Connection) -> tuple[float, float]:
    ours, raw = [], []
    for _ in range(ASKED):
        began = time.perf_counter()
        found = await store.reminders.due(TEAM, UNTIL, limit=DUE)
        taken = time.perf_counter()
        rows = db.execute(REMINDERS_DUE, (TEAM, _text(UNTIL), DUE)).fetchall()
        raw.append(time.perf_counter() - taken)
        ours.append(taken - began)
        assert len(found) == len(rows) == DUE
    return statistics.median(ours) * 1000, statistics.median(raw) * 1000


async def _week(store: Store) -> float:
    """The milliseconds of all that a team's recap asks of the saves."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        saved = await store.team_saves.saved(TEAM, since=UNTIL - timedelta(days=7), until=UNTIL)
        await store.team_saves.unread(TEAM, before=UNTIL)
        await store.team_saves.crowd(TEAM)
        taken.append(time.perf_counter() - began)
        assert saved
    return statistics.median(taken) * 1000


async def _burst(store: Store) -> tuple[float, float]:
    """The morning's papers are out, and as many people react to them."""
    taken: list[float] = []

    async def work(people: Iterator[int]) -> None:
        for number in people:
            reaction = Reaction(
                TEAM, CHANNEL, TS, _person(number), "bookmark", added=True, event_ts=f"{1787011900 + number}.000100"
            )
            began = time.perf_counter()
            await store.reading_lists.record_reaction(reaction, saving_emoji={"bookmark"})
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    people = iter(range(BURST))
    await asyncio.gather(*(work(people) for _ in range(AT_ONCE)))
    return BURST / (time.perf_counter() - began), max(taken) * 1000


def _person(number: int) -> str:
    return f"U{number:05}"


def _asked(number: int) -> str:
    return _person(number % LONG_LISTS if number % 2 else LONG_LISTS + number * 241 % (PEOPLE - LONG_LISTS))


def _paper(number: int) -> str:
    return f"2608.{number:05}"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}+00:00"


def _saves() -> Iterator[tuple[str, str, str, str, str, str]]:
    """In the order of their key. A fifth are read and as many archived; a quarter have the tag."""
    states = ("done", "to_read", "reading", "to_read", "archived")
    span = UNTIL - BEGAN
    days = [_text(BEGAN + span * number / 1000) for number in range(1000)]
    for person in range(PEOPLE):
        count = LONG if person < LONG_LISTS else SHORT
        first = 0 if count == PAPERS else person * 7 % (PAPERS - count)
        for number in range(first, first + count):
            tags, words = ('["later"]', TAG) if number % 4 == 0 else ("[]", "")
            yield _person(person), _paper(number), days[(number * 37 + person) % 1000], states[number % 5], tags, words


def fill(path: Path) -> None:
    """Put a million saves of 50,000 people into a new database."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous=OFF")
        day = "2026-08-16"
        titles = [f"{'Diffusion' if number % 10 == 0 else 'Attention'} {number}" for number in range(PAPERS)]
        db.executemany(
            "INSERT INTO papers (id, title, authors, abstract, source, read_at)"
            " VALUES (?, ?, '[\"Ana Ruiz\"]', ?, 'hugging_face', '2026-08-17T00:00:00.000000+00:00')",
            ((_paper(number), title, "We present a method. " * 50) for number, title in enumerate(titles)),
        )
        body = zlib.compress(b"we present a method " * 50)
        db.executemany(
            "INSERT INTO search_documents (number, paper, fingerprint, title, authors, topics, takeaways, body)"
            " VALUES (?, ?, '', ?, 'ana ruiz', '', '', ?)",
            ((number, _paper(number), " ".join(search_words(title)), body) for number, title in enumerate(titles)),
        )
        db.execute("INSERT INTO listings (day, fetched_at, raw) VALUES (?, ?, '')", (day, _text(UNTIL)))
        db.executemany(
            "INSERT INTO listed_papers (day, paper, rank, votes, comments) VALUES (?, ?, ?, ?, 0)",
            ((day, _paper(number), number + 1, number * 31 % 500) for number in range(0, PAPERS, 2)),
        )
        # In the order of the table's key; the other orders are made once all is there.
        indexes = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'saved_papers' AND sql LIKE '%INDEX%'"
        )
        orders = [(name, sql) for name, sql in indexes if sql.startswith("CREATE INDEX")]
        for name, _ in orders:
            db.execute(f"DROP INDEX {name}")
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at, state, tags, words)"
            f" VALUES ('{TEAM}', ?, ?, 1, ?, ?, ?, ?)",
            _saves(),
        )
        for _, sql in orders:
            db.execute(sql)
        db.execute(
            "INSERT INTO saved_tags (team, user, tag, paper, name)"
            " SELECT team, user, words, paper, words FROM saved_papers WHERE words <> ''"
        )
        db.executemany(
            "INSERT INTO reminders (team, user, is_on, weekday, due_at) VALUES (?, ?, 1, ?, ?)",
            (
                (TEAM, _person(number), number % 5, _text(UNTIL + timedelta(minutes=number % 10_000 - 500)))
                for number in range(PEOPLE)
            ),
        )
        db.executemany(
            "INSERT INTO people (team, user, read_at, checked_at) VALUES (?, ?, ?, ?)",
            ((TEAM, _person(number), _text(BEGAN), _text(BEGAN)) for number in range(PEOPLE)),
        )
        db.execute(
            "INSERT INTO message_papers (team, channel, ts, position, paper) VALUES (?, ?, ?, 1, ?)",
            (TEAM, CHANNEL, TS, _paper(PAPERS - 1)),
        )
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
