"""Who may do what with a channel's papers: every actor, every action, every kind of channel.

The rule is held to the whole table. Through Slack, everybody tries one action of each sort in every kind of channel,
and every action is tried where it depends most on who tries it; `make soak` tries each cell through Slack.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import channels as channel_messages
from bot.rules.channels import ChannelState, Managers
from bot.rules.permissions import Action, Actor, Conversation, ConversationKind, Denial, denial
from tests.harness import open_harness, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Channel, Person, View
    from tests.harness import Harness

NOW = datetime(2024, 8, 1, 1, tzinfo=UTC)
ACTIONS = {
    "preview": Action.PREVIEW,
    "changes": Action.SHOW_CHANGES,
    "change": Action.CHANGE,
    "managers": Action.CHANGE_MANAGERS,
    "pause": Action.PAUSE,
    "resume": Action.RESUME,
    "skip": Action.SKIP,
    "unskip": Action.SKIP,
    "post_now": Action.POST_NOW,
    "undo": Action.UNDO,
}
LOOKING = frozenset({"preview", "changes"})
NOT_HERE, GUEST, MANAGERS_ONLY = Denial.NOT_IN_CHANNEL, Denial.GUEST, Denial.MANAGERS_ONLY

Verdict = Denial | None


@dataclass(frozen=True)
class Row:
    """Somebody, and why they may not look, change or say who may change; None when they may."""

    look: Verdict
    change: Verdict
    managers: Verdict

    def verdict(self, action: str) -> Verdict:
        return self.look if action in LOOKING else self.managers if action == "managers" else self.change


ALL, NOBODY = Row(None, None, None), Row(GUEST, GUEST, GUEST)
MEMBER = Row(None, None, MANAGERS_ONLY)
OUTSIDE = Row(NOT_HERE, NOT_HERE, NOT_HERE)
ELSEWHERE = Row(Denial.STRANGER, Denial.STRANGER, Denial.STRANGER)
LOOKER = Row(None, MANAGERS_ONLY, MANAGERS_ONLY)
# Slack lets only people in a channel see its messages, but a button of an older message works for whoever has left.
TABLE: dict[str, dict[str, Row]] = {
    "public": {
        "owner": ALL,
        "admin": ALL,
        "creator": ALL,
        "inviter": ALL,
        "member": MEMBER,
        "absent member": MEMBER,
        "guest": NOBODY,
        "channel guest": NOBODY,
    },
    "private": {
        "owner": ALL,
        "admin": ALL,
        "creator": ALL,
        "inviter": ALL,
        "member": MEMBER,
        "absent member": OUTSIDE,
        "absent admin": OUTSIDE,
        "guest": NOBODY,
        "channel guest": NOBODY,
    },
    "shared": {
        "owner": ALL,
        "admin": ALL,
        "creator": ALL,
        "inviter": ALL,
        "member": MEMBER,
        "absent member": OUTSIDE,
        "guest": NOBODY,
        "channel guest": NOBODY,
        "stranger": ELSEWHERE,
        "stranger who is admin there": ELSEWHERE,
    },
    "public, for its managers": {
        "owner": ALL,
        "admin": ALL,
        "creator": ALL,
        "inviter": ALL,
        "member": LOOKER,
        "absent member": LOOKER,
        "guest": NOBODY,
        "channel guest": NOBODY,
    },
}
KINDS = {"public": ConversationKind.PUBLIC, "private": ConversationKind.PRIVATE, "shared": ConversationKind.SHARED}
ACTORS = {
    "owner": Actor("UOWNER", is_admin=True),
    "admin": Actor("UADMIN", is_admin=True),
    "absent admin": Actor("UADMIN", is_admin=True, is_here=False),
    "creator": Actor("UCREATOR"),
    "inviter": Actor("UINVITER"),
    "member": Actor("UMEMBER"),
    "absent member": Actor("UMEMBER", is_here=False),
    "guest": Actor("UGUEST", is_guest=True),
    "channel guest": Actor("UGUEST", is_guest=True),
    "stranger": Actor("USTRANGER", is_stranger=True),
    "stranger who is admin there": Actor("USTRANGER", is_admin=True, is_stranger=True),
}
# A form, a button that asks for nothing more, and looking: handlers ask the same rule for all others.
OF_EACH_SORT = frozenset({"preview", "managers", "pause"})
WHERE_IT_DEPENDS = "public, for its managers"
WHO_IT_DEPENDS_ON = frozenset({"inviter", "member", "guest"})


def managers_of(kind: str) -> Managers:
    return Managers.MANAGERS if kind.endswith("managers") else Managers.MEMBERS


@pytest.mark.parametrize("kind", TABLE)
def test_the_rule_says_what_the_table_says(kind: str) -> None:
    conversation = Conversation("C1", KINDS[kind.partition(",")[0]], creator="UCREATOR", invited="UINVITER")
    told = {
        name: {
            action: denial(ACTORS[name], conversation, managers_of(kind), asked) for action, asked in ACTIONS.items()
        }
        for name in TABLE[kind]
    }
    assert told == {name: {action: row.verdict(action) for action in ACTIONS} for name, row in TABLE[kind].items()}


def tried_through_slack(kind: str, action: str) -> list[str]:
    """Who tries an action in a kind of channel."""
    if action in OF_EACH_SORT or "PAPERBOY_SOAK_TOP" in os.environ:
        return [*TABLE[kind]]
    return [name for name in TABLE[kind] if kind == WHERE_IT_DEPENDS and name in WHO_IT_DEPENDS_ON]


@dataclass
class Setup:
    """An office with a channel of one kind and one of every sort of person."""

    harness: Harness
    channel: Channel
    people: dict[str, Person]

    async def attempt(self, person: Person, action: str) -> str:
        """Try something on the settings message of a channel; what the person is told."""
        harness, slack, store = self.harness, self.harness.slack, self.harness.bot.services.store
        for modal in slack.modals(person.id):
            await slack.close(modal, everything=True)
        now = harness.clock.now()
        if action == "resume":
            await store.channels.pause(harness.team, self.channel.id, user=None, now=now)
        else:
            await store.channels.start(harness.team, self.channel.id, latest=now.date(), user=None, now=now)
        await store.channels.set_skip_next(harness.team, self.channel.id, action == "unskip", user=None, now=now)
        before = len(slack.ephemerals(person.id))
        button = {"managers": "change_look", "change": "change_what"}.get(action, action)
        value = self.channel.id
        if action == "undo":
            value = (
                f"{self.channel.id}:{(await store.channels.changes(harness.team, self.channel.id, limit=50))[-1].id}"
            )
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
        await client.chat_postMessage(channel=person.id, text="Settings", blocks=_buttons(button, value))
        place = slack.messages(slack.direct_messages(person.id).id)[-1]
        if action == "managers":  # the form shows more to admins; they may be none any more when they send it off
            slack.change_person(person.id, role="admin")
        answer = await slack.click(person.id, place, f"channel_{button}")
        assert answer.ok, answer
        await harness.quiet()
        slack.change_person(person.id, role=person.role)
        if action in {"change", "managers"} and (modals := slack.modals(person.id)):
            if "submit" not in modals[-1].content:
                return _words(modals[-1])
            await slack.submit(modals[-1], {"top": "4"} if action == "change" else {"managers": "keepers"})
            await harness.quiet()
            return _words(slack.modals(person.id)[-1])
        return "\n".join(read(each) for each in slack.ephemerals(person.id)[before:])


def _buttons(action: str, value: str) -> list[dict[str, Any]]:
    """A direct message as Paperboy may have sent it to somebody when they still had a say."""
    text = {"type": "plain_text", "text": action}
    return [
        {
            "type": "actions",
            "elements": [{"type": "button", "action_id": f"channel_{action}", "value": value, "text": text}],
        }
    ]


def _words(view: View) -> str:
    return json.dumps([view.content["blocks"]], ensure_ascii=False)


@pytest.fixture(params=TABLE)
async def setup(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Setup]:
    kind = request.param
    async with open_harness(tmp_path) as harness:
        slack = harness.slack
        roles: dict[str, Any] = {
            "owner": {"role": "owner"},
            "admin": {"role": "admin"},
            "absent admin": {"role": "admin"},
            "guest": {"role": "guest"},
            "channel guest": {"role": "channel_guest"},
            "stranger": {"home": "TELSEWHERE"},
            "stranger who is admin there": {"home": "TELSEWHERE", "role": "admin"},
        }
        people = {name: slack.add_person(name, **roles.get(name, {})) for name in TABLE[kind]}
        members = [person.id for name, person in people.items() if not name.startswith("absent")]
        channel = slack.add_channel(
            "lab",
            members=members,
            private=kind == "private",
            shared=kind == "shared",
            creator=people["creator"].id,
            with_bot=False,
        )
        await slack.invite_bot(channel.id, by=people["inviter"].id)
        await harness.quiet()
        store, now = harness.bot.services.store, harness.clock.now()
        await store.channels.start(harness.team, channel.id, latest=NOW.date(), user=people["inviter"].id, now=now)
        await harness.change(channel, top=3, managers=managers_of(kind))
        yield Setup(harness, channel, people)


async def test_each_may_do_what_the_table_says_and_nothing_else(setup: Setup, request: Any) -> None:
    kind = request.node.callspec.params["setup"]
    for action in ACTIONS:
        for name in tried_through_slack(kind, action):
            person, wanted = setup.people[name], TABLE[kind][name].verdict(action)
            before = await setup.harness.served(setup.channel)
            told = await setup.attempt(person, action)
            if wanted is None:
                assert not any(_sentence(each) in told for each in Denial), f"{name} {action}: {told}"
            else:
                assert _sentence(wanted) in told, f"{name} {action}: {told}"
                after = await setup.harness.served(setup.channel)
                assert after.settings == before.settings, f"{name} {action}"
            if action in {"change", "managers"}:
                await setup.harness.change(setup.channel, top=3, managers=managers_of(kind))


def _sentence(denial: Denial) -> str:
    return channel_messages.denied(denial=denial, language="en").text


async def test_in_a_channel_without_paperboy_everybody_is_asked_to_invite_it_first(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        for private in (False, True):
            channel = harness.slack.add_channel(
                f"lab{private}", members=[harness.ana.id], with_bot=False, private=private
            )
            await harness.slack.command(harness.ana.id, channel.id, "/paper", "settings")
            await harness.quiet()
            overview = harness.slack.ephemerals(harness.ana.id)[-1]
            told = await harness.click(harness.ana, overview, "channel_use_defaults")
            assert "/invite @Paperboy" in told[-1]
            known = await harness.bot.services.store.channels.find(harness.team, channel.id)
            assert known is None or known.state is ChannelState.NEW


async def test_a_closed_account_and_a_demoted_admin_lose_what_they_could_do(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.serve()
        boss = harness.slack.add_person("Boss", role="admin")
        await harness.slack.invite(boss.id, harness.papers.id)
        await harness.change(managers=Managers.MANAGERS)
        await harness.ask(boss, "settings")
        overview = harness.slack.ephemerals(boss.id)[-1]
        await harness.click(boss, overview, "channel_pause")
        assert (await harness.served()).state is ChannelState.PAUSED
        harness.slack.change_person(boss.id, role="member")
        overview = harness.slack.ephemerals(boss.id)[-1]
        assert _sentence(MANAGERS_ONLY) in (await harness.click(boss, overview, "channel_resume"))[-1]
        harness.slack.change_person(boss.id, deleted=True)
        assert _sentence(Denial.NOT_A_PERSON) in (await harness.click(boss, overview, "channel_resume"))[-1]
        assert (await harness.served()).state is ChannelState.PAUSED
