"""The meaning of an event about a message: somebody wrote to Paperboy, changed what they wrote, or took it back.

Bots are never answered, this one least of all: a message with a `bot_id` is nobody's question, whatever it says, and
neither is one of Slack's own. Slack announces far more than people write (docs.slack.dev, message event): a link's
preview and a reply below a message come as a change of it whose words are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.rules.incoming_messages import IncomingMessage, SentFile, Withdrawal
from bot.rules.slack_ids import is_direct_message
from bot.text.clean import shorten
from bot.text.slack_markup import mentions, plain_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.slack.installation import Installation

_SLACKBOT = "USLACKBOT"
# Messages that people write all the same (docs.slack.dev, message subtypes).
_WRITTEN = frozenset({None, "thread_broadcast", "file_share", "me_message"})
_CHANGED, _DELETED, _TOMBSTONE = "message_changed", "message_deleted", "tombstone"
_MENTION = "app_mention"
# As long as a message may be that Slack shows whole (docs.slack.dev, chat.postMessage).
_LONGEST = 4000
# What one message brings beyond is somebody's holiday pictures.
_MOST_FILES, _LONGEST_NAME = 10, 200


def read_message_event(event: Mapping[str, Any], installation: Installation) -> IncomingMessage | Withdrawal | None:
    """The message that an event brings, or its end; None for what nobody asks of Paperboy. Never raises.

    `event` is one of type `message` or `app_mention`, whose shape was checked as far as `payload_shapes` does.
    """
    channel = _text(event, "channel")
    if not channel:
        return None
    subtype = event.get("subtype")
    if subtype == _CHANGED:
        return _changed(event, channel, installation)
    if subtype == _DELETED:
        return _withdrawn(event.get("previous_message"), channel, installation)
    return _written(event, channel, installation, is_mention=event.get("type") == _MENTION)


def _changed(event: Mapping[str, Any], channel: str, installation: Installation) -> IncomingMessage | Withdrawal | None:
    message, before = event.get("message"), event.get("previous_message")
    if not isinstance(message, dict):
        return None
    if message.get("subtype") == _TOMBSTONE:  # one with replies is not deleted but emptied
        return _withdrawn(before, channel, installation)
    if not _edited_at(message):
        return None
    if isinstance(before, dict) and plain_words(_text(before, "text")) == plain_words(_text(message, "text")):
        return None
    return _written(message, channel, installation)


def _withdrawn(before: object, channel: str, installation: Installation) -> Withdrawal | None:
    if not isinstance(before, dict) or not _is_a_persons(before, installation):
        return None
    return Withdrawal(installation.team, channel, before["ts"])


def _written(
    message: Mapping[str, Any], channel: str, installation: Installation, *, is_mention: bool = False
) -> IncomingMessage | None:
    if not _is_a_persons(message, installation) or message.get("subtype") not in _WRITTEN or message.get("hidden"):
        return None
    text = _text(message, "text")
    is_for_us = is_mention or is_direct_message(channel) or mentions(text, installation.bot_user)
    if not is_for_us:
        return None
    thread_ts = _text(message, "thread_ts")
    return IncomingMessage(
        team=installation.team,
        channel=channel,
        ts=message["ts"],
        person=message["user"],
        words=shorten(plain_words(text), _LONGEST),
        thread_ts=thread_ts if thread_ts and thread_ts != message["ts"] else None,
        edited_ts=_edited_at(message),
        files=_files(message.get("files")),
    )


def _files(told: object) -> tuple[SentFile, ...]:
    found = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return tuple(
        SentFile(
            shorten(_text(each, "name"), _LONGEST_NAME),
            _text(each, "url_private_download") or _text(each, "url_private"),
            size if isinstance(size := each.get("size"), int) else 0,
        )
        for each in found[:_MOST_FILES]
    )


def _is_a_persons(message: Mapping[str, Any], installation: Installation) -> bool:
    user = _text(message, "user")
    is_a_bots = bool(message.get("bot_id") or message.get("bot_profile")) or user in {installation.bot_user, _SLACKBOT}
    return bool(user and _text(message, "ts")) and not is_a_bots


def _edited_at(message: Mapping[str, Any]) -> str:
    edited = message.get("edited")
    return _text(edited, "ts") if isinstance(edited, dict) else ""


def _text(message: Mapping[str, Any], name: str) -> str:
    found = message.get(name)
    return found if isinstance(found, str) else ""
