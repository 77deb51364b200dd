"""A text in one way of writing, whatever it was written in: what looks the same is the same."""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(r"\\(?=[%$#&_{}])|[${}]|\\[,;!]|\\(?:text|mathrm|mathbf|textbf|mathit)\b")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_EXPONENT = re.compile(r"(?<=[0-9])[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LIST_SIGNS = re.compile("[\u2460-\u24ff\u2776-\u2793]")  # ① and the like
_TIMES = re.compile(r"(?<=\d)\s?\\?times\s?(?=\d)")  # what some listings leave of a formula
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def plain(text: str) -> str:
    """A text without the mark-up that formulas bring along, without what nobody sees, in one width of letters."""
    seen = _LIST_SIGNS.sub(" ", _INVISIBLE.sub("", text))
    raised = _EXPONENT.sub(lambda match: "^" + match[0].translate(_RAISED), seen)
    formulas = _MARKUP.sub("", unicodedata.normalize("NFKC", raised).replace("⁄", "/"))
    return _TIMES.sub("×", formulas)
