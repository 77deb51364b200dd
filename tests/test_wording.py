"""How Paperboy speaks outside its catalogues: in the terminal and the log, in Slack's app directory, in `.env.example`,
on the page of `make play`, and in the demo. The rules are those of docs/contributing.md, "Hard rules".
"""

from __future__ import annotations

import ast
import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from bot.cli.main import command_line
from tests.outside import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PYTHON = [
    *sorted((ROOT / "bot" / "cli").glob("*.py")),
    *sorted((ROOT / "bot" / "play").glob("*.py")),
    *sorted((ROOT / "bot" / "demo").glob("*.py")),
    ROOT / "bot" / "settings.py",
    ROOT / "bot" / "slack" / "manifest.py",
    ROOT / "bot" / "rules" / "old_digests.py",
    ROOT / "bot" / "summaries" / "source_check" / "issue_texts.py",
    ROOT / "bot" / "web" / "server.py",
]
PAGE = sorted((ROOT / "templates" / "web").glob("*.jinja"))
SCRIPT = ROOT / "templates" / "web" / "static" / "play.js"

# Two words in a row; `save_paper` and `text/css` are none.
FOR_PEOPLE = re.compile(r"[A-Za-z]{2,}[,.:;]? [A-Za-z“(]")
NO_TEXT = re.compile(r"'self'|<svg|data-action=")
# Where literals are no texts: patterns, headers of answers, SQL and the log.
NOT_TOLD = {"compile", "fullmatch", "search", "sub", "debug", "info", "warning", "error", "exception"}


