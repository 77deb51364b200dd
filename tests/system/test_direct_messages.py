"""Where Slack takes no direct message, the person hears where they are, and nothing waits for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ChannelClosed
from bot.rules.channels import ChannelState
from bot.rules.outbox import DeliveryKey, concerned_channel, notice_edition, welcome_edition
from bot.slack.manifest import build_manifest
from tests.office import open_office, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.office import Office

DIRECT = {"messages_tab_disabled", "cannot_dm_bot", "user_not_found", "user_disabled", "user_not_visible"}
IN_A_CHANNEL = {"channel_not_found", "restricted_action", "is_archived", "not_in_channel"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """An office whose app was made with the manifest of an older Paperboy: the Messages tab is off."""
    manifest = build_manifest()
    del manifest["features"]["app_home"]
    async with open_office(tmp_path, manifest=manifest, paperboy_operator="U0000000003") as opened:
        assert opened.jimin.id == "U0000000003"
        yield opened


async def unfinished(office: Office) -> list[tuple[str, str]]:
    return await office.bot.newsroom.store.outbox.unfinished(office.team)


def whispers(office: Office, person: str) -> list[str]:
    return [read(each) for each in office.slack.ephemerals(person) if each.origin == "chat.postEphemeral"]


async def test_whoever_invites_paperboy_is_shown_there_what_would_come_and_can_set_it_up(office: Office) -> None:
    elsewhere = office.slack.add_channel("elsewhere", members=[office.ana.id], with_bot=False)
    await office.slack.invite_bot(elsewhere.id, by=office.ana.id)
    await office.quiet()
    hello, *preview = office.slack.ephemerals(office.ana.id)
    assert {each.channel for each in (hello, *preview)} == {elsewhere.id}
    assert preview
    assert office.slack.messages(elsewhere.id) == [], "nobody else hears of it"
    assert await unfinished(office) == []
    await office.slack.click(office.ana.id, hello, "channel_use_defaults")
    await office.quiet()
    known = await office.bot.newsroom.store.channels.find(office.team, elsewhere.id)
    assert known
    assert known.state is ChannelState.ACTIVE


@pytest.mark.parametrize("error", sorted(DIRECT | IN_A_CHANNEL))
async def test_whatever_keeps_a_direct_message_from_somebody(tmp_path: Path, error: str) -> None:
    async with open_office(tmp_path) as office:
        elsewhere = office.slack.add_channel("elsewhere", members=[office.ana.id], with_bot=False)
        office.slack.faults.error("chat.postMessage", error=error, times=9)
        await office.slack.invite_bot(elsewhere.id, by=office.ana.id)
        await office.quiet()
        assert whispers(office, office.ana.id)
        assert await unfinished(office) == []


async def pause(office: Office, channel: str) -> None:
    closed = ChannelClosed(channel=channel, error="restricted_action", is_news=True)
    await office.bot.parts.notices.tell_paused(office.bot.slack.courier, office.team, closed)


async def test_a_notice_about_a_channel_is_shown_there_to_the_operator_alone(office: Office) -> None:
    await pause(office, office.papers.id)
    [told] = whispers(office, office.jimin.id)
    assert office.papers.id in told or office.papers.name in told
    assert whispers(office, office.ana.id) == []
    assert await unfinished(office) == []


async def test_an_operator_who_is_not_there_finds_it_in_the_log_and_it_waits_for_nobody(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = office.slack.add_channel("elsewhere", members=[office.ana.id])
    await pause(office, elsewhere.id)
    logged = capsys.readouterr().out
    assert "messages_tab_disabled" in logged
    assert "Messages tab" in logged
    assert "user_not_in_channel" in logged
    assert await unfinished(office) == []
    before = len(office.slack.calls)
    await office.bot.schedule.tick(office.clock.now())
    await office.bot.schedule.idle()
    assert not [call for call in office.slack.calls[before:] if call.method.startswith("chat.")]


async def test_what_may_pass_is_waited_for(office: Office) -> None:
    office.slack.faults.error("chat.postEphemeral", error="service_unavailable")
    await pause(office, office.papers.id)
    assert len(whispers(office, office.jimin.id)) == 1


async def test_a_pause_that_slack_asks_for_there_holds_up_no_messages_to_channels(office: Office) -> None:
    pace, before = office.bot.slack.courier.pace, office.bot.slack.courier.pace.rate("chat.postMessage", office.team)
    office.slack.faults.answer("chat.postEphemeral", status=429, retry_after=20)
    await pause(office, office.papers.id)
    assert pace.rate("chat.postMessage", office.team) == before
    await office.at(office.clock.now() + timedelta(minutes=1))
    assert len(whispers(office, office.jimin.id)) == 1


@pytest.mark.parametrize(
    ("conversation", "edition", "channel"),
    [
        ("U1", welcome_edition("C1", "1.2"), "C1"),
        ("W1", notice_edition("G1", "failed:KeyError"), "G1"),
        ("U1", notice_edition("source", "2024-08-01"), None),
        ("U1", notice_edition("2407.21017", "report:U2"), None),
        ("C2", notice_edition("C1", "x"), None),
        ("U1", "daily:2024-08-01", None),
    ],
)
def test_a_direct_message_is_about_a_channel_or_none(conversation: str, edition: str, channel: Any) -> None:
    assert concerned_channel(DeliveryKey("T1", conversation, edition, "header")) == channel
