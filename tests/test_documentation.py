"""What README.md and docs/ say is so: tables, commands, links, names, labels, and the words they are written in."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import date, timedelta
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from bot.rules.feeds import HUGGING_FACE
from bot.rules.rate_limits import POSTS_A_MINUTE
from bot.rules.reports import MOST_REPORTS_A_DAY
from bot.rules.summary_retries import MOST_FAILURES
from bot.schedule.preparation import PREPARED_AHEAD
from bot.settings import Settings
from bot.shutdown import FORCED_EXIT_SECONDS
from bot.slack.sender import MOST_SENT_UNSEEN
from bot.summaries.token_limits import USUAL_OUTPUT
from bot.templating.catalogues import catalogue
from tests.documentation import (
    BLOCKS,
    CHANGELOG,
    DOCUMENTS,
    README,
    ROOT,
    anchors,
    blocks_named,
    code,
    commands,
    explained_settings,
    generated,
    links,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES_OF_README = 9_000
PRIVACY = ROOT / "docs" / "privacy.md"
NUMBERS = {3: "three", 5: "five"}
EACH_DOCUMENT = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


EVERYTHING = "\n".join(text_of(path) for path in DOCUMENTS)


# What is generated ----------------------------------------------------------------------------------------------------


def test_each_generated_block_stands_somewhere_once() -> None:
    assert sorted(name for path in DOCUMENTS for name in blocks_named(text_of(path))) == sorted(BLOCKS)


def test_a_block_out_of_date_is_noticed() -> None:
    text = "before\n<!-- generated: make -->\nan older table\n<!-- /generated -->\nafter\n"
    now = generated(text)
    assert now != text
    assert "`make docs`" in now
    assert generated(now) == now
    assert now.startswith("before\n")
    assert now.endswith("\nafter\n")


def test_every_setting_of_the_example_is_explained() -> None:
    explained = [setting for section in explained_settings() for setting in section.settings.items()]
    assert explained
    assert all(len(meaning.split()) > 1 for _, meaning in explained)


# Where things lead ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*DOCUMENTS, CHANGELOG], ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = [link for link in links(text_of(path)) if not leads_somewhere(path, link)]
    assert not broken


def leads_somewhere(path: Path, link: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", link):
        return link.startswith("https://")
    file, _, anchor = link.partition("#")
    target = (path.parent / unquote(file)).resolve() if file else path
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(text_of(target)))


@pytest.mark.parametrize(
    "link", ["docs/nowhere.md", "docs/install.md#nowhere", "#nowhere", "../etc/passwd", "http://a.b"]
)
def test_a_link_to_nowhere_is_noticed(link: str) -> None:
    assert not leads_somewhere(README, link)


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    assert {f"docs/{path.name}" for path in DOCUMENTS if path != README} <= links(text_of(README))


def test_headings_have_the_anchors_github_gives_them() -> None:
    found = anchors("# A `code` heading\n\n## What's new?\n\n## Twice\n\n## Twice\n\n```sh\n# a comment\n```\n")
    assert found == {"a-code-heading", "whats-new", "twice", "twice-1"}


# What can be typed ----------------------------------------------------------------------------------------------------


def test_every_command_is_named_and_no_other() -> None:
    named = set(re.findall(r"`paperboy ([a-z][a-z-]*)", EVERYTHING))
    assert named == set(commands())
    assert set(re.findall(r"`paperboy ([a-z][a-z-]*)", text_of(README))) == set(commands())


def typed(text: str) -> Iterator[list[str]]:
    """The `paperboy` command lines in a document, as words."""
    for line in code(text):
        said = line.partition("   #")[0].partition("  #")[0].replace("…", "").replace("$(date +%F)", "today").strip()
        words = shlex.split(said) if re.match(r"(?:\S*[/\\])?(?:paperboy|python3? -m bot)(?= |$)", said) else []
        if words:
            yield words[3:] if words[1:3] == ["-m", "bot"] else words[1:]


def is_understood(words: list[str]) -> bool:
    """Whether a command exists and has the options named."""
    if not words or words[0] in {"--version", "--help", "-h", "--install-completion"}:
        return True
    command: Any = commands().get(words[0])
    if command is None:
        return False
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}
    return {word.partition("=")[0] for word in words[1:] if word.startswith("-") and word != "-"} <= known


@EACH_DOCUMENT
def test_every_command_line_is_understood(path: Path) -> None:
    assert [words for words in typed(text_of(path)) if not is_understood(words)] == []


def test_command_lines_are_found_and_doubted() -> None:
    lines = "```sh\n.venv/bin/paperboy post --channel C --nope   # a comment\npaperboy fly\n```\n\n`paperboy run`\n"
    assert [is_understood(words) for words in typed(lines)] == [False, False, True]
    assert any(True for path in DOCUMENTS for _ in typed(text_of(path)))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)(?=`|   )", EVERYTHING))))
def test_every_make_target_named_exists(target: str) -> None:
    assert re.search(rf"^{target}:", text_of(ROOT / "Makefile"), re.MULTILINE)


def test_every_file_of_the_project_named_exists() -> None:
    ours = r"(?<![\w/])(?:bot|handlers|templates|tests|docs|\.ci)/[\w./-]*\w"
    named = set(re.findall(ours, EVERYTHING.replace("\\", "/")))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_environment_variable_named_exists() -> None:
    """Ours, by their prefixes: those of the settings, and those that only tests read."""
    ours = {name for section in explained_settings() for name in section.settings}
    for_tests = {"PAPERBOY_RECORDED_DATA", "PAPERBOY_SLACK_SCHEMAS"}
    named = set(re.findall(r"\b(?:PAPERBOY|LLM|SLACK|ARXIV|LOG|DATABASE|HF)_[A-Z_]*[A-Z]\b", EVERYTHING))
    assert named - for_tests <= ours


# The README -----------------------------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert README.stat().st_size <= MOST_BYTES_OF_README


def test_the_readme_says_what_it_is_how_to_try_it_and_how_to_install_it_in_that_order() -> None:
    headings = re.findall(r"^## (.*)$", text_of(README), re.MULTILINE)
    assert headings[:2] == ["Try it", "Install in Slack"]
    to_try = text_of(README).partition("## Try it")[2].partition("## ")[0]
    assert re.findall(r"^(git clone|make play|make demo|make test)\b", to_try, re.MULTILINE) == [
        *("git clone", "make play", "make demo", "make test")
    ]
    steps = text_of(README).partition("## Install in Slack")[2].partition("## ")[0]
    assert re.findall(r"^(\d)\. ", steps, re.MULTILINE) == ["1", "2", "3", "4", "5"]


# What the program calls things ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "key"),
    [
        *(("README.md", f"button.{name}") for name in ("save", "share")),
        ("README.md", "button_channel.use_defaults"),
        *(("docs/install.md", f"button_channel.{name}") for name in ("use_defaults", "set_up")),
        *(("docs/settings.md", f"button_channel.{name}") for name in ("pause", "skip", "unskip", "undo", "change")),
        *(("docs/settings.md", f"modal.{name}") for name in ("save_and_continue", "save_and_start")),
        *(("docs/usage.md", f"card.{name}") for name in ("show_details", "discussion", "in_this_language", "wrong")),
        *(("docs/usage.md", f"button.{name}") for name in ("save", "share")),
        ("docs/summaries.md", "card.wrong"),
        ("docs/privacy.md", "button.remove"),
    ],
)
def test_buttons_are_called_what_they_say(path: str, key: str) -> None:
    assert f"**{catalogue('en').t(key)}**" in text_of(ROOT / path)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", ["save", "remove", "share", "list", "settings", "language", "help"])
def test_words_after_the_command_are_those_it_understands(language: str, key: str) -> None:
    understood = catalogue(language).listed(f"command.{key}")
    told = set(re.findall(r"[^\W\d_]+", " ".join(code(text_of(ROOT / "docs" / "usage.md")))))
    assert told.intersection(understood)


# Keywords, and what the form and the list of changes have besides settings.
TOLD_IN_OTHER_WORDS = {f"setting.{name}" for name in ("include_words", "exclude_words", "state", "skip_next")}


def test_every_setting_of_a_channel_is_told() -> None:
    """Each label of the form, word for word but for its case and how it is joined with others."""
    told = " ".join(re.findall(r"[a-z]+", text_of(ROOT / "docs" / "settings.md").lower()))
    labels = [key for key in catalogue("en").entries if key.startswith("setting.")]
    assert labels
    for key in set(labels) - TOLD_IN_OTHER_WORDS:
        assert catalogue("en").t(key).lower() in told, key


# Figures --------------------------------------------------------------------------------------------------------------

FIGURES = {
    "docs/settings.md": [
        f"{minutes(PREPARED_AHEAD)} minutes ahead",
        f"until {HUGGING_FACE.settled_at(date(2024, 7, 31)):%H:%M} UTC",
        f"`PAPERBOY_RETENTION_DAYS` ({Settings().paperboy_retention_days} by default)",
        f"{Settings().paperboy_time:%H:%M} unless you choose another",
    ],
    "docs/summaries.md": [
        f"A person can report {MOST_REPORTS_A_DAY} summaries a day",
        f"tried {NUMBERS[MOST_FAILURES]} times",
        f"{USUAL_OUTPUT:,}, and ",
    ],
    "docs/architecture.md": [
        f"{NUMBERS[MOST_SENT_UNSEEN]} times at most",
        f"{POSTS_A_MINUTE} messages per minute",
    ],
    "docs/operations.md": [f"within {ceil(FORCED_EXIT_SECONDS)} seconds"],
}


@pytest.mark.parametrize(("path", "said"), [(path, each) for path, said in FIGURES.items() for each in said])
def test_figures_are_those_of_the_program(path: str, said: str) -> None:
    assert said in " ".join(text_of(ROOT / path).split())


def test_the_benchmarks_told_are_those_measured() -> None:
    """The targets, row by row; what came of them is of one run on one machine."""
    measured = re.findall(r"\"([≤≥] [^\"]+)\"", text_of(ROOT / "tests" / "bench" / "__main__.py"))
    told = [cells[5] for cells in rows(ROOT / "docs" / "benchmarks.md", "How fast it is")]
    assert told == measured


def test_a_missed_target_is_marked_as_one() -> None:
    for cells in rows(ROOT / "docs" / "benchmarks.md", "How fast it is"):
        way, bar = cells[5].split()[0], figure(cells[5])
        reached = figure(cells[4]) if "×" in cells[5] else figure(cells[2])
        unit = 1000.0 if cells[2].endswith(" ms") and cells[5].endswith(" s") else 1.0
        is_met = reached <= bar * unit if way == "≤" else reached >= bar
        assert cells[6] == ("✓" if is_met else "✗"), cells


def rows(path: Path, heading: str) -> Iterator[list[str]]:
    """The lines of the first table under a heading."""
    section = text_of(path).partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    yield from ([cell.strip() for cell in line.split("|")] for line in lines[2:])


def figure(text: str) -> float:
    found = re.search(r"[\d,]+(?:\.\d+)?", text)
    assert found, text
    return float(found[0].replace(",", ""))


# The words they are written in ----------------------------------------------------------------------------------------

BRITISH = (
    r"\w+(?:summar|organ|recogn|normal|author|categor|custom|minim|maxim|optim|initial)is(?:e|es|ed|ing|ation|ations)|"
    r"(?:summar|organ|recogn|normal|author|categor|custom|minim|maxim|optim|initial)is(?:e|es|ed|ing|ation|ations)|"
    r"colou?rs?(?<=our)|behaviours?|favour\w*|labelled|cancelled|licences?|centre|grey|whilst|any more"
)
NOT_OUR_TERMS = r"gate|anew|courier|desk|newsroom|in doubt|offenders?|please|sorry"


@EACH_DOCUMENT
def test_documents_are_in_us_english_and_the_terms_of_the_field(path: Path) -> None:
    prose = re.sub(r"<!-- generated.*?<!-- /generated -->|```.*?```|`[^`]*`", "", text_of(path), flags=re.DOTALL)
    prose = re.sub(r'no "please", no "sorry"', "", prose)
    assert re.findall(rf"\b(?:{BRITISH}|{NOT_OUR_TERMS})\b", prose, re.IGNORECASE) == []
    assert not re.search(r"\bI\b(?!/O)", prose.replace("Where would I change", "")), "no persona"


# What is shipped ------------------------------------------------------------------------------------------------------


def test_the_source_distribution_has_the_documents_and_all_they_show() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    included = set(project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"])
    assert {"README.md", "CHANGELOG.md", "docs", ".ci/pictures"} <= included
