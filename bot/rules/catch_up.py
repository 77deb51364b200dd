"""Catch-ups: why a listing day comes together with a later one and not by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.rules.channels import DayChoice, settings_without
from bot.rules.due import due_at, last_due_date
from bot.rules.feeds import HUGGING_FACE
from bot.rules.selection import Delay

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from bot.rules.channels import Change, Channel, ChannelSettings
    from bot.rules.selection import ChosenDay

_A_DAY = timedelta(days=1)


def with_delays(
    chosen: Sequence[ChosenDay], channel: Channel, changes: Sequence[Change], served: Collection[date]
) -> tuple[ChosenDay, ...]:
    """Days that a channel gets together, oldest first, each but the latest with what kept it from coming before.

    `changes` are what was changed about the channel, latest first, and `served` the local dates that are done with. A
    day was missed when the channel was due at a moment at which there was that day and not yet the latest of them, and
    was not served: Paperboy, the source, or Slack was away. It was left out where no such moment was one of posting, by
    the settings of that time or because the channel was paused.
    """
    if len(chosen) < 2:
        return tuple(chosen)
    first, latest = (_there_from(each.day, channel.settings) for each in (chosen[0], chosen[-1]))
    since = max(first, channel.since or first)
    due = list(_due_between(since, latest, channel.settings, changes, served))
    delayed = []
    for each in chosen[:-1]:
        there_from = _there_from(each.day, channel.settings)
        passed = [local_date for local_date, moment in due if moment >= there_from]
        if any(local_date not in served for local_date in passed):
            delay = Delay.MISSED
        else:
            delay = Delay.AFTER_ITS_DATE if passed else Delay.LEFT_OUT
        delayed.append(replace(each, delay=delay))
    return (*delayed, chosen[-1])


def first_date_due(chosen: Sequence[ChosenDay], channel: Channel) -> date:
    """The earliest local date on which any of these days may have been due, of which it is to be known if it was
    served."""
    return _there_from(chosen[0].day, channel.settings).date() - _A_DAY


def _there_from(day: date, settings: ChannelSettings) -> datetime:
    """The moment from which a channel with these settings gets a listing day."""
    if settings.day_choice is DayChoice.SETTLED:
        return HUGGING_FACE.settled_at(day)
    return datetime.combine(day, time(), UTC)


def _due_between(
    start: datetime, end: datetime, settings: ChannelSettings, changes: Sequence[Change], served: Collection[date]
) -> Iterator[tuple[date, datetime]]:
    """The local dates of posting that were due from `start` on and before `end`, by the settings of their time.

    A date that was not served becomes due at a change by which its hour has passed.
    """
    for change in changes:
        if end <= start:
            return
        yield from _due_by(settings, max(start, change.at), end)
        if start <= change.at < end:
            passed = last_due_date(change.at, settings.post_at, settings.timezone, settings.is_posting_day)
            if passed and passed not in served and due_at(passed, settings.post_at, settings.timezone) >= start:
                yield passed, change.at
        settings, end = _settings_before(change, settings), min(end, change.at)
    yield from _due_by(settings, start, end)


def _settings_before(change: Change, settings: ChannelSettings) -> ChannelSettings:
    """The settings before a change; where that cannot be read, as with a time zone that this machine does not know,
    the same ones."""
    try:
        before = settings_without(settings, change)
        ZoneInfo(before.timezone)
    except (ValueError, ZoneInfoNotFoundError):
        return settings
    return before


def _due_by(settings: ChannelSettings, start: datetime, end: datetime) -> Iterator[tuple[date, datetime]]:
    zone = ZoneInfo(settings.timezone)
    local_date = start.astimezone(zone).date() - _A_DAY
    while local_date <= end.astimezone(zone).date():
        moment = due_at(local_date, settings.post_at, settings.timezone)
        if settings.is_posting_day(local_date) and start <= moment < end:
            yield local_date, moment
        local_date += _A_DAY
