"""A click in a thread is answered in that thread, to whoever clicked alone; and an answer always comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import Layout
from tests.office import DAY, read

if TYPE_CHECKING:
    from bot.slack_emulator import Message, PrivateMessage
    from tests.office import Office

Click = tuple[str, str | None]
CLICKS: dict[str, Click] = {
    "save": ("save_paper", None),
    "abstract": ("paper_menu", "abstract:2407.20743"),
    "another language": ("paper_menu", "language:ko:2407.20743"),
    "a choice that is not there": ("paper_menu", "language:xx:2407.20743"),
    "a paper nobody knows": ("save_paper", "2999.00001"),
}
EVERY = pytest.mark.parametrize("what", CLICKS)


async def click(office: Office, place: Message | PrivateMessage, what: str) -> list[PrivateMessage]:
    """Click and see every private message that comes of it."""
    action, choice = CLICKS[what]
    before = len(office.slack.ephemerals(office.ana.id))
    offered = altered(office, place, action, choice)
    if action == "paper_menu":
        answer = await office.slack.choose(office.ana.id, offered, action, choice)
    else:
        answer = await office.slack.click(office.ana.id, offered, action)
    assert answer.ok
    await office.quiet()
    return office.slack.ephemerals(office.ana.id)[before:]


def altered(
    office: Office, place: Message | PrivateMessage, action: str, choice: str | None
) -> Message | PrivateMessage:
    """The message with a first element of this kind that holds `choice`, as an older or forged message may."""
    if choice is None:
        return place
    for block in place.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == action and action == "save_paper":
                element["value"] = choice
            elif element.get("action_id") == action and all(each["value"] != choice for each in element["options"]):
                element["options"][0]["value"] = choice
    return place


@EVERY
async def test_a_click_in_a_thread_is_answered_there(office: Office, what: str) -> None:
    await office.post()
    answers = await click(office, office.cards[0], what)
    assert answers
    assert {answer.thread_ts for answer in answers} == {office.header.ts}
    assert office.slack.ephemerals(office.jimin.id) == []


@EVERY
async def test_a_click_in_the_channel_is_answered_in_the_channel_though_a_thread_hangs_below(
    office: Office, what: str
) -> None:
    await office.serve(layout=Layout.CARDS)
    await office.bot.newsroom.daily.post(
        office.bot.slack.courier, office.team, office.papers.id, DAY, (await office.served()).settings
    )
    card = office.slack.messages(office.papers.id)[1]
    await office.slack.say(office.jimin.id, office.papers.id, "Nice!", thread_ts=card.ts)
    answers = await click(office, card, what)
    assert answers
    assert {answer.thread_ts for answer in answers} == {None}


async def test_what_is_clicked_on_an_answer_in_a_thread_is_answered_there_too(office: Office) -> None:
    await office.post()
    (korean,) = await click(office, office.cards[0], "another language")
    for what in ("save", "abstract"):
        (answer,) = await click(office, korean, what)
        assert answer.thread_ts == office.header.ts
    before = len(office.slack.ephemerals(office.ana.id))
    await office.click(office.ana, korean, "share_paper")
    (shared,) = office.slack.ephemerals(office.ana.id)[before:]
    assert shared.thread_ts == office.header.ts


@pytest.mark.parametrize(
    "error",
    ["user_not_in_channel", "not_in_channel", "cannot_reply_to_message", "missing_scope", "accesslimited", "new_one"],
)
async def test_where_slack_takes_no_answer_in_the_thread_it_comes_in_the_channel(office: Office, error: str) -> None:
    await office.post()
    office.slack.faults.error("chat.postEphemeral", error=error)
    (answer,) = await click(office, office.cards[0], "save")
    assert (answer.thread_ts, answer.origin) == (None, "response_url")
    assert "Meltemi" in read(answer)


async def test_nor_does_an_answer_get_lost_while_slack_stumbles(office: Office) -> None:
    await office.post()
    office.slack.faults.answer("chat.postEphemeral", status=503)
    (answer,) = await click(office, office.cards[0], "save")
    assert answer.origin == "response_url"


async def test_a_response_url_that_is_used_up_gives_way_to_an_ephemeral(office: Office) -> None:
    await office.post()
    office.slack.faults.answer("response_url", status=404, body={"ok": False, "error": "used_url"}, times=9)
    looking, first, second = await office.ask(office.ana, "2407.21017 2407.20743")
    assert "2407.21017" in looking
    assert "Matting by Generation" in first
    assert "Meltemi" in second


async def test_a_list_turns_its_pages_in_place(office: Office) -> None:
    await office.post()
    for card in office.cards:
        await office.react(office.ana, card, "bookmark")
    office.sources.paper("2501.00001", {"id": "2501.00001", "title": "The Eleventh", "authors": [{"name": "Z"}]})
    await office.ask(office.ana, "save 2501.00001")
    await office.ask(office.ana, "list")
    shown = office.slack.ephemerals(office.ana.id)[-1]
    before = len(office.slack.ephemerals(office.ana.id))
    await office.click(office.ana, shown, "list_page_older")
    assert len(office.slack.ephemerals(office.ana.id)) == before
    assert office.slack.ephemerals(office.ana.id)[-1].ts == shown.ts
    assert office.slack.ephemerals(office.ana.id)[-1].blocks != shown.blocks
