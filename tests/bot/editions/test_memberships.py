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

from bot.background import AT_ONCE, WAITING
from bot.errors import PaperboyError
from bot.rules.channels import Channel, ChannelState, Membership, discrepancies
from tests.office import like, open_office, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.rules.channels import ChannelSettings
    from bot.slack_emulator import Channel as SlackChannel
    from bot.slack_emulator import SlackEmulator
    from tests.office import Office
    from tests.street import Street


def told(slack: SlackEmulator, person: str) -> list[str]:
    """What Paperboy wrote to somebody, a line a message."""
    return [read(message) for message in slack.messages(slack.direct_messages(person).id)]


def lobby(office: Office) -> SlackChannel:
    return office.slack.add_channel("lobby", members=[office.ana.id, office.jimin.id], with_bot=False)


# an invitation that was acknowledged ---------------------------------------------------------------------------------


async def test_an_invitation_that_cannot_be_kept_comes_again(tmp_path: Path) -> None:
    async with open_office(tmp_path, ack_timeout=0.3) as office:
        channel = lobby(office)
        blocker = sqlite3.connect(tmp_path / "paperboy.db", isolation_level=None)
        blocker.execute("CREATE TRIGGER no_room BEFORE INSERT ON invitations BEGIN SELECT RAISE(ABORT, 'no room'); END")
        await office.slack.invite_bot(channel.id, by=office.ana.id)
        await office.slack.wait_for(lambda: bool(office.slack.deliveries[-1].attempts))
        blocker.execute("DROP TRIGGER no_room")
        blocker.close()
        await office.quiet()
        assert not office.slack.deliveries[-1].attempts[0].acked
        assert office.slack.deliveries[-1].attempts[-1].acked
        assert len([line for line in told(office.slack, office.ana.id) if channel.id in line]) == 1


async def test_killed_right_after_the_acknowledgement_the_inviter_hears_in_the_next_life(street: Street) -> None:
    channel = street.slack.add_channel("lobby", members=[street.ana.id], with_bot=False)
    process = await street.start("run")
    await street.slack.connected(within=30)
    await street.slack.wait_for(lambda: any(call.method == "users.conversations" for call in street.slack.calls))
    await street.slack.settled()
    street.slack.faults.before_request(1, lambda: os.kill(process.pid, signal.SIGKILL), lose=True)
    await street.slack.invite_bot(channel.id, by=street.ana.id)
    await process.communicate()
    assert street.slack.deliveries[-1].attempts[0].acked
    assert told(street.slack, street.ana.id) == []
    process = await street.start("run")
    try:
        await street.slack.wait_for(lambda: len(told(street.slack, street.ana.id)) >= 1, within=30)
        await street.slack.settled()
    finally:
        process.terminate()
        await process.communicate()
    assert len([line for line in told(street.slack, street.ana.id) if channel.id in line]) == 1


async def test_slack_away_at_that_moment_the_inviter_hears_later(office: Office) -> None:
    channel = lobby(office)
    for method in ("users.info", "chat.postMessage"):
        office.slack.faults.answer(method, status=503, times=3)
    await office.slack.invite_bot(channel.id, by=office.ana.id)
    await office.quiet()
    office.slack.faults.clear()
    await office.bot.look_after_line()
    await office.quiet()
    await office.at(office.clock.now().replace(hour=23))
    assert len([line for line in told(office.slack, office.ana.id) if channel.id in line]) == 1
    assert await office.bot.newsroom.store.memberships.open_invitations(office.team) == []


async def test_an_invitation_brought_twice_is_answered_once(office: Office) -> None:
    channel = lobby(office)
    office.slack.faults.duplicate_next()
    await office.slack.invite_bot(channel.id, by=office.ana.id)
    await office.quiet()
    await office.bot.look_after_line()
    await office.quiet()
    assert len([line for line in told(office.slack, office.ana.id) if channel.id in line]) == 1


async def test_one_that_cannot_be_answered_keeps_nobody_else_waiting_and_is_not_tried_all_the_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (office.slack.add_channel(name, members=[office.ana.id]) for name in ("first", "second"))
    invitations, tries = office.bot.parts.invitations, 0
    settings_for = invitations.settings_for

    async def fails_for_jimin(team: str, person: str | None) -> ChannelSettings:
        nonlocal tries
        if person == office.jimin.id:
            tries += 1
            raise KeyError("nobody foresaw it")
        return await settings_for(team, person)

    monkeypatch.setattr(invitations, "settings_for", fails_for_jimin)
    await invitations.keep(office.team, first.id, inviter=office.jimin.id, event_ts="1.0")
    await invitations.keep(office.team, second.id, inviter=office.ana.id, event_ts="2.0")
    for _ in range(5):
        await office.bot.look_after_line()
        await office.quiet()
    assert [each.channel for each in await office.bot.newsroom.store.memberships.open_invitations(office.team)] == [
        first.id
    ]
    assert second.id in told(office.slack, office.ana.id)[0]
    assert tries == 1


