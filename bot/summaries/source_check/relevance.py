"""The check of relevance: what a summary is about must be in its own paper, and more so than in other papers.

A summary in English is compared stem by stem. In another language in Latin letters words with the same beginning count,
in other scripts words kept in Latin letters and the terms of the field that `field_terms.txt` translates.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.summaries.source_check.languages import ENGLISH
from bot.summaries.source_check.source import Source
from bot.summaries.source_check.stems import stem, stems_of, without_accents

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent
_LEAST = {ENGLISH: 0.45, "ko": 0.5, "ja": 0.4, "zh": 0.4}
_LEAST_AMONG_COGNATES = 0.12
_FEW_SUBJECTS = 4
_COGNATE = 5  # letters
_HANGUL = re.compile("[가-힣]+")
_FOREIGN_WORD = re.compile(r"[a-z]{5,}")
_SHORT_TERM = 2
_LONGEST_TERM = 10
_LONG_BEGINNING = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: a text has it if it has the `stem`, or a word that begins with one of the `beginnings`."""

    stem: str = ""
    beginnings: tuple[str, ...] = ()

    def is_in(self, text: Source) -> bool:
        """Whether a text has this subject."""
        return self.stem in text.stems or any(beginning in text.beginnings for beginning in self.beginnings)


@dataclass(frozen=True, slots=True)
class Fit:
    """The share of a summary's subjects in its source, 0 to 1, and the share in the best of thirty other texts."""

    share: float
    share_elsewhere: float
    least: float

    @property
    def is_better_elsewhere(self) -> bool:
        """Whether the summary seems to be of another text."""
        return self.share_elsewhere > self.share

    @property
    def is_too_little(self) -> bool:
        """Whether the share is lower than that of any true summary."""
        return self.share < self.least


def fit(summary: str, source: Source, language: str) -> Fit | None:
    """Compare the subjects of a plain summary in a language, as `language_of_summary` has it, with its source.

    None where little can be compared, as when the source itself is not in English.
    """
    subjects = subjects_of(summary, language)
    if not subjects or source.language != ENGLISH or (language != ENGLISH and len(subjects) < _FEW_SUBJECTS):
        return None
    weights: list[float] = []
    here: list[float] = []
    elsewhere: list[list[float]] = [[] for _ in _others()]
    for subject in subjects:
        weight, places = _elsewhere(subject)
        weights.append(weight)
        if subject.is_in(source):
            here.append(weight)
        for place in places:
            elsewhere[place].append(weight)
    whole = sum(weights)
    shares = [sum(found) / whole if whole else 1.0 for found in (here, *elsewhere)]
    return Fit(shares[0], max(shares[1:]), _LEAST.get(language, _LEAST_AMONG_COGNATES))


@lru_cache(maxsize=64)
def subjects_of(summary: str, language: str) -> frozenset[Subject]:
    """The subjects of a summary, as far as an English text can be searched for them."""
    if language == ENGLISH:
        return frozenset(Subject(each) for each in stems_of(summary))
    if language in _LEAST:
        return frozenset(Subject(each) for each in stems_of(summary)) | _translated(summary)
    words = _FOREIGN_WORD.findall(without_accents(summary).lower())
    return frozenset(Subject(beginnings=(word[:_COGNATE],)) for word in words)


@lru_cache(maxsize=1024)
def is_field_term(word: str) -> bool:
    """Whether a word, in any form, belongs to the vocabulary of the field rather than to one paper."""
    return any(stem(word.lower()) in other.stems for other in _others()) or any(
        word.lower().startswith(beginning)
        for subject in _field_terms().values()
        for beginning in subject.beginnings
        if len(beginning) >= _LONG_BEGINNING
    )


def _translated(summary: str) -> frozenset[Subject]:
    beginnings = {run[:length] for run in _HANGUL.findall(summary) for length in range(1, _LONGEST_TERM + 1)}
    joined = summary.replace(" ", "")
    return frozenset(
        subject
        for term, subject in _field_terms().items()
        if term in beginnings or (term in joined and (len(term) > _SHORT_TERM or not _HANGUL.match(term)))
    )


@lru_cache(maxsize=8192)
def _elsewhere(subject: Subject) -> tuple[float, tuple[int, ...]]:
    """A subject's weight, the greater the rarer it is in the other texts, and which of these have it."""
    places = tuple(place for place, other in enumerate(_others()) if subject.is_in(other))
    return math.log((1 + len(_others())) / (1 + len(places))), places


@cache
def _others() -> tuple[Source, ...]:
    return tuple(Source(line) for line in (_HERE / "others.txt").read_text(encoding="utf-8").splitlines())


@cache
def _field_terms() -> Mapping[str, Subject]:
    """Each term in another script, with what its English counterparts begin with."""
    terms: dict[str, Subject] = {}
    for line in (_HERE / "field_terms.txt").read_text(encoding="utf-8").splitlines():
        english, _, translated = line.partition("|")
        terms |= dict.fromkeys(translated.split(), Subject(beginnings=tuple(english.split())))
    return terms
