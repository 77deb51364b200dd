"""Stems: words without the endings that differ between their forms."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

_HERE = Path(__file__).parent
_WORD = re.compile(r"[a-z]+")
_COMPOUND = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUFFIX = re.compile(
    r"(?:isations?|izations?|ational|iveness|ations?|ments?|ness|ities|ity|ings?|ised|ized|ises|izes|ise|ize|ers?|ors?"
    r"|ally|ions?|ives?|ical|ics?|als?|ies|ied|edly|ed|es|ly|s|e|y)$"
)
_SHORT = 2
_LONG = 24


def stems_of(text: str) -> frozenset[str]:
    """The stems of the words in Latin letters that tell what a text is about."""
    words = set(_WORD.findall(text.lower()))
    return frozenset(stem(word) for word in words - _plain_words() if _SHORT < len(word) <= _LONG)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending, roughly; the same word in another form has the same stem."""
    short = _SUFFIX.sub("", word)
    if len(short) <= _SHORT and word.endswith("s"):
        short = word[:-1]
    return short if len(short) > _SHORT else word


def beginnings_of(text: str) -> frozenset[str]:
    """Everything that a word of a text begins with, a compound such as `fine-tuning` taken as its parts and as one."""
    compounds = set(_COMPOUND.findall(without_accents(text).lower()))
    words = {word for compound in compounds for word in (compound.replace("-", ""), *compound.split("-"))}
    return frozenset(word[:length] for word in words for length in range(1, min(len(word), _LONG) + 1))


def without_accents(text: str) -> str:
    """`modèle` as `modele`: what languages of Latin letters have in common."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


@cache
def _plain_words() -> frozenset[str]:
    """Words that every paper uses, and that tell nothing of one."""
    return frozenset((_HERE / "plain_words.txt").read_text(encoding="utf-8").split())
