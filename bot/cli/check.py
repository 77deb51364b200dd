"""`paperboy check`: stored summaries, compared with their sources."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.arguments import AsJson, read_day, start
from bot.cli.output import DONE, FAILED, WRONG_USE, finish, print_error, print_json, print_text
from bot.errors import FileUnreadable
from bot.rules.old_digests import imported_summary
from bot.rules.papers import Origin, ReadSource, SummaryState, parse_paper_id
from bot.services import open_services
from bot.summaries.sentences import split_sentences
from bot.summaries.source_check.check import IssueKind, check_summary
from bot.summaries.source_check.issue_texts import describe_issues
from bot.summaries.source_check.plain_text import plain
from bot.text.clean import clean_text
from bot.text.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from typing import BinaryIO

    from bot.rules.papers import Material, Paper, Summary, SummaryVersion
    from bot.settings import Settings
    from bot.store import Store
    from bot.summaries.source_check.check import CheckResult, Issue

_PAIR = '{"id": …, "source": …, "summary": …}'
_LONGEST_LINE = 16 * 1024 * 1024  # bytes
_OF_THE_WHOLE = frozenset({IssueKind.TERMS, IssueKind.TOPIC})


@dataclass(frozen=True, slots=True)
class Checked:
    """A summary and the result of its check; None when no source of it is stored.

    `to_abstract` tells that the source was no more than the abstract.
    """

    paper_id: str
    made_by: str
    result: CheckResult | None
    to_abstract: bool


async def check_day(store: Store, day: date) -> list[Checked]:
    """Check the summaries of an imported day, in its order, or else those stored of the papers listed on it."""
    if digest := await store.papers.imported_digest(day):
        summaries = [imported_summary(entry, day) for entry in digest.entries]
        return await _check(store, [summary for summary in summaries if summary])
    listing = await store.listings.find(day)
    return await check_papers(store, [listed.paper.id for listed in listing.papers] if listing else [])


async def check_papers(store: Store, paper_ids: Iterable[str]) -> list[Checked]:
    """Check every shown summary of these papers except extracts."""
    checked: list[Checked] = []
    for paper_id in paper_ids:
        kept = [each.summary for each in await store.summaries.versions(paper_id) if each.state is SummaryState.SHOWN]
        kept += await store.papers.imported_summaries(paper_id)
        checked += await _check(store, [summary for summary in kept if summary.origin is not Origin.EXTRACT])
    return checked


async def _check(store: Store, summaries: Sequence[Summary]) -> list[Checked]:
    papers = await store.papers.known([summary.paper_id for summary in summaries])
    return [await _held(store, summary, papers.get(summary.paper_id)) for summary in summaries]


async def _held(store: Store, summary: Summary, paper: Paper | None) -> Checked:
    """Check a summary against the text it was made from, or else against the abstract."""
    material = await store.summaries.material(summary.paper_id)
    source = material.text if material else _abstract_of(paper)
    told = [text for _, text in summary.sections] + ([summary.takeaway] if summary.takeaway else [])
    result = check_summary(told, source) if source else None
    to_abstract = material is None or material.read is ReadSource.ABSTRACT
    return Checked(summary.paper_id, summary.made_by, result, to_abstract)


def _abstract_of(paper: Paper | None) -> str:
    return f"{paper.title}\n{paper.abstract}" if paper and paper.abstract else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A summary from outside and its source."""

    id: str
    source: str
    summary: str


@dataclass(frozen=True, slots=True)
class BrokenPair:
    """A line that holds no pair: its `id`, or else its number, and why."""

    id: str
    reason: str


def read_pairs(file: BinaryIO) -> Iterator[Pair | BrokenPair]:
    """Lines of JSON, each an object with the texts `id`, `source` and `summary`; empty lines are passed over."""
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), b""), start=1):
        if len(line) > _LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(_LONGEST_LINE)
            yield BrokenPair(f"line {number}", f"the line is longer than {_LONGEST_LINE // 1024 // 1024} MiB")
        elif line.strip():
            yield _read_pair(line, f"line {number}")


def _read_pair(line: bytes, where: str) -> Pair | BrokenPair:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return BrokenPair(where, "the line isn't JSON in UTF-8")
    if not isinstance(item, dict):
        return BrokenPair(where, "the line isn't a JSON object")
    given = item.get("id")
    name = str(given) if isinstance(given, str | int) and not isinstance(given, bool) and given != "" else where
    for field in ("source", "summary"):
        if not isinstance(item.get(field), str) or not item[field].strip():
            return BrokenPair(name, f"“{field}” isn't a text, or is empty")
    if name == where:
        return BrokenPair(name, "“id” is missing")
    return Pair(name, item["source"], item["summary"])


def check_pair(pair: Pair) -> dict[str, object]:
    """The result of the source check of a pair, ready for JSON.

    `score` is the share of the summary that is borne out, 0 to 1: of its sentences those in which nothing was found,
    less what the source has no terms for when that is too much.
    """
    result = check_summary([pair.summary], pair.source)
    return {
        "id": pair.id,
        "ok": result.passes,
        "score": round(_share_borne_out(pair.summary, result), 3),
        "findings": [{"kind": each.kind.value, "text": _finding(each)} for each in result.issues],
        "passages": [],
    }


