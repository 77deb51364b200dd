"""A day's papers as an answer: at once where they are stored, honest where there are none, turned and shared."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.open_requests import OpenRequests
from bot.rules.commands import DaysWanted, ShowDays
from bot.rules.requests import LEASE, Request, RequestKind
from handlers.answers import AnswerPath
from handlers.asked import find_answer
from handlers.asker import Asker
from handlers.left_over import finish_left_over
from tests.harness import DAY, papers_of, read

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.slack_emulator import PrivateMessage
    from tests.harness import Harness

THE_DAY_AFTER = datetime(2024, 8, 1, 12, tzinfo=UTC)


async def ask(harness: Harness, first: date | None = None, last: date | None = None, **more: Any) -> PrivateMessage:
    """Ask for days in #papers, and read what comes of it last, as one person sees it there."""
    asker = Asker(harness.team, harness.ana.id, harness.papers.id, "en")
    client = harness.bot.workspace.client

    async def post(message: Message) -> None:
        await client.chat_postEphemeral(channel=harness.papers.id, user=harness.ana.id, **message.to_payload())

    path = AnswerPath(_no_response_url, client, harness.ana.id, harness.papers.id, post=post)
    command = ShowDays(DaysWanted(first, last or first), **more)
    answer = await find_answer(harness.bot.deps, asker, path, command)
    await post(await answer.compose(asker))
    if answer.follow:
        await answer.follow(asker, path)
    return harness.slack.ephemerals(harness.ana.id)[-1]


async def _no_response_url(**_: object) -> Any:
    raise ValueError("Slack gave no response_url")


def words_of(message: PrivateMessage) -> str:
    return read(message).replace("\u00a0", " ")


class TestADay:
    async def test_stored_papers_are_the_first_answer(self, harness: Harness) -> None:
        await harness.post()
        before = len(harness.sources.days_asked)
        told = words_of(await ask(harness, DAY))
        assert "Top papers · Wed, Jul 31, 2024" in told
        assert "1. " in told
        assert "by upvotes" in told
        assert len(harness.sources.days_asked) == before

    async def test_a_day_nobody_read_yet_is_looked_up_and_takes_the_place_of_what_says_so(
        self, harness: Harness
    ) -> None:
        told = await ask(harness, DAY)
        looking_up, papers = (words_of(each) for each in harness.slack.ephemerals(harness.ana.id))
        assert "Looking up" in looking_up
        assert "Top papers" in papers
        assert "share_days" in json.dumps(list(told.blocks))

    async def test_top_five_are_five(self, harness: Harness) -> None:
        await harness.post()
        told = words_of(await ask(harness, DAY, top=5))
        assert "Top 5 of" in told
        assert "5. " in told
        assert "6. " not in told

    async def test_the_latest_is_the_newest_day_with_papers(self, harness: Harness) -> None:
        harness.clock.advance_to(THE_DAY_AFTER)
        assert "Jul 31" in words_of(await ask(harness))
        harness.sources.day(THE_DAY_AFTER.date(), papers_of(THE_DAY_AFTER.date()))
        harness.clock.advance_to(THE_DAY_AFTER + timedelta(minutes=20))
        told = words_of(await ask(harness))
        assert "Aug 1" in told
        assert "can be added until 22:00 UTC" in told

    async def test_many_who_ask_at_once_are_one_request(self, harness: Harness) -> None:
        import asyncio

        await asyncio.gather(*(ask(harness, DAY) for _ in range(20)))
        assert len(harness.sources.days_asked) == 1


class TestToday:
    """The list of a day begins with the day in UTC, wherever people are."""

    @pytest.mark.parametrize(
        ("at", "zone", "day"),
        [
            (datetime(2024, 8, 2, 3, tzinfo=UTC), "America/Los_Angeles", "Aug 1"),
            (datetime(2024, 8, 1, 23, tzinfo=UTC), "Asia/Seoul", "Aug 1"),
            (datetime(2024, 8, 2, 3, tzinfo=UTC), "Asia/Seoul", "Aug 2"),
        ],
    )
    async def test_is_the_askers_day_or_the_latest_that_has_a_list(
        self, harness: Harness, at: datetime, zone: str, day: str
    ) -> None:
        for opened in (date(2024, 8, 1), date(2024, 8, 2)):
            harness.sources.day(opened, papers_of(opened))
        person = harness.slack.add_person("Sam", locale="en-US", tz=zone)
        await harness.slack.invite(person.id, harness.papers.id)
        await harness.ask(person, "help")
        harness.clock.advance_to(at)
        told = await harness.ask(person, "today")
        assert f", {day}" in told[-1].replace("\u00a0", " ")


class TestSeveralDays:
    async def test_are_ranked_together_and_each_paper_says_its_day(self, harness: Harness) -> None:
        for number in (29, 30):
            day = date(2024, 7, number)
            harness.sources.day(day, papers_of(day, votes=(500 + number, 1)))
        told = words_of(await ask(harness, date(2024, 7, 29), DAY, top=3))
        assert "Jul 29, 2024 – Jul 31, 2024" in told
        assert "from 3 days" in told
        assert told.index("1. Paper 1 of 2024-07-30") < told.index("2. Paper 1 of 2024-07-29")
        assert "Mon, Jul 29" in told


