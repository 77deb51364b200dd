"""The form of Slack's ids (docs.slack.dev, "Conversation objects", "User objects"), which people confuse with names.

Also that of its time stamps.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ID = r"(?=[A-Z0-9]*[0-9])[{kinds}][A-Z0-9]{{5,30}}"
_CHANNEL = re.compile(_ID.format(kinds="CG"))
_USER = re.compile(_ID.format(kinds="UW"))
_IN_LINK = re.compile(r"https://\S+/(?:archives|client/[A-Z0-9]+|team)/([A-Z0-9]+)(?:[/?#]\S*)?")


def read_channel_id(text: str) -> str | None:
    """The id of a public or private channel, given as such or as a link to the channel; None when it is neither."""
    return _read(text, _CHANNEL)


def read_user_id(text: str) -> str | None:
    """The id of a member, given as such or as a link to their profile; None when it is neither."""
    return _read(text, _USER)


def is_direct_message(channel_id: str | None) -> bool:
    """Whether a conversation is one between two, or none at all, and no channel."""
    return not channel_id or channel_id.startswith("D")


def moment_of(ts: str) -> datetime:
    """The moment that a time stamp of Slack's names, exactly (`1722500000.000100`). Raises `ValueError`."""
    seconds, _, micros = ts.partition(".")
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros.ljust(6, "0")[:6] or 0))


def _read(text: str, form: re.Pattern[str]) -> str | None:
    link = _IN_LINK.fullmatch(text.strip())
    named = link[1] if link else text.strip()
    return named if form.fullmatch(named) else None
