"""`paperboy backup` and `paperboy restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import start
from bot.cli.output import print_text
from bot.cli.progress import show_progress
from bot.clock import SystemClock
from bot.errors import DatabaseOnServer
from bot.store.backup import back_up, restore
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.cli.progress import Progress
    from bot.settings import Settings


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="New backup file. Existing files aren't overwritten.")],
) -> None:
    """Back up the database and verify the copy. Safe while the bot runs."""
    from rich.filesize import decimal  # a bot has no use for it

    database = _file_of(start())
    with show_progress() as progress:
        size = back_up(database, Path(file), on_progress=_copying(progress))
    print_text(f"Backed up {database} to {clean_text(file)} ({decimal(size)}, verified).")


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
    database = _file_of(start())
    with show_progress() as progress:
        on_progress = _copying(progress)
        restored = restore(Path(file), database, now=SystemClock().now(), catch_up=catch_up, on_progress=on_progress)
    print_text(f"Restored {database} from {clean_text(file)}.")
    if restored.previous:
        print_text(f"The previous database was kept as {restored.previous}.")
    if restored.presumed:
        first, last = restored.presumed
        days = f"{first} is" if first == last else f"{first} to {last} are"
        print_text(
            f"To avoid posting anything twice, {days} marked as posted. To post a day that was missed, run"
            " `paperboy post --channel C --date D`. If no bot has run since the backup, restore it again with"
            " --catch-up."
        )
    if restored.doubted:
        print_text(
            "1 unsent message will be looked up in Slack before sending, in case it already arrived."
            if restored.doubted == 1
            else f"{restored.doubted} unsent messages will be looked up in Slack before sending, in case they already"
            " arrived."
        )


def _file_of(settings: Settings) -> Path:
    """The file that the database is. Raises `DatabaseOnServer`."""
    if settings.database_path is None:
        raise DatabaseOnServer(path=settings.database_name)
    return settings.database_path


def _copying(progress: Progress) -> Callable[[int, int], None]:
    def on_progress(done: int, total: int) -> None:
        what = "MB copied" if done < total else "MB copied, verifying"
        progress.reach(-(-done // 1_000_000), -(-total // 1_000_000), what)

    return on_progress
