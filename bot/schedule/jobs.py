"""The jobs of a schedule: one at a time in a conversation, any number beside, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import ChannelClosed, PaperboyError, SlackRefused
from bot.named_tasks import NamedTasks

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from bot.editions.notices import Notices

    Work = Callable[[], Coroutine[Any, Any, object]]

log = structlog.get_logger(__name__)


class JobKind(StrEnum):
    """The work of a job. Only sending waits for its turn in a conversation; every other kind runs beside."""

    SENDING = "sending"  # to the conversation that is its key
    PREPARATION = "preparation"  # of all channels that are due soon
    SUMMARIES = "summaries"  # of an edition that went out
    CORRECTION = "correction"  # of the cards of a paper
    LOOK_BACK = "look-back"  # at the editions of a channel
    REMINDERS = "reminders"  # of whoever is due
    DEPARTURES = "departures"  # of people whose accounts were deactivated
    TEAM_RECAP = "team recap"  # of a channel
    NOTICE = "notice"  # to whoever looks after a channel


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `key` tells it from others of its kind."""

    kind: JobKind
    key: Hashable = None

    def __str__(self) -> str:
        return self.kind if self.key is None else f"{self.kind} {self.key}"


class ConversationQueue:
    """A queue that does one piece of work at a time in a conversation, so that its messages keep their order.

    What comes while something is under way follows right after it; of several, only the last does. `on_failure` is
    called with the conversation and the error of work that failed.
    """

    def __init__(self, on_failure: Callable[[str, BaseException], None], *, stopped: bool = False) -> None:
        self._tasks: NamedTasks[Any] = NamedTasks(on_end=self._follow, on_failure=on_failure)
        self._next: dict[str, Work] = {}
        self._is_stopped = stopped

    def __len__(self) -> int:
        """The number of conversations in which something is under way."""
        return len(self._tasks)

    def begin(self, conversation: str, work: Work) -> None:
        """Do `work` now, or right after what is under way there."""
        if self._is_stopped:
            return
        if conversation in self._tasks:
            self._next[conversation] = work
        else:
            self._tasks.start(work(), name=conversation)

    async def start_in_turn(self, conversation: str, work: Work) -> asyncio.Task[Any]:
        """Begin `work` once nothing is under way there, and nothing follows."""
        await self.quiet(conversation)
        return self._tasks.start(work(), name=conversation)

    async def quiet(self, conversation: str) -> None:
        """Wait until nothing is under way in a conversation."""
        await self._tasks.wait_for(conversation)

    async def settle(self) -> None:
        """Wait until what is under way now has ended; what follows it goes on."""
        await self._tasks.settle()

    async def idle(self) -> None:
        """Wait until nothing is under way anywhere."""
        await self._tasks.idle()

    async def stop(self, *, after: float = 0.0) -> None:
        """Begin nothing until `resume`, cancel what is still under way so many seconds later, and wait for its end."""
        self._is_stopped = True
        if after:
            await self._tasks.settle(after)
        await self._tasks.cancel()

    def resume(self) -> None:
        """Begin work again."""
        self._is_stopped = False

    def _follow(self, conversation: str) -> None:
        if work := self._next.pop(conversation, None):
            self.begin(conversation, work)


class Jobs:
    """All jobs of a schedule: those that send in `conversations`, and the others beside.

    `fail` is called with the error when Slack lets us say nothing any more. Of other failures those tell a person that
    one can do something about.

    While another process works on the workspace they are paused, perhaps from the beginning: all but notices, which are
    about what happened here.
    """

    def __init__(self, notices: Notices, fail: Callable[[PaperboyError], None], *, paused: bool = False) -> None:
        self._notices = notices
        self._fail = fail
        self._is_stopped = False
        self._is_paused = paused
        self.conversations = ConversationQueue(
            lambda key, error: self._end(Job(JobKind.SENDING, key), error), stopped=paused
        )
        self._beside: NamedTasks[Any] = NamedTasks(on_failure=self._end)

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way."""
        return len(self.conversations) + len(self._beside) > 0

    @property
    def is_paused(self) -> bool:
        """Whether another process works on the workspace."""
        return self._is_paused

    def begin(self, job: Job, work: Work) -> None:
        """Begin a job beside the conversations, unless it is under way."""
        if self._is_stopped or (self._is_paused and job.kind is not JobKind.NOTICE):
            return
        if job not in self._beside:
            self._beside.start(work(), name=job)

    async def settle_others(self) -> None:
        """Wait until those that are under way now have ended, but for the job that waits."""
        await self.conversations.settle()
        await self._beside.settle()

    async def idle(self) -> None:
        """Wait until no job is under way."""
        while self.is_busy:
            await self.conversations.idle()
            await self._beside.idle()

    async def stop(self) -> None:
        """Begin nothing new; a message that is being sent is sent to its end."""
        self._is_stopped = True
        await asyncio.gather(self.conversations.stop(), self._beside.cancel())

    async def pause(self, *, after: float = 0.0) -> None:
        """Begin nothing new until `resume`; a message that is being sent so many seconds later is sent to its end."""
        self._is_paused = True
        await asyncio.gather(
            self.conversations.stop(after=after), self._beside.cancel(keep=lambda job: job.kind is JobKind.NOTICE)
        )

    def resume(self) -> None:
        """Begin jobs again after a pause, unless they were stopped."""
        if not self._is_stopped:
            self._is_paused = False
            self.conversations.resume()

    def _end(self, job: Job, error: BaseException) -> None:
        notice = Job(JobKind.NOTICE, str(job))
        match error:
            case ChannelClosed() as closed if closed.is_news:
                self.begin(notice, partial(self._notices.notify_paused, closed))
            case SlackRefused() as refused:
                self._fail(refused)
            case PaperboyError() as expected:
                log.warning("not done yet, trying again in a minute", job=str(job), error=str(expected))
            case unexpected if job.kind is not JobKind.SENDING:
                log.error("a job besides posting failed", job=str(job), exc_info=unexpected)
            case unexpected:
                self.begin(notice, partial(self._notices.notify_failed, str(job.key), unexpected))
