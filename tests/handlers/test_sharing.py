"""Who may show a paper to a whole channel: whoever may write there themselves, asked of Slack at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.messages import channels as channel_messages
from bot.rules.permissions import Actor, Denial, share_denial
from tests.office import read

if TYPE_CHECKING:
    from bot.slack_emulator import Channel, Person
    from tests.office import Office

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


async def settle_in(office: Office, channel: Channel, name: str, person: Person) -> None:
    """Let a person be what their name says by the time Paperboy gets to know what they want."""
    if name.endswith("who left"):
        await office.slack.leave(person.id, channel.id)
    if name.endswith("closed"):
        office.slack.change_person(person.id, deleted=True)


@KINDS
async def test_a_button_shares_for_whoever_may_write_in_the_channel(office: Office, kind: str) -> None:
    await office.post()
    people = {name: office.slack.add_person(name, **account) for name, (account, _) in WHO.items()}
    channel = office.slack.add_channel(
        "lab", members=[each.id for each in people.values()], private=kind == "private", shared=kind == "shared"
    )
    for name, (_, denial) in WHO.items():
        person = people[name]
        await office.slack.command(person.id, channel.id, "/paper", MATTING)
        await office.quiet()
        card = office.slack.ephemerals(person.id)[-1]
        await settle_in(office, channel, name, person)
        before = len(office.slack.messages(channel.id))
        told = await office.click(person, card, "share_paper")
        shown = office.slack.messages(channel.id)[before:]
        assert len(shown) == (denial is None), name
        if denial:
            assert said(denial) in told[-1], name


@KINDS
async def test_a_command_shares_for_whoever_may_write_in_the_channel(office: Office, kind: str) -> None:
    await office.post()
    people = {name: office.slack.add_person(name, **account) for name, (account, _) in WHO.items()}
    channel = office.slack.add_channel(
        "lab", members=[each.id for each in people.values()], private=kind == "private", shared=kind == "shared"
    )
    for name, (_, denial) in WHO.items():
        person = people[name]

        async def change(name: str = name, person: Person = person) -> None:
            await settle_in(office, channel, name, person)

        office.slack.faults.before_request(1, change)
        before = len(office.slack.messages(channel.id))
        assert (await office.slack.command(person.id, channel.id, "/paper", f"share {MATTING}")).ok
        await office.quiet()
        assert len(office.slack.messages(channel.id)[before:]) == (denial is None), name
        if denial:
            # Who is no longer in a channel is shown nothing there but what an acknowledgement or response_url brings.
            assert said(denial) in read(office.slack.ephemerals(person.id)[-1]), name


@pytest.mark.parametrize("private", [False, True])
async def test_where_paperboy_is_not_in_the_channel_slacks_own_address_for_the_answer_serves(
    office: Office, private: bool
) -> None:
    await office.post()
    elsewhere = office.slack.add_channel("elsewhere", members=[office.ana.id], with_bot=False, private=private)
    await office.slack.command(office.ana.id, elsewhere.id, "/paper", f"share {MATTING}")
    await office.quiet()
    (shown,) = office.slack.messages(elsewhere.id)
    assert "Matting by Generation" in shown.text


async def test_with_nobody_else_there_it_says_where_sharing_works(office: Office) -> None:
    await office.post()
    direct = office.slack.direct_messages(office.ana.id)
    await office.slack.command(office.ana.id, direct.id, "/paper", f"share {MATTING}")
    await office.quiet()
    assert said(Denial.NOT_A_CHANNEL) in read(office.slack.ephemerals(office.ana.id)[-1])
    assert office.slack.messages(direct.id) == []


@pytest.mark.parametrize("method", ["users.info", "conversations.members"])
async def test_where_slack_does_not_say_who_somebody_is_nothing_is_shared(office: Office, method: str) -> None:
    await office.post()
    await office.ask(office.ana, "help")  # so that what is asked next is for the sake of sharing
    before = len(office.slack.messages(office.papers.id))
    office.slack.faults.answer(method, status=503, times=9)
    told = await office.ask(office.ana, f"share {MATTING}")
    assert method in told[-1]
    assert len(office.slack.messages(office.papers.id)) == before


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
def test_the_rule(actor: Actor, denial: Denial | None) -> None:
    assert share_denial(actor) is denial
