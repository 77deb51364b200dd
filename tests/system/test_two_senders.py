"""Two senders on one database, one of them held up at any point of its work: every message comes once."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import ChannelState
from bot.rules.editions import daily_edition, welcome_edition
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryState
from bot.slack.manifest import build_manifest
from bot.slack.sender import ARRIVES_WITHIN, LEASE, REQUEST_SECONDS, SENDS_WITHIN, OutboxSender
from tests.harness import DAY, open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot.slack_emulator import SlackMessage
    from bot.store import Store
    from tests.harness import Harness

POST = "chat.postMessage"
EDITION = daily_edition(DAY)
# Long enough for every lease to run out.
LONG = timedelta(minutes=5)


@asynccontextmanager
async def busy_office(folder: Path, **more: Any) -> AsyncIterator[Harness]:
    """An office whose first messages are planned and not sent."""
    async with open_harness(folder, manifest=build_manifest(with_history=True), **more) as opened:
        team, channel, clock = opened.team, opened.papers.id, opened.clock
        planned = await opened.bot.workspace.daily.compose(
            team, channel, DAY, opened.bot.services.settings.channel_defaults()
        )
        assert isinstance(planned, list)
        assert await opened.bot.services.store.outbox.plan(planned[:3], now=clock.now(), days=[DAY])
        yield opened


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with busy_office(tmp_path) as opened:
        yield opened


def sender(harness: Harness, name: str, store: Any = None, *, turns: asyncio.Semaphore | None = None) -> OutboxSender:
    store = store or harness.bot.services.store
    return OutboxSender(
        store.channels,
        store.outbox,
        store.newer_blocks,
        harness.bot.workspace.client,
        harness.clock,
        owner=name,
        saving_emoji=frozenset(),
        turns=turns,
    )


async def deliver(harness: Harness, sender: OutboxSender) -> None:
    await sender.deliver(harness.team, harness.papers.id, EDITION)


def parts(harness: Harness) -> list[str]:
    marks = [message.metadata for message in harness.slack.messages(harness.papers.id) if message.metadata]
    return [str(mark["event_payload"]["part"]) for mark in marks]


async def states(harness: Harness) -> list[DeliveryState]:
    return [
        each.state
        for each in await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, EDITION)
    ]


class HeldUp:
    """A store as the first sender sees it: when its nth claim is made, something else happens before it goes on."""

    def __init__(self, harness: Harness, nth: int, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._store = harness.bot.services.store
        self.outbox = HeldUpOutbox(self._store, nth, meanwhile)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class HeldUpOutbox:
    """The outbox of a store that is held up."""

    def __init__(self, store: Store, nth: int, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._outbox = store.outbox
        self._left = nth
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def claim(self, *args: Any, **kwargs: Any) -> Any:
        claimed = await self._outbox.claim(*args, **kwargs)
        if isinstance(claimed, Delivery):
            self._left -= 1
            if self._left == 0:
                await self._meanwhile()
        return claimed


async def whole_and_asked_for_once(harness: Harness) -> None:
    """Nothing was even asked of Slack on a claim that had run out."""
    await whole_and_once(harness)
    assert sum(call.method == POST for call in harness.slack.calls) == 3


async def whole_and_once(harness: Harness) -> None:
    await deliver(harness, sender(harness, "third"))
    assert sorted(parts(harness)) == sorted(set(parts(harness)))
    assert len(parts(harness)) == 3
    assert set(await states(harness)) == {DeliveryState.SENT}


def test_whoever_takes_over_waits_for_the_request_and_for_its_arrival() -> None:
    assert SENDS_WITHIN + timedelta(seconds=REQUEST_SECONDS) + ARRIVES_WITHIN <= LEASE


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_nobody_else_is_there(harness: Harness, nth: int) -> None:
    """A laptop that slept: what was claimed long ago is not sent on that claim, and is sent in the end."""

    async def sleep() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)

    await deliver(harness, sender(harness, "first", HeldUp(harness, nth, sleep)))
    await whole_and_asked_for_once(harness)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_another_does_all_of_it(harness: Harness, nth: int) -> None:
    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))

    await deliver(harness, sender(harness, "first", HeldUp(harness, nth, meanwhile)))
    await whole_and_asked_for_once(harness)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_another_only_looks(harness: Harness, nth: int) -> None:
    """The other has taken the claim over and is looking: what the first then sees of its claim is not its own."""
    team, channel, store = harness.team, harness.papers.id, harness.bot.services.store

    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        now = harness.clock.now()
        taken = await store.outbox.claim(team, channel, EDITION, owner="second", now=now, lease=LEASE)
        assert isinstance(taken, Delivery)

    await deliver(harness, sender(harness, "first", HeldUp(harness, nth, meanwhile)))
    await whole_and_asked_for_once(harness)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_after_slack_took_it_and_before_the_answer_is_read(harness: Harness, nth: int) -> None:
    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))

    harness.slack.faults.after_request(nth, meanwhile)
    await deliver(harness, sender(harness, "first"))
    await whole_and_once(harness)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_request_that_was_under_way_for_longer_than_any_lease_leaves_one_message(
    harness: Harness, nth: int
) -> None:
    """No lease can prevent that: of the two that stand in Slack the later one is taken away, if nobody used it."""

    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))

    harness.slack.faults.before_request(nth, meanwhile)
    await deliver(harness, sender(harness, "first"))
    await whole_and_once(harness)
    for stored in await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, EDITION):
        assert stored.ts in {message.ts for message in harness.slack.messages(harness.papers.id)}


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_such_a_request_whose_answer_is_lost_leaves_one_message_as_well(harness: Harness, nth: int) -> None:
    """Its sender finds that the claim is another's now, and looks in Slack for what both may have sent."""
    first = sender(harness, "first")

    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))
        harness.slack.faults.drop_after_accepting(POST)

    harness.slack.faults.before_request(nth, meanwhile)
    await deliver(harness, first)
    await first.settled()
    await whole_and_once(harness)
    assert len(harness.slack.messages(harness.papers.id)) == 3
    for stored in await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, EDITION):
        assert stored.ts in {message.ts for message in harness.slack.messages(harness.papers.id)}


