"""Weeks of reminders: one a week, on time, of what waits, and none to whoever had enough."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app import open_bot
from bot.rules.reading_list import SaveKind
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock
from tests.harness import DAY, Harness, bundled_day, lay_out_database, settings_for
from tests.scopes import usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.slack_emulator import Person, SlackMessage

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2024, 8, 5, tzinfo=BERLIN)
A_WEEK = timedelta(weeks=1)
MATTING, MELTEMI, MUSIC, THINK = "2407.21017", "2407.20743", "2407.20445", "2407.21018"


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Callable[[], Any]]:
    """An office with a list, and a bot that can be started again and again."""
    clock = PatientClock()
    manifest = build_manifest(with_history=True)
    async with (
        PaperSources.open() as sources,
        SlackEmulator(manifest, granted=usually_granted(manifest), now=clock.now) as slack,
    ):
        sources.day(DAY, bundled_day())
        ana = slack.add_person("Ana", locale="en-US", tz="Europe/Berlin")
        jimin = slack.add_person("Jimin", locale="ko-KR", tz="Asia/Seoul")
        papers = slack.add_channel("papers", members=[ana.id, jimin.id])
        lay_out_database(folder)

        @asynccontextmanager
        async def started() -> AsyncIterator[Harness]:
            async with open_bot(settings_for(slack, sources, folder), clock=clock) as bot:
                await slack.connected()
                yield Harness(slack, sources, bot, clock, papers, ana, jimin)

        yield started


def received(harness: Harness, person: Person) -> list[SlackMessage]:
    """The reminders in somebody's direct messages."""
    messages = harness.slack.messages(harness.slack.direct_messages(person.id).id)
    return [each for each in messages if str((each.metadata or {}).get("event_payload")).find("reminder:") >= 0]


async def save(harness: Harness, person: Person, *papers: str) -> None:
    lists, now = harness.bot.services.store.reading_lists, harness.clock.now()
    for number, paper_id in enumerate(papers):
        await lists.save(
            harness.team, person.id, paper_id, SaveKind.CLICK, now=now - timedelta(minutes=len(papers) - number)
        )


async def a_day(harness: Harness, day: datetime) -> None:
    """Look at what is due all day long, in the night too."""
    for hour in (0, 8, 10, 11, 17, 18, 23):
        await harness.at(day + timedelta(hours=hour))


async def test_weeks_with_restarts_bring_one_reminder_each_in_the_morning_and_none_at_night(tmp_path: Path) -> None:
    async with office(tmp_path) as started:
        async with started() as harness:
            await harness.post()
            await save(harness, harness.ana, MATTING, MELTEMI, MUSIC, THINK)
            (answer,) = await harness.ask(harness.ana, "remind me")
            assert "Mondays at 10:00" in answer
            assert "Mon, Aug 5" in answer
            await a_day(harness, MONDAY)
            first = received(harness, harness.ana)
            assert [each.ts for each in first] == [each.ts for each in received(harness, harness.ana)]
            assert len(first) == 1
            sent_at = datetime.fromtimestamp(float(first[0].ts), BERLIN)
            assert (sent_at.hour, sent_at.date()) == (10, MONDAY.date())
            assert received(harness, harness.jimin) == []
        async with started() as harness:  # on the same day
            await harness.at(MONDAY + timedelta(hours=23, minutes=30))
            assert len(received(harness, harness.ana)) == 1
            harness.slack.faults.error("chat.postMessage", error="service_unavailable", times=500)
            await harness.at(MONDAY + A_WEEK + timedelta(hours=10))
        async with started() as harness:  # Slack is back in the evening
            harness.slack.faults.clear()
            await harness.at(MONDAY + A_WEEK + timedelta(hours=22))
            assert len(received(harness, harness.ana)) == 1, "what was missed is skipped"
            await a_day(harness, MONDAY + 2 * A_WEEK)
            assert len(received(harness, harness.ana)) == 2, "and the next one is not doubled"
            harness.slack.change_person(harness.ana.id, deleted=True)
            await a_day(harness, MONDAY + 3 * A_WEEK)
            assert len(received(harness, harness.ana)) == 2
