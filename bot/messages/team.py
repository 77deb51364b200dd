"""A team's week: the recap that a channel gets, and the answer to whoever asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.messages.message import Message
from bot.messages.paper_text import NAME_LENGTH, first_titles, format_some_authors, format_title, shorten_readable
from bot.rules.team import MOST_NAMED, NAMES
from bot.templating.catalogues import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from bot.rules.papers import Paper
    from bot.rules.team import SavesTold, Talk, TeamPaper, TeamWeek
    from bot.templating.catalogues import Catalogue

_TITLE = 150
_LABEL_TITLE = 60
_AUTHORS = 2


@dataclass(frozen=True, slots=True)
class TeamWeekPapers:
    """A team's week with what is known of its papers: each by its ID, and the address of its card in the channel, or of
    the paper where the channel has none."""

    week: TeamWeek
    papers: Mapping[str, Paper]
    urls: Mapping[str, str]


def team_recap(*, week: TeamWeekPapers, first: date, last: date, language: str) -> Message:
    """The recap of a team's week for a channel: what people saved from a `first` day to a `last`."""
    return _message("team_recap", week, language, first=first, last=last)


def team_week(*, week: TeamWeekPapers, shows_name: bool, language: str) -> Message:
    """The last seven days of a team, for one person who asks; `shows_name` tells whether others see their name."""
    return _message("team_week", week, language, shows_name=shows_name)


def not_of_team(*, language: str) -> Message:
    """The answer to somebody from another organization, whom the team's saves do not concern."""
    return Message.of("team_of_others", language)


def _message(template: str, found: TeamWeekPapers, language: str, **values: object) -> Message:
    week = found.week
    numbered = dict(zip((each.paper_id for each in week.papers), range(1, len(week.papers) + 1), strict=True))
    groups = [
        (name, [_Entry.of(numbered[each.paper_id], each, found, language) for each in papers])
        for name, papers in (
            ("most_saved", week.most_saved),
            ("talked_about", week.talked_about),
            ("unread", week.unread),
        )
        if papers
    ]
    leading = first_titles(entry.title for _, entries in groups for entry in entries)
    has_names = any(entry.names for _, entries in groups for entry in entries)
    message = Message.of(template, language, groups=groups, leading=leading, has_names=has_names, **values)
    return replace(message, shows=tuple(numbered))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A paper under its number; `names_block` is the name of the block with the `names`, by which it is taken out."""

    number: int
    id: str
    url: str
    title: str
    short_title: str
    facts: str
    names: str
    names_block: str

    @classmethod
    def of(cls, number: int, told: TeamPaper, found: TeamWeekPapers, language: str) -> _Entry:
        paper, words = found.papers[told.paper_id], catalogue(language)
        facts = " · ".join([*_saves_facts(told.saves, words), *_talk_facts(told.talk, words)])
        return cls(
            number,
            paper.id,
            found.urls[paper.id],
            format_title(paper, _TITLE),
            format_title(paper, _LABEL_TITLE),
            facts or format_some_authors(paper, _AUTHORS, words) or paper.id,
            _names(told.saves, words),
            f"{NAMES}_{number}",
        )


def _saves_facts(saves: SavesTold | None, words: Catalogue) -> Iterator[str]:
    if saves:
        yield words.t("team.several") if saves.count is None else words.t("team.savers", count=saves.count)


def _talk_facts(talk: Talk | None, words: Catalogue) -> Iterator[str]:
    """The ways in which a paper came up in the channel, those that it did."""
    for name in ("questions", "links", "shares"):
        if talk and (count := getattr(talk, name)):
            yield words.t(f"team.{name}", count=count)


def _names(saves: SavesTold | None, words: Catalogue) -> str:
    """The names of the first who saved a paper and show theirs, and whether there are others."""
    if saves is None or not saves.named:
        return ""
    shown = [shorten_readable(name, NAME_LENGTH) for name in saves.named[:MOST_NAMED]]
    are_all = saves.count == len(shown)
    names = ", ".join(filter(None, shown))
    return names if are_all or not names else words.t("team.and_others", names=names)
