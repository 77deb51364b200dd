"""A click in a thread is answered in that thread, to whoever clicked alone; and an answer always comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.channels import Layout
from tests.harness import DAY, read

if TYPE_CHECKING:
    from bot.slack_emulator import PrivateMessage, SlackMessage
    from tests.harness import Harness

Click = tuple[str, str | None]
CLICKS: dict[str, Click] = {
    "save": ("save_paper", None),
    "abstract": ("paper_menu", "abstract:2407.20743"),
    "another language": ("paper_menu", "language:ko:2407.20743"),
    "a choice that is not there": ("paper_menu", "language:xx:2407.20743"),
    "a paper nobody knows": ("save_paper", "2999.00001"),
}
EVERY = pytest.mark.parametrize("what", CLICKS)


async def click(harness: Harness, place: SlackMessage | PrivateMessage, what: str) -> list[PrivateMessage]:
    """Click and see every private message that comes of it."""
    action, choice = CLICKS[what]
    before = len(harness.slack.ephemerals(harness.ana.id))
    offered = altered(harness, place, action, choice)
    if action == "paper_menu":
        answer = await harness.slack.choose(harness.ana.id, offered, action, choice)
    else:
        answer = await harness.slack.click(harness.ana.id, offered, action)
    assert answer.ok
    await harness.quiet()
    return harness.slack.ephemerals(harness.ana.id)[before:]


def altered(
    harness: Harness, place: SlackMessage | PrivateMessage, action: str, choice: str | None
) -> SlackMessage | PrivateMessage:
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
async def test_a_click_in_a_thread_is_answered_there(harness: Harness, what: str) -> None:
    await harness.post(top=10)
    answers = await click(harness, harness.cards[0], what)
    assert answers
    assert {answer.thread_ts for answer in answers} == {harness.header.ts}
    assert harness.slack.ephemerals(harness.jimin.id) == []


@EVERY
async def test_a_click_in_the_channel_is_answered_in_the_channel_though_a_thread_hangs_below(
    harness: Harness, what: str
) -> None:
    await harness.serve(layout=Layout.CARDS)
    await harness.bot.workspace.daily.post(
        harness.bot.workspace.sender, harness.team, harness.papers.id, DAY, (await harness.served()).settings
    )
    card = harness.slack.messages(harness.papers.id)[1]
    await harness.slack.say(harness.jimin.id, harness.papers.id, "Nice!", thread_ts=card.ts)
    answers = await click(harness, card, what)
    assert answers
    assert {answer.thread_ts for answer in answers} == {None}


async def test_what_is_clicked_on_an_answer_in_a_thread_is_answered_there_too(harness: Harness) -> None:
    await harness.post(top=10)
    (korean,) = await click(harness, harness.cards[0], "another language")
    for what in ("save", "abstract"):
        (answer,) = await click(harness, korean, what)
        assert answer.thread_ts == harness.header.ts
    before = len(harness.slack.ephemerals(harness.ana.id))
    await harness.click(harness.ana, korean, "share_paper")
    (shared,) = harness.slack.ephemerals(harness.ana.id)[before:]
    assert shared.thread_ts == harness.header.ts


@pytest.mark.parametrize(
    "error",
    ["user_not_in_channel", "not_in_channel", "cannot_reply_to_message", "missing_scope", "accesslimited", "new_one"],
)
async def test_where_slack_takes_no_answer_in_the_thread_it_comes_in_the_channel(harness: Harness, error: str) -> None:
    await harness.post(top=10)
    harness.slack.faults.error("chat.postEphemeral", error=error)
    (answer,) = await click(harness, harness.cards[0], "save")
    assert (answer.thread_ts, answer.origin) == (None, "response_url")
    assert "Meltemi" in read(answer)


async def test_nor_does_an_answer_get_lost_while_slack_stumbles(harness: Harness) -> None:
    await harness.post(top=10)
    harness.slack.faults.answer("chat.postEphemeral", status=503)
    (answer,) = await click(harness, harness.cards[0], "save")
    assert answer.origin == "response_url"


async def test_a_response_url_that_is_used_up_gives_way_to_an_ephemeral(harness: Harness) -> None:
    await harness.post(top=10)
    harness.slack.faults.answer("response_url", status=404, body={"ok": False, "error": "used_url"}, times=9)
    looking, first, second = await harness.ask(harness.ana, "2407.21017 2407.20743")
    assert "2407.21017" in looking
    assert "Matting by Generation" in first
    assert "Meltemi" in second


async def test_a_list_turns_its_pages_in_place(harness: Harness) -> None:
    await harness.post(top=10)
    for card in harness.cards:
        await harness.react(harness.ana, card, "bookmark")
    harness.sources.paper("2501.00001", {"id": "2501.00001", "title": "The Eleventh", "authors": [{"name": "Z"}]})
    await harness.ask(harness.ana, "save 2501.00001")
    await harness.ask(harness.ana, "list")
    shown = harness.slack.ephemerals(harness.ana.id)[-1]
    before = len(harness.slack.ephemerals(harness.ana.id))
    await harness.click(harness.ana, shown, "list_page_older")
    assert len(harness.slack.ephemerals(harness.ana.id)) == before
    assert harness.slack.ephemerals(harness.ana.id)[-1].ts == shown.ts
    assert harness.slack.ephemerals(harness.ana.id)[-1].blocks != shown.blocks
