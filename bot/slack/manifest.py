"""The app manifest: the scopes and events Slack is asked for, each with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bot.messages.agent import suggested_prompts
from bot.rules.entry_points import NEEDS
from bot.rules.link_previews import LINK_DOMAINS
from bot.slack.agent import AGENT_SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable

# Each scope and event with the reason it is asked for, as docs/install.md tells it; nothing is asked for that has none.
SCOPES = {
    "chat:write": "Post digests, and share papers when someone asks.",
    "channels:read": "Know when Paperboy is added to a channel or a channel is archived, and who created the channel.",
    "commands": "Respond to `/paper` and to shortcuts.",
    "groups:read": "The same as `channels:read`, for private channels Paperboy is in.",
    "reactions:read": "Save a paper to your reading list when you react to it.",
    "users:read": "Reply in your Slack language and time zone, and check who is an admin or a guest.",
}
HISTORY_SCOPES = {
    "channels:history": "After a crash, check whether a message already arrived before sending it again.",
    "groups:history": "The same as `channels:history`, for private channels.",
}
# What each opens, nothing required needs. Whoever installs the app may leave them out, and everything else works.
OPTIONAL_SCOPES = {
    "app_mentions:read": "Reply when somebody mentions Paperboy in a channel or thread.",
    "im:history": "Reply to direct messages.",
    "links:read": "Notice arXiv, Hugging Face, and alphaXiv links, to show a preview of the paper below them.",
    "links:write": "Show that preview.",
    **HISTORY_SCOPES,
    "files:write": "Send you exports as files. Without it, you get the text to copy.",
    "files:read": "Import the papers of a file that you send to Paperboy in a direct message.",
    "emoji:read": "Check that the workspace has the custom emoji that `PAPERBOY_EMOJI` or its admins name.",
}
EVENTS = {
    "app_home_opened": "Show your Home tab.",
    "app_mention": "Reply to a mention, in its thread.",
    "message.im": "Reply to a direct message.",
    "link_shared": "Show a preview below a message that links to a paper.",
    "reaction_added": "Save a paper.",
    "reaction_removed": "Take a paper off the list again.",
    "member_joined_channel": "Offer set-up to whoever added Paperboy to a channel.",
    "channel_left": "Stop posting there.",
    "channel_archive": "Stop posting there, and keep what waits.",
    "channel_unarchive": "Catch up.",
    "channel_deleted": "Stop posting there.",
    "group_left": "The same as `channel_left`, for private channels.",
    "group_archive": "The same as `channel_archive`, for private channels.",
    "group_unarchive": "The same as `channel_unarchive`, for private channels.",
    "group_deleted": "The same as `channel_deleted`, for private channels.",
    "channel_id_changed": "Keep a channel's settings and history when Slack gives it another ID.",
    "app_uninstalled": "Stop, and delete the workspace's data after `PAPERBOY_RETENTION_DAYS`.",
    "tokens_revoked": "The same, when the bot token is revoked.",
}
# Slack sends links of these and of all their subdomains, such as export.arxiv.org. It takes five domains at most
# (docs.slack.dev, unfurling links in messages).
UNFURL_DOMAINS = LINK_DOMAINS
LOOK_UP_SHORTCUT = "look_up_papers"
SAVE_SHORTCUT = "save_papers"
FIND_SHORTCUT = "find_paper"
# Menus show them in this order (docs.slack.dev, implementing shortcuts).
SHORTCUTS = (
    {
        "name": "Look up papers",
        "type": "message",
        "callback_id": LOOK_UP_SHORTCUT,
        "description": "Show the papers that a message links to",
    },
    {
        "name": "Save papers",
        "type": "message",
        "callback_id": SAVE_SHORTCUT,
        "description": "Save the papers that a message links to to your reading list",
    },
    {
        "name": "Find a paper",
        "type": "global",
        "callback_id": FIND_SHORTCUT,
        "description": "Look up a paper, or search for papers",
    },
)
COMMAND = "/paper"


# What else an agent asks for; its other parts are in `features.agent_view`.
AGENT_SCOPES = {AGENT_SCOPE: "Suggest things to ask in direct messages, and show that an answer is on its way."}
AGENT_DESCRIPTION = "Looks up and searches research papers, answers questions about them, and keeps your reading list."


def build_manifest(
    *, http_url: str | None = None, oauth_url: str | None = None, with_history: bool = False, agent: bool = False
) -> dict[str, Any]:
    """The app manifest, version 2 (docs.slack.dev, app-manifest).

    Socket Mode unless `http_url`, the public address of this bot, is given. With `oauth_url`, the public address of its
    pages for installing it, workspaces and whole organizations install it themselves, and its tokens expire.
    `with_history` makes the history scopes
    required: with them Paperboy may read back its own messages and so resolve a message in doubt by itself. An `agent`
    has its direct messages in Slack's form for agents, which an app cannot leave again.
    """
    request_url = {"url": f"{http_url.rstrip('/')}/slack/events"} if http_url else {}
    subscription = {"request_url": request_url["url"]} if http_url else {}
    optional = OPTIONAL_SCOPES.keys() - (HISTORY_SCOPES.keys() if with_history else set())
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Paperboy",
            "description": (
                "Posts each day's most upvoted research papers to your channels,"
                " with summaries and personal reading lists."
            ),
            "background_color": "#1f3a5f",
        },
        "features": {
            # A new app has the Messages tab off unless it asks for it, and then Slack refuses its direct messages.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Paperboy", "always_online": True},
            "shortcuts": [{**each} for each in SHORTCUTS],
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "Look up or search papers, see a day's, ask about one, or see your reading list",
                    "usage_hint": "[arXiv ID, link, day, or words] or list, settings, language, help",
                    "should_escape": False,
                    **request_url,
                }
            ],
            "unfurl_domains": [*UNFURL_DOMAINS],
            **({"agent_view": _agent_view()} if agent else {}),
        },
        # An optional scope is one of the scopes, too (docs.slack.dev, installing with OAuth).
        "oauth_config": {
            "scopes": {
                "bot": sorted({**SCOPES, **OPTIONAL_SCOPES, **(AGENT_SCOPES if agent else {})}),
                "bot_optional": sorted(optional),
            },
            **({"redirect_urls": [f"{oauth_url.rstrip('/')}/slack/oauth_redirect"]} if oauth_url else {}),
        },
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **subscription},
            "interactivity": {"is_enabled": True, **subscription},
            "org_deploy_enabled": oauth_url is not None,
            "socket_mode_enabled": http_url is None,
            "token_rotation_enabled": oauth_url is not None,
        },
    }


def _agent_view() -> dict[str, Any]:
    """An agent's part of the manifest. Its prompts are those everybody sees until theirs are set, in their language."""
    prompts = [{"title": title, "message": message} for title, message in suggested_prompts("en")]
    return {"agent_description": AGENT_DESCRIPTION, "suggested_prompts": prompts}


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences between an installed app's manifest and the one wanted, in words.

    What only an entry point needs that whoever installs the app may leave out is not different but `left_out`.
    """

    different: tuple[str, ...]
    left_out: tuple[str, ...]


def drift(installed: dict[str, Any], wanted: dict[str, Any]) -> Drift:
    """The differences between an installed app's manifest and the one wanted, as far as they matter."""
    different, left_out = [], []
    for name, (read, may_be_left_out) in _COMPARED.items():
        there, here = read(installed), read(wanted)
        left_out += [f"{name} {each}" for each in sorted((here - there) & may_be_left_out)]
        different += [f"missing {name} {each}" for each in sorted(here - there - may_be_left_out)]
        different += [f"extra {name} {each}" for each in sorted(there - here)]
    for name, meaning in _APP_HOME.items():
        is_on, should_be = (
            _is_on(each.get("features", {}).get("app_home", {}).get(name)) for each in (installed, wanted)
        )
        if is_on != should_be:
            different.append(f"{meaning} is {'on' if is_on else 'off'}")
    for name, meaning in _SWITCHES.items():
        is_on, should_be = (_is_on(each.get("settings", {}).get(name)) for each in (installed, wanted))
        if is_on != should_be:
            different.append(f"{meaning} is {'on' if is_on else 'off'}")
    return Drift(tuple(different), tuple(left_out))


