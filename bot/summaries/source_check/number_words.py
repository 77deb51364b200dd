"""Numbers in words: `four billion`, `twice`, `이백만`, `세 배`, `삼분의 일`, `三分之一`, `四亿`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_POWERS = {
    **dict.fromkeys(("십", "十"), 1),
    **dict.fromkeys(("hundred", "백", "百"), 2),
    **dict.fromkeys(("k", "thousand", "천", "千", "mille", "tausend", "mil"), 3),
    **dict.fromkeys(("만", "万", "萬"), 4),
    **dict.fromkeys(("m", "mn", "million", "millionen", "millones", "millón", "milioni", "mio"), 6),
    **dict.fromkeys(("억", "億", "亿"), 8),
    **dict.fromkeys(("b", "bn", "billion", "milliard", "milliarde", "milliarden", "mrd", "milmillones"), 9),
    **dict.fromkeys(("t", "trillion", "조", "兆", "billionen", "billones"), 12),
}
_TO_NINETEEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: dict[str, Decimal] = {
    **{word: Decimal(value) for value, word in enumerate(_TO_NINETEEN)},
    **{word: Decimal(10 * tens) for tens, word in enumerate(_TENS, start=2)},
    **dict.fromkeys(("half", "halves", "halving", "halved"), Decimal("0.5")),
    **dict.fromkeys(("single", "first", "once"), Decimal(1)),
    **dict.fromkeys(
        ("twice", "double", "doubles", "doubling", "doubled", "dual", "both", "pair", "pairs", "second"), Decimal(2)
    ),
    **dict.fromkeys(("triple", "triples", "tripling", "third", "thrice"), Decimal(3)),
    **dict.fromkeys(("quadruple", "fourth"), Decimal(4)),
    "fifth": Decimal(5),
    "dozen": Decimal(12),
}
_UNIT_WORD = r"[\s-](?:hundred|thousand|million|billion|trillion)s?\b"
_ONES = "|".join((*_TO_NINETEEN[1:10], "half"))
_ENGLISH = re.compile(
    rf"\b(?P<words>an?(?={_UNIT_WORD})|(?:{'|'.join(_WORDS)})(?:[\s-](?:{_ONES})\b)?)\b"
    rf"(?P<unit>{_UNIT_WORD})?(?P<times>[\s-]?fold\b|\stimes\b)?(?P<percent>\sper\s?cent\b)?"
    r"|\border(?P<many>s)? of magnitude\b",
    re.IGNORECASE,
)
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_ENGLISH_FRACTION = re.compile(
    rf"\b(?P<over>a|one|two|three|four|five|six|seven)[\s-](?P<under>{'|'.join(_PARTS)})s?\b", re.IGNORECASE
)
_FRACTION = re.compile(r"(?<![\d/.])(?P<over>\d{1,3})\s?/\s?(?P<under>\d{1,4})(?![\d/])")
_ASIAN_FRACTION = re.compile(
    r"(?<![가-힣])(?P<under>\d{1,4}|[일이삼사오육칠팔구십백천]{1,5}|[一二三四五六七八九十百千]{1,5})"
    r"\s?(?:분의|分之|分の)\s?(?P<over>\d{1,4}|[일이삼사오육칠팔구십]{1,3}|[一二三四五六七八九十]{1,3})"
)
_DIGIT = {
    **{sign: value for value, sign in enumerate("영일이삼사오육칠팔구")},
    **{sign: value for value, sign in enumerate("〇一二三四五六七八九")},
    **dict(zip("륙零两兩", (6, 0, 2, 2), strict=True)),
}
_LITTLE_UNITS = "십백천十百千"
_COUNTED = (
    r"(?=\s?(?:여\s?)?(?:개|명|건|장|쌍|편|배|번|회|종|곳|가지|시간|단계|문|토큰|매개|파라|샘플|이미지|단어|달러|원"
    r"|퍼센트))"
)
_ONE_TO_NINE = "일이삼사오육칠팔구"
_HANGUL = re.compile(
    rf"(?<![가-힣\d])(?:[{_ONE_TO_NINE}십백천]{{2,9}}[만억조]|[십백천][만억조]|[{_ONE_TO_NINE}][만억조]{_COUNTED}"
    rf"|(?=[{_ONE_TO_NINE}]*[십백천])[{_ONE_TO_NINE}십백천]{{2,9}}{_COUNTED})"
)
_HAN = re.compile(
    "[一二三四五六七八九两兩〇零十百千]{1,9}[万萬億亿兆]|[一二三四五六七八九两兩十百]{1,5}(?=倍)"
    "|[一二三四五六七八九][十百千][一二三四五六七八九十百]{0,5}"
)
_NATIVE_TENS = {"열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80}
_NATIVE_ONES = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9}
_NATIVE = re.compile(
    rf"(?<![가-힣])(?P<tens>{'|'.join(_NATIVE_TENS)})?\s?(?P<ones>{'|'.join(_NATIVE_ONES)})?"
    rf"\s?(?P<of>배(?![가-힣]*[우치열경])|개|가지|명|번|곳|종|편|장|쌍|시간|단계|언어|과제)"
)
_HUNDREDTH = Decimal("0.01")
_ASIAN = re.compile("[가-힣一-鿿]")
_COUNTED_UNREAD = 10  # so far people count without being told


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in words; `is_particular` unless people say it without having read it, such as `two` or `hundreds`."""

    text: str
    value: Decimal
    unit: Decimal
    start: int
    is_particular: bool
    is_percent: bool = False


