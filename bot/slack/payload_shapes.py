"""The documented shapes of Slack's payloads, as far as anything here relies on them.

A signature proves who sent a request and says nothing about its content. A payload of another shape is refused before
any listener sees it. Shapes as in docs.slack.dev: slash commands, interaction payloads, events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.text.clean import is_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# A type or one of several, the way a text is written, an object by its names (those with a question mark may be
# missing), a list by what is in it.
Shape: TypeAlias = "type | tuple[type, ...] | re.Pattern[str] | Mapping[str, Any] | list[Any] | Each"


class Each:
    """An object whose names are anybody's and whose values all have one shape."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape


# A message's or an event's time stamp, seconds since 1970 with what makes it unique.
_STAMP = re.compile(r"\d+\.\d+")
_NAMED = {"id": str, "team_id?": str}
_OPTION = {"value?": str}
_FILLED_IN = {
    "type?": str,
    "value?": str,
    "selected_option?": _OPTION,
    "selected_options?": [_OPTION],
    "selected_time?": str,
    "selected_date?": str,
}
_ACTION = {**_FILLED_IN, "type": str, "action_id": str, "block_id?": str, "action_ts?": str}
_STATE = {"values": Each(Each(_FILLED_IN))}
_ELEMENT = {
    "action_id": str,
    "initial_value?": str,
    "initial_time?": str,
    "initial_option?": _OPTION,
    "initial_options?": [_OPTION],
}
_BLOCK = {"type": str, "block_id": str, "element?": _ELEMENT, "elements?": [dict]}
_VIEW = {
    "id?": str,
    "callback_id?": str,
    "private_metadata?": str,
    "state?": _STATE,
    "blocks?": [_BLOCK],
    "team_id?": str,
    "app_installed_team_id?": str,
}
_MESSAGE = {"ts?": str, "thread_ts?": str, "text?": str, "blocks?": list, "user?": str}
_INTERACTION = {
    "type": str,
    "user": _NAMED,
    "team?": (dict, str),
    "channel?": _NAMED,
    "message?": _MESSAGE,
    "container?": {"type?": str, "message_ts?": str, "thread_ts?": str, "channel_id?": str},
    "view?": _VIEW,
    "actions?": [dict],
    "callback_id?": str,
    "response_url?": str,
    "trigger_id?": str,
    "enterprise?": (dict, str),
}
_COMMAND = {
    "command": str,
    "user_id": str,
    "team_id?": str,
    "channel_id?": str,
    "text?": str,
    "response_url?": str,
    "trigger_id?": str,
}
# Little is asked of what nobody listens to: docs.slack.dev shows an `app_home_opened` whose `event_ts` has no dot.
_EVENT = {"type": str, "event_ts?": str, "user?": (str, dict), "channel?": (str, dict), "bot_id?": str}
_REACTIONS = ("reaction_added", "reaction_removed")
_REACTION = {"user": str, "reaction": str, "event_ts": _STAMP, "item_user?": str, "item": {"type": str}}
# What a message was, or is now, is read with care, as far as it is there.
_SAID = {"channel?": str, "ts?": _STAMP, "user?": str, "text?": str, "thread_ts?": _STAMP, "subtype?": str}
_OF_EVENT: Mapping[str, Mapping[str, Any]] = {
    "reaction_added": _REACTION,
    "reaction_removed": _REACTION,
    "app_mention": _SAID,
    "message": _SAID,
    "member_joined_channel": {"user": str, "channel": str, "inviter?": str, "event_ts?": _STAMP},
    **{
        f"{kind}_{happened}": {"channel": str, "event_ts?": _STAMP}
        for kind in ("channel", "group")
        for happened in ("left", "deleted", "archive", "unarchive")
    },
    "app_home_opened": {"user": str, "channel?": str, "tab?": str, "view?": {"hash?": str, "private_metadata?": str}},
    # Of a link in a message that somebody still writes some have `channel_id` instead (twentyhq/twenty#24980), and its
    # `message_ts` is no time stamp (slack-go/slack#999).
    "link_shared": {
        "channel?": str,
        "user?": str,
        "message_ts": str,
        "links": [{"url": str}],
        "source?": str,
        "is_bot_user_member?": bool,
        "event_ts": str,
    },
    "channel_id_changed": {"old_channel_id": str, "new_channel_id": str},
    "tokens_revoked": {"tokens?": {"bot?": list, "oauth?": list}},
}
# What people do, and where each has what it is about.
_OF_INTERACTION: Mapping[str, Mapping[str, Any]] = {
    "block_actions": {**_INTERACTION, "actions": [_ACTION], "state?": {"values?": Each(Each(_FILLED_IN))}},
    "view_submission": {**_INTERACTION, "view": {**_VIEW, "id": str, "type": str, "callback_id": str, "state": _STATE}},
    "view_closed": {**_INTERACTION, "view": _VIEW},
    "shortcut": _INTERACTION,
    "message_action": {**_INTERACTION, "message": _MESSAGE},
    "block_suggestion": _INTERACTION,
}
_ENVELOPE = {"team_id?": str, "authorizations?": [dict], "enterprise_id?": str, "event": _EVENT}


