"""Commands that name no paper, read as what they mean beside the papers somebody has in view."""

from __future__ import annotations

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
    ShowHelp,
    ShowPapers,
    asks_to_search,
    could_be_about_a_paper,
    parse_command,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.rules.commands import Command, CommandWords


def in_context(command: Command, text: str, papers: Sequence[str], known: CommandWords, *, today: date) -> Command:
    """The command that was meant, by the IDs of the papers in view.

    A verb (`save`), a language (`in Korean`), or a question that names no paper is about the one in view. Where several
    are, a question is about none of them, and a verb has to name one. All else means what it means anywhere.
    """
    if not papers or not _lacks_a_paper(command, text, known):
        return command
    about = parse_command(f"{text} {' '.join(papers)}", known, today=today)
    is_one = len(papers) == 1
    match about:
        case AskAbout(_, question):
            return about if is_one else AskAbout((), question)
        case SavePapers(_, "") | RemovePapers(_, "") | CitePapers(_, "") | SharePapers() if is_one:
            return about
        case ShowPapers(_, "", language) if is_one and (language or isinstance(command, SearchPapers)):
            return about
        case _:
            return command


def _lacks_a_paper(command: Command, text: str, known: CommandWords) -> bool:
    """Whether a command could be about a paper; one that says what to search for could not."""
    match command:
        case NamePapers() | ChooseLanguage():
            return True
        case SearchPapers():
            return not asks_to_search(text, known)
        case ShowHelp():
            return could_be_about_a_paper(text, known)
        case _:
            return False
