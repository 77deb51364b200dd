"""Work that goes on after an answer was given, and is waited for before the program ends."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import TooBusy

if TYPE_CHECKING:
    from collections.abc import Coroutine

log = structlog.get_logger(__name__)

# Most of it waits for others, so much may go on at once; what waits longer than a person would is better said no to.
AT_ONCE = 100
WAITING = 200


class Background:
    """Keeps hold of tasks so that none is lost, and none fails silently.

    `at_once` are worked on at a time and `waiting` more are taken on, in order; as many apologies besides.
    """

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._at_once = at_once
        self._waiting = waiting
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: deque[tuple[Coroutine[Any, Any, None], Context]] = deque()
        self._apologies: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        """Whether more can be taken on."""
        return len(self._queue) < self._waiting

    def start(self, work: Coroutine[Any, Any, None], *, is_apology: bool = False) -> None:
        """Let `work` go on by itself. It is expected to tell people of its own failures.

        Raises `TooBusy`, having done nothing, when too much is under way already. What says so to somebody `is_apology`
        and has room of its own; beyond that it is dropped.
        """
        if is_apology:
            self._apologize(work)
        elif len(self._tasks) < self._at_once:
            self._begin(work, copy_context())
        elif self.has_room:
            self._queue.append((work, copy_context()))
        else:
            work.close()
            raise TooBusy

    def start_if_room(self, work: Coroutine[Any, Any, None]) -> None:
        """The same for what nobody waits for and will come again: without room it is left."""
        if len(self._tasks) < self._at_once or self.has_room:
            self.start(work)
        else:
            work.close()

    async def drain(self, seconds: float) -> None:
        """Wait for everything begun, `seconds` at most; what is not done by then is cancelled."""
        deadline = asyncio.get_running_loop().time() + seconds
        while under_way := self._tasks | self._apologies:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        late = self._tasks | self._apologies
        if late or self._queue:
            log.warning("work was cut short at shutdown", tasks=len(late) + len(self._queue))
        while self._queue:
            self._queue.popleft()[0].close()
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=1)

    def _begin(self, work: Coroutine[Any, Any, None], context: Context) -> None:
        task = asyncio.create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _apologize(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._apologies) >= self._waiting:
            work.close()
            log.warning("too much goes wrong to tell everybody")
            return
        task = asyncio.create_task(work)
        self._apologies.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._apologies.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background work failed", exc_info=error)
        if self._queue and len(self._tasks) < self._at_once:
            self._begin(*self._queue.popleft())
