"""Weeks of reminders: one a week, on time, of what waits, and none to whoever had enough."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.app import open_bot
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock
from tests.harness import DAY, Harness, bundled_day, lay_out_database, open_harness, read, settings_for
from tests.papers_in_full import html
from tests.reminders import received, save
from tests.scopes import USUALLY_GRANTED, usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


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
            harness.clock.advance_to(MONDAY + 2 * A_WEEK + timedelta(hours=10))
            ((user, due_at),) = await harness.bot.services.store.reminders.due(
                harness.team, harness.clock.now(), limit=9
            )
            reminders = harness.bot.workspace.list_reminders
            planned = await asyncio.gather(*(reminders.plan(user, due_at) for _ in range(3)))
            assert [edition is None for edition in planned].count(False) == 1, "of three that look, one plans"
            await a_day(harness, MONDAY + 2 * A_WEEK)
            assert len(received(harness, harness.ana)) == 2, "and the next one is not doubled"
            harness.slack.change_person(harness.ana.id, deleted=True)
            await a_day(harness, MONDAY + 3 * A_WEEK)
            assert len(received(harness, harness.ana)) == 2


def atom(*entries: tuple[str, str]) -> str:
    """arXiv's answer about papers: each with its version, and a comment."""
    papers = "".join(
        f"<entry><id>http://arxiv.org/abs/{paper}</id><title>{paper}</title><summary>We cut.</summary>"
        f'<arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">{comment}</arxiv:comment></entry>'
        for paper, comment in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Q</title>{papers}</feed>'


async def test_news_of_saved_papers_is_asked_for_once_a_day_and_told_in_the_reminder_alone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.post()
        await save(harness, harness.ana, MATTING, MELTEMI, THINK)
        await harness.ask(harness.ana, "remind me")
        harness.sources.arxiv_page(MATTING, html())
        await harness.ask(harness.ana, f"{MATTING} how was it trained?")
        for paper_id in (MATTING, MELTEMI, THINK):
            harness.sources.paper(paper_id, paper := {"id": paper_id, "title": paper_id, "authors": []})
        harness.sources.arxiv(atom((f"{MATTING}v1", ""), (f"{MELTEMI}v1", ""), (f"{THINK}v1", "")))
        await harness.at(MONDAY + timedelta(hours=10))
        first = read(received(harness, harness.ana)[-1])
        assert "News about papers" not in first
        assert first.replace("\u00a0", " ").count("· about 5 minutes") == 1, "of the text that was read for an answer"
        withdrawn = "This paper has been withdrawn by the authors"
        harness.sources.arxiv(atom((f"{MATTING}v3", "12 pages"), (f"{MELTEMI}v2", withdrawn), (f"{THINK}v1", "")))
        harness.sources.paper(THINK, {**paper, "id": THINK, "githubRepo": "https://github.com/x/think"})
        before = len(harness.sources.calls)
        for quarters in range(8):
            await harness.at(MONDAY + timedelta(days=2, minutes=15 * quarters))
        asked = [call for call in harness.sources.calls[before:] if call.path == "/api/query"]
        assert len(asked) == 1, "in one request, and not again on that day"
        assert set(asked[0].query["id_list"].split(",")) == {MATTING, MELTEMI, THINK}
        assert len(received(harness, harness.ana)) == 1, "news is no reason for a message"
        await harness.at(MONDAY + A_WEEK + timedelta(hours=10))
        said = read(received(harness, harness.ana)[-1])
        assert "version 3 is on arXiv" in said
        assert "has been withdrawn" in said
        assert "code is on GitHub" in said
        assert said.count("[ Mark as read ]") == 2, "a withdrawn paper is not suggested"
        await harness.at(MONDAY + 2 * A_WEEK + timedelta(hours=10))
        assert "News about papers" not in read(received(harness, harness.ana)[-1]), "it was told"


async def test_a_reminder_that_may_have_arrived_is_not_sent_again_where_it_can_not_be_looked_for(
    tmp_path: Path,
) -> None:
    async with open_harness(tmp_path, granted=USUALLY_GRANTED - {"im:history"}) as harness:
        await harness.post()
        await save(harness, harness.ana, MATTING, MELTEMI)
        await harness.ask(harness.ana, "remind me")
        harness.slack.faults.drop_after_accepting("chat.postMessage")
        await a_day(harness, MONDAY)
        assert len(received(harness, harness.ana)) == 1
        await a_day(harness, MONDAY + A_WEEK)
        assert len(received(harness, harness.ana)) == 2
