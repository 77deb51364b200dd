"""One spelling for text that looks the same, however it was written."""

from __future__ import annotations

import re
import unicodedata

_MARKUP = re.compile(r"\\(?=[%$#&_{}])|[${}]|\\[,;!]|\\(?:text|mathrm|mathbf|textbf|mathit)\b")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_EXPONENT = re.compile(r"(?<=[0-9])[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LIST_SIGNS = re.compile("[\u2460-\u24ff\u2776-\u2793]")  # ① and the like
_TIMES = re.compile(r"(?<=\d)\s?\\?times\s?(?=\d)")  # what some listings leave of a formula
_MONEY = re.compile(r"(?<=[$€£¥₩])(\s?\d[\d,.]{0,20})\s?([mb])(?![A-Za-z$])")  # elsewhere `m` is metres, or minutes
_OF_MONEY = {"m": "million", "b": "billion"}
_SO_MANY = re.compile(r"(?<![\w.,])(\d{1,6})[x×*](?=[A-Z])")  # `8xA100`
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def plain(text: str) -> str:
    """The text without the mark-up of formulas and without invisible characters, in one width of letters."""
    seen = _LIST_SIGNS.sub(" ", _INVISIBLE.sub("", text))
    sums = _MONEY.sub(lambda match: f"{match[1]} {_OF_MONEY[match[2]]}", seen)
    raised = _EXPONENT.sub(lambda match: "^" + match[0].translate(_RAISED), sums)
    formulas = _MARKUP.sub("", unicodedata.normalize("NFKC", raised).replace("⁄", "/"))
    return _SO_MANY.sub(r"\1 ", _TIMES.sub("×", formulas))
