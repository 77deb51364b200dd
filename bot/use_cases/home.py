"""The contents of Home tabs: read from the store, and from Slack where they must be what is so at that moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.rules.channels import ChannelState
from bot.rules.home import CHANNELS_SHOWN, Home, HomeChannel, HomeChannels, ListShown
from bot.rules.permissions import Action, denial

if TYPE_CHECKING:
    from bot.rules.channels import Channel
    from bot.rules.home import HomeState
    from bot.rules.permissions import Actor
    from bot.slack.conversations import Conversations
    from bot.store import Channels, People, ReadingLists
    from bot.use_cases.latest_papers import LatestPapers
    from bot.use_cases.reading_lists import ReadingListActions

log = structlog.get_logger(__name__)

_SLACK_SECONDS = 2.5
_ORDER = (ChannelState.ACTIVE, ChannelState.PAUSED, ChannelState.NEW, ChannelState.CLOSED)


@dataclass(frozen=True, slots=True)
class HomeContents:
    """Reads what Home tabs show."""

    channels: Channels
    people: People
    saved: ReadingLists
    reading_lists: ReadingListActions
    latest_papers: LatestPapers
    conversations: Conversations

    async def read(self, team: str, user: str, state: HomeState, *, language: str) -> Home:
        """The contents of somebody's Home tab now, looked at as `state` says. Raises `StoreError`."""
        (channels, actor), latest = await asyncio.gather(self._channels(team, user), self.latest_papers.find(language))
        ids = [each.listed.paper.id for each in latest.papers] if latest else []
        person = await self.people.find(team, user)
        return Home(
            latest=latest,
            saved=await self.saved.saved_among(team, user, [*ids, *filter(None, [state.removed])]),
            list=await self.read_list(team, user, state),
            channels=channels,
            chosen_language=person.language if person else None,
            is_admin=actor is not None and actor.is_admin,
        )

    async def read_list(self, team: str, user: str, state: HomeState) -> ListShown:
        """The page of somebody's list that they look at. Raises `StoreError`."""
        page = await self.reading_lists.page(team, user, state.filter, state.page)
        return ListShown(
            state.filter,
            page.entries,
            page.number,
            page.total,
            page.by_state,
            tuple((await self.saved.tags(team, user)).items()) if any(page.by_state.values()) else (),
            await self.reading_lists.papers.find(state.removed) if state.removed else None,
        )

    async def _channels(self, team: str, user: str) -> tuple[HomeChannels | None, Actor | None]:
        """The channels with Paperboy in which somebody is, and their role, as Slack says now; None when it does not."""
        if not await self.channels.has_any(team):
            return HomeChannels(), None
        try:
            async with asyncio.timeout(_SLACK_SECONDS):
                person, theirs = await asyncio.gather(self._person(user), self.conversations.of_person(user))
        except (SlackRefused, SlackUnreachable, TimeoutError) as error:
            log.info("Slack doesn't say in which channels somebody is", error=str(error) or type(error).__name__)
            return None, None

        known = {each.id: each for each in await self.channels.among(team, theirs) if each.state in _ORDER}

        def may_change(channel: Channel) -> bool:
            conversation = replace(theirs[channel.id], invited=channel.owner)
            return person is not None and denial(person, conversation, channel.settings.managers, Action.CHANGE) is None

        found = sorted(known, key=lambda each: (_ORDER.index(known[each].state), each))
        shown = tuple(HomeChannel(known[each], may_change(known[each])) for each in found[:CHANNELS_SHOWN])
        return HomeChannels(shown, len(found) - len(shown)), person

    async def _person(self, user: str) -> Actor | None:
        """Somebody's role; None where Slack does not let Paperboy know it."""
        try:
            return await self.conversations.person(user)
        except SlackRefused:
            return None
