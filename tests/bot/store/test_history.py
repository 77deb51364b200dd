"""What a year of history costs: no question gets dearer with it, and what is kept of it has a bound."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.budget import Spent
from bot.channels import Channel, ChannelSettings, ChannelState, Invitation, Person
from bot.digests import DigestEntry, ImportedDigest
from bot.outages import Outage
from bot.outbox import HEADER, Delivery, DeliveryKey, DeliveryKind, daily_edition
from bot.papers import FoundAt, ListedPaper, Listing, Material, Origin, Paper, ReadSource, Section, Summary
from bot.reading_list import Reaction, ReactionsSeen, SaveKind
from bot.reports import Complaint, Report
from bot.requests import Request, RequestKind
from bot.store import Store
from bot.store.sqlite import SqliteStore, connect
from bot.summary_retries import SummaryTries
from tests.history import fill, paper_id, sent_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

TEAM, CHANNEL, OTHER_CHANNEL, READER = "T0000000001", "C0000000001", "C0000000002", "UREADER"
LAST = date(2026, 8, 16)
TODAY = LAST + timedelta(days=1)
NOW = sent_at(TODAY)
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
SAVING = frozenset({"bookmark"})
LEASE = timedelta(minutes=1)
CARD = paper_id(LAST, 3)
CARD_TS = f"{int(sent_at(LAST).timestamp()) + 3}.000100"
OUTAGE = Outage(sent_at(LAST), NOW)
TODAYS = [paper_id(TODAY, rank) for rank in range(1, 40)] + [paper_id(LAST, rank) for rank in range(1, 11)]
INVITATION = Invitation(TEAM, "C0000000009", "1787011800.000100", READER, NOW)
REPORT = Report(TEAM, READER, CARD, "en", Complaint.NUMBERS, "7 or 8?", NOW, rewrites=False)
REQUEST = Request(TEAM, CHANNEL, READER, RequestKind.SHARE, "1787011800.000100", CARD, NOW)
KEY = DeliveryKey(TEAM, CHANNEL, daily_edition(TODAY), HEADER)
PAPER = Paper(TODAYS[0], "Its title", ("Ana Ruiz",))
SUMMARY = Summary(
    CARD, "en", ((Section.WHATS_NEW, "It is new."),), Origin.MODEL, "m2", ReadSource.FULL_TEXT, NOW, arxiv_version=1
)


def morning() -> list[Delivery]:
    cards = [
        Delivery(DeliveryKey(TEAM, CHANNEL, KEY.edition, paper), number, "{}", shows=(paper,), thread_part=HEADER)
        for number, paper in enumerate(TODAYS[:10], start=1)
    ]
    return [Delivery(KEY, 0, "{}", shows=tuple(TODAYS[:10])), *cards]


def votes() -> list[Delivery]:
    key = DeliveryKey(TEAM, CHANNEL, f"votes:{daily_edition(LAST)}:day", CARD)
    return [Delivery(key, 0, "{}", kind=DeliveryKind.UPDATE, ts=CARD_TS)]


def reaction(*, added: bool) -> Reaction:
    return Reaction(TEAM, CHANNEL, CARD_TS, READER, "bookmark", added, f"{int(NOW.timestamp())}.00020{int(added)}")


# How each method of the store is asked on an ordinary day, in an order in which each has something to do.
ASKED: dict[str, Callable[[SqliteStore], Awaitable[Any]]] = {
    "check": lambda store: store.check(),
    "remember_paper": lambda store: store.remember_paper(PAPER, source="hugging_face", now=NOW),
    "paper": lambda store: store.paper(CARD),
    "papers_known": lambda store: store.papers_known(TODAYS),
    "remember_listing": lambda store: store.remember_listing(
        Listing(TODAY, (), NOW, "[]"),
        [ListedPaper(Paper(each, "Its title", ("Ana Ruiz",)), 5) for each in TODAYS[:39]],
    ),
    "listing": lambda store: store.listing(LAST),
    "listed_between": lambda store: store.listed_between(LAST - timedelta(days=7), LAST),
    "remember_empty_day": lambda store: store.remember_empty_day(TODAY + timedelta(days=1), now=NOW),
    "days_read": lambda store: store.days_read(LAST - timedelta(days=7), LAST),
    "last_listed": lambda store: store.last_listed(CARD),
    "described": lambda store: store.described(CARD, "en"),
    "remember_summary": lambda store: store.remember_summary(SUMMARY),
    "summary": lambda store: store.summary(CARD, "en"),
    "summary_versions": lambda store: store.summary_versions(CARD),
    "papers_summarised_since": lambda store: store.papers_summarised_since(NOW - timedelta(days=9)),
    "remember_material": lambda store: store.remember_material(
        CARD, Material("Its text.", ReadSource.FULL_TEXT, FoundAt.ARXIV), now=NOW
    ),
    "material": lambda store: store.material(CARD),
    "remember_report": lambda store: store.remember_report(REPORT, most=5, since=NOW - timedelta(days=1)),
    "begin_rewriting": lambda store: store.begin_rewriting(REPORT, since=NOW - timedelta(days=1)),
    "undo_rewriting": lambda store: store.undo_rewriting(REPORT),
    "reports_since": lambda store: store.reports_since(NOW - timedelta(days=1)),
    "record_spending": lambda store: store.record_spending(TODAY, TEAM, READER, "m", Spent(1, 10, 10, 0.1)),
    "spent_on": lambda store: store.spent_on(LAST),
    "spent_by": lambda store: store.spent_by(LAST, TEAM, "U1"),
    "summary_tries": lambda store: store.summary_tries(CARD, "en", "m"),
    "remember_summary_tries": lambda store: store.remember_summary_tries(
        TODAYS[0], "en", "m", SummaryTries(1, 0, "timeout", NOW)
    ),
    "forget_summary_tries": lambda store: store.forget_summary_tries(TODAYS[0], "en", "m"),
    "failed_in_a_row": lambda store: store.failed_in_a_row("m"),
    "summaries_given_up": lambda store: store.summaries_given_up(NOW - timedelta(days=1)),
    "note_given_up_told": lambda store: store.note_given_up_told(NOW),
    "prune_summary_tries": lambda store: store.prune_summary_tries(NOW - timedelta(days=90)),
    "remember_digest": lambda store: store.remember_digest(
        ImportedDigest(LAST, "A digest", (DigestEntry(CARD, "Its title"),)), now=NOW
    ),
    "imported_digest": lambda store: store.imported_digest(LAST),
    "imported_summaries": lambda store: store.imported_summaries(CARD),
    "remember_person": lambda store: store.remember_person(Person(TEAM, READER, "en-US", "UTC"), now=NOW),
    "person": lambda store: store.person(TEAM, READER),
    "choose_language": lambda store: store.choose_language(TEAM, READER, "ko", now=NOW),
    "create_channel": lambda store: store.create_channel(Channel(TEAM, "C0000000003", SETTINGS), now=NOW),
    "channel": lambda store: store.channel(TEAM, CHANNEL),
    "welcome_channel": lambda store: store.welcome_channel(Channel(TEAM, CHANNEL, SETTINGS), now=NOW),
    "channels_of": lambda store: store.channels_of(TEAM),
    "note_invitation": lambda store: store.note_invitation(INVITATION),
    "open_invitations": lambda store: store.open_invitations(TEAM),
    "end_invitation": lambda store: store.end_invitation(INVITATION),
    "note_request": lambda store: store.note_request(REQUEST, owner="bot", until=NOW),
    "take_requests": lambda store: store.take_requests(TEAM, owner="other", now=NOW, until=NOW + LEASE),
    "hold_request": lambda store: store.hold_request(REQUEST, owner="other", until=NOW + LEASE),
    "note_request_step": lambda store: store.note_request_step(REQUEST, "answering", owner="other"),
    "end_request": lambda store: store.end_request(REQUEST, owner="other"),
    "summaries_in_part": lambda store: store.summaries_in_part(NOW - timedelta(days=1)),
    "active_channels": lambda store: store.active_channels(TEAM),
    "channels_in": lambda store: store.channels_in(TEAM, ChannelState.ACTIVE),
    "change_settings": lambda store: store.change_settings(
        TEAM, CHANNEL, ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10), user=READER, now=NOW
    ),
    "changes": lambda store: store.changes(TEAM, CHANNEL, limit=10),
    "change": lambda store: store.change(TEAM, CHANNEL, 1),
    "pause_channel": lambda store: store.pause_channel(TEAM, CHANNEL, user=READER, now=NOW),
    "start_channel": lambda store: store.start_channel(TEAM, CHANNEL, latest=LAST, user=READER, now=NOW),
    "close_channel": lambda store: store.close_channel(TEAM, CHANNEL, reason="is_archived", now=NOW),
    "reopen_channel": lambda store: store.reopen_channel(TEAM, CHANNEL, now=NOW),
    "set_skip_next": lambda store: store.set_skip_next(TEAM, CHANNEL, True, user=READER, now=NOW),
    "skip_due": lambda store: store.skip_due(TEAM, CHANNEL, TODAY, through=LAST, now=NOW),
    "claim_due": lambda store: store.claim_due(TEAM, CHANNEL, TODAY + timedelta(days=1), owner="bot", now=NOW),
    "move_cursor": lambda store: store.move_cursor(TEAM, CHANNEL, LAST),
    "finish_due": lambda store: store.finish_due(TEAM, CHANNEL, TODAY + timedelta(days=1), outcome="nothing"),
    "days_had": lambda store: store.days_had(TEAM, CHANNEL, LAST - timedelta(days=3)),
    "posted_papers": lambda store: store.posted_papers(TEAM, CHANNEL, TODAYS),
    "cards_of": lambda store: store.cards_of(TEAM, CHANNEL, TODAYS),
    "plan": lambda store: store.plan(morning(), days=[TODAY], dealt_with=TODAY, now=NOW),
    "upcoming": lambda store: store.upcoming(TEAM, CHANNEL, KEY.edition, now=NOW),
    "claim": lambda store: store.claim(TEAM, CHANNEL, KEY.edition, owner="bot", now=NOW, lease=LEASE),
    "replace_payload": lambda store: store.replace_payload(KEY, '{"text":"less"}'),
    "mark_pending": lambda store: store.mark_pending(KEY, not_before=NOW, error="ratelimited"),
    "mark_in_doubt": lambda store: store.mark_in_doubt(KEY, not_before=NOW, error="timed out"),
    "mark_sent": lambda store: store.mark_sent(KEY, "1787011800.000100", now=NOW, saving_emoji=SAVING),
    "mark_unknown": lambda store: store.mark_unknown(
        DeliveryKey(TEAM, CHANNEL, KEY.edition, TODAYS[0]), error="nobody knows"
    ),
    "mark_refused": lambda store: store.mark_refused(
        DeliveryKey(TEAM, CHANNEL, KEY.edition, TODAYS[1]), error="invalid_blocks"
    ),
    "undelivered": lambda store: store.undelivered(TEAM),
    "note_told": lambda store: store.note_told(TEAM, CHANNEL, KEY.edition),
    "bring_back": lambda store: store.bring_back(TEAM, CHANNEL, KEY.edition, unconfirmed=True),
    "resume": lambda store: store.resume(TEAM, CHANNEL, KEY.edition),
    "keep_message": lambda store: store.keep_message(KEY, "1787011800.000100"),
    "renew": lambda store: store.renew(KEY, gone="1787011800.000100"),
    "deliveries": lambda store: store.deliveries(TEAM, CHANNEL, daily_edition(LAST)),
    "unfinished": lambda store: store.unfinished(TEAM),
    "cards_showing": lambda store: store.cards_showing(TEAM, CARD, since=NOW - timedelta(days=9)),
    "editions_to_look_back_at": lambda store: store.editions_to_look_back_at(TEAM, since=NOW - timedelta(days=9)),
    "note_look_back": lambda store: store.note_look_back(TEAM, CHANNEL, daily_edition(LAST), "day", now=NOW),
    "papers_shown": lambda store: store.papers_shown(TEAM, CHANNEL, CARD_TS),
    "record_reaction": lambda store: store.record_reaction(reaction(added=True), saving_emoji=SAVING),
    "save": lambda store: store.save(TEAM, "UOTHER", CARD, SaveKind.CLICK, now=NOW),
    "remove": lambda store: store.remove(TEAM, "UOTHER", CARD),
    "saved_page": lambda store: store.saved_page(TEAM, "UOTHER", limit=10),
    "count_saved": lambda store: store.count_saved(TEAM, "UOTHER"),
    "note_heard": lambda store: store.note_heard(TEAM, now=NOW),
    "messages_to_reconcile": lambda store: store.messages_to_reconcile(TEAM, OUTAGE, since=NOW - timedelta(days=14)),
    "reconcile_reactions": lambda store: store.reconcile_reactions(
        ReactionsSeen(TEAM, CHANNEL, CARD_TS, frozenset({("UNEW", "bookmark")}), frozenset(), "1787011900.000100"),
        OUTAGE,
        saving_emoji=SAVING,
    ),
    "end_outage": lambda store: store.end_outage(TEAM, OUTAGE),
    "rejoin_team": lambda store: store.rejoin_team(TEAM, now=NOW),
    "prune": lambda store: store.prune(now=NOW),
}
# What may take the longer the more there was, and why.
MAY_GROW = {
    "close": "it asks nothing",
    "vital_signs": "it counts all there is, for operators",
    "leave_channel": "a channel is left once",
    "leave_team": "a workspace is left once",
    "forget_left": "all that was left is deleted, in pieces",
    "change_channel_id": "all of a channel is moved, once",
}


async def after(path: Path, days: int) -> SqliteStore:
    """A store with so many days of history, cleared up to yesterday."""
    with closing(connect(path)) as db:
        fill(db, team=TEAM, channels=[CHANNEL, OTHER_CHANNEL], last_day=LAST, days=days)
    store = await SqliteStore.open(path)
    for channel in (CHANNEL, OTHER_CHANNEL):
        await store.create_channel(Channel(TEAM, channel, SETTINGS, cursor=LAST), now=NOW - timedelta(days=days))
    return store


class _Watched:
    """A store whose statements are counted, in steps of SQLite's virtual machine, and written down."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.steps = 0
        self.statements: set[str] = set()

    async def ask(self, ask: Callable[[SqliteStore], Awaitable[Any]]) -> int:
        """How many steps one question takes, in tens."""
        self.steps = 0
        for connection in (self._store._writer, self._store._reader):
            await connection.do(self._watch)
        self._watch(self._store._at_hand)
        await ask(self._store)
        return self.steps

    def _watch(self, db: sqlite3.Connection) -> None:
        db.set_progress_handler(self._step, 10)
        db.set_trace_callback(self.statements.add)

    def _step(self) -> None:
        self.steps += 1


