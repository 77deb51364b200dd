"""`paperboy export`: papers, or somebody's reading list, for other programs."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import Team, User, find_owner, start
from bot.cli.output import DONE, FAILED, LANGUAGE, WRONG_USE, finish, hidden, print_error
from bot.errors import PaperboyError
from bot.exports.export import ExportFormat, export
from bot.logs import without_secrets
from bot.messages.answers import format_error
from bot.rules.list_filter import ListFilter
from bot.rules.list_texts import clean_tag
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import ReadingState
from bot.services import open_services
from bot.use_cases.reading_lists import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper
    from bot.settings import Settings


class WantedState(StrEnum):
    """A state of the papers to export, or all of them."""

    TO_READ = ReadingState.TO_READ.value
    READING = ReadingState.READING.value
    DONE = ReadingState.DONE.value
    ARCHIVED = ReadingState.ARCHIVED.value
    ALL = "all"


def export_command(
    papers: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="arXiv IDs or links.")] = None,
    user: User = None,
    output: Annotated[ExportFormat, typer.Option("--format", help="Output format.")] = ExportFormat.BIBTEX,
    states: Annotated[
        list[WantedState] | None,
        typer.Option("--state", help="With --user, only papers in this state. Default: all but archived ones."),
    ] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="With --user, only papers with this tag.")] = None,
    team: Team = None,
) -> None:
    """Print papers, or somebody's reading list, for other programs."""
    settings = start()
    if bool(papers) == bool(user):
        print_error("Give arXiv IDs, or --user with a user ID.")
        finish(WRONG_USE)
    elif user is None and (states or tag or team):
        print_error("Use --state, --tag, and --team only with --user.")
        finish(WRONG_USE)
    elif user is None:
        finish(asyncio.run(export_papers(settings, papers or [], output)))
    else:
        wanted = ListFilter(_states(states or []), clean_tag(tag or ""))
        finish(asyncio.run(export_list(settings, user, team, wanted, output)))


def _states(wanted: Sequence[WantedState]) -> frozenset[ReadingState]:
    if WantedState.ALL in wanted:
        return frozenset(ReadingState)
    return frozenset(ReadingState(state.value) for state in wanted)


async def export_papers(settings: Settings, ids: Sequence[str], output: ExportFormat) -> int:
    """Print these papers in a format, and which are not found; the exit code."""
    found: dict[str, Paper] = {}
    is_complete = True
    async with open_services(settings) as services:
        for each in ids:
            try:
                paper = (await services.library.look_up(parse_paper_id(each), LANGUAGE)).paper
                found.setdefault(paper.id, paper)
            except PaperboyError as error:
                print_error(format_error(error, LANGUAGE))
                is_complete = False
    if found:
        _print_export(output, [*found.values()])
    return DONE if is_complete else FAILED


async def export_list(settings: Settings, user: str, team: str | None, wanted: ListFilter, output: ExportFormat) -> int:
    """Print what is wanted of somebody's reading list in a format; the exit code."""
    async with open_services(settings) as services:
        owner = await find_owner(services.store, user, team)
        if owner is None:
            return WRONG_USE
        entries = await services.store.reading_lists.entries(owner.team, owner.user, wanted, limit=MOST_AT_ONCE)
    if not entries:
        what = "papers" if wanted == ListFilter() else "such papers"
        print_error(
            f"The reading list of {owner.user} has no {what}. Check the user ID, or choose others with --state."
        )
    _print_export(output, entries)
    return DONE


def _print_export(output: ExportFormat, entries: Sequence[SavedPaper | Paper]) -> None:
    text = without_secrets(export(output, entries).text, hidden)
    if sys.stdout.isatty():
        sys.stdout.write(text)
    else:
        # Line ends are the format's, and not those of the system.
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(errors="replace"))
