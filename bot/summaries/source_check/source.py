"""The source of a summary, prepared once for every check against it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.summaries.source_check.languages import language_of_summary
from bot.summaries.source_check.numbers import NumberLine, numbers_in
from bot.summaries.source_check.plain_text import plain
from bot.summaries.source_check.stems import beginnings_of, stems_of

# All that does not make one name another; a point between digits does.
_BETWEEN = re.compile(r"(?<!\d)[\W_]|[\W_](?!\d)|(?![.,])[\W_]")


@dataclass(frozen=True)
class Source:
    """The text that a summary may rest on, in one spelling."""

    text: str

    @cached_property
    def lower(self) -> str:
        """The text in small letters."""
        return self.text.lower()

    @cached_property
    def squashed(self) -> str:
        """The text as `squashed`."""
        return squashed(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words in Latin letters, small."""
        return frozenset(re.findall(r"[a-z0-9]+", self.lower))

    @cached_property
    def initials(self) -> str:
        """The first letters of all its words in a row; a hyphen is a gap between words."""
        return "".join(word[0] for word in re.findall(r"[a-z]+", self.lower))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the words that tell what it is about."""
        return stems_of(self.text)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """Everything that one of its words begins with."""
        return beginnings_of(self.text)

    @cached_property
    def language(self) -> str:
        """Its language, as `language_of_summary` has it."""
        return language_of_summary(self.text)

    @cached_property
    def numbers(self) -> NumberLine:
        """Every number that can be read in it."""
        return NumberLine(numbers_in(self.text))


@lru_cache(maxsize=32)
def read_source(text: str) -> Source:
    """Prepare a source; the last few are cached, as several summaries of one paper are checked against it."""
    return Source(plain(text))


def squashed(text: str) -> str:
    """A text in small letters without accents, gaps and hyphens: what makes no name another."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKD", text.replace("×", "x"))).lower()
