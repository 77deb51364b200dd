"""The values of buttons, menus, and inputs as the bot receives them."""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import MisuseError
from .values import Json

_ONE_OPTION = {"overflow", "static_select", "external_select", "radio_buttons"}
_MANY_OPTIONS = {"checkboxes", "multi_static_select", "multi_external_select"}
_PLAIN: dict[str, tuple[str, str]] = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}
_STATELESS = {"button", "overflow", "workflow_button", "icon_button", "feedback_buttons"}


def action(block: Json, element: Json, choice: Any, stamp: str) -> Json:
    """The `actions` entry of a click or choice. `choice` is an option's value, or what was typed or picked."""
    entry: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": stamp,
    }
    if element["type"] == "button":
        entry |= {name: element[name] for name in ("text", "value", "style") if name in element}
        return entry
    return entry | chosen(element, choice)


def state(shown: Sequence[tuple[Json, Json]], choices: Mapping[tuple[str, str], Any]) -> Json:
    """`state.values`: every element's choice by block and action id, its initial one where none was made."""
    values: dict[str, Json] = {}
    for block, element in shown:
        if element["type"] in _STATELESS:
            continue
        where = (block["block_id"], element["action_id"])
        made = chosen(element, choices[where]) if where in choices else _initial(element)
        values.setdefault(where[0], {})[where[1]] = {"type": element["type"], **made}
    return {"values": values}


def filled_in(shown: Sequence[tuple[Json, Json]], choices: Mapping[str, Any]) -> Json:
    """The state of a modal filled in with choices by action id.

    Raises MisuseError when a choice names no element, or one that must be made is missing.
    """
    ids = {element["action_id"] for _, element in shown}
    if unknown := set(choices) - ids:
        raise MisuseError(f"nothing to fill in is called {', '.join(sorted(unknown))}; there are {sorted(ids)}")
    made = {
        (block["block_id"], element["action_id"]): choices[element["action_id"]]
        for block, element in shown
        if element["action_id"] in choices
    }
    filled = state(shown, made)
    for block, element in shown:
        if block["type"] == "input" and not block.get("optional"):
            value = filled["values"][block["block_id"]][element["action_id"]]
            if not any(part for name, part in value.items() if name != "type"):
                raise MisuseError(f"{element['action_id']} must be filled in")
    return filled


def takes(element: Json, choice: Any) -> bool:
    """Whether a choice can be made in an element: a button has it as its value, a menu among its options."""
    if element["type"] == "button":
        return bool(element.get("value") == choice)
    offered = element.get("options", ())
    return not offered or any(choice in (option.get("value"), option["text"]["text"]) for option in offered)


def chosen(element: Json, choice: Any) -> Json:
    """The payload of a choice made in an element. Raises MisuseError for an option that is not offered."""
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"selected_option": None if choice is None else _option(element, choice)}
    if kind in _MANY_OPTIONS:
        return {"selected_options": [_option(element, each) for each in choice or ()]}
    if kind in _PLAIN:
        return {_PLAIN[kind][0]: choice}
    return {"value": choice}


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"selected_options": element.get("initial_options", [])}
    name, initial = _PLAIN.get(kind, ("value", "initial_value"))
    return {name: element.get(initial)}


def _option(element: Json, choice: Any) -> Json:
    if element["type"].endswith("external_select"):
        return choice if isinstance(choice, dict) else {"text": {"type": "plain_text", "text": choice}, "value": choice}
    groups: list[Json] = element.get("option_groups", [])
    options: list[Json] = [*element.get("options", []), *(each for group in groups for each in group["options"])]
    for option in options:
        if choice in (option.get("value"), option["text"]["text"]):
            return option
    offered = [option.get("value") for option in options]
    raise MisuseError(f"{element['action_id']} offers {offered}, not {choice!r}")
