"""A world as it passes before a real bot, and where what came of it is not as foretold."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from bot.app import open_bot
from bot.clock import CorrectedClock
from bot.rules.channels import EmptyDays, Layout
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.calendar_oracle import AHEAD, MINUTE, What, due_moments, foretell, minutes
from tests.clocks import PatientClock, SkewedClock
from tests.harness import Harness, environment_for, lay_out_database, read, settings_for
from tests.postgres import database_of
from tests.scopes import usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from bot.connected_bot import ConnectedBot
    from bot.settings import Settings
    from bot.slack_emulator import Channel
    from bot.slack_emulator import SlackMessage as Posting
    from tests.bot_process import BotProcesses
    from tests.calendar_oracle import Act, Happening, Place, World

# `make soak` looks more often: at times when something is out of order, at others, and around the moment of a change.
IS_SOAK = "PAPERBOY_SOAK_TOP" in os.environ
TROUBLED, CALM = (MINUTE * 30, MINUTE * 240) if IS_SOAK else (MINUTE * 180, MINUTE * 720)
AROUND = range(-7, 9) if IS_SOAK else range(-1, 9)
# In minutes that are looked at: the replica that was at work is restarted.
_RESTARTED_EVERY = 5
PHRASES = {
    "empty": "No papers for",
    "known": "were already posted here",
    "unfit": "matched this channel's filters",
    "unreachable": "isn't responding",
    "not open": "has no list yet",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One edition as a channel shows it; whether its cards, when it has any, are in its thread."""

    edition: str
    minute: datetime
    cards: tuple[str, ...]
    in_thread: bool
    text: str


class UnhurriedClock(PatientClock):
    """A clock whose hands only short waits move, for what another holds.

    Everybody shares the hands, so that ten channels that keep their pace would otherwise push each other past minutes.
    """

    _waited = 0.0

    def monotonic(self) -> float:
        return self._passed + self._waited

    async def sleep(self, seconds: float) -> None:
        moves_hands = seconds < 1
        self._waited += 0.0 if moves_hands else seconds
        await super().sleep(seconds if moves_hands else 0)