def in_python(path: Path) -> Iterator[str]:
    """Every text of a module, `{}` in the place of a value; docstrings and patterns are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told_to_nobody = {
        part for node in ast.walk(tree) if isinstance(node, ast.Call) and is_unseen(node) for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told_to_nobody.add(node.value)
        if isinstance(node, ast.JoinedStr):
            told_to_nobody.update(node.values)
    for node in ast.walk(tree):
        if node in told_to_nobody:
            continue
        text = literal(node)
        if text is not None and FOR_PEOPLE.search(text):
            yield " ".join(text.split())


def is_unseen(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in NOT_TOLD


def literal(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(literal(each) or "{}" for each in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{literal(left) or '{}'}{literal(right) or '{}'}"
        case _:
            return None


def in_logs() -> Iterator[str]:
    """What operators read in the log."""
    for path in (path for folder in ("bot", "handlers") for path in sorted((ROOT / folder).rglob("*.py"))):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "log." in source else ():
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log")), args=[told, *_]):
                    yield literal(told) or ""


def in_help(command: Any) -> Iterator[str]:
    """The help of a command, of its options, and of the commands below it."""
    yield " ".join((command.help or "").split())
    for parameter in command.params:
        yield getattr(parameter, "help", None) or ""
    for below in getattr(command, "commands", {}).values():
        yield from in_help(below)


def in_template(path: Path) -> Iterator[str]:
    """What a page shows, and what it says to those who hear it."""
    source = path.read_text(encoding="utf-8")
    for said in re.findall(r"(?:aria-label|title|placeholder|alt)=\"((?:\{\{.*?\}\}|[^\"])*)\"", source):
        yield plain(said)
    for inside in re.findall(r"\{\{.*?\}\}", source, re.DOTALL):
        yield from (each for each in re.findall(r"\"([^\"]*)\"", inside) if FOR_PEOPLE.search(each))
    bare = re.sub(
        r"</?(?:strong|em|code|b|i|span)[^>]*>|\{%.*?%\}", "", re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    )
    yield from (plain(each) for each in re.split(r"<[^>]*>", bare))


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"\{\{.*?\}\}", "{}", text, flags=re.DOTALL)).split())


def in_script() -> Iterator[str]:
    source = re.sub(r"/\*.*?\*/|//.*", "", SCRIPT.read_text(encoding="utf-8"), flags=re.DOTALL)
    yield from (text for text in re.findall(r"\"([^\"\n]*)\"", source) if FOR_PEOPLE.search(text))


def in_env_example() -> Iterator[str]:
    """Each comment as a paragraph, without the settings that are commented out."""
    paragraph: list[str] = []
    for line in [*(ROOT / ".env.example").read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("# ") and not re.match(r"# [A-Z_]+=|# ---", line):
            paragraph.append(line[2:])
        elif paragraph:
            yield " ".join(paragraph)
            paragraph = []


def in_makefile() -> Iterator[str]:
    yield from re.findall(r"^[a-z-]+:.*?## (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@cache
def every_text() -> dict[str, str]:
    """Each text, and where it stands."""
    told: dict[str, str] = {}
    sources: list[tuple[str, Iterator[str]]] = [
        *((str(path.relative_to(ROOT)), in_python(path)) for path in PYTHON),
        ("help", in_help(get_command(command_line()))),
        (".env.example", in_env_example()),
        ("Makefile", in_makefile()),
        ("log", in_logs()),
    ]
    for where, texts in sources:
        told |= {text: where for text in texts if text and not NO_TEXT.search(text)}
    return told


@pytest.mark.parametrize("path", PAGE, ids=lambda path: path.name)
def test_the_playground_has_every_word_from_the_catalogue_of_its_visitor(path: Path) -> None:
    told = [re.sub(r"Paperboy|/paper\b|arxiv\.org/abs", "", said) for said in in_template(path)]
    assert [said for said in told if re.search(r"[A-Za-z]{2}", said) and not NO_TEXT.search(said)] == []


def test_the_playground_s_script_says_nothing_of_its_own() -> None:
    assert [said for said in in_script() if said[0].isupper()] == []


BRITISH = re.compile(
    r"\b\w*(?:(?:summar|organ|recogn|initial|normal|capital|local|custom|apolog|author)is(?:e|ed|es|ing|ations?)"
    r"|colour|favour|behaviour|centre|licence|grey|labelled|cancelled|catalogue)\w*\b",
    re.IGNORECASE,
)
# What means something to us alone, or says what it means in a way of our own.
JARGON = re.compile(
    r"\b(?:gates?|outbox|editions?|settled|served|commission\w*|in doubt|held to|borne out|offen[cd]e\w*|anew|desks?"
    r"|refuse[sd]?|permissions? are|nobody knows|the day's papers|top-voted|most votes|votes|accounts? is closed"
    r"|by its mark|taken back|as Slack wants|the makers of|is to be)\b",
    re.IGNORECASE,
)
LONG_FORM = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|could|would|should|will) not\b|\bcan ?not\b", re.IGNORECASE
)
RULES: dict[str, Callable[[str], object]] = {
    "no please, no sorry": re.compile(r"\b(?:please|sorry)\b", re.IGNORECASE).search,
    "nobody speaks: no I, no we": re.compile(r"\bI\b(?!/)|\b(?:[Mm]e|[Mm]y|[Ww]e|us|[Oo]urs?)\b").search,
    "US spelling": BRITISH.search,
    "no semicolon: one idea a sentence": re.compile(r";(?! \{)").search,
    "an ellipsis is one sign, with no space before it": re.compile(r"\w …(?!\w)|\.\.\.(?!\])").search,
    "no words of our own": JARGON.search,
    "contractions": LONG_FORM.search,
    "select, not press or click": re.compile(r"\b(?:[Cc]lick|[Pp]ress(?! Ctrl))\b").search,
    "never only “invalid”": re.compile(r"\binvalid\b", re.IGNORECASE).search,
    "no (s)": re.compile(r"\w\(s\)").search,
    "IDs and URLs are written so": re.compile(r"(?<![{_\w\x22“])\b(?:ids?|url|arxiv|utc)\b(?![}_.])").search,
    "one idea a sentence, not much above 20 words": lambda text: longest_sentence(text) > MOST_WORDS,
}
MOST_WORDS = 28


def longest_sentence(text: str) -> int:
    return max(len(re.findall(r"[\w'{}/.]+", each)) for each in re.split(r"(?<=[.!?:])\s+(?=[A-Z“`])", text))


@pytest.mark.parametrize("rule", RULES)
def test_every_text_keeps_the_rule(rule: str) -> None:
    broken = [f"{where}: {text}" for text, where in every_text().items() if RULES[rule](text)]
    assert broken == []


IMPERATIVE = re.compile(
    r"(?:^|[.:,;(] |then |or |and |, )(?:[Uu]se|[Cc]opy|[Ss]ave|[Cc]heck|[Ss]et|[Ww]rite|[Rr]un|[Gg]ive|[Aa]dd"
    r"|[Ii]mport|[Tt]ry|[Ff]ix|[Cc]hoose|[Ff]ree|[Pp]ut|[Rr]eload|[Rr]emove|[Tt]ype|[Cc]orrect|[Mm]ake|[Mm]ove|[Ss]horten|[Dd]elete)\b"
)


def arguments_of(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


class TestEveryComplaintSaysWhatToDo:
    def test_in_settings(self) -> None:
        reasons = []
        tree = ast.parse((ROOT / "bot" / "settings.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="ValueError"), args=[reason]):
                    reasons.append(reason)
                case (
                    ast.keyword(arg="reason", value=reason) | ast.Assign(targets=[ast.Name(id="reason")], value=reason)
                ):
                    reasons.append(reason)
        texts = [
            text
            for reason in reasons
            for text in (
                [literal(part) for part in (reason.body, reason.orelse)]
                if isinstance(reason, ast.IfExp)
                else [literal(reason)]
            )
            if text
        ]
        assert len(texts) > 20
        assert [text for text in texts if not IMPERATIVE.search(text)] == []

    def test_in_what_a_command_prints_as_an_error(self) -> None:
        texts = [
            text
            for path in PYTHON
            for call in arguments_of(path, "print_error")
            if call.args and (text := literal(call.args[0]))
        ]
        assert texts
        assert [text for text in texts if not IMPERATIVE.search(text)] == []

    def test_in_what_doctor_finds(self) -> None:
        """A finding that is worth a look, or in the way, has a remedy."""
        without = [
            f"{path.name}: {ast.unparse(call)}"
            for path in PYTHON
            for call in arguments_of(path, "Finding")
            if ast.unparse(call.args[1]) in {"Verdict.BROKEN", "Verdict.NOTE"} and len(call.args) < 4
        ]
        assert without == []


def test_doctor_s_labels_begin_with_a_capital() -> None:
    labels = {
        label
        for path in PYTHON
        for name in ("Finding", "_finding", "_refused")
        for call in arguments_of(path, name)
        if (label := literal(call.args[0]))
    }
    assert labels
    assert sorted(label for label in labels if not label[0].isupper()) == ["arXiv"]


def test_help_is_sentences() -> None:
    assert [
        text for text in in_help(get_command(command_line())) if text and not re.match(r"(?:[A-Z]|arXiv).*[.]$", text)
    ] == []


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("no please, no sorry", "Please try again."),
        ("nobody speaks: no I, no we", "I have stopped trying."),
        ("nobody speaks: no I, no we", "Send it to us."),
        ("US spelling", "Summarise the papers."),
        ("no semicolon: one idea a sentence", "It is away; try again."),
        ("an ellipsis is one sign, with no space before it", "Saving …"),
        ("an ellipsis is one sign, with no space before it", "Saving..."),
        ("no words of our own", "Slack refused it."),
        ("contractions", "It is not set."),
        ("select, not press or click", "Press the button."),
        ("never only “invalid”", "The value is invalid."),
        ("no (s)", "paper(s)"),
        ("IDs and URLs are written so", "Give the id of a channel."),
        ("one idea a sentence, not much above 20 words", " ".join(["word"] * 40)),
    ],
)
def test_each_rule_finds_what_breaks_it(rule: str, broken: str) -> None:
    assert RULES[rule](broken)
