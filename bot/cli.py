"""`paperboy …`: what a person types in a terminal.

Exit 0 is done, 1 is failed, 2 is wrong use or settings; a failure is one clear line on stderr.
"""

from __future__ import annotations

import asyncio
import json
import sys
import webbrowser
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.filesize import decimal

from bot import messages, moving_in
from bot.app import open_newsroom, open_slack, run
from bot.checking import check_day, check_papers, material_line, told, version_lines
from bot.choosing import NothingNew, choose
from bot.doctor import Verdict, examine
from bot.due import last_settled_day
from bot.editions.daily import Posted, read_earlier
from bot.errors import (
    DatesReversed,
    NotADate,
    NotALanguage,
    PaperboyError,
    SettingMissing,
    SettingsWrong,
    TransportMissing,
)
from bot.exports import digest_json, digest_markdown
from bot.languages import read_language_code
from bot.legible import legible
from bot.logs import configure_logs
from bot.manifest import build_manifest, creation_link
from bot.papers import Listing, NotOpenYet, Unreachable, parse_paper_id
from bot.progress import show_progress
from bot.settings import LogLevel, Settings, read_settings
from bot.store.backup import back_up, restore
from bot.terminal import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.choosing import Without
    from bot.library import Reading
    from bot.papers import ListedPaper, Paper, Summary
    from bot.progress import Progress

DONE, FAILED, WRONG_USE = 0, 1, 2
_SIGNS = {Verdict.OK: "✓", Verdict.NOTE: "!", Verdict.BROKEN: "✗"}
_LANGUAGE_OF_COMMANDS = "en"
_WRITTEN_WITHIN = timedelta(minutes=5)

cli = typer.Typer(
    name="paperboy",
    help="Brings each day's top-voted papers into your team's Slack channels.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class DigestFormat(StrEnum):
    """How `digest` prints a day."""

    MARKDOWN = "markdown"
    TEXT = "text"
    SLACK = "slack"
    JSON = "json"


Day = Annotated[str | None, typer.Option("--date", help="The UTC day, as 2024-07-31; the last settled one by default.")]
Top = Annotated[int | None, typer.Option("--top", min=1, max=50, help="How many papers.")]


@cli.command()
def demo() -> None:
    """Play a morning with Paperboy here in the terminal: no Slack, no key, no network."""
    from bot.demo import play_morning  # what only the demo needs is not loaded by a bot

    configure_logs(LogLevel.WARNING, read_settings().log_format)
    _finish(asyncio.run(play_morning()))


@cli.command()
def play(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen; any free one by default.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Try Paperboy in a browser: a Slack on this machine alone, and the real bot in it."""
    from bot.play import serve_playground  # what only the page needs is not loaded by a bot

    def show(address: str) -> None:
        typer.echo(f"Paperboy is at {address} until you press Ctrl-C.")
        if browser:
            _open_in_browser(address)

    configure_logs(LogLevel.ERROR, read_settings().log_format)
    asyncio.run(serve_playground(port, show))


def _open_in_browser(address: str) -> None:
    """Open a page where there is a browser of windows; one in this terminal would keep it to itself."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)


@cli.command(name="run")
def run_bot() -> None:
    """Connect to Slack and serve until stopped."""
    settings = _start()
    asyncio.run(run(settings))


@cli.command()
def post(
    channel: Annotated[str, typer.Option("--channel", help="The channel's id, as C0123456789.")],
    day: Day = None,
    top: Top = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, as JSON; send nothing.")
    ] = False,
) -> None:
    """Post a day's top papers to a channel, once."""
    settings = _start()
    _finish(asyncio.run(_post(settings, channel, _day(day), top, dry_run=dry_run)))


@cli.command()
def digest(
    day: Day = None,
    top: Top = None,
    language: Annotated[str | None, typer.Option("--language", help="en, ko, …")] = None,
    output: Annotated[DigestFormat, typer.Option("--format", help="How to print it.")] = DigestFormat.TEXT,
) -> None:
    """Print a day's papers, by votes: the whole day unless --top says how many."""
    settings = _start()
    _finish(asyncio.run(_digest(settings, _day(day), top, _language(language), output)))


@cli.command()
def fetch(
    since: Annotated[str, typer.Option("--since", help="The first UTC day, as 2024-07-31.")],
    until: Annotated[
        str | None, typer.Option("--until", help="The last UTC day; the last settled one by default.")
    ] = None,
) -> None:
    """Fetch the lists of past days that are not here yet; cut off, it goes on where it was."""
    settings = _start()
    asyncio.run(moving_in.fetch(settings, _day(since), None if until is None else _day(until)))


@cli.command(name="import")
def import_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Markdown files, a digest a day in them.")],
) -> None:
    """Import older digests from Markdown files."""
    settings = _start()
    _finish(DONE if asyncio.run(moving_in.import_files(settings, files)) else FAILED)