class Replay:
    """A world as it passes before a real bot, which is closed and opened again when the world says it was down.

    One of `processes` stands in for it in the minutes in which it is killed. With machines whose clocks are `wrong`,
    and jump, several bots on one server stand in for it, and start anew in turn.
    """

    def __init__(
        self,
        folder: Path,
        places: Sequence[Place],
        world: World,
        processes: BotProcesses | None = None,
        wrong: Sequence[timedelta] = (),
    ) -> None:
        self.clock = UnhurriedClock(min(place.since for place in places))
        self.folder, self.places, self.world, self.processes = folder, places, world, processes
        self.ticks = self.deaths = 0
        self._stack, self._workspace, self._bot = AsyncExitStack(), AsyncExitStack(), AsyncExitStack()
        self._replicas = [_Replica(SkewedClock(self.clock, by)) for by in wrong]
        self._office: Harness | None = None
        self._channels: dict[str, Channel] = {}
        self._seen: dict[str, list[Seen]] = {place.name: [] for place in places}
        self._served: set[str] = set()
        self._opened: set[date] = set()
        self.read_at: dict[str, set[datetime]] = {}

    async def __aenter__(self) -> Self:
        lay_out_database(self.folder)
        self.sources = await self._stack.enter_async_context(PaperSources.open())
        for day, items in self.world.lists.items():
            self.sources.day(day, items)
        for day in self.world.opens:
            self.sources.not_open(day)
        await self._move_in()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()
        await self._workspace.aclose()
        await self._stack.aclose()

    async def pass_through(self, moments: Iterable[datetime], *, moving: Collection[datetime] = ()) -> None:
        """Let all of these moments come, and the bot do at each what it does.

        In those of `moving` the workspace is cleared of its messages first, so that years of them fit into memory.
        """
        for moment in moments:
            if moment in moving:
                await self._move_out()
                await self._move_in()
            await self._come(moment)

    async def _come(self, moment: datetime) -> None:
        (self.sources.down if self.world.source_is_down(moment) else self.sources.up)()
        for day in self.world.opens.keys() - self._opened:
            if self.world.is_open(day, moment):
                self._opened.add(day)
                self.sources.day(day, self.world.lists.get(day, []))
        self.clock.advance_to(moment)
        if self.world.bot_is_down(moment):
            await self._close()
            return
        if self.processes and moment in self.world.kills:
            await self._die(self.processes, moment)
            return
        harness = self._office or await self._open()
        for place in self.places:
            if place.name not in self._served and place.since <= moment:
                self._served.add(place.name)
                await harness.serve(self._channels[place.name], **_settings(place))
            for number, act in enumerate(place.acts, start=1):
                if act.moment == moment:
                    await _perform(harness, self._channels[place.name], act, place.phases[number])
        asked = len(self.sources.calls)
        if self._replicas:
            await self._come_to_replicas()
        else:
            await harness.at(moment)
        self.ticks += 1
        if not self.world.source_is_down(moment):
            for asked_for in self.sources.days_asked_from(asked):
                self.read_at.setdefault(asked_for, set()).add(moment)

    def seen(self, place: Place) -> list[Seen]:
        """What the place's channel has shown, an edition each, in the order of the channel."""
        return [*self._seen[place.name], *self._shown(place)]

    def _shown(self, place: Place) -> list[Seen]:
        channel = self._channels[place.name].id
        messages = sorted(self.slack.messages(channel), key=lambda each: float(each.ts))
        editions = [list(group) for _, group in groupby(messages, key=_edition)]
        shown = []
        for header, *cards in editions:
            assert not header.is_reply
            threads = {card.thread_ts for card in cards}
            assert threads <= {header.ts} or threads == {None}
            # A long digest goes on in further messages.
            parts = tuple(part for card in cards if not (part := _part(card)).startswith("part "))
            shown.append(Seen(_edition(header), _minute(header), parts, threads == {header.ts}, read(header)))
        return shown

    async def _move_in(self) -> None:
        manifest = build_manifest(with_history=self.processes is not None)
        self.slack = await self._workspace.enter_async_context(
            SlackEmulator(manifest, granted=usually_granted(manifest), now=self.clock.now, retry_delays=(0, 0, 0))
        )
        self.ana = self.slack.add_person("Ana")
        for place in self.places:
            self._channels[place.name] = self.slack.add_channel(place.name, members=[self.ana.id], with_bot=True)

    async def _move_out(self) -> None:
        for place in self.places:
            self._seen[place.name] += self._shown(place)
        await self._close()
        await self._workspace.aclose()
        self._workspace = AsyncExitStack()

    async def _open(self) -> Harness:
        if self._replicas:
            for replica in self._replicas:
                await replica.open(self._settings_of_replicas())
            return self._office_with(self._replicas[0].bot)
        settings = settings_for(self.slack, self.sources, self.folder)
        bot = await self._bot.enter_async_context(open_bot(settings, clock=self.clock, between_checks=_forever))
        await self.slack.connected()
        return self._office_with(bot)

    def _office_with(self, bot: ConnectedBot) -> Harness:
        papers = next(iter(self._channels.values()))
        self._office = Harness(self.slack, self.sources, bot, self.clock, papers, self.ana, self.ana)
        return self._office

    async def _come_to_replicas(self) -> None:
        """Let each of them share and do what is due, at the minute of the server, and restart the one that did it."""
        for _ in range(2):
            for replica in self._replicas:
                await replica.round()
        (owner,) = [replica for replica in self._replicas if replica.owns]
        await owner.tick()
        if self.ticks % _RESTARTED_EVERY == 0:
            await owner.close()
            await owner.open(self._settings_of_replicas())
            self._office_with(self._replicas[0].bot)

    def _settings_of_replicas(self) -> Settings:
        return settings_for(self.slack, self.sources, self.folder, database_url=database_of(self.folder))

    async def _close(self) -> None:
        if self._office:
            self._office = None
            for replica in self._replicas:
                await replica.close()
            await self._bot.aclose()
            self._bot = AsyncExitStack()

    async def _die(self, processes: BotProcesses, moment: datetime) -> None:
        await self._close()
        environment = environment_for(settings_for(self.slack, self.sources, self.folder))
        settings = {name.lower(): value for name, value in environment.items()}
        status = await processes.serve(settings, moment, commit=self.world.kills[moment])
        assert status in {0, -signal.SIGKILL}
        self.deaths += status != 0


