"""`/paper …` as it was typed, read as a command."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.rules.papers import find_paper_refs, without_paper_refs
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from bot.rules.papers import PaperRef

# What `/paper` is asked for by a word of its own, and what by a word beside the id of a paper; words of the catalogue
# in each language name them.
SUBCOMMANDS = ("list", "settings", "language", "help")
PAPER_VERBS = ("save", "remove", "share")
WISHES = ("pause", "resume", "time", "subscribe", "unsubscribe", "follow", "mute")
# A response_url may be used five times (docs.slack.dev, handling user interaction).
_MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class CommandWords:
    """The words of commands in every language Paperboy speaks.

    `subcommands` gives each word that names one: `{"list": "list", "목록": "list", …}`. `phrases` tells what words
    beside an ID mean: a verb (`save`, `remove`, `share`), a language (`in ko`), or nothing (an empty text: `please`).
    """

    subcommands: Mapping[str, str]
    phrases: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Explain what can be asked.

    `unknown` is a word that was not understood, `suggestion` what it may have meant; `greeting` is for people who say
    hello, thanks or `?`, and who are shown what to try first.
    """

    unknown: str | None = None
    suggestion: str | None = None
    greeting: bool = False


@dataclass(frozen=True, slots=True)
class ShowList:
    """Show the asker's reading list, `page` from 1; the `ignored` words ask for a part of it that is not kept."""

    page: int = 1
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class ClearList:
    """Take every paper off the asker's reading list."""


@dataclass(frozen=True, slots=True)
class ExportList:
    """Give the asker their reading list as a file; `format` is the name of a format, None where none was named."""

    format: str | None = None


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
    """Show the digest of these days, its `top` papers where a number was named, `page` from 1."""

    days: DaysWanted
    top: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class SearchPapers:
    """Search the known papers for a query, `page` from 1.

    The query is empty where somebody asked to search and did not say for what. `suggestion` is the subcommand that the
    query is one slip away from, to be offered beside what is found.
    """

    query: str
    page: int = 1
    suggestion: str | None = None


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
    """Say that `verb` (`save`, `remove`, `share`, `cite`) needs a paper to go with it."""

    verb: str


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
    | SharePapers
    | CitePapers
    | SuggestPapers
    | OpenLinks
    | AskAbout
    | NamePapers
    | ShowDays
    | SearchPapers
    | ClearList
    | ExportList
    | ShowStatus
    | ShowSettings
    | ShowLanguage
    | ChooseLanguage
)

_IN_LANGUAGE = "in "
_LONGEST_QUOTED = 60
_PUNCTUATION = ".,;:!?()[]{}<>\"'“”‘’«»·…|"
_MARKED_UP = re.compile(r"<[^<>]*>")


def papers_answered(refs: tuple[PaperRef, ...]) -> tuple[PaperRef, ...]:
    """The papers that get an answer, of those that were asked for."""
    return refs[:_MOST_ANSWERS]


def has_room_for_reasons(papers: int, *, is_new: bool) -> bool:
    """Whether beside an answer for each of the papers there is room for another; one goes to somebody new at first."""
    return papers + is_new < _MOST_ANSWERS


def parse_command(text: str, known: CommandWords, *, today: date) -> Command:
    """The command in what was typed after `/paper`, on the asker's day `today`.

    The first word is a subcommand only when the rest fits it; otherwise any id or address in the text means those
    papers. All else is answered with help and, where a word is a slip away, a guess.
    """
    subcommands, phrases = known.subcommands, known.phrases
    words = unicodedata.normalize("NFKC", clean_text(text)).casefold().split()
    if not words:
        return ShowHelp()
    name, rest = subcommands.get(words[0]), words[1:]
    if name == "help" and not rest:
        return ShowHelp()
    if name == "settings" and not rest:
        return ShowSettings()
    if name == "language" and len(rest) <= 1:
        return ChooseLanguage(rest[0]) if rest else ShowLanguage()
    if name == "list" and (not rest or (len(rest) == 1 and rest[0].isdecimal() and int(rest[0][:6]) > 0)):
        return ShowList(page=int(rest[0][:6]) if rest else 1)
    if refs := find_paper_refs(text):
        return _command_about_papers(refs, _read_phrases(_words_beside_papers(text), phrases))
    match _read_phrases(words, phrases):
        case [(verb, _)] if verb in PAPER_VERBS:
            return NamePapers(verb)
        case _:
            return ShowHelp(unknown=_quoted(clean_text(text)), suggestion=_one_edit_away(words[0], subcommands))


