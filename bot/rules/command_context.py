"""Commands that name no paper, read as what they mean beside the papers somebody has in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.command_grammar import asks_to_search, could_be_about_a_paper, parse_command, sets_a_state
from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    ChoosePaper,
    CitePapers,
    NamePapers,
    NotePaper,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SetState,
    SharePapers,
    ShowHelp,
    ShowList,
    ShowPapers,
    TagPapers,
)
from bot.rules.papers import PaperRef
from bot.rules.papers_in_view import (
    asks_which_papers,
    names_either,
    paper_by_title,
    read_marked_numbers,
    read_plain_numbers,
    without_title,
)
from bot.rules.written_words import words_to_note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.rules.command_grammar import CommandWords
    from bot.rules.commands import Command
    from bot.rules.papers_in_view import NumberedWords, PapersInView


def in_context(command: Command, text: str, view: PapersInView, known: CommandWords, *, today: date) -> Command:
    """The command that was meant, by the papers in view.

    A verb (`save`), a language (`in Korean`), or a question that names no paper is about the one in view. Where several
    are, it is about those whose numbers it says, or else about the only one whose title has words of it; or else the
    asker is to choose. All else means what it means anywhere.
    """
    if not view.latest or not _lacks_a_paper(command, text, known):
        return command

    def read(words: str, papers: Sequence[str]) -> Command:
        return parse_command(f"{words} {' '.join(papers)}", known, today=today)

    if (noted := words_to_note(text, known.writing)) is not None and len(view.latest) == 1:
        return NotePaper(PaperRef(view.latest[0]), noted)
    if view.are_several and (meant := _one_of_several(command, text, view, read)):
        return meant
    if len(view.latest) > 1 and asks_which_papers(text):
        return command
    about = read(text, view.latest[:1])
    if not _is_about_papers(about, command):
        return command
    return about if len(view.latest) == 1 else ChoosePaper(view.all, text)


def _one_of_several(
    command: Command, text: str, view: PapersInView, read: Callable[[str, Sequence[str]], Command]
) -> Command | None:
    """The command about those of several papers that are named by number or title; None where none is."""
    if plain := read_plain_numbers(text):
        papers = _of_numbers(plain, view)
        about = read(plain.rest, papers or view.all[:1])
        if not isinstance(about, AskAbout) and _is_about_papers(about, command):
            if papers and not (len(papers) > 1 and names_either(text)):
                return about
            return ChoosePaper(view.all, plain.rest) if plain.rest else None
    if marked := read_marked_numbers(text):
        papers = _of_numbers(marked, view)
        about = read(marked.rest, papers or view.all[:1])
        is_undecided = not isinstance(about, AskAbout) and len(papers) > 1 and names_either(text)
        if papers and not is_undecided:
            return about
        return ChoosePaper(view.all, marked.rest)
    if (named := paper_by_title(text, view.titles)) is None:
        return None
    about = read(text, (named,))
    if isinstance(about, AskAbout):
        return about
    rest = without_title(text, view.titles[named])
    about = read(rest, (named,))
    return about if rest and not isinstance(about, AskAbout) and _is_about_papers(about, command) else None


def _of_numbers(said: NumberedWords, view: PapersInView) -> tuple[str, ...]:
    """The papers of these numbers; empty where one has no paper."""
    papers = [view.all[number - 1] for number in said.numbers if 0 < number <= len(view.all)]
    return tuple(papers) if len(papers) == len(said.numbers) else ()


def _is_about_papers(about: Command, command: Command) -> bool:
    """Whether words beside the ID of a paper were understood as a question about it, or as something to do with it."""
    match about:
        case AskAbout() | SharePapers():
            return True
        case SavePapers(_, "") | RemovePapers(_, "") | CitePapers(_, "") | SetState() | NotePaper() | TagPapers():
            return True
        case ShowPapers(_, "", language):
            return language is not None or isinstance(command, SearchPapers | NamePapers)
        case _:
            return False


def _lacks_a_paper(command: Command, text: str, known: CommandWords) -> bool:
    """Whether a command could be about a paper; one that says what to search for could not."""
    match command:
        case NamePapers() | ChooseLanguage():
            return True
        case ShowList():
            return sets_a_state(text, known)
        case NotePaper():
            return words_to_note(text, known.writing) is not None
        case SearchPapers():
            return not asks_to_search(text, known)
        case ShowHelp():
            return could_be_about_a_paper(text, known)
        case _:
            return False
