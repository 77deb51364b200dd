"""Who may show a paper to a whole channel: whoever may write there themselves, asked of Slack at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import channels as channel_messages
from bot.rules.permissions import Actor, Denial, share_denial
from tests.harness import read

if TYPE_CHECKING:
    from bot.slack_emulator import Channel, Person
    from tests.harness import Harness

MATTING = "2407.21017"
WHO: dict[str, tuple[dict[str, Any], Denial | None]] = {
    "member": ({}, None),
    "admin": ({"role": "admin"}, None),
    "owner": ({"role": "owner"}, None),
    "guest": ({"role": "guest"}, None),
    "single-channel guest": ({"role": "channel_guest"}, None),
    "member who left": ({}, Denial.NOT_IN_CHANNEL),
    "admin who left": ({"role": "admin"}, Denial.NOT_IN_CHANNEL),
    "guest who left": ({"role": "guest"}, Denial.NOT_IN_CHANNEL),
    "stranger": ({"home": "TELSEWHERE"}, Denial.STRANGER),
    "stranger who is admin there": ({"home": "TELSEWHERE", "role": "admin"}, Denial.STRANGER),
    "member whose account is closed": ({}, Denial.NOT_A_PERSON),
}
KINDS = pytest.mark.parametrize("kind", ["public", "private", "shared"])


def said(denial: Denial) -> str:
    return channel_messages.share_denied(denial=denial, language="en").text


async def settle_in(harness: Harness, channel: Channel, name: str, person: Person) -> None:
    """Let a person be what their name says by the time Paperboy gets to know what they want."""
    if name.endswith("who left"):
        await harness.slack.leave(person.id, channel.id)
    if name.endswith("closed"):
        harness.slack.change_person(person.id, deleted=True)


@KINDS
async def test_a_button_shares_for_whoever_may_write_in_the_channel(harness: Harness, kind: str) -> None:
    await harness.post()
    people = {name: harness.slack.add_person(name, **account) for name, (account, _) in WHO.items()}
    channel = harness.slack.add_channel(
        "lab", members=[each.id for each in people.values()], private=kind == "private", shared=kind == "shared"
    )
    for name, (_, denial) in WHO.items():
        person = people[name]
        await harness.slack.command(person.id, channel.id, "/paper", MATTING)
        await harness.quiet()
        card = harness.slack.ephemerals(person.id)[-1]
        await settle_in(harness, channel, name, person)
        before = len(harness.slack.messages(channel.id))
        told = await harness.click(person, card, "share_paper")
        shown = harness.slack.messages(channel.id)[before:]
        assert len(shown) == (denial is None), name
        if denial:
            assert said(denial) in told[-1], name


@KINDS
async def test_a_command_shares_for_whoever_may_write_in_the_channel(harness: Harness, kind: str) -> None:
    await harness.post()
    people = {name: harness.slack.add_person(name, **account) for name, (account, _) in WHO.items()}
    channel = harness.slack.add_channel(
        "lab", members=[each.id for each in people.values()], private=kind == "private", shared=kind == "shared"
    )
    for name, (_, denial) in WHO.items():
        person = people[name]

        async def change(name: str = name, person: Person = person) -> None:
            await settle_in(harness, channel, name, person)

        harness.slack.faults.before_request(1, change)
        before = len(harness.slack.messages(channel.id))
        assert (await harness.slack.command(person.id, channel.id, "/paper", f"share {MATTING}")).ok
        await harness.quiet()
        assert len(harness.slack.messages(channel.id)[before:]) == (denial is None), name
        if denial:
            # Who is no longer in a channel is shown nothing there but what an acknowledgement or response_url brings.
            assert said(denial) in read(harness.slack.ephemerals(person.id)[-1]), name


@pytest.mark.parametrize("private", [False, True])
async def test_where_paperboy_is_not_in_the_channel_slacks_own_address_for_the_answer_serves(
    harness: Harness, private: bool
) -> None:
    await harness.post()
    elsewhere = harness.slack.add_channel("elsewhere", members=[harness.ana.id], with_bot=False, private=private)
    await harness.slack.command(harness.ana.id, elsewhere.id, "/paper", f"share {MATTING}")
    await harness.quiet()
    (shown,) = harness.slack.messages(elsewhere.id)
    assert "Matting by Generation" in shown.text


async def test_with_nobody_else_there_it_says_where_sharing_works(harness: Harness) -> None:
    await harness.post()
    direct = harness.slack.direct_messages(harness.ana.id)
    await harness.slack.command(harness.ana.id, direct.id, "/paper", f"share {MATTING}")
    await harness.quiet()
    assert said(Denial.NOT_A_CHANNEL) in read(harness.slack.ephemerals(harness.ana.id)[-1])
    assert harness.slack.messages(direct.id) == []


@pytest.mark.parametrize("method", ["users.info", "conversations.members"])
async def test_where_slack_does_not_say_who_somebody_is_nothing_is_shared(harness: Harness, method: str) -> None:
    await harness.post()
    await harness.ask(harness.ana, "help")  # so that what is asked next is for the sake of sharing
    before = len(harness.slack.messages(harness.papers.id))
    harness.slack.faults.answer(method, status=503, times=9)
    told = await harness.ask(harness.ana, f"share {MATTING}")
    assert method in told[-1]
    assert len(harness.slack.messages(harness.papers.id)) == before


async def test_who_is_refused_where_slack_takes_no_answer_any_more_is_written_to(harness: Harness) -> None:
    await harness.post()
    await harness.ask(harness.ana, MATTING)
    card = harness.slack.ephemerals(harness.ana.id)[-1]
    await harness.slack.leave(harness.ana.id, harness.papers.id)
    harness.slack.faults.answer("response_url", status=404, body={"ok": False, "error": "expired_url"}, times=9)
    assert await harness.click(harness.ana, card, "share_paper") == []
    (direct,) = harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)
    assert said(Denial.NOT_IN_CHANNEL) in read(direct)
    assert harness.papers.id in read(direct)


async def test_a_click_that_reaches_paperboy_twice_shares_once(harness: Harness) -> None:
    await harness.post()
    await harness.ask(harness.ana, MATTING)
    card = harness.slack.ephemerals(harness.ana.id)[-1]
    before = len(harness.slack.messages(harness.papers.id))
    harness.slack.faults.duplicate_next()
    await harness.click(harness.ana, card, "share_paper")
    assert len(harness.slack.messages(harness.papers.id)) == before + 1


@pytest.mark.parametrize(
    ("actor", "denial"),
    [
        (Actor("U1"), None),
        (Actor("U1", is_guest=True), None),
        (Actor("U1", is_here=False), Denial.NOT_IN_CHANNEL),
        (Actor("U1", is_admin=True, is_here=False), Denial.NOT_IN_CHANNEL),
        (Actor("U1", is_stranger=True), Denial.STRANGER),
        (Actor("U1", is_admin=True, is_stranger=True), Denial.STRANGER),
        (Actor("U1", is_person=False), Denial.NOT_A_PERSON),
    ],
)
def test_who_may_share_a_paper(actor: Actor, denial: Denial | None) -> None:
    assert share_denial(actor) is denial
