"""`make docs`: the tables in README.md and docs/ that repeat what the code says are written by the code.

A generated block stands between `<!-- generated: name -->` and `<!-- /generated -->`; `BLOCKS` has a function for each
name. `tests/test_documentation.py` fails when a block is out of date.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from typer.main import get_command

from bot.cli.main import command_line
from bot.demo.bundled_days import bundled_summaries
from bot.messages.as_text import as_text
from bot.messages.cards import paper_card
from bot.rules import incoming_messages
from bot.rules.budget import Spent
from bot.rules.feedback import Rating
from bot.rules.list_changes import REMOVALS_UNDONE_FOR
from bot.rules.personal_data import ERASURES_KEPT, OF_WORKSPACES, DataKind
from bot.rules.questions import TURNS_KEPT
from bot.settings import Settings
from bot.slack.manifest import EVENTS, OPTIONAL_SCOPES, SCOPES
from bot.slack_emulator.installation import scopes_for
from bot.sources.hugging_face import parse_daily_papers
from bot.store import StoreStats
from bot.store.tables import pruning
from bot.templating.catalogues import catalogue
from bot.web.metrics import Metrics, ReplicaFigures
from tests.harness import bundled_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
CHANGELOG = ROOT / "CHANGELOG.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
PICTURED = "2407.20445"
_BLOCK = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
# Names of settings, addresses and paths.
_CODE = re.compile(r"\b[A-Z]+_[A-Z_]+\b|\bPORT\b|\w+:/{2,4}[^\s,)]+[^\s,.;:)]|/(?:healthz|livez|metrics|slack/events)")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


# Commands -------------------------------------------------------------------------------------------------------------


@cache
def commands() -> dict[str, Any]:
    """Every `paperboy` command as typer knows it, by name."""
    return dict(vars(get_command(command_line()))["commands"])


def command_table() -> str:
    """What each command does, in one line each."""
    return table(
        ("command", "what it does"), ((f"`paperboy {name}`", command.help) for name, command in commands().items())
    )


def command_options() -> str:
    """What each command takes."""
    rows = [
        (f"`paperboy {name}`", *row)
        for name, command in commands().items()
        for row in (_parameter(each) for each in command.params)
    ]
    return table(("command", "takes", "meaning"), rows)


def _parameter(parameter: Any) -> tuple[str, str]:
    value = parameter.metavar or ("" if getattr(parameter, "is_flag", False) else parameter.name.upper())
    if not parameter.opts[0].startswith("-"):
        return f"`{value}`", parameter.help
    value = {"DAY": "DATE", "OUTPUT": "FORMAT", "SINCE": "DATE", "TOP": "NUMBER", "UNTIL": "DATE"}.get(value, value)
    written = " / ".join(f"`{f'{each} {value}'.strip()}`" for each in (*parameter.opts, *parameter.secondary_opts))
    meaning = f"Required. {parameter.help}" if parameter.required else parameter.help
    if isinstance(parameter.default, Enum):
        choices = ", ".join(f"`{each.value}`" for each in type(parameter.default))
        meaning = f"{meaning} One of {choices}. Default: `{parameter.default.value}`."
    return written, meaning


# Settings -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Explained:
    """A section of `.env.example`: what stands at its beginning, and its settings with their meaning."""

    title: str
    introduction: str
    settings: dict[str, str]


def explained_settings() -> Iterator[Explained]:
    """`.env.example`, read."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for section in re.split(r"^# --- ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = section.partition("\n")
        introduction, settings = "", {}
        for paragraph in rest.strip().split("\n\n"):
            *said, last = paragraph.splitlines()
            named = re.fullmatch(r"(?:# )?([A-Z][A-Z_]+)=.*", last)
            meaning = " ".join(line.removeprefix("# ") for line in (said if named else [*said, last]))
            if named:
                settings[named[1]] = meaning
            else:
                introduction = meaning
        yield Explained(title.strip(" -"), introduction, settings)


