"""`paperboy …`: what a person types in a terminal.

Exit 0 is done, 1 is failed, 2 is wrong use or settings; a failure is one clear line on stderr.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import re
import sys
import webbrowser
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from pydantic import ValidationError
from rich.filesize import decimal

from bot.app import open_services, open_slack, run
from bot.cli import imports as moving_in
from bot.cli.check import (
    BrokenPair,
    check_day,
    check_pair,
    check_papers,
    material_line,
    read_pairs,
    told,
    told_json,
    version_lines,
)
from bot.cli.doctor import Verdict, examine
from bot.cli.progress import show_progress
from bot.cli.streams import Streams, can_show
from bot.editions.daily import Posted, read_earlier
from bot.errors import (
    DatesReversed,
    FileUnreadable,
    NotAChannelId,
    NotADate,
    NotALanguage,
    PaperboyError,
    SettingMissing,
    SettingsUnusable,
)
from bot.exports import digest_json, digest_markdown
from bot.logs import configure_logs, without_secrets
from bot.messages import answers, cards
from bot.messages import digest as digest_messages
from bot.messages.as_text import as_text
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import Listing, NotOpenYet, Unreachable, parse_paper_id
from bot.rules.selection import NothingNew, choose
from bot.rules.slack_ids import read_channel_id
from bot.settings import LogFormat, LogLevel, Settings, misspelt_settings, read_address, read_settings
from bot.slack.manifest import build_manifest, creation_link
from bot.store.backup import back_up, restore
from bot.text.clean import clean_text
from bot.text.languages import read_language_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.cli.doctor import Finding
    from bot.cli.progress import Progress
    from bot.messages.message import Message
    from bot.rules.papers import Reading
    from bot.rules.selection import Without

log = structlog.get_logger(__name__)

DONE, FAILED, WRONG_USE = 0, 1, 2
_SIGNS = {Verdict.OK: "✓", Verdict.NOTE: "!", Verdict.BROKEN: "✗"}
_PLAIN_SIGNS = {Verdict.OK: "+", Verdict.NOTE: "!", Verdict.BROKEN: "x"}
_LANGUAGE_OF_COMMANDS = "en"
_WRITTEN_WITHIN = timedelta(minutes=5)
_INTERRUPTED = 130
# What is never printed; filled once the settings are read.
_hidden: set[str] = set()

cli = typer.Typer(
    name="paperboy",
    help="Post each day's most upvoted papers to your team's Slack channels.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class DigestFormat(StrEnum):
    """How `digest` prints a day."""

    MARKDOWN = "markdown"
    TEXT = "text"
    SLACK = "slack"
    JSON = "json"


Day = Annotated[
    str | None, typer.Option("--date", help="UTC day, such as 2024-07-31. Default: the latest complete day.")
]
Language = Annotated[str | None, typer.Option("--language", help="Language code, such as en or ko.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"paperboy {version('paperboy')}")
        raise typer.Exit(DONE)


@cli.callback()
def begin(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Post each day's most upvoted papers to your team's Slack channels."""


@cli.command()
def demo() -> None:
    """Run a demo in the terminal. Needs no Slack, API key, or network."""
    from bot.demo import play_morning  # what only the demo needs is not loaded by a bot

    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)
    _finish(asyncio.run(play_morning()))


@cli.command()
def play(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on. Default: any free port.")
    ] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
) -> None:
    """Try Paperboy in your browser, with a simulated Slack on this machine."""
    from bot.play import serve_playground  # what only the page needs is not loaded by a bot

    def show(address: str) -> None:
        say(f"Paperboy is running at {address} (press Ctrl+C to stop).")
        if browser:
            _open_in_browser(address)

    configure_logs(LogLevel.ERROR, LogFormat.CONSOLE)
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
    """Run the bot until you stop it."""
    settings = _start(to_run=True)
    asyncio.run(run(settings))


