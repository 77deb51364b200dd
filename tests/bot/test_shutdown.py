"""SIGTERM ends the program soon, whatever hangs; what can be finished is."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from bot import app
from bot import shutdown as ending
from bot.shutdown import Deadline
from tests.command_server import start_python
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outside import Outside


def test_those_who_finish_together_share_one_bound() -> None:
    now = 100.0
    deadline = Deadline(5, monotonic=lambda: now)
    now = 200.0
    assert deadline.left() == 5
    now = 203.0
    assert deadline.left() == 2
    now = 999.0
    assert deadline.left() == 0


def test_the_bounds_fit_into_what_a_container_is_given() -> None:
    assert ending.FINISHING_SECONDS + app._ANSWERING_SECONDS <= ending.FORCED_EXIT_SECONDS <= 8


async def test_what_hangs_is_waited_for_together_and_not_one_after_the_other(tmp_path: Path) -> None:
    waited: list[float] = []
    async with open_harness(tmp_path) as harness:
        drain = harness.bot.deps.background.drain
        harness.bot.ending._seconds = 0.05

        async def noted(seconds: float) -> None:
            waited.append(seconds)
            await drain(seconds)

        async def hang() -> None:
            await asyncio.Event().wait()

        harness.bot.deps.background.of(harness.team).start(hang())
        harness.bot.workspace.schedule.jobs.conversations.begin("a channel", asyncio.Event().wait)
        object.__setattr__(harness.bot.deps.background, "drain", noted)
    first, last = waited
    assert first == pytest.approx(0.05, abs=0.01)
    assert last == 0


SCRIPT = """
import asyncio, runpy, sys, threading, time
from bot import process
from bot import shutdown as ending

ending.FORCED_EXIT_SECONDS = 1
ending.force_exit_after.__defaults__ = (1,)
serve = process._serve_until_stopped

async def hold_up(*args):
    loop = asyncio.get_running_loop()
    {how}
    await serve(*args)

def turn():
    print("turning", flush=True)
    while True:
        pass

process._serve_until_stopped = hold_up
sys.argv = ["paperboy", "run"]
runpy.run_module("bot", run_name="__main__")
"""
WAYS = {
    "a thread": "loop.run_in_executor(None, threading.Event().wait)",
    "many threads": "[loop.run_in_executor(None, time.sleep, 10000) for _ in range(100)]",
    "the event loop itself": "loop.add_reader(0, turn)",
    "a thread of its own": "threading.Thread(target=threading.Event().wait).start()",
}


@pytest.mark.parametrize("how", WAYS)
async def test_nothing_that_hangs_keeps_the_process(outside: Outside, how: str) -> None:
    process = await start_python(
        "-c", SCRIPT.format(how=WAYS[how]), env={**outside.environment, "PATH": ""}, stdin=PIPE
    )
    try:
        await outside.slack.connected(within=30)
        if "turn" in WAYS[how]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(b"turn")
            assert await process.stdout.readline() == b"turning\n"
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 25)
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
