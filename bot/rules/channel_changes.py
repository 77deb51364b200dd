"""Changes to a channel: whether one still applies, who may make it, and how its result is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from bot.rules.channels import ChannelState, undone
from bot.rules.permissions import Action
from bot.rules.requests import RequestKind
from bot.rules.selection import unexpected_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.rules.channels import Change, Channel, ChannelSettings
    from bot.rules.papers import NotOpenYet, Unreachable
    from bot.rules.requests import Request
    from bot.rules.selection import Choice, Without

# The permission each request about a channel needs.
PERMISSION_FOR: Mapping[RequestKind, Action] = {
    RequestKind.START: Action.CHANGE,
    RequestKind.RESUME: Action.RESUME,
    RequestKind.PAUSE: Action.PAUSE,
    RequestKind.SKIP: Action.SKIP,
    RequestKind.UNSKIP: Action.SKIP,
    RequestKind.POST_NOW: Action.POST_NOW,
    RequestKind.UNDO: Action.UNDO,
}


class ChangeResult(StrEnum):
    """The result of a change to a channel; the catalogue has a sentence for each under `news`."""

    STARTED = "started"
    RESUMED = "resumed"
    PAUSED = "paused"
    SKIPPING = "skipping"
    UNSKIPPING = "unskipping"
    UNDONE = "undone"
    UNDO_TOO_LATE = "undo_too_late"


def is_overtaken(changes: Iterable[Change], setting: str, asked_at: datetime) -> bool:
    """Whether a setting was changed after a request for it came: by a later one, or by an earlier attempt at this."""
    return any(change.setting == setting and change.at > asked_at for change in changes)


def set_up_by(changes: Iterable[Change]) -> str | None:
    """The person who set a channel up last, from its changes, latest first; None when it was the environment."""
    before = {ChannelState.NEW, ChannelState.LEFT}
    started = (each for each in changes if each.setting == "state" and each.new == ChannelState.ACTIVE)
    return next((each.user for each in started if each.old in before), None)


def changed_since(changes: Iterable[Change], moment: datetime | None) -> Change | None:
    """The latest of some changes of settings, latest first, that was made since a moment."""
    settings = (each for each in changes if each.setting not in {"state", "skip_next"})
    return next((each for each in settings if moment and each.at > moment), None)


def result_of_starting(state: ChannelState) -> ChangeResult | None:
    """The result of starting a channel in this state; None for one that is active already."""
    if state is ChannelState.ACTIVE:
        return None
    return ChangeResult.RESUMED if state is ChannelState.PAUSED else ChangeResult.STARTED


def starts_when_saved(state: ChannelState) -> bool:
    """Whether saving the settings of a channel in this state also starts it."""
    return state in {ChannelState.NEW, ChannelState.LEFT}


def permissions_to_save(current: ChannelSettings, wanted: ChannelSettings) -> tuple[Action, ...]:
    """The permissions it takes to replace the current settings of a channel."""
    names_managers = current.managers is not wanted.managers
    return (Action.CHANGE, Action.CHANGE_MANAGERS) if names_managers else (Action.CHANGE,)


def permissions_to_undo(change: Change) -> tuple[Action, ...]:
    """The permissions it takes to take a change back."""
    return (Action.UNDO, Action.CHANGE_MANAGERS) if change.setting == "managers" else (Action.UNDO,)


def settings_before(channel: Channel, change: Change) -> ChannelSettings | bool | None:
    """The value that undoing a change puts in force: settings, or whether the next digest is skipped.

    None when something else was chosen since.
    """
    if change.setting == "skip_next":
        return bool(json.loads(change.old)) if channel.skip_next == json.loads(change.new) else None
    return undone(channel.settings, change)


class Attempt(Enum):
    """The state of a request that must not be done twice: new, begun before, or overtaken by another post."""

    FIRST = "first"
    AGAIN = "again"
    OVERTAKEN = "overtaken"


def posting_progress(days_had: int) -> str:
    """The progress of a request to post now: how many days the channel had had when it was begun."""
    return f"posting:{days_had}"


def posting_attempt(request: Request, days_had: int) -> Attempt:
    """Whether to post now, begun before or not; not when days came to the channel since it was begun."""
    if not request.progress:
        return Attempt.FIRST
    return Attempt.AGAIN if request.progress == posting_progress(days_had) else Attempt.OVERTAKEN


@dataclass(frozen=True, slots=True)
class PostedNow:
    """The result of posting now: `count` papers, or `why` there were none; neither if nothing is posted at all."""

    is_served: bool
    count: int = 0
    why: Without | NotOpenYet | Unreachable | None = None


def posted_now(choice: Choice | None) -> PostedNow:
    """The result of posting what was chosen; None stands for a channel that is not served."""
    if choice is None:
        return PostedNow(is_served=False)
    without = unexpected_only(choice.without)
    why = choice.waiting or (without[-1] if without else None)
    count = sum(len(chosen.papers) for chosen in choice.chosen)
    return PostedNow(is_served=True, count=count, why=None if count else why)


def is_changeable(state: ChannelState) -> bool:
    """Whether each step of a channel's settings can be changed alone: those of one that is set up."""
    return state not in {ChannelState.NEW, ChannelState.LEFT}


def possible_actions(channel: Channel) -> tuple[str, ...]:
    """The actions on a channel beside changing its settings, by the names of their buttons, at most five.

    The first is what most people want.
    """
    match channel.state:
        case ChannelState.NEW:
            return ("use_defaults", "set_up", "preview")
        case ChannelState.ACTIVE:
            # Posting, which everybody in the channel sees, stands apart from skipping.
            skip = "unskip" if channel.skip_next else "skip"
            return ("preview", "post_now", "changes", skip, "pause")
        case ChannelState.PAUSED:
            return ("resume", "preview", "changes")
        case ChannelState.CLOSED:
            return ("changes",)
        case ChannelState.LEFT:
            return ()
