"""👍 and 👎 below an AI summary: noted for whoever clicked, and seen by nobody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.budget import Requester
from bot.rules.feedback import RatedSummary, Rating
from bot.rules.newer_blocks import NewerBlock
from bot.rules.reports import Complaint
from bot.slack_emulator.blocks import message_problems
from bot.web.metrics import Metrics, ReplicaFigures
from tests.handlers.test_summaries import FIRST
from tests.harness import DAY, read
from tests.model_server import Answer, ScriptedModel
from tests.modelled_harness import EXTRACT, SUMMARY, by_paper, label, open_modelled_office, papers_of_the_day, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person, PrivateMessage, SlackMessage
    from tests.harness import Harness

OTHER = papers_of_the_day()[1]
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
HELPFUL, NOT_HELPFUL = ("scripted", Rating.HELPFUL), ("scripted", Rating.NOT_HELPFUL)


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel.open() as opened:
        opened.script = by_paper(papers_of_the_day(), {OTHER.id: lambda _, __: Answer(words="busy", status=503)})
        yield opened


@pytest.fixture
async def harness(tmp_path: Path, model: ScriptedModel) -> AsyncIterator[Harness]:
    async with open_modelled_office(tmp_path, model) as opened:
        await opened.serve(top=2)
        await opened.bot.services.library.read_day(DAY)
        yield opened


@pytest.fixture(params=["Slack's own buttons", "buttons"])
async def card(harness: Harness, request: pytest.FixtureRequest) -> SlackMessage:
    """A card with an AI summary in the channel, in a workspace that takes Slack's own pair of buttons and in others."""
    if request.param == "buttons":
        harness.slack.faults.refuse_blocks(NewerBlock.CONTEXT_ACTIONS)
    await harness.bot.services.summarizer.request_summary(FIRST.id, "en")
    await harness.post(top=2)
    await harness.bot.workspace.schedule.idle()
    await harness.quiet()
    assert label(harness.cards[0]) == SUMMARY
    return harness.cards[0]


async def rate(harness: Harness, person: Person, card: SlackMessage | PrivateMessage, how: str) -> PrivateMessage:
    """Select a button, and see what comes back to this person alone."""
    before = len(harness.slack.ephemerals(person.id))
    button = buttons(card)[how == "not_helpful"]
    answer = await harness.slack.click(person.id, card, button["action_id"], value=button["value"])
    assert answer.ok
    await harness.quiet()
    (told,) = harness.slack.ephemerals(person.id)[before:]
    assert message_problems(told.blocks) == ()
    return told


def buttons(card: SlackMessage | PrivateMessage) -> list[dict[str, Any]]:
    """The two buttons, if there are any, each with the action it stands for."""
    found = [
        element
        for block in card.blocks
        for element in block.get("elements", ())
        if element.get("action_id", "").startswith("summary_")
    ]
    if len(found) == 1:
        (pair,) = found
        return [pair[side] | {"action_id": pair["action_id"]} for side in ("positive_button", "negative_button")]
    return found


async def counts(harness: Harness) -> dict[tuple[str, Rating], int]:
    return await harness.bot.services.store.feedback.counts()


async def test_only_an_ai_summary_is_rated(harness: Harness, card: SlackMessage) -> None:
    assert [button["text"]["text"] for button in buttons(card)] == ["👍", "👎"]
    assert label(harness.cards[1]) == EXTRACT
    assert buttons(harness.cards[1]) == []


async def test_buttons_of_one_character_are_read_aloud_as_what_they_do(card: SlackMessage) -> None:
    labels = [button["accessibility_label"] for button in buttons(card)]
    assert labels == ["Rate the AI summary as helpful", "Rate the AI summary as not helpful"]


