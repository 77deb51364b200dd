"""Requests of people that were acknowledged and are not done yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# Whoever works on a request says so again within this time, or another takes it over.
LEASE = timedelta(seconds=30)
# How many leases one statement renews: a database takes only so many parameters.
HELD_AT_ONCE = 50
# Slack brings what nobody acknowledged again for a little over five minutes; so long one that is done is remembered.
REMEMBERED = timedelta(minutes=10)
# The progress of a request that is done.
DONE = "done"
# Whoever asked so long ago has gone another way; what others would see surprises them earlier.
_DONE_WITHIN = timedelta(days=1)
_SHOWN_WITHIN = timedelta(hours=1)
# A conversation has gone on by then.
_PREVIEWED_WITHIN = timedelta(minutes=30)
# What ended the process that did it each time so often is likely what ends it.
_MOST_ATTEMPTS = 3
# An address for answers serves for half an hour (docs.slack.dev, handling user interaction).
_RESPONSE_URL_LASTS = timedelta(minutes=30)
# So many answers it takes (likewise).
RESPONSE_URL_USES = 5


class RequestKind(StrEnum):
    """The action that a request asks for; kept on disk under this name."""

    SHARE = "share"
    SHARE_DAYS = "share_days"
    REPORT = "report"
    SAVE = "save"
    START = "start"
    RESUME = "resume"
    PAUSE = "pause"
    SKIP = "skip"
    UNSKIP = "unskip"
    POST_NOW = "post_now"
    UNDO = "undo"
    REPLY = "reply"
    QUESTION = "question"
    PREVIEW = "preview"
    EXPORT = "export"
    IMPORT = "import"
    ERASE = "erase"
    MY_DATA = "my_data"


# Nobody asked for these, so nobody is told what becomes of them.
UNASKED = frozenset({RequestKind.PREVIEW})
# Who asks for one of these again before it is done clicked twice, or saw nothing come of it: they want it once.
SEEN_BY_OTHERS = frozenset({RequestKind.SHARE, RequestKind.SHARE_DAYS, RequestKind.POST_NOW})
# Nor is a file made twice for whoever clicks again while it is under way, or every table looked through again for
# whoever is being erased: that takes seconds.
WANTED_ONCE = SEEN_BY_OTHERS | {RequestKind.EXPORT, RequestKind.MY_DATA, RequestKind.ERASE}


@dataclass(frozen=True, slots=True)
class Request:
    """Something a person asked for.

    `cause` is Slack's name for the click, command or form it came with: asked once under it, however often Slack brings
    it. `value` is what it is about, as its kind has it. `channel` is where it was asked, empty for a form; `thread_ts`
    names the first message of the thread there. `response_url` is where Slack takes answers for a while, and `view_id`
    the form. `progress` says how far it has come where doing it twice would do harm, empty at first. `attempts` counts
    how often it was taken up after the process that was asked had ended.
    """

    team: str
    channel: str
    person: str
    kind: RequestKind
    cause: str
    value: str
    at: datetime
    thread_ts: str | None = None
    response_url: str | None = None
    view_id: str | None = None
    progress: str = ""  # in the column `step`, as release 0.5.0 named it
    attempts: int = field(default=0, compare=False)


def outlasts_response_url(asked_at: datetime, now: datetime) -> bool:
    """Whether something was asked so long ago that its response_url takes no answers, and whoever asked looks
    elsewhere."""
    return now - asked_at > _RESPONSE_URL_LASTS


def by_channel(requests: Iterable[Request]) -> list[list[Request]]:
    """The requests of each channel, in order; one without a channel, such as a form's, is a group of its own."""
    groups: dict[str, list[Request]] = {}
    for request in requests:
        groups.setdefault(request.channel or request.cause, []).append(request)
    return list(groups.values())


def is_too_old(request: Request, now: datetime) -> bool:
    """Whether a request came so long ago that it is not done any more.

    A report is on record, and what is to be erased is erased: these are never too old.
    """
    if request.kind in {RequestKind.REPORT, RequestKind.ERASE}:
        return False
    if request.kind in UNASKED:
        return now - request.at > _PREVIEWED_WITHIN
    return now - request.at > (_SHOWN_WITHIN if request.kind in SEEN_BY_OTHERS else _DONE_WITHIN)


def is_given_up(request: Request) -> bool:
    """Whether a request was taken up so often without an end that doing it may be what ends the process."""
    return request.attempts >= _MOST_ATTEMPTS


def is_dropped(request: Request) -> bool:
    """Whether even telling whoever asked that it is given up did not come to an end."""
    return request.attempts >= 2 * _MOST_ATTEMPTS
