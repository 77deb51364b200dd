"""A channel that Paperboy delivers to, how it likes its papers, and what was changed about that."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from bot.rules.due import due_at
from bot.rules.feeds import HUGGING_FACE
from bot.rules.selection import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

_Value = TypeVar("_Value")

EVERY_DAY = frozenset(range(7))
_A_DAY = timedelta(days=1)
# The longest that dates on which nothing is posted may follow on each other.
_DATES_LOOKED_AT = 800


class ChannelState(StrEnum):
    """Whether a channel gets its papers.

    A `new` one has not been set up since Paperboy was invited, an `active` one is served, a `paused` one was stopped by
    a person, into a `closed` one Slack lets nothing, and a `left` one has Paperboy in it no more.
    """

    NEW = "new"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"
    LEFT = "left"


class Layout(StrEnum):
    """The place of a day's cards: in the thread of its digest, below it as messages of the channel, or nowhere, so that
    each comes only to whoever asks for it."""

    THREAD = "thread"
    CARDS = "cards"
    DIGEST = "digest"


class DayChoice(StrEnum):
    """The day that is posted: the last whose list has settled, or today's as far as its list goes."""

    SETTLED = "settled"
    SO_FAR = "so_far"


class EmptyDays(StrEnum):
    """The message that a channel is sent when it is due and there is no paper for it."""

    NOTHING = "nothing"
    SAY_WHY = "say_why"
    BEST_OF_WEEK = "best_of_week"


class Recap(StrEnum):
    """The interval at which the best of what was posted is listed once more."""

    NONE = "none"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Managers(StrEnum):
    """The people who may change a channel's settings: every full member of the workspace, or only its managers."""

    MEMBERS = "members"
    MANAGERS = "keepers"  # stored and on the form under this name since release 0.5.0


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """The settings that a channel's people can choose.

    `weekdays` count from Monday, 0. On the other weekdays, and on `skip_dates`, nothing is posted; the next post brings
    what they would have. With a `second_language` cards also carry the summary in that one, where there is one.
    `unfurl` is about links in digests and cards, `link_previews` about papers that people link to. A `recap` is about
    what was posted, a `team_recap` about what the workspace's people saved in a week.
    """

    post_at: time
    timezone: str
    language: str
    top: int
    weekdays: frozenset[int] = EVERY_DAY
    skip_dates: tuple[date, ...] = ()
    second_language: str | None = None
    minimum_votes: int = 0
    include_words: tuple[str, ...] = ()
    exclude_words: tuple[str, ...] = ()
    layout: Layout = Layout.THREAD
    day_choice: DayChoice = DayChoice.SETTLED
    empty_days: EmptyDays = EmptyDays.SAY_WHY
    late_risers: bool = False
    unfurl: bool = False
    recap: Recap = Recap.NONE
    managers: Managers = Managers.MEMBERS
    link_previews: bool = True
    team_recap: bool = False

    @property
    def wanted(self) -> Filter:
        """The filter that papers for this channel must pass."""
        return Filter(self.minimum_votes, self.include_words, self.exclude_words)

    def is_posting_day(self, local_date: date) -> bool:
        """Whether papers may come on this date."""
        return local_date.weekday() in self.weekdays and local_date not in self.skip_dates


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel with its settings.

    `cursor` is the last listing day it has been dealt with; None as long as it has had no digest since it was started,
    and then its first one brings the latest settled day that has papers. `served` is the last local date on which it
    was due and got its papers or a reason, and `since` the moment from which it is served. `owner` is who invited
    Paperboy. With `skip_next` it does not get its next digest.
    """

    team: str
    id: str
    settings: ChannelSettings
    cursor: date | None = None
    state: ChannelState = ChannelState.ACTIVE
    owner: str | None = None
    since: datetime | None = None
    served: date | None = None
    skip_next: bool = False


def days_due(channel: Channel, now: datetime) -> list[date]:
    """The listing days a channel would get now, oldest first; before its first digest only the latest that can have
    papers, and those after it."""
    after = channel.cursor or HUGGING_FACE.last_listing_day(now) - _A_DAY
    is_settled = channel.settings.day_choice is DayChoice.SETTLED
    last = HUGGING_FACE.last_settled_day(now) if is_settled else now.astimezone(UTC).date()
    return [after + timedelta(days=number) for number in range(1, (last - after).days + 1)]


def brings_papers(channel: Channel, now: datetime) -> bool:
    """Whether a digest can be expected of the listing days a channel would get now."""
    return any(HUGGING_FACE.may_list_on(day) for day in days_due(channel, now))


def next_digest_date(channel: Channel, now: datetime) -> date | None:
    """The first local date that will bring a channel papers, today's included while they are owed.

    Dates that only have Saturdays and Sundays to tell of bring none. None when no date does for years.
    """
    settings, waiting = channel.settings, channel
    local_date = now.astimezone(ZoneInfo(settings.timezone)).date()
    for _ in range(_DATES_LOOKED_AT):
        at = due_at(local_date, settings.post_at, settings.timezone)
        is_ahead = at > now or channel.since is None or at >= channel.since
        is_served = channel.served is not None and channel.served >= local_date
        if settings.is_posting_day(local_date) and is_ahead and not is_served:
            moment = max(at, now)
            if brings_papers(waiting, moment):
                return local_date
            waiting = replace(waiting, cursor=max(days_due(waiting, moment), default=waiting.cursor))
        local_date += _A_DAY
    return None


@dataclass(frozen=True, slots=True)
class Invitation:
    """Paperboy was added to a channel, by `inviter` where Slack says who; `event_ts` tells one time from another."""

    team: str
    channel: str
    event_ts: str
    inviter: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """A channel that Paperboy is in, as Slack lists it."""

    channel: str
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """Channels in which Paperboy's records and Slack's do not agree, as an event was lost.

    `unknown` are channels it is in that nobody has set up or that it had left; `archived` and `absent` ones that are
    served although they are archived, or not among those it is in.
    """

    unknown: tuple[str, ...] = ()
    archived: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def discrepancies(known: Iterable[Channel], seen: Iterable[Membership], invited: Collection[str]) -> Discrepancies:
    """Compare the `known` channels of a workspace with a whole list of those `seen`.

    Those to which Paperboy was `invited` just now are being seen to.
    """
    states = {channel.id: channel.state for channel in known}
    there = {membership.channel: membership for membership in seen}
    served = [channel for channel, state in sorted(states.items()) if state is ChannelState.ACTIVE]
    return Discrepancies(
        unknown=tuple(
            channel
            for channel, membership in sorted(there.items())
            if states.get(channel, ChannelState.LEFT) is ChannelState.LEFT
            and not membership.is_archived
            and channel not in invited
        ),
        archived=tuple(channel for channel in served if channel in there and there[channel].is_archived),
        absent=tuple(channel for channel in served if channel not in there),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """Something about a channel that was changed, by `user` or, when that is None, by Paperboy itself.

    `setting` is the name of a field of `ChannelSettings`, `old` and `new` its values as `encoded` writes them; or it is
    `state` or `skip_next`.
    """

    id: int
    user: str | None
    at: datetime
    setting: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a workspace: `language` is their own choice, `locale` (`ko-KR`) and `timezone` are Slack's word.

    Others are told their name where it `shows_name`, which is their choice, and only while their account is active; the
    `name` is kept only then. One who `is_external` belongs to another organization, as Slack says, and is no part of
    the team. `read_at` tells when Slack was asked last; it is not part of what they are.
    """

    team: str
    id: str
    locale: str | None = None
    timezone: str | None = None
    language: str | None = None
    shows_name: bool = False
    is_deactivated: bool = False
    is_external: bool = False
    name: str | None = None
    read_at: datetime | None = field(default=None, compare=False)


