"""People's profiles in Slack: which language and time zone each person has."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog

from bot.errors import SlackRefused, SlackUnreachable, StoreError
from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.channels import Person
from bot.slack.installation import is_external
from bot.slack.web_api import call
from bot.text.clean import clean_text, shorten
from bot.text.zones import is_zone

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.slack.installation import Installation
    from bot.store import Channels, People

log = structlog.get_logger(__name__)


ASKED_AGAIN_AFTER = timedelta(days=1)
FIRST_ANSWER_SECONDS = 1.0
_TRIED_AGAIN_AFTER = timedelta(hours=1)
_MOST_TRIED = 10_000
_NAME = 80  # characters, as Slack's longest display name


def is_due(person: Person | None, now: datetime) -> bool:
    """Whether a person's profile is to be fetched: never fetched, or so long ago that they may have changed it."""
    return person is None or is_new(person) or person.read_at is None or now - person.read_at >= ASKED_AGAIN_AFTER


def is_new(person: Person | None) -> bool:
    """Whether a person's profile was never fetched; they may have chosen a language all the same."""
    return person is None or (person.locale is None and person.timezone is None)


class Profiles:
    """People's profiles, as last fetched from Slack.

    A fetch costs a request, so answers use what is stored; only somebody's first answer may wait for Slack, once it is
    acknowledged, `first_answer_seconds` at most.
    """

    def __init__(
        self,
        channels: Channels,
        people: People,
        client: AsyncWebClient,
        installation: Installation,
        clock: Clock,
        *,
        default_language: str,
        first_answer_seconds: float = FIRST_ANSWER_SECONDS,
    ) -> None:
        self._channels = channels
        self._people = people
        self._client = client
        self._installation = installation
        self._clock = clock
        self._first_answer_seconds = first_answer_seconds
        self._asking: NamedTasks[None] = NamedTasks(on_failure=ignore_failure)
        self._tried: dict[tuple[str, str], datetime] = {}
        self.default_language = default_language

    async def language(self, team: str, user: str, channel: str | None = None) -> str:
        """The person's own choice, else their Slack's language, else the channel's, else the default."""
        return await self.language_of(await self._people.find(team, user), team, channel)

    async def language_of(self, person: Person | None, team: str, channel: str | None = None) -> str:
        """The language of a stored profile, else the channel's; `person` is None for somebody never fetched."""
        if person and person.language:
            return person.language
        if person and person.locale:
            return person.locale.partition("-")[0].lower()
        known = await self._channels.find(team, channel) if channel else None
        return known.settings.language if known else self.default_language

    async def zone(self, team: str, user: str) -> tzinfo:
        """The person's time zone as Slack has it; UTC where it has none or an unknown one."""
        name = await self.zone_name(team, user)
        return ZoneInfo(name) if name else UTC

    async def zone_name(self, team: str, user: str) -> str | None:
        """The IANA name of a person's time zone; None where it is not known."""
        person = await self._people.find(team, user)
        return person.timezone if person and person.timezone and is_zone(person.timezone) else None

    async def is_known(self, team: str, user: str) -> bool:
        """Whether anything is stored about this person."""
        return await self._people.find(team, user) is not None

    def should_be_fetched(self, team: str, user: str, person: Person | None) -> bool:
        """Whether to `fetch_profile` now: it is due, and was not tried within the last hour."""
        now, tried = self._clock.now(), self._tried.get((team, user))
        return is_due(person, now) and (tried is None or now - tried >= _TRIED_AGAIN_AFTER)

    async def fetch_profile(self, team: str, user: str) -> None:
        """Fetch somebody's language and zone, once for all who ask at the same time; a failure changes nothing."""
        await asyncio.shield(self._asking.join((team, user), lambda: self._ask(team, user)))

    async def first_language(self, team: str, user: str, channel: str | None) -> str:
        """The language for the first answer to somebody; their profile is waited for briefly."""
        try:
            async with asyncio.timeout(self._first_answer_seconds):
                if (team, user) in self._asking or (team, user) not in self._tried:
                    await self.fetch_profile(team, user)
        except TimeoutError:
            log.info("Slack is slow to return a profile")
        return await self.language(team, user, channel)

    async def ask_slack(self, team: str, user: str) -> Person:
        """A person as Slack describes them now, which is stored.

        Raises `SlackRefused`, `SlackUnreachable`, or `StoreError`.
        """
        asked_at = self._clock.now()
        answer = await call("users.info", self._client.users_info(user=user, include_locale=True))
        profile: dict[str, Any] = answer.get("user") or {}
        person = Person(
            team,
            user,
            locale=profile.get("locale"),
            timezone=profile.get("tz"),
            is_deactivated=profile.get("deleted") is True,
            is_external="team_id" in profile and is_external(self._installation, profile),
            name=_name(profile),
        )
        await self._people.remember(person, now=asked_at)
        return person

    def forget(self, team: str, user: str) -> None:
        """Remember nothing of a person whose data was erased."""
        self._tried.pop((team, user), None)

    async def _ask(self, team: str, user: str) -> None:
        if len(self._tried) >= _MOST_TRIED:
            self._tried.clear()
        self._tried[team, user] = self._clock.now()
        try:
            await self.ask_slack(team, user)
        except (SlackRefused, SlackUnreachable) as error:
            log.info("Slack returned no profile", error=str(error))
        except StoreError as error:  # what they asked may be answered all the same
            log.warning("couldn't store a profile", error=str(error))


def _name(user: Mapping[str, Any]) -> str | None:
    """The name by which Slack shows a person: the one they chose, or else their full one."""
    profile = user.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    cleaned = (" ".join(clean_text(name).split()) for name in names if isinstance(name, str))
    return next((shorten(name, _NAME) for name in cleaned if name), None)
