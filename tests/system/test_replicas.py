"""Several whole bots on one PostgreSQL database, stopped at any point of their work: every message comes once."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.app import open_bot
from bot.rules.channels import Channel as ServedChannel
from bot.rules.leases import LEASE, RENEWED_EVERY
from bot.rules.outages import Sighting
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.calendar_oracle import Place, World
from tests.clocks import PatientClock
from tests.harness import DAY as MORNING
from tests.harness import like, papers_of, settings_for
from tests.many_workspaces import open_fleet
from tests.postgres import SERVER, database_of
from tests.replay import IS_SOAK, judge
from tests.scopes import usually_granted
from tests.servers import PaperSources
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from bot.connected_bot import ConnectedBot
    from bot.slack_emulator import Channel
    from bot.store.connection import Connection

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(SERVER not in os.environ, reason="make test-postgres runs it"),
]

MONDAY = date(2026, 8, 10)
# As a process is stopped and continued: long enough for whatever it held to run out.
STOPPED = timedelta(minutes=2)


async def never(_: float) -> None:
    await asyncio.Event().wait()


@dataclass
class Stop:
    """A point at which a bot is stopped: before the n-th thing that it writes from now on, and all after it."""

    nth: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_by(self) -> None:
        self.nth -= 1
        if self.nth <= 0:
            self.reached.set()
            await self.goes_on.wait()


class Replica:
    """One of the bots, whose rounds come when they are told to, or when it `hears` that it should."""

    def __init__(self, bot: ConnectedBot, *, hears: bool) -> None:
        self.bot = bot
        self.stop: Stop | None = None
        if not hears:
            ownership: Any = bot.ownership
            ownership.share_soon = lambda: None
        database: Any = bot.services.store.database
        write: Callable[..., Awaitable[Any]] = database.write

        async def watched(work: Any, **how: Any) -> Any:
            if self.stop:
                await self.stop.pass_by()
            return await write(work, **how)

        database.write = watched

    @property
    def owns(self) -> bool:
        return self.bot.ownership.owns(self.bot.workspace.team)

    async def round(self) -> None:
        """As it renews its leases and shares, several times in a lease."""
        leases: Any = self.bot.services.leases
        await leases.renew()
        await self.bot.ownership.watch()
        await self.bot.ownership.share()

    async def morning(self) -> None:
        """All that comes at one minute."""
        await self.tick()
        await self.idle()

    async def tick(self) -> None:
        now = self.bot.services.clock.now()
        for schedule in self.bot.ownership.schedules():
            await schedule.tick(now)

    async def idle(self) -> None:
        await self.bot.workspace.schedule.idle()


class Office:
    """A workspace with a channel that is served, and bots on one database."""

    def __init__(self, folder: Path, slack: SlackEmulator, sources: PaperSources, clock: PatientClock) -> None:
        self.slack, self.sources, self.clock = slack, sources, clock
        self.channel: Channel = slack.add_channel("papers", members=[slack.add_person("Ana").id], with_bot=True)
        self._settings = settings_for(slack, sources, folder, database_url=database_of(folder))
        self._stack = AsyncExitStack()
        self.replicas: list[Replica] = []

    async def open_replica(self, *, by_server: bool = False, slack_at: str | None = None) -> Replica:
        """Another bot, by the simulated clock or by the server's own, that finds Slack's Web API at some address."""
        opening = open_bot(
            replace(self._settings, slack_api_url=slack_at) if slack_at else self._settings,
            clock=None if by_server else self.clock,
            between_checks=never,
            between_rounds=never,
            lease_seconds=None if by_server else self.clock.monotonic,
        )
        replica = Replica(await self._stack.enter_async_context(opening), hears=by_server)
        self.replicas.append(replica)
        return replica

    async def close(self) -> None:
        await self._stack.aclose()

    async def serve(self) -> None:
        bot = self.replicas[0].bot
        served = ServedChannel(
            bot.workspace.team, self.channel.id, like(post_at=time(17, 10)), cursor=MONDAY - timedelta(days=1)
        )
        assert await bot.services.store.channels.create(served, now=self.clock.now())

    def due(self, day: date) -> datetime:
        """The minute at which a day's papers are due: ten past five the next afternoon in Seoul."""
        return datetime(day.year, day.month, day.day, 8, 10, tzinfo=UTC) + timedelta(days=1)

    async def written(self) -> list[Any]:
        """What the database says of messages, of what was due, and of the channel."""
        tables = ("outbox", "due_claims", "channels", "posted_papers", "edition_days", "message_papers")

        async def rows(db: Connection) -> list[Any]:
            return [await db.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in tables]

        return await self.replicas[0].bot.services.store.database.read(rows)

    def posted(self, day: date) -> set[str]:
        """The parts of a day's digest that stand in the channel, each of which does so once."""
        marks = [
            message.metadata["event_payload"] for message in self.slack.messages(self.channel.id) if message.metadata
        ]
        parts = Counter(mark["part"] for mark in marks if mark["edition"] == f"daily:{day}")
        assert set(parts.values()) <= {1}
        return set(parts)

    async def come(self, moment: datetime) -> tuple[Replica, Replica]:
        """Let it be `moment`, with two replicas alive; the one that owns the workspace, and the other."""
        self.clock.advance_to(moment)
        for _ in range(2):
            for replica in self.replicas:
                await replica.round()
        (owner,) = [replica for replica in self.replicas if replica.owns]
        (other,) = [replica for replica in self.replicas if replica is not owner]
        return owner, other


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    manifest = build_manifest(with_history=True)
    clock = PatientClock(datetime(2026, 8, 10, 12, 0, tzinfo=UTC))
    async with (
        PaperSources.open() as sources,
        SlackEmulator(manifest, granted=usually_granted(manifest), now=clock.now, retry_delays=(0, 0, 0)) as slack,
    ):
        opened = Office(tmp_path, slack, sources, clock)
        yield opened
        await opened.close()


