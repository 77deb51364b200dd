"""People's roles and conversations' memberships, fetched from Slack at the moment they matter."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bot.errors import NotInvited, SlackRefused
from bot.rules.channels import Membership
from bot.rules.permissions import Actor, Conversation, ConversationKind
from bot.slack.installation import is_external
from bot.slack.web_api import call

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.installation import Installation
    from bot.store import Channels

_MEMBERS_A_PAGE = 1000
_MOST_PAGES = 20
# No more than 200 at a time are recommended (docs.slack.dev, users.conversations).
_CHANNELS_A_PAGE = 200
_MOST_PAGES_OF_CHANNELS = 100
_MOST_PAGES_OF_A_PERSON = 5
_MOST_WORKSPACES_OF_A_PERSON = 5


class Conversations:
    """Reads conversations and members. Every method raises `SlackRefused` or `SlackUnreachable`."""

    def __init__(self, channels: Channels, client: AsyncWebClient, installation: Installation) -> None:
        self._channels = channels
        self._client = client
        self._installation = installation

    async def fetch(self, channel: str) -> Conversation:
        """A conversation, and who invited Paperboy there as far as that is known.

        Raises also `NotInvited` for a private channel that Paperboy is not in.
        """
        try:
            answer = await call("conversations.info", self._client.conversations_info(channel=channel))
        except SlackRefused as refused:
            if refused.values["error"] == "channel_not_found":  # private channels are hidden from those not in them
                raise NotInvited from refused
            raise
        known = await self._channels.find(self._installation.team, channel)
        info: dict[str, Any] = answer.get("channel") or {}
        kind = _kind(info)
        scopes = str(answer.headers.get("x-oauth-scopes") or "")
        return Conversation(
            channel,
            kind,
            creator=info.get("creator"),
            invited=known.owner if known else None,
            has_paperboy=bool(info.get("is_member")),
            is_open_to_it=kind is ConversationKind.PUBLIC and "chat:write.public" in scopes,
        )

    async def memberships(self) -> list[Membership] | None:
        """Every channel Paperboy is in, archived ones too; None when the list has no end within its page limit.

        None also where it is installed for a whole organization: Slack lists channels by workspace alone there
        (docs.slack.dev, users.conversations: team_id), and what one of them lacks is no absence.
        """
        if self._installation.whole_organization:
            return None
        found: list[Membership] = []
        cursor = ""
        for _ in range(_MOST_PAGES_OF_CHANNELS):
            listing = self._client.users_conversations(
                types="public_channel,private_channel", limit=_CHANNELS_A_PAGE, cursor=cursor
            )
            answer = await call("users.conversations", listing)
            listed = answer.get("channels")
            if not isinstance(listed, list):
                return None
            found += [
                Membership(str(each["id"]), is_archived=bool(each.get("is_archived")))
                for each in listed
                if isinstance(each, dict) and "id" in each
            ]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found
        return None

    async def of_person(self, user: str) -> dict[str, Conversation]:
        """The channels a person is in, as far as Paperboy may know of them, by id; private ones only if it is in them.

        Nobody's list is read beyond a thousand channels.
        """
        try:
            return await self._of_person(user, "public_channel,private_channel")
        except SlackRefused as refused:
            if refused.values["error"] != "missing_scope":
                raise
            lacking = refused
        # Each kind has a scope of its own, and one of them was not granted.
        for kind in ("public_channel", "private_channel"):
            with suppress(SlackRefused):
                return await self._of_person(user, kind)
        raise lacking

    async def _of_person(self, user: str, types: str) -> dict[str, Conversation]:
        if not self._installation.whole_organization:
            return await self._listed(user, types)
        # An organization's token has to say of which workspace it asks.
        answer = await call("users.info", self._client.users_info(user=user))
        info: dict[str, Any] = answer.get("user") or {}
        teams = (info.get("enterprise_user") or {}).get("teams") or [info.get("team_id")]
        found: dict[str, Conversation] = {}
        for team in [each for each in teams if isinstance(each, str)][:_MOST_WORKSPACES_OF_A_PERSON]:
            found |= await self._listed(user, types, team_id=team)
        return found

    async def _listed(self, user: str, types: str, **where: str) -> dict[str, Conversation]:
        found: dict[str, Conversation] = {}
        cursor = ""
        for _ in range(_MOST_PAGES_OF_A_PERSON):
            listing = self._client.users_conversations(
                user=user, types=types, exclude_archived=True, limit=_CHANNELS_A_PAGE, cursor=cursor, **where
            )
            answer = await call("users.conversations", listing)
            for each in answer.get("channels") or ():
                if isinstance(each, dict) and isinstance(each.get("id"), str):
                    found[each["id"]] = Conversation(each["id"], _kind(each), creator=each.get("creator"))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return found

    async def actor(self, user: str, conversation: Conversation) -> Actor:
        """A person with regard to a conversation; everybody counts as a member of a public one."""
        return await self._actor(
            user, None if conversation.kind in {ConversationKind.PUBLIC, ConversationKind.DIRECT} else conversation.id
        )

    async def member(self, user: str, channel: str) -> Actor:
        """A person, and whether they are a member of this very conversation."""
        return await self._actor(user, channel)

    async def person(self, user: str) -> Actor:
        """A person, wherever they are."""
        return await self._actor(user, None)

    async def _actor(self, user: str, channel: str | None) -> Actor:
        answer = await call("users.info", self._client.users_info(user=user))
        info: dict[str, Any] = answer.get("user") or {}
        return Actor(
            user,
            is_admin=bool(info.get("is_admin") or info.get("is_owner") or info.get("is_primary_owner")),
            is_guest=bool(info.get("is_restricted") or info.get("is_ultra_restricted")),
            is_stranger=is_external(self._installation, info),
            is_person=not (info.get("deleted") or info.get("is_bot")),
            is_here=channel is None or await self._is_in(user, channel),
        )

    async def _is_in(self, user: str, channel: str) -> bool:
        cursor = ""
        for _ in range(_MOST_PAGES):
            members = self._client.conversations_members(channel=channel, limit=_MEMBERS_A_PAGE, cursor=cursor)
            answer = await call("conversations.members", members)
            if user in (answer.get("members") or ()):
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False
        return False


def _kind(info: dict[str, Any]) -> ConversationKind:
    if info.get("is_im") or info.get("is_mpim"):
        return ConversationKind.DIRECT
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        return ConversationKind.SHARED
    return ConversationKind.PRIVATE if info.get("is_private") else ConversationKind.PUBLIC