@cli.command()
def show(
    paper: Annotated[str, typer.Argument(help="An arXiv id or any address of the paper.")],
    language: Annotated[str | None, typer.Option("--language", help="en, ko, …")] = None,
) -> None:
    """Print a paper with its summary."""
    settings = _start()
    _finish(asyncio.run(_show(settings, paper, _language(language) or settings.paperboy_language)))


@cli.command()
def check(
    papers: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="arXiv ids or addresses.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="All papers of this UTC day, as 2024-07-31.")] = None,
) -> None:
    """Hold kept and imported summaries to their papers: a line each, with what the paper does not support."""
    settings = _start()
    if bool(papers) == bool(day):
        _complain("Name papers, or a day with --date.")
        raise typer.Exit(WRONG_USE)
    _finish(asyncio.run(_check(settings, papers or [], day)))


@cli.command()
def manifest(
    http: Annotated[str | None, typer.Option("--http", metavar="URL", help="Reach the bot at this address.")] = None,
    with_history: Annotated[bool, typer.Option("--with-history", help="Ask for the optional history scopes.")] = False,
    link: Annotated[bool, typer.Option("--link", help="Print a link that creates the app in one click.")] = False,
) -> None:
    """Print the app manifest to create your Slack app from."""
    built = build_manifest(http_url=http, with_history=with_history)
    typer.echo(creation_link(built) if link else json.dumps(built, indent=2))


@cli.command(name="doctor")
def examine_all() -> None:
    """Look whether everything is in place, and say what to do about what is not."""
    settings = read_settings()
    configure_logs(LogLevel.ERROR, settings.log_format)
    _finish(asyncio.run(_examine(settings)))


@cli.command()
def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where the copy goes; nothing is overwritten.")],
) -> None:
    """Copy the database to a new file and check the copy; a bot may go on working meanwhile."""
    settings = _start()
    with show_progress() as progress:
        size = back_up(settings.database_path, Path(file), tell=_copying(progress))
    typer.echo(f"{settings.database_path} is backed up to {legible(file)}: {decimal(size)}, checked.")


@cli.command(name="restore")
def restore_backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A copy made by `paperboy backup`.")],
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="No bot has run since the backup: post what was missed since then.")
    ] = False,
) -> None:
    """Put a backup in the place of the database, which is kept beside it."""
    settings = _start()
    database = settings.database_path
    with show_progress() as progress:
        tell = _copying(progress)
        restored = restore(Path(file), database, now=datetime.now(UTC), catch_up=catch_up, tell=tell)
    typer.echo(f"{database} is restored from {legible(file)}.")
    if restored.previous:
        typer.echo(f"What it replaces is kept as {restored.previous}.")
    if restored.presumed:
        first, last = restored.presumed
        days = f"{first} counts" if first == last else f"{first} to {last} count"
        typer.echo(
            f"The backup cannot know what was posted after it was made. So that nothing comes twice, {days} as posted;"
            " `paperboy post --channel C --date D` brings a day that never came. If no bot has run since the backup,"
            " restore it once more with --catch-up."
        )
    if restored.doubted:
        typer.echo(f"Messages looked for in Slack before they are sent, for they may be there: {restored.doubted}.")


