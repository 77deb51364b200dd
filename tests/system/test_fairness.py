"""One workspace that Slack serves badly delays nobody else: not what is posted, not what people ask."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.app import NOTICES_AT_ONCE, WORK_AT_ONCE, WORK_WAITING
from bot.rules.channels import Channel
from bot.slack.client import REQUESTS_AT_ONCE, REQUESTS_OF_A_WORKSPACE
from tests.harness import DAY, like
from tests.many_workspaces import open_fleet
from tests.postgres import SERVER, database_of

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import Person, SlackEmulator
    from tests.many_workspaces import Fleet

DUE = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)  # ten past nine in Seoul
PAPER = "2407.21017"


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace, somebody in it, and a channel that is served."""

    slack: SlackEmulator
    person: Person
    channel: SlackChannel

    def posts(self) -> int:
        """How many messages of Paperboy's stand in the channel, threads included."""
        return sum(message.user == self.slack.bot_user_id for message in self.slack.messages(self.channel.id))


async def serve(fleet: Fleet, name: str) -> Place:
    """Install Paperboy in a new workspace, and have it serve a channel there."""
    slack = fleet.slack.add_workspace(name, installed=False)
    person = slack.add_person("Ana", locale="en-US", tz="Europe/Berlin", role="admin")
    await fleet.install(person)
    channel = slack.add_channel("papers", members=[person.id], with_bot=True)
    served = Channel(slack.team_id, channel.id, like(), cursor=DAY - timedelta(days=1))
    assert await fleet.bot.services.store.channels.create(served, now=fleet.clock.now())
    return Place(slack, person, channel)


def hang(place: Place, until: asyncio.Event) -> None:
    """From now on, Slack answers nothing in this workspace until then."""
    for _ in range(1000):
        place.slack.faults.before_request(1, until.wait)


async def test_a_channel_gets_its_digest_while_other_workspaces_are_not_answered_limited_or_cut_off(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path) as fleet:
        hung, limited, cut_off, sound = [await serve(fleet, name) for name in ("Hung", "Limited", "Cut off", "Sound")]
        await fleet.check()
        is_over = asyncio.Event()
        hang(hung, is_over)
        limited.slack.faults.answer("chat.postMessage", status=429, retry_after=3600, times=10_000)
        cut_off.slack.faults.error("chat.postMessage", error="invalid_auth", times=10_000)
        fleet.clock.advance_to(DUE)
        for schedule in fleet.bot.ownership.schedules():
            await schedule.tick(fleet.clock.now())
        await fleet.bot.workspaces[sound.slack.team_id].schedule.idle()
        assert [place.posts() for place in (hung, limited, cut_off, sound)] == [0, 0, 0, 4]
        assert not fleet.bot.failed.done(), "what one workspace's token is worth ends no bot that serves others"
        assert (await sound.slack.command(sound.person.id, sound.channel.id, "/paper", PAPER)).ok
        is_over.set()


async def test_who_asks_is_answered_while_all_that_another_workspace_may_have_under_way_is_under_way(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path) as fleet:
        hung, sound = [await serve(fleet, name) for name in ("Hung", "Sound")]
        await fleet.check()
        is_over = asyncio.Event()
        hang(hung, is_over)
        before = len(hung.slack.calls)
        client = fleet.workspace(hung.slack).client
        asking = [asyncio.create_task(client.users_info(user=hung.person.id)) for _ in range(REQUESTS_AT_ONCE + 1)]
        tasks, notices = fleet.bot.deps.background, fleet.bot.deps.overload_notices
        for _ in range(WORK_AT_ONCE + WORK_WAITING):
            tasks.of(hung.slack.team_id).start(_wait_for(is_over))
        for _ in range(NOTICES_AT_ONCE):
            notices.of(hung.slack.team_id).start(_wait_for(is_over))
        # Its profile is asked for, and its answer, which goes on after the acknowledgement, needs its turn.
        said = await sound.slack.mention(sound.person.id, sound.channel.id, PAPER)
        await sound.slack.settled()
        await tasks.of(sound.slack.team_id).idle()
        assert len(sound.slack.thread(sound.channel.id, said.ts)) == 2
        assert len(hung.slack.calls) - before <= REQUESTS_OF_A_WORKSPACE
        is_over.set()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


@pytest.mark.postgres
@pytest.mark.skipif(SERVER not in os.environ, reason="make test-postgres runs it")
async def test_what_several_bots_send_to_a_workspace_is_counted_together_and_a_pause_is_that_of_all(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path, bots=2, database_url=database_of(tmp_path)) as fleet:
        place = await serve(fleet, "Busy")
        await fleet.check()
        team, post = place.slack.team_id, "chat.postMessage"
        one, other = [bot.workspaces[team].sender.rate_limiter for bot in fleet.bots]
        began = fleet.clock.now()
        await asyncio.gather(*(one.acquire(post, team, f"C{number}") for number in range(300)))
        full = fleet.clock.now()
        assert full - began < timedelta(seconds=120), "all but what is left for answers goes at once"
        await asyncio.gather(*(other.acquire(post, team, f"D{number}") for number in range(300)))
        assert fleet.clock.now() - full > timedelta(seconds=55)
        await one.pause(post, team, 30)
        paused = fleet.clock.now()
        await other.acquire(post, team, "C1")
        assert fleet.clock.now() - paused >= timedelta(seconds=30)
        assert other.rate(post, team) < 300
        row = await fleet.bot.services.store.database.read(lambda db: db.row("SELECT count(*) FROM rate_limits"))
        assert row == (1,)


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
