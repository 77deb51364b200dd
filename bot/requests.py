"""What people asked for and were told was heard, until it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Whoever works on a request says so again within this time, or another takes it over.
LEASE = timedelta(seconds=30)
# What was asked for so long ago is no longer done: whoever asked has gone another way.
DONE_WITHIN = timedelta(days=1)
# An address for answers serves for half an hour (docs.slack.dev, handling user interaction).
RESPONSE_URL_LASTS = timedelta(minutes=30)


class RequestKind(StrEnum):
    """What is asked for; kept on disk under this name."""

    SHARE = "share"
    REPORT = "report"
    SAVE = "save"
    REMOVE = "remove"
    START = "start"
    PAUSE = "pause"
    SKIP = "skip"
    UNSKIP = "unskip"
    POST_NOW = "post_now"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Request:
    """Something a person asked for.

    `cause` is Slack's name for the click, command or form it came with: asked once for ever under it. `value` is what
    it is about, as its kind has it. `channel` is where it was asked, empty for a form; `thread_ts` names the first
    message of the thread there. `response_url` is where Slack takes answers for a while, and `view_id` the form.
    `step` says how far it has come where doing it twice would do harm, empty at first.
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
    step: str = ""
