"""Whether a summary fits its own paper: what it talks of must be there, and better than in other papers."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
_WORD = re.compile(r"[a-z]+")
_SUFFIX = re.compile(
    r"(?:isations?|izations?|ational|iveness|ations?|ments?|ness|ities|ity|ings?|ised|ized|ises|izes|ise|ize|ers?|ors?"
    r"|ally|ions?|ives?|ical|ics?|als?|ies|ied|edly|ed|es|ly|s|e|y)$"
)
_LEAST_LIKENESS = 0.45
_OWN_SCRIPT = frozenset({"ko", "ja", "zh", "ru"})
_FEW_WORDS = 4
_LEAST_AMONG_FOREIGN = 0.1


def likeness(said: str, read: str) -> float:
    """How much of what a summary talks of is in a text, 0 to 1; rare words count for more. 1 when it says nothing."""
    stems = talked_of(said)
    if not stems:
        return 1.0
    there = talked_of(read).keys()
    weight = _weights()
    rarest = math.log(1 + len(_others()))
    whole = sum(weight.get(stem, rarest) for stem in stems)
    return sum(weight.get(stem, rarest) for stem in stems if stem in there) / whole


def fits_best(said: str, read: str, language: str) -> bool:
    """Whether a summary in this language fits this text, and no other of a fixed thirty better.

    In a script of its own only the terms a summary keeps in Latin letters tell; with few of them nothing is decided.
    """
    least = _LEAST_LIKENESS
    if language in _OWN_SCRIPT:
        if len(talked_of(said)) < _FEW_WORDS:
            return True
        least = _LEAST_AMONG_FOREIGN
    own = likeness(said, read)
    return own >= least and all(likeness(said, other) <= own for other in _others())


@lru_cache(maxsize=512)
def talked_of(text: str) -> Counter[str]:
    """The stems of the words that tell what a text is about."""
    return Counter(stem(word) for word in _WORD.findall(text.lower()) if word not in _plain_words() and len(word) > 2)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending, roughly; the same word in another form has the same stem."""
    short = _SUFFIX.sub("", word)
    return short if len(short) >= 3 else word


@cache
def _plain_words() -> frozenset[str]:
    """Words that every paper uses, and that tell nothing of one."""
    return frozenset((_HERE / "plain_words.txt").read_text(encoding="utf-8").split())


@cache
def _others() -> tuple[str, ...]:
    return tuple((_HERE / "others.txt").read_text(encoding="utf-8").splitlines())


@cache
def _weights() -> dict[str, float]:
    """Of each word in the other texts, the rarer the more."""
    found = Counter(each for other in _others() for each in talked_of(other))
    return {each: math.log((1 + len(_others())) / (1 + count)) for each, count in found.items()}
