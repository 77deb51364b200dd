"""The language of a summary, as far as comparing it with an English source requires."""

from __future__ import annotations

import re

from bot.text.languages import language_of

ENGLISH = "en"
OTHER_LATIN = "latin"
_WORD = re.compile(r"[^\W\d_]+")
# The words that hold sentences together; those that two of the languages have are left out.
_OF_ENGLISH = frozenset(
    {"the", "of", "and", "to", "in", "is", "are", "with", "for", "that", "on", "by", "we", "this", "which", "from"}
    | {"an", "it", "as", "our", "can", "be"}
)
_OF_OTHERS = frozenset(
    {"le", "la", "les", "des", "un", "une", "est", "et", "pour", "avec", "dans", "que", "qui", "sur", "par", "du", "au"}
    | {"aux", "ce", "cette", "nous", "sont", "plus", "der", "die", "das", "den", "dem", "und", "mit", "von", "ein"}
    | {"eine", "einen", "einer", "ist", "für", "auf", "wir", "werden", "wird", "auch", "sich", "nicht", "im", "zu"}
    | {"el", "los", "las", "una", "con", "para", "por", "del", "se", "su", "es", "como", "más", "al", "lo", "y", "en"}
    | {"il", "di", "che", "per", "gli", "della", "nel", "sono", "è", "os", "em", "com", "uma", "não", "dos", "das"}
)


def language_of_summary(text: str) -> str:
    """As `language_of`, but for Latin letters `en` only where its function words are English ones, and else `latin`."""
    language = language_of(text)
    if language != ENGLISH:
        return language
    words = _WORD.findall(text.lower())
    english, others = (sum(word in known for word in words) for known in (_OF_ENGLISH, _OF_OTHERS))
    return OTHER_LATIN if others > english else ENGLISH
