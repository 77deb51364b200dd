"""Accents that a title lost: `Fr'echet Distance` where the abstract writes `Fréchet`."""

from __future__ import annotations

import re
import unicodedata

# LaTeX's accents and the marks that Unicode combines with a letter; the title kept the former without its backslash.
_MARKS = {"\u0301": "'", "\u0300": "`", "\u0302": "^"}
_MAY_LACK_ACCENTS = re.compile(r"[^\W\d_]['`^][^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")


def with_accents(title: str, text: str) -> str:
    """The title with those words accented that `text` has so accented; any other apostrophe stays what it is."""
    if not _MAY_LACK_ACCENTS.search(title):
        return title
    for word in dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text))):
        without = _without_accents(word)
        if without != word and _MAY_LACK_ACCENTS.search(without):
            title = re.sub(rf"(?<![\w'`^]){re.escape(without)}(?!\w)", word, title)
    return title


def _without_accents(word: str) -> str:
    """The word as LaTeX writes it, less the backslashes."""
    letters = (unicodedata.normalize("NFD", letter) for letter in word)
    return "".join(
        _MARKS[letter[1]] + letter[0]
        if len(letter) == 2 and letter[1] in _MARKS
        else unicodedata.normalize("NFC", letter)
        for letter in letters
    )
