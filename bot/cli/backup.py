"""`paperboy backup` and `paperboy restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import start
from bot.cli.output import say
from bot.cli.progress import show_progress
from bot.store.backup import back_up, restore
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.cli.progress import Progress


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="New backup file. Existing files aren't overwritten.")],
) -> None:
    """Back up the database and verify the copy. Safe while the bot runs."""
    from rich.filesize import decimal  # a bot has no use for it

    settings = start()
    with show_progress() as progress:
        size = back_up(settings.database_path, Path(file), tell=_copying(progress))
    say(f"{settings.database_path} is backed up to {clean_text(file)}: {decimal(size)}, checked.")


def restore_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="File made by `paperboy backup`.")],
    catch_up: Annotated[
        bool,
        typer.Option(
            "--catch-up",
            help="Also post the digests missed since the backup. Use only if no bot has run since then.",
        ),
    ] = False,
) -> None:
    """Restore the database from a backup. Keeps the current one next to it."""
    settings = start()
    database = settings.database_path
    with show_progress() as progress:
        tell = _copying(progress)
        restored = restore(Path(file), database, now=datetime.now(UTC), catch_up=catch_up, tell=tell)
    say(f"{database} is restored from {clean_text(file)}.")
    if restored.previous:
        say(f"What it replaces is kept as {restored.previous}.")
    if restored.presumed:
        first, last = restored.presumed
        days = f"{first} counts" if first == last else f"{first} to {last} count"
        say(
            f"The backup cannot know what was posted after it was made. So that nothing comes twice, {days} as posted;"
            " `paperboy post --channel C --date D` brings a day that never came. If no bot has run since the backup,"
            " restore it once more with --catch-up."
        )
    if restored.doubted:
        say(f"Messages looked for in Slack before they are sent, for they may be there: {restored.doubted}.")


def _copying(progress: Progress) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        what = "MB are copied" if done < total else "MB are copied, now they are checked"
        progress.reach(-(-done // 1_000_000), -(-total // 1_000_000), what)

    return tell
