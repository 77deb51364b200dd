"""`paperboy fetch` and `paperboy import`: past days and past digests."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli import imports
from bot.cli.arguments import read_day, start
from bot.cli.output import DONE, FAILED, finish


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
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Markdown files with one digest per day.")],
) -> None:
    """Import past digests from Markdown files."""
    settings = start()
    finish(DONE if asyncio.run(imports.import_files(settings, files)) else FAILED)
