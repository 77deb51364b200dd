"""Invitations: a direct message to whoever adds Paperboy to a channel, with what the channel would get."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.editions.parts import to_deliveries, to_part
from bot.errors import SlackRefused, SlackUnreachable
from bot.messages import channels as channel_messages
from bot.rules.channel_changes import changed_since, set_up_by
from bot.rules.channels import Channel, ChannelState, Invitation
from bot.rules.editions import SET_UP, welcome_edition, welcome_update
from bot.rules.outbox import HEADER, plan_delivery
from bot.templating.catalogues import language_code, languages

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.messages.message import Message
    from bot.rules.channels import ChannelSettings
    from bot.rules.editions import Edition
    from bot.rules.outbox import Delivery
    from bot.slack.profiles import Profiles
    from bot.slack.sender import OutboxSender
    from bot.store import Channels, Memberships, Outbox

log = structlog.get_logger(__name__)

_CARDS_SHOWN = 1
_ANSWERED_WITHIN = timedelta(days=2)
_TRIED_AGAIN_AFTER = timedelta(minutes=1)
# How long a welcome is kept up to date while nobody sets its channel up: as long as the outbox knows of it.
_KEPT_UP_TO_DATE = timedelta(days=45)
# Among so many of the latest changes of a channel is the one that set it up.
_CHANGES_LOOKED_AT = 50


class Invitations:
    """Responds to invitations; nothing is posted in the channel before somebody sets it up."""

    def __init__(
        self,
        team: str,
        channels: Channels,
        memberships: Memberships,
        outbox: Outbox,
        daily: DailyEdition,
        profiles: Profiles,
        sender: OutboxSender,
        clock: Clock,
        *,
        defaults: ChannelSettings,
        operator: str | None,
    ) -> None:
        self._team = team
        self._channels = channels
        self._memberships = memberships
        self._outbox = outbox
        self._daily = daily
        self._profiles = profiles
        self._sender = sender
        self._clock = clock
        self._defaults = defaults
        self._operator = operator
        self._being_answered: set[Invitation] = set()
        self._failed: dict[Invitation, datetime] = {}

    async def settings_for(self, person: str | None) -> ChannelSettings:
        """The defaults for a channel somebody sets up: in their language, where Paperboy speaks it, and their zone.

        Slack is asked about somebody it has told nothing of so far.
        """
        if person is None:
            return self._defaults
        if not await self._profiles.is_known(self._team, person):
            await self._profiles.fetch_profile(self._team, person)
        return await self.settings_as_known(person)

    async def settings_as_known(self, person: str) -> ChannelSettings:
        """The settings to propose, from what is stored about a person, without asking Slack."""
        zone = await self._profiles.zone_name(self._team, person) or self._defaults.timezone
        spoken = language_code(await self._profiles.language(self._team, person))
        language = spoken if spoken in languages() else self._defaults.language
        return replace(self._defaults, timezone=zone, language=language)

    async def keep(self, channel_id: str, *, inviter: str | None, event_ts: str) -> Invitation | None:
        """Write an invitation down, so that it is answered whatever happens. Raises `StoreError`.

        None when Paperboy is no longer in the channel.
        """
        invitation = Invitation(self._team, channel_id, event_ts, inviter, self._clock.now())
        return invitation if await self._memberships.note_invitation(invitation) else None

    async def answer_left_over(self) -> None:
        """Answer those kept and not answered: a crash, Slack or the sources came in between.

        What does not succeed is left alone for a while, and keeps no other waiting.
        """
        now = self._clock.now()
        self._failed = {each: at for each, at in self._failed.items() if now - at < _TRIED_AGAIN_AFTER}
        for invitation in await self._memberships.open_invitations(self._team):
            if invitation in self._failed:
                continue
            if now - invitation.at > _ANSWERED_WITHIN:
                log.warning("couldn't answer an invitation in time", channel=invitation.channel)
                await self._memberships.end_invitation(invitation)
                continue
            try:
                await self.answer(invitation)
            except Exception as error:
                self._failed[invitation] = now
                unforeseen = not isinstance(error, SlackUnreachable | SlackRefused)
                log.warning(
                    "invitation not answered yet",
                    channel=invitation.channel,
                    error=str(error),
                    exc_info=unforeseen,
                )

    async def answer(self, invitation: Invitation) -> None:
        """Tell the inviter, or else the operator, how the channel would get its papers; once for an invitation."""
        if invitation in self._being_answered:
            return
        self._being_answered.add(invitation)
        try:
            planned = await self._plan_answer(invitation)
            # From here on the outbox knows what is still to be said.
            await self._memberships.end_invitation(invitation)
        finally:
            self._being_answered.discard(invitation)
        if planned:
            await self._sender.deliver(self._team, *planned)

    async def _plan_answer(self, invitation: Invitation) -> tuple[str, Edition] | None:
        """Put the answer into the outbox; whom it is for, and its edition. None when nobody is there to tell."""
        now = self._clock.now()
        team, channel_id, inviter = invitation.team, invitation.channel, invitation.inviter
        settings = await self.settings_for(inviter)
        wanted = Channel(team, channel_id, settings, state=ChannelState.NEW, owner=inviter, since=now)
        channel = await self._channels.welcome(wanted, now=now, event_ts=invitation.event_ts)
        if channel is None:
            return None
        person = inviter or self._operator
        if person is None:
            log.warning("invited to a channel by somebody unknown, type /paper settings there", channel=channel_id)
            return None
        language = await self._profiles.language(team, person)
        edition = welcome_edition(channel_id, invitation.event_ts)
        messages = await self._messages(channel, language)
        parts = [
            to_part(message, edition, f"preview {number}" if number else HEADER, ())
            for number, message in enumerate(messages)
        ]
        await self._outbox.plan(to_deliveries(team, person, edition, parts), now=now)
        return person, edition

    async def _messages(self, channel: Channel, language: str) -> list[Message]:
        now = self._clock.now()
        if channel.state is not ChannelState.NEW:
            return [channel_messages.overview(channel=channel, language=language, now=now)]
        preview = await self._daily.preview(channel.team, channel.settings, most_cards=_CARDS_SHOWN) or []
        hello = channel_messages.welcome(channel=channel, language=language, has_preview=bool(preview))
        return [hello, *channel_messages.preview(preview, language=language)]

    async def update_welcomes(self, channel_id: str | None = None) -> None:
        """Let the welcomes about a channel say how it stands by now: with other settings, or set up, and by whom.

        Those about any channel when none is named: what an ended process left. Done again, it changes nothing more.
        Raises `StoreError`.
        """
        since = self._clock.now() - _KEPT_UP_TO_DATE
        for welcome in await self._outbox.welcomes(self._team, channel_id, since=since):
            if channel_id is None and welcome.direct_channel is None:
                continue
            try:
                await self._update_welcome(welcome)
            except (SlackRefused, SlackUnreachable) as error:
                log.warning("a welcome is brought up to date later", error=str(error))

    async def _update_welcome(self, welcome: Delivery) -> None:
        """Change a welcome; where that cannot be, whoever reads it is told in another message what they do not know.

        It cannot be changed where Slack took no direct message, so that it was shown in the channel, nor where it was
        sent by release 0.5.0. Raises `SlackRefused` or `SlackUnreachable`.
        """
        team, reader, welcomed = self._team, welcome.key.conversation, welcome.key.edition
        channel = await self._channels.find(team, welcomed.about)
        if channel is None or channel.state is ChannelState.LEFT:
            return
        changes = await self._channels.changes(team, channel.id, limit=_CHANGES_LOOKED_AT)
        language, now = await self._profiles.language(team, reader), self._clock.now()
        if channel.state is ChannelState.NEW:
            change = changed_since(changes, welcome.claimed_at)
            if change and welcome.direct_channel:
                has_preview = len(await self._outbox.deliveries(team, reader, welcomed)) > 1
                message = channel_messages.welcome(channel=channel, language=language, has_preview=has_preview)
                await self._change(welcome, welcome.direct_channel, message, welcome_update(welcomed, str(change.id)))
            return
        by = set_up_by(changes)
        message = channel_messages.set_up(channel=channel, by=by, reader=reader, language=language, now=now)
        edition = welcome_update(welcomed, SET_UP)
        if welcome.direct_channel and await self._change(welcome, welcome.direct_channel, message, edition):
            return
        if by != reader:
            await self._outbox.plan(
                to_deliveries(team, reader, edition, [to_part(message, edition, SET_UP, ())]), now=now
            )
            await self._sender.deliver(team, reader, edition)

    async def _change(self, welcome: Delivery, direct_channel: str, message: Message, edition: Edition) -> bool:
        """Put a message in the place of a welcome. False when Slack keeps it as it is."""
        part = to_part(message, welcome.key.edition, HEADER, ())
        change = plan_delivery(self._team, direct_channel, edition, part, changes=welcome)
        await self._outbox.plan([change], now=self._clock.now())
        report = await self._sender.deliver(self._team, direct_channel, edition)
        return not report.refused
