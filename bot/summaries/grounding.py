"""The gate: does a summary say only what stands in the text it was made from?

Whatever a summary names – numbers, terms, links – must occur in the source, which is exactly what the summariser was
given. That sees inventions; what it cannot see is a true number in a false relation.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.languages import language_of
from bot.summaries.fitting import fits_best, likeness
from bot.summaries.numbers import Number, plain, read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence


class Offence(StrEnum):
    """What can be wrong with a summary: something it says, most of its terms together, or what it is about."""

    SCALE = "scale"
    NUMBER = "number"
    NAME = "name"
    TERM = "term"
    ADDRESS = "address"
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


# The least share of a summary's terms that the source must have.
_LEAST_SUPPORT = 0.6
_FEW_TERMS = 3
# What people in the field write without having read it anywhere.
_COMMON = frozenset(
    {
        "ai",
        "ml",
        "nlp",
        "cv",
        "llm",
        "llms",
        "mllm",
        "vlm",
        "api",
        "gpu",
        "gpus",
        "cpu",
        "rl",
        "sft",
        "rlhf",
        "rag",
        "qa",
        "ocr",
        "sota",
        "ir",
        "cot",
        "dl",
    }
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-./+_'][A-Za-z0-9]+)*\+*|\d+[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s)\]>]+|\b[\w-]+\.(?:com|org|net|io|ai|dev|app|co|kr|gg|me|ly)\b\S*|@\w[\w.-]+",
    re.IGNORECASE,
)
# All that does not make one name another; a point between digits does.
_BETWEEN = re.compile(r"(?<!\d)[\W_]|[\W_](?!\d)|(?![.,])[\W_]")
# A number with its unit, which is held to the source as a number.
_MEASURE = re.compile(
    r"\d+(?:-?(?:x|k|m|b|t|bn|mn|st|nd|rd|th|s|ms|min|h|[kmgt]b|fps|[kmg]?hz|k?w|px|p|fold|bits?|shots?|steps?|way))",
    re.IGNORECASE,
)
_SLACK = re.compile(r"<[@#!][^>]*>")
_HARMLESS_ENDINGS = ("'s", "s", "es", "ed", "ing", "ly", "er", "al", "ation", "ization", "isation")


def judge(texts: Sequence[str], source: str) -> Judgement:
    """Hold what a summary says, section by section, to its source."""
    said, read = plain("\n".join(texts)), plain(source)
    numbers = _wrong_numbers(said, read)
    names, terms, support = _unknown_words(said, read)
    offenders = [*_addresses(said, read), *numbers, *names]
    if support is not None and support < _LEAST_SUPPORT and len(terms) >= _FEW_TERMS:
        offenders.append(Offender(Offence.TERMS, f"{support:.2f}"))
    if not fits_best(said, read, language_of(said)):
        offenders.append(Offender(Offence.TOPIC, f"{likeness(said, read):.2f}"))
    offenders += [Offender(Offence.TERM, term) for term in terms]
    return Judgement(tuple(dict.fromkeys(offenders)), support)


# numbers -------------------------------------------------------------------------------------------------------------


def _wrong_numbers(said: str, read: str) -> list[Offender]:
    given = _numbers_of(read)
    offenders = []
    for number in read_numbers(said):
        if any(number.tells(each) for each in given) or _is_part_of_name(number, said, read):
            continue
        offenders.append(_misscaled(number, given) or Offender(Offence.NUMBER, number.text, _nearest(number, given)))
    return offenders


def _misscaled(number: Number, given: Sequence[Number]) -> Offender | None:
    if not _is_telling(number):
        return None
    for each in given:
        if power := number.scale_error(each):
            return Offender(Offence.SCALE, number.text, each.text, -power)
    return None


@lru_cache(maxsize=64)
def _numbers_of(read: str) -> tuple[Number, ...]:
    return tuple(read_numbers(read, inside_names=True))


def _is_telling(number: Number) -> bool:
    """Whether a number is particular enough for a likeness to be no accident."""
    digits = re.sub(r"\D", "", number.text).strip("0")
    return len(digits) >= 2 or number.unit >= 1000


def _is_part_of_name(number: Number, said: str, read: str) -> bool:
    """`BERT 2`, `GPT 4`: as in the source, together with the word before it."""
    before = re.search(r"([A-Za-z]+)[\s-]?$", said[: number.start])
    return before is not None and _squashed(before[1] + number.text) in _squashed(read)


def _nearest(number: Number, given: Sequence[Number]) -> str:
    """A number of the source that differs in one digit."""
    digits = _digits(number.text)
    for each in given:
        other = _digits(each.text)
        if (
            len(digits) > 2
            and len(digits) == len(other)
            and sum(a != b for a, b in zip(digits, other, strict=True)) == 1
        ):
            return each.text
    return ""


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


# words ---------------------------------------------------------------------------------------------------------------


def _unknown_words(said: str, read: str) -> tuple[list[Offender], list[str], float | None]:
    """Names and terms the source lacks, and the share of terms it has."""
    is_latin = not _is_cjk(said)
    known = 0
    names: list[Offender] = []
    terms: list[str] = []
    words = _words_to_check(said, is_latin)
    for word in words:
        if _occurs(word, read):
            known += 1
        elif _is_name(word):
            names.append(Offender(Offence.NAME, word))
        else:
            terms.append(word)
    return names, terms, known / len(words) if words else None


def _words_to_check(said: str, is_latin: bool) -> list[str]:
    words = dict.fromkeys(match[0].rstrip(".-'/") for match in _WORD.finditer(_ADDRESS.sub(" ", said)))
    found = [word for word in words if len(word) > 1 and word.lower() not in _COMMON and not _MEASURE.fullmatch(word)]
    return [word for word in found if not is_latin or _is_name(word)]


def _is_name(word: str) -> bool:
    """An acronym, a word with digits, or one with a capital in it."""
    return bool(re.search(r"[A-Z].*[A-Z]|\d", word)) or bool(re.search(r"[a-z][A-Z]", word))


_DIMENSIONS = ("", "one", "two", "three", "four")


def _occurs(word: str, read: str) -> bool:
    if re.search(rf"(?<![a-z0-9.]){re.escape(word)}", read, re.IGNORECASE):
        return True
    squashed, everything = _squashed(word), _squashed(read)
    if squashed in everything if not squashed[0].isdigit() else re.search(rf"(?<!\d){re.escape(squashed)}", everything):
        return True
    if dimensions := re.fullmatch(r"([1-4])D", word):
        return f"{_DIMENSIONS[int(dimensions[1])]}dimension" in everything
    stem = _stem(word.lower())
    if len(stem) > 3 and stem in read.lower():
        return True
    parts = [part for part in re.split(r"[-./+_' ]", word) if part]
    if len(parts) > 1 and all(part.islower() or part.lower() in _COMMON or _occurs(part, read) for part in parts):
        return True
    if re.fullmatch(r"[A-Z]{2,}s?", word):
        return word.rstrip("s").lower() in _initials(read)
    return len(parts) > 2 and "".join(part[0] for part in parts).lower() in _words_of(read)


@lru_cache(maxsize=64)
def _words_of(read: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", read.lower()))


@lru_cache(maxsize=64)
def _initials(read: str) -> str:
    """The first letters of all words in a row, with a hyphen counted as a gap between words."""
    return "".join(word[0] for word in re.findall(r"[a-z]+", read.lower()))


@lru_cache(maxsize=256)
def _squashed(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKD", text)).lower()


def _stem(word: str) -> str:
    for ending in _HARMLESS_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word.removesuffix(ending)
    return word


def _is_cjk(text: str) -> bool:
    return language_of(text) in {"ko", "ja", "zh"}


def _addresses(said: str, read: str) -> list[Offender]:
    """Links and mentions: hidden instructions often want one."""
    found = [match[0].rstrip(".,;:") for match in (*_ADDRESS.finditer(said), *_SLACK.finditer(said))]
    return [Offender(Offence.ADDRESS, address) for address in found if address.lower() not in read.lower()]
