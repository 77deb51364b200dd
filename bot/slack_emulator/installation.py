"""The app as installed from its manifest: its scopes, events, and surfaces."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from .errors import ManifestError

EVENT_SCOPES: dict[str, str | None] = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_rate_limited": None,
    "app_uninstalled": None,
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "link_shared": "links:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "tokens_revoked": None,
    "user_change": "users:read",
}
"""The scope each event needs (docs.slack.dev, reference/events)."""


_MOST_SHORTCUTS_OF_A_KIND = 5
_MOST_DOMAINS = 5
# At least two labels, in the letters Slack's schema takes, and not only digits as an IP address.
_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,62}")

# Of the surfaces, beside the scope a method needs in any case, and of the addresses of files.
_OTHERWISE_USEFUL = frozenset({"commands", "chat:write.public", "files:read"})

Enterprise = Literal["workspace", "organization"]
"""The place of the app's installation in an organization of several workspaces: in one of them, or in all."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command of the manifest. With `escapes`, names and links arrive as `<@U1|ana>` and `<https://…>`."""

    name: str
    escapes: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A global or message shortcut of the manifest."""

    callback_id: str
    kind: Literal["global", "message"]


@dataclass(slots=True)
class InstalledApp:
    """One app in one workspace: its ids, tokens, scopes and surfaces. Its secrets are invented and open nothing.

    `scopes` are those granted, which may be fewer than the manifest asks for; when it is installed again, it gets more.
    `enterprise` is set where the workspace is part of an organization, and tells where in it the app is installed.
    """

    name: str
    scopes: set[str]
    events: frozenset[str]
    commands: Mapping[str, Command]
    shortcuts: Mapping[str, Shortcut]
    unfurl_domains: tuple[str, ...]
    socket_mode: bool
    interactive: bool
    home_tab: bool
    messages_tab: bool
    takes_direct_messages: bool
    is_agent: bool
    optional_scopes: frozenset[str]
    redirect_urls: tuple[str, ...]
    rotates_tokens: bool
    org_deploys: bool
    manifest: Mapping[str, Any]
    team_id: str = "T0000000001"
    team_name: str = "Reading Room"
    domain: str = "reading-room"
    app_id: str = "A0000000001"
    bot_id: str = "B0000000001"
    bot_user_id: str = "U0000000001"
    app_token: str = "xapp-emulated-app-token"
    config_token: str = "xoxe.xoxp-emulated-config-token"
    client_id: str = "1000000001.1000000001"
    client_secret: str = "c1d2e3f4a5b60718293a4b5c6d7e8f90"
    signing_secret: str = "e60a7ed51961296c5ec2e7e60a7ed519"
    verification_token: str = "emulated-verification-token"
    enterprise: Enterprise | None = None
    enterprise_id: str = "E0000000001"
    enterprise_name: str = "Reading Rooms"

    @property
    def payload_enterprise(self) -> dict[str, str] | None:
        """The organization as interactions name it."""
        return None if self.enterprise is None else {"id": self.enterprise_id, "name": self.enterprise_name}

    @property
    def organization(self) -> str | None:
        """The ID of the organization that the workspace is part of."""
        return None if self.enterprise is None else self.enterprise_id

    def hears(self, event: str) -> bool:
        """Whether the app is sent this event, e.g. `reaction_added` or `message.channels`.

        The manifest subscribes to it, and a scope it comes with was granted.
        """
        return event in self.events and (not (enough := scopes_for(event)) or self.has_any(*enough))

    def has_any(self, *scopes: str) -> bool:
        """Whether one of the scopes was granted."""
        return not self.scopes.isdisjoint(scopes)


def scopes_for(event: str) -> frozenset[str]:
    """The scopes any one of which an event needs; empty when it needs none. Raises KeyError for an unknown event."""
    scope = EVENT_SCOPES[event]
    if scope is None:
        return frozenset()
    # The membership events of private channels come with groups:read just as well.
    return frozenset({scope, "groups:read"} if event.startswith("member_") else {scope})


def install(manifest: Mapping[str, Any], granted: Collection[str] | None = None) -> InstalledApp:
    """Install the app an App Manifest (version 2) describes; with the scopes `granted`, all it asks for by default.

    Fewer may be granted than the manifest calls required: an app keeps the scopes it was installed with until it is
    installed again. Raises ManifestError for what Slack would not install: no name, no bot user beside bot scopes or
    events, commands without the `commands` scope, an event without its scope, an optional scope that is none of the
    scopes, surfaces declared twice, more of them than there may be.
    """
    name = manifest.get("display_information", {}).get("name")
    if not name:
        raise ManifestError("display_information.name is missing")
    features: Mapping[str, Any] = manifest.get("features", {})
    app_home: Mapping[str, Any] = features.get("app_home", {})
    settings: Mapping[str, Any] = manifest.get("settings", {})
    asked = _scopes(manifest, "bot")
    _check_optional_scopes(asked, _scopes(manifest, "bot_optional"))
    events = frozenset(settings.get("event_subscriptions", {}).get("bot_events", ()))
    if (asked or events) and "bot_user" not in features:
        raise ManifestError("features.bot_user is missing")
    _check_event_scopes(events, asked)
    commands = [Command(c["command"], bool(c.get("should_escape"))) for c in features.get("slash_commands", ())]
    shortcuts = [Shortcut(s["callback_id"], s["type"]) for s in features.get("shortcuts", ())]
    if (commands or shortcuts) and "commands" not in asked:
        raise ManifestError("slash commands and shortcuts need the scope commands")
    if len({c.name for c in commands}) < len(commands) or len({s.callback_id for s in shortcuts}) < len(shortcuts):
        raise ManifestError("a command or shortcut is declared twice")
    for kind, number in Counter(each.kind for each in shortcuts).items():
        if number > _MOST_SHORTCUTS_OF_A_KIND:
            raise ManifestError(
                f"features.shortcuts: no more than {_MOST_SHORTCUTS_OF_A_KIND} {kind} shortcuts allowed"
            )
    if "agent_view" in features:
        _check_agent(features, asked, events)
    redirect_urls = tuple(manifest.get("oauth_config", {}).get("redirect_urls", ()))
    _check_redirect_urls(redirect_urls)
    domains = tuple(features.get("unfurl_domains", ()))
    _check_domains(domains)
    scopes = {*(asked if granted is None else granted)}
    if unasked := scopes - asked:
        raise ManifestError(f"nobody is asked for the scopes {', '.join(sorted(unasked))}")
    return InstalledApp(
        name=str(features.get("bot_user", {}).get("display_name") or name),
        scopes=scopes,
        events=events,
        commands={command.name: command for command in commands},
        shortcuts={shortcut.callback_id: shortcut for shortcut in shortcuts},
        unfurl_domains=domains,
        socket_mode=bool(settings.get("socket_mode_enabled")),
        interactive=bool(settings.get("interactivity", {}).get("is_enabled")),
        home_tab=bool(app_home.get("home_tab_enabled")),
        # Off unless it is turned on, and then open to people unless it is made read-only.
        messages_tab=bool(app_home.get("messages_tab_enabled")),
        takes_direct_messages=bool(app_home.get("messages_tab_enabled"))
        and not app_home.get("messages_tab_read_only_enabled"),
        is_agent="agent_view" in features,
        optional_scopes=_scopes(manifest, "bot_optional"),
        redirect_urls=redirect_urls,
        rotates_tokens=bool(settings.get("token_rotation_enabled")),
        org_deploys=bool(settings.get("org_deploy_enabled")),
        manifest=manifest,
    )


def check_optional_scopes_have_a_use(app: InstalledApp, of_methods: Collection[str]) -> None:
    """ManifestError for an optional scope that no event, method, or command needs; `of_methods` open some method.

    Slack would offer it to whoever installs the app, who could not tell what leaving it out closes. Its review refuses
    it (docs.slack.dev, installing with OAuth: apps must demonstrate usage of all scopes, required and optional).
    """
    useful = _OTHERWISE_USEFUL.union(of_methods, *map(scopes_for, app.events))
    if idle := _scopes(app.manifest, "bot_optional") - useful:
        raise ManifestError(f"nothing needs the optional scopes {', '.join(sorted(idle))}")


def _scopes(manifest: Mapping[str, Any], kind: str) -> frozenset[str]:
    return frozenset(manifest.get("oauth_config", {}).get("scopes", {}).get(kind, ()))


def _check_optional_scopes(scopes: frozenset[str], optional: frozenset[str]) -> None:
    """An optional scope is listed twice (docs.slack.dev, installing with OAuth: optional scopes)."""
    if alone := optional - scopes:
        raise ManifestError(f"oauth_config.scopes.bot lacks the optional scopes {', '.join(sorted(alone))}")


def _check_event_scopes(events: frozenset[str], scopes: frozenset[str]) -> None:
    for event in sorted(events):
        if event not in EVENT_SCOPES:
            raise ManifestError(f"the emulator sends no event {event}")
        needed = scopes_for(event)
        if needed and scopes.isdisjoint(needed):
            raise ManifestError(f"the event {event} needs the scope {EVENT_SCOPES[event]}")


def _check_agent(features: Mapping[str, Any], scopes: frozenset[str], events: frozenset[str]) -> None:
    """ManifestError for an agent that lacks what one needs (docs.slack.dev, migrating to agent messaging)."""
    if "assistant_view" in features:
        raise ManifestError("features: an app has an agent_view or an assistant_view")
    if "assistant:write" not in scopes:
        raise ManifestError("features.agent_view needs the scope assistant:write")
    if lacking := {"app_home_opened", "message.im"} - events:
        raise ManifestError(f"features.agent_view needs the events {', '.join(sorted(lacking))}")
    if not features.get("app_home", {}).get("messages_tab_enabled"):
        raise ManifestError("features.agent_view needs the Messages tab")


def _check_redirect_urls(urls: tuple[str, ...]) -> None:
    """Encrypted ones alone, and without a fragment (docs.slack.dev, installing with OAuth); or on this machine."""
    for each in urls:
        parts = urlsplit(each)
        is_here = parts.hostname in {"127.0.0.1", "localhost"}
        if not parts.hostname or parts.fragment or (parts.scheme != "https" and not is_here):
            raise ManifestError(f"oauth_config.redirect_urls: {each} cannot be one")


def _check_domains(domains: tuple[str, ...]) -> None:
    """Bare domains below a top-level one, no addresses (docs.slack.dev, unfurling links in messages)."""
    if len(domains) > _MOST_DOMAINS:
        raise ManifestError(f"features.unfurl_domains: no more than {_MOST_DOMAINS} items allowed")
    if odd := [each for each in domains if _DOMAIN.fullmatch(each) is None]:
        raise ManifestError(f"features.unfurl_domains: {odd[0]} is no domain")