def misfit(payload: Mapping[str, Any]) -> str | None:
    """The first place in a payload that does not have its documented shape; None when all is in order."""
    if "command" in payload:
        return _misfit(payload, _COMMAND)
    if "event" in payload:
        wrong = _misfit(payload, _ENVELOPE)
        return _below("event", _misfit_in_event(payload["event"])) if wrong is None else wrong
    interaction_type = payload.get("type")
    shape = _OF_INTERACTION.get(interaction_type) if isinstance(interaction_type, str) else None
    if shape is None and "user" not in payload:  # what is nobody's doing is not listened to
        return _misfit(payload, {"type?": str})
    wrong = _misfit(payload, shape or _INTERACTION)
    if wrong is None and payload.get("actions") == []:
        return "actions"
    if wrong is None and interaction_type == "view_submission":
        return _below("view.blocks", _first_misfit(enumerate(payload["view"].get("blocks") or ()), _misfit_in_block))
    if wrong is None and interaction_type == "block_actions":
        return _below("actions", _first_misfit(enumerate(payload["actions"]), _misfit_in_action))
    return wrong


def _misfit_in_block(block: Mapping[str, Any]) -> str | None:
    return _misfit(block, {"element": dict}) if block["type"] == "input" else None


def _misfit_in_action(action: Mapping[str, Any]) -> str | None:
    """The misfit in an action, if any: all our buttons have a value, except those that only open an address."""
    if action["action_id"].startswith("open_"):
        return None
    match action.get("type"):
        case "button":
            return _misfit(action, {"value": str})
        case "overflow":
            return _misfit(action, {"selected_option": {"value": str}})
        case _:
            return None


def _misfit_in_event(event: Mapping[str, Any]) -> str | None:
    wrong = _misfit(event, _OF_EVENT.get(event["type"], {}))
    if wrong is None and event["type"] in _REACTIONS and event["item"]["type"] == "message":
        return _below("item", _misfit(event["item"], {"channel": str, "ts": _STAMP}))
    return wrong


def _misfit(found: object, shape: Any) -> str | None:
    """The place below `found`, empty for itself: every request comes through here, and hardly one has any."""
    if isinstance(shape, re.Pattern):
        return None if isinstance(found, str) and shape.fullmatch(found) else ""
    if isinstance(shape, type | tuple):
        return None if isinstance(found, shape) and not (isinstance(found, str) and not is_storable(found)) else ""
    if isinstance(shape, list):
        if not isinstance(found, list):
            return ""
        return _first_misfit(enumerate(found), lambda each: _misfit(each, shape[0]))
    if not isinstance(found, dict):
        return ""
    if isinstance(shape, Each):
        return _first_misfit((("…", each) for each in found.values()), lambda each: _misfit(each, shape.shape))
    for name, inner in shape.items():
        key = name.removesuffix("?")
        value = found.get(key)
        if value is None and key != name:
            continue
        if (wrong := _misfit(value, inner)) is not None:
            return _below(key, wrong)
    return None


def _first_misfit(places: Iterable[tuple[object, Any]], misfit_in: Callable[[Any], str | None]) -> str | None:
    return next((_below(place, wrong) for place, each in places if (wrong := misfit_in(each)) is not None), None)


def _below(place: object, wrong: str | None) -> str | None:
    """The path of a misfit, seen from further up; None where there is none."""
    return f"{place}.{wrong}".removesuffix(".") if wrong is not None else None
