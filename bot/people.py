"""Who Paperboy is talking to, and in which language."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from bot.channels import Person
from bot.errors import SlackRefused, SlackUnreachable
from bot.slack_answers import ask
from bot.zones import is_zone

if TYPE_CHECKING:
    from datetime import tzinfo

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.store import Store

log = structlog.get_logger(__name__)


class People:
    """Remembers what Slack says of people; asking costs a request, so nobody is asked about before an answer."""

    def __init__(self, store: Store, client: AsyncWebClient, clock: Clock, *, default_language: str) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self.default_language = default_language

    async def language(self, team: str, user: str, channel: str | None = None) -> str:
        """The person's own choice, else their Slack's language, else the channel's, else the default."""
        return await self.language_of(await self._store.person(team, user), team, channel)

    async def language_of(self, person: Person | None, team: str, channel: str | None = None) -> str:
        """The same for somebody as Slack described them, None when it never did."""
        if person and person.language:
            return person.language
        if person and person.locale:
            return person.locale.partition("-")[0].lower()
        known = await self._store.channel(team, channel) if channel else None
        return known.settings.language if known else self.default_language

    async def zone(self, team: str, user: str) -> tzinfo:
        """The zone Slack says the person lives in; UTC when it does not, or names one nobody knows."""
        name = await self.zone_name(team, user)
        return ZoneInfo(name) if name else UTC

    async def zone_name(self, team: str, user: str) -> str | None:
        """The same by its IANA name; None when it is not known."""
        person = await self._store.person(team, user)
        return person.timezone if person and person.timezone and is_zone(person.timezone) else None

    async def is_known(self, team: str, user: str) -> bool:
        """Whether Slack has told us of this person before."""
        return await self._store.person(team, user) is not None

    async def meet(self, team: str, user: str) -> None:
        """Ask Slack for somebody's language and zone, for the next time; without an answer nothing changes."""
        try:
            answer = await ask("users.info", self._client.users_info(user=user, include_locale=True))
        except (SlackRefused, SlackUnreachable) as error:
            log.info("slack does not tell about a person", error=str(error))
            return
        told = answer.get("user") or {}
        person = Person(team, user, locale=told.get("locale"), timezone=told.get("tz"))
        await self._store.remember_person(person, now=self._clock.now())