async def test_stopped_before_anything_it_writes_a_bot_comes_back_and_writes_and_sends_nothing(office: Office) -> None:
    """Two bots; whoever has the workspace is stopped for two minutes, later on each morning, and then continued."""
    await office.open_replica()
    await office.open_replica()
    await office.serve()
    day, stops = MONDAY - timedelta(days=1), 0
    for nth in count(1):
        day += timedelta(days=1)
        while day.weekday() >= 5:  # no papers are listed
            owner, _ = await office.come(office.due(day))
            await owner.morning()
            day += timedelta(days=1)
        office.sources.day(day, papers_of(day))
        owner, other = await office.come(office.due(day) - timedelta(hours=1))
        await owner.tick()  # what comes once a day
        await owner.idle()
        owner, other = await office.come(office.due(day))
        stop = owner.stop = Stop(nth)
        morning = asyncio.create_task(owner.morning())
        stopped = asyncio.create_task(stop.reached.wait())
        await asyncio.wait({morning, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if is_stopped := stop.reached.is_set():
            stops += 1
            office.clock.advance_to(office.clock.now() + STOPPED)
            assert not owner.owns, "it knows without asking anybody"
            await other.round()
            await other.morning()
        stopped.cancel()
        assert office.posted(day) == {"header", *(f"{day:%y%m}.{day.day:02}{number:03}" for number in (1, 2, 3))}, nth
        asked, written = len(office.slack.calls), await office.written()
        stop.goes_on.set()
        await morning
        await owner.idle()
        owner.stop = None
        if is_stopped:
            assert len(office.slack.calls) == asked, nth
            assert await office.written() == written, nth
        if not is_stopped:
            break
    assert stops > 10


async def test_of_one_that_ends_and_one_that_dies_no_minute_is_lost(office: Office) -> None:
    first = await office.open_replica()
    await office.serve()
    second = await office.open_replica()
    day = MONDAY
    office.sources.day(day, papers_of(day))
    office.clock.advance_to(office.due(day) - timedelta(seconds=5))
    await first.round()
    assert (first.owns, second.owns) == (True, False)
    await first.bot.ownership.end()
    await second.round()
    assert (first.owns, second.owns) == (False, True)
    office.clock.advance_to(office.due(day))
    await second.tick()
    await second.idle()
    assert len(office.posted(day)) == 4

    day += timedelta(days=1)
    office.sources.day(day, papers_of(day))
    third = await office.open_replica()
    office.clock.advance_to(office.due(day) - LEASE)
    await second.round()  # the last that is heard of it
    await third.round()
    office.clock.advance_to(office.due(day))
    await third.round()
    assert third.owns
    await third.tick()
    await third.idle()
    assert len(office.posted(day)) == 4


async def test_who_waits_is_woken_by_one_that_ends_and_both_go_by_the_servers_clock(office: Office) -> None:
    first, second = await office.open_replica(by_server=True), await office.open_replica(by_server=True)
    owner, other = (first, second) if first.owns else (second, first)
    assert owner.owns
    assert not other.owns
    heard: list[str] = []
    with other.bot.services.store.database.listening(heard.append):
        while not heard:  # it begins to listen beside its start
            await owner.bot.services.store.database.notify("anything")
            await asyncio.sleep(0.01)
    await owner.bot.ownership.end()
    await until(lambda: other.owns)
    for replica in office.replicas:
        told = await replica.bot.services.store.database.now()
        assert abs(replica.bot.services.clock.now() - told) < timedelta(seconds=1)


class Line:
    """A line to a server that can be cut."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.is_cut = False

    async def lay(self) -> str:
        """Its address."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self._to._replace(netloc=f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}").geturl()

    def cut(self) -> None:
        self.is_cut = True
        for writer in self._open:
            writer.close()

    async def take_up(self) -> None:
        self.cut()
        assert self._server
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        there, to_there = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._open |= {writer, to_there}
        await asyncio.gather(_copy(reader, to_there), _copy(there, writer), return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
    writer.close()


async def test_the_workspaces_of_one_that_cannot_reach_slack_are_served_by_the_other(office: Office) -> None:
    lines = [Line(office.slack.api_url), Line(office.slack.api_url)]
    first = await office.open_replica(slack_at=await lines[0].lay())
    await office.serve()
    await office.open_replica(slack_at=await lines[1].lay())
    office.sources.day(MONDAY, papers_of(MONDAY))
    lonely, other = await office.come(office.due(MONDAY) - timedelta(minutes=1))
    lines[lonely is not first].cut()
    with pytest.raises(aiohttp.ClientError):
        await lonely.bot.workspace.client.auth_test()
    for _ in range(5):
        office.clock.advance_to(office.clock.now() + RENEWED_EVERY)
        for replica in office.replicas:
            await replica.round()
    assert (lonely.owns, other.owns) == (False, True)
    office.clock.advance_to(office.due(MONDAY))
    await other.round()
    await other.morning()
    assert len(office.posted(MONDAY)) == 4
    for line in lines:
        await line.take_up()


async def test_missed_reactions_are_read_once_by_whoever_has_the_workspace(office: Office) -> None:
    await office.open_replica()
    await office.serve()
    await office.open_replica()
    office.sources.day(MONDAY, papers_of(MONDAY))
    owner, _ = await office.come(office.due(MONDAY))
    await owner.morning()
    for replica in office.replicas:
        await replica.bot.checks.run()
    store, team = owner.bot.services.store, owner.bot.workspace.team

    async def read_after_an_outage() -> list[str]:
        """The messages that Slack is asked about, once both have looked what there is to do."""
        before, now = len(office.slack.calls), office.clock.now()
        await store.outages.record_contact(None, Sighting(now, lost_since=now - timedelta(hours=1)))
        for replica in office.replicas:
            await replica.bot.checks.run()
            await replica.bot.workspace.reconciliation.settled()
        assert team not in await store.outages.pending()
        asked = [call for call in office.slack.calls[before:] if call.method == "reactions.get"]
        return sorted(call.arguments["timestamp"] for call in asked)

    assert len(await read_after_an_outage()) == 4
    await owner.bot.ownership.end()
    owner, _ = await office.come(office.due(MONDAY) + timedelta(minutes=1))
    assert len(await read_after_an_outage()) == 4, "another has it now"


async def test_a_new_summary_and_a_tab_shown_elsewhere_are_heard_of_by_the_other(office: Office) -> None:
    first, second = await office.open_replica(), await office.open_replica()
    heard: list[str] = []
    second.bot.services.summarizer.written.subscribe(heard.append)
    first.bot.services.summarizer.written.notify("2407.21017")
    await until(lambda: heard == ["2407.21017"])
    first.bot.workspace.home_tabs.published.notify("U1")
    await until(lambda: second.bot.workspace.home_tabs.is_elsewhere("U1"))
    assert not first.bot.workspace.home_tabs.is_elsewhere("U1")


async def test_three_bots_share_the_workspaces_that_install_them_and_two_of_them_those_of_one_that_dies(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path, bots=3, database_url=database_of(tmp_path)) as fleet:
        for bot in fleet.bots:
            deaf: Any = bot.ownership
            deaf.share_soon = lambda: None
        channels: list[tuple[SlackEmulator, Channel]] = []
        for number in range(5):
            slack = fleet.slack.add_workspace(f"Laboratory {number}", installed=False)
            ana = slack.add_person("Ana", role="admin")
            await fleet.install(ana)
            channels.append((slack, slack.add_channel("papers", members=[ana.id], with_bot=True)))
        await fleet.check()
        store, now = fleet.bot.services.store, fleet.clock.now()
        for slack, channel in channels:
            served = ServedChannel(slack.team_id, channel.id, like(), cursor=MORNING - timedelta(days=1))
            assert await store.channels.create(served, now=now)

        async def morning(bots: Sequence[ConnectedBot]) -> list[int]:
            """The next one, as these bots live through it; how many workspaces each of them has."""
            for _ in range(3):
                for bot in bots:
                    leases: Any = bot.services.leases
                    await leases.renew()
                    await bot.ownership.watch()
                    await bot.ownership.share()
            schedules = [bot.ownership.schedules() for bot in bots]
            for schedule in chain(*schedules):
                await schedule.tick(fleet.clock.now())
            for schedule in chain(*schedules):
                await schedule.idle()
            return sorted(map(len, schedules))

        assert await morning(fleet.bots) == [1, 2, 2]
        dead: Any = fleet.bots[2]
        dead.ownership._has_ended = True  # it says and renews nothing any more, and gives nothing back
        dead.services.leases._held.clear()
        next_day = MORNING + timedelta(days=1)
        fleet.sources.day(next_day, papers_of(next_day))
        fleet.clock.advance_to(fleet.clock.now() + timedelta(days=1))
        assert await morning(fleet.bots[:2]) == [2, 3]
        for slack, channel in channels:
            editions = [
                message.metadata["event_payload"]["edition"]
                for message in slack.messages(channel.id)
                if message.metadata and message.metadata["event_payload"]["part"] == "header"
            ]
            assert editions == [f"daily:{MORNING}", f"daily:{next_day}"]


async def test_a_week_comes_minute_by_minute_while_a_machines_date_is_wrong_and_jumps(tmp_path: Path) -> None:
    """Replicas whose clocks are five minutes off, and which own the workspace in turn; `make soak` lives a week."""
    days = [MONDAY + timedelta(days=number) for number in range(7 if IS_SOAK else 2)]
    since = datetime(2026, 8, 10, 18, 0, tzinfo=UTC)
    places = [
        Place("seoul", "Asia/Seoul", time(9, 10), 3, since),
        Place("new-york", "America/New_York", time(9, 0), 2, since),
    ]
    world = World({day: papers_of(day) for day in days if day.weekday() < 5})
    wrong = (timedelta(minutes=5), timedelta(minutes=-5))
    await judge(tmp_path, places, world, since + timedelta(days=len(days)), wrong=wrong)