def _command_about_papers(refs: tuple[PaperRef, ...], found: Sequence[tuple[str | None, str]]) -> Command:
    """The command in the phrases beside ids, each with its meaning and its words.

    What comes first counts, so that "don't save" saves nothing; and what cannot be undone is only done where nothing is
    left that was not understood.
    """
    if not found:
        return ShowPapers(refs)
    (meaning, _), *others = found
    left_over = _quoted(" ".join(words for _, words in others))
    if meaning == "save":
        return SavePapers(refs, left_over)
    if meaning == "remove":
        return RemovePapers(refs, left_over)
    if meaning == "share" and not others:
        return SharePapers(refs)
    if meaning and meaning.startswith(_IN_LANGUAGE) and not others:
        return ShowPapers(refs, language=meaning.removeprefix(_IN_LANGUAGE))
    return ShowPapers(refs, _quoted(" ".join(words for _, words in found)))


def _words_beside_papers(text: str) -> list[str]:
    """The words of a text that belong to no id and no address of a paper, without punctuation around them."""
    plain = unicodedata.normalize("NFKC", clean_text(text)).casefold()
    plain = _MARKED_UP.sub(lambda found: " " if find_paper_refs(found[0]) else found[0], plain)
    words: list[str] = []
    for word in plain.split():
        if not find_paper_refs(word):
            words.append(word)
        elif "/" not in unquote(word):
            words += without_paper_refs(word).split()
    return [bare for word in words if (bare := word.strip(_PUNCTUATION))]


def _read_phrases(words: Sequence[str], phrases: Mapping[str, str]) -> list[tuple[str | None, str]]:
    """The words as phrases, longest first, each with its meaning; None for a word without, and what means nothing is
    left out."""
    if not words:
        return []
    longest = max((phrase.count(" ") + 1 for phrase in phrases), default=1)
    found: list[tuple[str | None, str]] = []
    at = 0
    while at < len(words):
        sizes = range(min(longest, len(words) - at), 0, -1)
        size = next((size for size in sizes if " ".join(words[at : at + size]) in phrases), 0)
        phrase = " ".join(words[at : at + max(size, 1)])
        meaning = phrases.get(phrase)
        if meaning != "":
            found.append((meaning, phrase))
        at += max(size, 1)
    return found


def _quoted(text: str) -> str:
    return shorten(text, _LONGEST_QUOTED)


def _one_edit_away(word: str, subcommands: Iterable[str]) -> str | None:
    """The subcommand a word may have meant: one letter too many, missing, wrong, or two in the wrong order.

    Compared by letters: a Korean syllable is made of several, and one that is missing is one slip.
    """
    near = {unicodedata.normalize("NFD", name): name for name in subcommands}
    if word in near.values():
        return word
    typed = unicodedata.normalize("NFD", word)
    for letters, name in near.items():
        if _is_one_edit(typed, letters) or (_is_hangul(name) and _lacks_a_syllable(word, name)):
            return name
    return None


def _is_one_edit(typed: str, meant: str) -> bool:
    """Whether one letter more, less, other or exchanged with its neighbor makes the one of the other."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    same = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if same is None:
        return len(typed) != len(meant)
    after, following = typed[same:], meant[same:]
    return (
        after[1:] == following[1:]
        or after[1:] == following
        or after == following[1:]
        or (after[:2] == following[:2][::-1] and after[2:] == following[2:])
    )


def _lacks_a_syllable(word: str, name: str) -> bool:
    return any(word == name[:at] + name[at + 1 :] for at in range(len(name))) and len(word) > 1


def _is_hangul(word: str) -> bool:
    return all("\uac00" <= letter <= "\ud7a3" for letter in word)
