"""The words of `/paper`, in every language of the catalogues."""

from __future__ import annotations

from functools import cache

from bot.rules.commands import PAPER_VERBS, SUBCOMMANDS, CommandWords
from bot.templating.catalogues import catalogue, languages, named_languages


@cache
def command_words() -> CommandWords:
    """The words of `/paper`, as its text is read by."""
    return CommandWords(subcommands(), paper_phrases())


def subcommands() -> dict[str, str]:
    """Each word, in every language, that names a subcommand: `{"list": "list", "목록": "list", …}`."""
    return {
        word: name
        for language in languages()
        for name in SUBCOMMANDS
        for word in catalogue(language).listed(f"command.{name}")
    }


def paper_phrases() -> dict[str, str]:
    """The commands that words beside a paper's ID stand for, by phrase: `{"save": "save", "in korean": "in ko"}`.

    Words that ask for nothing the answer does not do anyway mean an empty text.
    """
    found: dict[str, str] = {}
    for language in languages():
        words = catalogue(language)
        for code in named_languages():
            name = words.language_name(code)
            for phrase in (name, words.t("command.in_language", language=name)):
                found[phrase.casefold()] = f"in {code}"
            found[words.t("command.in_language", language=code).casefold()] = f"in {code}"
        found |= dict.fromkeys(words.listed("command.beside"), "")
        for verb in PAPER_VERBS:
            found |= dict.fromkeys(words.listed(f"command.{verb}"), verb)
    return found