def encoded(settings: ChannelSettings) -> dict[str, str]:
    """Each setting as JSON, by name; sets are sorted, so that equal settings are equal texts."""
    return {
        each.name: json.dumps(_as_json(getattr(settings, each.name)), ensure_ascii=False) for each in fields(settings)
    }


def decoded(texts: dict[str, str]) -> ChannelSettings:
    """The settings that `encoded` wrote; what is missing has its default. Raises `ValueError`."""
    try:
        read = {name: _READERS[name](json.loads(text)) for name, text in texts.items() if name in _READERS}
        return ChannelSettings(**read)
    except TypeError as error:
        raise ValueError(f"no settings of a channel: {error}") from error


def undone(settings: ChannelSettings, change: Change) -> ChannelSettings | None:
    """The settings without this change; None when something else was chosen since, or it changed no setting."""
    return settings_without(settings, change) if encoded(settings).get(change.setting) == change.new else None


def settings_without(settings: ChannelSettings, change: Change) -> ChannelSettings:
    """The settings as they were before this change, whatever was chosen since."""
    texts = encoded(settings)
    if change.setting not in texts:
        return settings
    known = decoded({**texts, change.setting: change.old})
    return replace(settings, **{change.setting: getattr(known, change.setting)})


def _as_json(value: object) -> object:
    match value:
        case time() | date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple():
            return [_as_json(each) for each in value]
        case _:
            return value


def _is_a(kind: type[_Value]) -> Callable[[Any], _Value]:
    def read(value: Any) -> _Value:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")
        return value

    return read


def _switch(value: Any) -> bool:
    if value not in {0, 1}:  # as SQLite keeps it
        raise ValueError(f"{value!r} is neither on nor off")
    return bool(value)


_text, _number, _list = _is_a(str), _is_a(int), _is_a(list)
# How the JSON of each setting becomes its value; each raises `ValueError` or `TypeError`.
_READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "post_at": time.fromisoformat,
        "timezone": _text,
        "language": _text,
        "top": _number,
        "weekdays": lambda value: frozenset(map(_number, _list(value))),
        "skip_dates": lambda value: tuple(map(date.fromisoformat, _list(value))),
        "second_language": lambda value: None if value is None else _text(value),
        "minimum_votes": _number,
        "include_words": lambda value: tuple(map(_text, _list(value))),
        "exclude_words": lambda value: tuple(map(_text, _list(value))),
        "layout": Layout,
        "day_choice": DayChoice,
        "empty_days": EmptyDays,
        "late_risers": _switch,
        "unfurl": _switch,
        "recap": Recap,
        "managers": Managers,
        "link_previews": _switch,
        "team_recap": _switch,
    }
)
