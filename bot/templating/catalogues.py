"""The catalogues: every text a person sees, one catalogue a language."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates"
DEFAULT_LANGUAGE: Final = "en"

# A word or sentence; its forms by number (`one`, `other`); or the names of the months and weekdays.
Entry = str | dict[str, str] | list[str]


class Catalogue:
    """The words of one language, by dotted key (`card.votes`).

    A key that is missing raises `KeyError`, and so does a value that a sentence names and nobody gave.
    """

    def __init__(self, language: str, entries: Mapping[str, Entry]) -> None:
        self.language = language
        self.entries = entries

    def t(self, key: str, **values: object) -> str:
        """The words under `key` with the values filled in; `count` also chooses between singular and plural."""
        return "".join(self.pieces(key, **values))

    def pieces(self, key: str, **values: object) -> Iterator[str]:
        """A text in pieces, in which a value that is a string stays the object it was: for a link in a sentence."""
        for words, name in _parsed(self._form(key, values.get("count"))):
            if words:
                yield words
            if name:
                yield _shown(values[name])

    def listed(self, key: str) -> list[str]:
        """The words under a key that holds several, in their order."""
        entry = self.entries[key]
        if not isinstance(entry, list):
            raise KeyError(key)
        return entry

    def names(self, key: str) -> frozenset[str]:
        """The values that the words under `key` ask for, in any of their forms."""
        entry = self.entries[key]
        forms = entry.values() if isinstance(entry, dict) else [self._form(key, None)]
        return frozenset(name for form in forms for _, name in _parsed(form) if name)

    def long_date(self, day: date) -> str:
        """A day with its weekday: `Wednesday, July 31, 2024`."""
        return self._date("dates.long", "dates.months", "dates.weekdays", day)

    def medium_date(self, day: date) -> str:
        """A day with its weekday in short: `Wed, Jul 31, 2024`."""
        return self._date("dates.medium", "dates.months_short", "dates.weekdays_short", day)

    def weekday_and_day(self, day: date) -> str:
        """A recent day: `Wed, Jul 31`."""
        return self._date("dates.weekday_and_day", "dates.months_short", "dates.weekdays_short", day)

    def short_date(self, day: date) -> str:
        """A day where space is scarce: `Jul 31, 2024`."""
        return self._date("dates.short", "dates.months_short", "dates.weekdays_short", day)

    def language_name(self, code: str) -> str:
        """The name of another language in this one; a language it has no name for goes by its code."""
        name = self.entries.get(f"languages.{language_code(code)}")
        return name if isinstance(name, str) else code

    def _form(self, key: str, count: object) -> str:
        entry = self.entries[key]
        if isinstance(entry, dict):
            return entry["one"] if count == 1 and "one" in entry else entry["other"]
        if isinstance(entry, list):
            raise KeyError(key)
        return entry

    def _date(self, key: str, months: str, weekdays: str, day: date) -> str:
        return self.t(
            key,
            weekday=self.listed(weekdays)[day.weekday()],
            day=day.day,
            month=self.listed(months)[day.month - 1],
            year=str(day.year),  # a year is a name: no thousands separator
        )


def language_code(language: str) -> str:
    """The language itself, without a region: `ko` for `ko-KR` or `ko_KR`."""
    return language.replace("_", "-").partition("-")[0].lower()


@lru_cache(maxsize=64)
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language (`ko`, `ko-KR`); the English one for a language Paperboy does not speak."""
    code = language_code(language)
    return _loaded(code if code in languages() else DEFAULT_LANGUAGE)


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages Paperboy speaks, in alphabetical order."""
    return tuple(sorted(path.stem for path in (TEMPLATES / "catalogues").glob("*.toml")))


@cache
def named_languages() -> tuple[str, ...]:
    """The codes of the languages Paperboy has names for, those it speaks first."""
    keys = (key.partition(".") for key in sorted(_loaded(DEFAULT_LANGUAGE).entries))
    named = [code for table, _, code in keys if table == "languages"]
    return (*languages(), *(code for code in named if code not in languages()))


@cache
def _loaded(code: str) -> Catalogue:
    with (TEMPLATES / "catalogues" / f"{code}.toml").open("rb") as file:
        return Catalogue(code, dict(_flat(tomllib.load(file))))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        match value:
            case dict() if "other" in value:
                yield key, {form: str(words) for form, words in value.items()}
            case dict():
                yield from _flat(value, f"{key}.")
            case list():
                yield key, [str(word) for word in value]
            case _:
                yield key, str(value)


@lru_cache(maxsize=1024)
def _parsed(words: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(words))


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else str(value)
