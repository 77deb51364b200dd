"""What happened to channels while nobody listened: an invitation is answered, a removal respected, once each."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import WORK_AT_ONCE, WORK_WAITING
from bot.errors import PaperboyError
from bot.rules.channels import Channel, ChannelState, Membership, discrepancies
from tests.harness import like, open_harness, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.rules.channels import ChannelSettings
    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import EventDelivery, SlackEmulator
    from tests.harness import Harness
    from tests.outside import Outside


def told(slack: SlackEmulator, person: str) -> list[str]:
    """What Paperboy wrote to somebody, a line a message."""
    return [read(message) for message in slack.messages(slack.direct_messages(person).id)]


def delivered(slack: SlackEmulator, delivery: EventDelivery) -> EventDelivery:
    """A delivery as it is now."""
    return next(each for each in slack.deliveries if each.number == delivery.number)


def lobby(harness: Harness) -> SlackChannel:
    return harness.slack.add_channel("lobby", members=[harness.ana.id, harness.jimin.id], with_bot=False)


# an invitation that was acknowledged ---------------------------------------------------------------------------------


async def test_an_invitation_that_cannot_be_kept_comes_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, ack_timeout=0.3) as harness:
        channel = lobby(harness)
        blocker = sqlite3.connect(tmp_path / "paperboy.db", isolation_level=None)
        blocker.execute("CREATE TRIGGER no_room BEFORE INSERT ON invitations BEGIN SELECT RAISE(ABORT, 'no room'); END")
        await harness.slack.invite_bot(channel.id, by=harness.ana.id)
        invitation = harness.slack.deliveries[-1]
        await harness.slack.wait_for(lambda: bool(delivered(harness.slack, invitation).attempts))
        blocker.execute("DROP TRIGGER no_room")
        blocker.close()
        await harness.quiet()
        first, *_, last = delivered(harness.slack, invitation).attempts
        assert (first.acked, last.acked) == (False, True)
        assert len([line for line in told(harness.slack, harness.ana.id) if channel.id in line]) == 1


async def test_killed_right_after_the_acknowledgement_the_inviter_hears_in_the_next_life(outside: Outside) -> None:
    channel = outside.slack.add_channel("lobby", members=[outside.ana.id], with_bot=False)
    process = await outside.start("run")
    await outside.slack.connected(within=30)
    await outside.slack.wait_for(lambda: any(call.method == "users.conversations" for call in outside.slack.calls))
    await outside.slack.settled()
    outside.slack.faults.before_request(1, lambda: os.kill(process.pid, signal.SIGKILL), lose=True)
    await outside.slack.invite_bot(channel.id, by=outside.ana.id)
    await process.communicate()
    assert outside.slack.deliveries[-1].attempts[0].acked
    assert told(outside.slack, outside.ana.id) == []
    process = await outside.start("run")
    try:
        await outside.slack.wait_for(lambda: len(told(outside.slack, outside.ana.id)) >= 1, within=30)
        await outside.slack.settled()
    finally:
        process.terminate()
        await process.communicate()
    assert len([line for line in told(outside.slack, outside.ana.id) if channel.id in line]) == 1


async def test_slack_away_at_that_moment_the_inviter_hears_later(harness: Harness) -> None:
    channel = lobby(harness)
    for method in ("users.info", "chat.postMessage"):
        harness.slack.faults.answer(method, status=503, times=3)
    await harness.slack.invite_bot(channel.id, by=harness.ana.id)
    await harness.quiet()
    harness.slack.faults.clear()
    await harness.bot.check_connection()
    await harness.quiet()
    await harness.at(harness.clock.now().replace(hour=23))
    assert len([line for line in told(harness.slack, harness.ana.id) if channel.id in line]) == 1
    assert await harness.bot.services.store.memberships.open_invitations(harness.team) == []


async def test_an_invitation_brought_twice_is_answered_once(harness: Harness) -> None:
    channel = lobby(harness)
    harness.slack.faults.duplicate_next()
    await harness.slack.invite_bot(channel.id, by=harness.ana.id)
    await harness.quiet()
    await harness.bot.check_connection()
    await harness.quiet()
    assert len([line for line in told(harness.slack, harness.ana.id) if channel.id in line]) == 1


async def test_one_that_cannot_be_answered_keeps_nobody_else_waiting_and_is_not_tried_all_the_time(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (harness.slack.add_channel(name, members=[harness.ana.id]) for name in ("first", "second"))
    invitations, tries = harness.bot.workspace.invitations, 0
    settings_for = invitations.settings_for

    async def fails_for_jimin(person: str | None) -> ChannelSettings:
        nonlocal tries
        if person == harness.jimin.id:
            tries += 1
            raise KeyError("nobody foresaw it")
        return await settings_for(person)

    monkeypatch.setattr(invitations, "settings_for", fails_for_jimin)
    await invitations.keep(first.id, inviter=harness.jimin.id, event_ts="1.0")
    await invitations.keep(second.id, inviter=harness.ana.id, event_ts="2.0")
    for _ in range(5):
        await harness.bot.check_connection()
        await harness.quiet()
    assert [each.channel for each in await harness.bot.services.store.memberships.open_invitations(harness.team)] == [
        first.id
    ]
    assert second.id in told(harness.slack, harness.ana.id)[0]
    assert tries == 1


async def test_removed_again_before_the_answer_nobody_is_told(harness: Harness) -> None:
    channel = lobby(harness)
    invitation = await harness.bot.workspace.invitations.keep(channel.id, inviter=harness.ana.id, event_ts="1.0")
    await harness.bot.services.store.memberships.leave_channel(harness.team, channel.id, now=harness.clock.now())
    await harness.bot.check_connection()
    await harness.quiet()
    assert invitation
    assert invitation.channel == channel.id
    assert told(harness.slack, harness.ana.id) == []


# what was not heard of -----------------------------------------------------------------------------------------------


async def test_after_a_time_away_it_knows_where_it_is(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        kept = harness.slack.add_channel("kept", members=[harness.ana.id])
        gone = harness.slack.add_channel("gone", members=[harness.ana.id])
        closed = harness.slack.add_channel("closed", members=[harness.ana.id])
        for channel in (harness.papers, kept, gone, closed):
            await harness.serve(channel)
        await harness.socket_mode.close()
        slack = harness.slack
        await slack.remove_bot(gone.id, by=harness.ana.id)
        await slack.archive(closed.id, by=harness.ana.id)
        for _ in range(2):
            await harness.bot.workspace.memberships.compare()
        states = {
            channel.id: channel.state for channel in await harness.bot.services.store.channels.all_of(harness.team)
        }
        assert states == {
            harness.papers.id: ChannelState.ACTIVE,
            kept.id: ChannelState.ACTIVE,
            gone.id: ChannelState.CLOSED,
            closed.id: ChannelState.CLOSED,
        }


async def test_the_operator_hears_once_of_channels_nobody_set_up_and_nobody_else_does(tmp_path: Path) -> None:
    async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
        await harness.quiet()
        operator = harness.jimin.id
        before = len(told(harness.slack, operator))
        first = harness.slack.add_channel("first", members=[harness.ana.id])
        second = harness.slack.add_channel("second", members=[harness.ana.id])
        for _ in range(3):
            await harness.bot.workspace.memberships.compare()
        (said,) = told(harness.slack, operator)[before:]
        assert first.id in said
        assert second.id in said
        assert told(harness.slack, harness.ana.id) == []
        for channel in (first, second):
            assert await harness.bot.services.store.channels.find(harness.team, channel.id) is None


async def test_in_a_crowd_after_a_time_away_the_comparison_is_put_off_and_not_left_out(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gone = harness.slack.add_channel("gone", members=[harness.ana.id])
        await harness.serve(gone)
        await _after_minutes(harness, 10)
        await harness.socket_mode.close()
        await harness.slack.remove_bot(gone.id, by=harness.ana.id)
        crowd = asyncio.Event()
        for _ in range(WORK_AT_ONCE + WORK_WAITING):
            harness.bot.deps.background.of(harness.team).start(_waits(crowd))
        await harness.bot.check_connection(is_first=True)
        crowd.set()
        await _after_minutes(harness, 10)
        assert (await harness.served(gone)).state is ChannelState.CLOSED


async def _after_minutes(harness: Harness, minutes: int) -> None:
    await harness.quiet()
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=minutes))
    await harness.bot.check_connection()
    await harness.quiet()


async def _waits(event: asyncio.Event) -> None:
    await event.wait()


async def test_it_is_told_once_what_slack_still_brings_has_come(tmp_path: Path) -> None:
    async with open_harness(tmp_path, paperboy_operator="U0000000003") as harness:
        await harness.quiet()
        await harness.bot.check_connection()
        await harness.quiet()
        assert told(harness.slack, harness.jimin.id) == []
        harness.clock.advance_to(harness.clock.now() + timedelta(minutes=10))
        await harness.bot.check_connection()
        await harness.quiet()
        assert len(told(harness.slack, harness.jimin.id)) == 1


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a page that cannot be had": ("answer", {"status": 503, "times": 1000}),
    "a right that is missing": ("error", {"error": "missing_scope", "times": 1000}),
    "an answer that is none": ("answer", {"status": 200, "body": {"ok": True}}),
    "a list without end": (
        "answer",
        {
            "status": 200,
            "body": {"ok": True, "channels": [], "response_metadata": {"next_cursor": "on"}},
            "times": 1000,
        },
    ),
}


@pytest.mark.parametrize("why", FAULTS)
async def test_what_is_not_known_for_certain_changes_nothing(harness: Harness, why: str) -> None:
    await harness.serve()
    fault, how = FAULTS[why]
    getattr(harness.slack.faults, fault)("users.conversations", **how)
    with suppress(PaperboyError):
        await harness.bot.workspace.memberships.compare()
    assert (await harness.served()).state is ChannelState.ACTIVE


async def test_an_invitation_that_comes_while_the_list_is_read_is_not_undone(harness: Harness) -> None:
    await harness.serve()
    body = {"ok": True, "channels": [], "response_metadata": {"next_cursor": ""}}
    harness.slack.faults.answer("users.conversations", status=200, body=body)
    await harness.bot.workspace.memberships.compare()
    assert (await harness.served()).state is ChannelState.ACTIVE


@given(
    known=st.dictionaries(st.sampled_from("ABCDE"), st.sampled_from(ChannelState)),
    seen=st.dictionaries(st.sampled_from("ABCDE"), st.booleans()),
    invited=st.sets(st.sampled_from("ABCDE")),
)
def test_each_channel_is_of_at_most_one_kind_and_what_agrees_of_none(
    known: dict[str, ChannelState], seen: dict[str, bool], invited: set[str]
) -> None:
    channels = [Channel("T1", name, like(), state=state) for name, state in known.items()]
    found = discrepancies(
        channels, [Membership(name, is_archived=archived) for name, archived in seen.items()], invited
    )
    named = [*found.unknown, *found.archived, *found.absent]
    assert len(named) == len(set(named))
    assert all(known[name] is ChannelState.ACTIVE for name in (*found.archived, *found.absent))
    assert not set(found.unknown) & invited
    agreeing = [replace(channel, state=ChannelState.ACTIVE) for channel in channels]
    there = [Membership(channel.id) for channel in agreeing]
    assert not any(vars_of(discrepancies(agreeing, there, ())))


def vars_of(found: object) -> list[object]:
    return [getattr(found, name) for name in ("unknown", "archived", "absent")]
