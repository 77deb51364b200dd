"""Every visible word stands in a catalogue, every catalogue says the same things, and nothing in them lies idle."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from jinja2 import nodes

import bot.errors
from bot.errors import PaperboyError
from bot.messages.answers import format_error
from bot.templating.catalogues import Catalogue, catalogue, languages
from bot.templating.environment import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = Path(__file__).parents[2]
ENGLISH = catalogue("en")
OTHERS = pytest.mark.parametrize("language", [language for language in languages() if language != "en"])

TEMPLATES_SHOWN = sorted((REPO / "templates/slack").glob("*.jinja"))
PYTHON_SHOWN = sorted(
    [
        *({*(REPO / "bot/messages").glob("*.py")} - {REPO / "bot/messages/samples.py"}),
        *(REPO / "bot/templating").glob("*.py"),
        *(REPO / "handlers").rglob("*.py"),
    ]
)

LETTER = re.compile(r"[^\W\d_]")
# Words for people: two in a row, one with a capital, or anything in Hangul. `save_paper` and `plain_text` are none.
FOR_PEOPLE = re.compile(r"[A-Za-z]{2,}[,.:;]? [A-Za-z]|\b[A-Z][a-z]+\b|[A-Za-z]{2,}[.!?…](\s|$)|[가-힣]")
# Where a template's words name things for programs: the position of a key or an action's id among the arguments.
NAMES_AT = {"t": 0, "listed": 0, "phrase": 0, "button": 1, "picker": 1, "menu": 0, "option": 1, "field": 1}
# Choices are pairs of a value and its words.
CHOICES = {"radio", "choice", "checkboxes"}
NAMED_BY = {"name", "value", "url", "style", "type"}


class TestEveryLanguage:
    @OTHERS
    def test_has_the_same_keys_as_english(self, language: str) -> None:
        assert set(catalogue(language).entries) == set(ENGLISH.entries)

    @OTHERS
    def test_asks_for_the_same_values_as_english(self, language: str) -> None:
        other = catalogue(language)
        assert {key: names(other, key) for key in other.entries} == {
            key: names(ENGLISH, key) for key in ENGLISH.entries
        }

    @pytest.mark.parametrize("language", languages())
    def test_has_no_empty_words(self, language: str) -> None:
        entries = catalogue(language).entries
        assert [key for key, entry in entries.items() if not entry or not all(forms(entry))] == []

    @pytest.mark.parametrize("language", languages())
    def test_names_the_calendar(self, language: str) -> None:
        words = catalogue(language)
        counts = [len(words.listed(f"dates.{name}")) for name in ("months", "months_short", "weekdays")]
        assert counts == [12, 12, 7]

    @pytest.mark.parametrize("language", languages())
    def test_keeps_buttons_and_menus_short_enough_to_be_read(self, language: str) -> None:
        words = catalogue(language)
        labels = [key for key in words.entries if key.startswith("button.")] + ["card.show_details", "card.discussion"]
        assert [key for key in labels if len(words.t(key)) > 30] == []


def test_nothing_in_the_catalogue_lies_idle() -> None:
    page = (REPO / "templates/web").glob("*.jinja")
    read = "\n".join(
        path.read_text() for path in [*TEMPLATES_SHOWN, *page, *(REPO / "bot").rglob("*.py"), *PYTHON_SHOWN]
    )
    named = set(re.findall(r"[a-z_]+\.[a-z_]*", read))
    families = {name for name in named if name.endswith(".")}
    assert [
        key for key in ENGLISH.entries if key not in named and not any(key.startswith(family) for family in families)
    ] == []


class TestErrors:
    @pytest.mark.parametrize("language", languages())
    def test_each_has_a_sentence_of_its_own(self, language: str) -> None:
        keys = [error.key for error in every_error()]
        assert len(keys) == len(set(keys))
        sentences = [format_error(error(), language) for error in every_error()]
        assert len(sentences) == len(set(sentences))

    def test_each_sentence_asks_only_for_what_the_error_carries(self) -> None:
        for error in every_error():
            carried = set(re.findall(r"`(\w+)`", " ".join(kind.__doc__ or "" for kind in error.__mro__[:-3])))
            assert ENGLISH.names(error.key) <= carried, error

    def test_no_sentence_is_without_its_error(self) -> None:
        told = {key for key in ENGLISH.entries if key.startswith("error.")}
        assert told == {error.key for error in every_error()}


class TestNoVisibleWordStandsOutsideTheCatalogues:
    def test_in_templates(self) -> None:
        assert [(path, stray) for path in TEMPLATES_SHOWN for stray in stray_in_template(path.read_text())] == []

    def test_in_python(self) -> None:
        assert [(path, stray) for path in PYTHON_SHOWN for stray in stray_in_python(path.read_text())] == []

    @pytest.mark.parametrize(
        "template",
        [
            "Saved",
            "{% call line() %}저장{% endcall %}",
            '{{ words("saved") }}',
            '{{ words(title ~ " votes") }}',
            '{{ button("save", "save_paper", value=id) }}',
            '{{ button(t("button.save"), "save_paper", label="save it") }}',
            '{{ t("button.nonsense") }}',
            '{{ words("many" if count else t("button.save")) }}',
        ],
    )
    def test_and_a_template_with_one_is_found_out(self, template: str) -> None:
        assert list(stray_in_template(template)) != []

    @pytest.mark.parametrize(
        "source",
        [
            'respond("Saved.")',
            'respond(text="saved")',
            'say(f"saved {title}")',
            'ack("ok")',
            'title = "저장"',
            'answer = f"{count} papers were found"',
            'words = {"save": "Save"}',
            'def say():\n    """Say."""\n    return "Not found"',
            'log.info("saved", text="Saved.")\nbutton("Save")',
        ],
    )
    def test_and_a_module_with_one_is_found_out(self, source: str) -> None:
        assert list(stray_in_python(source)) != []

    @pytest.mark.parametrize(
        "source",
        [
            '"""About this module."""',
            'log.warning("the reaction came late", channel=channel)',
            '@app.action("save_paper")\ndef save(paper: "A Paper") -> None: ...',
            'raise ValueError("no block in sight")',
            'answer["response_type"] = "ephemeral"',
            'messages.sentence(error, "en")',
        ],
    )
    def test_and_words_for_programs_are_left_alone(self, source: str) -> None:
        assert list(stray_in_python(source)) == []


def stray_in_template(source: str) -> Iterator[str]:
    """The visible words of a template that come from no catalogue."""
    tree = environment().parse(source)
    for data in tree.find_all(nodes.TemplateData):
        if LETTER.search(data.data):
            yield data.data.strip()
    named = {id(const) for call in tree.find_all(nodes.Call) for const in _names_in(call)}
    for kind in (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends):
        named |= {id(const) for node in tree.find_all(kind) for const in node.find_all(nodes.Const)}
    for const in tree.find_all(nodes.Const):
        text = const.value
        if isinstance(text, str) and LETTER.search(text) and id(const) not in named and not _is_known(text):
            yield text


def _names_in(call: nodes.Call) -> Iterator[nodes.Const]:
    function = call.node.name if isinstance(call.node, nodes.Name) else ""
    arguments = [keyword.value for keyword in call.kwargs if keyword.key in NAMED_BY]
    position = NAMES_AT.get(function)
    # A key must be in the catalogue, which is looked up where every other word is.
    if position and len(call.args) > position:
        arguments.append(call.args[position])
    if function in CHOICES:
        arguments += [*(pair.items[0] for pair in call.find_all(nodes.Tuple)), *call.args[1:]]
    if function in {"menu", "time_picker"}:
        arguments.extend(call.args[:1])
    for argument in arguments:
        yield from [argument] if isinstance(argument, nodes.Const) else argument.find_all(nodes.Const)


def _is_known(text: str) -> bool:
    is_family = text.endswith(".") and any(key.startswith(text) for key in ENGLISH.entries)
    return text in ENGLISH.entries or is_family or text.startswith("/paper ")


def stray_in_python(source: str) -> Iterator[str]:
    """The words for people in a module that come from no catalogue."""
    tree = ast.parse(source)
    allowed = {id(part) for node in ast.walk(tree) for part in _for_programs(node)}
    said = {id(part) for node in ast.walk(tree) for part in _said(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in allowed:
            visible = LETTER.search(node.value) if id(node) in said else FOR_PEOPLE.search(node.value)
            if visible and not _is_known(node.value):
                yield node.value


def _for_programs(node: ast.AST) -> Iterator[ast.AST]:
    """What in a node no person reads: docstrings, annotations, log lines, errors of our own making."""
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.arg(annotation=ast.AST() as annotation) | ast.AnnAssign(annotation=annotation):
            yield from ast.walk(annotation)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))) | ast.Raise():
            yield from ast.walk(node)


def _said(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"ack", "respond", "say"}:
        for argument in node.args:
            yield from ast.walk(argument)
    if isinstance(node, ast.keyword) and node.arg == "text":
        yield from ast.walk(node.value)


def forms(entry: str | dict[str, str] | list[str]) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    return list(entry.values()) if isinstance(entry, dict) else entry


def names(words: Catalogue, key: str) -> set[str]:
    """The values of an entry's general form; `1 vote` need not ask for the count."""
    entry = words.entries[key]
    general = [entry["other"]] if isinstance(entry, dict) else forms(entry)
    return {name for form in general for _, name, _, _ in Formatter().parse(form) if name}


@cache
def every_error() -> tuple[type[PaperboyError], ...]:
    kinds = [kind for kind in vars(bot.errors).values() if isinstance(kind, type)]
    return tuple(kind for kind in kinds if issubclass(kind, PaperboyError))
