"""The outbox on its way to Slack: once, in order, whatever Slack answers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.editions.daily import PostedDay
from bot.errors import SlackUnreachable
from bot.rules.editions import daily_edition
from bot.rules.outbox import DeliveryState
from bot.rules.selection import NothingNew
from bot.slack.sender import OutboxSender
from tests.clocks import PatientClock
from tests.harness import DAY, like
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.harness import Harness

POST = "chat.postMessage"
EDITION = daily_edition(DAY)


def posted(harness: Harness) -> list[str]:
    """The ids of the cards in the thread, in the order Slack has them."""
    marks = [card.metadata for card in harness.cards if card.metadata]
    return [mark["event_payload"]["part"] for mark in marks]


async def ranked(harness: Harness) -> list[str]:
    listing = await harness.bot.services.store.listings.find(DAY)
    assert listing is not None
    return [listed.paper.id for listed in listing.papers]


class StoppedClock(PatientClock):
    """A clock that stands still, whoever waits, until it is started."""

    waiting = 0
    _started: asyncio.Event | None = None

    def start(self) -> None:
        assert self._started is not None
        self._started.set()

    async def sleep(self, seconds: float) -> None:
        self._started = self._started or asyncio.Event()
        self.waiting += 1
        await self._started.wait()
        await super().sleep(seconds)


async def report_of(harness: Harness) -> PostedDay:
    outcome = await harness.post(top=10)
    assert isinstance(outcome, PostedDay)
    return outcome


async def test_a_day_is_a_header_and_a_threaded_card_a_paper_in_rank_order(harness: Harness) -> None:
    outcome = await report_of(harness)
    assert (outcome.report.sent_now, outcome.report.planned) == (11, 11)
    assert posted(harness) == await ranked(harness)
    assert all(card.thread_ts == harness.header.ts for card in harness.cards)


async def test_posting_again_sends_nothing(harness: Harness) -> None:
    await harness.post(top=10)
    calls = len(harness.slack.calls)
    outcome = await report_of(harness)
    assert outcome.again
    assert outcome.report.sent_now == 0
    assert len(harness.slack.calls) == calls


async def test_no_more_than_a_message_a_second_and_channel(harness: Harness) -> None:
    await harness.post(top=10)
    # On a server the moments of several processes are told apart by hundredths.
    assert 10.0 <= round(sum(harness.clock.slept), 2) <= 10.2


async def test_a_paper_never_comes_to_a_channel_twice_not_even_on_another_day(harness: Harness) -> None:
    await harness.post(top=10)
    later = DAY.replace(day=30)
    listing = await harness.bot.services.store.listings.find(DAY)
    assert listing is not None
    harness.sources.day(later, listing.raw)
    assert isinstance(await harness.post(later), NothingNew)


async def test_nobody_is_unfurled_at_and_every_message_has_words_for_a_screen_reader(harness: Harness) -> None:
    await harness.post(top=10)
    arguments = [call.arguments for call in harness.slack.calls if call.method == POST]
    assert all(sent["unfurl_links"] is False and sent["text"] for sent in arguments)


async def test_a_card_that_slack_puts_into_the_channel_as_its_thread_is_gone_comes_in_the_next_thread(
    harness: Harness,
) -> None:
    client, slack = harness.bot.workspace.client, harness.slack

    async def delete_header() -> None:
        await client.chat_delete(channel=harness.papers.id, ts=harness.header.ts)

    slack.faults.unthreads = True
    slack.faults.before_request(2, delete_header)
    await harness.post(top=10)
    assert not [each for each in slack.messages(harness.papers.id)[1:] if not each.is_reply]
    assert posted(harness) == await ranked(harness)


class TestSlackAsksToWait:
    @pytest.mark.parametrize("nth", [1, 2, 6, 11])
    async def test_a_429_is_waited_out_and_order_is_kept(self, harness: Harness, nth: int) -> None:
        harness.slack.faults.answer(POST, nth, status=429, retry_after=7)
        await harness.post(top=10)
        assert posted(harness) == await ranked(harness)
        assert sum(harness.clock.slept) >= 7

    async def test_and_meanwhile_nothing_is_posted_anywhere_else_in_the_workspace(self, harness: Harness) -> None:
        """Both senders wait at the same time; nothing moves the clock before they do."""
        daily, store, settings = harness.bot.workspace.daily, harness.bot.services.store, like(top=1)
        clock = StoppedClock(harness.clock.now())
        sender = OutboxSender(
            store.channels,
            store.outbox,
            store.newer_blocks,
            harness.bot.workspace.client,
            clock,
            owner="one",
            saving_emoji=frozenset(),
        )
        channels = [harness.papers, harness.slack.add_channel("other", members=[harness.ana.id], with_bot=True)]
        harness.slack.faults.answer(POST, 1, status=429, retry_after=20)
        posting: list[asyncio.Task[object]] = []
        for channel in channels:
            posting.append(asyncio.create_task(daily.post(sender, harness.team, channel.id, DAY, settings)))
            await until(lambda: clock.waiting >= len(posting) or posting[-1].done())
        assert sum(call.method == POST for call in harness.slack.calls) == 1
        clock.start()
        await asyncio.gather(*posting)
        assert [len(harness.slack.messages(channel.id)) for channel in channels] == [2, 2]

    async def test_for_hours_nobody_is_left_hanging_in_another_channel(self, harness: Harness) -> None:
        other = harness.slack.add_channel("other", members=[harness.ana.id], with_bot=True)
        harness.slack.faults.answer(POST, 1, status=429, retry_after=7200)
        await harness.post(top=1)
        daily, sender = harness.bot.workspace.daily, harness.bot.workspace.sender
        began = harness.clock.monotonic()
        await daily.post(sender, harness.team, other.id, DAY, like(top=1))
        assert harness.clock.monotonic() - began < 60
        assert harness.slack.messages(other.id) == []
        harness.clock.advance_to(harness.clock.now() + timedelta(hours=3))
        await daily.post(sender, harness.team, other.id, DAY, like(top=1))
        assert len(harness.slack.messages(other.id)) == 2

    async def test_after_many_in_a_row_we_stop_and_the_rest_stays_in_the_outbox(self, harness: Harness) -> None:
        harness.slack.faults.answer(POST, 4, status=429, retry_after=1, times=5)
        with pytest.raises(SlackUnreachable):
            await harness.post(top=10)
        assert len(harness.cards) == 2
        await harness.post(top=10)
        assert posted(harness) == await ranked(harness)


class TestImages:
    async def test_an_image_slack_cannot_fetch_is_tried_once_more(self, harness: Harness) -> None:
        _give_thumbnails(harness)
        harness.slack.faults.refuse_images(times=1)
        await harness.post(top=10)
        assert all("image" in str(card.blocks) for card in harness.cards)

    async def test_and_then_left_out(self, harness: Harness) -> None:
        _give_thumbnails(harness)
        harness.slack.faults.refuse_images(times=2)
        await harness.post(top=10)
        assert posted(harness) == await ranked(harness)
        assert "'type': 'image'" not in str(harness.cards[0].blocks)
        assert "'type': 'image'" in str(harness.cards[1].blocks)


class TestNobodyKnowsWhetherSlackTookIt:
    @pytest.mark.parametrize("nth", [2, 7, 11])
    async def test_a_cut_connection_leaves_one_card_in_doubt_and_none_twice(self, harness: Harness, nth: int) -> None:
        harness.slack.faults.drop_after_accepting(POST, nth)
        outcome = await report_of(harness)
        assert len(outcome.report.unknown) == 1
        assert posted(harness) == await ranked(harness)
        assert len((await report_of(harness)).report.unknown) == 1
        assert posted(harness) == await ranked(harness)

    async def test_silence_is_treated_alike(self, harness: Harness) -> None:
        async with impatient(harness) as sender:
            harness.slack.faults.hang_after_accepting(POST, 3)
            daily = harness.bot.workspace.daily
            outcome = await daily.post(sender, harness.team, harness.papers.id, DAY, like(top=4))
        assert isinstance(outcome, PostedDay)
        assert len(outcome.report.unknown) == 1
        assert len(harness.cards) == 4

    async def test_a_connection_that_was_never_made_is_simply_tried_again(self, harness: Harness) -> None:
        async with impatient(harness, base_url="http://127.0.0.1:9/api/") as sender:
            daily = harness.bot.workspace.daily
            with pytest.raises(SlackUnreachable):
                await daily.post(sender, harness.team, harness.papers.id, DAY, like(top=3))
        assert harness.slack.messages(harness.papers.id) == []
        assert isinstance(await harness.post(top=10), PostedDay)
        assert len(harness.cards) == 3


class TestRefusals:
    @pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "cannot_reply_to_message"])
    async def test_a_final_answer_is_written_down_and_its_cards_are_not_tried(
        self, harness: Harness, error: str
    ) -> None:
        harness.slack.faults.error(POST, 1, error)
        outcome = await report_of(harness)
        assert outcome.report.refused[0] == ("header", error)
        assert outcome.report.sent == 0
        assert len(outcome.report.refused) == 11
        assert sum(call.method == POST for call in harness.slack.calls) == 1

    async def test_one_refused_card_does_not_cost_the_others(self, harness: Harness) -> None:
        harness.slack.faults.error(POST, 3, "slack_connect_file_link_sharing_blocked")
        outcome = await report_of(harness)
        assert [error for _, error in outcome.report.refused] == ["slack_connect_file_link_sharing_blocked"]
        assert len(harness.cards) == 9

    @pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long"])
    async def test_blocks_slack_does_not_take_leave_the_words(self, harness: Harness, error: str) -> None:
        harness.slack.faults.error(POST, 3, error, times=2)
        outcome = await report_of(harness)
        assert outcome.report.refused == ()
        assert posted(harness) == await ranked(harness)
        assert harness.cards[1].blocks == ()
        assert harness.cards[1].text


async def test_two_at_once_share_the_claims(harness: Harness) -> None:
    first, second = await asyncio.gather(harness.post(top=10), harness.post(top=10))
    assert isinstance(first, PostedDay)
    assert isinstance(second, PostedDay)
    assert posted(harness) == await ranked(harness)
    assert first.report.sent_now + second.report.sent_now == 11


async def test_being_stopped_in_the_middle_finishes_the_message_that_was_begun(harness: Harness) -> None:
    reached = asyncio.Event()
    harness.slack.faults.before_request(4, reached.set)
    posting = asyncio.create_task(harness.post(top=10))
    await reached.wait()
    posting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await posting
    stored = await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, EDITION)
    states = [delivery.state for delivery in stored]
    assert DeliveryState.CLAIMED not in states
    assert states.count(DeliveryState.SENT) == 1 + len(harness.cards)
    await harness.post(top=10)
    assert posted(harness) == await ranked(harness)


@asynccontextmanager
async def impatient(harness: Harness, *, base_url: str | None = None) -> AsyncIterator[OutboxSender]:
    """A sender that waits no more than half a second for an answer."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        client = AsyncWebClient(
            token=harness.slack.bot_token,
            base_url=base_url or harness.slack.api_url,
            session=session,
            retry_handlers=[],
        )
        store = harness.bot.services.store
        yield OutboxSender(
            store.channels,
            store.outbox,
            store.newer_blocks,
            client,
            harness.clock,
            owner="impatient",
            saving_emoji=frozenset(),
        )


def _give_thumbnails(harness: Harness) -> None:
    from tests.harness import bundled_day

    day = bundled_day()
    for item in day:
        item["thumbnail"] = f"https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{item['paper']['id']}.png"
    harness.sources.day(DAY, day)
