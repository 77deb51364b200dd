"""Views of any kind from templates: what a template says it is, Slack takes for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from bot.templating import environment as templates
from bot.templating.blocks import read_view, vocabulary
from bot.templating.catalogues import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.templating.blocks import Block

SCHEMAS = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
BODY = """
{% call section(title) %}
{{ button("Open", "open_list", value="1") }}
{% endcall %}
{% call actions() %}
{{ button("Settings", "channel_change", value=channel) }}
{% endcall %}
{{ divider() }}
{{ quiet(t("modal.close")) }}
"""


@pytest.fixture
def render(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Block]]:
    """Renders a template that stands in a folder of its own."""
    (tmp_path / "slack").mkdir()
    monkeypatch.setattr(templates, "TEMPLATES", tmp_path)
    templates.environment.cache_clear()

    def rendered(source: str) -> Block:
        (tmp_path / "slack/place.jinja").write_text(source, encoding="utf-8")
        return templates.render_view("place", "en", title="*A* & <!channel>", channel="C1")

    yield rendered
    templates.environment.cache_clear()


def faults(view: Block) -> list[str]:
    if SCHEMAS is None:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's views.schema.json")
    schema: Any = json.loads((Path(SCHEMAS) / "views.schema.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft7Validator(schema).iter_errors(view)]


def test_a_home_tab_is_a_template_like_any_other(render: Callable[[str], Block]) -> None:
    home = render('{{ view(type="home") }}' + BODY)
    assert home.keys() == {"type", "blocks"}
    assert home["type"] == "home"
    assert [block["type"] for block in home["blocks"]] == ["section", "actions", "divider", "context"]
    assert home["blocks"][0]["text"] == {"type": "plain_text", "text": "*A* & <!channel>", "emoji": False}
    assert faults(home) == []


def test_a_modal_has_a_title_and_what_buttons_it_names(render: Callable[[str], Block]) -> None:
    modal = render('{{ view("Papers", close="Close") }}' + BODY)
    assert modal.keys() == {"type", "title", "close", "blocks"}
    assert modal["type"] == "modal"
    assert faults(modal) == []


def test_the_schema_tells_a_home_tab_from_a_modal(render: Callable[[str], Block]) -> None:
    home = render('{{ view(type="home") }}' + BODY)
    assert faults({**home, "type": "modal"})


@pytest.mark.parametrize(
    "source", ["view()", 'view(type="modal")', 'view("Papers", type="home")', 'view(submit="Save")']
)
def test_what_slack_knows_no_view_of_is_told_at_once(source: str) -> None:
    with pytest.raises(ValueError, match="a view of type"):
        rendered(f"{{{{ {source} }}}}")


@pytest.mark.parametrize("source", ["{{ divider() }}", '{{ view("A") }}{{ view("B") }}'])
def test_a_template_says_once_what_view_it_is(source: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        rendered(source)


def rendered(source: str) -> Block:
    words = vocabulary(Catalogue("en", {}))
    return read_view(templates.environment().from_string(source).render(words))