@cli.command()
def post(
    channel: Annotated[str, typer.Option("--channel", help="Channel ID, such as C0123456789.")],
    day: Day = None,
    top: Annotated[int | None, typer.Option("--top", min=1, max=50, help="Number of papers, 1 to 50.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the messages as JSON without sending them.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Send what Slack rejected of a day once more.")] = False,
    unconfirmed: Annotated[
        bool, typer.Option("--unconfirmed", help="With --again: also send what may or may not have arrived.")
    ] = False,
) -> None:
    """Post a digest to a channel. Never posts the same day twice."""
    settings = _start()
    if (unconfirmed and not again) or (again and dry_run):
        complain("Use --unconfirmed only with --again, and neither with --dry-run.")
        raise typer.Exit(WRONG_USE)
    named = read_channel_id(channel)
    if named is None:
        raise NotAChannelId(text=channel)
    doing = _post(settings, named, _day(day), top, dry_run=dry_run, again=again, unconfirmed=unconfirmed)
    _finish(asyncio.run(doing))


@cli.command()
def digest(
    day: Day = None,
    top: Annotated[int | None, typer.Option("--top", min=1, help="Number of papers. Default: all of them.")] = None,
    language: Language = None,
    output: Annotated[DigestFormat, typer.Option("--format", help="Output format.")] = DigestFormat.TEXT,
) -> None:
    """Print a day's papers, most upvoted first. Prints all of them unless you set --top."""
    settings = _start()
    _finish(asyncio.run(_digest(settings, _day(day), top, _language(language), output)))


@cli.command()
def fetch(
    since: Annotated[str, typer.Option("--since", help="First UTC day, such as 2024-07-31.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Last UTC day. Default: the latest complete day.")
    ] = None,
) -> None:
    """Download the lists of past days. Continues where it stopped."""
    settings = _start()
    asyncio.run(moving_in.fetch(settings, _day(since), None if until is None else _day(until)))


@cli.command(name="import")
def import_files(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Markdown files with one digest per day.")],
) -> None:
    """Import past digests from Markdown files."""
    settings = _start()
    _finish(DONE if asyncio.run(moving_in.import_files(settings, files)) else FAILED)


@cli.command()
def show(
    paper: Annotated[str, typer.Argument(help="arXiv ID or link.")],
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Print a paper and its summaries."""
    settings = _start()
    _finish(asyncio.run(_show(settings, paper, _language(language) or settings.paperboy_language, as_json=as_json)))


@cli.command()
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
            help='Check JSON lines {"id", "source", "summary"} from a file, or - for standard input.',
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check stored summaries against their papers. Prints one line per summary, with anything unsupported."""
    settings = _start()
    if [bool(papers), bool(day), bool(pairs)].count(True) != 1:
        complain("Give paper IDs, --date, or --pairs, one of the three.")
        raise typer.Exit(WRONG_USE)
    if pairs:
        _finish(_check_pairs(pairs))
        return
    _finish(asyncio.run(_check(settings, papers or [], day, as_json=as_json)))


@cli.command()
def manifest(
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="URL", help="Public URL of the bot. Uses HTTP instead of Socket Mode."),
    ] = None,
    with_history: Annotated[bool, typer.Option("--with-history", help="Include the optional history scopes.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a link that opens Slack with the manifest filled in.")
    ] = False,
) -> None:
    """Print the manifest for creating your Slack app."""
    built = build_manifest(http_url=None if http is None else _public_address(http), with_history=with_history)
    say(creation_link(built) if link else json.dumps(built, indent=2))


def _public_address(text: str) -> str:
    """Slack sends requests to https addresses only (docs.slack.dev, "Request URLs")."""
    try:
        address = read_address(text.strip(), may_name_a_user=False)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--http") from None
    if not address.startswith("https://"):
        raise typer.BadParameter("use a URL that starts with https://.", param_hint="--http")
    return address.removesuffix("/").removesuffix("/slack/events")


@cli.command(name="doctor")
def examine_all(
    live: Annotated[
        str | None,
        typer.Option("--live", metavar="CHANNEL", help="Also test in Slack: post to this channel, then delete it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check your setup and suggest fixes."""
    settings = _start(LogLevel.ERROR)
    channel = read_channel_id(live) if live else None
    if live and channel is None:
        raise NotAChannelId(text=live)
    _finish(asyncio.run(_examine(settings, channel, as_json=as_json)))


@cli.command()
def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="New backup file. Existing files aren't overwritten.")],
) -> None:
    """Back up the database and verify the copy. Safe while the bot runs."""
    settings = _start()
    with show_progress() as progress:
        size = back_up(settings.database_path, Path(file), tell=_copying(progress))
    say(f"Backed up {settings.database_path} to {clean_text(file)} ({decimal(size)}, verified).")


