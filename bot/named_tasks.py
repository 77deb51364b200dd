"""Background tasks: each has a name, none is lost, and every failure is reported."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog

from bot.errors import PaperboyError, TooBusy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


def log_failure(name: object, error: BaseException) -> None:
    """Log what a task failed with, and where."""
    log.error("background task failed", work=str(name), exc_info=error)


def ignore_failure(_: object, __: BaseException) -> None:
    """Leave a failure to whoever waits for the task: it is raised there."""


class NamedTasks(Generic[Result]):
    """Tasks of one kind, at most one of a name at a time.

    `at_once` of them run at a time and `waiting` more are taken on, which begin in order; None is no bound. When one
    ends, its name is free again; `on_end` is called with that name, and `on_failure` with name and error if it failed.
    """

    def __init__(
        self,
        *,
        at_once: int | None = None,
        waiting: int = 0,
        on_end: Callable[[Any], None] | None = None,
        on_failure: Callable[[Any, BaseException], None] = log_failure,
    ) -> None:
        self._turns = None if at_once is None else asyncio.Semaphore(at_once)
        self._most = None if at_once is None else at_once + waiting
        self._on_end = on_end
        self._on_failure = on_failure
        self._tasks: dict[Hashable, asyncio.Task[Result]] = {}
        self._numbers = count(1)

    def __contains__(self, name: Hashable) -> bool:
        """Whether a task of this name runs or waits for its turn."""
        return name in self._tasks

    def __len__(self) -> int:
        """The number of tasks that run or wait for their turn."""
        return len(self._tasks)

    @property
    def has_room(self) -> bool:
        """Whether another task can be taken on."""
        return self._most is None or len(self._tasks) < self._most

    def start(self, work: Coroutine[Any, Any, Result], *, name: Hashable = None) -> asyncio.Task[Result]:
        """Let `work` go on by itself; without a name it is called after its function.

        Raises `TooBusy`, having done nothing, when there is no room, and `ValueError` when the name is taken.
        """
        if name is None:
            name = f"{getattr(work, '__qualname__', 'work')} {next(self._numbers)}"
        if name in self._tasks or not self.has_room:
            work.close()
            raise ValueError(f"{name} is under way") if name in self._tasks else TooBusy()
        task = asyncio.create_task(work if self._turns is None else _in_turn(work, self._turns))
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._end(name, work, done))
        return task

    def start_if_room(self, work: Coroutine[Any, Any, Result]) -> bool:
        """Start work that nobody waits for, unless there is no room. Whether it was started."""
        if self.has_room:
            self.start(work)
            return True
        work.close()
        return False

    def join(self, name: Hashable, work: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        """The task of this name, which is started if there is none. Raises `TooBusy`."""
        return self._tasks[name] if name in self._tasks else self.start(work(), name=name)

    async def wait_for(self, name: Hashable) -> None:
        """Wait until there is no task of this name, whatever becomes of it."""
        while name in self._tasks:
            await asyncio.wait({self._tasks[name]})

    async def settle(self, seconds: float | None = None) -> None:
        """Wait until what is under way now has ended, but for the caller, `seconds` at most; the rest goes on."""
        if others := set(self._tasks.values()) - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=seconds)

    async def idle(self) -> None:
        """Wait until there is no task."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def drain(self, seconds: float) -> None:
        """Wait until there is no task, `seconds` at most; what is not done by then is canceled."""
        try:
            async with asyncio.timeout(seconds):
                await self.idle()
        except TimeoutError:
            log.warning("background task cut short at shutdown", tasks=len(self._tasks))
            self._cancel_all()
            await self.settle(1)

    async def cancel(self, *, keep: Callable[[Any], bool] = lambda _: False) -> None:
        """Cancel what is under way, and wait until there is no task, but for those of names to `keep`."""
        while canceled := [task for name, task in self._tasks.items() if not keep(name)]:
            for task in canceled:
                task.cancel()
            await asyncio.wait(canceled)

    def _cancel_all(self) -> None:
        for task in self._tasks.values():
            task.cancel()

    def _end(self, name: Hashable, work: Coroutine[Any, Any, Result], task: asyncio.Task[Result]) -> None:
        del self._tasks[name]
        work.close()  # canceled before its turn, it has not begun
        if self._on_end:
            self._on_end(name)
        if not task.cancelled() and (error := task.exception()):
            self._on_failure(name, error)


async def _in_turn(work: Coroutine[Any, Any, Result], turns: asyncio.Semaphore) -> Result:
    async with turns:
        return await work


@asynccontextmanager
async def repeated(
    work: Callable[[], Awaitable[object]],
    *,
    every: float,
    wait: Callable[[float], Awaitable[object]],
    within: float | None = None,
) -> AsyncIterator[None]:
    """Work done `every` so many seconds while this lasts, which `wait` lets pass; a failure waits for the next time.

    What is not done `within` so many seconds, by default as many, is given up.
    """

    name = work.__qualname__.rpartition(".<locals>.")[2]

    async def repeat() -> None:
        while True:
            await wait(every)
            try:
                async with asyncio.timeout(within or every):
                    await work()
            except (PaperboyError, TimeoutError) as error:
                log.warning("failed, trying again soon", work=name, error=str(error) or "took too long")
            except Exception:
                log.exception("failed, trying again soon", work=name)

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        repeating.cancel()
        await asyncio.gather(repeating, return_exceptions=True)


class WorkspaceTasks:
    """Background tasks of any number of workspaces, each with bounds of its own: one whose requests take long, or are
    many, leaves to the others all that is theirs."""

    def __init__(self, *, at_once: int, waiting: int = 0) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._tasks: dict[str, NamedTasks[None]] = {}

    def __len__(self) -> int:
        """The number of tasks that run or wait for their turn, in all workspaces."""
        return sum(map(len, self._tasks.values()))

    def of(self, team: str) -> NamedTasks[None]:
        """The tasks of one workspace."""
        if team not in self._tasks:
            self._tasks[team] = NamedTasks(at_once=self._at_once, waiting=self._waiting)
        return self._tasks[team]

    async def idle(self) -> None:
        """Wait until there is no task anywhere."""
        while len(self):
            await asyncio.gather(*(each.idle() for each in self._tasks.values()))

    async def drain(self, seconds: float) -> None:
        """Wait until there is no task anywhere, `seconds` at most; what is not done by then is canceled."""
        await asyncio.gather(*(each.drain(seconds) for each in self._tasks.values()))
