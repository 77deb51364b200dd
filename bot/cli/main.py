"""`paperboy …`: what a person types in a terminal.

Exit 0 is done, 1 is failed, 2 is wrong use or settings; a failure is one clear line on stderr.
"""

from __future__ import annotations

import inspect
import re
import sys
from importlib.metadata import version
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from bot.cli.output import DONE, FAILED, LANGUAGE, WRONG_USE, print_error, print_text
from bot.cli.streams import Streams
from bot.errors import (
    DatabaseOnServer,
    DatesReversed,
    NotAChannelId,
    NotADate,
    NotALanguage,
    PaperboyError,
    SettingMissing,
    SettingsUnusable,
)
from bot.logs import configure_logs
from bot.messages.answers import format_error
from bot.settings import LogFormat, LogLevel
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger(__name__)

_INTERRUPTED = 130
# Where each is defined; only what is used is loaded, since each command costs time at a start of any other.
COMMANDS = {
    "demo": "bot.cli.demo:demo",
    "play": "bot.cli.demo:play",
    "run": "bot.cli.run:run_command",
    "post": "bot.cli.post:post",
    "digest": "bot.cli.digest:digest",
    "fetch": "bot.cli.fetch:fetch",
    "import": "bot.cli.fetch:import_command",
    "export": "bot.cli.export:export_command",
    "show": "bot.cli.show:show",
    "search": "bot.cli.search:search",
    "check": "bot.cli.check:check",
    "manifest": "bot.cli.manifest:manifest",
    "doctor": "bot.cli.doctor:doctor",
    "backup": "bot.cli.backup:backup",
    "restore": "bot.cli.backup:restore_command",
    "migrate-store": "bot.cli.migrate_store:migrate_store_command",
}


def _print_version(wanted: bool) -> None:
    if wanted:
        print_text(f"paperboy {version('paperboy')}")
        raise typer.Exit(DONE)


def _begin(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Post each day's most upvoted papers to your team's Slack channels."""


def command_line(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """A parser of command lines for these commands."""
    cli = typer.Typer(
        name="paperboy",
        help="Post each day's most upvoted papers to your team's Slack channels.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    cli.callback()(_begin)
    for name in names:
        command = resolve_name(COMMANDS[name])
        # Left to itself, the list of commands cuts what does not fit into a line.
        first_sentence = re.split(r"(?<=\.) ", inspect.cleandoc(command.__doc__ or ""))[0]
        cli.command(name=name, short_help=first_sentence)(command)
    return cli


def _wanted() -> Iterable[str]:
    """The command that is named; all of them where none is, for a list of them or a word that is like one."""
    return [name for name in sys.argv[1:2] if name in COMMANDS] or COMMANDS


def load_commands() -> None:
    """Load the modules of what is asked for."""
    for name in _wanted():
        resolve_name(COMMANDS[name])


def _run() -> int:
    """Run one command; its exit code. Whatever went wrong has been printed."""
    configure_logs(LogLevel.WARNING, LogFormat.CONSOLE)  # until the settings are read
    try:
        if sys.argv[1:] == ["run"]:
            # To read options typer loads pydantic, which takes 10 MB for good; here there are none.
            from bot.cli.run import run_command

            run_command()
            return DONE
        return command_line(_wanted())(standalone_mode=False) or DONE
    except typer.Exit as ended:
        return ended.exit_code
    except typer.BadParameter as wrong:
        print_error(_bad_value(wrong))
        return WRONG_USE
    except typer.TyperException as wrong:
        print_error(wrong.format_message())
        return WRONG_USE
    except SettingsUnusable as error:
        for each in error.complaints:
            print_error(format_error(each, LANGUAGE))
        return WRONG_USE
    except (SettingMissing, DatabaseOnServer, NotAChannelId, NotADate, NotALanguage, DatesReversed) as error:
        print_error(format_error(error, LANGUAGE))
        return WRONG_USE
    except PaperboyError as error:
        print_error(format_error(error, LANGUAGE))
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        return _INTERRUPTED
    except Exception as error:
        log.debug("an unexpected error", exc_info=error)
        problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        print_error(f"An unexpected error ended this command: {clean_text(problem)}. Set LOG_LEVEL=DEBUG to see where.")
        return FAILED


def _bad_value(wrong: typer.BadParameter) -> str:
    """The values that are allowed, in words of ours: those of pydantic, which Typer reads with, are for programmers."""
    from pydantic import ValidationError  # a bot does without it

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
        print_error(f"Couldn't write the output: {failure.strerror}. Check where it goes, then run the command again.")
        code = code or FAILED
    sys.exit(code)
