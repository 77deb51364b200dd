"""What somebody meant who typed `/paper …`."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.legible import legible, shorten
from bot.papers import find_paper_refs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.papers import PaperRef


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Explain what can be asked; `unknown` is a word that was not understood, `suggestion` what it may have meant."""

    unknown: str | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class ShowList:
    """Show the asker's reading list, `page` from 1."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowPapers:
    """Show these papers."""

    refs: tuple[PaperRef, ...]


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Show how this channel gets its papers."""


@dataclass(frozen=True, slots=True)
class ShowLanguage:
    """Tell the asker in which language they are answered."""


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Answer the asker in the language they call `name` from now on."""

    name: str


Command = ShowHelp | ShowList | ShowPapers | ShowSettings | ShowLanguage | ChooseLanguage


def parse_command(text: str, subcommands: Mapping[str, str]) -> Command:
    """The command in what was typed after `/paper`.

    `subcommands` gives each word, in any language, that names one: {"list": "list", "목록": "list", …}. The first word
    is a subcommand only when the rest fits it; otherwise any id or address in the text means those papers; all else is
    answered with help and, where a word is close, a guess.
    """
    words = unicodedata.normalize("NFKC", legible(text)).casefold().split()
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
        return ShowPapers(refs)
    return ShowHelp(unknown=shorten(legible(text), 60), suggestion=_closest(words[0], subcommands))


def _closest(word: str, subcommands: Iterable[str]) -> str | None:
    """The subcommand a word may have meant, compared by letters: a Korean syllable is made of several."""
    by_letters = {unicodedata.normalize("NFD", name): name for name in subcommands}
    close = get_close_matches(unicodedata.normalize("NFD", word), by_letters, n=1, cutoff=0.6)
    return by_letters[close[0]] if close else None