class _Replica:
    """A bot on a server, on a machine of its own."""

    def __init__(self, machine: SkewedClock) -> None:
        self._machine = machine
        self._stack = AsyncExitStack()

    async def open(self, settings: Settings) -> None:
        self._clock = CorrectedClock(self._machine.ask_true, self._machine)
        await self._clock.measure()
        opening = open_bot(
            settings,
            clock=self._clock,
            between_checks=_forever,
            between_rounds=_forever,
            lease_seconds=self._clock.monotonic,
        )
        self.bot = await self._stack.enter_async_context(opening)

    async def close(self) -> None:
        await self._stack.aclose()
        self._stack = AsyncExitStack()

    @property
    def owns(self) -> bool:
        return self.bot.ownership.owns(self.bot.workspace.team)

    async def round(self) -> None:
        self._machine.wrong = -self._machine.wrong
        await self._clock.measure()
        # Long waits don't move the hands in a replay, which looks from here as if the server's clock had jumped.
        clock: Any = self._clock
        clock._jumped_at = float("-inf")
        self._machine.wrong = -self._machine.wrong
        leases: Any = self.bot.services.leases
        await leases.renew()
        await self.bot.ownership.watch()
        await self.bot.ownership.share()

    async def tick(self) -> None:
        self._machine.wrong = -self._machine.wrong
        for schedule in self.bot.ownership.schedules():
            await schedule.tick(self._clock.now())
            await schedule.idle()


async def _forever(_: float) -> None:
    """The line is looked at when a bot begins: rounds that come by this machine's seconds have no place in a year."""
    await asyncio.Event().wait()


def _settings(place: Place) -> dict[str, Any]:
    """What a place wishes, as a channel's settings."""
    return {
        "timezone": place.timezone,
        "post_at": place.post_at,
        "top": place.top,
        "weekdays": place.weekdays,
        "skip_dates": tuple(sorted(place.skip_dates)),
        "minimum_votes": place.minimum_votes,
        "include_words": place.include,
        "exclude_words": place.exclude,
        "layout": Layout.THREAD if place.in_thread else Layout.CARDS,
        "empty_days": EmptyDays.SAY_WHY if place.talkative else EmptyDays.NOTHING,
    }


async def _perform(harness: Harness, channel: Channel, act: Act, phase: Place) -> None:
    match act.what:
        case What.CHANGE:
            await harness.change(channel, **_settings(phase))
        case What.PAUSE:
            await harness.pause(channel)
        case What.RESUME:
            await harness.resume(channel)
        case What.SKIP | What.UNSKIP:
            await harness.skip_next(channel, wanted=act.what is What.SKIP)


def _edition(message: Posting) -> str:
    return str((message.metadata or {})["event_payload"]["edition"])


def _part(message: Posting) -> str:
    return str((message.metadata or {})["event_payload"]["part"])


def _minute(message: Posting) -> datetime:
    return datetime.fromtimestamp(float(message.ts), UTC).replace(second=0, microsecond=0)


def telling_moments(places: Sequence[Place], world: World, until: datetime) -> list[datetime]:
    """The minutes that could matter: around each due one and each change, every few hours in outages, some others."""
    start = min(place.since for place in places).replace(second=0, microsecond=0)
    telling = {start} | {place.since for place in places}
    for phase in (phase for place in places for phase in place.phases):
        for due in due_moments(phase.timezone, phase.post_at, phase.since, until):
            telling |= {due - AHEAD, due - MINUTE, due, due + MINUTE}
    for edge in world.edges:
        telling |= {edge + step * MINUTE for step in AROUND}
    for act in (act for place in places for act in place.acts):
        telling |= {act.moment, act.moment + MINUTE, act.moment + AHEAD}
    for kill in world.kills:
        telling |= {kill + step * MINUTE for step in range(5)}
    moment = start.replace(hour=0, minute=0)
    while moment < until:
        troubled = world.source_is_down(moment) or any(
            day <= moment.date() and not world.is_open(day, moment) for day in world.opens
        )
        if troubled or (moment - moment.replace(hour=0, minute=0)) % CALM == timedelta():
            telling.add(moment)
        moment += TROUBLED
    return sorted(moment for moment in telling if start <= moment < until)


