"""Over HTTP nobody says that Slack cannot reach us: it is told from Slack's own retries and from silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.rules.outages import RETRIED_WITHIN, shows_failure, was_only_quiet
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("gap", "failed", "looked_into", "only_quiet"),
    [
        (30 * MINUTE, True, MINUTE, False),
        (5 * MINUTE, False, None, True),
        (11 * MINUTE, False, None, False),
        (11 * MINUTE, False, HOUR, True),
        (9 * HOUR, False, 5 * HOUR, True),
        (9 * HOUR, False, 7 * HOUR, False),
    ],
)
def test_a_silence_is_looked_into_when_there_is_a_sign_and_else_now_and_then(
    gap: timedelta, failed: bool, looked_into: timedelta | None, only_quiet: bool
) -> None:
    at = NOW - looked_into if looked_into else None
    assert was_only_quiet(NOW - gap, NOW, failed=failed, looked_into_at=at) is only_quiet


@pytest.mark.parametrize(
    ("number", "reason", "sign"),
    [
        ("1", "connection_failed", True),
        ("2", "http_error", True),
        ("1", "ssl_error", True),
        ("1", "http_timeout", False),
    ],
)
def test_a_request_that_could_not_be_brought_before_is_a_sign(number: str, reason: str, sign: bool) -> None:
    assert shows_failure({"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": reason}) is sign
    assert not shows_failure({})


async def broken_proxy(harness: Harness, lasting: timedelta) -> None:
    """Somebody saves a paper by an emoji while nothing reaches us, however often Slack tries."""
    card, url = harness.cards[0], harness.slack.request_url
    harness.slack.request_url = "http://127.0.0.1:1/"
    await harness.slack.react(harness.ana.id, card.channel, card.ts, "bookmark")
    await harness.quiet()
    harness.clock.advance_to(harness.clock.now() + lasting)
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
        await broken_proxy(harness, lasting=9 * HOUR)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == []
        harness.clock.advance_to(harness.clock.now() + RETRIED_WITHIN)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_slacks_own_retries_show_it_also_after_something_else_came_first(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post(top=1)
        await heard(harness)
        await broken_proxy(harness, lasting=20 * MINUTE)
        await heard(harness)
        assert await harness.reading_list(harness.ana) == []
        harness.clock.advance_to(harness.clock.now() + MINUTE)
        await heard(harness, X_Slack_Retry_Num="2", X_Slack_Retry_Reason="connection_failed")
        assert await harness.reading_list(harness.ana) == ["2407.20743"]


async def test_mere_quiet_asks_slack_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as harness:
        await harness.post(top=1)
        await heard(harness)
        for _ in range(20):
            harness.clock.advance_to(harness.clock.now() + 15 * MINUTE)
            await heard(harness)
        assert "reactions.get" not in [call.method for call in harness.slack.calls]
