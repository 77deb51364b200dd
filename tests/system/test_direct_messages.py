"""Where Slack takes no direct message, the person hears where they are, and nothing waits for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ChannelClosed
from bot.rules.channels import ChannelState
from bot.rules.editions import Edition, notice_edition, welcome_edition
from bot.rules.outbox import DeliveryKey, concerned_channel
from bot.slack.manifest import build_manifest
from tests.harness import open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness import Harness

DIRECT = {"messages_tab_disabled", "cannot_dm_bot", "user_not_found", "user_disabled", "user_not_visible"}
IN_A_CHANNEL = {"channel_not_found", "restricted_action", "is_archived", "not_in_channel"}


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """An office whose app was made with the manifest of an older Paperboy: the Messages tab is off."""
    manifest = build_manifest()
    del manifest["features"]["app_home"]
    async with open_harness(tmp_path, manifest=manifest, paperboy_operator="U0000000003") as opened:
        assert opened.jimin.id == "U0000000003"
        yield opened


async def unfinished(harness: Harness) -> list[tuple[str, Edition]]:
    return await harness.bot.services.store.outbox.unfinished(harness.team)


def whispers(harness: Harness, person: str) -> list[str]:
    return [read(each) for each in harness.slack.ephemerals(person) if each.origin == "chat.postEphemeral"]


async def test_whoever_invites_paperboy_is_shown_there_what_would_come_and_can_set_it_up(harness: Harness) -> None:
    elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False)
    await harness.slack.invite_bot(elsewhere.id, by=harness.ana.id)
    await harness.quiet()
    hello, *preview = harness.slack.ephemerals(harness.ana.id)
    assert {each.channel for each in (hello, *preview)} == {elsewhere.id}
    assert preview
    assert harness.slack.messages(elsewhere.id) == [], "nobody else hears of it"
    assert await unfinished(harness) == []
    await harness.slack.click(harness.ana.id, hello, "channel_use_defaults")
    await harness.quiet()
    known = await harness.bot.services.store.channels.find(harness.team, elsewhere.id)
    assert known
    assert known.state is ChannelState.ACTIVE


@pytest.mark.parametrize("error", sorted(DIRECT | IN_A_CHANNEL))
async def test_whatever_keeps_a_direct_message_from_somebody(tmp_path: Path, error: str) -> None:
    async with open_harness(tmp_path) as harness:
        elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False)
        harness.slack.faults.error("chat.postMessage", error=error, times=9)
        await harness.slack.invite_bot(elsewhere.id, by=harness.ana.id)
        await harness.quiet()
        assert whispers(harness, harness.ana.id)
        assert await unfinished(harness) == []


async def pause(harness: Harness, channel: str) -> None:
    closed = ChannelClosed(channel=channel, error="restricted_action", is_news=True)
    await harness.bot.workspace.notices.notify_paused(closed)


async def test_a_notice_about_a_channel_is_shown_there_to_the_operator_alone(harness: Harness) -> None:
    await pause(harness, harness.papers.id)
    [told] = whispers(harness, harness.jimin.id)
    assert harness.papers.id in told or harness.papers.name in told
    assert whispers(harness, harness.ana.id) == []
    assert await unfinished(harness) == []


async def test_an_operator_who_is_not_there_finds_it_in_the_log_and_it_waits_for_nobody(
    harness: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id])
    await pause(harness, elsewhere.id)
    logged = capsys.readouterr().out
    assert "messages_tab_disabled" in logged
    assert "Messages tab" in logged
    assert "user_not_in_channel" in logged
    assert await unfinished(harness) == []
    before = len(harness.slack.calls)
    await harness.bot.workspace.schedule.tick(harness.clock.now())
    await harness.bot.workspace.schedule.idle()
    assert not [call for call in harness.slack.calls[before:] if call.method.startswith("chat.")]


async def test_what_may_pass_is_waited_for(harness: Harness) -> None:
    harness.slack.faults.error("chat.postEphemeral", error="service_unavailable")
    await pause(harness, harness.papers.id)
    assert len(whispers(harness, harness.jimin.id)) == 1


async def test_a_pause_that_slack_asks_for_there_holds_up_no_messages_to_channels(harness: Harness) -> None:
    rate_limiter, before = (
        harness.bot.workspace.sender.rate_limiter,
        harness.bot.workspace.sender.rate_limiter.rate("chat.postMessage", harness.team),
    )
    harness.slack.faults.answer("chat.postEphemeral", status=429, retry_after=20)
    await pause(harness, harness.papers.id)
    assert rate_limiter.rate("chat.postMessage", harness.team) == before
    await harness.at(harness.clock.now() + timedelta(minutes=1))
    assert len(whispers(harness, harness.jimin.id)) == 1


@pytest.mark.parametrize(
    ("conversation", "edition", "channel"),
    [
        ("U1", welcome_edition("C1", "1.2"), "C1"),
        ("W1", notice_edition("G1", "failed:KeyError"), "G1"),
        ("U1", notice_edition("source", "2024-08-01"), None),
        ("U1", notice_edition("2407.21017", "report:U2"), None),
        ("C2", notice_edition("C1", "x"), None),
        ("U1", Edition.parse("daily:2024-08-01"), None),
    ],
)
def test_a_direct_message_is_about_a_channel_or_none(conversation: str, edition: Edition, channel: Any) -> None:
    assert concerned_channel(DeliveryKey("T1", conversation, edition, "header")) == channel
