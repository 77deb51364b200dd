"""`paperboy fetch` and `paperboy import`: past days and past digests."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli import imports
from bot.cli.arguments import Team, read_day, start
from bot.cli.output import DONE, FAILED, WRONG_USE, finish, print_error


def fetch(
    since: Annotated[str, typer.Option("--since", help="First UTC day, such as 2024-07-31.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last UTC day. Default: the latest complete day.")
    ] = None,
) -> None:
    """Download the lists of past days. Continues where it stopped."""
    settings = start()
    asyncio.run(imports.fetch(settings, read_day(since), None if until is None else read_day(until)))


def import_command(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Markdown files with one digest per day. With --user: BibTeX, RIS, JSON, CSV, or text with arXiv IDs.",
        ),
    ],
    user: Annotated[
        str | None,
        typer.Option("--user", help="User ID, such as U0123456789. Import papers into this person's reading list."),
    ] = None,
    team: Team = None,
) -> None:
    """Import past digests, or papers into a reading list."""
    settings = start()
    if user is not None:
        from bot.cli.list_imports import import_into_list  # the readers of formats, which fetch and digests do without

        finish(asyncio.run(import_into_list(settings, user, team, files)))
    elif team is not None:
        print_error("Use --team only with --user.")
        finish(WRONG_USE)
    else:
        finish(DONE if asyncio.run(imports.import_files(settings, files)) else FAILED)
