"""Words that choose a part of a reading list, and its order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.list_filter import LONGEST_WORDS, ListFilter, ListOrder
from bot.rules.list_texts import LONGEST_TAG
from bot.rules.phrases import is_hangul
from bot.rules.reading_list import ReadingState
from bot.text.clean import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.phrases import Phrases

ANY_STATE, TAG, PAGE = "any", "tag", "page"
_STATE, _ORDER = "state", "order"
# More are no words of a title that somebody remembers, but a sentence.
_MOST_WORDS = 4
_PIECE = re.compile(r"(?<!\S)\d+|\S+", re.ASCII)
_TAG = re.compile(r"(?:(?:tag|태그):|#)(?P<tag>.+)", re.DOTALL)
_LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class ListPart:
    """The part of a list that was asked for; its `page` is None where none was named."""

    filter: ListFilter
    page: int | None = None


def part_meanings() -> dict[str, str]:
    """The meanings of words about a part of a list, by the key of the catalogue that lists them."""
    return {
        **{f"state_{state}": f"{_STATE} {state}" for state in (*ReadingState, ANY_STATE)},
        **{f"order_{order}": f"{_ORDER} {order}" for order in ListOrder},
        "tagged": TAG,
        "page": PAGE,
        "list_beside": "",
    }


def read_list_part(words: Sequence[str], parts: Phrases, *, takes_words: bool) -> ListPart | None:
    """The part of a list that words, without case and punctuation, ask for.

    None where they ask for none: a word is neither part of it nor, unless it `takes_words`, one to look for.
    """
    pieces = [piece for word in words for piece in _PIECE.findall(word)]
    states: set[ReadingState] = set()
    order, tag = ListOrder.NEWEST, ""
    numbers: list[str] = []
    looked_for: list[str] = []
    has_page, at = False, 0
    while at < len(pieces):
        piece = pieces[at]
        size, meaning = next(parts.starts(pieces, at), (1, None))
        kind, _, value = (meaning or "").partition(" ")
        if tagged := _TAG.fullmatch(piece):
            tag = tagged["tag"]
        elif kind == TAG and looked_for and is_hangul(piece):
            tag = looked_for.pop().lstrip("#")  # 확산 태그: Korean names the tag first
        elif kind == TAG and at + size < len(pieces):
            tag, size = pieces[at + size].lstrip("#"), size + 1
        elif kind == _STATE:
            states |= {*ReadingState} if value == ANY_STATE else {ReadingState(value)}
        elif kind == _ORDER:
            order = ListOrder(value)
        elif kind == PAGE:
            has_page = True
        elif piece.isascii() and piece.isdecimal():
            numbers.append(piece)
            looked_for.append(piece)
        elif meaning is None or kind == TAG:
            looked_for.append(piece)
        at += size
    if has_page or looked_for == numbers:
        looked_for = [word for word in looked_for if word not in numbers]
    else:
        numbers = []
    has_letters = any(letter.isalpha() for word in looked_for for letter in word)
    if looked_for and not (takes_words and has_letters and len(looked_for) <= _MOST_WORDS):
        return None
    if len(numbers) > 1 or (numbers and not int(numbers[0][:_LONGEST_NUMBER])) or (has_page and not numbers):
        return None
    if pieces and not (states or tag or numbers or looked_for or order is not ListOrder.NEWEST or _says(pieces, parts)):
        return None
    found = ListFilter(
        frozenset(states),
        shorten(tag, LONGEST_TAG) or None,
        shorten(" ".join(looked_for), LONGEST_WORDS),
        order,
    )
    return ListPart(found, int(numbers[0][:_LONGEST_NUMBER]) if numbers else None)


def _says(pieces: Sequence[str], parts: Phrases) -> bool:
    return any(meaning for meaning, _ in parts.read(pieces))