async def test_removed_again_before_the_answer_nobody_is_told(office: Office) -> None:
    channel = lobby(office)
    invitation = await office.bot.parts.invitations.keep(office.team, channel.id, inviter=office.ana.id, event_ts="1.0")
    await office.bot.newsroom.store.memberships.leave_channel(office.team, channel.id, now=office.clock.now())
    await office.bot.look_after_line()
    await office.quiet()
    assert invitation
    assert invitation.channel == channel.id
    assert told(office.slack, office.ana.id) == []


# what was not heard of -----------------------------------------------------------------------------------------------


async def test_after_a_time_away_it_knows_where_it_is(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        kept = office.slack.add_channel("kept", members=[office.ana.id])
        gone = office.slack.add_channel("gone", members=[office.ana.id])
        closed = office.slack.add_channel("closed", members=[office.ana.id])
        for channel in (office.papers, kept, gone, closed):
            await office.serve(channel)
        await office.line.close()
        slack = office.slack
        await slack.remove_bot(gone.id, by=office.ana.id)
        await slack.archive(closed.id, by=office.ana.id)
        for _ in range(2):
            await office.bot.memberships.compare(office.bot.slack.courier)
        states = {channel.id: channel.state for channel in await office.bot.newsroom.store.channels.all_of(office.team)}
        assert states == {
            office.papers.id: ChannelState.ACTIVE,
            kept.id: ChannelState.ACTIVE,
            gone.id: ChannelState.CLOSED,
            closed.id: ChannelState.CLOSED,
        }


async def test_the_operator_hears_once_of_channels_nobody_set_up_and_nobody_else_does(tmp_path: Path) -> None:
    async with open_office(tmp_path, paperboy_operator="U0000000003") as office:
        await office.quiet()
        operator = office.jimin.id
        before = len(told(office.slack, operator))
        first = office.slack.add_channel("first", members=[office.ana.id])
        second = office.slack.add_channel("second", members=[office.ana.id])
        for _ in range(3):
            await office.bot.memberships.compare(office.bot.slack.courier)
        (said,) = told(office.slack, operator)[before:]
        assert first.id in said
        assert second.id in said
        assert told(office.slack, office.ana.id) == []
        for channel in (first, second):
            assert await office.bot.newsroom.store.channels.find(office.team, channel.id) is None


async def test_in_a_crowd_after_a_time_away_the_comparison_is_put_off_and_not_left_out(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        gone = office.slack.add_channel("gone", members=[office.ana.id])
        await office.serve(gone)
        await _after_minutes(office, 10)
        await office.line.close()
        await office.slack.remove_bot(gone.id, by=office.ana.id)
        crowd = asyncio.Event()
        for _ in range(AT_ONCE + WAITING):
            office.bot.parts.background.start(_waits(crowd))
        await office.bot.look_after_line(is_first=True)
        crowd.set()
        await _after_minutes(office, 10)
        assert (await office.served(gone)).state is ChannelState.CLOSED


async def _after_minutes(office: Office, minutes: int) -> None:
    await office.quiet()
    office.clock.advance_to(office.clock.now() + timedelta(minutes=minutes))
    await office.bot.look_after_line()
    await office.quiet()


async def _waits(event: asyncio.Event) -> None:
    await event.wait()


async def test_it_is_told_once_what_slack_still_brings_has_come(tmp_path: Path) -> None:
    async with open_office(tmp_path, paperboy_operator="U0000000003") as office:
        await office.quiet()
        await office.bot.look_after_line()
        await office.quiet()
        assert told(office.slack, office.jimin.id) == []
        office.clock.advance_to(office.clock.now() + timedelta(minutes=10))
        await office.bot.look_after_line()
        await office.quiet()
        assert len(told(office.slack, office.jimin.id)) == 1


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
async def test_what_is_not_known_for_certain_changes_nothing(office: Office, why: str) -> None:
    await office.serve()
    fault, how = FAULTS[why]
    getattr(office.slack.faults, fault)("users.conversations", **how)
    with suppress(PaperboyError):
        await office.bot.memberships.compare(office.bot.slack.courier)
    assert (await office.served()).state is ChannelState.ACTIVE


async def test_an_invitation_that_comes_while_the_list_is_read_is_not_undone(office: Office) -> None:
    await office.serve()
    body = {"ok": True, "channels": [], "response_metadata": {"next_cursor": ""}}
    office.slack.faults.answer("users.conversations", status=200, body=body)
    await office.bot.memberships.compare(office.bot.slack.courier)
    assert (await office.served()).state is ChannelState.ACTIVE


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
