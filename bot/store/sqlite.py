"""The store in one SQLite file.

WAL, so that readers never wait for the writer; `synchronous=FULL`, so that what Slack was told is on disk; every write
in a transaction that begins IMMEDIATE, so that several processes queue instead of failing (a deferred BEGIN that reads
before it writes cannot wait). One thread reads and one writes, and the event loop waits for neither; only the few rows
that an answer to a person needs are read on the spot, in less time than a thread takes to wake. Writes that wait for
the same thread share one transaction, and so one wait for the disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeAlias, TypeVar

from filelock import Timeout
from sqlite_utils import Database

from bot.channels import ChannelState
from bot.digests import imported_summary
from bot.errors import StoreCorrupt, StoreError, StoreTooNew, StoreUnusable
from bot.outbox import DeliveryState
from bot.papers import SummaryState
from bot.store.files import keep_to_owner, own
from bot.store.migrations import migrations
from bot.store.tables import (
    channels,
    digests,
    leaving,
    outages,
    outbox,
    papers,
    pruning,
    reading_lists,
    spending,
    summaries,
    summary_tries,
    vital_signs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date, datetime, timedelta
    from pathlib import Path

    from bot.budget import Spent
    from bot.channels import Change, Channel, ChannelSettings, Invitation, Person
    from bot.digests import ImportedDigest
    from bot.outages import Outage, PostedMessage
    from bot.outbox import Delivery, DeliveryKey, PostedEdition, Undelivered, Upcoming, WaitUntil
    from bot.papers import ListedPaper, Listing, Material, Paper, Summary, SummaryVersion
    from bot.reading_list import Reaction, ReactionsSeen, SavedPaper, SaveKind
    from bot.reports import Report
    from bot.store import VitalSigns
    from bot.store.files import RunLock
    from bot.summary_retries import SummaryTries

with closing(sqlite3.connect(":memory:")) as _nothing_yet:
    KNOWN_MIGRATIONS = tuple(step.name for step in migrations.pending(Database(_nothing_yet)))

P = ParamSpec("P")
T = TypeVar("T")

_CLOSED = "it is closed"

_Piece: TypeAlias = "tuple[Callable[[sqlite3.Connection], Any], asyncio.Future[Any]]"
_Outcome: TypeAlias = "tuple[Any, BaseException | None]"

BUSY_SECONDS = 5
# How often a look at the database's health writes to it, in seconds: anybody may look as often as they like.
WRITTEN_EVERY_SECONDS = 30
_TRIES_TO_PREPARE = 3
_SECONDS_TO_NEXT_TRY = 0.2
_COMMITTED_TOGETHER = 200
# What SQLite before 3.41 says of any row of this table as earlier versions made it (its key did not come first).
_FALSE_ALARM = "NULL value in summary_reports."
_TOLD_OF_DAMAGE = 10_000
_CHECKED_WHOLE_BYTES = 32 * 1024 * 1024


class SqliteStore:
    """A `Store` in the file at `path`; see the protocol for what the methods mean."""

    def __init__(
        self, path: Path, writer: _Writer, reader: _Connection, at_hand: sqlite3.Connection, running: RunLock | None
    ) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader
        self._at_hand = at_hand
        self._running = running
        self._written_at: float | None = None

    @classmethod
    async def open(cls, path: Path, *, alone: bool = False) -> SqliteStore:
        """Open the file, make it when there is none, and bring it to the present shape.

        With `alone`, be the only one so: a running bot owns its file, while other commands work beside it. Raises
        `StoreInUse`, `StoreTooNew`, `StoreCorrupt` or `StoreUnusable`.
        """
        if alone:
            with understood(path):
                keep_to_owner(path)  # what is not there yet cannot be locked
        running = own(path) if alone else None
        try:
            writer = await _Writer.open(path)
            try:
                reader = await _Connection.open(path)
            except BaseException:
                await writer.close()
                raise
        except BaseException:
            if running:
                running.release()
            raise
        at_hand = sqlite3.connect(path, isolation_level=None, timeout=0)
        at_hand.execute("PRAGMA query_only=ON")
        return cls(path, writer, reader, at_hand, running)

    async def close(self) -> None:
        self._at_hand.close()
        await self._reader.close()
        await self._writer.close()
        if self._running:
            self._running.release()

    async def check(self) -> None:
        await self._read(vital_signs.check)
        if self._written_at is not None and monotonic() - self._written_at < WRITTEN_EVERY_SECONDS:
            return
        self._written_at = monotonic()
        try:
            await self._write(vital_signs.note_check)
        except StoreError:
            self._written_at = None
            raise

    async def vital_signs(self) -> VitalSigns:
        return await self._read(vital_signs.vital_signs)

    async def _write(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._writer.do(lambda db: work(db, *args, **kwargs))

    async def _read(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._reader.do(lambda db: work(db, *args, **kwargs))

    async def _read_few(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Read a handful of rows on the spot; should that mean waiting, or fail, let the thread do it."""
        try:
            return work(self._at_hand, *args, **kwargs)
        except sqlite3.DatabaseError:
            return await self._read(work, *args, **kwargs)

    # papers ----------------------------------------------------------------------------------------------------------

    async def remember_paper(self, paper: Paper, *, source: str, now: datetime) -> None:
        await self._write(papers.remember_paper, paper, source, now)

    async def paper(self, paper_id: str) -> Paper | None:
        return await self._read_few(papers.paper, paper_id)

    async def papers_known(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        return await self._read(papers.papers_known, list(paper_ids))

    async def remember_listing(self, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
        await self._write(papers.remember_listing, listing, ranked)

    async def listing(self, day: date) -> Listing | None:
        return await self._read(papers.listing, day)

    async def listed_between(self, after: date, until: date) -> list[ListedPaper]:
        return await self._read(papers.listed_between, after, until)

    async def remember_empty_day(self, day: date, *, now: datetime) -> None:
        await self._write(papers.remember_empty_day, day, now)

    async def days_read(self, since: date, until: date) -> dict[date, datetime]:
        return await self._read(papers.days_read, since, until)

    async def last_listed(self, paper_id: str) -> ListedPaper | None:
        return await self._read(papers.last_listed, paper_id)

    async def described(self, paper_id: str, language: str) -> tuple[Paper, ListedPaper | None, Summary | None] | None:
        return await self._read_few(papers.described, paper_id, language)

    # summaries -------------------------------------------------------------------------------------------------------

    async def remember_summary(
        self,
        summary: Summary,
        *,
        state: SummaryState = SummaryState.SHOWN,
        score: float | None = None,
        offenders: Sequence[str] = (),
    ) -> None:
        await self._write(summaries.remember_summary, summary, state, score, offenders)

    async def summary(self, paper_id: str, language: str) -> Summary | None:
        return await self._read(summaries.summary, paper_id, language)

    async def summary_versions(self, paper_id: str) -> list[SummaryVersion]:
        return await self._read(summaries.summary_versions, paper_id)

    async def papers_summarised_since(self, moment: datetime) -> list[str]:
        return await self._read(summaries.papers_summarised_since, moment)

    async def summaries_in_part(self, since: datetime) -> int:
        return await self._read(summaries.summaries_in_part, since)

    async def remember_material(self, paper_id: str, material: Material, *, now: datetime) -> None:
        await self._write(summaries.remember_material, paper_id, material, now)

    async def material(self, paper_id: str) -> Material | None:
        return await self._read(summaries.material, paper_id)

    async def remember_report(self, report: Report) -> bool:
        return await self._write(summaries.remember_report, report)

    async def note_rewriting(self, report: Report) -> bool:
        return await self._write(summaries.note_rewriting, report)

    async def reports_since(self, moment: datetime) -> list[Report]:
        return await self._read(summaries.reports_since, moment)

    async def record_spending(self, day: date, team: str, user: str, model: str, spent: Spent) -> None:
        await self._write(spending.record_spending, day, team, user, model, spent)

    async def spent_on(self, day: date) -> Spent:
        return await self._read(spending.spent_on, day)

    async def spent_by(self, day: date, team: str, user: str) -> Spent:
        return await self._read(spending.spent_by, day, team, user)

    async def summary_tries(self, paper_id: str, language: str, model: str) -> SummaryTries | None:
        return await self._read(summary_tries.summary_tries, paper_id, language, model)

    async def remember_summary_tries(self, paper_id: str, language: str, model: str, tries: SummaryTries) -> None:
        await self._write(summary_tries.remember_summary_tries, paper_id, language, model, tries)

    async def forget_summary_tries(self, paper_id: str, language: str, model: str) -> None:
        await self._write(summary_tries.forget_summary_tries, paper_id, language, model)

    async def failed_in_a_row(self, model: str) -> int:
        return await self._read(summary_tries.failed_in_a_row, model)

    async def summaries_given_up(self, since: datetime, *, only_untold: bool = False) -> dict[str, int]:
        return await self._read(summary_tries.summaries_given_up, since, only_untold=only_untold)

    async def note_given_up_told(self, until: datetime) -> None:
        await self._write(summary_tries.note_given_up_told, until)

    async def prune_summary_tries(self, before: datetime) -> None:
        await self._write(summary_tries.prune_summary_tries, before)

    # imported digests ------------------------------------------------------------------------------------------------

    async def remember_digest(self, digest: ImportedDigest, *, now: datetime) -> None:
        await self._write(digests.remember_digest, digest, now)

    async def imported_digest(self, day: date) -> ImportedDigest | None:
        return await self._read(digests.imported_digest, day)

    async def imported_summaries(self, paper_id: str) -> list[Summary]:
        entries = await self._read(digests.imported_entries, paper_id)
        read = (imported_summary(entry, day) for day, entry in entries)
        return [summary for summary in read if summary is not None]

    # people and channels ---------------------------------------------------------------------------------------------

    async def remember_person(self, person: Person, *, now: datetime) -> None:
        await self._write(channels.remember_person, person, now)

    async def person(self, team: str, user: str) -> Person | None:
        return await self._read_few(channels.person, team, user)

    async def choose_language(self, team: str, user: str, language: str | None, *, now: datetime) -> None:
        await self._write(channels.choose_language, team, user, language, now)

    async def create_channel(self, channel: Channel, *, now: datetime) -> bool:
        return await self._write(channels.create_channel, channel, now)

    async def channel(self, team: str, channel: str) -> Channel | None:
        return await self._read_few(channels.channel, team, channel)

    async def welcome_channel(self, channel: Channel, *, now: datetime) -> Channel:
        return await self._write(channels.welcome_channel, channel, now)

    async def note_invitation(self, invitation: Invitation) -> None:
        await self._write(channels.note_invitation, invitation)

    async def open_invitations(self, team: str) -> list[Invitation]:
        return await self._read(channels.open_invitations, team)

    async def end_invitation(self, invitation: Invitation) -> None:
        await self._write(channels.end_invitation, invitation)

    async def active_channels(self, team: str) -> list[Channel]:
        return await self.channels_in(team, ChannelState.ACTIVE)

    async def channels_of(self, team: str) -> list[Channel]:
        return await self._read(channels.channels_of, team)

    async def channels_in(self, team: str, state: ChannelState) -> list[Channel]:
        return await self._read(channels.channels_in, team, state)

    async def change_settings(
        self, team: str, channel: str, settings: ChannelSettings, *, user: str | None, now: datetime
    ) -> list[Change]:
        return await self._write(channels.change_settings, team, channel, settings, user, now)

    async def changes(self, team: str, channel: str, *, limit: int) -> list[Change]:
        return await self._read(channels.changes, team, channel, limit)

    async def change(self, team: str, channel: str, change_id: int) -> Change | None:
        return await self._read(channels.change, team, channel, change_id)

    async def start_channel(self, team: str, channel: str, *, latest: date, user: str | None, now: datetime) -> bool:
        return await self._write(channels.start_channel, team, channel, latest, user, now)

    async def pause_channel(self, team: str, channel: str, *, user: str | None, now: datetime) -> bool:
        return await self._write(channels.pause_channel, team, channel, user, now)

    async def close_channel(self, team: str, channel: str, *, reason: str, now: datetime) -> bool:
        return await self._write(channels.close_channel, team, channel, reason, now)

    async def reopen_channel(self, team: str, channel: str, *, now: datetime) -> bool:
        return await self._write(channels.reopen_channel, team, channel, now)

    async def set_skip_next(self, team: str, channel: str, wanted: bool, *, user: str | None, now: datetime) -> bool:
        return await self._write(channels.set_skip_next, team, channel, wanted, user, now)

    async def skip_due(self, team: str, channel: str, local_date: date, *, through: date, now: datetime) -> None:
        await self._write(channels.skip_due, team, channel, local_date, through, now)

    async def claim_due(self, team: str, channel: str, local_date: date, *, owner: str, now: datetime) -> bool:
        return await self._write(channels.claim_due, team, channel, local_date, owner, now)

    async def move_cursor(self, team: str, channel: str, day: date) -> None:
        await self._write(channels.move_cursor, team, channel, day)

    async def finish_due(self, team: str, channel: str, local_date: date, *, outcome: str) -> None:
        await self._write(channels.finish_due, team, channel, local_date, outcome)

    # leaving ---------------------------------------------------------------------------------------------------------

    async def leave_channel(self, team: str, channel: str, *, now: datetime) -> bool:
        return await self._write(leaving.leave_channel, team, channel, now)

    async def leave_team(self, team: str, *, now: datetime) -> None:
        await self._write(leaving.leave_team, team, now)

    async def rejoin_team(self, team: str, *, now: datetime) -> None:
        await self._write(leaving.rejoin_team, team, now)

    async def forget_left(self, *, before: datetime) -> tuple[int, int]:
        channels_left = await self._read(leaving.left_channels, before)
        for team, channel in channels_left:
            while not await self._write(leaving.forget_channel, team, channel, before, pruning.ROWS_AT_ONCE):
                pass
        teams_left = await self._read(leaving.left_teams, before)
        for team in teams_left:
            while not await self._write(leaving.forget_team, team, before, pruning.ROWS_AT_ONCE):
                pass
        return len(channels_left), len(teams_left)

    async def prune(self, *, now: datetime) -> None:
        for step in pruning.STEPS:
            position: tuple[str, ...] | None = ()
            while position is not None:
                position = await self._write(step, position, now)

    async def change_channel_id(self, team: str, old: str, new: str) -> None:
        await self._write(leaving.change_channel_id, team, old, new)

    # outbox ----------------------------------------------------------------------------------------------------------

    async def plan(
        self,
        deliveries: Sequence[Delivery],
        *,
        now: datetime,
        days: Sequence[date] = (),
        dealt_with: date | None = None,
    ) -> bool:
        def plan(db: sqlite3.Connection) -> bool:
            planned = outbox.plan(db, deliveries, days, now)
            if planned and dealt_with:
                channels.move_cursor(db, deliveries[0].key.team, deliveries[0].key.conversation, dealt_with)
            return planned

        return await self._write(plan)

    async def claim(
        self, team: str, conversation: str, edition: str, *, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | WaitUntil | None:
        return await self._write(outbox.claim, team, conversation, edition, owner, now, lease)

    async def upcoming(self, team: str, conversation: str, edition: str, *, now: datetime) -> Upcoming | None:
        return await self._read_few(outbox.upcoming, team, conversation, edition, now)

    async def mark_sent(
        self, key: DeliveryKey, ts: str, *, now: datetime, saving_emoji: Collection[str], channel: str | None = None
    ) -> str | None:
        def sent(db: sqlite3.Connection) -> str | None:
            where = channel or key.conversation
            is_news, other = outbox.mark_sent(db, key, ts, where, now)
            if is_news:
                reading_lists.act_on_early_reactions(db, key.team, where, ts, saving_emoji)
            return other

        return await self._write(sent)

    async def mark_pending(
        self,
        key: DeliveryKey,
        *,
        not_before: datetime,
        error: str,
        owner: str | None = None,
        counts: bool = True,
        looked: bool = False,
    ) -> bool:
        return await self._write(
            outbox.mark, key, DeliveryState.PENDING, error, not_before, owner=owner, counts=counts, looks=int(looked)
        )

    async def mark_in_doubt(
        self,
        key: DeliveryKey,
        *,
        not_before: datetime,
        error: str,
        owner: str | None = None,
        looked: bool = False,
        probably_absent: bool = False,
    ) -> bool:
        return await self._write(
            outbox.mark,
            key,
            DeliveryState.IN_DOUBT,
            error,
            not_before,
            owner=owner,
            looks=int(looked),
            probably_absent=probably_absent,
        )

    async def mark_unknown(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        return await self._write(outbox.mark, key, DeliveryState.UNKNOWN, error, None, owner=owner)

    async def mark_refused(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        return await self._write(outbox.mark, key, DeliveryState.REFUSED, error, None, owner=owner)

    async def keep_message(self, key: DeliveryKey, ts: str) -> None:
        await self._write(outbox.keep_message, key, ts)

    async def renew(self, key: DeliveryKey, *, gone: str | None) -> bool:
        return await self._write(outbox.renew, key, gone)

    async def resume(self, team: str, conversation: str, edition: str) -> None:
        await self._write(outbox.resume, team, conversation, edition)

    async def bring_back(self, team: str, conversation: str, edition: str, *, unconfirmed: bool) -> int:
        return await self._write(outbox.bring_back, team, conversation, edition, unconfirmed)

    async def undelivered(self, team: str) -> list[Undelivered]:
        return await self._read(outbox.undelivered, team)

    async def note_told(self, team: str, conversation: str, edition: str) -> None:
        await self._write(outbox.note_told, team, conversation, edition)

    async def replace_payload(self, key: DeliveryKey, payload: str, *, owner: str | None = None) -> None:
        await self._write(outbox.replace_payload, key, payload, owner)

    async def deliveries(self, team: str, conversation: str, edition: str) -> list[Delivery]:
        return await self._read(outbox.deliveries, team, conversation, edition)

    async def unfinished(self, team: str, *, closed: bool = False) -> list[tuple[str, str]]:
        return await self._read(outbox.unfinished, team, closed)

    async def days_had(self, team: str, conversation: str, since: date) -> dict[date, str]:
        return await self._read_few(outbox.days_had, team, conversation, since)

    async def posted_papers(self, team: str, conversation: str, paper_ids: Collection[str]) -> frozenset[str]:
        return await self._read(outbox.posted_papers, team, conversation, list(paper_ids))

    async def papers_shown(self, team: str, channel: str, ts: str) -> tuple[str, ...]:
        return await self._read_few(outbox.papers_shown, team, channel, ts)

    async def cards_of(
        self, team: str, conversation: str, paper_ids: Collection[str]
    ) -> dict[str, tuple[str, str | None]]:
        return await self._read(outbox.cards_of, team, conversation, list(paper_ids))

    async def cards_showing(
        self, team: str, paper_id: str, *, since: datetime, conversation: str | None = None
    ) -> list[Delivery]:
        return await self._read(outbox.cards_showing, team, paper_id, since, conversation)

    async def editions_to_look_back_at(self, team: str, *, since: datetime) -> list[PostedEdition]:
        return await self._read(outbox.editions_to_look_back_at, team, since)

    async def note_look_back(self, team: str, conversation: str, edition: str, step: str, *, now: datetime) -> None:
        await self._write(outbox.note_look_back, team, conversation, edition, step, now)

    # reading lists ---------------------------------------------------------------------------------------------------

    async def record_reaction(self, reaction: Reaction, *, saving_emoji: Collection[str]) -> None:
        await self._write(reading_lists.record_reaction, reaction, saving_emoji)

    async def save(self, team: str, user: str, paper_id: str, kind: SaveKind, *, now: datetime) -> bool:
        return await self._write(reading_lists.add_source, team, user, paper_id, kind, "", now)

    async def remove(self, team: str, user: str, paper_id: str) -> bool:
        return await self._write(reading_lists.remove, team, user, paper_id)

    async def saved_page(self, team: str, user: str, *, limit: int, offset: int = 0) -> tuple[list[SavedPaper], int]:
        def page(db: sqlite3.Connection) -> tuple[list[SavedPaper], int]:
            return reading_lists.saved(db, team, user, limit, offset), reading_lists.count_saved(db, team, user)

        return await self._read_few(page)

    async def count_saved(self, team: str, user: str) -> int:
        return await self._read_few(reading_lists.count_saved, team, user)

    # outages ---------------------------------------------------------------------------------------------------------

    async def note_heard(self, team: str, *, now: datetime, was_only_quiet: bool = False) -> Outage | None:
        return await self._write(outages.note_heard, team, now, was_only_quiet)

    async def messages_to_reconcile(self, team: str, outage: Outage, *, since: datetime) -> list[PostedMessage]:
        return await self._read(outages.messages_to_reconcile, team, outage, since)

    async def reconcile_reactions(
        self, seen: ReactionsSeen, outage: Outage, *, saving_emoji: Collection[str]
    ) -> list[Reaction]:
        return await self._write(reading_lists.reconcile, seen, outage, saving_emoji)

    async def end_outage(self, team: str, outage: Outage) -> None:
        await self._write(outages.end_outage, team, outage)


class _Connection:
    """A connection and the one thread that may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._db: sqlite3.Connection | None = None

    @classmethod
    async def open(cls, path: Path) -> Self:
        connection = cls(path)
        try:
            await connection._in_thread(connection._connect)
        except BaseException:
            connection._thread.shutdown()
            raise
        return connection

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def guarded() -> T:
            with understood(self._path):
                return work(self._open_db())

        return await self._in_thread(guarded)

    async def close(self) -> None:
        with suppress(StoreUnusable):  # closed already
            await self._in_thread(self._disconnect)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            begun = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # the thread has ended
            raise StoreUnusable(path=self._path, reason=_CLOSED) from error
        return await begun

    def _open_db(self) -> sqlite3.Connection:
        if self._db is None:
            raise StoreUnusable(path=self._path, reason=_CLOSED)
        return self._db

    def _connect(self) -> None:
        with understood(self._path):
            self._db = connect(self._path)

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


class _Writer(_Connection):
    """The connection that writes: whatever waits for it at one moment is committed together, in order.

    A transaction that fails is undone, and what was in it is done again piece by piece, so that one failing piece costs
    no other.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = threading.Lock()
        self._waiting: list[_Piece] = []
        self._is_working = False

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._waiting.append((work, done))
            starts, self._is_working = not self._is_working, True
        if starts:
            try:
                self._thread.submit(self._work_off, loop)
            except RuntimeError:  # the thread has ended
                for _, unheard in self._take_all():
                    unheard.set_exception(StoreUnusable(path=self._path, reason=_CLOSED))
        return await done

    def _work_off(self, loop: asyncio.AbstractEventLoop) -> None:
        while pieces := self._take():
            outcomes = self._commit([work for work, _ in pieces])
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_tell, [done for _, done in pieces], outcomes)

    def _take_all(self) -> list[_Piece]:
        with self._lock:
            pieces, self._waiting, self._is_working = self._waiting, [], False
        return pieces

    def _take(self) -> list[_Piece]:
        with self._lock:
            pieces, self._waiting = self._waiting[:_COMMITTED_TOGETHER], self._waiting[_COMMITTED_TOGETHER:]
            self._is_working = bool(pieces)
        return pieces

    def _commit(self, works: Sequence[Callable[[sqlite3.Connection], Any]]) -> list[_Outcome]:
        try:
            with understood(self._path):
                return in_transaction(self._open_db(), lambda db: [(work(db), None) for work in works])
        except BaseException as error:  # whatever it is, somebody waits for the answer
            if len(works) == 1:
                return [(None, error)]
            return [outcome for work in works for outcome in self._commit([work])]


def _tell(futures: Sequence[asyncio.Future[Any]], outcomes: Sequence[_Outcome]) -> None:
    for done, (result, error) in zip(futures, outcomes, strict=True):
        if done.done():  # whoever waited was told to stop
            continue
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a database of the present shape, made or migrated where needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keep_to_owner(path)
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        _prepare_in_turn(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare_in_turn(db: sqlite3.Connection, path: Path) -> None:
    """Prepare, however many others make or migrate the database at this moment: SQLite does not always wait for them.

    A statement that reads before it writes, and finds that somebody wrote in between, fails at once (sqlite.org,
    result codes, SQLITE_BUSY_SNAPSHOT).
    """
    for tries_left in reversed(range(_TRIES_TO_PREPARE)):
        try:
            prepare(db, path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not tries_left:
                raise
            sleep(_SECONDS_TO_NEXT_TRY)
        else:
            return


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make a connection ready for work, and what it leads to of the present shape; `path` names it in errors."""
    if path.stat().st_size <= _CHECKED_WHOLE_BYTES and (damage := found_damage(db, "quick_check")):
        raise StoreCorrupt(path=path, reason=damage)
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")
    applied = applied_migrations(db)
    unknown = [name for name in applied if name not in KNOWN_MIGRATIONS]
    if unknown:
        raise StoreTooNew(path=path, migration=unknown[-1])
    if len(applied) < len(KNOWN_MIGRATIONS):
        in_transaction(db, lambda db: migrations.apply(Database(db)))


def found_damage(db: sqlite3.Connection, check: str) -> str | None:
    """What `quick_check` or `integrity_check` finds wrong with a database, None when it is whole."""
    told = [row[0] for row in db.execute(f"PRAGMA {check}({_TOLD_OF_DAMAGE})")]
    return next((line for line in told if line != "ok" and not line.startswith(_FALSE_ALARM)), None)


def applied_migrations(db: sqlite3.Connection) -> list[str]:
    """The migrations a database has had, by name, in order."""
    return [step.name for step in migrations.applied(Database(db))]


def in_transaction(
    db: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Do `work` wholly or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        result = work(db, *args, **kwargs)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into our own errors."""
    try:
        yield
    except StoreError:
        raise
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.OperationalError as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise StoreCorrupt(path=path, reason=str(error)) from error
    except (OSError, Timeout) as error:
        raise StoreUnusable(path=path, reason=str(error)) from error
