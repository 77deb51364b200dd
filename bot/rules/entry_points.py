"""Entry points: the ways into Paperboy and what it does by itself, and which of them are closed for want of a scope.

Whoever installs the app may leave out some of its scopes, and an app that was installed before a scope was asked for
has it only once it is installed again (docs.slack.dev, installing with OAuth). Whatever was granted, the rest works.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class EntryPoint(StrEnum):
    """A way into Paperboy, or something it does by itself, that Slack's scopes open and close one by one."""

    COMMAND = "command"
    SHORTCUTS = "shortcuts"
    HOME = "home"
    REACTIONS = "reactions"
    MENTIONS = "mentions"
    DIRECT_MESSAGES = "direct_messages"
    LINK_PREVIEWS = "link_previews"
    DIGESTS = "digests"
    PUBLIC_CHANNELS = "public_channels"
    PRIVATE_CHANNELS = "private_channels"
    PROFILES = "profiles"
    CONFIRMATION = "confirmation"
    PRIVATE_CONFIRMATION = "private_confirmation"
    CUSTOM_EMOJI = "custom_emoji"
    FILES = "files"
    SENT_FILES = "sent_files"

    @property
    def concerns_everybody(self) -> bool:
        """Whether people use it, rather than that the person who runs Paperboy relies on it."""
        return self not in _OF_THE_OPERATOR


_OF_THE_OPERATOR = frozenset({EntryPoint.CONFIRMATION, EntryPoint.PRIVATE_CONFIRMATION, EntryPoint.CUSTOM_EMOJI})


@dataclass(frozen=True, slots=True)
class Needs:
    """The scopes an entry point is closed without, and the events it lives on."""

    scopes: frozenset[str]
    events: frozenset[str] = frozenset()


def _needs(*scopes: str, events: tuple[str, ...] = ()) -> Needs:
    return Needs(frozenset(scopes), frozenset(events))


# The scopes of Web API methods and events (docs.slack.dev, reference). What is missing below has no scope: a shortcut,
# a command, and the Home tab are answered without any.
NEEDS: Mapping[EntryPoint, Needs] = {
    EntryPoint.COMMAND: _needs("commands"),
    EntryPoint.SHORTCUTS: _needs("commands"),
    EntryPoint.HOME: _needs(events=("app_home_opened",)),
    EntryPoint.REACTIONS: _needs("reactions:read", events=("reaction_added", "reaction_removed")),
    EntryPoint.MENTIONS: _needs("app_mentions:read", "chat:write", events=("app_mention",)),
    EntryPoint.DIRECT_MESSAGES: _needs("im:history", "chat:write", events=("message.im",)),
    EntryPoint.LINK_PREVIEWS: _needs("links:read", "links:write", events=("link_shared",)),
    EntryPoint.DIGESTS: _needs("chat:write"),
    EntryPoint.PUBLIC_CHANNELS: _needs(
        "channels:read",
        events=(
            "member_joined_channel",
            "channel_left",
            "channel_archive",
            "channel_unarchive",
            "channel_deleted",
            "channel_id_changed",
        ),
    ),
    EntryPoint.PRIVATE_CHANNELS: _needs(
        "groups:read",
        events=("member_joined_channel", "group_left", "group_archive", "group_unarchive", "group_deleted"),
    ),
    EntryPoint.PROFILES: _needs("users:read"),
    EntryPoint.CONFIRMATION: _needs("channels:history", "chat:write"),
    EntryPoint.PRIVATE_CONFIRMATION: _needs("groups:history", "chat:write"),
    EntryPoint.CUSTOM_EMOJI: _needs("emoji:read"),
    EntryPoint.FILES: _needs("files:write", "chat:write"),
    EntryPoint.SENT_FILES: _needs("files:read", "im:history", "chat:write", events=("message.im",)),
}


@dataclass(frozen=True, slots=True)
class ClosedEntryPoint:
    """An entry point that is closed, and the scopes it lacks, in alphabetical order."""

    entry_point: EntryPoint
    missing: tuple[str, ...]


def closed_entry_points(granted: frozenset[str] | None, *, custom_emoji: bool = True) -> tuple[ClosedEntryPoint, ...]:
    """The entry points that are closed with these scopes; none where nobody knows which were granted (None).

    Where no `custom_emoji` save papers, nobody misses checking for them.
    """
    if granted is None:
        return ()
    return tuple(
        ClosedEntryPoint(entry_point, tuple(sorted(needs.scopes - granted)))
        for entry_point, needs in NEEDS.items()
        if not needs.scopes <= granted and (custom_emoji or entry_point is not EntryPoint.CUSTOM_EMOJI)
    )


def read_scopes(header: str | None) -> frozenset[str] | None:
    """The scopes of an `x-oauth-scopes` header; None, which is unknown and not none, when there is no such header.

    Slack sends it with every answer to a token (docs.slack.dev, installing with OAuth). A token without any scope
    could not call anything, so an empty header is something in between that ate it.
    """
    scopes = frozenset(filter(None, (each.strip() for each in (header or "").split(","))))
    return scopes or None
