"""A week in the playground, and its clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from bot.clock import MovableClock
from bot.play.change_log import ChangeLog
from bot.play.playground import next_morning_after, open_playground
from bot.slack_emulator import WorkspaceChange

if TYPE_CHECKING:
    from bot.play.playground import Playground
    from bot.slack_emulator import Person

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (datetime(2024, 7, 31, 0, 0, tzinfo=SEOUL), datetime(2024, 7, 31, 9, 10, tzinfo=SEOUL)),
        (datetime(2024, 7, 31, 9, 9, 59, tzinfo=SEOUL), datetime(2024, 7, 31, 9, 10, tzinfo=SEOUL)),
        (datetime(2024, 7, 31, 9, 10, tzinfo=SEOUL), datetime(2024, 8, 1, 9, 10, tzinfo=SEOUL)),
        (datetime(2024, 7, 31, 23, 0, tzinfo=UTC), datetime(2024, 8, 1, 9, 10, tzinfo=SEOUL)),
    ],
)
def test_the_next_morning_is_ten_past_nine_in_seoul(now: datetime, morning: datetime) -> None:
    assert next_morning_after(now) == morning


def test_the_clock_is_moved_forward_and_never_back() -> None:
    start = datetime(2024, 7, 30, tzinfo=UTC)
    clock = MovableClock(start)
    clock.advance_to(start + timedelta(days=1))
    clock.advance_to(start)
    assert start + timedelta(days=1) <= clock.now() < start + timedelta(days=1, minutes=5)


async def test_a_week_brings_late_votes_a_catch_up_and_a_quiet_week_end() -> None:
    async with open_playground() as playground:
        slack, papers = playground.slack, playground.papers.id
        assert [len(slack.messages(channel.id)) for channel in (playground.papers, playground.reading)] == [6, 0]
        first = slack.messages(papers)[1]
        for _ in range(5):
            await playground.next_morning()
        assert slack.message(papers, first.ts) != first
        said = [message.text for message in slack.messages(papers) if not message.is_reply]
        assert len(said) == 4
        assert "missed" not in said[1], "the channel chose no Wednesdays"
        assert playground.moment.date() == datetime(2024, 8, 4, tzinfo=SEOUL).date()
        assert not playground.is_over
        await playground.next_morning()
        assert playground.is_over


async def test_every_paper_of_the_week_can_be_asked_for_from_the_first_morning() -> None:
    async with open_playground() as playground:
        slack, ana = playground.slack, playground.ana.id
        for paper in ("2407.21017", "2408.00653"):
            before = len(slack.ephemerals(ana))
            await slack.command(ana, playground.papers.id, "/paper", paper)
            await playground.quiet()
            answer = slack.ephemerals(ana)[before:][-1]
            assert paper in str(answer.blocks)
            assert "isn't responding" not in str(answer.blocks)


async def test_a_bundled_paper_says_in_both_languages_that_its_summary_is_a_sample() -> None:
    async with open_playground() as playground:
        for person, label in ((playground.ana, "Sample summary"), (playground.jimin, "예시 요약")):
            told = await asked(playground, person, "2407.21017")
            assert label in told
            assert "Extract" not in told
            assert "사람이" not in told


async def test_a_paper_beyond_the_bundle_is_said_to_be_beyond_it_with_what_to_try_instead() -> None:
    async with open_playground() as playground:
        for person, why in ((playground.ana, "only its bundled papers"), (playground.jimin, "미리 담아 둔 논문만")):
            for paper in ("1706.03762", "1706.03762v2", "hep-th/9901001"):
                told = await asked(playground, person, paper)
                assert why in told
                assert "/paper 2407.21017" in told


async def test_a_search_of_arxiv_is_said_to_be_impossible_here_rather_than_to_find_nothing() -> None:
    async with open_playground() as playground:
        for person, why in ((playground.ana, "no internet connection"), (playground.jimin, "인터넷에 연결되지 않아")):
            await asked(playground, person, "matting")
            slack = playground.slack
            await slack.click(person.id, slack.ephemerals(person.id)[-1], "search_arxiv")
            await playground.quiet()
            told = str(slack.ephemerals(person.id)[-1].blocks)
            assert why in told
            assert "found nothing" not in told


@pytest.mark.parametrize("days", ["last week", "July 26", "2024-07-26"])
async def test_a_day_beyond_the_bundle_is_said_to_be_beyond_it_and_a_bundled_one_is_offered(days: str) -> None:
    async with open_playground() as playground:
        slack = playground.slack
        for person, why in ((playground.ana, "The playground has only"), (playground.jimin, "체험 공간에는")):
            told = await asked(playground, person, days)
            assert why in told
            assert "Hugging Face" not in told, "the real one has a list of that day"
            await slack.click(person.id, slack.ephemerals(person.id)[-1], "ask_1")
            await playground.quiet()
            assert "SHIC" in str(slack.ephemerals(person.id)[-1].blocks)


async def test_a_digest_tells_in_the_language_of_its_channel_what_its_papers_say() -> None:
    async with open_playground() as playground:
        english, korean = (
            str(playground.slack.messages(channel.id)[0].blocks) for channel in (playground.papers, playground.korean)
        )
    assert "SHIC maps every pixel" in english
    assert "SHIC는 수동 라벨 없이" in korean
    for digest in (english, korean):
        assert not re.search(r"One-line summaries from: the abstract|초록 원문", digest)


async def asked(playground: Playground, person: Person, paper: str) -> str:
    before = len(playground.slack.ephemerals(person.id))
    await playground.slack.command(person.id, playground.papers.id, "/paper", paper)
    await playground.quiet()
    return str([each.blocks for each in playground.slack.ephemerals(person.id)[before:]])


async def test_what_is_set_for_a_real_paperboy_is_not_played_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_PROVIDER", "openai")
    monkeypatch.setenv("LLM_API_KEY", "a real key")
    monkeypatch.setenv("PAPERBOY_CHANNEL", "C123")
    monkeypatch.setenv("PORT", "80")
    async with open_playground() as playground:
        settings = playground.bot.services.settings
        assert settings.llm_api_key is None
        assert settings.paperboy_channel is None
        assert playground.bot.port is None
        assert {urlsplit(url).hostname for url in (settings.hf_url, settings.arxiv_url, settings.arxiv_api_url)} == {
            "127.0.0.1"
        }


async def test_a_change_log_tells_what_came_since_or_that_it_has_forgotten() -> None:
    log = ChangeLog()
    changes = [WorkspaceChange("message_posted", "C1", str(number)) for number in range(6000)]
    for change in changes:
        log.append(change)
    log.append(WorkspaceChange("call"))
    assert log.number == 6000
    assert await log.after(5998) == changes[-2:]
    assert await log.after(999) is None
    assert await log.after(6001) is None
