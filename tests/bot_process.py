"""A Paperboy that serves what is due once, in a process of its own, and dies where it is told.

As a program it is what they are forked from: imported once, and warm from a rehearsal, so that a death costs a tenth of
a second. It reads one JSON task a line and answers with the process id, then with how that one ended.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from tests.command_server import start_beside, warm_up
from tests.postgres import WHOLE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
_COMMITS = "commits"
# A stand-in for Slack on loopback answers at once or never.
_IMPATIENT_SECONDS = 1


class BotProcesses:
    """Where processes of Paperboy begin: one program, from which each is forked."""

    def __init__(self) -> None:
        self._pid, self._tasks, self._answers = start_beside("-m", "tests.bot_process", env=dict(os.environ))
        self._at_work: int | None = None
        atexit.register(self._end)  # before the end of where it was started, which was registered earlier

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[BotProcesses]:
        """A program that is ready: the one before, if nothing forked from it is left."""
        processes = _RESTING.pop() if _RESTING else cls()
        try:
            yield processes
        finally:
            if processes._at_work is None:
                _RESTING.append(processes)
            else:
                processes._end()

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

        The exit status, negative for a signal; `on_start` hears the process id. `commits_of` tells how many commits
        there were.
        """
        pid = await self._begin(settings, moment, commit=commit, after=after)
        if on_start:
            on_start(pid)
        return await self._ended()

    async def rehearse(self, settings: dict[str, Any], moment: datetime) -> int:
        """Serve undisturbed at `moment`, in the program itself: what is loaded when first used is loaded before a fork.

        The exit status, as of `serve`.
        """
        await self._begin(settings, moment, rehearses=True)
        return await self._ended()

    async def _begin(self, settings: dict[str, Any], moment: datetime, **task: int | None) -> int:
        """The process id of whoever is at work from now on."""
        whole = {"settings": settings, "moment": moment.isoformat(), "commit": None, "after": False, **task}
        self._at_work = self._pid
        self._tasks.write(json.dumps(whole).encode() + b"\n")
        self._at_work = await self._hear()
        return self._at_work

    async def _ended(self) -> int:
        status = await self._hear()
        self._at_work = None
        return status

    @asynccontextmanager
    async def listen(
        self, settings: dict[str, Any], moment: datetime, *, commit: int | None = None, after: bool = False
    ) -> AsyncIterator[Life]:
        """One that listens to Slack at `moment` until the block ends, unless it dies before."""
        life = Life(await self._begin(settings, moment, commit=commit, after=after, listens=True))
        try:
            yield life
        finally:
            with suppress(ProcessLookupError):
                os.kill(life.pid, signal.SIGTERM)
            life.ended = await self._ended()

    async def _hear(self) -> int:
        """The next line; a line is written at once, so that all of it is there when some is."""
        loop, can_read = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._answers, can_read.set)
        try:
            await can_read.wait()
        finally:
            loop.remove_reader(self._answers)
        return int(self._answers.readline())

    def _end(self) -> None:
        atexit.unregister(self._end)
        for pid in {self._at_work or self._pid, self._pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._tasks.close()
        self._answers.read()
        self._answers.close()


_RESTING: list[BotProcesses] = []


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


class _Commits:
    """Commits are counted, and before or after one of them the process dies."""

    count = 0
    dies_at: int | None = None
    dies_after = False

    @classmethod
    @contextmanager
    def one(cls) -> Iterator[None]:
        """A commit, which happens in this context."""
        cls.count += 1
        is_last = cls.count == cls.dies_at
        if is_last and not cls.dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)


class _Mortal(sqlite3.Connection):
    """A connection whose commits are counted."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return super().execute(sql, *parameters)
        with _Commits.one():
            return super().execute(sql, *parameters)


def _count_on_server() -> None:
    """Count what is committed on a server, but for transactions that only read."""
    from bot.store import postgres

    commit = postgres._commit

    async def counted(connection: Any, last: str) -> None:
        asked = await connection.execute("SELECT pg_current_xact_id_if_assigned()")
        if (await asked.fetchone())[0] is None:
            await commit(connection, last)
            return
        with _Commits.one():
            await commit(connection, last)

    postgres._commit = counted


def _main() -> None:
    import bot.workspace

    # Not all of these are loaded by a rehearsal, and not every test has one.
    warm_up("bot.app", "bot.logs", "slack_bolt.listener_matcher.async_builtins", "tests.clocks")
    bot.workspace.SLACK_SECONDS = _IMPATIENT_SECONDS
    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **kwargs: connect(*args, **{**kwargs, "factory": _Mortal})
    if WHOLE in os.environ:
        _count_on_server()
    for line in sys.stdin:
        task = json.loads(line)
        if task.get("rehearses"):
            print(os.getpid(), flush=True)
            print(_perform(task), flush=True)
            continue
        gc.freeze()  # else the first collection of each copies every page of what was loaded
        pid = os.fork()
        if pid == 0:
            os._exit(_perform(task))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _perform(task: dict[str, Any]) -> int:
    from bot.logs import configure_logs
    from bot.settings import LogFormat, LogLevel, settings_from

    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
    settings, _ = settings_from(task["settings"])
    _Commits.count, _Commits.dies_at, _Commits.dies_after = 0, task["commit"], task["after"]
    live = _listen if task.get("listens") else _serve_once
    asyncio.run(live(settings, datetime.fromisoformat(task["moment"])))
    _counted_in(settings).write_text(str(_Commits.count))
    return 0


def commits_of(settings: Settings) -> int:
    """How many commits a life on the database of these settings took, the last one that ended by itself."""
    return int(_counted_in(settings).read_text())


def _counted_in(settings: Settings) -> Path:
    if settings.database_path is not None:
        return settings.database_path.parent / _COMMITS
    return Path(gettempdir()) / f"paperboy-{settings.database_url.rpartition('/')[2].partition('?')[0]}-{_COMMITS}"


async def _serve_once(settings: Any, moment: datetime) -> None:
    from bot.app import open_bot
    from tests.clocks import PatientClock

    clock = PatientClock(moment)
    async with open_bot(settings, clock=clock) as bot:
        await bot.workspace.schedule.tick(clock.now())
        await bot.database_upkeep.tick(clock.now())
        await bot.workspace.schedule.idle()
        await bot.database_upkeep.idle()


async def _listen(settings: Any, moment: datetime) -> None:
    from bot.app import open_bot
    from tests.clocks import PatientClock

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_bot(settings, clock=PatientClock(moment)):
        await stop.wait()


if __name__ == "__main__":
    _main()