@cli.command(name="restore")
def restore_backup(
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
    settings = _start()
    database = settings.database_path
    with show_progress() as progress:
        tell = _copying(progress)
        restored = restore(Path(file), database, now=datetime.now(UTC), catch_up=catch_up, tell=tell)
    say(f"Restored {database} from {clean_text(file)}.")
    if restored.previous:
        say(f"The previous database was kept as {restored.previous}.")
    if restored.presumed:
        first, last = restored.presumed
        days = f"{first} is" if first == last else f"{first} to {last} are"
        say(
            f"To avoid posting anything twice, {days} marked as posted. To post a day that was missed, run"
            " `paperboy post --channel C --date D`. If no bot has run since the backup, restore it again with --catch-up."
        )
    if restored.doubted:
        say(
            "1 unsent message will be looked up in Slack before sending, in case it already arrived."
            if restored.doubted == 1
            else f"{restored.doubted} unsent messages will be looked up in Slack before sending, in case they already"
            " arrived."
        )


def _copying(progress: Progress) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        what = "MB copied" if done < total else "MB copied, verifying"
        progress.reach(-(-done // 1_000_000), -(-total // 1_000_000), what)

    return tell


for _command in cli.registered_commands:
    # Left to itself, the list of commands cuts what does not fit into a line.
    _command.short_help = re.split(r"(?<=\.) ", inspect.cleandoc(_command.callback.__doc__ or ""))[0]


async def _post(
    settings: Settings, channel: str, day: date, top: int | None, *, dry_run: bool, again: bool, unconfirmed: bool
) -> int:
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(open_services(settings, waits_for_summaries=_WRITTEN_WITHIN))
        slack = None
        if settings.slack_bot_token or not dry_run:
            slack = await stack.enter_async_context(open_slack(services))
        team = slack.team if slack else ""
        known = await services.store.channels.find(team, channel)
        chosen = known.settings if known else settings.channel_defaults()
        chosen = replace(chosen, top=top or chosen.top)
        if slack is None or dry_run:
            composed = await services.daily.compose(team, channel, day, chosen)
            if not isinstance(composed, list):
                return _say_why(composed)
            _print_json([json.loads(delivery.payload) for delivery in composed])
            return DONE
        outcome = await services.daily.post(
            slack.sender, team, channel, day, chosen, again=again, unconfirmed=unconfirmed
        )
        if isinstance(outcome, Posted) and outcome.report.sent_now:
            await services.store.channels.reopen(team, channel, now=services.clock.now())
        return _tell(outcome, channel) if isinstance(outcome, Posted) else _say_why(outcome)


def _tell(posted: Posted, channel: str) -> int:
    report = posted.report
    day, planned = posted.day.isoformat(), report.planned
    once_more = f"`paperboy post --channel {channel} --date {day} --again"
    if report.sent_now:
        say(f"Posted {report.sent_now} of {planned} messages for {day} to {channel}.")
    elif report.sent == planned:
        say(f"{day} was already posted to {channel}. Nothing was sent.")
    if report.refused:
        error = report.refused[0][1]
        complain(
            f"Slack rejected {len(report.refused)} of {planned} messages for {day} in {channel}: {error}."
            f" Once that is fixed, {once_more}` sends them."
        )
    if report.unknown:
        complain(
            f"{len(report.unknown)} of {planned} messages for {day} are unconfirmed in {channel}:"
            f" {', '.join(report.unknown)}. Check the channel; {once_more} --unconfirmed` sends them again."
        )
    if report.waiting:
        reason = report.waiting[0][1] or "another Paperboy is sending them"
        complain(
            f"{len(report.waiting)} of {planned} messages for {day} to {channel} are waiting: {reason}."
            " A running Paperboy sends them later, and so does this command."
        )
    return FAILED if report.refused or report.unknown or report.waiting else DONE


def _say_why(outcome: Without | NotOpenYet | Unreachable) -> int:
    if isinstance(outcome, NothingNew):
        say(f"All papers for {outcome.day.isoformat()} were already posted to this channel. Nothing was sent.")
        return DONE
    why = digest_messages.day_sentence(outcome, _LANGUAGE_OF_COMMANDS)
    if isinstance(outcome, Unreachable):
        complain(why)
        return FAILED
    say(why)
    return DONE


async def _digest(settings: Settings, day: date, top: int | None, wanted: str | None, output: DigestFormat) -> int:
    async with open_services(settings) as services:
        if output is DigestFormat.MARKDOWN and top is None:
            imported = await services.store.papers.imported_digest(day)
            if imported and wanted in {None, imported.language}:
                sys.stdout.flush()
                sys.stdout.buffer.write(imported.text.encode())
                return DONE
        language = wanted or settings.paperboy_language
        asked_at = services.clock.now()
        answer = await services.library.read_settled_day(day)
        if not isinstance(answer, Listing):
            if output in {DigestFormat.JSON, DigestFormat.SLACK} and not isinstance(answer, Unreachable):
                _print_json([])
                complain(digest_messages.day_sentence(answer, _LANGUAGE_OF_COMMANDS))
                return DONE
            return _say_why(answer)
        chosen = choose(answer.papers, top=top or len(answer.papers))
        papers = [listed.paper.id for listed in chosen]
        await services.summarizer.request_summaries(papers, [language], within=_WRITTEN_WITHIN)
        recalled = [await services.library.recall(listed.paper.id, language) for listed in chosen]
        readings = [reading for reading in recalled if reading is not None]
        match output:
            case DigestFormat.JSON:
                _print_json(digest_json(readings))
            case DigestFormat.MARKDOWN:
                sys.stdout.write(digest_markdown(day, readings))
            case DigestFormat.SLACK:
                _print_json(
                    [message.to_payload() for message in _messages(answer, asked_at, readings, language, settings)]
                )
            case DigestFormat.TEXT:
                pieces = _messages(answer, asked_at, readings, language, settings)
                say("\n\n".join(as_text(message) for message in pieces))
        return DONE


def _messages(
    listing: Listing, asked_at: datetime, readings: list[Reading], language: str, settings: Settings
) -> list[Message]:
    chosen = [reading.listed for reading in readings if reading.listed]
    source = f"{settings.hf_url.rstrip('/')}/papers/date/{listing.day.isoformat()}"
    header = digest_messages.daily_header(
        day=listing.day,
        papers=chosen,
        listed=len(listing.papers),
        language=language,
        source_url=source,
        emoji=settings.paperboy_emoji[0],
        as_of=read_earlier(listing, asked_at, settings.paperboy_timezone),
    )
    drawn = [
        cards.paper_card(
            paper=reading.paper, listed=reading.listed, summary=reading.summary, language=language, rank=rank
        )
        for rank, reading in enumerate(readings, start=1)
    ]
    return [header, *drawn]


async def _show(settings: Settings, paper: str, language: str, *, as_json: bool) -> int:
    ref = parse_paper_id(paper)
    async with open_services(settings) as services:
        reading = await services.library.look_up(ref, language)
        await services.summarizer.request_summaries([reading.paper.id], [language], within=_WRITTEN_WITHIN)
        reading = await services.library.recall(reading.paper.id, language) or reading
        if as_json:
            (shown,) = digest_json([reading])
            _print_json(shown)
            return DONE
        card = cards.paper_card(
            paper=reading.paper, listed=reading.listed, summary=reading.summary, language=language, private=True
        )
        say(as_text(card))
        for line in version_lines(await services.store.summaries.versions(reading.paper.id)):
            say(line)
        if material := await services.store.summaries.material(reading.paper.id):
            say(material_line(material))
    return DONE


async def _check(settings: Settings, papers: list[str], day: str | None, *, as_json: bool) -> int:
    ids = [parse_paper_id(paper).id for paper in papers]
    async with open_services(settings) as services:
        found = await (check_day(services.store, _day(day)) if day else check_papers(services.store, ids))
    if as_json:
        _print_json([told_json(each) for each in found])
    else:
        for each in found:
            say(told(each))
    if not found:
        complain("No summaries to check. Import a digest or summarize the papers first.")
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
                complain(f"{clean_text(pair.id)} skipped: {pair.reason}.")
            else:
                checked += 1
                typer.echo(json.dumps(check_pair(pair), ensure_ascii=False))
    if not checked:
        complain("There was no pair to check.")
    return FAILED if skipped and not checked else DONE


async def _examine(settings: Settings, live: str | None, *, as_json: bool) -> int:
    found = []
    async for finding in examine(settings, live=live):
        found.append(finding)
        if not as_json:
            _say_finding(finding)
    if as_json:
        fields = ("what", "verdict", "told", "remedy")
        _print_json([{field: str(getattr(finding, field)) for field in fields} for finding in found])
    return FAILED if any(finding.verdict is Verdict.BROKEN for finding in found) else DONE


def _say_finding(finding: Finding) -> None:
    sign, arrow = _SIGNS[finding.verdict], "→"
    if not can_show(f"{sign}{arrow}", sys.stdout):
        sign, arrow = _PLAIN_SIGNS[finding.verdict], "->"
    say(f"{sign} {finding.what}: {finding.told}")
    if finding.remedy:
        say(f"    {arrow} {finding.remedy}")


def _day(text: str | None) -> date:
    if text is None:
        return HUGGING_FACE.last_settled_day(datetime.now(UTC))
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


def _start(level: LogLevel | None = None, *, to_run: bool = False) -> Settings:
    settings = read_settings(to_run=to_run)
    _hidden.update(settings.secrets)
    configure_logs(level or settings.log_level, settings.log_format, secrets=settings.secrets)
    if to_run:
        for sentence in misspelt_settings():
            complain(sentence)
    return settings


def say(text: str) -> None:
    """Print what was asked for."""
    sys.stdout.write(f"{without_secrets(text, _hidden)}\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """Print what went wrong, in a line."""
    sys.stderr.write(f"paperboy: {without_secrets(sentence, _hidden)}\n")
    sys.stderr.flush()


def _print_json(value: Any) -> None:
    say(json.dumps(value, ensure_ascii=False, indent=2))


def _finish(code: int) -> None:
    if code != DONE:
        raise typer.Exit(code)


def _run() -> int:
    """Run one command; its exit code. Whatever went wrong was said."""
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)  # until the settings are read
    try:
        return cli(standalone_mode=False) or DONE
    except typer.Exit as ended:
        return ended.exit_code
    except typer.BadParameter as wrong:
        complain(_bad_value(wrong))
        return WRONG_USE
    except typer.TyperException as wrong:
        complain(wrong.format_message())
        return WRONG_USE
    except SettingsUnusable as error:
        for each in error.complaints:
            complain(answers.sentence(each, _LANGUAGE_OF_COMMANDS))
        return WRONG_USE
    except (SettingMissing, NotAChannelId, NotADate, NotALanguage, DatesReversed) as error:
        complain(answers.sentence(error, _LANGUAGE_OF_COMMANDS))
        return WRONG_USE
    except PaperboyError as error:
        complain(answers.sentence(error, _LANGUAGE_OF_COMMANDS))
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except Exception as error:
        log.debug("an unexpected error", exc_info=error)
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        complain(f"An unexpected error ended this command: {clean_text(told)}. Set LOG_LEVEL=DEBUG to see where.")
        return FAILED


def _bad_value(wrong: typer.BadParameter) -> str:
    """What to write instead. The words of pydantic, which reads values for Typer, are for programmers."""
    cause = wrong.__cause__
    if not isinstance(cause, ValidationError):
        return wrong.format_message()
    error = cause.errors(include_url=False)[0]
    bounds = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            reason = f"use {bounds['ge']} or more."
        case "less_than_equal":
            reason = f"use {bounds['le']} or less."
        case "int_parsing" | "int_type" | "int_from_float":
            reason = "use a whole number."
        case _:
            reason = error["msg"].removeprefix("Value error, ")
    return wrong.format_message().replace(wrong.message, reason)


def main() -> None:
    """Run one command and end the process with its exit code."""
    streams = Streams()
    code = _run()
    if failure := streams.failure():
        complain(f"Couldn't write the output: {failure.strerror}.")
        code = code or FAILED
    sys.exit(code)