def _share_borne_out(summary: str, result: CheckResult) -> float:
    sentences = [plain(sentence) for sentence in split_sentences(summary, language_of(summary))] or [plain(summary)]
    found = [each for each in result.issues if each.kind is not IssueKind.TERM]
    wholes = [float(each.text) for each in found if each.kind in _OF_THE_WHOLE]
    parts = [each.text for each in found if each.kind not in _OF_THE_WHOLE]
    wrong = sum(any(part in sentence for part in parts) for sentence in sentences)
    share = 1 - max(wrong, bool(parts)) / len(sentences)
    return share * min(wholes, default=1.0)


def _finding(issue: Issue) -> str:
    if issue.kind in _OF_THE_WHOLE:
        return f"{float(issue.text):.0%} of terms found in the source"
    return f"{issue.text} (source: {issue.instead})" if issue.instead else issue.text


def format_result(checked: Checked) -> str:
    """One line: the paper, `ok`, `flagged` or `unknown`, and what is wrong.

    What was written from a whole paper may be flagged for what only its abstract leaves out; so the line says that.
    """
    if checked.result is None:
        return f"{checked.paper_id} unknown: no abstract to check against (run paperboy fetch for its day first)"
    if checked.result.passes:
        return f"{checked.paper_id} ok"
    held = " (checked against the abstract only)" if checked.to_abstract else ""
    return f"{checked.paper_id} flagged: {'; '.join(describe_issues(checked.result.issues))}{held}"


def result_as_json(checked: Checked) -> dict[str, Any]:
    """The result of a check for programs; `ok` is null where no source of the summary is stored."""
    result = checked.result
    found = result.issues if result else ()
    return {
        "id": checked.paper_id,
        "ok": result.passes if result else None,
        "score": result.support if result else None,
        "findings": [{"kind": issue.kind.value, "text": issue.text} for issue in found],
        "made_by": checked.made_by,
        "abstract_only": checked.to_abstract,
    }


def format_versions(versions: Sequence[SummaryVersion]) -> list[str]:
    """A line for each version of a paper's summaries: its state, and the result of its check."""
    return [_version_line(version) for version in versions]


def _version_line(version: SummaryVersion) -> str:
    summary = version.summary
    facts = [
        f"{summary.language} {version.number}: {version.state}",
        f"{summary.origin} {summary.made_by}",
        f"read the {summary.read.replace('_', ' ')}"
        + (f" of v{summary.arxiv_version}" if summary.arxiv_version else ""),
        f"{summary.made_at:%Y-%m-%d %H:%M} UTC",
        *([f"{version.score:.0%} of terms found in the source"] if version.score is not None else []),
        *version.unsupported,
    ]
    return " · ".join(facts)


def format_material(material: Material) -> str:
    """The text a paper's summaries were made from, described in a line."""
    where = f" from {material.found_at.replace('_', ' ')}" if material.found_at else ""
    what = f"{material.read.replace('_', ' ')}{where}, {material.characters:,} characters"
    return f"Read: {what}: {', '.join(material.sections)}" if material.sections else f"Read: {what}"


def check(
    papers: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="arXiv IDs or links.")] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="Check all papers of this UTC day, such as 2024-07-31.")
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help=f"Check summaries from a file, or from standard input with -. Use lines of JSON: {_PAIR}.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check stored summaries against their papers. Prints one line per summary, with anything unsupported."""
    settings = start()
    if [bool(papers), bool(day), bool(pairs)].count(True) != 1:
        print_error("Give one of these: paper IDs, --date, or --pairs.")
        raise typer.Exit(WRONG_USE)
    if pairs:
        finish(_check_pairs(pairs))
        return
    finish(asyncio.run(_print_checks(settings, papers or [], day, as_json=as_json)))


async def _print_checks(settings: Settings, papers: list[str], day: str | None, *, as_json: bool) -> int:
    ids = [parse_paper_id(paper).id for paper in papers]
    async with open_services(settings) as services:
        found = await (check_day(services.store, read_day(day)) if day else check_papers(services.store, ids))
    if as_json:
        print_json([result_as_json(each) for each in found])
    else:
        for each in found:
            print_text(format_result(each))
    if not found:
        print_error("No summaries to check. Import a digest or summarize the papers first.")
    return DONE


def _check_pairs(path: str) -> int:
    try:
        file = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115 - closed below, stdin is not ours
    except OSError as error:
        raise FileUnreadable(path=path, reason=error.strerror or str(error)) from error
    checked = skipped = 0
    with nullcontext(file) if path == "-" else file:
        for pair in read_pairs(file):
            if isinstance(pair, BrokenPair):
                skipped += 1
                print_error(f"{clean_text(pair.id)} skipped: {pair.reason}. Use {_PAIR}.")
            else:
                checked += 1
                typer.echo(json.dumps(check_pair(pair), ensure_ascii=False))
    if not checked:
        print_error(f"No pairs to check. Use lines of JSON: {_PAIR}.")
    return FAILED if skipped and not checked else DONE
