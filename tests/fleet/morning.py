"""A morning of a fleet: replicas with one database bring many channels their papers, while things go wrong.

Nothing of it is simulated but Slack and the source of papers: processes of `paperboy run`, a PostgreSQL server, real
time.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.rules.channels import Channel, ChannelSettings, Layout
from bot.rules.feeds import HUGGING_FACE
from tests.fleet.database import Server, Way, open_way
from tests.fleet.judge import HEADER, Verdict, judge
from tests.fleet.processes import CpuTime
from tests.fleet.replicas import RUN, Replica, free_port, running
from tests.fleet.seeding import seed
from tests.fleet.slack import APP_TOKEN, SIGNING_SECRET, Slack, Terms, channel_name, open_slack, team_name
from tests.harness import papers_of
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

_POLL_SECONDS = 0.25
# How long a request that was held up may take to arrive, and its sender to look for it.
_LATE_SECONDS = 25
_ADDRESS = re.compile(r" at 0x[0-9a-f]+|port=\d+|127\.0\.0\.1:\d+")
_OPEN = "('pending', 'claimed', 'in_doubt')"


@dataclass
class Fleet:
    """Replicas at work; `due` is the minute at which all channels are due, `parts` what each is to get."""

    slack: Slack
    sources: PaperSources
    server: Server | None
    database_url: str
    replicas: Sequence[Replica]
    due: datetime
    day: date
    parts: Sequence[str]
    channels: Sequence[str]
    told: list[str] = field(default_factory=list)
    ill: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)

    @property
    def expected(self) -> int:
        """How many messages there are to be."""
        return len(self.channels) * len(self.parts)

    def tell(self, what: str) -> None:
        """Note what happened, and when."""
        self.told.append(f"{time.monotonic() - self.began:6.1f} s  {what}")

    async def posted(self, share: float) -> None:
        """Wait until this share of all messages has come, or nothing came for three minutes."""
        wanted, number, since = self.expected * share, -1, time.monotonic()
        while number < wanted and time.monotonic() - since < 180:
            await asyncio.sleep(_POLL_SECONDS)
            now = await self.slack.number_of_posts()
            if now != number:
                number, since = now, time.monotonic()

    async def busiest(self) -> Replica:
        """Whichever replica sent the most lately, of those with which nothing was done yet."""
        senders = await self.slack.senders()
        free = [each for each in self.replicas if each.name not in self.ill and each.is_alive]
        chosen = max(free, key=lambda each: senders[each.name])
        self.ill.add(chosen.name)
        return chosen

    async def settled(self, *, within: float) -> bool:
        """Wait until nothing is left to send; whether that came to be in time."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            try:
                left, served = await asyncio.to_thread(self._left)
            except Exception:  # the server is away, which is part of it
                left, served = 1, 0
            if left == 0 and served >= len(self.channels):
                return True
            await asyncio.sleep(4 * _POLL_SECONDS)
        self.tell(f"still open after {within:.0f} s: {left} messages, {len(self.channels) - served} channels")
        return False

    def _left(self) -> tuple[int, int]:
        (left,) = self.query(f"SELECT count(*) FROM outbox WHERE state IN {_OPEN}")[0]
        (served,) = self.query("SELECT count(DISTINCT conversation) FROM outbox WHERE conversation LIKE 'C%'")[0]
        return left, served

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database has, past all replicas."""
        if self.server is None:
            with closing(sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=10)) as db:
                return db.execute(sql).fetchall()
        import psycopg

        with psycopg.connect(self.server.address, connect_timeout=5) as db:
            return db.execute(sql.encode()).fetchall()

    async def verdict(self) -> Verdict:
        """How it went."""
        rows = self.query("SELECT conversation, part, state FROM outbox WHERE kind = 'post' AND edition_kind = 'daily'")
        states = {(channel, part): state for channel, part, state in rows}
        return judge((await self.slack.seen()).posted, self.channels, self.parts, states=states)

    def cpu(self) -> CpuTime:
        """The processor time of all replicas so far."""
        total = CpuTime(0.0)
        for each in self.replicas:
            total += each.cpu()
        return total


def _environment(slack: Slack, name: str, sources: PaperSources, url: str, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url(name),
        "HF_URL": sources.url,
        "ARXIV_API_URL": sources.url,
        "ARXIV_URL": sources.url,
        "DATABASE_URL": url,
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
        **more,
    }


@asynccontextmanager
async def open_fleet(
    folder: Path,
    terms: Terms,
    *,
    server: Server | None,
    replicas: int = 3,
    cards: int = 10,
    over_http: bool = True,
    due_in: timedelta = timedelta(seconds=-60),
    program: Sequence[str] = RUN,
    clocks_off: Sequence[float] = (),
) -> AsyncIterator[Fleet]:
    """A fleet whose channels are due at the minute of `due_in` from now; without a `server`, one process on SQLite.

    Each channel gets a header and so many cards, or with 0 of them a digest alone. The replicas are not started; an
    impatient one may have a machine whose clock is off by so many seconds.
    """
    async with AsyncExitStack() as stack:
        sources = await stack.enter_async_context(PaperSources.open())
        slack = stack.enter_context(open_slack(terms))
        due = (datetime.now(UTC) + due_in).replace(second=0, microsecond=0)
        day = HUGGING_FACE.last_listing_day(due)
        papers = papers_of(day, votes=range((cards or 10) + 5, 0, -1))
        sources.day(day, papers)
        url = server.address if server else f"sqlite:///{folder / 'paperboy.db'}"
        preferences = ChannelSettings(
            due.time(), "UTC", "en", cards or 10, layout=Layout.THREAD if cards else Layout.DIGEST
        )
        teams = [team_name(number) for number in range(1, terms.workspaces + 1)]
        served = [
            Channel(team, channel_name(team, number), preferences, cursor=day - timedelta(days=1))
            for team in teams
            for number in range(1, terms.channels + 1)
        ]
        environment = await seed(url, served, now=due - timedelta(hours=20), has_history=terms.has_history)
        fleet = Fleet(
            slack,
            sources,
            server,
            url,
            [],
            due,
            day,
            [HEADER, *(item["paper"]["id"] for item in papers[:cards])],
            [channel.id for channel in served],
        )
        members: list[Replica] = []
        for number in range(replicas if server else 1):
            name = f"r{number + 1}"
            way: Way | None = await stack.enter_async_context(open_way(server)) if server else None
            port = free_port()
            transport = (
                {"SLACK_SIGNING_SECRET": SIGNING_SECRET, "PORT": str(port)}
                if over_http
                else {"SLACK_APP_TOKEN": APP_TOKEN, "PORT": str(port)}
            )
            clock = {"FLEET_CLOCK_IS_OFF": str(clocks_off[number])} if clocks_off else {}
            values = {**environment, **transport, **clock}
            log = folder / f"{name}.log"
            members.append(
                Replica(
                    name, _environment(slack, name, sources, way.url if way else url, values), log, program, way, port
                )
            )
        await slack.listen_at([f"http://127.0.0.1:{each.port}/slack/events" for each in members] if over_http else [])
        yield replace(fleet, replicas=members)


# what goes wrong ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong once this share of all messages has come."""

    at: float
    name: str
    happen: Callable[[Fleet], Awaitable[None]]


