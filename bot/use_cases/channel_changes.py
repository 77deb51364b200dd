"""Changes to how a channel gets its papers, made by those who may.

Ids in a payload only say what somebody wants; whether they may is asked of Slack each time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import ChangeUnknown, NotInvited
from bot.rules.channel_changes import (
    Attempt,
    ChangeResult,
    is_overtaken,
    permissions_to_save,
    permissions_to_undo,
    posted_now,
    posting_attempt,
    posting_progress,
    result_of_starting,
    settings_before,
    starts_when_saved,
)
from bot.rules.channels import Channel, ChannelState
from bot.rules.feeds import HUGGING_FACE
from bot.rules.permissions import Action, Denial, denial
from bot.rules.settings_form import with_changes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.editions.invitations import Invitations
    from bot.messages.message import Message
    from bot.open_requests import OpenRequests
    from bot.rules.channel_changes import PostedNow
    from bot.rules.channels import Change
    from bot.rules.requests import Request
    from bot.rules.selection import Choice
    from bot.slack.conversations import Conversations
    from bot.store import Channels, Posted

_CHANGES_SHOWN = 10
_CARDS_SHOWN = 1
_DAYS_COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Permitted:
    """Somebody who may do what they asked for with a channel, and the channel as it stands."""

    user: str
    channel: Channel
    has_paperboy: bool
    may_name_managers: bool


@dataclass(frozen=True, slots=True)
class ChannelChanges:
    """Changes channels. Methods that take a `Permitted` do what it was given for.

    `asked_at` is when somebody asked: what was changed after it is left alone, so that a request may be done twice.
    `begin_updating_welcomes` lets those about a channel that is not set up, or was just now, say how it stands.
    A method that asks Slack raises `SlackRefused`, `SlackUnreachable` or `NotInvited`.
    """

    channels: Channels
    posted: Posted
    conversations: Conversations
    invitations: Invitations
    daily: DailyEdition
    requests: OpenRequests
    clock: Clock
    post_to: Callable[[str], Awaitable[Choice | None]]
    begin_updating_welcomes: Callable[[str], object]

    async def find(self, team: str, user: str, channel_id: str) -> Channel:
        """The channel as it stands; one nobody has set up as it would be, as far as is known without asking Slack."""
        known = await self.channels.find(team, channel_id)
        if known:
            return known
        defaults = await self.invitations.settings_as_known(user)
        return Channel(team, channel_id, defaults, state=ChannelState.NEW)

    async def permit(self, team: str, user: str, channel_id: str, *actions: Action) -> Permitted | Denial:
        """Ask Slack whether somebody may do all of this with a channel."""
        conversation = await self.conversations.fetch(channel_id)
        actor = await self.conversations.actor(user, conversation)
        channel = await self.find(team, user, channel_id)
        managers = channel.settings.managers
        for action in actions:
            if why := denial(actor, conversation, managers, action):
                return why
        may_name_managers = denial(actor, conversation, managers, Action.CHANGE_MANAGERS) is None
        return Permitted(user, channel, conversation.has_paperboy, may_name_managers)

    async def start(self, permitted: Permitted, *, asked_at: datetime) -> ChangeResult | None:
        """Let the papers come from now on. Raises `NotInvited`."""
        news = result_of_starting(permitted.channel.state)
        if news is None or await self._is_overtaken(permitted.channel, "state", asked_at):
            return None
        await self._start(permitted)
        if news is ChangeResult.STARTED:
            self.begin_updating_welcomes(permitted.channel.id)
        return news

    async def _start(self, permitted: Permitted) -> None:
        if not permitted.has_paperboy:
            raise NotInvited
        now, channel, user = self.clock.now(), permitted.channel, permitted.user
        await self.channels.create(replace(channel, owner=user, since=now), now=now)
        await self.channels.start(
            channel.team, channel.id, latest=HUGGING_FACE.last_listing_day(now), user=user, now=now
        )

    async def pause(self, permitted: Permitted, *, asked_at: datetime) -> ChangeResult | None:
        """Begin nothing new in the channel."""
        channel = permitted.channel
        if await self._is_overtaken(channel, "state", asked_at):
            return None
        paused = await self.channels.pause(channel.team, channel.id, user=permitted.user, now=self.clock.now())
        return ChangeResult.PAUSED if paused else None

    async def skip(self, permitted: Permitted, *, skips: bool, asked_at: datetime) -> ChangeResult | None:
        """Leave the next digest out, or do not."""
        channel = permitted.channel
        if await self._is_overtaken(channel, "skip_next", asked_at):
            return None
        changed = await self.channels.set_skip_next(
            channel.team, channel.id, skips, user=permitted.user, now=self.clock.now()
        )
        return (ChangeResult.SKIPPING if skips else ChangeResult.UNSKIPPING) if changed else None

    async def undo(self, permitted: Permitted, change_id: int, *, asked_at: datetime) -> ChangeResult | Denial | None:
        """Take one change back, unless the same was changed again since. Raises `ChangeUnknown`."""
        channel, channels, now = permitted.channel, self.channels, self.clock.now()
        change = await channels.change(channel.team, channel.id, change_id)
        if change is None:
            raise ChangeUnknown
        if Action.CHANGE_MANAGERS in permissions_to_undo(change) and not permitted.may_name_managers:
            return Denial.MANAGERS_ONLY
        if await self._is_overtaken(channel, change.setting, asked_at):
            return None
        match settings_before(channel, change):
            case None:
                done = False
            case bool() as skips:
                done = await channels.set_skip_next(channel.team, channel.id, skips, user=permitted.user, now=now)
            case settings:
                changed = await channels.change_settings(
                    channel.team, channel.id, settings, user=permitted.user, now=now, seen=channel.settings
                )
                done = bool(changed)
        return ChangeResult.UNDONE if done else ChangeResult.UNDO_TOO_LATE

    async def save(
        self, team: str, user: str, channel_id: str, changes: Mapping[str, Any], *, starts: bool
    ) -> Permitted | Denial:
        """Give settings other values, if somebody may; with `starts`, also start a channel that was not set up.

        What others changed meanwhile stays. Raises `NotInvited`.
        """
        permitted = await self.permit(team, user, channel_id, Action.CHANGE)
        if not isinstance(permitted, Denial):
            current = permitted.channel.settings
            needed = permissions_to_save(current, with_changes(current, changes))
            if Action.CHANGE_MANAGERS in needed:
                permitted = await self.permit(team, user, channel_id, *needed)
        if isinstance(permitted, Denial):
            return permitted
        channel, now = permitted.channel, self.clock.now()
        is_to_be_started = starts_when_saved(channel.state)
        if is_to_be_started and not permitted.has_paperboy:
            raise NotInvited
        await self.channels.create(replace(channel, owner=user, since=now), now=now)
        settings = with_changes(channel.settings, changes)
        await self.channels.change_settings(team, channel_id, settings, user=user, now=now, seen=channel.settings)
        if starts and is_to_be_started:
            await self._start(permitted)
        if is_to_be_started:
            self.begin_updating_welcomes(channel_id)
        return replace(permitted, channel=await self.find(team, user, channel_id))

    async def preview(self, channel: Channel) -> list[Message]:
        """The messages a channel would get as it is; none if no day of the last week has papers for it."""
        return await self.daily.preview(channel.team, channel.settings, most_cards=_CARDS_SHOWN) or []

    async def latest(self, channel: Channel) -> list[Change]:
        """The changes to a channel's settings, latest first."""
        return await self.channels.changes(channel.team, channel.id, limit=_CHANGES_SHOWN)

    async def attempt_posting(self, channel: Channel, request: Request) -> Attempt | None:
        """The state of a request to post now; None when another process does it."""
        had = await self.posted.days_had(channel.team, channel.id, (request.at - _DAYS_COUNTED).date())
        attempt = posting_attempt(request, len(had))
        if attempt is Attempt.FIRST and not await self.requests.note_progress(request, posting_progress(len(had))):
            return None
        return attempt

    async def post_now(self, channel: Channel) -> PostedNow:
        """Bring the channel what it would get next. Raises `PostingDelayed` or `SlackRefused`."""
        return posted_now(await self.post_to(channel.id))

    async def _is_overtaken(self, channel: Channel, setting: str, asked_at: datetime) -> bool:
        return is_overtaken(await self.latest(channel), setting, asked_at)