async def test_who_clicked_is_told_and_nobody_sees_a_change(harness: Harness, card: SlackMessage) -> None:
    channel = json.dumps([message.blocks for message in harness.slack.messages(harness.papers.id)])
    told = await rate(harness, harness.ana, card, "helpful")
    assert "Saved: you find the AI summary of Meltemi" in read(told)
    assert await counts(harness) == {HELPFUL: 1}
    assert json.dumps([message.blocks for message in harness.slack.messages(harness.papers.id)]) == channel
    assert harness.slack.ephemerals(harness.jimin.id) == []


async def test_the_last_click_of_each_person_counts(harness: Harness, card: SlackMessage) -> None:
    for person, how in (
        (harness.ana, "helpful"),
        (harness.ana, "not_helpful"),
        (harness.jimin, "not_helpful"),
        (harness.jimin, "helpful"),
        (harness.jimin, "helpful"),
    ):
        await rate(harness, person, card, how)
    assert await counts(harness) == {HELPFUL: 1, NOT_HELPFUL: 1}


async def test_it_is_the_same_summary_on_every_card_that_shows_it(harness: Harness, card: SlackMessage) -> None:
    await rate(harness, harness.ana, card, "helpful")
    await harness.ask(harness.ana, FIRST.id)
    await rate(harness, harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "not_helpful")
    assert await counts(harness) == {NOT_HELPFUL: 1}


async def test_a_summary_written_anew_is_rated_for_itself(
    harness: Harness, card: SlackMessage, model: ScriptedModel
) -> None:
    await rate(harness, harness.ana, card, "not_helpful")
    before = buttons(card)[0]["value"]
    harness.clock.advance_to(harness.clock.now() + timedelta(minutes=1))
    model.script = lambda _: Answer({**truth(FIRST), "technical_details": None})
    await harness.bot.services.summarizer.request_again(
        FIRST.id, "en", by=Requester(harness.team, harness.ana.id), complaint=Complaint.CLAIMS
    )
    await harness.bot.workspace.schedule.idle()
    assert buttons(harness.cards[0])[0]["value"] != before
    await rate(harness, harness.ana, harness.cards[0], "helpful")
    assert await counts(harness) == {HELPFUL: 1, NOT_HELPFUL: 1}


async def test_not_helpful_leads_to_the_report(harness: Harness, card: SlackMessage) -> None:
    told = await rate(harness, harness.ana, card, "not_helpful")
    answer = await harness.slack.click(harness.ana.id, told, "report_summary")
    assert answer.ok
    await harness.quiet()
    (form,) = harness.slack.modals(harness.ana.id)
    assert json.loads(form.content["private_metadata"]) == {"paper": FIRST.id, "language": "en"}


@pytest.mark.parametrize(
    "value",
    [
        "wrong",
        f"helpful:en:{FIRST.id}:nonsense",
        f"helpful:{RatedSummary('2999.00001', 'en', LONG_AGO)}",
        f"helpful:{RatedSummary(FIRST.id, 'en', LONG_AGO)}",
    ],
)
async def test_a_summary_that_no_model_wrote_is_not_rated(harness: Harness, card: SlackMessage, value: str) -> None:
    action_id = buttons(card)[0]["action_id"]
    for block in card.blocks:
        for element in block.get("elements", ()):
            if element.get("action_id") == action_id:
                element["value"] = value
    answer = await harness.slack.click(harness.ana.id, card, action_id, value=value)
    assert answer.ok
    await harness.quiet()
    assert "no longer available" in read(harness.slack.ephemerals(harness.ana.id)[-1])
    assert await counts(harness) == {}


async def test_the_operator_sees_figures_of_models_and_no_person(harness: Harness, card: SlackMessage) -> None:
    await rate(harness, harness.ana, card, "helpful")
    stats = await harness.bot.services.store.maintenance.stats()
    page = Metrics().page(stats, ReplicaFigures()).decode()
    assert 'paperboy_summary_feedback{model="scripted",rating="helpful"} 1.0' in page
    assert harness.ana.id not in page