async def test_held_up_between_a_refusal_of_newer_blocks_and_the_plain_form_nothing_comes_twice(
    harness: Harness,
) -> None:
    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))

    harness.slack.faults.refuse_blocks("container")
    harness.slack.faults.after_request(2, meanwhile)
    await deliver(harness, sender(harness, "first"))
    await whole_and_once(harness)
    assert sum(call.method == POST for call in harness.slack.calls) == 1 + 1 + 2 + 1


async def test_the_later_one_stays_when_somebody_reacted_to_it_and_both_mean_their_papers(harness: Harness) -> None:
    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))
        harness.slack.faults.after_request(1, react)

    async def react() -> None:
        latest = harness.slack.messages(harness.papers.id)[-1]
        await harness.slack.react(harness.ana.id, latest.channel, latest.ts, "bookmark")

    harness.slack.faults.before_request(2, meanwhile)
    await deliver(harness, sender(harness, "first"))
    one, other = (each for each in harness.slack.messages(harness.papers.id) if parts(harness).count(_part(each)) == 2)
    shown = harness.bot.services.store.posted.papers_shown
    assert await shown(harness.team, one.channel, one.ts) == await shown(harness.team, one.channel, other.ts) != ()


async def test_the_later_one_stays_when_somebody_reacted_while_its_sender_was_held_up_before_deleting_it(
    harness: Harness,
) -> None:
    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))
        harness.slack.faults.after_request(2, react)  # the first is the late one itself

    async def react() -> None:
        assert harness.slack.calls[-1].method == "reactions.get"
        latest = harness.slack.messages(harness.papers.id)[-1]
        await harness.slack.react(harness.ana.id, latest.channel, latest.ts, "bookmark")
        harness.clock.advance_to(harness.clock.now() + LONG)

    harness.slack.faults.before_request(2, meanwhile)
    await deliver(harness, sender(harness, "first"))
    assert len(parts(harness)) == 4, "one stands there twice"
    assert "chat.delete" not in {call.method for call in harness.slack.calls}


async def test_held_up_after_slack_refused_a_direct_message_nothing_is_shown_in_its_place_on_that_claim(
    harness: Harness,
) -> None:
    """Whoever has the claim now shows it."""
    store, clock = harness.bot.services.store, harness.clock
    notice = welcome_edition(harness.papers.id, "1.1")
    greeting = Delivery(DeliveryKey(harness.team, harness.ana.id, notice, HEADER), 0, '{"text": "hello"}')
    assert await store.outbox.plan([greeting], now=clock.now())
    harness.slack.faults.error(POST, error="messages_tab_disabled", times=9)

    async def meanwhile() -> None:
        clock.advance_to(clock.now() + LONG)
        await sender(harness, "second").deliver(harness.team, harness.ana.id, notice)

    harness.slack.faults.before_request(1, meanwhile, method=POST)
    await sender(harness, "first").deliver(harness.team, harness.ana.id, notice)
    assert [each.text for each in harness.slack.ephemerals(harness.ana.id)] == ["hello"]


