"""The only use of Jinja: where templates are, and how their output is escaped."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.templating.blocks import read_message, read_view, vocabulary
from bot.templating.catalogues import TEMPLATES, catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.templating.blocks import Block

_ESCAPED_FOLDERS = ("slack/", "web/")


@cache
def environment() -> Environment:
    """The templates of `templates/`: Slack and web templates are escaped, prompts and exports are not.

    A value a template names and nobody gave raises `jinja2.UndefinedError`.
    """
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.autoescape = _is_escaped
    return jinja


def render_message(name: str, language: str, **values: object) -> tuple[str, tuple[Block, ...]]:
    """The top-level text and the blocks of one Slack message, from `templates/slack/{name}.jinja`."""
    template = environment().get_template(f"slack/{name}.jinja")
    return read_message(template.render(_words_of(language), **values))


def render_view(name: str, language: str, **values: object) -> Block:
    """A view of the kind the template says, from `templates/slack/{name}.jinja`."""
    template = environment().get_template(f"slack/{name}.jinja")
    return read_view(template.render(_words_of(language), **values))


def render_export(name: str, **values: object) -> str:
    """A document for other programs, from `templates/exports/{name}.jinja`; nothing in it is escaped."""
    return environment().get_template(f"exports/{name}.jinja").render(values)


def render_page(name: str, **values: object) -> str:
    """A web page, or a part of one, from `templates/web/{name}.jinja`."""
    return environment().get_template(f"web/{name}.jinja").render(values)


def render_prompt(name: str, **values: object) -> str:
    """The prompt for a language model from `templates/prompts/{name}.jinja`; nothing in it is escaped."""
    return environment().get_template(f"prompts/{name}.jinja").render(values)


def _is_escaped(template: str | None) -> bool:
    return template is None or template.startswith(_ESCAPED_FOLDERS)


@lru_cache(maxsize=64)
def _words_of(language: str) -> Mapping[str, object]:
    return vocabulary(catalogue(language))