def settings_tables() -> str:
    """Every environment variable with its default and meaning, by section."""
    pieces = []
    for section in explained_settings():
        rows = [(f"`{name}`", _default(name), _with_code(meaning)) for name, meaning in section.settings.items()]
        pieces += [f"### {section.title}", section.introduction, table(("variable", "default", "meaning"), rows)]
    return "\n\n".join(filter(None, pieces))


def _default(name: str) -> str:
    value = getattr(Settings(), name.lower())
    match value:
        case None | "":
            return "–"
        case tuple():
            return f"`{','.join(value)}`"
        case Enum():
            return f"`{value.value}`"
        case _:
            return f"`{value:%H:%M}`" if name == "PAPERBOY_TIME" else f"`{value}`"


def _with_code(meaning: str) -> str:
    """The names of settings and addresses as code, so that nothing in them is taken for Markdown."""
    pieces = meaning.split("`")
    pieces[::2] = [_CODE.sub(r"`\g<0>`", piece) for piece in pieces[::2]]
    return "`".join(pieces)


# Slack, metrics, make -------------------------------------------------------------------------------------------------


def scope_table() -> str:
    """The scopes Paperboy asks for, which of them may be left out, and what each is for."""
    asked = {**SCOPES, **OPTIONAL_SCOPES}
    rows = ((f"`{scope}`", "yes" if scope in OPTIONAL_SCOPES else "no", why) for scope, why in asked.items())
    return table(("scope", "optional", "what for"), rows)


def event_table() -> str:
    """The events Paperboy subscribes to, the scope each comes with, and what for."""
    rows = (
        (f"`{event}`", " or ".join(f"`{scope}`" for scope in sorted(scopes_for(event))) or "–", why)
        for event, why in EVENTS.items()
    )
    return table(("event", "comes with", "what for"), rows)


def metrics_table() -> str:
    """Paperboy's own metrics, as `/metrics` describes them."""
    metrics = Metrics()
    metrics.answered("command", 200, 0.001)
    metrics.refused(401)
    metrics.rate_limited("chat.postMessage")
    stats = StoreStats({}, {"active": 1}, 1, None, None, Spent(), {("m", Rating.HELPFUL): 1})
    page = metrics.page(stats, ReplicaFigures()).decode()
    rows = []
    for family in text_string_to_metric_families(page):
        if not family.name.startswith("paperboy_") or family.name.endswith("_created"):
            continue
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        name = family.name + ("_total" if family.type == "counter" else "")
        rows.append((f"`{name}`", family.type, ", ".join(f"`{each}`" for each in labels) or "–", family.documentation))
    return table(("metric", "type", "labels", "meaning"), [(*row[:3], f"{row[3]}.") for row in rows])


