"""The numbers a summary quotes, held to those of its source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.summaries.source_check.languages import OTHER_LATIN
from bot.summaries.source_check.numbers import digits_with_points, numbers_said
from bot.summaries.source_check.source import squashed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.summaries.source_check.numbers import Number, Written
    from bot.summaries.source_check.source import Source

# `fell by 1.2` says as much as `-1.2`.
_FALL = re.compile(
    r"감소|줄|낮|하락|떨어|마이너스|영하|음의|저하|악화|퇴보|후퇴|뒤처|뒤떨|손실|못 ?미|축소|약화"
    r"|minus|negative|fall|fell|drop|decreas|declin|reduc|lower|less|worse|loss|los(?:e|es|ing|t)\b|degrad|deteriorat"
    r"|shrink|shrank|slump|below|behind|cut(?:s|ting)?\b|deficit|penalt|regress|underperform|hurt"
    r"|baiss|moins|rédui|perd|dégrad|sink|sank|weniger|negativ|verschlecht|verl(?:ust|or|ier)|menos|empeor|pérdid"
    r"|下降|下が|低下|悪化|恶化|下滑|损失|減|减|低|负|負|劣",
    re.IGNORECASE,
)
_BESIDE = 30  # characters
_LARGE = 1000


@dataclass(frozen=True, slots=True)
class Misquoted:
    """A number the source does not give, what it gives `instead`, if known, and the power of ten between them."""

    text: str
    instead: str = ""
    power: int = 0


def misquoted_numbers(said: str, source: Source, language: str) -> Iterator[Misquoted]:
    """The numbers of a plain summary that its source does not give, in no way of writing; each once."""
    written: dict[Written, list[Number]] = {}
    for number in _quoted(said, source, language):
        written.setdefault(number.written, []).append(number)
    for alike in written.values():
        if _is_given(alike[0], source):
            continue
        if not all(_is_in_name(number, said, source) or _is_fall(number, said, source) for number in alike):
            yield _misscaled(alike[0], source) or _otherwise_wrong(alike[0], source)


def _quoted(said: str, source: Source, language: str) -> list[Number]:
    """The numbers of a summary; `1.234` may be written as in English or as in German, and is right when either is."""
    in_english = numbers_said(said)
    if language != OTHER_LATIN:
        return in_english
    right = [number for number in in_english if _is_given(number, source)]
    settled = {place for number in right for place in range(number.start, number.start + len(number.text))}
    return [number for number in numbers_said(digits_with_points(said)) if number.start not in settled]


def _is_given(number: Number, source: Source) -> bool:
    return source.numbers.told_by(number) is not None


def _is_in_name(number: Number, said: str, source: Source) -> bool:
    """`BERT 2`, `GPT 4`: as in the source, together with the word before it."""
    before = re.search(r"([A-Za-z]+)[\s-]?$", said[max(0, number.start - _BESIDE) : number.start])
    return before is not None and squashed(before[1] + number.text) in source.squashed


def _is_fall(number: Number, said: str, source: Source) -> bool:
    """Whether the number has the other sign in the source, and the one without a sign stands beside a word for it."""
    given = source.numbers.told_by(replace(number, value=-number.value))
    if given is None:
        return False
    unsigned, text = (given, source.text) if number.value < 0 else (number, said)
    beside = text[max(0, unsigned.start - _BESIDE) : unsigned.start + len(unsigned.text) + _BESIDE]
    return _FALL.search(beside) is not None


def _misscaled(number: Number, source: Source) -> Misquoted | None:
    """The number as one that is wrong by a power of ten, unless that could as well be an accident."""
    found = source.numbers.missed_by_powers_of_ten(number)
    if not found or not (_is_particular(number) or len({power for _, power in found}) == 1):
        return None
    right, power = found[0]
    return Misquoted(number.text, right.text, -power)


def _is_particular(number: Number) -> bool:
    digits = re.sub(r"\D", "", number.text).strip("0")
    return len(digits) > 1 or number.unit >= _LARGE


def _otherwise_wrong(number: Number, source: Source) -> Misquoted:
    right = source.numbers.differing_in_one_digit(number)
    return Misquoted(number.text, right.text if right else "")
