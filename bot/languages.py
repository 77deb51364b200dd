"""Which language a text is in, as far as its letters tell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS: Mapping[str, re.Pattern[str]] = {  # kana before Han: Japanese is written in both
    "ko": re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
_SHARE_OF_SCRIPT = 0.2  # Asian texts on science keep many terms in Latin letters


def language_of(text: str) -> str:
    """The language of a text as far as its script tells: `ko`, `ja`, `zh`, `ru`, and `en` for all others."""
    enough = max(1.0, _SHARE_OF_SCRIPT * len(_LETTER.findall(text)))
    for language, script in _SCRIPTS.items():
        if len(script.findall(text)) >= enough:
            return language
    return "en"