# Slack takes no direct message from an app whose Messages tab is off.
_APP_HOME = {
    "home_tab_enabled": "the Home tab",
    "messages_tab_enabled": "the Messages tab",
    "messages_tab_read_only_enabled": "“read-only” of the Messages tab",
}
_SWITCHES = {"interactivity": "interactivity", "socket_mode_enabled": "Socket Mode"}
# Of each thing the names in a manifest, and those of them that whoever installs the app may leave out.
_COMPARED: dict[str, tuple[Callable[[dict[str, Any]], set[str]], frozenset[str]]] = {
    "command": (
        lambda manifest: {each["command"] for each in manifest.get("features", {}).get("slash_commands", ())},
        frozenset(),
    ),
    "shortcut": (
        lambda manifest: {each["callback_id"] for each in manifest.get("features", {}).get("shortcuts", ())},
        frozenset(),
    ),
    "event": (
        lambda manifest: {*manifest.get("settings", {}).get("event_subscriptions", {}).get("bot_events", ())},
        frozenset().union(*(needs.events for needs in NEEDS.values() if not needs.scopes <= SCOPES.keys())),
    ),
    "scope": (
        lambda manifest: {*manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())},
        frozenset(OPTIONAL_SCOPES),
    ),
    "link domain": (
        lambda manifest: {*manifest.get("features", {}).get("unfurl_domains", ())},
        frozenset(UNFURL_DOMAINS),
    ),
}


def _is_on(setting: object) -> bool:
    return bool(setting.get("is_enabled") if isinstance(setting, dict) else setting)


def creation_link(manifest: dict[str, Any]) -> str:
    """An address that opens Slack's app creation with this manifest filled in."""
    return "https://api.slack.com/apps?new_app=1&manifest_json=" + quote(json.dumps(manifest, separators=(",", ":")))
