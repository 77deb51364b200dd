"""The team's week: what a workspace's people saved, and what others may be told of it.

Counts are told, and names of those who chose so. Nobody is to learn from a count what one person, whose name isn't
shown, has saved, also not by taking away what they saved themselves: see `told`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.rules.due import due_at
from bot.rules.editions import iso_week

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from bot.rules.channels import Channel, ChannelSettings

WEEK = timedelta(days=7)
# What was saved up to so long before the week may lie unread.
UNREAD_SINCE = timedelta(days=14)
FEWEST_SAVERS = 2
# A paper that was asked about, shared, or linked so often is talked about.
FEWEST_MARKS = 2
# So many of a kind are told of, ten in all: as many as there are number emoji, and as a minute is long.
MOST_SAVED, MOST_TALKED_ABOUT, MOST_UNREAD = 5, 3, 2
MOST_NAMED = 3
# The blocks that name people begin with this, so that names can be taken out of a message that waits.
NAMES = "names"
# Of those most saved so many are looked at: some may not be told of.
CANDIDATES = 30
# An exact count leaves so many others who may or may not have saved the paper, and `told` says why.
_LEFT_OVER = 3
_DAY_BEGINS, _DAY_ENDS = 8, 20  # hours, by the channel's clock
_ON_TIME = timedelta(hours=1)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Saves:
    """The people who saved a paper: how many, and the names of those who show theirs."""

    paper_id: str
    savers: int
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """The times that a paper came up in a channel in ways that Paperboy sees: questions it was asked there, links that
    it previewed, and cards shared there. Other conversation it doesn't read."""

    paper_id: str
    questions: int = 0
    links: int = 0
    shares: int = 0

    @property
    def marks(self) -> int:
        """The times it came up in all."""
        return self.questions + self.links + self.shares


@dataclass(frozen=True, slots=True)
class SavesTold:
    """The people who saved a paper as others are told of them: `count`, or several where that is None.

    `named` are the names of those who show theirs.
    """

    count: int | None
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamPaper:
    """A paper of the team's week, with what is told of who saved it and how often it came up in the channel."""

    paper_id: str
    saves: SavesTold | None = None
    talk: Talk | None = None


@dataclass(frozen=True, slots=True)
class WeekSaved:
    """A week as it is stored: papers by how many saved them, those that came up in a channel, and some left unread.

    The unread ones were saved earlier, and nobody has begun to read them. The `crowd` are the people of the workspace
    that Paperboy knows and whose names aren't shown.
    """

    saved: tuple[Saves, ...] = ()
    talked_about: tuple[Talk, ...] = ()
    unread: tuple[Saves, ...] = ()
    crowd: int = 0

    def among(self, papers: Collection[str]) -> WeekSaved:
        """The week but for papers that are not among these."""
        return replace(
            self,
            saved=tuple(each for each in self.saved if each.paper_id in papers),
            talked_about=tuple(each for each in self.talked_about if each.paper_id in papers),
            unread=tuple(each for each in self.unread if each.paper_id in papers),
        )


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """The week as others are told of it, each paper once."""

    most_saved: tuple[TeamPaper, ...] = ()
    talked_about: tuple[TeamPaper, ...] = ()
    unread: tuple[TeamPaper, ...] = ()

    @property
    def papers(self) -> tuple[TeamPaper, ...]:
        """All of its papers, in order."""
        return (*self.most_saved, *self.talked_about, *self.unread)

    @property
    def has_news(self) -> bool:
        """Whether it is worth a message that nobody asked for: papers that only lie unread aren't."""
        return bool(self.most_saved or self.talked_about)

    def without_names(self) -> TeamWeek:
        """The week with counts alone."""
        nameless = tuple(
            replace(each, saves=replace(each.saves, named=())) if each.saves else each for each in self.most_saved
        )
        return replace(self, most_saved=nameless)


def told(saves: Saves, crowd: int) -> SavesTold | None:
    """The number and names that others may be told of who saved a paper; None when nothing.

    Of the `crowd` nobody may learn that a certain one saved it. A reader knows what they did themselves, and may know
    who is in the crowd, so a count that nearly all of it make up is told as "several", which is the same for one or two
    less; and where the crowd is too small for that, only those who show their names are counted.
    """
    unnamed = saves.savers - len(saves.named)
    if unnamed == 0 or crowd - unnamed >= _LEFT_OVER:
        return SavesTold(saves.savers, saves.named) if saves.savers >= FEWEST_SAVERS else None
    fewest_told_so = crowd - _LEFT_OVER + 1
    if fewest_told_so >= max(1, FEWEST_SAVERS - len(saves.named)):
        return SavesTold(None, saves.named)
    return SavesTold(len(saves.named), saves.named) if len(saves.named) >= FEWEST_SAVERS else None


