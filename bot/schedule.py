"""What happens when: each minute the channels that are due get their papers, and what was left unsent is sent."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, ParamSpec

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.editions.upkeep import LOOKED_BACK_FOR, steps_due
from bot.errors import ChannelClosed, PaperboyError, PostingDelayed, SlackRefused, StoreError
from bot.rules.channels import ChannelState, brings_papers, days_due
from bot.rules.due import due_at, last_due_date, next_due_date
from bot.rules.editions import EditionKind
from bot.rules.feeds import HUGGING_FACE
from bot.rules.outbox import DeliveryState
from bot.rules.papers import Listing, NotOpenYet, Unreachable
from bot.rules.selection import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import date, datetime
    from typing import Any

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.editions.notices import Notices
    from bot.editions.upkeep import Upkeep
    from bot.library import Library
    from bot.rules.channels import Channel
    from bot.rules.editions import Edition
    from bot.rules.outbox import DeliveryKey, PostedEdition
    from bot.rules.papers import DayAnswer
    from bot.rules.selection import Choice
    from bot.slack.sender import OutboxSender
    from bot.store import Store
    from bot.summarizer import Summarizer

log = structlog.get_logger(__name__)

PREPARED_AHEAD = timedelta(minutes=15)
ASKED_AGAIN_AFTER = timedelta(minutes=5)
LOOKS_BACK_EVERY = timedelta(minutes=15)
# Longer than anybody asks again for a paper's summary.
_TRIES_KEPT = timedelta(days=60)
_MISFIRE_GRACE_SECONDS = 3600
_PLANNED_AT_ONCE = 20
# How far before the latest day a first digest looks for one that has papers: holidays are empty as well.
_LOOKED_BACK = 7
_NOTICE = "notice of "
_PREPARING = "preparing"
_CORRECTING = "correcting "
_SUMMARISING = "summarising "
_LOOKING_BACK = "looking back in "
_PRUNING = "pruning"
_BESIDE = (_PREPARING, _CORRECTING, _SUMMARISING, _LOOKING_BACK, _NOTICE, _PRUNING)
_STILL_TO_COME = frozenset({DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.IN_DOUBT})
# How long an edition that went out with extracts may wait for a model.
SUMMARISED_WITHIN = timedelta(hours=12)

P = ParamSpec("P")


class Schedule:
    """Serves a team's channels. `fail` is called with the error when Slack lets us say nothing any more; `retention` is
    how long what belongs to a channel is kept once it was left.

    All that matters is in the store, so that a schedule may die at any moment and the next one goes on where it was.
    """

    def __init__(
        self,
        team: str,
        store: Store,
        library: Library,
        daily: DailyEdition,
        upkeep: Upkeep,
        notices: Notices,
        summarizer: Summarizer,
        sender: OutboxSender,
        clock: Clock,
        *,
        retention: timedelta,
        fail: Callable[[PaperboyError], None],
    ) -> None:
        self._team = team
        self._store = store
        self._library = library
        self._daily = daily
        self._upkeep = upkeep
        self._notices = notices
        self._summarizer = summarizer
        self._sender = sender
        self._clock = clock
        self._retention = retention
        self._fail = fail
        self._working: dict[str, asyncio.Task[Any]] = {}
        self._next: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {}
        self._ticking = asyncio.Lock()
        self._asked: dict[tuple[str, date], datetime] = {}
        self._prepared: dict[date, datetime] = {}
        self._tried: dict[str, date] = {}
        self._looked_back_at: datetime | None = None
        self._forgot_on: date | None = None
        self._has_caught_up = False
        self._summarised_today: set[str] = set()
        self._is_stopped = False
        # The first channels are served while the last still wait for their turn, instead of all at the end.
        self._planning = asyncio.Semaphore(_PLANNED_AT_ONCE)
        self._minutes = AsyncIOScheduler(timezone=UTC)
        summarizer.on_written = self._correct_cards
        summarizer.on_spent = self._tell_spent
        sender.on_doubled = self._tell_doubled

    def start(self) -> None:
        """Tick now and at the beginning of every minute."""
        self._minutes.add_job(
            self._tick_now,
            CronTrigger(second=0, timezone=UTC),
            next_run_time=self._clock.now(),
            coalesce=True,
            # The tick at the start may still be under way at the next full minute, whose own then waits for it.
            max_instances=2,
            misfire_grace_time=_MISFIRE_GRACE_SECONDS,
        )
        self._minutes.start()

    async def stop(self) -> None:
        """Begin nothing new; a message that is being sent is sent to its end, the rest stays in the outbox."""
        self._is_stopped = True
        if self._minutes.running:
            self._minutes.shutdown(wait=False)
        for task in self._working.values():
            task.cancel()
        while self._working:
            await asyncio.wait(set(self._working.values()))

    async def idle(self) -> None:
        """Wait until everything begun is done, and no summary is being written any more."""
        while self._working or self._summarizer.is_busy:
            await self._summarizer.idle()
            if self._working:
                await asyncio.wait(set(self._working.values()))

    async def _tick_now(self) -> None:
        try:
            async with self._ticking:
                await self.tick(self._clock.now())
        except StoreError as error:
            log.warning("the database could not be read; trying again in a minute", error=str(error))

    async def tick(self, now: datetime) -> None:
        """Begin all that is due at `now`, each duty whatever became of the others. Raises the error of the first that
        failed, a `StoreError` when the database did."""
        day_answers = _DayAnswers(self._library)
        duties = (
            self._serve_all(day_answers, now),
            self._tell_undelivered(),
            self._try_closed_channels(day_answers, now),
            self._look_back(day_answers, now),
            self._forget(now),
            self._catch_up_on_summaries(now),
        )
        failures = []
        for duty in duties:
            try:
                await duty
            except Exception as error:
                failures.append(error)
        for left in failures[1:]:
            log.error("something else failed as well", error=str(left), exc_info=left)
        if failures:
            raise failures[0]

    async def _serve_all(self, day_answers: _DayAnswers, now: datetime) -> None:
        unfinished: dict[str, list[Edition]] = defaultdict(list)
        for conversation, edition in await self._store.outbox.unfinished(self._team):
            unfinished[conversation].append(edition)
        soon: list[Channel] = []
        for channel in await self._store.channels.active(self._team):
            editions = unfinished.pop(channel.id, [])
            local_date = self._due(channel, now)
            if local_date or editions:
                self._begin(channel.id, self._serve, channel, local_date, editions, day_answers, now)
            elif self._is_due_soon(channel, now):
                soon.append(channel)
        for conversation, editions in unfinished.items():
            self._begin(conversation, self._deliver, conversation, editions)
        if soon:
            self._begin(_PREPARING, self._prepare, soon, day_answers, now)

    async def _tell_undelivered(self) -> None:
        if await self._store.outbox.undelivered(self._team):
            self._begin(f"{_NOTICE}undelivered", self._notices.tell_undelivered, self._sender, self._team)

    def _tell_doubled(self, key: DeliveryKey, channel_id: str, is_repaired: bool) -> None:
        name = f"{_NOTICE}two of {key.edition} {key.part} in {key.conversation}"
        self._begin(name, self._notices.tell_doubled, self._sender, key, channel_id, is_repaired=is_repaired)

    async def _catch_up_on_summaries(self, now: datetime) -> None:
        """Once after the start: summaries written just before the end, which may not be on the cards yet."""
        if self._has_caught_up or not self._summarizer.has_model:
            return
        self._has_caught_up = True
        for paper_id in await self._store.summaries.papers_since(now - LOOKED_BACK_FOR):
            self._correct_cards(paper_id)

    def _correct_cards(self, paper_id: str) -> None:
        self._summarised_today.add(paper_id)
        self._begin(f"{_CORRECTING}{paper_id}", self._correct, paper_id)

    async def _correct(self, paper_id: str) -> None:
        for conversation, edition in await self._upkeep.plan_corrections(self._team, paper_id):
            await self._deliver_in_turn(conversation, edition)

    async def _deliver_in_turn(self, conversation: str, edition: Edition) -> None:
        """Once nothing is under way there, begin to deliver an edition."""
        await self._quiet_in(conversation)
        self._begin(conversation, self._deliver, conversation, [edition])

    async def _bring(self, channel: Channel, editions: Sequence[Edition]) -> bool:
        """Deliver editions, and then see to the summaries of those that bring papers; whether Slack took anything."""
        got_in = await self._deliver(channel.id, editions)
        for edition in editions:
            if self._summarizer.has_model and edition.kind is EditionKind.DAILY:
                await self._see_to_summaries(channel, edition)
        return got_in

    async def _see_to_summaries(self, channel: Channel, edition: Edition) -> None:
        """Have those written that are not, and change the cards whose own came while they were on their way.

        Whatever kept one from being written – a crash, a model that was away – may be over.
        """
        settings = channel.settings
        languages = [language for language in (settings.language, settings.second_language) if language]
        cards = await self._store.outbox.deliveries(self._team, channel.id, edition)
        papers = [card.key.part for card in cards if card.card]
        await self._summarizer.request_summaries(papers, languages, within=timedelta(0))
        for paper_id in self._summarised_today.intersection(papers):
            corrections = await self._upkeep.plan_corrections(self._team, paper_id, conversation=channel.id)
            await self._deliver(channel.id, [correction for _, correction in corrections])

    def _tell_spent(self) -> None:
        self._begin(f"{_NOTICE}budget", self._notices.tell_budget_spent, self._sender, self._team)

    async def _look_back(self, day_answers: _DayAnswers, now: datetime) -> None:
        if self._looked_back_at and now - self._looked_back_at < LOOKS_BACK_EVERY:
            return
        self._looked_back_at = now
        due: dict[str, list[tuple[PostedEdition, list[str]]]] = defaultdict(list)
        channels = {channel.id: channel for channel in await self._store.channels.active(self._team)}
        for posted in await self._store.posted.editions_to_look_back_at(self._team, since=now - LOOKED_BACK_FOR):
            channel = channels.get(posted.conversation)
            if channel is None:  # it came to be served after the channels were read; the next look has it
                continue
            if self._summarizer.has_model and now - posted.sent_at < SUMMARISED_WITHIN:
                self._begin(
                    f"{_SUMMARISING}{channel.id} {posted.edition}", self._see_to_summaries, channel, posted.edition
                )
            if steps := steps_due(posted, channel.settings.timezone, now):
                due[channel.id].append((posted, steps))
        if self._summarizer.has_model and not self._summarizer.is_busy:
            self._begin(f"{_NOTICE}summaries", self._notices.tell_given_up, self._sender, self._team)
        for channel_id, editions in due.items():
            self._begin(f"{_LOOKING_BACK}{channel_id}", self._keep_up, channels[channel_id], editions, day_answers, now)

    async def _keep_up(
        self,
        channel: Channel,
        editions: Sequence[tuple[PostedEdition, list[str]]],
        day_answers: _DayAnswers,
        now: datetime,
    ) -> None:
        """Bring editions up to date with lists read at `now` or later; until the source gives those, nothing is."""
        for posted, steps in editions:
            days = await self._upkeep.days_of(channel, posted)
            answers = await day_answers.of_days(days)
            if len(answers) < len(days) or not all(_is_read_since(now, answer) for answer in answers):
                continue
            async with self._planning:
                planned = await self._upkeep.plan(channel, posted, steps, answers)
            for edition in planned:
                if edition.is_change:
                    await self._deliver(channel.id, [edition])
                else:
                    await self._deliver_in_turn(channel.id, edition)

    async def _forget(self, now: datetime) -> None:
        """Once a day: what was left long ago is deleted."""
        if self._forgot_on == now.date():
            return
        self._forgot_on = now.date()
        self._summarised_today.clear()
        await self._store.summary_failures.prune(before=now - _TRIES_KEPT)
        channels, teams = await self._store.memberships.forget_left(before=now - self._retention)
        if channels or teams:
            log.info("what was left long ago is deleted", channels=channels, workspaces=teams)
        self._begin(_PRUNING, self._prune, now)

    async def _prune(self, now: datetime) -> None:
        """Clear away what nothing needs any more, after what is being sent: a due minute has no time for it."""
        if sending := set(self._working.values()) - {asyncio.current_task()}:
            await asyncio.wait(sending)
        await self._store.maintenance.prune(now=now)

    async def post_now(self, channel_id: str) -> Choice | None:
        """Bring a channel at once what it would get next; what it got, or why nothing. None when it is not served.

        A channel that has had all since it began to be served gets the latest day that has something for it. Raises
        `PostingDelayed` or `SlackRefused` where Slack did not take it.
        """
        await self._quiet_in(channel_id)
        task = asyncio.create_task(self._post_now(channel_id))
        self._working[channel_id] = task
        task.add_done_callback(lambda done: self._end(channel_id, done))
        posted = await asyncio.shield(task)
        if posted is None:
            return None
        choice, edition = posted
        if edition:
            await self._ensure_posted(channel_id, edition)
        return choice

    async def _ensure_posted(self, conversation: str, edition: Edition) -> None:
        deliveries = await self._store.outbox.deliveries(self._team, conversation, edition)
        if any(each.state in _STILL_TO_COME for each in deliveries):
            raise PostingDelayed
        refused = [each for each in deliveries if each.state is DeliveryState.REFUSED]
        if refused and len(refused) == len(deliveries):
            raise SlackRefused(method="chat.postMessage", error=refused[0].error)

    async def _quiet_in(self, conversation: str) -> None:
        """Wait until nothing is under way in a conversation."""
        while conversation in self._working:
            await asyncio.wait({self._working[conversation]})

    async def _post_now(self, channel_id: str) -> tuple[Choice, Edition | None] | None:
        channel = await self._store.channels.find(self._team, channel_id)
        if channel is None or channel.state is not ChannelState.ACTIVE:
            return None
        now = self._clock.now()
        day_answers = _DayAnswers(self._library)
        pending = channel if days_due(channel, now) else replace(channel, cursor=None)
        answers = await self._answers_for(pending, day_answers, now)
        is_first = pending.cursor is None
        choice, edition = await self._daily.plan_papers(channel, answers, asked_at=now, only_latest=is_first)
        await self._bring(channel, [edition] if edition else [])
        return choice, edition

    async def _try_closed_channels(self, day_answers: _DayAnswers, now: datetime) -> None:
        """Once a day, at its minute, whether Slack lets something into a channel again: what waits longest is tried."""
        due = {
            channel.id: (channel, local_date)
            for channel in await self._store.channels.in_state(self._team, ChannelState.CLOSED)
            if (local_date := self._due(channel, now)) and self._tried.get(channel.id) != local_date
        }
        if not due:
            return
        waiting: dict[str, Edition] = {}
        for conversation, edition in await self._store.outbox.unfinished(self._team, closed=True):
            waiting.setdefault(conversation, edition)
        for channel, local_date in due.values():
            self._tried[channel.id] = local_date
            self._begin(channel.id, self._try, channel, local_date, waiting.get(channel.id), day_answers, now)

    async def _try(
        self, channel: Channel, local_date: date, edition: Edition | None, day_answers: _DayAnswers, now: datetime
    ) -> None:
        if edition:
            got_in = await self._deliver(channel.id, [edition])
        else:
            got_in = await self._serve(channel, local_date, [], day_answers, now)
        if got_in:
            await self._store.channels.reopen(self._team, channel.id, now=self._clock.now())

    def _begin(
        self, name: str, work: Callable[P, Coroutine[Any, Any, object]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Do one thing at a time in a conversation, so that its messages keep their order.

        What comes while something is under way is done right after it; of several, only the last.
        """
        if self._is_stopped:
            return
        if name in self._working:
            if not name.startswith(_BESIDE):
                self._next[name] = lambda: work(*args, **kwargs)
            return
        task = asyncio.create_task(work(*args, **kwargs))
        self._working[name] = task
        task.add_done_callback(lambda done: self._end(name, done))

    def _end(self, name: str, task: asyncio.Task[Any]) -> None:
        del self._working[name]
        if (following := self._next.pop(name, None)) and not self._is_stopped:
            self._begin(name, following)
        if task.cancelled():
            return
        match task.exception():
            case None:
                pass
            case ChannelClosed() as closed if closed.is_news:
                self._begin(f"{_NOTICE}{name}", self._notices.tell_paused, self._sender, self._team, closed)
            case SlackRefused() as refused:
                self._fail(refused)
            case PaperboyError() as expected:
                log.warning("not done yet; trying again in a minute", conversation=name, error=str(expected))
            case unexpected if name.startswith(_BESIDE):
                log.error("something beside the posts failed", work=name, exc_info=unexpected)
            case unexpected:
                self._begin(f"{_NOTICE}{name}", self._notices.tell_failed, self._sender, self._team, name, unexpected)

    # channels --------------------------------------------------------------------------------------------------------

    def _due(self, channel: Channel, now: datetime) -> date | None:
        """The local date a channel is due on and has not been served on."""
        settings = channel.settings
        local_date = last_due_date(now, settings.post_at, settings.timezone, settings.is_posting_day)
        if local_date is None or (channel.served and channel.served >= local_date):
            return None
        if channel.since and due_at(local_date, settings.post_at, settings.timezone) < channel.since:
            return None
        asked = self._asked.get((channel.id, local_date))
        return None if asked and now - asked < ASKED_AGAIN_AFTER else local_date

    async def _serve(
        self,
        due: Channel,
        local_date: date | None,
        editions: Sequence[Edition],
        day_answers: _DayAnswers,
        now: datetime,
    ) -> bool:
        """Deliver what was begun, and what is due on a local date; whether Slack took anything of the latter.

        Changes to messages that are there come last.
        """
        await self._bring(due, [edition for edition in editions if not edition.is_change])
        got_in = local_date is not None and await self._serve_due(due, local_date, day_answers, now)
        await self._deliver(due.id, [edition for edition in editions if edition.is_change])
        return got_in

    async def _serve_due(self, due: Channel, local_date: date, day_answers: _DayAnswers, now: datetime) -> bool:
        async with self._planning:
            owner = self._sender.owner
            if not await self._store.duties.claim(self._team, due.id, local_date, owner=owner, now=now):
                return False
            channel = await self._store.channels.find(self._team, due.id)
        if channel is None or channel.state is not due.state:
            return False
        if channel.skip_next and brings_papers(channel, now):
            through = max(days_due(channel, now), default=HUGGING_FACE.last_settled_day(now))
            await self._store.duties.skip(self._team, channel.id, local_date, through=through, now=now)
            return False
        self._asked = {key: asked for key, asked in self._asked.items() if now - asked < ASKED_AGAIN_AFTER}
        self._asked[channel.id, local_date] = now
        answers = await self._answers_for(channel, day_answers, now)
        if answers and isinstance(answers[-1], Unreachable):
            away = answers[-1].day
            self._begin(f"{_NOTICE}{away}", self._notices.tell_away, self._sender, self._team, away)
        async with self._planning:
            planned = await self._daily.plan(channel, local_date, answers, asked_at=now)
        got_in = await self._bring(channel, planned)
        if any(edition.kind is EditionKind.DAILY for edition in planned):
            await self._deliver(channel.id, await self._upkeep.plan_recap(channel, local_date))
        return got_in

    async def _answers_for(self, channel: Channel, day_answers: _DayAnswers, now: datetime) -> list[DayAnswer]:
        """What the source says of the days a channel would get now; before its first digest, as far back as it takes
        for one to have papers for it."""
        answers = await day_answers.of_days(days_due(channel, now))
        if channel.cursor is not None or not answers:
            return answers
        for before in range(1, _LOOKED_BACK + 1):
            if await self._daily.has_papers(channel, answers, asked_at=now) is not False:
                break
            earlier = await day_answers.of_days([answers[0].day - timedelta(days=before)])
            if await self._daily.has_papers(channel, earlier, asked_at=now) is not False:
                return [*earlier, *answers]
        return answers

    async def _deliver(self, conversation: str, editions: Sequence[Edition]) -> bool:
        """Deliver editions, in order; whether Slack took anything."""
        got_in = False
        for edition in editions:
            report = await self._sender.deliver(self._team, conversation, edition)
            got_in = got_in or report.sent_now > 0
            if report.refused or report.unknown:
                await self._notices.tell_undelivered(self._sender, self._team)
            if report.is_put_off:
                await self._notices.tell_waiting(self._sender, self._team, conversation, edition, report)
        return got_in

    # ahead of time ---------------------------------------------------------------------------------------------------

    def _is_due_soon(self, channel: Channel, now: datetime) -> bool:
        settings = channel.settings
        next_date = next_due_date(now, settings.post_at, settings.timezone, settings.is_posting_day)
        return next_date is not None and due_at(next_date, settings.post_at, settings.timezone) - now <= PREPARED_AHEAD

    async def _prepare(self, channels: Sequence[Channel], day_answers: _DayAnswers, now: datetime) -> None:
        """Read the days that channels will be due soon, each once a short while, and have their papers summarised."""
        recently = {day for day, read_at in self._prepared.items() if now - read_at <= PREPARED_AHEAD}
        wanted = {day for channel in channels for day in days_due(channel, now)}
        days = sorted(wanted - recently)
        for day, answer in zip(days, await day_answers.of_days(days), strict=False):
            if not isinstance(answer, Unreachable):
                self._prepared[day] = now
        if self._summarizer.has_model:
            await self._commission_ahead(channels, now)

    async def _commission_ahead(self, channels: Sequence[Channel], now: datetime) -> None:
        """Twice as many papers as a channel will get: votes may still change their order."""
        wishes = {
            (day, channel.settings.top, channel.settings.wanted, language)
            for channel in channels
            for day in days_due(channel, now)
            for language in (channel.settings.language, channel.settings.second_language)
            if language
        }
        for day, top, wanted, language in sorted(wishes, key=str):
            if listing := await self._store.listings.find(day):
                papers = [listed.paper.id for listed in choose(listing.papers, top=2 * top, wanted=wanted)]
                await self._summarizer.request_summaries(papers, [language], within=timedelta(0))


class _DayAnswers:
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


def _is_read_since(moment: datetime, answer: DayAnswer) -> bool:
    return not isinstance(answer, Unreachable) and not (isinstance(answer, Listing) and answer.fetched_at < moment)
