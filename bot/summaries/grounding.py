"""The gate: does a summary say only what stands in the text it was made from?

Whatever a summary names – numbers, terms, links – must occur in the source, which is exactly what the summariser was
given. That sees inventions; what it cannot see is a true number in a false relation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.summaries.addresses import unknown_addresses, unknown_commands
from bot.summaries.fitting import fit
from bot.summaries.names import hold_words
from bot.summaries.numbers import digits_with_points, numbers_said
from bot.summaries.plain_text import plain
from bot.summaries.source import read_source, squashed
from bot.summaries.tongues import OTHER_LATIN, tongue_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.summaries.names import Words
    from bot.summaries.numbers import Number
    from bot.summaries.source import Source


class Offence(StrEnum):
    """What can be wrong with a summary: something it says, most of its terms together, or what it is about."""

    SCALE = "scale"
    NUMBER = "number"
    NAME = "name"
    TERM = "term"
    ADDRESS = "address"
    COMMAND = "command"
    TERMS = "terms"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Offender:
    """Something the source does not support, as the summary writes it, and what the source has instead, if known.

    A number that is wrong by a power of ten has the `power` by which it would have to be multiplied.
    """

    offence: Offence
    text: str
    instead: str = ""
    power: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a summary: `support` is the share of its terms that the source has, None when it has none.

    It may be shown when nothing `is_grave`; single unknown terms beside many known ones are told, but harmless.
    """

    offenders: tuple[Offender, ...]
    support: float | None

    @property
    def passes(self) -> bool:
        """Whether the summary may be shown."""
        return not any(offender.offence is not Offence.TERM for offender in self.offenders)


# The least share of a summary's terms that the source must have, once there are some.
_LEAST_SUPPORT = 0.6
_FEW_TERMS = 3


def judge(texts: Sequence[str], source: str) -> Judgement:
    """Hold what a summary says, section by section, to its source."""
    said, read = plain("\n".join(texts)), read_source(source)
    language = tongue_of(said)
    words = hold_words(said, read, language)
    offenders = [
        *(Offender(Offence.ADDRESS, address) for address in unknown_addresses(said, read.text)),
        *(Offender(Offence.COMMAND, command) for command in unknown_commands(said, read.text)),
        *_wrong_numbers(said, read, language),
        *(Offender(Offence.NAME, name) for name in words.unknown_names),
    ]
    fitting = fit(said, read, language)
    if fitting and fitting.is_better_elsewhere:
        offenders.append(Offender(Offence.TOPIC, f"{fitting.share:.2f}"))
    if (fitting and fitting.is_too_little) or _lacks_support(words):
        offenders.append(Offender(Offence.TERMS, f"{words.support or 0:.2f}"))
    offenders += [Offender(Offence.TERM, term) for term in words.unknown_terms]
    return Judgement(tuple(dict.fromkeys(offenders)), words.support)


def _lacks_support(words: Words) -> bool:
    return words.support is not None and words.support < _LEAST_SUPPORT and len(words.unknown_terms) >= _FEW_TERMS


def _wrong_numbers(said: str, source: Source, language: str) -> Iterator[Offender]:
    for number in _numbers_said(said, source, language):
        if source.numbers.told_by(number) or _is_part_of_name(number, said, source):
            continue
        if misscaled := _misscaled(number, source):
            yield misscaled
        else:
            right = source.numbers.differing_in_one_digit(number)
            yield Offender(Offence.NUMBER, number.text, right.text if right else "")


def _numbers_said(said: str, source: Source, language: str) -> list[Number]:
    """The numbers of a summary; `1.234` may be written as in English or as in German, and is right when either is."""
    in_english = numbers_said(said)
    if language != OTHER_LATIN:
        return in_english
    right = [number for number in in_english if source.numbers.told_by(number)]
    settled = {place for number in right for place in range(number.start, number.start + len(number.text))}
    return [number for number in numbers_said(digits_with_points(said)) if number.start not in settled]


def _misscaled(number: Number, source: Source) -> Offender | None:
    """The number as one that is wrong by a power of ten, unless that could as well be an accident."""
    found = source.numbers.missed_by_powers_of_ten(number)
    if not found or not (_is_particular(number) or len({power for _, power in found}) == 1):
        return None
    right, power = found[0]
    return Offender(Offence.SCALE, number.text, right.text, -power)


def _is_particular(number: Number) -> bool:
    digits = re.sub(r"\D", "", number.text).strip("0")
    return len(digits) >= 2 or number.unit >= 1000


def _is_part_of_name(number: Number, said: str, source: Source) -> bool:
    """`BERT 2`, `GPT 4`: as in the source, together with the word before it."""
    before = re.search(r"([A-Za-z]+)[\s-]?$", said[max(0, number.start - 40) : number.start])
    return before is not None and squashed(before[1] + number.text) in source.squashed
