"""The Home tab: what it shows one person, and what Slack keeps of it between two looks."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from bot.rules.channels import Channel
    from bot.rules.papers import ListedPaper, Takeaway
    from bot.rules.reading_list import SavedPaper

# As many of each fit what Slack shows in one view, whatever their texts are.
PAPERS_SHOWN = 10
CHANNELS_SHOWN = 8
_HIGHEST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class PaperOfDay:
    """A paper of a day's list with the sentence that says what it says, as far as there is one."""

    listed: ListedPaper
    takeaway: Takeaway | None = None


@dataclass(frozen=True, slots=True)
class TopOfDay:
    """The top papers of a listing day, best first; `listed` are on its list in all, which is at `url`."""

    day: date
    url: str
    papers: tuple[PaperOfDay, ...]
    listed: int


@dataclass(frozen=True, slots=True)
class HomeChannel:
    """A channel whose settings somebody sees in their Home tab, and whether they may change them."""

    channel: Channel
    may_change: bool


@dataclass(frozen=True, slots=True)
class HomeChannels:
    """Channels with Paperboy in which somebody is, in order, and how many `more` there is no room for."""

    shown: tuple[HomeChannel, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """The contents of one person's Home tab.

    `latest` is None when no day's papers are known. Of them, `saved` are on the person's list, of which `entries` are
    the page of this number and `total` all. `channels` is None when Slack did not say in which ones they are.
    `chosen_language` is what they chose to be answered in, None when that follows their Slack.
    """

    latest: TopOfDay | None
    saved: frozenset[str]
    entries: tuple[SavedPaper, ...]
    page: int
    total: int
    channels: HomeChannels | None
    chosen_language: str | None


@dataclass(frozen=True, slots=True)
class HomeState:
    """The way a Home tab was looked at: Slack keeps it with the view and sends it back (`private_metadata`).

    `page` is that of the reading list. It `teaches` at the first look. `mark` is the same for the same blocks.
    """

    page: int = 1
    teaches: bool = False
    mark: str = ""

    def to_metadata(self) -> str:
        """The state as JSON, for Slack to keep."""
        about: dict[str, object] = {"page": self.page, "mark": self.mark}
        return json.dumps({**about, "teaches": True} if self.teaches else about)

    @classmethod
    def parse(cls, metadata: object) -> HomeState:
        """The state that `to_metadata` wrote; a fresh one where it did not. Never raises."""
        try:
            about = json.loads(metadata) if isinstance(metadata, str) else None
        except (ValueError, RecursionError):
            about = None
        if not isinstance(about, dict):
            return cls()
        page, mark = about.get("page"), about.get("mark")
        number = page if type(page) is int and 1 <= page <= _HIGHEST_PAGE else 1
        return cls(number, about.get("teaches") is True, mark if isinstance(mark, str) else "")

    def at_page(self, value: object) -> HomeState:
        """The state with another page of the reading list, as a button's value names it. Never raises."""
        text = str(value)
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST_PAGE))
        return replace(self, page=max(1, int(text)) if is_number else 1)
