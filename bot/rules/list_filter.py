"""The part of a reading list that somebody wants to see, and its order."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote, unquote

from bot.rules.list_texts import LONGEST_TAG
from bot.rules.reading_list import ReadingState
from bot.text.clean import clean_text, shorten
from bot.text.search_words import search_words

LONGEST_WORDS = 100  # characters searched for in a list
# More words than these narrow nothing down.
_MOST_WORDS = 8
_ORDER, _TAG, _WORDS = "order", "tag", "words"
_BLANK = re.compile(r"[\s%]")


class ListOrder(StrEnum):
    """The order of a reading list; the one that was saved last comes first where nothing else decides."""

    NEWEST = "newest"
    VOTES = "votes"
    OLDEST_UNREAD = "oldest_unread"


_STATES = {state.value: state for state in ReadingState}
_ORDERS = {order.value: order for order in ListOrder}


@dataclass(frozen=True, slots=True)
class ListFilter:
    """The papers of a list in these `states` (none named: all but the archived) that have the `tag` and the `words`.

    Tags are compared without case. Each of the words is looked for in titles, names of authors, notes, and tags.
    """

    states: frozenset[ReadingState] = frozenset()
    tag: str | None = None
    words: str = ""
    order: ListOrder = ListOrder.NEWEST

    @property
    def searched(self) -> tuple[str, ...]:
        """The words as the search has them; none where `words` holds no letters and no digits."""
        return tuple(dict.fromkeys(search_words(self.words)))[:_MOST_WORDS]

    def __str__(self) -> str:
        """The filter as the value of a button; `parse` reads it."""
        parts = [state.value for state in ReadingState if state in self.states]
        if self.order is not ListOrder.NEWEST:
            parts.append(f"{_ORDER}:{self.order.value}")
        if self.tag:
            parts.append(f"{_TAG}:{_without_blanks(self.tag)}")
        if self.words:
            parts.append(f"{_WORDS}:{_without_blanks(self.words)}")
        return " ".join(parts)

    def has_state(self, state: ReadingState) -> bool:
        """Whether papers in a state are wanted."""
        return state in self.states if self.states else state is not ReadingState.ARCHIVED

    def with_state(self, state: ReadingState) -> ListFilter:
        """This filter, open to papers in one more state."""
        return replace(self, states=self.states | {state})

    @classmethod
    def parse(cls, text: str) -> ListFilter:
        """The filter that `str` wrote; what isn't understood is left out. Never raises."""
        states, values = set(), {}
        for part in text.split():
            name, colon, value = part.partition(":")
            if colon:
                values[name] = clean_text(unquote(value))
            elif name in _STATES:
                states.add(_STATES[name])
        return cls(
            frozenset(states),
            shorten(values.get(_TAG, ""), LONGEST_TAG) or None,
            shorten(values.get(_WORDS, ""), LONGEST_WORDS),
            _ORDERS.get(values.get(_ORDER, ""), ListOrder.NEWEST),
        )


WHOLE_LIST = ListFilter()


def _without_blanks(text: str) -> str:
    """The text as `unquote` reads it; as short as may be, for the places that Slack has for it are."""
    return _BLANK.sub(lambda blank: quote(blank[0]), text)
