"""The same wish, once more: by an impatient finger, by Slack, or by whoever saw nothing come of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.requests import LEASE, Request, RequestKind
from bot.slack_emulator.http_delivery import encode
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator import Channel, PrivateMessage
    from tests.harness import Harness

MATTING = "2407.21017"


async def card_in(harness: Harness, channel: Channel) -> PrivateMessage:
    assert (await harness.slack.command(harness.ana.id, channel.id, "/paper", MATTING)).ok
    await harness.quiet()
    return harness.slack.ephemerals(harness.ana.id)[-1]


async def test_a_double_click_shares_once(harness: Harness) -> None:
    await harness.post()
    card = await card_in(harness, harness.papers)
    before = len(harness.slack.messages(harness.papers.id))
    harness.slack.faults.before_request(1, lambda: harness.slack.click(harness.ana.id, card, "share_paper"))
    await harness.click(harness.ana, card, "share_paper")
    assert len(harness.slack.messages(harness.papers.id)) == before + 1


async def test_who_clicks_again_before_a_dead_process_is_replaced_shares_once(harness: Harness) -> None:
    await harness.post()
    card = await card_in(harness, harness.papers)
    before = len(harness.slack.messages(harness.papers.id))
    now = harness.clock.now()
    asked = Request(harness.team, harness.papers.id, harness.ana.id, RequestKind.SHARE, "1.1", MATTING, now)
    assert await harness.bot.services.store.requests.note(asked, owner="dead", until=now + LEASE)
    await harness.click(harness.ana, card, "share_paper")
    harness.clock.advance_to(now + LEASE + timedelta(seconds=1))
    await harness.bot.check_connection()
    await harness.quiet()
    assert len(harness.slack.messages(harness.papers.id)) == before + 1


async def test_a_click_that_slack_brings_again_when_it_is_done_is_not_done_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post()
        elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False)
        card = await card_in(harness, elsewhere)
        await harness.click(harness.ana, card, "share_paper")
        assert len(harness.slack.messages(elsewhere.id)) == 1
        clicked = harness.slack.deliveries[-1]
        body, content_type = encode(clicked.kind, clicked.payload)
        assert (await harness.slack.post_raw(body, {"Content-Type": content_type})).status == 200
        await harness.quiet()
        assert len(harness.slack.messages(elsewhere.id)) == 1


async def test_whoever_shares_a_paper_again_later_may(harness: Harness) -> None:
    await harness.post()
    card = await card_in(harness, harness.papers)
    before = len(harness.slack.messages(harness.papers.id))
    for _ in range(2):
        await harness.click(harness.ana, card, "share_paper")
    assert len(harness.slack.messages(harness.papers.id)) == before + 2
