"""Commands: each thing that can be asked for in words, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.rules.list_filter import WHOLE_LIST
from bot.rules.requests import RESPONSE_URL_USES

if TYPE_CHECKING:
    from datetime import date

    from bot.rules.list_filter import ListFilter
    from bot.rules.papers import PaperRef
    from bot.rules.reading_list import ReadingState


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Explain what can be asked.

    `greeting` is for people who say hello, thanks or `?`, and who are shown what to try first.
    """

    greeting: bool = False


@dataclass(frozen=True, slots=True)
class ShowList:
    """Show the asker's reading list or the part of it that a `filter` chooses, `page` from 1."""

    filter: ListFilter = WHOLE_LIST
    page: int = 1


@dataclass(frozen=True, slots=True)
class ClearList:
    """Take every paper off the asker's reading list."""


@dataclass(frozen=True, slots=True)
class ExportList:
    """Give the asker their reading list, or the part of it that a `filter` chooses, as a file.

    `format` is the name of a format, None where none was named.
    """

    format: str | None = None
    filter: ListFilter = WHOLE_LIST


@dataclass(frozen=True, slots=True)
class ImportPapers:
    """Put papers that another program keeps on the asker's reading list."""


@dataclass(frozen=True, slots=True)
class UndoRemoval:
    """Bring back what the asker last took off their reading list."""


@dataclass(frozen=True, slots=True)
class ShowTeam:
    """Show what people of the asker's workspace save."""


@dataclass(frozen=True, slots=True)
class ShowMyData:
    """Give the asker all that is kept about them."""


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Delete all that is kept about the asker, who is asked first."""


@dataclass(frozen=True, slots=True)
class ShowMySettings:
    """Show what the asker chose for themselves."""


@dataclass(frozen=True, slots=True)
class SetReminders:
    """Turn the asker's reminders of their reading list on or off, or put the next one off; None shows how they are."""

    wish: Literal["on", "off", "snooze"] | None = None


@dataclass(frozen=True, slots=True)
class DaysWanted:
    """Listing days, from `first` to `last`; both None mean the latest day that has papers.

    `words` are those the days were asked for with, shortened. A day may lie in the future.
    """

    first: date | None = None
    last: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ShowDays:
    """Show the digest of these days, its `top` papers where a number was named, `page` from 1.

    In a `language` (a code), if one was named.
    """

    days: DaysWanted
    top: int | None = None
    page: int = 1
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPapers:
    """Search the known papers for a query, `page` from 1.

    The query is empty where somebody asked to search and did not say for what. `suggestion` is the subcommand that the
    query is one slip away from, to be offered beside what is found. `no_language` is the one word beside `language`
    where it may have been meant as the name of a language that Paperboy doesn't know.
    """

    query: str
    page: int = 1
    suggestion: str | None = None
    no_language: str | None = None


@dataclass(frozen=True, slots=True)
class ShowPapers:
    """Show these papers, in a `language` (a code) if one was named; the `ignored` words were not understood."""

    refs: tuple[PaperRef, ...]
    ignored: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SavePapers:
    """Put these papers on the asker's list; the `ignored` words were not understood."""

    refs: tuple[PaperRef, ...]
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class RemovePapers:
    """Take these papers off the asker's list; the `ignored` words were not understood."""

    refs: tuple[PaperRef, ...]
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class SetState:
    """Say how far the asker is with these papers, or archive them; only where every word was understood."""

    refs: tuple[PaperRef, ...]
    state: ReadingState


@dataclass(frozen=True, slots=True)
class SetStateOfAll:
    """Set the state of all papers of the asker's list that a `filter` chooses; they are asked first."""

    state: ReadingState
    filter: ListFilter = WHOLE_LIST


@dataclass(frozen=True, slots=True)
class NotePaper:
    """Keep the asker's note on a paper of their list, as it was typed; with an empty one the note is asked for."""

    ref: PaperRef
    note: str = ""


@dataclass(frozen=True, slots=True)
class TagPapers:
    """Put tags, as typed, on papers of the asker's list, or take them off; without any, tags are asked for."""

    refs: tuple[PaperRef, ...]
    tags: tuple[str, ...]
    is_removal: bool = False


@dataclass(frozen=True, slots=True)
class SharePapers:
    """Show these papers to everybody in the channel; only where every word was understood."""

    refs: tuple[PaperRef, ...]


@dataclass(frozen=True, slots=True)
class CitePapers:
    """Give these papers as references to copy, in `format` where one was named (`bibtex`); the `ignored` words were not
    understood."""

    refs: tuple[PaperRef, ...]
    ignored: str = ""
    format: str | None = None


@dataclass(frozen=True, slots=True)
class SuggestPapers:
    """Ask whether these papers are meant: what was `typed` is no ID, and one slip away from theirs."""

    refs: tuple[PaperRef, ...]
    typed: str


@dataclass(frozen=True, slots=True)
class NoSuchDate:
    """Say that what was `typed` is no date: no calendar has it."""

    typed: str


@dataclass(frozen=True, slots=True)
class OpenLinks:
    """Show the known papers that carry these addresses of other sites, or say which links are taken."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskAbout:
    """Answer a question about these papers."""

    refs: tuple[PaperRef, ...]
    question: str


@dataclass(frozen=True, slots=True)
class NamePapers:
    """Say that `verb` (`save`, `note`, `set_done`) needs a paper to go with it; without one, that some is."""

    verb: str


@dataclass(frozen=True, slots=True)
class ChoosePaper:
    """Ask which of these papers, by ID, the `words` are about."""

    papers: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Tell what runs, in which version, and when the next digest comes."""


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Show how this channel gets its papers.

    `wish` is what the asker wants of them (one of `WISHES`), which the form is for; `detail` are the words that go with
    it: `10:00` with `time`, a keyword with `follow`.
    """

    wish: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ShowLanguage:
    """Tell the asker in which language they are answered."""


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Answer the asker in the language they call `name` from now on."""

    name: str


Command = (
    ShowHelp
    | ShowList
    | ShowPapers
    | SavePapers
    | RemovePapers
    | SetState
    | SetStateOfAll
    | NotePaper
    | TagPapers
    | SharePapers
    | CitePapers
    | SuggestPapers
    | OpenLinks
    | AskAbout
    | NamePapers
    | ChoosePaper
    | ShowDays
    | NoSuchDate
    | SearchPapers
    | ClearList
    | ExportList
    | ImportPapers
    | UndoRemoval
    | ShowTeam
    | ShowMyData
    | ForgetMe
    | ShowMySettings
    | SetReminders
    | ShowStatus
    | ShowSettings
    | ShowLanguage
    | ChooseLanguage
)


def papers_answered(refs: tuple[PaperRef, ...]) -> tuple[PaperRef, ...]:
    """The papers that get an answer, of those that were asked for."""
    return refs[:RESPONSE_URL_USES]


def has_room_for_reasons(papers: int, *, is_new: bool) -> bool:
    """Whether beside an answer for each of the papers there is room for another; one goes to somebody new at first."""
    return papers + is_new < RESPONSE_URL_USES