def differences(
    place: Place, expected: Sequence[Happening], seen: Sequence[Seen], read_at: Mapping[str, Collection[datetime]]
) -> list[str]:
    """Where a channel is not as foretold, in words; `read_at` tells when the source was seen to give each day."""
    wrong: list[str] = []
    shown = {each.edition: each for each in seen}
    if len(shown) != len(seen):
        twice = [edition for edition in shown if [each.edition for each in seen].count(edition) > 1]
        wrong.append(f"{place.name}: an edition came twice: {twice}")
    foretold = {each.edition: each for each in expected}
    wrong += [f"{place.name}: {name} is missing, due {foretold[name].earliest}" for name in foretold.keys() - shown]
    for name in shown.keys() - foretold:
        wrong.append(f"{place.name}: {name} came unasked at {shown[name].minute}: {shown[name].text}")
    for name in foretold.keys() & shown:
        wanted, got = foretold[name], shown[name]
        if not wanted.earliest <= got.minute <= wanted.latest:
            wrong.append(f"{place.name}: {name} came at {got.minute}, due {wanted.earliest} to {wanted.latest}")
        if wanted.cards != got.cards:
            wrong.append(f"{place.name}: {name} has {got.cards}, not {wanted.cards}")
        if wanted.cards and wanted.in_thread is not got.in_thread:
            wrong.append(f"{place.name}: {name} has its cards {'in' if got.in_thread else 'out of'} its thread")
        first, *_, last = re.findall(r"\d{4}-\d\d-\d\d", name) * 2
        read = {moment for day, moments in read_at.items() if first <= day <= last for moment in moments}
        zones = {ZoneInfo(phase.timezone) for phase in place.phases}
        clocks = {f"{moment.astimezone(zone):%H:%M}" for moment in read for zone in zones}
        wrong += [f"{place.name}: {name} says {got.text!r}, not {each}" for each in _unsaid(wanted, got.text, clocks)]
    order = [each.edition for each in seen if each.cards]
    if order != [each.edition for each in expected if each.cards and each.edition in shown]:
        wrong.append(f"{place.name}: out of order: {order}")
    return wrong


def _unsaid(wanted: Happening, text: str, clocks: Collection[str]) -> list[str]:
    """What a header or note should say and does not, or says and should not; `clocks` are when its days were read."""
    reasons = {reason for reason, _ in wanted.why}
    unsaid = [phrase for reason, phrase in PHRASES.items() if (phrase in text) != (reason in reasons)]
    unsaid += [f"{day:%A}" for _, day in wanted.why if f"{day:%A}, {day:%B} {day.day}, {day.year}" not in text]
    missed = re.search(r"(\d+) missed days? plus", text.lower())
    said = int(missed[1]) if missed else 0
    if said != wanted.missed:
        unsaid.append(f"{wanted.missed} days missed")
    left_out = re.search(r"Includes (\d+) days? with no separate digest", text)
    if (int(left_out[1]) if left_out else 0) != wanted.left_out:
        unsaid.append(f"{wanted.left_out} days left out by choice")
    as_read = re.search(r"its list as of (\d\d:\d\d)", text)
    if (as_read[1] if as_read else None) not in ({*wanted.as_read, *clocks} if wanted.as_read else {None}):
        unsaid.append(f"as of {sorted(wanted.as_read)}")
    return unsaid


async def judge(
    folder: Path,
    places: Sequence[Place],
    world: World,
    until: datetime,
    *,
    every: bool = False,
    processes: BotProcesses | None = None,
    moving: Collection[datetime] = (),
    wrong: Sequence[timedelta] = (),
) -> str:
    """Let the world pass and compare every channel with what was foretold; how much there was to compare."""
    start = min(place.since for place in places)
    expected = foretell(places, world, until)
    async with Replay(folder, places, world, processes, wrong) as replay:
        moments = minutes(start, until) if every else telling_moments(places, world, until)
        await replay.pass_through(moments, moving=moving)
        differing: list[str] = []
        for place in places:
            foretold = [each for each in expected if each.place == place.name]
            differing += differences(place, foretold, replay.seen(place), replay.read_at)
        assert not differing, "\n".join(differing)
        dates = sum(len(due_moments(place.timezone, place.post_at, place.since, until)) for place in places)
        papers = [each for each in expected if each.cards]
        return (
            f"judged: {len(places)} channels, {dates} channel-dates, {len(papers)} editions with "
            f"{sum(len(each.cards) for each in papers)} cards, {len(expected) - len(papers)} notes,"
            f" {replay.ticks} ticks, {replay.deaths} deaths"
        )