def told_of(week: WeekSaved) -> tuple[str, ...]:
    """The papers that a week may tell of, by ID."""
    saved = [each.paper_id for each in (*week.saved, *week.unread)]
    return tuple(dict.fromkeys([*saved, *(each.paper_id for each in week.talked_about)]))


def choose_week(week: WeekSaved) -> TeamWeek:
    """Choose what is told of a week: the most saved papers, then those that came up most, then some that lie unread.

    Names stand only beside what was saved in the week: that somebody hasn't read a paper is nobody else's business.
    """
    talk = {each.paper_id: each for each in week.talked_about}
    most_saved = [
        TeamPaper(each.paper_id, saves, talk.get(each.paper_id))
        for each in sorted(week.saved, key=lambda each: (-each.savers, each.paper_id))
        if (saves := told(each, week.crowd))
    ][:MOST_SAVED]
    shown = {each.paper_id for each in most_saved}
    talked_about = [
        TeamPaper(each.paper_id, talk=each)
        for each in sorted(week.talked_about, key=lambda each: (-each.marks, each.paper_id))
        if each.marks >= FEWEST_MARKS and each.paper_id not in shown
    ][:MOST_TALKED_ABOUT]
    shown |= {each.paper_id for each in talked_about}
    unread = [
        TeamPaper(each.paper_id, replace(saves, named=()))
        for each in sorted(week.unread, key=lambda each: (-each.savers, each.paper_id))
        if each.paper_id not in shown and (saves := told(each, week.crowd))
    ][:MOST_UNREAD]
    return TeamWeek(tuple(most_saved), tuple(talked_about), tuple(unread))


def without_names(payload: str) -> str:
    """A message of a team's week as it is sent, JSON, without the blocks that name people. Never raises."""
    try:
        message = json.loads(payload)
        blocks = [block for block in message["blocks"] if not str(block.get("block_id")).startswith(NAMES)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return payload
    return json.dumps({**message, "blocks": blocks}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class RecapDue:
    """The recap a channel is due: of the ISO week in which it comes, about the seven days up to a moment."""

    week: str
    until: datetime

    @property
    def since(self) -> datetime:
        """The beginning of those days."""
        return self.until - WEEK


def recap_due(channel: Channel, now: datetime) -> RecapDue | None:
    """The team recap that may come to a channel now; None when none may, or it isn't wanted.

    It is due at the channel's time on its first posting day of each week by the channel's clock. One that was missed
    comes on the same or a later posting day of that week, and then not at night. A channel that began to be served
    since gets none.
    """
    settings = channel.settings
    if not settings.team_recap or not is_good_moment(settings, now):
        return None
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    until = due_at(_first_posting_day(settings, today), settings.post_at, settings.timezone)
    is_ours = channel.since is None or channel.since <= until
    return RecapDue(iso_week(today), until) if is_ours else None


class Waiting(StrEnum):
    """The state of the wait of a recap that is planned: it is over, goes on, or is in vain."""

    OVER = "over"
    GOES_ON = "goes_on"
    CANCELLED = "cancelled"


def waiting_recap(channel: Channel, week: str, now: datetime) -> Waiting:
    """Whether the recap of an ISO week that is planned for a channel may be sent now: not at night, and not when its
    week is over or it isn't wanted any more."""
    today = now.astimezone(ZoneInfo(channel.settings.timezone)).date()
    if not channel.settings.team_recap or iso_week(today) != week:
        return Waiting.CANCELLED
    return Waiting.OVER if is_good_moment(channel.settings, now) else Waiting.GOES_ON


def is_good_moment(settings: ChannelSettings, now: datetime) -> bool:
    """Whether a recap may come to a channel now: on a posting day, within an hour of its time or by day after it."""
    local = now.astimezone(ZoneInfo(settings.timezone))
    due = due_at(local.date(), settings.post_at, settings.timezone)
    is_day = _DAY_BEGINS <= local.hour < _DAY_ENDS
    return settings.is_posting_day(local.date()) and due <= now and (is_day or now < due + _ON_TIME)


def _first_posting_day(settings: ChannelSettings, posting_day: date) -> date:
    """The first posting day of the ISO week in which this one is."""
    monday = posting_day - timedelta(days=posting_day.weekday())
    days = (monday + _A_DAY * number for number in range(7))
    return next(day for day in days if settings.is_posting_day(day))