def test_every_question_is_asked() -> None:
    """A new method of the store says above how it is asked on an ordinary day."""
    methods = {name for name, _ in inspect.getmembers(Store, inspect.iscoroutinefunction)}
    assert methods == ASKED.keys() | MAY_GROW.keys()


@pytest.mark.parametrize("cleared", [False, True], ids=["nothing cleared away", "cleared every day"])
async def test_no_question_gets_dearer_with_history(tmp_path: Path, cleared: bool) -> None:
    taken: dict[int, dict[str, int]] = {}
    for days in (100, 400):
        store = await after(tmp_path / f"{days}.db", days)
        if cleared:
            await store.prune(now=NOW - timedelta(days=1))
            await store.prune_summary_tries(NOW - timedelta(days=91))
        watched = _Watched(store)
        asked = {name: ask for name, ask in ASKED.items() if cleared or not name.startswith("prune")}
        taken[days] = {name: await watched.ask(ask) for name, ask in asked.items()}
        await store.close()
    grown = {
        name: (steps, taken[400][name]) for name, steps in taken[100].items() if taken[400][name] > 1.3 * steps + 20
    }
    assert grown == {}


# Tables that grow with history, and the statements that may walk through one of them.
_GROWING = {
    *("outbox", "message_papers", "posted_papers", "edition_days", "edition_upkeep", "due_claims", "reactions"),
    *("reaction_readings", "save_sources", "saved_papers", "papers", "listings", "listed_papers", "summaries"),
    *("materials", "model_spending", "summary_reports", "changes", "imported_digests", "imported_papers"),
}
_MAY_SCAN: dict[str, str] = {}


async def test_no_statement_walks_through_a_whole_table(tmp_path: Path) -> None:
    store = await after(tmp_path / "paperboy.db", 60)
    watched = _Watched(store)
    for ask in ASKED.values():
        await watched.ask(ask)
    await store.close()
    scans: Counter[str] = Counter()
    with closing(sqlite3.connect(tmp_path / "paperboy.db")) as db:
        for statement in watched.statements:
            if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
                scans.update(_scans(db, statement))
    assert dict(scans) == {}


def _scans(db: sqlite3.Connection, statement: str) -> list[str]:
    """The growing tables a statement walks through from one end to the other, each with the statement."""
    aliases = dict(re.findall(r"(?:FROM|JOIN|UPDATE) (?P<t>\w+)(?: AS)? (?!WHERE|SET|ORDER|ON)(?P<a>\w+)", statement))
    tables = {alias: table for table, alias in aliases.items()}
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    walked = [match[1] for line in plan if (match := re.match(r"SCAN (\w+)", line))]
    return [
        f"{tables.get(name, name)}: {statement}"
        for name in walked
        if tables.get(name, name) in _GROWING and statement not in _MAY_SCAN
    ]
