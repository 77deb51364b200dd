"""Papers that other programs keep, imported from files into somebody's reading list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.arguments import find_owner
from bot.cli.output import DONE, FAILED, LANGUAGE, WRONG_USE, print_text
from bot.cli.progress import show_progress
from bot.errors import FileUnreadable
from bot.imports.read import LARGEST_IMPORT, read_import
from bot.messages.answers import format_error
from bot.rules.reading_list import SaveKind, SaveOrigin
from bot.services import open_services
from bot.templating.catalogues import catalogue
from bot.text.clean import clean_text
from bot.use_cases.paper_imports import PaperImports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.cli.arguments import Owner
    from bot.cli.progress import Progress
    from bot.services import Services
    from bot.settings import Settings


async def import_into_list(settings: Settings, user: str, team: str | None, files: Sequence[str]) -> int:
    """Put the papers of these files on somebody's list, and print what came of each; the exit code."""
    is_complete, told = True, []
    async with open_services(settings) as services:
        owner = await find_owner(services.store, user, team)
        if owner is None:
            return WRONG_USE
        with show_progress() as progress:
            for file in files:
                try:
                    is_whole, outcome = await _import_file(services, owner, Path(file), progress)
                    told.append(outcome)
                except FileUnreadable as error:
                    progress.print_error(f"paperboy: {format_error(error, LANGUAGE)}")
                    is_whole = False
                is_complete &= is_whole
    for line in told:
        print_text(line)
    return DONE if is_complete else FAILED


async def _import_file(services: Services, owner: Owner, file: Path, progress: Progress) -> tuple[bool, str]:
    """Whether the file named any paper, and each of them is on the list now; and what came of it."""
    name = clean_text(str(file))
    imported = read_import(_read_bytes(file, name), name)

    async def tell(done: int, total: int) -> None:
        progress.reach(done, total, name)

    ids = [entry.ref.id for entry in imported.entries]
    before = await services.store.reading_lists.saved_among(owner.team, owner.user, ids)
    imports = PaperImports(services.store.papers, services.library, services.store.list_imports, services.clock)
    outcome = await imports.add(owner.team, owner.user, imported, SaveOrigin(SaveKind.IMPORT), tell=tell)
    words = catalogue(LANGUAGE)
    for what, reason in outcome.skipped:
        progress.print_error(f"{name}: {f'{what}: ' if what and what != name else ''}{words.t(f'skipped.{reason}')}")
    on_list = outcome.saved + outcome.there
    saved = on_list - len(before)
    there = f", {len(before)} already on the list" if before else ""
    left_out = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    return 0 < len(ids) == on_list, f"{name}: {saved} {'paper' if saved == 1 else 'papers'} saved{there}{left_out}"


def _read_bytes(file: Path, name: str) -> bytes:
    """The content of a file, as far as it tells that it is too large. Raises `FileUnreadable`."""
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_IMPORT + 1)
    except OSError as error:
        raise FileUnreadable(path=name, reason=error.strerror) from error
