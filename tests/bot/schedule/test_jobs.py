"""The jobs of a schedule: in a conversation one after the other, beside it at once, and no failure without a word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.errors import ChannelClosed, PaperboyError, SlackRefused, SlackUnreachable
from bot.schedule.jobs import ConversationQueue, Job, JobKind, Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.editions.notices import Notices


class Worker:
    """Work that waits to be let go, and what of it has begun and ended."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}

    def work(self, name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        gate = self._gates[name] = asyncio.Event()

        async def run() -> None:
            self.log.append(f"{name} begins")
            await gate.wait()
            self.log.append(f"{name} ends")

        return run

    async def end(self, name: str) -> None:
        self._gates[name].set()
        for _ in range(5):
            await asyncio.sleep(0)


class ToldNotices:
    """Notices that note what they are to tell."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    async def notify_paused(self, closed: ChannelClosed) -> None:
        self.told.append(("paused", closed.values["channel"]))

    async def notify_failed(self, conversation: str, error: BaseException) -> None:
        self.told.append((f"failed {conversation}", str(error)))


def ignore(_: str, __: BaseException) -> None:
    pass


def forbid(error: PaperboyError) -> None:
    raise AssertionError(error)


async def test_in_a_conversation_one_works_and_of_those_that_come_meanwhile_the_last_follows() -> None:
    worker, queue = Worker(), ConversationQueue(ignore)
    for name in ("first", "second", "third"):
        queue.begin("C1", worker.work(name))
    queue.begin("C2", worker.work("elsewhere"))
    await asyncio.sleep(0)
    assert (worker.log, len(queue)) == (["first begins", "elsewhere begins"], 2)
    await worker.end("first")
    await worker.end("elsewhere")
    assert worker.log[2:] == ["first ends", "third begins", "elsewhere ends"]
    await worker.end("third")
    await queue.idle()
    assert (worker.log[5:], len(queue)) == (["third ends"], 0)


async def test_who_waits_for_their_turn_comes_after_all_that_is_under_way_there() -> None:
    worker, queue = Worker(), ConversationQueue(ignore)
    queue.begin("C1", worker.work("first"))
    queue.begin("C1", worker.work("follows"))
    waiting = asyncio.create_task(queue.start_in_turn("C1", worker.work("waits")))
    await worker.end("first")
    await worker.end("follows")
    assert worker.log == ["first begins", "first ends", "follows begins", "follows ends", "waits begins"]
    await worker.end("waits")
    await (await waiting)


async def test_once_stopped_nothing_begins_and_nothing_follows() -> None:
    worker, queue = Worker(), ConversationQueue(ignore)
    queue.begin("C1", worker.work("first"))
    queue.begin("C1", worker.work("follows"))
    await asyncio.sleep(0)
    await queue.stop()
    queue.begin("C1", worker.work("late"))
    assert (worker.log, len(queue)) == (["first begins"], 0)


async def test_a_job_beside_runs_while_a_conversation_is_busy_and_once_at_a_time() -> None:
    worker, jobs = Worker(), Jobs(cast("Notices", ToldNotices()), forbid)
    jobs.conversations.begin("C1", worker.work("sending"))
    for name in ("look", "again"):
        jobs.begin(Job(JobKind.LOOK_BACK, "C1"), worker.work(name))
    jobs.begin(Job(JobKind.LOOK_BACK, "C2"), worker.work("other"))
    await asyncio.sleep(0)
    assert worker.log == ["sending begins", "look begins", "other begins"]
    cleaning = asyncio.create_task(jobs.settle_others())
    for name in ("look", "other"):
        await worker.end(name)
    assert not cleaning.done()
    await worker.end("sending")
    await cleaning
    await jobs.idle()
    assert not jobs.is_busy


FAILURES: dict[str, tuple[Exception, list[tuple[str, object]]]] = {
    "a channel that was closed just now": (
        ChannelClosed(is_news=True, channel="C1", error="is_archived"),
        [("paused", "C1")],
    ),
    "a channel that is known to be closed": (ChannelClosed(channel="C1", error="is_archived"), []),
    "Slack that is away": (SlackUnreachable(method="chat.postMessage", reason="gone"), []),
    "what nobody foresaw": (KeyError("surprise"), [("failed C1", "'surprise'")]),
}


@pytest.mark.parametrize("what", FAILURES)
async def test_whoever_can_do_something_about_a_failure_is_told(what: str) -> None:
    error, expected = FAILURES[what]
    notices = ToldNotices()
    jobs = Jobs(cast("Notices", notices), forbid)

    async def fail() -> None:
        raise error

    jobs.conversations.begin("C1", fail)
    await jobs.idle()
    assert notices.told == expected


async def test_a_token_that_is_refused_is_the_end_of_it_and_a_surprise_beside_is_for_the_log_alone() -> None:
    failures: list[PaperboyError] = []
    notices = ToldNotices()
    jobs = Jobs(cast("Notices", notices), failures.append)
    refused = SlackRefused(method="chat.postMessage", error="token_revoked")

    async def fail(error: Exception) -> None:
        raise error

    jobs.conversations.begin("C1", lambda: fail(refused))
    jobs.begin(Job(JobKind.CORRECTION, "2407.21017"), lambda: fail(KeyError("surprise")))
    await jobs.idle()
    assert (failures, notices.told) == ([refused], [])


async def test_while_another_works_there_only_what_happened_here_is_told() -> None:
    worker = Worker()
    jobs = Jobs(cast("Notices", ToldNotices()), forbid, paused=True)
    for job in (Job(JobKind.LOOK_BACK, "C1"), Job(JobKind.NOTICE, "twice")):
        jobs.begin(job, worker.work(str(job)))
    jobs.conversations.begin("C1", worker.work("morning"))
    await asyncio.sleep(0)
    assert worker.log == ["notice twice begins"]
    jobs.resume()
    jobs.begin(Job(JobKind.LOOK_BACK, "C1"), worker.work("look-back"))
    jobs.conversations.begin("C1", worker.work("late morning"))
    await asyncio.sleep(0)
    assert worker.log[1:] == ["look-back begins", "late morning begins"]
    pausing = asyncio.create_task(jobs.pause())
    await worker.end("notice twice")
    await pausing
    assert worker.log[3:] == ["notice twice ends"], "the others were cut short"
    assert not jobs.is_busy


async def test_what_is_under_way_may_end_before_another_works_there() -> None:
    worker = Worker()
    jobs = Jobs(cast("Notices", ToldNotices()), forbid)
    jobs.conversations.begin("C1", worker.work("morning"))
    pausing = asyncio.create_task(jobs.pause(after=60))
    await asyncio.sleep(0)
    jobs.conversations.begin("C1", worker.work("next"))
    await worker.end("morning")
    await pausing
    assert worker.log == ["morning begins", "morning ends"]


async def test_jobs_that_were_stopped_are_never_resumed() -> None:
    worker = Worker()
    jobs = Jobs(cast("Notices", ToldNotices()), forbid, paused=True)
    await jobs.stop()
    jobs.resume()
    jobs.conversations.begin("C1", worker.work("morning"))
    jobs.begin(Job(JobKind.NOTICE, "twice"), worker.work("twice"))
    assert not jobs.is_busy
