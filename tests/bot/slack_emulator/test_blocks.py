"""Blocks are refused as Slack refuses them: with a pointer to what is wrong."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from bot.slack_emulator.acceptance import Acceptance
from bot.slack_emulator.blocks import (
    _CHECKS,
    check_message_blocks,
    check_view,
    elements,
    message_problems,
    readable_length,
    view_problems,
    with_ids,
)
from bot.slack_emulator.errors import RefusalError

Json = dict[str, Any]
SCHEMA = json.loads(files("bot.slack_emulator").joinpath("blocks.schema.json").read_text("utf-8"))
PLAIN = Draft7Validator(SCHEMA)


def section(text: str = "words", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str, text: str = "Save") -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}}


def image(url: str) -> Json:
    return {"type": "image", "image_url": url, "alt_text": "thumbnail"}


def problems(blocks: Any) -> tuple[str, ...]:
    try:
        check_message_blocks(blocks, lambda _: True)
    except RefusalError as refusal:
        return refusal.messages or (refusal.error,)
    return ()


def refusal_of(blocks: Any, *not_yet: str) -> tuple[str, ...]:
    with pytest.raises(RefusalError, match="invalid_blocks") as refused:
        check_message_blocks(blocks, lambda _: True, not_yet)
    return refused.value.messages


CONTAINER = {
    "type": "container",
    "title": {"type": "plain_text", "text": "More"},
    "is_collapsible": True,
    "child_blocks": [section()],
}
THUMBS = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "positive_button": {"text": {"type": "plain_text", "text": "Yes"}, "value": "yes"},
            "negative_button": {"text": {"type": "plain_text", "text": "No"}, "value": "no"},
        }
    ],
}


@pytest.mark.parametrize("block", [CONTAINER, THUMBS], ids=["container", "context_actions"])
def test_a_workspace_that_was_not_given_a_block_yet_says_so_and_others_take_it(block: Json) -> None:
    kind = block["type"]
    assert problems([section(), block]) == ()
    assert refusal_of([section(), block], kind) == (f"[ERROR] unsupported type: {kind} [json-pointer:/blocks/1/type]",)


ACCEPTED = [
    [],
    [section()],
    [section("x" * 3000), {"type": "divider"}],
    [{"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}] * 10}],
    [section(accessory=image("https://cdn.example.org/1.png"))],
    [
        {"type": "actions", "elements": [button("save"), button("share")]},
        {"type": "actions", "elements": [button("save")]},
    ],
    [{"type": "header", "text": {"type": "plain_text", "text": "오늘의 논문"}}],
    [{"type": "markdown", "text": "m" * 12_000}],
    [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "link", "url": "https://arxiv.org", "text": "A* <!channel> | $L_2$"}],
                }
            ],
        }
    ],
]

REFUSED: list[tuple[Any, str, str]] = [
    (None, "must provide an array", "/blocks"),
    ([1], "must provide an object", "/blocks/0"),
    ([{}], "unsupported type: None", "/blocks/0/type"),
    ([{"type": "poem"}], "unsupported type: poem", "/blocks/0/type"),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed", "/blocks"),
    ([section("")], "must be more than 0 characters", "/blocks/0/text/text"),
    ([section("x" * 3001)], "must be less than 3001 characters", "/blocks/0/text/text"),
    ([{"type": "section"}], "missing required field: text or fields", "/blocks/0"),
    (
        [{"type": "divider"}, {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
        "must be less than 2001 characters",
        "/blocks/1/fields/0/text",
    ),
    (
        [{"type": "section", "text": {"type": "html", "text": "x"}}],
        "unsupported type: html",
        "/blocks/0/text/type",
    ),
    (
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        "must be less than 151 characters",
        "/blocks/0/text/text",
    ),
    (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "must be a valid enum value",
        "/blocks/0/text/type",
    ),
    (
        [{"type": "actions", "elements": [button("a", "x" * 76)]}],
        "must be less than 76 characters",
        "/blocks/0/elements/0/text/text",
    ),
    (
        [section(accessory={"type": "overflow", "action_id": "more", "options": []})],
        "no less than 1 items allowed",
        "/blocks/0/accessory/options",
    ),
    ([{"type": "divider", "colour": "red"}], "invalid additional property: colour", "/blocks/0"),
    ([{"type": "image", "image_url": "https://a.org/1.png"}], "missing required field: alt_text", "/blocks/0"),
    ([image("https://a.org/" + "x" * 3000)], "must be less than 3001 characters", "/blocks/0/image_url"),
    ([section(), image("http://localhost/1.png")], "downloading image failed", "/blocks/1/image_url"),
    ([section(accessory=image("file:///1.png"))], "downloading image failed", "/blocks/0/accessory/image_url"),
    ([section(block_id="b"), section(block_id="b")], "block_id 'b' already exists", "/blocks/1/block_id"),
    (
        [{"type": "actions", "elements": [button("a"), button("a")]}],
        "action_id 'a' already exists in this block",
        "/blocks/0",
    ),
    (
        [{"type": "markdown", "text": "m" * 6000}, {"type": "markdown", "text": "m" * 6001}],
        "markdown must be less than 12001 characters in all",
        "/blocks",
    ),
    (
        [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}] * 2,
        "only one table is allowed",
        "/blocks/1",
    ),
    ([{"type": "alert", "text": {"type": "mrkdwn", "text": "a"}}], "unsupported type: alert", "/blocks/0/type"),
]


@pytest.mark.parametrize("blocks", ACCEPTED)
def test_what_the_reference_allows_is_accepted(blocks: Any) -> None:
    assert problems(blocks) == ()


@pytest.mark.parametrize(("blocks", "words", "pointer"), REFUSED)
def test_what_it_forbids_is_refused_with_a_pointer(blocks: Any, words: str, pointer: str) -> None:
    assert problems(blocks) == (f"[ERROR] {words} [json-pointer:{pointer}]",)


def test_every_fault_is_named_once() -> None:
    found = problems([section("x" * 3001), {"type": "divider", "a": 1, "b": 2}])
    assert found == (
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] invalid additional property: a [json-pointer:/blocks/1]",
        "[ERROR] invalid additional property: b [json-pointer:/blocks/1]",
    )


def test_blocks_that_are_each_short_enough_can_be_too_long_together() -> None:
    check_message_blocks([section("x" * 2640)] * 5, lambda _: True)
    with pytest.raises(RefusalError, match="msg_blocks_too_long"):
        check_message_blocks([section("x" * 2641)] * 5, lambda _: True)


def test_readable_length_counts_what_people_read() -> None:
    assert readable_length([section("four"), {"type": "actions", "elements": [button("a_long_id", "Go")]}]) == 6
    assert readable_length([image("https://a.org/1.png")]) == len("thumbnail")


def test_missing_ids_are_filled_in_and_given_ones_kept() -> None:
    numbers = iter("123456789")
    blocks = with_ids(
        [section(block_id="mine", accessory=button("save")), {"type": "actions", "elements": [button("")]}],
        lambda: next(numbers),
    )
    found = [(block["block_id"], element["action_id"]) for block, element in elements(blocks)]
    assert found == [("mine", "save"), ("1", "2")]


VIEWS: list[tuple[str, Any, str, str]] = [
    ("home", None, "must provide an object", "/view"),
    ("home", {"type": "home", "blocks": [{"type": "poem"}]}, "unsupported type: poem", "/view/blocks/0/type"),
    ("home", {"type": "home", "blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed", "/view/blocks"),
    (
        "home",
        {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]},
        "unsupported type: markdown",
        "/view/blocks/0/type",
    ),
    ("modal", {"type": "modal", "blocks": []}, "missing required field: title", "/view"),
    (
        "modal",
        {"type": "modal", "blocks": [], "title": {"type": "plain_text", "text": "x" * 25}},
        "must be less than 25 characters",
        "/view/title/text",
    ),
    (
        "modal",
        {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Note"},
            "blocks": [
                {
                    "type": "input",
                    "label": {"type": "plain_text", "text": "Note"},
                    "element": {"type": "plain_text_input", "action_id": "note"},
                }
            ],
        },
        "missing required field: submit",
        "/view",
    ),
]


@pytest.mark.parametrize(("surface", "view", "words", "pointer"), VIEWS)
def test_views_have_limits_of_their_own(surface: Any, view: Any, words: str, pointer: str) -> None:
    with pytest.raises(RefusalError, match="invalid_arguments") as refused:
        check_view(view, surface, lambda _: True)
    assert refused.value.messages == (f"[ERROR] {words} [json-pointer:{pointer}]",)


def test_a_home_tab_holds_a_hundred_blocks() -> None:
    check_view({"type": "home", "blocks": [{"type": "divider"}] * 100}, "home", lambda _: True)


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["mrkdwn", "plain_text"])
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "elements", "options", "value", "url"]), inner, max_size=4)
    ),
    max_leaves=8,
)
parts = st.sampled_from(["text", "fields", "accessory", "elements", "alt_text", "image_url", "block_id", "rows"])
blockish = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(["section", "actions", "context", "header", "image", "rich_text", "table", "video", "poem"]),
    st.dictionaries(parts, anything, max_size=3),
)


@given(st.lists(blockish | anything, max_size=3) | anything)
def test_nothing_sent_breaks_the_check_and_it_agrees_with_the_plain_schema(blocks: Any) -> None:
    found = problems(blocks)
    assert all("[json-pointer:/blocks" in problem for problem in found)
    # Beyond the schema there are further limits, so only one direction always holds.
    assert PLAIN.is_valid(blocks) or found


@given(st.sampled_from([case[0] for case in REFUSED[:16]] + ACCEPTED))
def test_the_fast_way_through_the_schema_decides_like_the_plain_one(blocks: Any) -> None:
    assert (problems(blocks) == ()) == PLAIN.is_valid(blocks)


@st.composite
def altered(draw: st.DrawFn) -> Any:
    """Blocks that are accepted or refused, with something in them another value, left out or added."""
    blocks = json.loads(json.dumps(draw(st.sampled_from([case[0] for case in REFUSED] + ACCEPTED))))
    places = [place for place in _containers(blocks) if place]
    for place in draw(st.lists(st.sampled_from(places), max_size=2)) if places else ():
        match place:
            case dict():
                name = draw(st.sampled_from([*place, "confirm"]))
                place[name] = draw(anything)
                if draw(st.booleans()):
                    del place[name]
            case list():
                place[draw(st.integers(0, len(place) - 1))] = draw(anything)
    return blocks


def _containers(part: Any) -> Iterator[Any]:
    if isinstance(part, dict | list):
        yield part
        for each in part.values() if isinstance(part, dict) else part:
            yield from _containers(each)


@given(altered())
def test_what_is_accepted_at_first_sight_is_what_nothing_is_found_wrong_with(blocks: Any) -> None:
    validator, accepts = _CHECKS["message"]
    assert accepts(blocks) is validator.is_valid(blocks)


def test_a_keyword_that_acceptance_does_not_know_is_no_consent() -> None:
    with pytest.raises(KeyError, match="pattern"):
        Acceptance({}, lambda options, _: options).accepts({"pattern": "^a"}, "a")


def test_what_is_wrong_can_be_asked_without_being_refused() -> None:
    assert message_problems([section()]) == ()
    assert message_problems([section("")]) == (
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    )
    assert message_problems([section("a" * 2_900)] * 5) == ("msg_blocks_too_long",)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Note"}, "blocks": [section()]}
    assert view_problems(view, "modal") == ()
    (problem,) = view_problems({**view, "title": None}, "modal")
    assert problem.endswith("[json-pointer:/view/title]")
