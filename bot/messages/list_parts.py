"""Parts of a reading list as messages show it: its papers, and the menus that filter and order it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.messages.cards import web_address
from bot.messages.paper_text import (
    NO_BREAK,
    format_some_authors,
    format_title,
    format_upvotes,
    in_one_line,
    news_facts,
    shorten_readable,
    unbroken,
)
from bot.rules.list_filter import ListOrder
from bot.rules.paper_news import NewsKind
from bot.rules.reading_list import ReadingState
from bot.rules.slack_ids import is_direct_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.rules.home import ListShown
    from bot.rules.paper_news import PaperNews
    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper
    from bot.templating.catalogues import Catalogue

# The value of the choices of states and tags that leave nothing out.
EVERYTHING = "-"
# Lengths in characters. Of a label for screen readers, of the 75 that Slack takes.
_ALOUD_TITLE = 45
_FACTS = 100
_TAG = 24
_NAMED = 1
_TAGS_SHOWN = 4
_NEWS_SHOWN = 2
DOT = f"{NO_BREAK}· "
_LONGEST_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class ListMenu:
    """A menu of values with their words, one of which is chosen; `name` tells which it is."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A paper of a list; `channel` is where it was saved, where that was in one."""

    id: str
    url: str
    pdf_url: str
    title: str
    aloud: str
    facts: str
    channel: str
    tags: tuple[str, ...]
    note: str
    state: str
    news: list[ListNews]

    def choices(self, states: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The states with their words as a menu of this paper has them."""
        return [(f"{state} {self.id}", said) for state, said in states]

    @classmethod
    def of(cls, entry: SavedPaper, words: Catalogue, *, title: int, note: int) -> ListEntry:
        """The paper with its title and note in so many characters."""
        paper, origin = entry.paper, entry.origin
        facts = (
            format_some_authors(paper, _NAMED, words),
            "" if entry.votes is None else format_upvotes(entry.votes),
            unbroken(words.t("list.saved", date=words.short_date(entry.saved_at.date()))),
        )
        channel = origin.channel if origin and origin.channel and not is_direct_message(origin.channel) else ""
        return cls(
            id=paper.id,
            url=paper.url,
            pdf_url=paper.pdf_url,
            title=format_title(paper, title),
            aloud=format_title(paper, _ALOUD_TITLE),
            facts=fitting(facts) + (DOT if channel else ""),
            channel=channel,
            tags=tuple(shorten_readable(tag, _TAG) for tag in entry.tags[:_TAGS_SHOWN]),
            note=shorten_readable(entry.note, note),
            state=entry.state.value,
            news=[ListNews.of(paper, each, words) for each in entry.news[:_NEWS_SHOWN]],
        )


@dataclass(frozen=True, slots=True)
class ListNews:
    """News of a paper in a few words, and where they can be read."""

    told: str
    url: str

    @classmethod
    def of(cls, paper: Paper, news: PaperNews, words: Catalogue) -> ListNews:
        """The news of a paper."""
        (told,) = news_facts([news], words)
        return cls(told, news_address(paper, news))


def news_address(paper: Paper, news: PaperNews) -> str:
    """The address at which news of a paper can be read: that of the code, or of the new version, or of the paper."""
    code_url = web_address(news.code_url) if news.kind is NewsKind.CODE else None
    if code_url and len(code_url) <= _LONGEST_ADDRESS:
        return code_url
    return f"{paper.url}v{news.version}" if news.version else paper.url


def list_menus(listed: ListShown, words: Catalogue, *, most: int) -> list[ListMenu]:
    """The menus by which a list is filtered, and by which it is ordered, with the `most` used tags, if it has any."""
    wanted, by_state, tags = listed.filter, listed.by_state, dict(listed.tags)
    states = [(EVERYTHING, words.t("home_filter.all", count=listed.unarchived))]
    for state in ReadingState:
        named = words.t(f"home_state.{state}")
        states.append((state.value, words.t("home_filter.counted", name=named, count=by_state.get(state, 0))))
    state_chosen = "".join(wanted.states) if len(wanted.states) == 1 else EVERYTHING
    offered = dict(list(tags.items())[:most])
    if wanted.tag:
        offered.setdefault(wanted.tag, tags.get(wanted.tag, 0))
    named_tags = [(EVERYTHING, words.t("home_filter.any_tag"))]
    for tag, count in offered.items():
        named_tags.append((tag, words.t("home_filter.counted", name=shorten_readable(tag, _TAG), count=count)))
    orders = [(order.value, words.t(f"home_order.{order}")) for order in ListOrder]
    menus = [ListMenu("state_filter", words.t("home_filter.state"), states, state_chosen)]
    if offered:
        menus.append(ListMenu("tag_filter", words.t("home_filter.tag"), named_tags, wanted.tag or EVERYTHING))
    return [*menus, ListMenu("order", words.t("home_filter.order"), orders, wanted.order.value)]


def state_options(words: Catalogue) -> list[tuple[str, str]]:
    """The states of a paper with their words."""
    return [(state.value, words.t(f"home_state.{state}")) for state in ReadingState]


def fitting(facts: Iterable[str]) -> str:
    """As many of the facts as there is room for, in one line."""
    shown: list[str] = []
    for fact in facts:
        if sum(map(len, [*shown, fact])) + 3 * len(shown) <= _FACTS:
            shown.append(fact)
    return in_one_line(shown)