def killed(at: float, *, again_after: float | None = 20.0) -> Fault:
    """A replica is killed, and begun again after so many seconds, or never."""

    async def happen(fleet: Fleet) -> None:
        replica = await fleet.busiest()
        fleet.tell(f"{replica.name} is killed")
        replica.kill()
        if again_after is not None:
            await asyncio.sleep(again_after)
            replica.start()

    return Fault(at, "one replica killed", happen)


def stopped_after_claim(at: float, *, seconds: float = 120.0) -> Fault:
    """A replica stands still between its claim and its request, as its machine may."""

    async def happen(fleet: Fleet) -> None:
        replica = await fleet.busiest()
        assert replica.way is not None
        await replica.way.stop_after_claim(replica.pid)
        fleet.tell(f"{replica.name} stands still, its claim written down")
        await asyncio.sleep(seconds)
        replica.go_on()
        fleet.tell(f"{replica.name} goes on")

    return Fault(at, "one replica stopped between claim and request", happen)


def stopped_in_request(at: float, *, seconds: float = 120.0) -> Fault:
    """A replica stands still after it last looked whether it may send, and its request arrives when it goes on."""

    async def happen(fleet: Fleet) -> None:
        replica = await fleet.busiest()
        await fleet.slack.stop_in_request(replica.name, replica.pid, seconds)
        await asyncio.sleep(seconds + 1)
        fleet.tell(f"{replica.name} goes on")

    return Fault(at, "one replica stopped in its request", happen)


