"""The numbers of a text, in any notation: `16.5 billion`, `165억`, `1.2k`, `75.4 %`, `1.5 × 10^-3`."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from bot.summaries.source_check.number_words import power_of, read_numerals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.summaries.source_check.number_words import Numeral

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_ATTACHED = r"(?:bn|mn|[kKMBT])(?![A-Za-z])"
_SPELT = (
    r"[\s-]?(?:hundred|thousand|million|billion|trillion|milliard)s?\b"
    r"|\s(?:mil\smillones|mille|mil|tausend|Million(?:en)?|Milliarden?|Billionen|Mio|Mrd|millones|millón|billones)\b"
)
# Beside a number; after a space only where a counter or nothing follows, for 만 and 조 also begin other words.
_CJK = r"(?:\s(?=\S{1,2}(?:\s|개|명|원|건|$)))?(?:[십백천]?[만억조]|[十百千]?[万萬億亿兆]|[천千])(?!건|각|합|들)"
_PERCENT = r"\s?(?:%|퍼센트|프로(?![가-힣])|percent(?:age)?|per\s?cent|Prozent|pour\scent|por\sciento)"
_NUMBER = re.compile(
    rf"(?P<sign>(?:(?<=[\s(=<>:≈~\[])|^)[-−–])?(?P<digits>{_DIGITS})"
    r"(?:\s?(?:[x×*]|\\times)\s?10\s?\^\s?(?P<power>[-−+]?\d{1,4})|\^\s?(?P<exponent>[-−+]?\d{1,4})"
    r"|[eE](?P<e>[-+]?\d{1,4})(?!\w))?"
    rf"(?P<unit>{_ATTACHED}|{_SPELT}|{_CJK})?"
    rf"(?P<percent>{_PERCENT})?"
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
_IN_NAME = re.compile(r"(?:[A-Za-z_]|[A-Za-z][-.])$")
_DASH = re.compile(r"\s?[-–—~∼〜]\s?")
_RANGE = re.compile(r"\s?(?:[-–—~∼〜]|to|and|에서|부터|到|至)\s?")
_THOUSANDS_APART = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d,.]?\d)")
_ROUGHLY = re.compile(
    r"(?:약|대략|거의|about|around|roughly|nearly|almost|approximately|some|~|≈|∼|약간|约|約|環|environ|etwa|rund|unos|unas)\s?$",
    re.IGNORECASE,
)
_POINTED = re.compile(r"(?<![A-Za-z\d.,])(?<![A-Za-z]-)\d[\d.,]*\d")
_SWAPPED = str.maketrans(".,", ",.")
_LONGEST = 30
_FEW_DIGITS = 2
_SMALLEST_UNIT = 2  # as a power of ten

Written = tuple[str, Decimal, Decimal, bool]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a text gives it: `value` to the `unit` of its last written digit."""

    text: str
    value: Decimal
    unit: Decimal
    is_percent: bool = False
    start: int = 0

    @property
    def written(self) -> Written:
        """The number as written, without its place."""
        return self.text, self.value, self.unit, self.is_percent

    def matches(self, other: Number) -> bool:
        """Whether this is a way to write `other`: the same, or the same rounded to as many digits."""
        return any(abs(value - self.value) * 2 <= self.unit or value == self.value for value in self._forms_of(other))

    def _forms_of(self, other: Number) -> Iterator[Decimal]:
        """The value, and for a share also the percentage, or the other way round."""
        if self.is_percent == other.is_percent or len(_digits_of(other)) > 1:
            yield other.value
        if self.is_percent and not other.is_percent and other.value % 1:
            yield other.value * 100
        if other.is_percent and not self.is_percent:
            yield other.value
            yield other.value / 100


class NumberLine:
    """The numbers of a text in order of size, so that the few that could be meant are found among many.

    Each is kept where it is first written so.
    """

    def __init__(self, numbers: Iterable[Number]) -> None:
        first: dict[Written, Number] = {}
        for number in numbers:
            first.setdefault(number.written, number)
        self._numbers = sorted(first.values(), key=lambda number: number.value)
        self._values = [number.value for number in self._numbers]

    def matching(self, number: Number) -> Number | None:
        """The number here that `number` is a way to write; None when there is none."""
        for factor in (Decimal(1), Decimal(100), Decimal("0.01")):
            for each in self._near(number.value * factor, number.unit * factor):
                if number.matches(each):
                    return each
        return None

    def missed_by_powers_of_ten(self, number: Number) -> list[tuple[Number, int]]:
        """The numbers that `number` misses by a factor of 10, 100 or 1,000 up or down, with the power it is off by."""
        found = []
        for power in (1, -1, 2, -2, 3, -3):
            factor = Decimal(10) ** power
            scaled = replace(number, value=number.value / factor, unit=number.unit / factor)
            if right := self.matching(scaled):
                found.append((right, power))
        return found

    def differing_in_one_digit(self, number: Number) -> Number | None:
        """A number with as many digits, of which one differs."""
        return next((self._patterns[each] for each in _patterns_of(number) if each in self._patterns), None)

    @cached_property
    def _patterns(self) -> dict[str, Number]:
        """Every number by its digits with one of them left open."""
        return {pattern: number for number in reversed(self._numbers) for pattern in _patterns_of(number)}

    def _near(self, value: Decimal, reach: Decimal) -> Sequence[Number]:
        return self._numbers[bisect_left(self._values, value - reach) : bisect_right(self._values, value + reach)]


