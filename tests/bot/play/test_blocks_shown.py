"""Every kind of block Slack's types know is drawn; any other is shown as what it is."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.play.rendering import Viewer, vocabulary
from bot.slack_emulator import message_problems, view_problems
from bot.templating.environment import environment

Json = dict[str, Any]

ANA = Viewer("U1", ZoneInfo("Asia/Seoul"), {"U1": "Ana"}, {"C1": "papers"})
MARK = "as Slack shows it"
WORDS = {"type": "plain_text", "text": MARK}
MRKDWN = {"type": "mrkdwn", "text": MARK}
PICTURE = {"type": "image", "image_url": "https://a.org/b.png", "alt_text": MARK}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": MARK}]}]}
BUTTON = {"type": "button", "action_id": "press", "text": WORDS, "value": "1"}
BIN = {"type": "icon_button", "icon": "trash", "text": WORDS, "action_id": "bin"}
CELL = {"type": "raw_text", "text": "b"}
SECTION = {"type": "section", "text": MRKDWN}
TASK = {"type": "task_card", "task_id": "1", "title": MARK, "status": "complete", "details": RICH}
OPTIONS = [{"text": WORDS, "value": "a"}, {"text": WORDS, "value": "b"}]

BLOCKS: list[Json] = [
    {"type": "actions", "elements": [BUTTON]},
    {"type": "card", "title": MRKDWN, "body": MRKDWN, "hero_image": PICTURE, "actions": [BUTTON]},
    {"type": "carousel", "elements": [{"type": "card", "title": MRKDWN}]},
    {"type": "container", "title": WORDS, "child_blocks": [SECTION], "is_collapsible": True},
    {"type": "context", "elements": [MRKDWN, PICTURE]},
    {"type": "context_actions", "elements": [BIN]},
    {"type": "data_table", "caption": MARK, "rows": [[CELL], [CELL]]},
    {"type": "divider"},
    {"type": "header", "text": WORDS},
    {"type": "image", "image_url": "https://a.org/b.png", "alt_text": "b", "title": WORDS},
    {"type": "input", "label": WORDS, "element": {"type": "plain_text_input", "action_id": "say"}},
    {"type": "markdown", "text": f"# {MARK}\n\n- **one**"},
    RICH,
    {"type": "section", "text": MRKDWN, "fields": [MRKDWN], "accessory": PICTURE},
    {"type": "table", "rows": [[RICH, CELL]]},
    TASK,
    {"type": "plan", "title": MARK, "tasks": [TASK]},
    {
        "type": "video", "alt_text": "b", "title": WORDS, "thumbnail_url": "https://a.org/b.png",
        "video_url": "https://a.org/v",
    },
]  # fmt: skip
NOT_IN_MESSAGES: list[Json] = [
    {"type": "alert", "level": "warning", "text": MRKDWN},
    {"type": "file", "external_id": "F1", "source": "remote"},
]
ELEMENTS: list[Json] = [
    {"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[0], "placeholder": WORDS},
    {"type": "static_select", "option_groups": [{"label": WORDS, "options": OPTIONS}], "placeholder": WORDS},
    {"type": "multi_static_select", "options": OPTIONS, "initial_options": OPTIONS, "placeholder": WORDS},
    {"type": "external_select", "placeholder": WORDS},
    {"type": "multi_external_select", "placeholder": WORDS},
    {"type": "users_select", "initial_user": "U1"},
    {"type": "multi_users_select", "initial_users": ["U1"]},
    {"type": "channels_select", "initial_channel": "C1"},
    {"type": "multi_channels_select"},
    {"type": "conversations_select"},
    {"type": "multi_conversations_select"},
    {"type": "checkboxes", "options": OPTIONS, "initial_options": OPTIONS[:1]},
    {"type": "radio_buttons", "options": OPTIONS, "initial_option": OPTIONS[1]},
    {"type": "datepicker", "initial_date": "2024-07-31"},
    {"type": "timepicker", "initial_time": "09:10"},
    {"type": "datetimepicker", "initial_date_time": 1722384600},
    {"type": "plain_text_input", "initial_value": MARK, "multiline": True, "max_length": 40},
    {"type": "email_text_input", "placeholder": WORDS},
    {"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "5", "initial_value": "3"},
    {"type": "url_text_input"},
    {"type": "rich_text_input"},
    {"type": "file_input"},
]  # fmt: skip


def drawn(*blocks: Json) -> str:
    template = environment().from_string('{% from "web/_blocks.jinja" import blocks with context %}{{ blocks(them) }}')
    return template.render(them=blocks, **vocabulary(ANA))


def test_the_samples_are_all_there_is() -> None:
    schema = json.loads(files("bot.slack_emulator").joinpath("blocks.schema.json").read_text("utf-8"))["definitions"]
    names = [each["$ref"].rpartition("/")[2] for each in schema["KnownBlock"]["anyOf"]]
    options = [option for name in names for option in (schema[name], *schema[name].get("anyOf", []))]
    kinds = {option["properties"]["type"]["const"] for option in options if "properties" in option}
    assert {each["type"] for each in (*BLOCKS, *NOT_IN_MESSAGES)} == kinds


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["type"])
def test_every_kind_a_message_may_hold_is_drawn(block: Json) -> None:
    assert message_problems([block]) == ()
    html = drawn(block)
    assert 'class="unknown"' not in html
    assert MARK in html or block["type"] == "divider"


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element["type"])
def test_every_kind_of_input_is_drawn_with_its_label(element: Json) -> None:
    block = {"type": "input", "label": WORDS, "element": {"action_id": "say", **element}}
    assert view_problems({"type": "modal", "title": WORDS, "submit": WORDS, "blocks": [block]}, "modal") == ()
    html = drawn(block)
    assert f'aria-label="{MARK}"' in html or element["type"] == "file_input"
    assert "Slack's <code>" not in html


def test_what_a_container_folds_up_opens_with_the_keyboard_and_a_finger() -> None:
    folded = {"type": "container", "title": WORDS, "child_blocks": [SECTION], "is_collapsible": True}
    closed, opened = drawn({**folded, "default_collapsed": True}), drawn(folded)
    assert "<summary>" in closed
    assert '<details class="card">' in closed
    assert '<details class="card" open>' in opened


def test_feedback_is_a_group_of_two_named_buttons_that_tell_apart_what_was_pressed() -> None:
    sides = {side: {"text": WORDS, "value": side} for side in ("positive_button", "negative_button")}
    block = {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "say", **sides}]}
    assert message_problems([block]) == ()
    html = drawn(block)
    assert html.count('<button type="button"') == html.count(f'aria-label="{MARK}"') == 2
    assert 'role="group"' in html
    assert all(f'data-value="{side}"' in html for side in sides)


def test_feedback_that_is_a_thumb_in_words_too_is_one_thumb() -> None:
    thumbs = (("positive_button", "👍"), ("negative_button", "👎"))
    sides = {
        side: {"text": {"type": "plain_text", "text": sign}, "value": side, "accessibility_label": MARK}
        for side, sign in thumbs
    }
    html = drawn({"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "say", **sides}]})
    assert [html.count(sign) for _, sign in thumbs] == [1, 1]
    assert html.count(f'aria-label="{MARK}"') == 2


def test_an_alert_is_drawn() -> None:
    assert MARK in drawn(NOT_IN_MESSAGES[0])


def test_what_slack_adds_tomorrow_is_shown_as_it_is() -> None:
    html = drawn({"type": "hologram", "text": "<b>&</b>"}, {"type": "actions", "elements": [{"type": "lever"}]})
    assert "hologram" in html
    assert "lever" in html
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in html


def test_pictures_are_drawn_here_and_never_fetched() -> None:
    html = drawn(*BLOCKS)
    assert "a.org/b.png" not in html
    assert 'src="/thumbnails/' in html


def test_nothing_of_a_text_becomes_markup() -> None:
    hostile = '"><script>alert(1)</script>'

    def spoilt(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: spoilt(value) for name, value in part.items()}
        if isinstance(part, list):
            return [spoilt(each) for each in part]
        return hostile if part == MARK else part

    inputs = [{"type": "input", "label": WORDS, "element": {"action_id": "say", **element}} for element in ELEMENTS]
    assert "<script" not in drawn(*(spoilt(block) for block in (*BLOCKS, *NOT_IN_MESSAGES, *inputs)))
