"""What to do about each answer of Slack's that is not "ok".

The error codes are those of docs.slack.dev, reference/methods/chat.postMessage.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Remedy(StrEnum):
    """What helps."""

    WAIT = "wait"  # Slack did not take it and will later
    LOOK = "look"  # Slack may have taken it all the same
    WITHOUT_IMAGE = "without_image"  # Slack could not fetch a picture
    ONLY_WORDS = "only_words"  # Slack takes neither these blocks nor this length
    PAUSE_CHANNEL = "pause_channel"  # nothing reaches this channel until a person acts
    STOP = "stop"  # nothing reaches this workspace until a person acts
    NONE = "none"  # this message never will be taken


_REMEDIES = {
    Remedy.WAIT: ("ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable"),
    # "Some aspect of the operation may have succeeded before the error was raised."
    Remedy.LOOK: ("fatal_error", "internal_error", "request_timeout"),
    Remedy.ONLY_WORDS: (
        "invalid_blocks",
        "invalid_blocks_format",
        "markdown_text_conflict",
        "msg_blocks_too_long",
        "msg_too_long",
    ),
    Remedy.PAUSE_CHANNEL: (
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "user_not_found",
    ),
    Remedy.STOP: (
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    ),
}
_REMEDY_OF = {error: remedy for remedy, errors in _REMEDIES.items() for error in errors}
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


def remedy_for(error: str, *, status: int = 200, details: Sequence[str] = ()) -> Remedy:
    """What to do about an `error` code that came with an HTTP `status`; `details` are Slack's own words on it."""
    if status == _TOO_MANY_REQUESTS:
        return Remedy.WAIT
    if error == "invalid_blocks" and any("image" in detail for detail in details):
        return Remedy.WITHOUT_IMAGE
    known = _REMEDY_OF.get(error)
    if known is None and status >= _SERVER_ERRORS:
        return Remedy.LOOK
    return known or Remedy.NONE
