"""Every code Slack documents for a post, and what is none, met by the second message of three: what is lost is told."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import ChannelClosed, SlackRefused, SlackUnreachable
from bot.rules.channels import Channel
from bot.rules.editions import daily_edition
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryState
from bot.slack.manifest import build_manifest
from bot.slack.recovery import Recovery, recovery_for
from bot.slack.sender import delivery_mark
from bot.slack_emulator import DOCUMENTED
from tests.harness import like, open_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.harness import Harness

POST = "chat.postMessage"
EDITION = daily_edition(date(2024, 8, 1))
PARTS = (HEADER, "2407.00001", "2407.00002")
# They end a message, after whatever else could be sent in its place; all others only keep it waiting.
FINAL = {Recovery.DROP, Recovery.NO_THREAD, Recovery.NO_DIRECT_MESSAGES, Recovery.ONLY_WORDS}
UNDOCUMENTED = {"a_code_of_next_year", "team_quota_exceeded", "server_error", "unknown_error"}


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path, manifest=build_manifest(with_history=True)) as opened:
        yield opened


def deliveries(team: str, channel: str) -> list[Delivery]:
    return [
        Delivery(
            key=DeliveryKey(team, channel, EDITION, part),
            position=position,
            payload=json.dumps({"text": part, "metadata": delivery_mark(EDITION, part)}),
            thread_part=HEADER if position else None,
        )
        for position, part in enumerate(PARTS)
    ]


async def morning_of(harness: Harness, name: str) -> str:
    """A channel that is served, with an edition to deliver."""
    channel = harness.slack.add_channel(name, members=[harness.ana.id]).id
    store, now = harness.bot.services.store, harness.clock.now()
    await store.channels.create(Channel(harness.team, channel, like()), now=now)
    assert await store.outbox.plan(deliveries(harness.team, channel), now=now)
    return channel


async def until_done(harness: Harness, channel: str) -> None:
    """Deliver as often as the schedule would in some days, a person having seen to what stopped it."""
    store = harness.bot.services.store
    for _ in range(12):
        with suppress(SlackUnreachable, SlackRefused, ChannelClosed):
            await harness.bot.workspace.sender.deliver(harness.team, channel, EDITION)
        await store.channels.reopen(harness.team, channel, now=harness.clock.now())
        await harness.clock.sleep(timedelta(hours=2).total_seconds())


async def test_only_a_word_about_the_message_ends_it(harness: Harness) -> None:
    lost = {}
    for code in sorted({*DOCUMENTED[POST].errors, *UNDOCUMENTED}):
        channel = await morning_of(harness, code)
        harness.slack.faults.error(POST, 2, code)
        await until_done(harness, channel)
        found = await harness.bot.services.store.outbox.deliveries(harness.team, channel, EDITION)
        assert {each.state for each in found} <= {DeliveryState.SENT, DeliveryState.REFUSED}, code
        if refused := [each for each in found if each.state is DeliveryState.REFUSED]:
            lost[code] = [(each.key.part, each.error) for each in refused]
        shown = [each.text for each in harness.slack.messages(channel)]
        assert len(shown) == len(set(shown)), code
        assert shown == [part for part in PARTS if part not in dict(lost.get(code, ()))], code
    assert {recovery_for(code) for code in lost} <= FINAL, lost
    assert lost == {code: [(PARTS[1], code)] for code in lost}, "one message and no other, under its own name"
    assert len(lost) > 10


@pytest.mark.parametrize(
    ("name", "body", "status", "accepted"),
    [
        ("page-403", b"<html>Denied</html>", 403, False),
        ("page-200", b"<html>Sign in</html>", 200, False),
        ("page-502", b"<html>Bad gateway</html>", 502, True),
        ("nothing", b"", 200, True),
        ("cut-off", b'{"ok":true,"channel":"C', 200, True),
        ("ok-alone", b'{"ok":true}', 200, True),
        ("list", b"[]", 200, False),
        ("other", b'{"status":"blocked"}', 200, False),
    ],
)
async def test_what_is_not_slacks_word_ends_and_doubles_nothing(
    harness: Harness, name: str, body: bytes, status: int, accepted: bool
) -> None:
    channel = await morning_of(harness, name)
    kind = "text/html" if body.startswith(b"<") else "application/json"
    harness.slack.faults.foreign(POST, 2, body=body, status=status, accepted=accepted, headers={"Content-Type": kind})
    await until_done(harness, channel)
    assert [each.text for each in harness.slack.messages(channel)] == list(PARTS)