def database_restarted(at: float) -> Fault:
    """The server ends what goes on and is started again."""

    async def happen(fleet: Fleet) -> None:
        assert fleet.server is not None
        await asyncio.to_thread(fleet.server.restart)

    return Fault(at, "the database restarted", happen)


def connections_cut(at: float, number: int | None = None) -> Fault:
    """All connections of a replica, or of every one, end at whatever they are at."""

    async def happen(fleet: Fleet) -> None:
        for each in fleet.replicas if number is None else [fleet.replicas[number]]:
            if each.way:
                each.way.cut()

    return Fault(at, "connections cut", happen)


# a morning ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Morning:
    """How a morning went, and the processor time it took.

    `seconds` is from its due minute, or its start after that, to its last message.
    """

    verdict: Verdict
    is_settled: bool
    seconds: float
    bots: CpuTime
    database: CpuTime
    refused: Mapping[str, int]
    looks: int
    states: Mapping[str, int]
    told: Sequence[str]

    @property
    def cpu_a_message(self) -> float:
        """Milliseconds that the replicas together took for a message."""
        return 1000 * self.bots.seconds / max(self.verdict.messages, 1)

    def __str__(self) -> str:
        database = 1000 * self.database.seconds / max(self.verdict.messages, 1)
        lines = [
            str(self.verdict),
            f"last message {self.seconds:.1f} s after it was due; CPU a message {self.cpu_a_message:.2f} ms"
            f" (database {database:.2f} ms); looks {self.looks}; outbox {dict(self.states)};"
            f" refused {dict(self.refused)}; {'settled' if self.is_settled else 'NOT SETTLED'}",
            *self.told,
            *self.verdict.examples,
        ]
        return "\n".join(lines)


async def serve(
    fleet: Fleet, faults: Sequence[Fault] = (), *, within: float = 420.0, late_seconds: float = _LATE_SECONDS
) -> Morning:
    """Let a fleet serve its channels while these faults happen, until nothing is left to send.

    Whoever comes back late has so many seconds more, in which to do harm and to mend it.
    """
    async with running(fleet.replicas):
        wait = (fleet.due - datetime.now(UTC)).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        bots, database = fleet.cpu(), fleet.server.cpu() if fleet.server else CpuTime(0.0)
        fleet.tell("due")
        begun = time.time()

        async def go_wrong(fault: Fault) -> None:
            await fleet.posted(fault.at)
            fleet.tell(f"{fault.name}, {await fleet.slack.number_of_posts()} of {fleet.expected} messages there")
            await fault.happen(fleet)

        await asyncio.gather(*map(go_wrong, faults))
        fleet.tell("all that was to go wrong went wrong")
        is_settled = await fleet.settled(within=within)
        if any(fault.name.startswith("one replica stopped") for fault in faults):
            await asyncio.sleep(late_seconds)
        bots, after = fleet.cpu() - bots, fleet.server.cpu() if fleet.server else CpuTime(0.0)
        seen = await fleet.slack.seen()
        verdict = await fleet.verdict()
        states = Counter({state: int(number) for state, number in fleet.query(
            "SELECT state, count(*) FROM outbox GROUP BY state"
        )})  # fmt: skip
    return Morning(
        verdict,
        is_settled,
        verdict.last - begun,
        bots,
        after - database,
        seen.refused,
        seen.calls["conversations.history"] + seen.calls["conversations.replies"],
        states,
        fleet.told,
    )


def warnings_in(fleet: Fleet) -> Counter[str]:
    """What the replicas logged as going wrong, and how often."""
    found: Counter[str] = Counter()
    for replica in fleet.replicas:
        for line in replica.log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                found[f"{replica.name}: {line[:160]}"] += 1
                continue
            if entry.get("level") in {"warning", "error", "critical"}:
                what = _ADDRESS.sub("", f"{entry.get('level')}: {entry.get('event')} {entry.get('error', '')}")
                found[what[:160].strip()] += 1
    return found
