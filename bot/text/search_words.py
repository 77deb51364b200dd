"""Texts as the words they are searched by.

Words are compared without case, accents, width, and the plural *s* of English. Scripts that don't separate words
(Hangul with its particles and compounds, Han, Kana) are cut into overlapping pairs of letters, so that a word is found
wherever it stands: 확산모델은 is 확산, 산모, 모델, 델은.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

LONGEST_WORD = 40

_PAIRED = (
    "\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_RUN = re.compile(f"[{_PAIRED}]+|[^\\W_{_PAIRED}]+")
_IS_PAIRED = re.compile(f"[{_PAIRED}]")
# Names written together: the parts that begin with a capital, and what stands before them.
_MIXED = re.compile(r"(?<![^\W_])(?=[^\W\d_]*[a-z][A-Z]|[^\W\d_]*[A-Z]{2}[a-z]{2})[A-Za-z]{4,60}")
_PART = re.compile(r"[A-Z]{2,}(?=[sv]?(?![a-z]))|[A-Z]?[a-z]+|[A-Z]+")
_SHORTEST_PART = 3
_MARKS = re.compile("[\u0300-\u036f]")
# English words that end like a plural and mean something else without their end.
_NO_PLURALS = frozenset({"news", "bias", "atlas", "canvas", "chaos", "lens", "does", "this", "thus", "always"})


def runs(text: str) -> list[str]:
    """The words of a text without case, accents, and width, those of scripts without blanks as whole runs."""
    if text.isascii():
        return _RUN.findall(text.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [_without_accents(run) for run in _RUN.findall(_MARKS.sub("", folded))]


def is_paired(run: str) -> bool:
    """Whether a run is of a script that is cut into pairs."""
    return _IS_PAIRED.match(run) is not None


def words_of_run(run: str) -> list[str]:
    """The words that one run is indexed as."""
    if not is_paired(run):
        return [_singular(run[:LONGEST_WORD])]
    return [run] if len(run) == 1 else [first + second for first, second in pairwise(run)]


def search_words(text: str) -> list[str]:
    """The words that a text is indexed as, in its order."""
    words: list[str] = []
    for run in runs(text):
        if run.isascii():
            words.append(_singular(run[:LONGEST_WORD]))
        else:
            words += words_of_run(run)
    return words


def part_words(text: str) -> list[str]:
    """The words inside names that are written together, as `free` and `token` in FreeToken."""
    return [
        _singular(part.lower())
        for name in _MIXED.findall(text)
        for part in _PART.findall(name)
        if len(part) >= _SHORTEST_PART
    ]


def _without_accents(run: str) -> str:
    if run.isascii() or is_paired(run):
        return run
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", run)))


def _singular(word: str) -> str:
    """An English word without the *s* of its plural (D. Harman, "How effective is suffixing?", 1991, the S-stemmer)."""
    if len(word) < 4 or word[-1] != "s" or word[-2:] in {"ss", "us", "is"} or word in _NO_PLURALS:
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    return word[:-1]
