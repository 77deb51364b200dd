"""The Home tab: what it shows one person, and what Slack keeps of it between two looks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.reading_list import ReadingState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bot.rules.channels import Channel
    from bot.rules.papers import ListedPaper, Paper, Takeaway
    from bot.rules.reading_list import SavedPaper

# As many of each fit what Slack shows in one view, where their texts are of ordinary length.
PAPERS_SHOWN = 10
PAPERS_BESIDE_A_LIST = 5
CHANNELS_SHOWN = 8
# From so many papers on the list's page on, the day's papers leave room for them.
_LONG_PAGE = 3
_HIGHEST_PAGE = 100_000
_LONGEST_ID = 40
_BELOW = "home"


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
class ListShown:
    """The part of a reading list that a Home tab shows.

    `entries` are the page of this `number` of those the `filter` lets through, which are `total`. The whole list has so
    many papers `by_state` and so many with each of its `tags`, the most used first. `removed` is a paper that was taken
    off it a moment ago.
    """

    filter: ListFilter = WHOLE_LIST
    entries: tuple[SavedPaper, ...] = ()
    number: int = 1
    total: int = 0
    by_state: Mapping[ReadingState, int] = field(default_factory=dict)
    tags: tuple[tuple[str, int], ...] = ()
    removed: Paper | None = None

    @property
    def unarchived(self) -> int:
        """The number of papers on the list, but for those that are archived."""
        return sum(count for state, count in self.by_state.items() if state is not ReadingState.ARCHIVED)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing on the list, whatever is filtered."""
        return not any(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Home:
    """The contents of one person's Home tab.

    `latest` is None when no day's papers are known; of them, `saved` are on the person's list. `channels` is None when
    Slack did not say in which ones they are. `chosen_language` is what they chose to be answered in, None when that
    follows their Slack. `is_admin` tells whether Slack said that they are an admin of the workspace.
    """

    latest: TopOfDay | None
    saved: frozenset[str]
    list: ListShown
    channels: HomeChannels | None
    chosen_language: str | None
    is_admin: bool = False

    @property
    def papers_shown(self) -> int:
        """The number of the day's papers that there is room for beside the list."""
        return PAPERS_SHOWN if len(self.list.entries) <= _LONG_PAGE else PAPERS_BESIDE_A_LIST


@dataclass(frozen=True, slots=True)
class HomeState:
    """The way a Home tab was looked at: Slack keeps it with the view and sends it back (`private_metadata`).

    `page` is that of the reading list as the `filter` shows it, from which `removed` was taken last. It `teaches` at
    the first look. `mark` is the same for the same blocks.
    """

    page: int = 1
    teaches: bool = False
    mark: str = ""
    filter: ListFilter = WHOLE_LIST
    removed: str = ""

    def to_metadata(self) -> str:
        """The state as JSON, for Slack to keep."""
        about: dict[str, object] = {"page": self.page, "mark": self.mark}
        more = {"teaches": self.teaches, "filter": str(self.filter), "removed": self.removed}
        return json.dumps({**about, **{name: value for name, value in more.items() if value}})

    @classmethod
    def parse(cls, metadata: object) -> HomeState:
        """The state that `to_metadata` wrote; a fresh one where it did not. Never raises."""
        try:
            about = json.loads(metadata) if isinstance(metadata, str) else None
        except (ValueError, RecursionError):
            about = None
        if not isinstance(about, dict):
            return cls()
        page = about.get("page")
        words = {name: value for name, value in about.items() if isinstance(value, str)}
        return cls(
            page if type(page) is int and 1 <= page <= _HIGHEST_PAGE else 1,
            about.get("teaches") is True,
            words.get("mark", ""),
            ListFilter.parse(words.get("filter", "")),
            words.get("removed", "")[:_LONGEST_ID],
        )

    def opened_again(self) -> HomeState:
        """The state of a tab that is opened after it was looked at like this: the same filter, from its first page."""
        return HomeState(filter=self.filter)

    def at_page(self, value: object) -> HomeState:
        """The state with another page of the reading list, as a button's value names it. Never raises."""
        text = str(value)
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST_PAGE))
        return replace(self, page=max(1, int(text)) if is_number else 1, removed="")

    def with_filter(self, wanted: ListFilter) -> HomeState:
        """The state with another filter, from its first page."""
        return replace(self, filter=wanted, page=1, removed="")


def leaves_out(sought: ListFilter) -> bool:
    """Whether a filter leaves out more than what is archived."""
    return bool(sought.states or sought.tag or sought.words)


def home_below(metadata: object) -> str:
    """The metadata of the Home tab over which a form was opened, as that keeps it; empty for none. Never raises."""
    try:
        about = json.loads(metadata) if isinstance(metadata, str) else None
    except (ValueError, RecursionError):
        about = None
    below = about.get(_BELOW) if isinstance(about, dict) else None
    return below if isinstance(below, str) else ""


def form_over_home(metadata: str, **about: str) -> str:
    """The metadata of a form that is opened over a Home tab with this metadata, for Slack to send back."""
    return json.dumps({**about, **({_BELOW: metadata} if metadata else {})})
