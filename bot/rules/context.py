"""Words written below a paper, or right after one was shown, read as being about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    CitePapers,
    NamePapers,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SharePapers,
    ShowPapers,
    parse_command,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.rules.commands import Command, CommandWords


def parse_in_context(text: str, papers: Sequence[str], known: CommandWords, *, today: date) -> Command:
    """The command in a text that is written where these papers are in view.

    A verb (`save`), a language (`in Korean`), or a question without a paper is about the one in view; where several
    are, a question has none, and a verb asks for one. All else means what it means anywhere.
    """
    command = parse_command(text, known, today=today)
    if not papers or not _lacks_a_paper(command, text):
        return command
    about = parse_command(f"{text} {' '.join(papers)}", known, today=today)
    is_one = len(papers) == 1
    match about:
        case AskAbout():
            return about if is_one else replace(about, refs=())
        case SavePapers(_, "") | RemovePapers(_, "") | SharePapers() if is_one:
            return about
        case CitePapers() if is_one and not about.ignored:
            return about
        case ShowPapers(_, "", language) if language and is_one:
            return about
        case _:
            return command


def _lacks_a_paper(command: Command, text: str) -> bool:
    """Whether a command could be about a paper; one to search for certain words could not."""
    match command:
        case NamePapers() | ChooseLanguage():
            return True
        case SearchPapers(query):
            return query.split() == text.split()
        case _:
            return False
