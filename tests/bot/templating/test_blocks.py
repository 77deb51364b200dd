"""The vocabulary: what a template writes becomes blocks, and a stranger's words stay words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.templating.blocks import read_message, vocabulary, words
from bot.templating.catalogues import Catalogue
from bot.templating.environment import environment

WORDS = Catalogue("en", {"by": "{person} shares {paper} {count} times."})


def rendered(source: str, **values: object) -> tuple[str, tuple[dict[str, Any], ...]]:
    """What a template of `templates/slack/` would make of the values."""
    return read_message(environment().from_string(source).render(vocabulary(WORDS), **values))


def blocks(source: str, **values: object) -> list[dict[str, Any]]:
    return list(rendered("{% call fallback() %}.{% endcall %}" + source, **values)[1])


def plain(text: str, emoji: bool = False) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": emoji}


def test_a_line_holds_words_links_and_people() -> None:
    source = """
        {% call line() %}
          {{ person("U1") }}
          {{ words(" reads ", italic=true) }}
          {{ link("https://example.org", "<this>", bold=true) }}
          {{ words("") }}
        {% endcall %}
    """
    assert blocks(source) == [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "user", "user_id": "U1"},
                        {"type": "text", "text": " reads ", "style": {"italic": True}},
                        {"type": "link", "url": "https://example.org", "text": "<this>", "style": {"bold": True}},
                    ],
                }
            ],
        }
    ]


def test_a_sentence_of_the_catalogue_can_hold_elements() -> None:
    source = '{% call line() %}{{ phrase("by", person=person("U1"), paper="<b>", count=1000) }}{% endcall %}'
    assert blocks(source)[0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " shares <b> 1,000 times."},
    ]


def test_a_section_takes_what_its_body_holds_beside_it() -> None:
    assert blocks('{{ section("a & b") }}') == [{"type": "section", "text": plain("a & b")}]
    beside = blocks('{% call section("a") %}{{ image("https://e.org/a.png", "a") }}{% endcall %}')
    assert beside[0]["accessory"] == {"type": "image", "image_url": "https://e.org/a.png", "alt_text": "a"}


def test_actions_hold_buttons_and_menus() -> None:
    source = """
        {% call actions() %}
        {{ button("Save", "save_paper", value="1", style="primary") }}
        {{ button("PDF", "open_pdf", url="https://e.org", label="The PDF") }}
        {% call menu("paper_menu") %}{{ option("More", "more:1", url="https://e.org") }}{% endcall %}
        {% endcall %}
        {{ divider() }}
    """
    assert blocks(source) == [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "save_paper",
                    "text": plain("Save"),
                    "value": "1",
                    "style": "primary",
                },
                {
                    "type": "button",
                    "action_id": "open_pdf",
                    "text": plain("PDF"),
                    "url": "https://e.org",
                    "accessibility_label": "The PDF",
                },
                {
                    "type": "overflow",
                    "action_id": "paper_menu",
                    "options": [{"text": plain("More"), "value": "more:1", "url": "https://e.org"}],
                },
            ],
        },
        {"type": "divider"},
    ]


def test_lists_are_numbered_or_not() -> None:
    for name, style in (("ordered", "ordered"), ("bulleted", "bullet")):
        (block,) = blocks(
            "{% call "
            + name
            + "() %}{% for word in words_ %}{% call item() %}{{ words(word) }}{% endcall %}{% endfor %}"
            "{% endcall %}",
            words_=["a", "b"],
        )
        (items,) = block["elements"]
        assert (items["type"], items["style"], len(items["elements"])) == ("rich_text_list", style, 2)


@given(st.text())
def test_a_strangers_words_come_out_as_they_went_in(text: str) -> None:
    source = """
        {% call line() %}{{ link(text, text) }}{{ words(text ~ ".") }}{% endcall %}
        {{ quiet(text) }}
        {{ section(text) }}
    """
    line, quiet, section = blocks(source, text=text)
    url, words = line["elements"][0]["elements"]
    assert (url["url"], url["text"], words["text"]) == (text, text, f"{text}.")
    assert quiet == {"type": "context", "elements": [plain(text)]}
    assert section["text"] == plain(text)


@given(st.text(alphabet=st.sampled_from("<>&\"';#34amplt&#39; x")))
def test_the_top_level_text_decodes_to_what_was_meant(text: str) -> None:
    said, _ = rendered("{% call fallback() %}{{ text }}{% endcall %}", text=text)
    assert "<" not in said
    assert ">" not in said
    decoded = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert decoded == " ".join(text.split())


def test_words_outside_any_block_are_refused() -> None:
    with pytest.raises(json.JSONDecodeError):
        blocks("stray")


def test_elements_are_never_escaped_again() -> None:
    assert words("<").__html__() == words("<")
