"""Paperboy's process beside one that has only Bolt in it: when it is connected, how large it is, when it is back."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import open_bot
from bot.rules.feeds import HUGGING_FACE
from bot.slack.manifest import build_manifest
from bot.slack_emulator import PrivateMessage, SlackEmulator
from tests.harness import environment_for, papers_of, settings_for
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[2]
STARTS, RECONNECTS = 5, 10
PAPERS, COMMANDS = 10, 250
_BARE = """
import asyncio, os
from slack_bolt.async_app import AsyncApp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient
async def main():
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    handler = AsyncSocketModeHandler(AsyncApp(client=client), os.environ["SLACK_APP_TOKEN"])
    await handler.connect_async()
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def measure_start() -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds from the start to a connection, and resident MB then: of `paperboy run` and of bare Bolt; medians."""
    ours = [await _start("-m", "bot", "run") for _ in range(STARTS)]
    bare = [await _start("-c", _BARE) for _ in range(STARTS)]
    return _medians(ours), _medians(bare)


def _medians(samples: list[tuple[float, float]]) -> tuple[float, float]:
    seconds, megabytes = zip(*samples, strict=True)
    return statistics.median(seconds), statistics.median(megabytes)


async def measure_use() -> float:
    """Resident MB of `paperboy run` after its first digest and 250 commands."""
    async with _town() as (slack, sources, folder):
        day = HUGGING_FACE.last_settled_day(datetime.now(UTC))
        for days in range(7):
            sources.day(earlier := day - timedelta(days=days), papers_of(earlier, votes=tuple(range(30, 10, -1))))
        person = slack.add_person("Ana")
        channel = slack.add_channel("papers", members=[person.id], with_bot=True)
        environment = {**os.environ, **environment_for(settings_for(slack, sources, folder)), "LOG_LEVEL": "ERROR"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=environment)
        try:
            await slack.connected(within=30)
            await slack.command(person.id, channel.id, "/paper", "settings")
            for button in ("channel_use_defaults", "channel_post_now"):
                await slack.click(person.id, await _shown_with(slack, person.id, button), button)
            await until(lambda: len(slack.messages(channel.id)) > PAPERS)
            asked = [f"{day:%y%m}.{day.day:02}{number:03}" for number in range(1, PAPERS + 1)]
            asked += ["help", "list", "settings", "language"]
            for number in range(COMMANDS):
                await slack.command(person.id, channel.id, "/paper", asked[number % len(asked)])
            return _resident_mb(process.pid)
        finally:
            process.kill()
            await process.wait()


async def _shown_with(slack: SlackEmulator, person: str, button: str) -> PrivateMessage:
    """The last message to this person alone that has the button, once there is one."""

    def shown() -> list[PrivateMessage]:
        return [each for each in slack.ephemerals(person) if button in str(each.blocks)]

    await until(lambda: len(shown()) > 0)
    return shown()[-1]


async def _start(*arguments: str) -> tuple[float, float]:
    async with _town() as (slack, sources, folder):
        environment = {**os.environ, **environment_for(settings_for(slack, sources, folder)), "LOG_LEVEL": "ERROR"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, env=environment)
        await slack.connected()
        seconds = time.perf_counter() - began
        await asyncio.sleep(0.5)
        megabytes = _resident_mb(process.pid)
        process.kill()
        await process.wait()
    return seconds, megabytes


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024


async def measure_reconnects() -> list[float]:
    """Seconds from each of ten cuts of the line until payloads can come again."""
    taken = []
    async with _town() as (slack, sources, folder), open_bot(settings_for(slack, sources, folder)) as bot:
        line = bot.socket_mode
        assert line is not None
        for number in range(RECONNECTS):
            await asyncio.sleep(1.1)  # a line that broke right after its greeting is followed after a second
            began = time.perf_counter()
            slack.faults.drop_sockets()
            await until(lambda wanted=number + 1: line.reconnects >= wanted and line.connected)  # type: ignore[misc]
            taken.append(time.perf_counter() - began)
    return taken


@asynccontextmanager
async def _town() -> AsyncIterator[tuple[SlackEmulator, PaperSources, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            PaperSources.open() as sources,
            SlackEmulator(build_manifest(), granted=USUALLY_GRANTED) as slack,
        ):
            yield slack, sources, Path(folder)
