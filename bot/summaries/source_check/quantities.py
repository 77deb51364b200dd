"""The check of numbers: those in a summary against those of its source."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.summaries.source_check.languages import OTHER_LATIN
from bot.summaries.source_check.numbers import digits_with_points, numbers_claimed
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
class WrongNumber:
    """A number that is not in the source, the number there `instead`, if known, and the power of ten between them."""

    text: str
    instead: str = ""
    power: int = 0


def wrong_numbers(summary: str, source: Source, language: str) -> Iterator[WrongNumber]:
    """The numbers of a plain summary that its source does not have in any notation; each once."""
    written: dict[Written, list[Number]] = {}
    for number in _quoted(summary, source, language):
        written.setdefault(number.written, []).append(number)
    for alike in written.values():
        if _is_given(alike[0], source):
            continue
        if not all(_is_in_name(number, summary, source) or _is_fall(number, summary, source) for number in alike):
            yield _misscaled(alike[0], source) or _otherwise_wrong(alike[0], source)


def _quoted(summary: str, source: Source, language: str) -> list[Number]:
    """The numbers of a summary; `1.234` may be written as in English or as in German, and is right when either is."""
    in_english = numbers_claimed(summary)
    if language != OTHER_LATIN:
        return in_english
    right = [number for number in in_english if _is_given(number, source)]
    settled = {place for number in right for place in range(number.start, number.start + len(number.text))}
    return [number for number in numbers_claimed(digits_with_points(summary)) if number.start not in settled]


def _is_given(number: Number, source: Source) -> bool:
    return source.numbers.matching(number) is not None


def _is_in_name(number: Number, summary: str, source: Source) -> bool:
    """`BERT 2`, `GPT 4`: as in the source, together with the word before it."""
    before = re.search(r"([A-Za-z]+)[\s-]?$", summary[max(0, number.start - _BESIDE) : number.start])
    return before is not None and squashed(before[1] + number.text) in source.squashed


def _is_fall(number: Number, summary: str, source: Source) -> bool:
    """Whether the number has the other sign in the source, and the one without a sign stands beside a word for it."""
    given = source.numbers.matching(replace(number, value=-number.value))
    if given is None:
        return False
    unsigned, text = (given, source.text) if number.value < 0 else (number, summary)
    beside = text[max(0, unsigned.start - _BESIDE) : unsigned.start + len(unsigned.text) + _BESIDE]
    return _FALL.search(beside) is not None


def _misscaled(number: Number, source: Source) -> WrongNumber | None:
    """The number as one that is wrong by a power of ten, unless that could as well be a coincidence."""
    found = source.numbers.missed_by_powers_of_ten(number)
    if not found or not (_is_particular(number) or len({power for _, power in found}) == 1):
        return None
    right, power = found[0]
    return WrongNumber(number.text, right.text, -power)


def _is_particular(number: Number) -> bool:
    digits = re.sub(r"\D", "", number.text).strip("0")
    return len(digits) > 1 or number.unit >= _LARGE


def _otherwise_wrong(number: Number, source: Source) -> WrongNumber:
    right = source.numbers.differing_in_one_digit(number)
    return WrongNumber(number.text, right.text if right else "")
