"""Permissions: who may do what with a channel's papers.

Decided from what Slack says of the person and the channel at that moment, never from what a payload claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.rules.channels import Managers


class ConversationKind(StrEnum):
    """The kind of a conversation; a `shared` one is shared with another organization."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared"
    DIRECT = "direct"


class Action(StrEnum):
    """An action that needs permission."""

    PREVIEW = "preview"
    SHOW_CHANGES = "show_changes"
    CHANGE = "change"
    CHANGE_MANAGERS = "change_managers"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    POST_NOW = "post_now"


class Denial(StrEnum):
    """The reason why an action is denied to a person."""

    NOT_A_CHANNEL = "not_a_channel"
    NOT_A_PERSON = "not_a_person"
    STRANGER = "stranger"
    GUEST = "guest"
    NOT_IN_CHANNEL = "not_in_channel"
    MANAGERS_ONLY = "managers_only"


_LOOKING = frozenset({Action.PREVIEW, Action.SHOW_CHANGES})
# Only people in them know what goes on there.
_MEMBERS_ONLY = frozenset({ConversationKind.PRIVATE, ConversationKind.SHARED})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody as Slack describes them; `is_here` tells whether they are a member of the channel in question."""

    id: str
    is_admin: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    is_person: bool = True
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as Slack describes it, who `invited` Paperboy there, and whether Paperboy is in it.

    Where it `is_open_to_it` Paperboy may post without being in it.
    """

    id: str
    kind: ConversationKind
    creator: str | None = None
    invited: str | None = None
    has_paperboy: bool = True
    is_open_to_it: bool = False


def manages(actor: Actor, conversation: Conversation) -> bool:
    """Whether somebody manages a channel: workspace admins and owners, its creator, and who invited Paperboy."""
    return actor.is_admin or actor.id in {conversation.creator, conversation.invited}


def chooses_for_workspace(actor: Actor) -> bool:
    """Whether somebody may choose what counts in the whole workspace: its admins and owners."""
    return actor.is_admin and actor.is_person and not actor.is_stranger


def denial(actor: Actor, conversation: Conversation, managers: Managers, action: Action) -> Denial | None:
    """The reason why somebody may not do this in a channel; None when they may."""
    if conversation.kind is ConversationKind.DIRECT:
        return Denial.NOT_A_CHANNEL
    if not actor.is_person:
        return Denial.NOT_A_PERSON
    if actor.is_stranger:
        return Denial.STRANGER
    if actor.is_guest:
        return Denial.GUEST
    if conversation.kind in _MEMBERS_ONLY and not actor.is_here:
        return Denial.NOT_IN_CHANNEL
    if action in _LOOKING or manages(actor, conversation):
        return None
    if managers is Managers.MANAGERS or action is Action.CHANGE_MANAGERS:
        return Denial.MANAGERS_ONLY
    return None


def share_denial(actor: Actor) -> Denial | None:
    """The reason why somebody may not show a paper to everybody in a channel; None when they may.

    Whoever may write there may show a paper there: people of this workspace who are in the channel, guests too.
    `is_here` must tell of this very channel, be it public or not.
    """
    if not actor.is_person:
        return Denial.NOT_A_PERSON
    if actor.is_stranger:
        return Denial.STRANGER
    return None if actor.is_here else Denial.NOT_IN_CHANNEL
