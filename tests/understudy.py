"""A Paperboy that serves what is due once, in a process of its own, and dies where it is told.

As a program it is the company the understudies come from: imported once, forked for each of them, so that a death costs
a fraction of a second. It reads one JSON task a line and answers with the process id, then with how that one ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[1]
COMMITS = "commits"
# A stand-in for Slack on loopback answers at once or never.
_IMPATIENT_SECONDS = 1


class Company:
    """Where understudies are called."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Company]:
        """A company that is ready; it is gone when the block ends."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.understudy",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def serve(
        self,
        settings: dict[str, Any],
        moment: datetime,
        *,
        commit: int | None = None,
        after: bool = False,
        on_start: Callable[[int], None] | None = None,
    ) -> int:
        """Serve once at `moment`, dying before or after the n-th commit if asked to.

        The exit status, negative for a signal; `on_start` hears the process id. How many commits there were is in
        the file `commits` beside the database.
        """
        task = {"settings": settings, "moment": moment.isoformat(), "commit": commit, "after": after}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        pid = await self._hear()
        if on_start:
            on_start(pid)
        return await self._hear()

    @asynccontextmanager
    async def listen(
        self, settings: dict[str, Any], moment: datetime, *, commit: int | None = None, after: bool = False
    ) -> AsyncIterator[Life]:
        """One that listens to Slack at `moment` until the block ends, unless it dies before."""
        task = {"settings": settings, "moment": moment.isoformat(), "commit": commit, "after": after, "listens": True}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        life = Life(await self._hear())
        try:
            yield life
        finally:
            with suppress(ProcessLookupError):
                os.kill(life.pid, signal.SIGTERM)
            life.ended = await self._hear()

    async def _hear(self) -> int:
        assert self._process.stdout is not None
        return int(await self._process.stdout.readline())


@dataclass
class Life:
    """An understudy that listens: its process id and, once it has ended, its exit status, negative for a signal."""

    pid: int
    ended: int | None = None
    is_alive: bool = True

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        self.is_alive = False
        os.kill(self.pid, signal.SIGKILL)


class _Mortal(sqlite3.Connection):
    """A connection that counts its commits, and dies before or after one of them."""

    commits = 0
    dies_at: int | None = None
    dies_after = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *parameters)
        _Mortal.commits += 1
        is_last = _Mortal.commits == self.dies_at
        if is_last and not self.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        done = super().execute(sql, *parameters)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def _main() -> None:
    import bot.app  # noqa: F401 - what takes long is done before the first is called

    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_perform(json.loads(line)))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _perform(task: dict[str, Any]) -> int:
    import bot.app
    from bot.logs import configure_logs
    from bot.settings import LogFormat, LogLevel, Settings

    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
    settings = Settings(**task["settings"])
    bot.app.SLACK_SECONDS = _IMPATIENT_SECONDS
    _Mortal.dies_at, _Mortal.dies_after = task["commit"], task["after"]
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: connect(*args, **{**kwargs, "factory": _Mortal})
    live = _listen if task.get("listens") else _serve_once
    asyncio.run(live(settings, datetime.fromisoformat(task["moment"])))
    (settings.database_path.parent / COMMITS).write_text(str(_Mortal.commits))
    return 0


async def _serve_once(settings: Any, moment: datetime) -> None:
    from bot.app import open_bot
    from tests.clocks import PatientClock

    clock = PatientClock(moment)
    async with open_bot(settings, clock=clock) as bot:
        await bot.schedule.tick(clock.now())
        await bot.schedule.idle()


async def _listen(settings: Any, moment: datetime) -> None:
    from bot.app import open_bot
    from tests.clocks import PatientClock

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_bot(settings, clock=PatientClock(moment)):
        await stop.wait()


if __name__ == "__main__":
    _main()