def make_table() -> str:
    """The targets of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*?## (.*)$", makefile, re.MULTILINE)
    return table(("command", "what it does"), ((f"`make {name}`", meaning) for name, meaning in targets))


def retention_table() -> str:
    """What is deleted after how many days."""
    kept = {
        "Messages as they were sent": pruning.PAYLOADS_KEPT,
        "Messages that didn't arrive": pruning.UNDELIVERED_KEPT,
        "Which messages were sent where": pruning.EDITIONS_KEPT,
        "Reactions as Slack reported them (their effect on reading lists stays)": pruning.REACTIONS_KEPT,
        "Dates on which a channel was served (the last one stays)": pruning.CLAIMS_KEPT,
        "Hugging Face's lists, as sent": pruning.RAW_LISTS_KEPT,
        "Texts that summaries were made from": pruning.MATERIALS_KEPT,
        "Reports about summaries": pruning.REPORTS_KEPT,
        "Ratings of AI summaries": pruning.FEEDBACK_KEPT,
        "Questions about papers, with their answers": TURNS_KEPT,
        "Which messages people wrote to Paperboy, without their text, and the replies": incoming_messages.KEPT_FOR,
        "Fingerprints of people whose data was erased": ERASURES_KEPT,
        "Notes and tags of papers that were taken off a list": REMOVALS_UNDONE_FOR,
        "Papers that were taken off a list, and what was done with them": pruning.REACTIONS_KEPT,
        "Which linked papers a channel was shown": pruning.PREVIEWS_KEPT,
        "News of papers that are on nobody's list anymore": pruning.NEWS_KEPT,
        "Who caused which language model cost (then only monthly sums)": pruning.SPENDING_KEPT,
    }
    rows = [(what, f"{longest.days} day{'s' * (longest.days != 1)}") for what, longest in kept.items()]
    rows.append(("Data of channels and workspaces that Paperboy left", "`PAPERBOY_RETENTION_DAYS`"))
    rows.append(("Data of people whose Slack account was deactivated", "`PAPERBOY_RETENTION_DAYS`"))
    return table(("what", "deleted after"), rows)


def personal_data_table() -> str:
    """What is stored of people by kind, under its name in their file, and what erasing does with it."""
    words = catalogue("en")
    rows = [
        (
            f"`{kind}`",
            words.t(f"data_kind.{kind}"),
            "the name" if all(each.doer for each in OF_WORKSPACES.values() if each.kind is kind) else "all of it",
        )
        for kind in DataKind
    ]
    return table(("in the file", "what it is", "erased"), rows)


# A card ---------------------------------------------------------------------------------------------------------------


def card() -> str:
    """A paper's card in English and in Korean, as a terminal shows it."""
    made_at = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
    listed = next(entry for entry in parse_daily_papers(json.dumps(bundled_day())).papers if entry.paper.id == PICTURED)
    english, korean = (summary for summary in bundled_summaries(made_at) if summary.paper_id == PICTURED)
    cards = [
        paper_card(listed=listed, paper=listed.paper, summary=summary, language=language, rank=4)
        for language, summary in (("en", english), ("ko", korean))
    ]
    return "```text\n" + "\n\n".join(as_text(card, width=92) for card in cards) + "\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "card": card,
    "command-options": command_options,
    "commands": command_table,
    "events": event_table,
    "make": make_table,
    "metrics": metrics_table,
    "personal-data": personal_data_table,
    "retention": retention_table,
    "scopes": scope_table,
    "settings": settings_tables,
}


def blocks_named(text: str) -> list[str]:
    """The generated blocks of a document."""
    return [found["name"] for found in _BLOCK.finditer(text)]


def generated(text: str) -> str:
    """A document with its generated blocks as they should be. Raises `KeyError` for a block nobody writes."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found['name']]()}\n\n{found[3]}", text)


# Markdown -------------------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[Token]:
    """The document as CommonMark reads it, with tables."""
    return _MARKDOWN.parse(text)


def links(text: str) -> set[str]:
    """What a document links to and shows: of Markdown, and of the HTML in it."""
    found = set()
    for token in tokens(text):
        for each in (token, *(token.children or ())):
            found |= {str(value) for name in ("href", "src") if (value := each.attrGet(name))}
            if each.type in {"html_block", "html_inline"}:
                found |= set(re.findall(r"(?:href|src|srcset)=\"([^\"]+)\"", each.content))
    return found


def anchors(text: str) -> set[str]:
    """Where a link into a document may lead: its headings, as GitHub names them."""
    named: dict[str, int] = {}
    found = set()
    everything = tokens(text)
    for token, inline in pairwise(everything):
        if token.type != "heading_open":
            continue
        words = "".join(each.content for each in inline.children or () if each.type in {"text", "code_inline"})
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        count = named.get(slug, 0)
        named[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def code(text: str) -> Iterator[str]:
    """Every piece of code in a document: blocks line by line, and what stands between backticks."""
    for token in tokens(text):
        if token.type in {"fence", "code_block"}:
            yield from token.content.splitlines()
        yield from (each.content for each in token.children or () if each.type == "code_inline")


def main() -> None:
    """Bring every generated block up to date."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        if (wanted := generated(text)) != text:
            path.write_text(wanted, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} is brought up to date.")


if __name__ == "__main__":
    main()