def _copying(progress: Progress) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        what = "MB are copied" if done < total else "MB are copied, now they are checked"
        progress.reach(-(-done // 1_000_000), -(-total // 1_000_000), what)

    return tell


async def _post(settings: Settings, channel: str, day: date, top: int | None, *, dry_run: bool) -> int:
    async with AsyncExitStack() as stack:
        newsroom = await stack.enter_async_context(open_newsroom(settings, waits_for_summaries=_WRITTEN_WITHIN))
        slack = None
        if settings.slack_bot_token or not dry_run:
            slack = await stack.enter_async_context(open_slack(newsroom))
        team = slack.team if slack else ""
        known = await newsroom.store.channel(team, channel)
        chosen = known.settings if known else settings.channel_defaults()
        chosen = replace(chosen, top=top or chosen.top)
        if slack is None or dry_run:
            composed = await newsroom.daily.compose(team, channel, day, chosen)
            if not isinstance(composed, list):
                return _say_why(composed)
            _print_json([json.loads(delivery.payload) for delivery in composed])
            return DONE
        outcome = await newsroom.daily.post(slack.courier, team, channel, day, chosen)
        if isinstance(outcome, Posted) and outcome.report.sent_now:
            await newsroom.store.reopen_channel(team, channel, now=newsroom.clock.now())
        return _tell(outcome, channel) if isinstance(outcome, Posted) else _say_why(outcome)


def _tell(posted: Posted, channel: str) -> int:
    report = posted.report
    day = posted.day.isoformat()
    if report.sent_now:
        typer.echo(f"Posted {report.sent_now} of {report.planned} messages for {day} to {channel}.")
    elif posted.again:
        typer.echo(f"{day} was posted to {channel} before; nothing was sent.")
    for part, error in report.refused:
        _complain(f"Slack refused {part} for {channel}: {error}.")
    for part in report.unknown:
        _complain(f"Nobody knows whether Slack took {part} for {channel}; it is not sent again. Look in the channel.")
    return FAILED if report.refused or report.unknown else DONE


def _say_why(outcome: Without | NotOpenYet | Unreachable) -> int:
    if isinstance(outcome, NothingNew):
        typer.echo(f"Every paper of {outcome.day.isoformat()} was posted here before; nothing was sent.")
        return DONE
    why = messages.day_sentence(outcome, _LANGUAGE_OF_COMMANDS)
    if isinstance(outcome, Unreachable):
        _complain(why)
        return FAILED
    typer.echo(why)
    return DONE


async def _digest(settings: Settings, day: date, top: int | None, wanted: str | None, output: DigestFormat) -> int:
    async with open_newsroom(settings) as newsroom:
        if output is DigestFormat.MARKDOWN and top is None:
            imported = await newsroom.store.imported_digest(day)
            if imported and wanted in {None, imported.language}:
                sys.stdout.buffer.write(imported.text.encode())
                return DONE
        language = wanted or settings.paperboy_language
        asked_at = newsroom.clock.now()
        answer = await newsroom.library.read_settled_day(day)
        if not isinstance(answer, Listing):
            if output in {DigestFormat.JSON, DigestFormat.SLACK} and not isinstance(answer, Unreachable):
                _print_json([])
                _complain(messages.day_sentence(answer, _LANGUAGE_OF_COMMANDS))
                return DONE
            return _say_why(answer)
        chosen = choose(answer.papers, top=top or len(answer.papers))
        papers = [listed.paper.id for listed in chosen]
        await newsroom.desk.commission_all(papers, [language], within=_WRITTEN_WITHIN)
        recalled = [await newsroom.library.recall(listed.paper.id, language) for listed in chosen]
        readings = [reading for reading in recalled if reading is not None]
        match output:
            case DigestFormat.JSON:
                _print_json(digest_json(_entries(readings)))
            case DigestFormat.MARKDOWN:
                sys.stdout.write(digest_markdown(day, _entries(readings)))
            case DigestFormat.SLACK:
                _print_json(
                    [message.to_payload() for message in _messages(answer, asked_at, readings, language, settings)]
                )
            case DigestFormat.TEXT:
                pieces = _messages(answer, asked_at, readings, language, settings)
                typer.echo("\n\n".join(as_text(message) for message in pieces))
        return DONE


def _messages(
    listing: Listing, asked_at: datetime, readings: list[Reading], language: str, settings: Settings
) -> list[messages.Message]:
    chosen = [reading.listed for reading in readings if reading.listed]
    source = f"{settings.hf_url.rstrip('/')}/papers/date/{listing.day.isoformat()}"
    header = messages.daily_header(
        day=listing.day,
        papers=chosen,
        listed=len(listing.papers),
        language=language,
        source_url=source,
        emoji=settings.paperboy_emoji[0],
        as_of=read_earlier(listing, asked_at, settings.paperboy_timezone),
    )
    cards = [
        messages.paper_card(
            paper=reading.paper, listed=reading.listed, summary=reading.summary, language=language, rank=rank
        )
        for rank, reading in enumerate(readings, start=1)
    ]
    return [header, *cards]


def _entries(readings: list[Reading]) -> list[tuple[Paper, ListedPaper | None, Summary | None]]:
    return [(reading.paper, reading.listed, reading.summary) for reading in readings]


async def _show(settings: Settings, paper: str, language: str) -> int:
    ref = parse_paper_id(paper)
    async with open_newsroom(settings) as newsroom:
        reading = await newsroom.library.look_up(ref, language)
        await newsroom.desk.commission_all([reading.paper.id], [language], within=_WRITTEN_WITHIN)
        reading = await newsroom.library.recall(reading.paper.id, language) or reading
        card = messages.paper_card(
            paper=reading.paper, listed=reading.listed, summary=reading.summary, language=language, private=True
        )
        typer.echo(as_text(card))
        for line in version_lines(await newsroom.store.summary_versions(reading.paper.id)):
            typer.echo(line)
        if material := await newsroom.store.material(reading.paper.id):
            typer.echo(material_line(material))
    return DONE


async def _check(settings: Settings, papers: list[str], day: str | None) -> int:
    ids = [parse_paper_id(paper).id for paper in papers]
    async with open_newsroom(settings) as newsroom:
        found = await (check_day(newsroom.store, _day(day)) if day else check_papers(newsroom.store, ids))
    for each in found:
        typer.echo(told(each))
    if not found:
        _complain("There is no summary to check: nothing was imported or summarised for this.")
    return DONE


async def _examine(settings: Settings) -> int:
    verdicts = set()
    async for finding in examine(settings):
        verdicts.add(finding.verdict)
        typer.echo(f"{_SIGNS[finding.verdict]} {finding.what}: {finding.told}")
        if finding.remedy:
            typer.echo(f"    → {finding.remedy}")
    return FAILED if Verdict.BROKEN in verdicts else DONE


def _day(text: str | None) -> date:
    if text is None:
        return last_settled_day(datetime.now(UTC))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotADate(text=text) from None


def _language(text: str | None) -> str | None:
    if text is None:
        return None
    code = read_language_code(text)
    if code is None:
        raise NotALanguage(text=text)
    return code


def _start() -> Settings:
    settings = read_settings()
    configure_logs(settings.log_level, settings.log_format)
    return settings


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _complain(sentence: str) -> None:
    typer.echo(f"paperboy: {sentence}", err=True)


def _finish(code: int) -> None:
    if code != DONE:
        raise typer.Exit(code)


def main() -> None:
    """Run one command and end the process with its exit code."""
    code = FAILED
    try:
        code = cli(standalone_mode=False) or DONE
    except typer.Exit as ended:
        code = ended.exit_code
    except typer.TyperException as wrong:
        _complain(wrong.format_message())
        code = WRONG_USE
    except (SettingsWrong, SettingMissing, TransportMissing, NotADate, NotALanguage, DatesReversed) as error:
        _complain(messages.sentence(error, _LANGUAGE_OF_COMMANDS))
        code = WRONG_USE
    except PaperboyError as error:
        _complain(messages.sentence(error, _LANGUAGE_OF_COMMANDS))
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    sys.exit(code)
