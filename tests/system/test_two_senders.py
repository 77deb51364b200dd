"""Two senders on one database, one of them held up at any point of its work: every message comes once."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryState
from bot.slack.manifest import build_manifest
from bot.slack.sender import ARRIVES_WITHIN, LEASE, REQUEST_SECONDS, SENDS_WITHIN, Courier
from tests.office import DAY, open_office, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bot.slack_emulator import Message
    from bot.store import Store
    from tests.office import Office

POST = "chat.postMessage"
EDITION = f"daily:{DAY.isoformat()}"
# Long enough for every lease to run out.
LONG = timedelta(minutes=5)


@asynccontextmanager
async def busy_office(folder: Path, **more: Any) -> AsyncIterator[Office]:
    """An office whose first messages are planned and not sent."""
    async with open_office(folder, manifest=build_manifest(with_history=True), **more) as opened:
        team, channel, clock = opened.team, opened.papers.id, opened.clock
        planned = await opened.bot.newsroom.daily.compose(
            team, channel, DAY, opened.bot.newsroom.settings.channel_defaults()
        )
        assert isinstance(planned, list)
        assert await opened.bot.newsroom.store.outbox.plan(planned[:3], now=clock.now(), days=[DAY])
        yield opened


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with busy_office(tmp_path) as opened:
        yield opened


def sender(office: Office, name: str, store: Any = None) -> Courier:
    store = store or office.bot.newsroom.store
    return Courier(store, office.bot.slack.client, office.clock, owner=name, saving_emoji=frozenset())


async def deliver(office: Office, courier: Courier) -> None:
    await courier.deliver(office.team, office.papers.id, EDITION)


def parts(office: Office) -> list[str]:
    marks = [message.metadata for message in office.slack.messages(office.papers.id) if message.metadata]
    return [str(mark["event_payload"]["part"]) for mark in marks]


async def states(office: Office) -> list[DeliveryState]:
    return [
        each.state for each in await office.bot.newsroom.store.outbox.deliveries(office.team, office.papers.id, EDITION)
    ]


class HeldUp:
    """A store as the first sender sees it: when its nth claim is made, something else happens before it goes on."""

    def __init__(self, office: Office, nth: int, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._store = office.bot.newsroom.store
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


async def whole_and_asked_for_once(office: Office) -> None:
    """Nothing was even asked of Slack on a claim that had run out."""
    await whole_and_once(office)
    assert sum(call.method == POST for call in office.slack.calls) == 3


async def whole_and_once(office: Office) -> None:
    await deliver(office, sender(office, "third"))
    assert sorted(parts(office)) == sorted(set(parts(office)))
    assert len(parts(office)) == 3
    assert set(await states(office)) == {DeliveryState.SENT}


def test_whoever_takes_over_waits_for_the_request_and_for_its_arrival() -> None:
    assert SENDS_WITHIN + timedelta(seconds=REQUEST_SECONDS) + ARRIVES_WITHIN <= LEASE


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_nobody_else_is_there(office: Office, nth: int) -> None:
    """A laptop that slept: what was claimed long ago is not sent on that claim, and is sent in the end."""

    async def sleep() -> None:
        office.clock.advance_to(office.clock.now() + LONG)

    await deliver(office, sender(office, "first", HeldUp(office, nth, sleep)))
    await whole_and_asked_for_once(office)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_another_does_all_of_it(office: Office, nth: int) -> None:
    async def meanwhile() -> None:
        office.clock.advance_to(office.clock.now() + LONG)
        await deliver(office, sender(office, "second"))

    await deliver(office, sender(office, "first", HeldUp(office, nth, meanwhile)))
    await whole_and_asked_for_once(office)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_between_claim_and_request_while_another_only_looks(office: Office, nth: int) -> None:
    """The other has taken the claim over and is looking: what the first then sees of its claim is not its own."""
    team, channel, store = office.team, office.papers.id, office.bot.newsroom.store

    async def meanwhile() -> None:
        office.clock.advance_to(office.clock.now() + LONG)
        now = office.clock.now()
        taken = await store.outbox.claim(team, channel, EDITION, owner="second", now=now, lease=LEASE)
        assert isinstance(taken, Delivery)

    await deliver(office, sender(office, "first", HeldUp(office, nth, meanwhile)))
    await whole_and_asked_for_once(office)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_held_up_after_slack_took_it_and_before_the_answer_is_read(office: Office, nth: int) -> None:
    async def meanwhile() -> None:
        office.clock.advance_to(office.clock.now() + LONG)
        await deliver(office, sender(office, "second"))

    office.slack.faults.after_request(nth, meanwhile)
    await deliver(office, sender(office, "first"))
    await whole_and_once(office)


@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_request_that_was_under_way_for_longer_than_any_lease_leaves_one_message(
    office: Office, nth: int
) -> None:
    """No lease can prevent that: of the two that stand in Slack the later one is taken away, if nobody used it."""

    async def meanwhile() -> None:
        office.clock.advance_to(office.clock.now() + LONG)
        await deliver(office, sender(office, "second"))

    office.slack.faults.before_request(nth, meanwhile)
    await deliver(office, sender(office, "first"))
    await whole_and_once(office)
    for stored in await office.bot.newsroom.store.outbox.deliveries(office.team, office.papers.id, EDITION):
        assert stored.ts in {message.ts for message in office.slack.messages(office.papers.id)}


async def test_the_later_one_stays_when_somebody_reacted_to_it_and_both_mean_their_papers(office: Office) -> None:
    async def meanwhile() -> None:
        office.clock.advance_to(office.clock.now() + LONG)
        await deliver(office, sender(office, "second"))
        office.slack.faults.after_request(1, react)

    async def react() -> None:
        latest = office.slack.messages(office.papers.id)[-1]
        await office.slack.react(office.ana.id, latest.channel, latest.ts, "bookmark")

    office.slack.faults.before_request(2, meanwhile)
    await deliver(office, sender(office, "first"))
    one, other = (each for each in office.slack.messages(office.papers.id) if parts(office).count(_part(each)) == 2)
    shown = office.bot.newsroom.store.posted.papers_shown
    assert await shown(office.team, one.channel, one.ts) == await shown(office.team, one.channel, other.ts) != ()


@pytest.mark.parametrize("stays", [False, True], ids=["deleted", "reacted to"])
async def test_the_operator_hears_once_that_two_stood_there_and_what_became_of_them(
    tmp_path: Path, stays: bool
) -> None:
    async with busy_office(tmp_path, paperboy_operator="U0000000003") as office:

        async def meanwhile() -> None:
            office.clock.advance_to(office.clock.now() + LONG)
            await deliver(office, sender(office, "second"))
            if stays:
                office.slack.faults.after_request(1, react)

        async def react() -> None:
            latest = office.slack.messages(office.papers.id)[-1]
            await office.slack.react(office.ana.id, latest.channel, latest.ts, "bookmark")

        office.slack.faults.before_request(2, meanwhile)
        await deliver(office, office.bot.slack.courier)
        await office.bot.schedule.idle()
        await office.bot.schedule.tick(office.clock.now())
        await office.bot.schedule.idle()
        (heard,) = office.slack.messages(office.slack.direct_messages(office.jimin.id).id)
        assert ("삭제하지 않았습니다" in read(heard)) is stays
        assert office.papers.id in str(heard.blocks)


def _part(message: Message) -> str:
    assert message.metadata is not None
    return str(message.metadata["event_payload"]["part"])


@pytest.mark.parametrize("is_there_again", [False, True])
async def test_two_find_at_once_that_the_header_was_deleted(office: Office, is_there_again: bool) -> None:
    """Whoever finds it second waits for the new one as well, and gives nothing up."""
    team, channel, store = office.team, office.papers.id, office.bot.newsroom.store

    async def meanwhile() -> None:
        header = office.slack.messages(channel)[0]
        await office.bot.slack.client.api_call("chat.delete", json={"channel": channel, "ts": header.ts})
        root = DeliveryKey(team, channel, EDITION, HEADER)
        assert await store.outbox.renew(root, gone=header.ts)
        if is_there_again:
            claimed = await store.outbox.claim(
                team, channel, EDITION, owner="second", now=office.clock.now(), lease=LEASE
            )
            assert isinstance(claimed, Delivery)
            answer = await office.bot.slack.client.api_call(
                POST, json={"channel": channel, **json.loads(claimed.payload)}
            )
            await store.outbox.mark_sent(root, answer["ts"], now=office.clock.now(), saving_emoji=frozenset())

    await deliver(office, sender(office, "first", HeldUp(office, 2, meanwhile)))
    await whole_and_once(office)


@pytest.mark.parametrize("senders", [2, 3])
async def test_all_at_once_share_the_work(office: Office, senders: int) -> None:
    await asyncio.gather(*(deliver(office, sender(office, f"sender {number}")) for number in range(senders)))
    await whole_and_once(office)