def read_numerals(text: str) -> Iterator[Numeral]:
    """The numbers in words of a plain text."""
    yield from _english(text)
    yield from _fractions(text)
    if _ASIAN.search(text):
        yield from _asian(text)


def power_of(unit: str) -> int:
    """The power of ten that a unit stands for, such as 6 for ` million` and 7 for `천만`."""
    name = re.sub(r"[\s-]", "", unit).lower()
    if len(name) > 1 and name[0] in _LITTLE_UNITS:
        return _POWERS[name[0]] + _POWERS[name[1]]
    return _POWERS[name] if name in _POWERS else _POWERS[name.removesuffix("s")]


def _english(text: str) -> Iterator[Numeral]:
    for match in _ENGLISH.finditer(text):
        if match["words"]:
            yield _spelt(match)
        else:
            value = Decimal(100 if match["many"] else 10)
            yield Numeral(match[0], value, Decimal(1), match.start(), is_particular=False)


def _spelt(match: re.Match[str]) -> Numeral:
    words = re.split(r"[\s-]", match["words"].lower())
    shift = power_of(match["unit"]) if match["unit"] else 0
    value = sum((_WORDS.get(word, Decimal(1)) for word in words), Decimal(0)).scaleb(shift)
    is_claim = value > _COUNTED_UNREAD or bool(match["times"] or match["percent"])
    is_cardinal = words[0] in _TO_NINETEEN or words[0] in _TENS
    return Numeral(
        match[0],
        value,
        Decimal(1).scaleb(shift),
        match.start(),
        is_particular=is_cardinal and is_claim,
        is_percent=bool(match["percent"]),
    )


def _fractions(text: str) -> Iterator[Numeral]:
    for match in _ENGLISH_FRACTION.finditer(text):
        value = _WORDS.get(match["over"].lower(), Decimal(1)) / _PARTS[match["under"].lower()]
        yield Numeral(match[0], value, _HUNDREDTH, match.start(), is_particular=False)
    for match in _FRACTION.finditer(text):
        if int(match["under"]):
            value = Decimal(match["over"]) / Decimal(match["under"])
            yield Numeral(match[0], value, _HUNDREDTH, match.start(), is_particular=False)


def _asian(text: str) -> Iterator[Numeral]:
    for match in _ASIAN_FRACTION.finditer(text):
        over, under = (_in_digits_or_signs(match[part]) for part in ("over", "under"))
        if under:
            yield Numeral(match[0], over / under, _HUNDREDTH, match.start(), is_particular=True)
    for match in (*_HANGUL.finditer(text), *_HAN.finditer(text)):
        value, unit = _in_signs(match[0])
        yield Numeral(match[0], value, unit, match.start(), is_particular=True)
    for match in _NATIVE.finditer(text):
        tens, ones = match["tens"], match["ones"]
        if tens or ones:
            value = Decimal(_NATIVE_TENS.get(tens or "", 0) + _NATIVE_ONES.get(ones or "", 0))
            particular = (match["of"] == "배" and value > 1) or value > _COUNTED_UNREAD
            yield Numeral(match[0].strip(), value, Decimal(1), match.start(), is_particular=particular)


def _in_digits_or_signs(text: str) -> Decimal:
    return Decimal(text) if text.isdecimal() else _in_signs(text)[0]


def _in_signs(text: str) -> tuple[Decimal, Decimal]:
    """The number that `이백만` or `一百二十亿` writes, and the unit of its last sign."""
    whole = part = digit = Decimal(0)
    unit = Decimal(1)
    for sign in text:
        if sign in _DIGIT:
            digit, unit = Decimal(_DIGIT[sign]), Decimal(1)
            continue
        power = Decimal(10) ** _POWERS[sign]
        if sign in _LITTLE_UNITS:
            part, digit, unit = part + (digit or 1) * power, Decimal(0), power
        else:
            whole, part, digit, unit = whole + (part + digit or 1) * power, Decimal(0), Decimal(0), unit * power
    return whole + part + digit, unit
