"""What happens when: each minute the channels that are due get their papers, and what was left unsent is sent."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, ParamSpec

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.due import due_at, last_due_date, last_settled_day, settled_days
from bot.errors import ChannelClosed, PaperboyError, SlackRefused, StoreError
from bot.papers import NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import date, datetime
    from typing import Any

    from bot.channels import Channel
    from bot.clock import Clock
    from bot.delivery import Courier
    from bot.editions.daily import DailyEdition
    from bot.editions.notices import Notices
    from bot.library import Library
    from bot.papers import DayAnswer
    from bot.store import Store

log = structlog.get_logger(__name__)

PREPARED_AHEAD = timedelta(minutes=15)
ASKED_AGAIN_AFTER = timedelta(minutes=5)
_MISFIRE_GRACE_SECONDS = 3600
_PLANNED_AT_ONCE = 20

P = ParamSpec("P")


class Schedule:
    """Serves a team's channels. `fail` is called with the error when Slack lets us say nothing any more.

    All that matters is in the store, so that a schedule may die at any moment and the next one goes on where it was.
    """

    def __init__(
        self,
        team: str,
        store: Store,
        library: Library,
        daily: DailyEdition,
        notices: Notices,
        courier: Courier,
        clock: Clock,
        *,
        fail: Callable[[PaperboyError], None],
    ) -> None:
        self._team = team
        self._store = store
        self._library = library
        self._daily = daily
        self._notices = notices
        self._courier = courier
        self._clock = clock
        self._fail = fail
        self._working: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[tuple[str, date], datetime] = {}
        self._prepared: dict[date, datetime] = {}
        self._tried: dict[str, date] = {}
        # The first channels are served while the last still wait for their turn, instead of all at the end.
        self._planning = asyncio.Semaphore(_PLANNED_AT_ONCE)
        self._minutes = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Tick now and at the beginning of every minute."""
        self._minutes.add_job(
            self._tick_now,
            CronTrigger(second=0, timezone=UTC),
            next_run_time=self._clock.now(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=_MISFIRE_GRACE_SECONDS,
        )
        self._minutes.start()

    async def stop(self) -> None:
        """Begin nothing new; a message that is being sent is sent to its end, the rest stays in the outbox."""
        if self._minutes.running:
            self._minutes.shutdown(wait=False)
        for task in self._working.values():
            task.cancel()
        await self.idle()

    async def idle(self) -> None:
        """Wait until everything begun is done."""
        while self._working:
            await asyncio.wait(set(self._working.values()))

    async def _tick_now(self) -> None:
        try:
            await self.tick(self._clock.now())
        except StoreError as error:
            log.warning("the database could not be read; trying again in a minute", error=str(error))

    async def tick(self, now: datetime) -> None:
        """Begin all that is due at `now` and not being worked on. Raises `StoreError`."""
        unfinished: dict[str, list[str]] = defaultdict(list)
        for conversation, edition in await self._store.unfinished(self._team):
            unfinished[conversation].append(edition)
        reading = _Reading(self._library)
        for channel in await self._store.active_channels(self._team):
            editions = unfinished.pop(channel.id, [])
            local_date = self._due(channel, now)
            if local_date or editions:
                self._begin(channel.id, self._serve, channel, local_date, editions, reading, now)
            elif days := self._to_prepare(channel, now):
                self._begin("preparing", self._prepare, days, reading, now)
        for conversation, editions in unfinished.items():
            self._begin(conversation, self._deliver, conversation, editions)
        await self._try_closed_channels(now)

    async def _try_closed_channels(self, now: datetime) -> None:
        """Once a day, at its minute, whether Slack lets something into a channel again: what waits longest is tried."""
        closed = await self._store.closed_channels(self._team)
        if not any(self._due(channel, now) for channel in closed):
            return
        waiting: dict[str, str] = {}
        for conversation, edition in await self._store.unfinished(self._team, paused=True):
            waiting.setdefault(conversation, edition)
        for channel in closed:
            local_date = self._due(channel, now)
            if local_date and channel.id in waiting and self._tried.get(channel.id) != local_date:
                self._tried[channel.id] = local_date
                self._begin(channel.id, self._try, channel, waiting[channel.id])

    async def _try(self, channel: Channel, edition: str) -> None:
        await self._deliver(channel.id, [edition])
        await self._store.resume_channel(self._team, channel.id, now=self._clock.now())

    def _begin(
        self, name: str, work: Callable[P, Coroutine[Any, Any, None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Do one thing at a time in a conversation, so that its messages keep their order."""
        if name in self._working:
            return
        task = asyncio.create_task(work(*args, **kwargs))
        self._working[name] = task
        task.add_done_callback(lambda done: self._end(name, done))

    def _end(self, name: str, task: asyncio.Task[None]) -> None:
        del self._working[name]
        if task.cancelled():
            return
        match task.exception():
            case None:
                pass
            case ChannelClosed() as closed if closed.is_news:
                self._begin(f"notice of {name}", self._notices.tell_paused, self._courier, self._team, closed)
            case SlackRefused() as refused:
                self._fail(refused)
            case PaperboyError() as expected:
                log.warning("not done yet; trying again in a minute", conversation=name, error=str(expected))
            case unexpected:
                log.error("serving a channel failed", conversation=name, exc_info=unexpected)

    # channels --------------------------------------------------------------------------------------------------------

    def _due(self, channel: Channel, now: datetime) -> date | None:
        """The local date a channel is due on and has not been served on."""
        settings = channel.settings
        local_date = last_due_date(now, settings.post_at, settings.timezone)
        if channel.served and channel.served >= local_date:
            return None
        if channel.since and due_at(local_date, settings.post_at, settings.timezone) < channel.since:
            return None
        asked = self._asked.get((channel.id, local_date))
        return None if asked and now - asked < ASKED_AGAIN_AFTER else local_date

    async def _serve(
        self, channel: Channel, local_date: date | None, editions: Sequence[str], reading: _Reading, now: datetime
    ) -> None:
        await self._deliver(channel.id, editions)
        if local_date is None:
            return
        async with self._planning:
            owner = self._courier.owner
            if not await self._store.claim_due(self._team, channel.id, local_date, owner=owner, now=now):
                return
        self._asked = {key: asked for key, asked in self._asked.items() if now - asked < ASKED_AGAIN_AFTER}
        self._asked[channel.id, local_date] = now
        answers = await reading.of_days(_days_due(channel, now))
        async with self._planning:
            planned = await self._daily.plan(channel, local_date, answers, asked_at=now)
        await self._deliver(channel.id, planned)

    async def _deliver(self, conversation: str, editions: Sequence[str]) -> None:
        for edition in editions:
            report = await self._courier.deliver(self._team, conversation, edition)
            if report.unknown:
                await self._notices.tell_unknown(self._courier, self._team, conversation, edition, report)

    # ahead of time ---------------------------------------------------------------------------------------------------

    def _to_prepare(self, channel: Channel, now: datetime) -> list[date]:
        """The days a channel will be due soon, so far as they were not read a short while ago."""
        settings = channel.settings
        next_date = last_due_date(now, settings.post_at, settings.timezone) + timedelta(days=1)
        if due_at(next_date, settings.post_at, settings.timezone) - now > PREPARED_AHEAD:
            return []
        recently = {day for day, read_at in self._prepared.items() if now - read_at <= PREPARED_AHEAD}
        return [day for day in _days_due(channel, now) if day not in recently]

    async def _prepare(self, days: Sequence[date], reading: _Reading, now: datetime) -> None:
        for day, answer in zip(days, await reading.of_days(days), strict=False):
            if not isinstance(answer, Unreachable):
                self._prepared[day] = now


class _Reading:
    """The days read in one tick: each once, however many channels want it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._answers: dict[date, asyncio.Task[DayAnswer]] = {}

    async def of_days(self, days: Sequence[date]) -> list[DayAnswer]:
        """What the source says of these days, up to the first it tells nothing of."""
        answers: list[DayAnswer] = []
        for day in days:
            if day not in self._answers:
                self._answers[day] = asyncio.create_task(self._library.read_settled_day(day))
            answers.append(await asyncio.shield(self._answers[day]))
            if isinstance(answers[-1], NotOpenYet | Unreachable):
                break
        return answers


def _days_due(channel: Channel, now: datetime) -> list[date]:
    after = channel.cursor or last_settled_day(channel.since or now)
    return settled_days(after, now)
