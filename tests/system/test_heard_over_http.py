"""Over HTTP nobody says that Slack cannot reach us: it is told from Slack's own retries and from silence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.outages import RETRIED_WITHIN
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HALF_A_MINUTE = timedelta(seconds=30)


async def passes(harness: Harness, lasting: timedelta) -> None:
    """Time passes, and Paperboy looks after its connection as it does every few seconds."""
    for _ in range(lasting // HALF_A_MINUTE):
        harness.clock.advance_to(harness.clock.now() + HALF_A_MINUTE)
        await harness.bot.check_connection()


async def broken_proxy(harness: Harness, lasting: timedelta) -> None:
    """Somebody saves a paper by an emoji while nothing reaches us, however often Slack tries."""
    card, url = harness.cards[0], harness.slack.request_url
    harness.slack.request_url = "http://127.0.0.1:1/"
    await harness.slack.react(harness.ana.id, card.channel, card.ts, "bookmark")
    await harness.quiet()
    await passes(harness, lasting)
    harness.slack.request_url = url


async def heard(harness: Harness, **headers: str) -> None:
    """A request comes, and it is seen to."""
    harness.bot.requests.note({name.replace("_", "-"): value for name, value in headers.items()})
    await harness.bot.check_connection()
    await harness.bot.workspace.reconciliation.settled()


async def test_what_a_broken_proxy_swallowed_is_made_up_for(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post(top=1)
        await heard(harness)
        await broken_proxy(harness, lasting=7 * HOUR)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == []
        await passes(harness, RETRIED_WITHIN)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_slacks_own_retries_show_it_also_after_something_else_came_first(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post(top=1)
        await heard(harness)
        await broken_proxy(harness, lasting=20 * MINUTE)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == []
        await passes(harness, MINUTE)
        await heard(harness, X_Slack_Retry_Num="2", X_Slack_Retry_Reason="connection_failed")
        assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_mere_quiet_asks_slack_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post(top=1)
        await heard(harness)
        for _ in range(20):
            await passes(harness, 15 * MINUTE)
            await heard(harness)
        assert "reactions.get" not in [call.method for call in harness.slack.calls]