async def test_held_up_after_slack_let_nothing_into_a_channel_it_closes_none_that_another_posts_to(
    harness: Harness,
) -> None:
    await harness.serve()

    async def meanwhile() -> None:
        harness.clock.advance_to(harness.clock.now() + LONG)
        await deliver(harness, sender(harness, "second"))
        harness.slack.faults.error(POST, error="is_archived")  # as the first is told

    harness.slack.faults.before_request(1, meanwhile, method=POST)
    await deliver(harness, sender(harness, "first"))
    await whole_and_once(harness)
    assert (await harness.served()).state is ChannelState.ACTIVE


@pytest.mark.parametrize("stays", [False, True], ids=["deleted", "reacted to"])
async def test_the_operator_hears_once_that_two_stood_there_and_what_became_of_them(
    tmp_path: Path, stays: bool
) -> None:
    async with busy_office(tmp_path, paperboy_operator="U0000000003") as harness:

        async def meanwhile() -> None:
            harness.clock.advance_to(harness.clock.now() + LONG)
            await deliver(harness, sender(harness, "second"))
            if stays:
                harness.slack.faults.after_request(1, react)

        async def react() -> None:
            latest = harness.slack.messages(harness.papers.id)[-1]
            await harness.slack.react(harness.ana.id, latest.channel, latest.ts, "bookmark")

        harness.slack.faults.before_request(2, meanwhile)
        await deliver(harness, harness.bot.workspace.sender)
        await harness.bot.workspace.schedule.idle()
        await harness.bot.workspace.schedule.tick(harness.clock.now())
        await harness.bot.workspace.schedule.idle()
        (heard,) = harness.slack.messages(harness.slack.direct_messages(harness.jimin.id).id)
        assert ("삭제하지 않았습니다" in read(heard)) is stays
        assert harness.papers.id in str(heard.blocks)


def _part(message: SlackMessage) -> str:
    assert message.metadata is not None
    return str(message.metadata["event_payload"]["part"])


@pytest.mark.parametrize("is_there_again", [False, True])
async def test_two_find_at_once_that_the_header_was_deleted(harness: Harness, is_there_again: bool) -> None:
    """Whoever finds it second waits for the new one as well, and gives nothing up."""
    team, channel, store = harness.team, harness.papers.id, harness.bot.services.store

    async def meanwhile() -> None:
        header = harness.slack.messages(channel)[0]
        await harness.bot.workspace.client.api_call("chat.delete", json={"channel": channel, "ts": header.ts})
        root = DeliveryKey(team, channel, EDITION, HEADER)
        assert await store.outbox.renew(root, gone=header.ts)
        if is_there_again:
            claimed = await store.outbox.claim(
                team, channel, EDITION, owner="second", now=harness.clock.now(), lease=LEASE
            )
            assert isinstance(claimed, Delivery)
            answer = await harness.bot.workspace.client.api_call(
                POST, json={"channel": channel, **json.loads(claimed.payload)}
            )
            await store.outbox.mark_sent(root, answer["ts"], now=harness.clock.now(), saving_emoji=frozenset())

    await deliver(harness, sender(harness, "first", HeldUp(harness, 2, meanwhile)))
    await whole_and_once(harness)


@pytest.mark.parametrize("senders", [2, 3])
async def test_all_at_once_share_the_work(harness: Harness, senders: int) -> None:
    await asyncio.gather(*(deliver(harness, sender(harness, f"sender {number}")) for number in range(senders)))
    await whole_and_once(harness)


class CountedOutbox:
    """The outbox of a store, and how many were at a claim at a time."""

    def __init__(self, store: Store) -> None:
        self._outbox = store.outbox
        self.claiming = self.most_claiming = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def claim(self, *args: Any, **kwargs: Any) -> Any:
        self.claiming += 1
        self.most_claiming = max(self.most_claiming, self.claiming)
        await asyncio.sleep(0)
        claimed = await self._outbox.claim(*args, **kwargs)
        self.claiming -= 1
        return claimed


async def test_however_many_send_at_once_they_wait_for_a_turn_before_their_claims_and_not_with_them(
    harness: Harness,
) -> None:
    outbox, turns = CountedOutbox(harness.bot.services.store), asyncio.Semaphore(2)
    store = SimpleNamespace(
        channels=harness.bot.services.store.channels,
        newer_blocks=harness.bot.services.store.newer_blocks,
        outbox=outbox,
    )
    senders = [sender(harness, f"sender {number}", store, turns=turns) for number in range(6)]
    await asyncio.gather(*(deliver(harness, each) for each in senders))
    await whole_and_once(harness)
    assert outbox.most_claiming == 2
