"""One process in two workspaces: one store and one reading of the day, and nothing else in common."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.editions.daily import DailyEdition
from bot.rules.channels import Channel, ChannelState
from bot.services import open_services
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackPlatform
from bot.workspace import Workspace, open_configured_workspace
from tests.clocks import PatientClock
from tests.harness import like, papers_of, settings_for
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from bot.services import Services
    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import SlackEmulator

DAY = date(2026, 8, 17)
DUE = datetime(2026, 8, 18, 0, 10, tzinfo=UTC)  # ten past nine in Seoul
TEAMS = ("T0000000001", "T0000000002")


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace, and a channel of it that is served."""

    slack: SlackEmulator
    workspace: Workspace
    channel: SlackChannel

    def posts(self) -> int:
        """How many messages stand in the channel, threads included."""
        return sum(call.method == "chat.postMessage" and call.status == 200 for call in self.slack.calls)


@dataclass(frozen=True, slots=True)
class Process:
    """What the two places share."""

    services: Services
    clock: PatientClock
    places: tuple[Place, Place]
    sources: PaperSources

    async def at(self, moment: datetime) -> None:
        """Let it be `moment`, and let everything due be done in both workspaces, side by side."""
        self.clock.advance_to(moment)
        now = self.clock.now()
        for place in self.places:
            await place.workspace.schedule.tick(now)
        for place in self.places:
            await place.workspace.schedule.idle()

    async def state(self, place: Place) -> ChannelState:
        channel = await self.services.store.channels.find(place.workspace.team, place.channel.id)
        assert channel is not None
        return channel.state


@asynccontextmanager
async def open_process(folder: Path) -> AsyncIterator[Process]:
    clock = PatientClock(DUE - timedelta(hours=1))
    async with AsyncExitStack() as stack:
        sources = await stack.enter_async_context(PaperSources.open())
        sources.day(DAY, papers_of(DAY))
        platform = await stack.enter_async_context(SlackPlatform(build_manifest(), now=clock.now))
        slacks = [platform.add_workspace(name, granted=USUALLY_GRANTED) for name in ("Reading Room", "Library")]
        services = await stack.enter_async_context(open_services(settings_for(slacks[0], sources, folder), clock=clock))
        places = []
        for slack in slacks:
            there = replace(services, settings=settings_for(slack, sources, folder))
            workspace = await stack.enter_async_context(open_configured_workspace(there))
            channel = slack.add_channel("papers", with_bot=True)
            served = Channel(workspace.team, channel.id, like(), cursor=DAY - timedelta(days=1))
            assert await services.store.channels.create(served, now=clock.now())
            places.append(Place(slack, workspace, channel))
        yield Process(services, clock, (places[0], places[1]), sources)


async def test_each_gets_its_digest_with_its_own_token_though_the_channels_have_one_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    composed = 0
    parts = DailyEdition._parts

    async def counted(*args: Any, **more: Any) -> Any:
        nonlocal composed
        composed += 1
        return await parts(*args, **more)

    monkeypatch.setattr(DailyEdition, "_parts", counted)
    async with open_process(tmp_path) as process:
        one, other = process.places
        assert (one.workspace.team, other.workspace.team) == TEAMS
        assert one.channel.id == other.channel.id
        assert one.slack.bot_token != other.slack.bot_token
        process.clock.advance_to(DUE)
        for place in process.places:
            # The clock has moved when the other reads its list: the messages of the first are a second apart.
            await place.workspace.schedule.tick(DUE)
            await place.workspace.schedule.idle()
            assert place.posts() == 4
            assert {call.token for call in place.slack.calls} == {place.slack.bot_token}
        assert composed == 1


async def test_a_days_list_is_read_once_for_all_that_are_due_at_a_minute(tmp_path: Path) -> None:
    async with open_process(tmp_path) as process:
        await process.at(DUE)
        assert [place.posts() for place in process.places] == [4, 4]
        assert [call.path for call in process.sources.calls].count("/api/daily_papers") == 1


async def test_what_happens_to_one_does_not_happen_to_the_other(tmp_path: Path) -> None:
    async with open_process(tmp_path) as process:
        one, other = process.places
        one.slack.faults.error("chat.postMessage", error="is_archived", times=1000)
        await process.at(DUE)
        assert (await process.state(one), await process.state(other)) == (ChannelState.CLOSED, ChannelState.ACTIVE)
        assert other.posts() == 4


async def test_a_workspace_that_stops_leaves_the_other_at_work(tmp_path: Path) -> None:
    async with open_process(tmp_path) as process:
        one, other = process.places
        await one.workspace.schedule.stop()
        await process.at(DUE)
        assert (one.posts(), other.posts()) == (0, 4)
