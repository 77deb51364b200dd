"""The language of a text, as far as its script and its commonest words show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The second letters of the codes of ISO 639-1 by their first; `kr` is left out: people mean Korean by it, not Kanuri.
_ISO_639_1 = {
    "a": "abefkmnrsvyz",
    "b": "aeghimnors",
    "c": "aehorsuvy",
    "d": "aevz",
    "e": "elnostu",
    "f": "afijory",
    "g": "adlnuv",
    "h": "aeiortuyz",
    "i": "adegikostu",
    "j": "av",
    "k": "agijklmnosuvwy",
    "l": "abginotuv",
    "m": "ghiklnrsty",
    "n": "abdeglnorvy",
    "o": "cjmrs",
    "p": "ailst",
    "q": "u",
    "r": "mnouw",
    "s": "acdegiklmnoqrstuvw",
    "t": "aeghiklnorstwy",
    "u": "gkrz",
    "v": "eio",
    "w": "ao",
    "x": "h",
    "y": "io",
    "z": "ahu",
}
# A few languages without such a code that people set in their computers.
_THREE_LETTERS = frozenset({"ast", "ceb", "ckb", "fil", "haw", "yue"})
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS: Mapping[str, re.Pattern[str]] = {  # kana before Han: Japanese is written in both
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
_ALSO_CYRILLIC = frozenset({"be", "bg", "kk", "ky", "mk", "mn", "sr", "tg", "uk"})
_ENGLISH_WORD = re.compile(
    r"\b(?:the|of|and|to|in|is|are|we|that|this|for|with|which|by|on|from|it|as)\b", re.IGNORECASE
)
_SHARE_OF_ENGLISH_WORDS = 0.15
_SHARE_OF_SCRIPT = 0.2  # Asian texts on science keep many terms in Latin letters


def language_of(text: str) -> str:
    """The language of a text as far as its script shows it: `ko`, `ja`, `zh`, `ru`, and `en` for all others."""
    enough = max(1.0, _SHARE_OF_SCRIPT * len(_LETTER.findall(text)))
    for language, script in _SCRIPTS.items():
        if len(script.findall(text)) >= enough:
            return language
    return "en"


def read_language_code(text: str) -> str | None:
    """The code (ISO 639, two or three letters) a text gives, without a region: `ko` for `ko-KR`; None for no code."""
    code = text.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) in {2, 3} and code.isascii() and code.isalpha() else None


def is_language(code: str) -> bool:
    """Whether a code (`ko`) is that of a language."""
    return code in _THREE_LETTERS or (len(code) == 2 and code[1] in _ISO_639_1.get(code[0], ""))


def is_written_in(text: str, language: str) -> bool:
    """Whether a text may be in this language: by its script, and for English by its commonest words.

    Two languages in Latin letters, neither of them English, are not distinguished.
    """
    found = language_of(text)
    if language in _SCRIPTS or found != "en":
        return found == language or (found == "ru" and language in _ALSO_CYRILLIC)
    return language == "en" or not _is_english(text)


def _is_english(text: str) -> bool:
    return len(_ENGLISH_WORD.findall(text)) > _SHARE_OF_ENGLISH_WORDS * len(text.split())
