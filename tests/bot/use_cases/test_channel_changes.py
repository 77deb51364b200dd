"""Channels changed without any handler, as a Home tab or a shortcut would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.channel_changes import ChangeResult
from bot.rules.channels import ChannelState
from bot.rules.permissions import Action, Denial
from bot.use_cases.channel_changes import Permitted

if TYPE_CHECKING:
    from tests.harness import Harness


async def test_who_may_changes_a_channel_and_takes_it_back(harness: Harness) -> None:
    await harness.serve()
    changes, now = harness.bot.deps.channel_changes(harness.team), harness.clock.now()
    team, ana, channel_id = harness.bot.workspace.team, harness.ana.id, harness.papers.id
    permitted = await changes.permit(team, ana, channel_id, Action.PAUSE)
    assert isinstance(permitted, Permitted)
    assert await changes.pause(permitted, asked_at=now) is ChangeResult.PAUSED
    assert (await changes.find(team, ana, channel_id)).state is ChannelState.PAUSED
    again = await changes.permit(team, ana, channel_id, Action.RESUME)
    assert isinstance(again, Permitted)
    assert await changes.start(again, asked_at=harness.clock.now()) is ChangeResult.RESUMED


async def test_a_guest_is_told_why_not(harness: Harness) -> None:
    guest = harness.slack.add_person("guest", role="guest")
    changes = harness.bot.deps.channel_changes(harness.team)
    permitted = await changes.permit(harness.bot.workspace.team, guest.id, harness.papers.id, Action.PAUSE)
    assert permitted is Denial.GUEST
