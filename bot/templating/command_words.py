"""The words of `/paper`, in every language of the catalogues."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from bot.rules.command_grammar import (
    BULK_REQUESTS,
    LISTS_BY_STATE,
    PAPER_VERBS,
    PLAIN_REQUESTS,
    SUBCOMMANDS,
    WISHES,
    WRITING_VERBS,
    CommandWords,
)
from bot.rules.dates_in_words import DateWords
from bot.rules.list_requests import part_meanings
from bot.rules.phrases import NO_ENDINGS, Endings, Phrases, is_hangul
from bot.rules.written_words import WritingWords
from bot.templating.catalogues import catalogue, languages, named_languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Later ones take precedence where a phrase stands under several.
_REQUESTS = (
    *SUBCOMMANDS, "help_without_paper", "greeting", "clear", "export", *WISHES, *LISTS_BY_STATE, *BULK_REQUESTS,
    *PLAIN_REQUESTS,
)  # fmt: skip
_SEARCHES = ("search", "find", "author")
_SUGGESTED = (*SUBCOMMANDS, "export", "today", "yesterday")
_TIMES = (
    "today", "yesterday", "day_before_yesterday", "tomorrow", "latest", "top", "this_week", "last_week", "next_week",
    "past_week", "this_month", "last_month", "past_month", "this_year", "last_year", "last", "ago", "unit_day",
    "unit_week", "unit_month",
)  # fmt: skip
_SUFFIXES = ("day", "week", "month", "year", "count")
_FORMATS = {
    "bibtex": "bibtex", "bib": "bibtex", "ris": "ris", "csl": "csl", "csl-json": "csl", "markdown": "markdown",
    "md": "markdown", "csv": "csv", "json": "json",
}  # fmt: skip


@cache
def command_words() -> CommandWords:
    """The words of `/paper`, as its text is read by."""
    endings = _endings()
    asking = dict.fromkeys(_words("asking"), "")
    return CommandWords(
        requests=_phrases(_by_name((*_REQUESTS, "language_asked")) | {"help": "help"}, endings),
        searches=_phrases(_by_name(_SEARCHES), endings),
        beside=_phrases(_beside(), endings),
        asking=_phrases(asking, endings),
        languages=_phrases(_languages_alone(), endings),
        named_languages=_phrases({name: _called(name, code) for name, code in _named_languages().items()}, endings),
        questions=_phrases(_by_name(("question", "no_question")), endings),
        fillers=_phrases(_by_name(("question", "no_question", "filler", "praise", "recommend")), endings),
        language_topics=_phrases(_by_name(("language_topic",)), endings),
        list_parts=_phrases(
            {word: meaning for name, meaning in part_meanings().items() for word in _words(name)}, endings
        ),
        searchable_lists=_phrases(_by_name(("searchable_list",)), endings),
        writing=WritingWords(
            verbs=_phrases(_by_name(WRITING_VERBS), endings),
            beside=_phrases(dict.fromkeys(_words("written_beside"), ""), NO_ENDINGS),
            joining=_phrases(dict.fromkeys(_words("joining"), ""), NO_ENDINGS),
            asking=_phrases(asking, endings),
        ),
        negations=_phrases(dict.fromkeys(_words("negation"), "not"), NO_ENDINGS),
        formats=_phrases(
            dict.fromkeys(_words("cite"), "bibtex") | _FORMATS | dict.fromkeys(_words("beside"), ""), endings
        ),
        dates=DateWords(_phrases(asking | _times(), endings), _phrases(_suffixes(), endings)),
        author_filters=tuple(catalogue(language).listed("command.author")[0] for language in languages()),
        suggested=tuple(
            catalogue(language).listed(f"command.{name}")[0] for language in languages() for name in _SUGGESTED
        ),
    )


def subcommands() -> dict[str, str]:
    """The word by which each language names a subcommand: `{"list": "list", "목록": "list", …}`."""
    return {catalogue(language).listed(f"command.{name}")[0]: name for language in languages() for name in SUBCOMMANDS}


def _phrases(meanings: Mapping[str, str], endings: Endings) -> Phrases:
    """Phrases by their meaning, as text is normalized; Korean ones also without any of their blanks."""
    meanings = {unicodedata.normalize("NFKC", phrase).casefold(): meaning for phrase, meaning in meanings.items()}
    joined = {way: meaning for phrase, meaning in meanings.items() if is_hangul(phrase) for way in _spacings(phrase)}
    return Phrases(joined | meanings, endings)


def _spacings(phrase: str) -> Iterator[str]:
    """A phrase with each choice of its blanks, which Koreans leave out as they like: 몇 시에 와, 몇시에 와."""
    first, *others = phrase.split(" ")
    for blanks in product(("", " "), repeat=len(others)):
        yield first + "".join(blank + word for blank, word in zip(blanks, others, strict=True))


def _words(name: str) -> Iterator[str]:
    for language in languages():
        yield from catalogue(language).listed(f"command.{name}")


def _by_name(names: Iterable[str]) -> dict[str, str]:
    meant = {"language_asked": "language"}
    return {word: meant.get(name, name) for name in names for word in _words(name)}


def _endings() -> Endings:
    return Endings(
        frozenset(_words("particles")),
        frozenset(_words("verb_endings")),
        frozenset({*PAPER_VERBS, *WRITING_VERBS, *BULK_REQUESTS, *_SEARCHES, *WISHES, "clear", "export"}),
    )


def _beside() -> dict[str, str]:
    """The meanings of words beside the ID of a paper: `{"save": "save", "in korean": "in ko", "please": ""}`."""
    named = {name: f"in {code}" for name, code in _named_languages().items() if code != "auto" and _is_a_name(name)}
    spoken = {phrase: f"in {code}" for phrase, code in _in_languages().items()}
    formats = {word: f"cite {name}" for word, name in _FORMATS.items()} | dict.fromkeys(_words("export"), "cite")
    return named | spoken | formats | dict.fromkeys(_words("beside"), "") | _by_name(PAPER_VERBS)


def _is_a_name(name: str) -> bool:
    """Whether this is the name of a language, and no code."""
    return len(name) > 2 or is_hangul(name)


def _in_languages() -> dict[str, str]:
    """`in korean`, `한국어로`, `in ko`: each with the code of its language."""
    return {
        words.t("command.in_language", language=name).casefold(): code
        for words in map(catalogue, languages())
        for code in named_languages()
        for name in (words.language_name(code), code)
    }


def _named_languages() -> dict[str, str]:
    names = {
        catalogue(language).language_name(code).casefold(): code
        for language in languages()
        for code in named_languages()
    }
    names |= {name: code for language in languages() for code, name in _other_names(language)}
    automatic = {
        word.casefold(): word for language in languages() for word in catalogue(language).listed("language.automatic")
    }
    return names | dict.fromkeys(automatic, "auto")


def _other_names(language: str) -> Iterator[tuple[str, str]]:
    """The codes of languages with what people call them besides: `("ko", "한글")`."""
    for entry in catalogue(language).listed("command.also_language"):
        code, *names = entry.split("|")
        yield from ((code, name) for name in names)


def _languages_alone() -> dict[str, str]:
    """Phrases that choose a language where they stand alone: `in german`, and the names of those Paperboy speaks."""
    spoken = {name: code for name, code in _named_languages().items() if code in languages()}
    asked = {phrase: _called(phrase, code) for phrase, code in _in_languages().items()}
    return asked | spoken | {code: code for code in languages()}


def _called(phrase: str, code: str) -> str:
    """The code of a language Paperboy speaks, and any other by the name somebody used, which an answer repeats."""
    names = (catalogue(language).language_name(code) for language in languages())
    return code if code in languages() else next((name for name in names if name.casefold() in phrase), code)


def _times() -> dict[str, str]:
    found = dict.fromkeys([*_words("find"), *_words("date_beside")], "")
    found |= _by_name(_TIMES)
    for language in languages():
        words = catalogue(language)
        for at, names in enumerate(words.listed("command.months"), start=1):
            found |= dict.fromkeys(names.split("|"), f"month {at}")
        for at, names in enumerate(words.listed("command.weekdays"), start=1):
            found |= dict.fromkeys(names.split("|"), f"weekday {at}")
        for entry in words.listed("command.counted_days"):
            count, *called = entry.split("|")
            found |= dict.fromkeys(called, f"days {count}")
        found |= {name: f"number {at}" for at, name in enumerate(words.listed("command.numbers"), start=1)}
    return found


def _suffixes() -> dict[str, str]:
    return {word: name for name in _SUFFIXES for word in _words(f"number_{name}")}
