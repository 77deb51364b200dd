"""Where templates are found, and what is escaped in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.templating.catalogues import TEMPLATES, catalogue
from bot.templating.environment import environment, render_export, render_message


def test_templates_lie_beside_the_package_wherever_it_is_installed() -> None:
    assert Path(str(environment().get_template("slack/paper_card.jinja").filename)).is_relative_to(TEMPLATES)


def test_every_template_compiles() -> None:
    for path in sorted(TEMPLATES.rglob("*.jinja")):
        environment().get_template(str(path.relative_to(TEMPLATES)))


def test_a_value_nobody_gave_is_missed_at_once() -> None:
    with pytest.raises(UndefinedError, match="sentence"):
        render_message("day_note", "en")


def test_every_message_is_told_in_the_language_asked_for() -> None:
    text, blocks = render_message("failure", "ko", sentence="<&>", reference="a1")
    assert text == f"&lt;&amp;&gt; {catalogue('ko').t('failure.reference', reference='a1')}"
    assert blocks[-1]["elements"][0]["text"] == catalogue("ko").t("failure.reference", reference="a1")


def test_languages_do_not_leak_into_each_other() -> None:
    before = render_message("failure", "en", sentence="a", reference="a1")
    render_message("failure", "ko", sentence="a", reference="a1")
    assert render_message("failure", "en", sentence="a", reference="a1") == before


def test_exports_are_not_escaped() -> None:
    assert "A & B" in render_export("digest.md", day="A & B", entries=[])
