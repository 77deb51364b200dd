"""Slack's newer blocks: put in as a message is sent, taken out where a workspace refuses them, once in any case."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.samples import samples
from bot.rules.editions import daily_edition
from bot.rules.newer_blocks import TRIED_AGAIN_AFTER, NewerBlock
from bot.slack.newer_blocks import FEEDBACK, enhance, kinds_in, named_in
from bot.slack.recovery import Recovery
from bot.slack.web_api import Refusal
from bot.slack_emulator.blocks import message_problems, readable_length
from tests.harness import DAY, open_harness, read
from tests.model_server import ScriptedModel
from tests.modelled_harness import by_paper, open_modelled_office, papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import SlackMessage
    from tests.harness import Harness

    Json = dict[str, Any]

POST, UPDATE = "chat.postMessage", "chat.update"
EVERY = frozenset(NewerBlock)
NONE: frozenset[NewerBlock] = frozenset()
CONTAINER = NewerBlock.CONTAINER


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def line(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def part(heading: str, text: str = "It is so.") -> Json:
    return line(words(heading, bold=True), words("\n"), words(text))


TITLE = line({"type": "link", "url": "https://arxiv.org/abs/1", "text": "A title", "style": {"bold": True}})
RULE: Json = {"type": "divider"}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


BUTTONS: Json = {
    "type": "actions",
    "block_id": FEEDBACK,
    "elements": [
        {"type": "button", "action_id": "a", "text": plain("Helpful"), "value": "up", "accessibility_label": "Yes"},
        {"type": "button", "action_id": "b", "text": plain("Not helpful"), "value": "down"},
    ],
}

# the form of a message ------------------------------------------------------------------------------------------------


def test_what_follows_the_first_section_of_a_card_is_folded_up_under_its_headings() -> None:
    title, new, folded, rule = enhance(
        [TITLE, part("What's New"), part("Details"), part("Results"), RULE], EVERY, in_thread=True
    )
    assert (title, new, rule) == (TITLE, part("What's New"), RULE)
    assert folded["title"]["text"] == "Details · Results"
    assert folded["child_blocks"] == [part("Details"), part("Results")]
    assert folded["is_collapsible"]
    assert folded["default_collapsed"]


def test_a_section_folded_alone_does_not_repeat_its_heading() -> None:
    _, _, folded = enhance([TITLE, part("What's New"), part("Details")], EVERY, in_thread=True)
    assert folded["title"]["text"] == "Details"
    (section,) = folded["child_blocks"]
    assert section["elements"][0]["elements"] == part("Details")["elements"][0]["elements"][2:] != []


def test_each_language_of_a_card_keeps_its_first_section_open() -> None:
    card = [part("What's New"), part("Details"), RULE, part("새로운 점"), part("기술적 세부 사항")]
    enhanced = enhance(card, EVERY, in_thread=True)
    assert [block["type"] for block in enhanced] == ["rich_text", "container", "divider", "rich_text", "container"]
    assert enhanced[4]["title"]["text"] == "기술적 세부 사항"


@pytest.mark.parametrize(
    ("blocks", "kinds", "in_thread"),
    [
        ([TITLE, part("What's New"), part("Details")], EVERY, False),
        ([TITLE, part("What's New"), part("Details")], EVERY - {CONTAINER}, True),
        ([TITLE, part("What's New"), RULE], EVERY, True),
        ([part(str(number)) for number in range(12)], EVERY, True),
        ([BUTTONS], EVERY - {NewerBlock.CONTEXT_ACTIONS}, True),
        ([{**BUTTONS, "block_id": "another"}], EVERY, True),
        ([], EVERY, True),
    ],
    ids=["in a channel", "refused", "nothing to fold", "too many to fold", "thumbs refused", "other buttons", "empty"],
)
def test_all_else_stays_as_it_is(blocks: list[Json], kinds: frozenset[NewerBlock], in_thread: bool) -> None:
    assert enhance(blocks, kinds, in_thread=in_thread) == blocks


def test_buttons_about_a_summary_become_thumbs_that_say_the_same() -> None:
    (thumbs,) = enhance([BUTTONS], EVERY, in_thread=False)
    assert message_problems([thumbs]) == ()
    (element,) = thumbs["elements"]
    assert element["action_id"] == FEEDBACK
    assert element["positive_button"] == {
        "text": plain("Helpful"), "value": "up", "accessibility_label": "Yes"
    }  # fmt: skip
    assert element["negative_button"]["value"] == "down"


def test_a_heading_of_any_length_fits_the_title() -> None:
    (_, folded) = enhance([part("a"), part("제목 " * 300)], EVERY, in_thread=True)
    assert message_problems([folded]) == ()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_of_all_messages_only_cards_change_and_each_stays_within_slacks_limits(language: str) -> None:
    changed = set()
    for sample in samples(language):
        if sample.payload is None or sample.is_view:
            continue
        blocks = sample.payload["blocks"]
        enhanced = enhance(blocks, EVERY, in_thread=True)
        assert message_problems(enhanced) == ()
        assert len(enhanced) <= len(blocks)
        assert readable_length(enhanced) <= readable_length(blocks) + 2 * 150
        if enhanced != blocks:
            changed.add(sample.name)
    assert changed == {"paper_card", "shared_card"}


def test_a_block_is_named_by_slacks_pointer_to_it() -> None:
    blocks = enhance([TITLE, part("a"), part("b"), BUTTONS], EVERY, in_thread=True)

    def named(*details: str) -> frozenset[NewerBlock]:
        return named_in(Refusal("invalid_blocks", "invalid_blocks", Recovery.ONLY_WORDS, details), blocks)

    assert kinds_in(blocks) == EVERY
    assert named("[ERROR] unsupported type: container [json-pointer:/blocks/2/type]") == {CONTAINER}
    assert named("[ERROR] no more than 5 items [json-pointer:/blocks/2/child_blocks/0/elements]") == {CONTAINER}
    assert named("[ERROR] a [json-pointer:/blocks/2/type]", "[ERROR] b [json-pointer:/blocks/3/type]") == EVERY
    assert named("[ERROR] must be a string [json-pointer:/blocks/0/elements]") == NONE
    assert named("[ERROR] what [json-pointer:/blocks/99999]", "nothing", "[json-pointer:/blocks/77]") == NONE


# a workspace ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    async with open_harness(tmp_path) as opened:
        yield opened


def kinds(message: SlackMessage) -> frozenset[NewerBlock]:
    return kinds_in(message.blocks)


def calls(harness: Harness, method: str = POST) -> int:
    return sum(call.method == method for call in harness.slack.calls)


async def answers(harness: Harness) -> dict[NewerBlock, bool]:
    known = await harness.bot.services.store.newer_blocks.answers(harness.team)
    return {each.kind: each.accepted for each in known}


async def planned(harness: Harness) -> list[str]:
    store = harness.bot.services.store
    return [each.payload for each in await store.outbox.deliveries(harness.team, harness.papers.id, daily_edition(DAY))]


async def test_cards_in_a_thread_are_folded_up_and_that_they_were_taken_is_remembered(harness: Harness) -> None:
    await harness.post(top=3)
    assert calls(harness) == 4
    assert kinds(harness.header) == NONE
    assert [kinds(card) for card in harness.cards] == [{CONTAINER}] * 3
    assert await answers(harness) == {CONTAINER: True}
    assert all(message.metadata for message in (harness.header, *harness.cards))


async def test_what_is_planned_is_complete_and_has_none_of_them(harness: Harness) -> None:
    await harness.post(top=3)
    payloads = [json.loads(payload) for payload in await planned(harness)]
    assert not any(kinds_in(payload["blocks"]) for payload in payloads)
    for payload, message in zip(payloads, (harness.header, *harness.cards), strict=True):
        assert [word for word in _texts(payload["blocks"]) if word not in _texts(message.blocks)] == []


async def test_a_refused_block_costs_one_request_and_the_next_message_goes_plain_at_once(harness: Harness) -> None:
    harness.slack.faults.refuse_blocks("container")
    await harness.post(top=3)
    assert calls(harness) == 1 + 2 + 1 + 1
    assert len(harness.cards) == 3
    assert [kinds(card) for card in harness.cards] == [NONE] * 3
    assert all(card.blocks and card.metadata for card in harness.cards)
    assert await answers(harness) == {CONTAINER: False}


@pytest.mark.parametrize(
    ("refused", "second"),
    [
        ({"container", "context_actions"}, NONE),
        ({"context_actions"}, {CONTAINER}),
        ({"container"}, EVERY - {CONTAINER}),
    ],
    ids=["both", "the thumbs", "the container"],
)
async def test_of_two_newer_blocks_those_that_are_taken_stay_in_use(
    tmp_path: Path, refused: set[str], second: set[NewerBlock]
) -> None:
    async with ScriptedModel.open() as model, open_modelled_office(tmp_path, model) as harness:
        model.script = by_paper(papers_of_the_day())
        await harness.bot.services.library.read_day(DAY)
        for paper in papers_of_the_day()[:2]:
            await harness.bot.services.summarizer.request_summary(paper.id, "en")
        harness.slack.faults.refuse_blocks(*refused)
        await harness.post(top=2)
        assert calls(harness) == 1 + 2 + 1
        assert [kinds(card) for card in harness.cards] == [NONE, second]
        assert {kind for kind, taken in (await answers(harness)).items() if not taken} == refused


async def test_a_refusal_without_a_word_on_why_does_the_same(harness: Harness) -> None:
    harness.slack.faults.error(POST, 2, "invalid_blocks")
    await harness.post(top=3)
    assert calls(harness) == 1 + 2 + 1 + 1
    assert await answers(harness) == {CONTAINER: False}
    assert len(harness.cards) == 3


async def test_a_length_that_is_refused_says_nothing_of_the_workspace(harness: Harness) -> None:
    harness.slack.faults.error(POST, 2, "msg_blocks_too_long")
    await harness.post(top=2)
    assert [kinds(card) for card in harness.cards] == [NONE, {CONTAINER}]
    assert await answers(harness) == {CONTAINER: True}


async def test_where_the_plain_form_is_refused_too_the_message_was_at_fault(harness: Harness) -> None:
    harness.slack.faults.error(POST, 2, "invalid_blocks", times=2)
    await harness.post(top=2)
    first, second = harness.cards
    assert first.blocks == ()
    assert first.text
    assert kinds(second) == {CONTAINER}
    assert await answers(harness) == {CONTAINER: True}


async def test_after_thirty_days_it_is_tried_again(harness: Harness) -> None:
    store, now = harness.bot.services.store, harness.clock.now()
    before = now - TRIED_AGAIN_AFTER - timedelta(minutes=1)
    await store.newer_blocks.note(harness.team, CONTAINER, accepted=False, now=before)
    await harness.post(top=2)
    assert [kinds(card) for card in harness.cards] == [{CONTAINER}] * 2
    assert await answers(harness) == {CONTAINER: True}


async def test_another_workspace_is_not_judged_by_this_one(harness: Harness) -> None:
    await harness.bot.services.store.newer_blocks.note("TOTHER", CONTAINER, accepted=False, now=harness.clock.now())
    await harness.post(top=1)
    assert [kinds(card) for card in harness.cards] == [{CONTAINER}]


async def test_a_picture_slack_cannot_fetch_is_not_taken_for_a_refused_block(harness: Harness) -> None:
    harness.slack.faults.refuse_images(times=2)
    await harness.post(top=2)
    assert len(harness.cards) == 2
    assert CONTAINER not in await answers(harness) or (await answers(harness))[CONTAINER]


async def test_two_calls_at_once_send_each_message_once(harness: Harness) -> None:
    harness.slack.faults.refuse_blocks("container")
    await asyncio.gather(harness.post(top=3), harness.post(top=3))
    assert len(harness.slack.messages(harness.papers.id)) == 4
    assert len(harness.cards) == 3


@pytest.mark.parametrize("cut", ["drop_before_accepting", "drop_after_accepting"])
async def test_cut_off_between_the_refusal_and_the_plain_form_it_still_comes_once(tmp_path: Path, cut: str) -> None:
    from bot.slack.manifest import build_manifest

    async with open_harness(tmp_path, manifest=build_manifest(with_history=True)) as harness:
        harness.slack.faults.refuse_blocks("container")
        getattr(harness.slack.faults, cut)(POST, 3)
        await harness.post(top=2)
        harness.clock.advance_to(harness.clock.now() + timedelta(minutes=5))
        await harness.post(top=2)
        marks = [card.metadata["event_payload"]["part"] for card in harness.cards if card.metadata]
        assert len(marks) == len(set(marks)) == 2
        assert [kinds(card) for card in harness.cards] == [NONE] * 2


async def vote_later(harness: Harness) -> None:
    """A day later the papers have other votes, and their cards are brought up to date."""
    from tests.harness import bundled_day

    day = bundled_day()
    for item in day:
        item["paper"]["upvotes"] += 5
    harness.sources.day(DAY, day)
    await harness.at(harness.clock.now() + timedelta(days=1, minutes=5))


async def test_a_card_that_is_brought_up_to_date_stays_folded_up(harness: Harness) -> None:
    await harness.serve(top=2)
    await harness.post(top=2)
    before = [read(card) for card in harness.cards]
    await vote_later(harness)
    assert calls(harness, UPDATE) >= 2
    assert [read(card) for card in harness.cards] != before
    assert [kinds(card) for card in harness.cards] == [{CONTAINER}] * 2


async def test_refused_on_a_change_the_card_is_changed_all_the_same(harness: Harness) -> None:
    await harness.serve(top=2)
    await harness.post(top=2)
    before = [read(card) for card in harness.cards]
    harness.slack.faults.refuse_blocks("container")
    await vote_later(harness)
    assert all(read(card) != old for card, old in zip(harness.cards, before, strict=True))
    assert [kinds(card) for card in harness.cards] == [NONE] * 2
    assert await answers(harness) == {CONTAINER: False}


def _texts(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [value for name, value in part.items() if name == "text" and isinstance(value, str)]
        return own + [text for value in part.values() for text in _texts(value)]
    return [text for each in part for text in _texts(each)] if isinstance(part, list | tuple) else []