def numbers_claimed(text: str) -> list[Number]:
    """The numbers a plain text claims: none in a name, no list number, no count such as `two`."""
    in_words = [_from(numeral) for numeral in read_numerals(text) if numeral.is_particular]
    parts = {place for each in in_words for place in range(each.start, each.start + len(each.text))}
    return [
        _rounded_as_stated(number, text)
        for number in _in_digits(text, inside_names=False)
        if not _is_list_sign(number, text) and number.start not in parts
    ] + in_words


def numbers_in(text: str) -> list[Number]:
    """Every number that can be read in a plain text, names and words included."""
    given = _in_digits(text, inside_names=True)
    given += [_from(numeral) for numeral in read_numerals(text)]
    for match in _THOUSANDS_APART.finditer(text):
        given.append(Number(match[0], Decimal(match[0].replace(" ", "")), Decimal(1), start=match.start()))
    for match in _MONTH.finditer(text):
        value = Decimal(1 + _MONTHS.index(match[0]))
        given.append(Number(match[0], value, Decimal(1), start=match.start()))
    return given


def digits_with_points(text: str) -> str:
    """A text in which numbers are written as in German or French (`1.234,5`), with their points as in English."""
    apart = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", ".", text)
    return _POINTED.sub(lambda match: match[0].translate(_SWAPPED), apart)


def _in_digits(text: str, *, inside_names: bool) -> list[Number]:
    found: list[Number] = []
    end_of_last = 0
    for match in _NUMBER.finditer(text):
        if not inside_names and _IN_NAME.search(text[max(0, match.start("digits") - 2) : match.start("digits")]):
            continue
        number = _read(match)
        if number is None:
            continue
        last = found[-1] if found else None
        between = text[end_of_last : match.start()]
        if last and between in {"", " "} and _is_continued(last, number):
            # 2억 8,900만: the parts of one number stand side by side, the greater unit first.
            whole = last.value + number.value
            found[-1] = Number(f"{last.text}{between}{number.text}", whole, number.unit, start=last.start)
        else:
            if (
                last
                and (_RANGE if inside_names else _DASH).fullmatch(between)
                and (meant := _in_terms_of(number, last))
            ):
                found[-1:] = [last, meant] if inside_names else [meant]
            found.append(number)
        end_of_last = match.end()
    return found


def _read(match: re.Match[str]) -> Number | None:
    digits = match["digits"].replace(",", "")
    if len(digits) > _LONGEST:
        return None
    value = Decimal(digits)
    unit = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    if match["exponent"] and abs(exponent := _whole(match["exponent"])) <= _LONGEST:
        value, unit = value**exponent if value else value, min(Decimal(1), value**exponent if value else Decimal(1))
    power = match["power"] or match["e"]
    shift = _whole(power) if power else 0
    if match["unit"]:
        shift += power_of(match["unit"])
    if abs(shift) > _LONGEST:
        return None
    sign = -1 if match["sign"] else 1
    return Number(
        match[0].strip(), sign * value.scaleb(shift), unit.scaleb(shift), bool(match["percent"]), match.start()
    )


def _whole(text: str) -> int:
    return int(text.replace("−", "-"))


def _is_continued(last: Number, number: Number) -> bool:
    ends_in_unit = last.text[-1] in "천만억조千万萬億亿兆"
    return ends_in_unit and 0 < number.value < last.unit and not last.is_percent


def _in_terms_of(second: Number, first: Number) -> Number | None:
    """The first number of `2-3 million` or `5 to 8%`, for which the unit or the sign was meant too."""
    power = second.unit.adjusted()
    if second.is_percent and not first.is_percent:
        return replace(first, is_percent=True)
    if power >= _SMALLEST_UNIT and first.unit <= 1:
        return replace(first, value=first.value.scaleb(power), unit=first.unit.scaleb(power))
    return None


def _from(numeral: Numeral) -> Number:
    return Number(numeral.text, numeral.value, numeral.unit, numeral.is_percent, numeral.start)


def _is_list_sign(number: Number, text: str) -> bool:
    if not number.text.isdecimal() or len(number.text) > 2:
        return False
    end = number.start + len(number.text)
    before, after = text[max(0, number.start - 2) : number.start], text[end : end + 2]
    starts_line = not before.strip(" ") or before.endswith("\n")
    return (after[:1] == ")" and (before.endswith((" ", "(")) or starts_line)) or (after == ". " and starts_line)


def _rounded_as_stated(number: Number, text: str) -> Number:
    """`약 12,000`: beside a word such as `about` the zeros at the end are no claim, beyond two digits."""
    if not _ROUGHLY.search(text[max(0, number.start - 14) : number.start]) or not number.value:
        return number
    written = number.value / number.unit
    zeros = len(str(int(written))) - len(str(int(written)).rstrip("0"))
    unit = min(number.unit.scaleb(zeros), Decimal(1).scaleb(number.value.adjusted() - 1))
    return replace(number, unit=max(number.unit, unit))


def _digits_of(number: Number) -> str:
    return re.sub(r"\D", "", number.text)


def _patterns_of(number: Number) -> list[str]:
    """The digits of a number with each left open in turn; none where so few of them tell little."""
    digits = _digits_of(number)
    open_at = range(len(digits)) if len(digits) > _FEW_DIGITS else ()
    return [f"{digits[:place]}_{digits[place + 1 :]}" for place in open_at]
