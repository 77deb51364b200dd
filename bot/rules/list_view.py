"""The way somebody looks at their list in a message: Slack keeps it with each block of that, and sends it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.rules.list_filter import WHOLE_LIST, ListFilter

_NAME = "list"
_HIGHEST_PAGE = 100_000
_LONGEST_BLOCK_ID = 255  # docs.slack.dev, reference/block-kit/blocks
_FEWER = 10


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of the part of a list that a `filter` chooses, counted from 1."""

    filter: ListFilter = WHOLE_LIST
    page: int = 1

    def __str__(self) -> str:
        return f"{self.page} {self.filter}".rstrip()

    @classmethod
    def parse(cls, text: str) -> ListView:
        """The view that `str` wrote, or the page that a button of release 0.5.0 has; the whole list otherwise.

        Never raises.
        """
        page, _, chosen = text.partition(" ")
        is_page = page.isascii() and page.isdecimal() and len(page) <= len(str(_HIGHEST_PAGE))
        return cls(ListFilter.parse(chosen), max(1, int(page))) if is_page else cls()

    def block_id(self, place: object) -> str:
        """The id of one of the blocks of a message that shows this; words for which there is no room are left out."""
        shown = self
        while len(named := f"{_NAME} {place} {shown}") > _LONGEST_BLOCK_ID and shown.filter.words:
            shown = replace(shown, filter=replace(shown.filter, words=shown.filter.words[:-_FEWER]))
        return named[:_LONGEST_BLOCK_ID]

    @classmethod
    def of_block(cls, block_id: str) -> ListView | None:
        """The view of a message, by the id of one of its blocks; None for another kind of message. Never raises."""
        name, _, rest = block_id.partition(" ")
        _, _, view = rest.partition(" ")
        return cls.parse(view) if name == _NAME and view else None
