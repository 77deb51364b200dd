"""Past days downloaded from Hugging Face, and past digests imported from files."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.backfill import BACKFILL_RETRY_POLICY, days_missing, read_days
from bot.cli.progress import show_progress
from bot.errors import DatesReversed, FetchCutOff, FetchNotBegun, FileNotText, FileUnreadable, NoDigest, PaperboyError
from bot.messages.answers import format_error
from bot.rules.feeds import HUGGING_FACE
from bot.rules.old_digests import parse_digest
from bot.rules.papers import EmptyDay, Listing, Unreachable
from bot.services import open_services
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.cli.progress import Progress
    from bot.rules.old_digests import ImportedDigest
    from bot.rules.papers import DayAnswer
    from bot.services import Services
    from bot.settings import Settings

_LARGEST_FILE = 16 * 1024 * 1024
_LANGUAGE_OF_COMMANDS = "en"


async def fetch(settings: Settings, since: date, until: date | None) -> None:
    """Download every day from `since` to `until`, the last settled one by default, that is not stored yet.

    What was read is on disk at once: whenever this ends, the next time only asks for the rest. Raises `DatesReversed`,
    `FetchNotBegun` or `FetchCutOff`.
    """
    async with open_services(settings, retry_policy=BACKFILL_RETRY_POLICY) as services:
        last = HUGGING_FACE.last_settled_day(services.clock.now())
        if until is None and since > last:
            typer.echo(f"Nothing to fetch: the latest complete day is {last}.")
            return
        until = until or last
        if since > until:
            raise DatesReversed(since=since, until=until)
        missing = days_missing(since, until, await services.store.listings.days_read(since, until))
        fetched: set[date] = set()
        with show_progress(len(missing)) as progress:
            async for answer in read_days(services.library, services.clock, missing):
                if isinstance(answer, Unreachable):
                    raise _cut_off(answer, since, until, next(day for day in missing if day not in fetched))
                if isinstance(answer, Listing | EmptyDay):
                    fetched.add(answer.day)
                progress.print_line(_format_answer(answer))
                progress.step()
        known = (until - since).days + 1 - len(missing)
        typer.echo(
            f"Fetched {_counted(len(fetched), 'day')}. {known} {'was' if known == 1 else 'were'} already stored."
        )


async def import_files(settings: Settings, files: Sequence[str]) -> bool:
    """Import the digests in these files, and print which cannot be read. False when a file gave nothing at all."""
    imported, empty, failed = 0, 0, 0
    async with open_services(settings) as services:
        with show_progress(len(files)) as progress:
            for file in files:
                try:
                    if await _import_file(services, Path(file), progress):
                        imported += 1
                    else:
                        empty += 1
                except (FileUnreadable, FileNotText, NoDigest) as error:
                    progress.print_error(f"paperboy: {format_error(error, _LANGUAGE_OF_COMMANDS)}")
                    failed += 1
                progress.step()
    left_out = "".join(f", {count} {what}" for count, what in ((empty, "empty"), (failed, "failed")) if count)
    typer.echo(f"Imported {_counted(imported, 'file')}{left_out}.")
    return not failed


async def _import_file(services: Services, file: Path, progress: Progress) -> bool:
    """Whether there was anything in the file."""
    name = clean_text(str(file))
    text = _read_text(file, name)
    parsed = parse_digest(text)
    if text and not parsed.digests:
        raise NoDigest(path=name, line=parsed.skipped[0].line, reason=parsed.skipped[0].reason)
    for part in parsed.skipped:
        progress.print_error(f"{name}:{part}")
    for digest in parsed.digests:
        before = await services.store.papers.imported_digest(digest.day)
        await services.store.papers.remember_digest(digest, now=services.clock.now())
        progress.print_line(_imported(digest, before))
    return bool(parsed.digests)


def _read_text(file: Path, name: str) -> str:
    """The file's text with every byte accounted for: line ends and a byte order mark stay as they are."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise FileUnreadable(path=name, reason=error.strerror) from error
    if len(content) > _LARGEST_FILE:
        raise FileUnreadable(path=name, reason=f"larger than {_LARGEST_FILE} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise FileNotText(path=name, line=content.count(b"\n", 0, error.start) + 1) from error


def _imported(digest: ImportedDigest, before: ImportedDigest | None) -> str:
    papers = _counted(len(digest.entries), "paper")
    if before is None:
        return f"{digest.day}: {papers} imported"
    if before == digest:
        return f"{digest.day}: already imported, unchanged"
    return f"{digest.day}: {papers} imported, replacing the earlier import"


def _format_answer(answer: DayAnswer) -> str:
    match answer:
        case Listing():
            return f"{answer.day}: {_counted(len(answer.papers), 'paper')}"
        case EmptyDay():
            return f"{answer.day}: no papers"
        case _:
            return f"{answer.day}: no list yet"


def _cut_off(answer: Unreachable, since: date, until: date, left: date) -> PaperboyError:
    """`left` is the first day that is still to be fetched."""
    if left == since:
        return FetchNotBegun(day=answer.day, reason=answer.reason, since=since, until=until)
    return FetchCutOff(
        day=answer.day, reason=answer.reason, since=since, until=until, done=left - timedelta(days=1), left=left
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
