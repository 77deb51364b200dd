"""The playground: the real bot, an emulated Slack on this machine, and a clock that moves to the next morning."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import MovableClock
from bot.demo.bundled_days import bundled_days, bundled_papers, bundled_summaries, serve_bundled_days
from bot.demo.local_bot import open_local_bot
from bot.rules.channels import EVERY_DAY, Channel
from bot.rules.due import due_at
from bot.rules.feeds import HUGGING_FACE
from bot.schedule.look_back import LOOKS_BACK_EVERY
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from bot.connected_bot import ConnectedBot
    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import Person

ZONE = "Asia/Seoul"
POSTED_AT = time(9, 10)
# A day left out comes with the next post: that is how a catch-up is seen.
_BUT_WEDNESDAYS = EVERY_DAY - {2}
_A_DAY = timedelta(days=1)
_WEEK_END = timedelta(days=2)
_STEP = timedelta(minutes=30)
_UNTIL_LOOKED_BACK = LOOKS_BACK_EVERY + timedelta(minutes=5)
# Fast enough to watch; Slack itself would be given a second between two messages.
_PACE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Playground:
    """A workspace with two people in three channels; `reading` has no Paperboy in it yet."""

    slack: SlackEmulator
    bot: ConnectedBot
    clock: MovableClock
    papers: SlackChannel
    korean: SlackChannel
    reading: SlackChannel
    ana: Person
    jimin: Person
    moving: asyncio.Lock

    def topic(self, channel: str) -> str:
        """The topic of a channel, shown beside its name."""
        topics = {
            self.papers.id: "Daily papers at 09:10, except Wednesdays",
            self.korean.id: "매일 09:10에 오는 주요 논문",
            self.reading.id: "Reading group",
        }
        return topics.get(channel, "")

    @property
    def moment(self) -> datetime:
        """The time now, in the time zone of these channels."""
        return self.clock.now().astimezone(ZoneInfo(ZONE))

    @property
    def is_over(self) -> bool:
        """Whether the next morning would have to bring a day that is not bundled, after the week-end of the last."""
        return next_morning_after(self.clock.now()).date() - _A_DAY > bundled_days()[-1] + _WEEK_END

    async def next_morning(self) -> None:
        """Let time pass until papers are next due and those of the day before are looked back at; all due is done."""
        async with self.moving:
            morning = next_morning_after(self.clock.now())
            await self._let_pass(until=morning - _STEP)
            await self._let_pass(until=morning)
            await self._let_pass(until=morning + _UNTIL_LOOKED_BACK)

    async def quiet(self) -> None:
        """Wait until the bot has dealt with everything it was sent and finished what it began."""
        await self.slack.settled()
        await self.bot.checks.drain(10)
        await self.bot.deps.drain(10)
        await self.slack.settled()

    async def _let_pass(self, until: datetime) -> None:
        while self.clock.now() < until:
            self.clock.advance_to(min(self.clock.now() + _STEP, until))
            await self._do_what_is_due()

    async def _know_what_is_bundled(self) -> None:
        """Every bundled paper can be asked for from the first morning, with its summaries."""
        store, now = self.bot.services.store, self.clock.now()
        await asyncio.gather(
            *(store.papers.remember(paper, source=HUGGING_FACE.key, now=now) for paper in bundled_papers())
        )
        await asyncio.gather(*(store.summaries.remember(summary) for summary in bundled_summaries(now)))

    async def _do_what_is_due(self) -> None:
        await self.bot.workspace.schedule.tick(self.clock.now())
        await self.bot.database_upkeep.tick(self.clock.now())
        await self.bot.workspace.schedule.idle()
        await self.bot.database_upkeep.idle()

    async def _begin(self) -> None:
        """The two served channels, and their first morning."""
        services, team = self.bot.services, self.bot.workspace.team
        day = self.clock.now().astimezone(ZoneInfo(ZONE)).date() - _A_DAY
        defaults = replace(services.settings.channel_defaults(), post_at=POSTED_AT, timezone=ZONE)
        english = replace(defaults, language="en", weekdays=_BUT_WEDNESDAYS)
        for channel, settings in ((self.papers, english), (self.korean, replace(defaults, language="ko"))):
            served = Channel(team, channel.id, settings, cursor=day - _A_DAY)
            await services.store.channels.create(served, now=self.clock.now())
        await self._know_what_is_bundled()
        # What is stored is shown at once, in the language known by then.
        for person in (self.ana, self.jimin):
            await self.bot.workspace.profiles.fetch_profile(team, person.id)
        self.clock.advance_to(due_at(day + _A_DAY, POSTED_AT, ZONE))
        await self._do_what_is_due()


def next_morning_after(moment: datetime) -> datetime:
    """The first time the papers of these channels are due after `moment`."""
    today = moment.astimezone(ZoneInfo(ZONE)).date()
    due = (due_at(day, POSTED_AT, ZONE) for day in (today, today + _A_DAY))
    return next(each for each in due if each > moment)


@asynccontextmanager
async def open_playground() -> AsyncIterator[Playground]:
    """A workspace on the morning after the first bundled day; nothing is kept when it is left."""
    start = _just_before_morning_after(bundled_days()[0])
    clock = MovableClock(start)
    with tempfile.TemporaryDirectory(prefix="paperboy-") as folder:
        async with (
            SlackEmulator(build_manifest(), now=clock.now, strict=False) as slack,
            serve_bundled_days(clock.now) as source_url,
        ):
            ana = slack.add_person("Ana", locale="en-US", tz=ZONE)
            jimin = slack.add_person("Jimin", locale="ko-KR", tz=ZONE)
            everyone = [ana.id, jimin.id]
            for person in everyone:
                slack.direct_messages(person)
            papers = slack.add_channel("papers", members=everyone, creator=ana.id)
            korean = slack.add_channel("논문", members=everyone, creator=jimin.id)
            reading = slack.add_channel("reading", members=everyone, with_bot=False, creator=ana.id)
            async with open_local_bot(slack, source_url, Path(folder), clock, pace_seconds=_PACE_SECONDS) as bot:
                await slack.connected()
                playground = Playground(slack, bot, clock, papers, korean, reading, ana, jimin, asyncio.Lock())
                await playground._begin()
                yield playground


def _just_before_morning_after(day: date) -> datetime:
    return due_at(day + _A_DAY, POSTED_AT, ZONE) - timedelta(minutes=1)