class TestWithoutPapers:
    async def test_a_weekend_is_said_to_have_none_and_the_day_before_is_offered(self, harness: Harness) -> None:
        harness.clock.advance_to(datetime(2024, 8, 5, 12, tzinfo=UTC))
        harness.sources.day(date(2024, 8, 3), [])
        told = await ask(harness, date(2024, 8, 3))
        assert "listed none" in words_of(told)
        assert "Show Fri, Aug 2, 2024" in words_of(told)

    async def test_a_day_to_come_is_not_open_yet(self, harness: Harness) -> None:
        told = words_of(await ask(harness, date(2030, 1, 1)))
        assert "No list yet" in told
        assert "Show" in told

    async def test_a_day_before_the_feed_is_told_where_it_begins(self, harness: Harness) -> None:
        told = await ask(harness, date(2022, 1, 1))
        assert "begin on" in words_of(told)
        assert "2023-05-04" in json.dumps(list(told.blocks))

    async def test_a_source_that_is_away_is_said_to_be_and_what_is_stored_is_offered(self, harness: Harness) -> None:
        await harness.post()
        harness.sources.down()
        told = await ask(harness, date(2024, 8, 1))
        harness.clock.advance_to(THE_DAY_AFTER + timedelta(days=1))
        told = await ask(harness, date(2024, 8, 1))
        assert "isn't responding" in words_of(told)
        assert "2024-07-31" in json.dumps(list(told.blocks))


class TestPages:
    async def test_more_turns_the_page_in_place(self, harness: Harness) -> None:
        harness.sources.day(date(2024, 7, 30), papers_of(date(2024, 7, 30), votes=range(35, 0, -1)))
        told = await ask(harness, date(2024, 7, 30))
        assert "10. " in words_of(told)
        assert "11. " not in words_of(told)
        before = len(harness.slack.ephemerals(harness.ana.id))
        await harness.click(harness.ana, told, "days_more")
        turned = harness.slack.ephemerals(harness.ana.id)
        assert len(turned) == before
        assert "11. " in words_of(turned[-1])
        assert "days_back" in json.dumps(list(turned[-1].blocks))


class TestSharing:
    async def test_a_page_is_shared_once_and_its_numbers_save(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, DAY)
        before = len(harness.slack.messages(harness.papers.id))
        (done,) = await harness.click(harness.ana, told, "share_days")
        assert "Shared" in done
        shared = harness.slack.messages(harness.papers.id)[before:]
        assert len(shared) == 1
        assert "Top papers" in read(shared[0])
        await harness.react(harness.jimin, shared[0], "two")
        assert len(await harness.reading_list(harness.jimin)) == 1

    async def test_what_an_ended_process_left_is_shared_once(self, harness: Harness) -> None:
        await harness.post()
        store, now = harness.bot.services.store, harness.clock.now()
        left = Request(
            harness.team, harness.papers.id, harness.ana.id, RequestKind.SHARE_DAYS, "1.1", DAY.isoformat(), now
        )
        assert await OpenRequests(store.requests, harness.clock, owner="another").keep(left)
        before = len(harness.slack.messages(harness.papers.id))
        await harness.clock.sleep(LEASE.total_seconds())
        for _ in range(2):
            await finish_left_over(harness.bot.deps, harness.team, harness.bot.workspace.client)
            await harness.quiet()
        assert len(harness.slack.messages(harness.papers.id)) == before + 1

    async def test_a_stranger_shares_nothing(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, DAY)
        await harness.slack.leave(harness.ana.id, harness.papers.id)
        before = len(harness.slack.messages(harness.papers.id))
        await harness.click(harness.ana, told, "share_days")
        assert len(harness.slack.messages(harness.papers.id)) == before


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_every_page_is_one_slack_takes(harness: Harness, language: str) -> None:
    """The emulator refuses a message that Slack would."""
    title = "Ä & <b> " + "long " * 40
    items = papers_of(date(2024, 7, 30), votes=range(50, 0, -1))
    for item in items:
        item["title"] = item["paper"]["title"] = title
        item["paper"]["ai_summary"] = "It says " + "very " * 60 + "much."
    harness.sources.day(date(2024, 7, 30), items)
    message = await ask(harness, date(2024, 7, 30))
    for _ in range(6):
        await harness.click(harness.ana, message, "days_more")
        message = harness.slack.ephemerals(harness.ana.id)[-1]
        if "days_more" not in json.dumps(list(message.blocks)):
            break
    assert "50. " in words_of(message)


class TestSeveralDaysWithoutPapers:
    async def test_are_named_together_and_the_latest_with_papers_is_offered(self, harness: Harness) -> None:
        await harness.post()
        for number in range(1, 6):
            harness.sources.day(date(2024, 7, number), [])
        told = await ask(harness, date(2024, 7, 1), date(2024, 7, 5))
        assert "No papers for Jul 1, 2024 – Jul 5, 2024" in words_of(told)
        assert "[ Show " in words_of(told)

    async def test_to_come_are_told_by_the_first_of_them(self, harness: Harness) -> None:
        told = await ask(harness, date(2024, 8, 5), date(2024, 8, 9))
        assert "No list yet for Monday, August 5" in words_of(told)
