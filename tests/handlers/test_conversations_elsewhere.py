"""Messages from people of other workspaces, guests, and apps that are installed for a whole organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.slack.manifest import OPTIONAL_SCOPES, build_manifest
from tests.harness import Harness, open_harness, read

if TYPE_CHECKING:
    from pathlib import Path

    from bot.slack_emulator.installation import Enterprise

KNOWN, TITLE = "2407.20743", "Meltemi"


def answers(office: Harness, channel: str, ts: str) -> list[str]:
    return [read(each) for each in office.slack.thread(channel, ts)[1:]]


async def test_a_person_of_another_workspace_is_answered_in_a_shared_channel(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as office:
        await office.post(top=3)
        stranger = office.slack.add_person("Stranger", home="T0000000099")
        shared = office.slack.add_channel("shared", members=[stranger.id], shared=True)
        asked = await office.slack.mention(stranger.id, shared.id, KNOWN)
        await office.quiet()
        assert [TITLE in each for each in answers(office, shared.id, asked.ts)] == [True]


@pytest.mark.parametrize("role", ["guest", "channel_guest"])
async def test_guests_are_answered(tmp_path: Path, role: Any) -> None:
    async with open_harness(tmp_path) as office:
        await office.post(top=3)
        guest = office.slack.add_person("Guest", role=role)
        await office.slack.invite(guest.id, office.papers.id)
        asked = await office.slack.mention(guest.id, office.papers.id, KNOWN)
        alone = office.slack.direct_messages(guest.id).id
        await office.slack.say(guest.id, alone, KNOWN)
        await office.quiet()
        assert [TITLE in each for each in answers(office, office.papers.id, asked.ts)] == [True]
        assert [TITLE in read(each) for each in office.slack.messages(alone) if each.bot_id] == [True]


@pytest.mark.parametrize("enterprise", ["workspace", "organization"])
async def test_in_an_organization_messages_are_answered(tmp_path: Path, enterprise: Enterprise) -> None:
    async with open_harness(tmp_path, enterprise=enterprise) as office:
        await office.post(top=3)
        asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
        await office.quiet()
        assert [TITLE in each for each in answers(office, office.papers.id, asked.ts)] == [True]


async def test_over_http_a_message_is_answered_once_though_it_is_brought_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path, over_http=True) as office:
        await office.post(top=3)
        office.slack.faults.duplicate_next(2)
        asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
        await office.quiet()
        assert [TITLE in each for each in answers(office, office.papers.id, asked.ts)] == [True]
        assert all(each.acked for each in office.slack.deliveries)


@pytest.mark.parametrize("granted", ["none of them", "mentions", "direct messages"])
async def test_without_a_scope_nothing_is_heard_and_nothing_fails(tmp_path: Path, granted: str) -> None:
    scopes = {*build_manifest()["oauth_config"]["scopes"]["bot"]} - OPTIONAL_SCOPES.keys()
    scopes |= {"mentions": {"app_mentions:read"}, "direct messages": {"im:history"}}.get(granted, set())
    async with open_harness(tmp_path, granted=scopes) as office:
        await office.post(top=3)
        asked = await office.slack.mention(office.ana.id, office.papers.id, KNOWN)
        alone = office.slack.direct_messages(office.ana.id).id
        await office.slack.say(office.ana.id, alone, KNOWN)
        await office.quiet()
        assert len(answers(office, office.papers.id, asked.ts)) == (granted == "mentions")
        assert sum(bool(each.bot_id) for each in office.slack.messages(alone)) == (granted == "direct messages")
