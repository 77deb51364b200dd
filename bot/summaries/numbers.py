"""The numbers a text gives, whatever way they are written: `16.5 billion`, `165억`, `1.2k`, `75.4 %`, `1.5 × 10^-3`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_POWERS = {
    **dict.fromkeys(("hundred",), 2),
    **dict.fromkeys(("k", "thousand", "천", "千"), 3),
    **dict.fromkeys(("만", "万", "萬"), 4),
    **dict.fromkeys(("m", "mn", "million", "백만"), 6),
    **dict.fromkeys(("천만",), 7),
    **dict.fromkeys(("억", "億", "亿"), 8),
    **dict.fromkeys(("b", "bn", "billion", "십억"), 9),
    **dict.fromkeys(("t", "trillion", "조", "兆"), 12),
}
_TO_NINETEEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: dict[str, Decimal] = {
    **{word: Decimal(value) for value, word in enumerate(_TO_NINETEEN)},
    **{month: Decimal(number) for number, month in enumerate(_MONTHS, start=1)},
    **{word: Decimal(10 * tens) for tens, word in enumerate(_TENS, start=2)},
    "dozen": Decimal(12),
    "half": Decimal("0.5"),
    "twice": Decimal(2),
    "double": Decimal(2),
    "triple": Decimal(3),
    "first": Decimal(1),
    "second": Decimal(2),
    "third": Decimal(3),
}

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_ATTACHED = r"(?:bn|mn|[kKMBT])(?![A-Za-z])"
_SPELT = r"[\s-]?(?:hundred|thousand|million|billion|trillion)s?\b"
# Beside a number; after a space only where a counter or nothing follows, for 만 and 조 also begin other words.
_CJK = r"(?:\s(?=\S{1,2}(?:\s|개|명|원|건|$)))?(?:백만|천만|십억|[천만억조千万萬億亿兆])(?!건|각|합|들)"
_NUMBER = re.compile(
    rf"(?P<digits>{_DIGITS})"
    rf"(?:\s?(?:[x×*]|\\times)\s?10\s?\^\s?(?P<power>[-−+]?\d+)|\^\s?(?P<exponent>[-−+]?\d+)|[eE](?P<e>[-+]?\d+)(?!\w))?"
    rf"(?P<unit>{_ATTACHED}|{_SPELT}|{_CJK})*"
    r"(?P<percent>\s?(?:%|퍼센트|프로(?![가-힣])|percent(?:age)?|per\s?cent))?"
)
_LEFT_OF_NUMBER = re.compile(r"(?:[A-Za-z_]|[A-Za-z][-.])$")
_UNIT = re.compile(rf"{_ATTACHED}|{_SPELT}|{_CJK}", re.IGNORECASE)
_SPELT_NUMBER = re.compile(
    rf"\b(?P<words>(?:{'|'.join(_WORDS)})(?:[\s-](?:{'|'.join(_WORDS)}))?)(?P<fold>[\s-]?fold)?(?P<unit>{_SPELT})?",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\\(?=[%$#&_{}])|[${}]|\\[,;!]|\\(?:text|mathrm|mathbf|textbf|mathit)\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a text gives it: `value` to the `unit` of its last written digit."""

    text: str
    value: Decimal
    unit: Decimal
    is_percent: bool = False
    start: int = 0

    def tells(self, other: Number) -> bool:
        """Whether this is what one could write for `other`: the same, or the same rounded to as many digits."""
        return any(_rounds(value, self.value, self.unit) for value in _values(other, self.is_percent))

    def scale_error(self, other: Number) -> int | None:
        """The power of ten, up to three, by which this misses what it could write for `other`; None when by none."""
        for power in (1, -1, 2, -2, 3, -3):
            factor = Decimal(10) ** power
            if any(_rounds(value * factor, self.value, self.unit) for value in _values(other, self.is_percent)):
                return power
        return None


def plain(text: str) -> str:
    """A text without the mark-up that formulas bring along, in one way of writing."""
    return _MARKUP.sub("", unicodedata.normalize("NFKC", text))


def read_numbers(text: str, *, inside_names: bool = False) -> list[Number]:
    """The numbers of a `plain` text, in order.

    `inside_names` also reads those in names such as `Llama-3-8B`, and the number words of English.
    """
    found: list[Number] = []
    end_of_last = -1
    for match in _NUMBER.finditer(text):
        if not inside_names and _LEFT_OF_NUMBER.search(text[max(0, match.start() - 2) : match.start()]):
            continue
        number = _read(match)
        if number is None:
            continue
        # 2억 8,900만: the parts of one number stand side by side, the greater unit first.
        between = text[end_of_last : match.start()] if end_of_last >= 0 else "x"
        last = found[-1] if found else None
        if last and between in {"", " "} and _is_continued(last, number):
            found[-1] = Number(
                f"{last.text}{between}{number.text}", last.value + number.value, number.unit, start=last.start
            )
        else:
            found.append(number)
        end_of_last = match.end()
    return found + (_spelt(text) if inside_names else [])


def _read(match: re.Match[str]) -> Number | None:
    digits = match["digits"].replace(",", "")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    decimals = len(digits.partition(".")[2])
    unit = Decimal(1).scaleb(-decimals)
    if match["exponent"]:
        power = int(match["exponent"].replace("−", "-"))
        value, unit = (value**power, Decimal(1)) if abs(power) < 40 else (value, unit)
    shift = 0
    if power_text := match["power"] or match["e"]:
        shift += int(power_text.replace("−", "-"))
    tail = match[0][len(match["digits"]) :]
    for each in _UNIT.findall(tail) if match["unit"] else ():
        shift += _POWERS[each.strip(" -").lower().removesuffix("s") if len(each) > 2 else each.strip(" -").lower()]
    if abs(shift) > 40:
        return None
    return Number(match[0].strip(), value.scaleb(shift), unit.scaleb(shift), bool(match["percent"]), match.start())


def _is_continued(last: Number, number: Number) -> bool:
    ends_in_cjk = re.search(r"[천만억조千万萬億亿兆]$", last.text) is not None
    return ends_in_cjk and number.value < last.unit and not last.is_percent


def _spelt(text: str) -> list[Number]:
    found = []
    for match in _SPELT_NUMBER.finditer(text):
        value = sum((_WORDS[word.lower()] for word in re.split(r"[\s-]", match["words"])), Decimal(0))
        shift = _POWERS[match["unit"].strip(" -").lower().removesuffix("s")] if match["unit"] else 0
        found.append(Number(match[0], value.scaleb(shift), Decimal(1).scaleb(shift), start=match.start()))
    return found


def _values(number: Number, is_percent: bool) -> list[Decimal]:
    """The value, and for a share also the percentage, or the other way round."""
    if is_percent == number.is_percent:
        return [number.value]
    return [number.value, number.value * 100 if is_percent else number.value / 100]


def _rounds(value: Decimal, written: Decimal, unit: Decimal) -> bool:
    return value == written or abs(value - written) * 2 <= unit
