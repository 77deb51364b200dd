"""The output of commands: text, errors, JSON, exit codes; never a secret."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from bot.logs import without_secrets
from bot.messages import digest_notes
from bot.rules.papers import NotOpenYet, Unreachable
from bot.rules.selection import NothingNew

if TYPE_CHECKING:
    from bot.rules.selection import Without


DONE, FAILED, WRONG_USE = 0, 1, 2
LANGUAGE = "en"
# What is never printed; filled once the settings are read.
hidden: set[str] = set()


def print_text(text: str) -> None:
    """Print what was asked for."""
    sys.stdout.write(f"{without_secrets(text, hidden)}\n")
    sys.stdout.flush()


def print_error(sentence: str) -> None:
    """Print what went wrong, in a line."""
    sys.stderr.write(f"paperboy: {without_secrets(sentence, hidden)}\n")
    sys.stderr.flush()


def print_json(value: Any) -> None:
    """Print plain data for other programs."""
    print_text(json.dumps(value, ensure_ascii=False, indent=2))


def print_reason(outcome: Without | NotOpenYet | Unreachable) -> int:
    """Print why there are no papers for a day; the exit code."""
    if isinstance(outcome, NothingNew):
        print_text(f"All papers for {outcome.day.isoformat()} were already posted to this channel. Nothing was sent.")
        return DONE
    why = digest_notes.day_sentence(outcome, LANGUAGE)
    if isinstance(outcome, Unreachable):
        print_error(why)
        return FAILED
    print_text(why)
    return DONE


def finish(code: int) -> None:
    """End the command with an exit code."""
    if code != DONE:
        raise typer.Exit(code)
