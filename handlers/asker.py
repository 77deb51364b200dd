"""The person behind a command or an interaction, where they are, and the language they are answered in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.rules.budget import Requester
from bot.slack.profiles import is_new

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.rules.channels import Person
    from handlers.deps import HandlerDeps


@dataclass(frozen=True, slots=True)
class Asker:
    """The person who asks, where, and in which language they are answered.

    `is_new` tells that Slack is being asked about them just now, so that the language is a guess.
    """

    team: str
    user: str
    channel: str | None
    language: str
    is_new: bool = False

    def as_requester(self) -> Requester:
        """The asker as somebody who has summaries written."""
        return Requester(self.team, self.user)


async def identify_asker(deps: HandlerDeps, payload: Mapping[str, Any]) -> Asker:
    """The person behind a payload; Slack is asked about somebody new, or not asked about for a day."""
    team, user, channel = origin_of(payload)
    person = await deps.store.people.find(team, user)
    is_asked = _start_fetching_profile(deps, team, user, person)
    language = await deps.workspaces[team].profiles.language_of(person, team, channel)
    return Asker(team, user, channel, language, is_new=is_asked and is_new(person))


async def fetch_profile(deps: HandlerDeps, team: str, user: str) -> None:
    """Ask Slack about somebody in the background, if that is due, so that the next answer is in their language."""
    _start_fetching_profile(deps, team, user, await deps.store.people.find(team, user))


def _start_fetching_profile(deps: HandlerDeps, team: str, user: str, person: Person | None) -> bool:
    profiles = deps.workspaces[team].profiles
    is_wanted = profiles.should_be_fetched(team, user, person)
    if is_wanted:
        deps.background.of(team).start_if_room(profiles.fetch_profile(team, user))
    return is_wanted


async def with_own_language(deps: HandlerDeps, asker: Asker) -> Asker:
    """The asker with their language from Slack, waited for a moment if new: for after the acknowledgment."""
    if not asker.is_new:
        return asker
    profiles = deps.workspaces[asker.team].profiles
    language = await profiles.first_language(asker.team, asker.user, asker.channel)
    return replace(asker, language=language, is_new=False)


async def language_awaited(deps: HandlerDeps, team: str, user: str) -> str:
    """Somebody's language, from Slack where that is due, waited for a moment: for what needs no acknowledgement."""
    profiles = deps.workspaces[team].profiles
    person = await deps.store.people.find(team, user)
    if profiles.should_be_fetched(team, user, person):
        return await profiles.first_language(team, user, None)
    return await profiles.language_of(person, team)


def origin_of(payload: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Team, user and channel of a command (flat) or an interaction (nested)."""
    if "user_id" in payload:
        return payload["team_id"], payload["user_id"], payload.get("channel_id")
    user, team = payload["user"], payload.get("team")
    team = team if isinstance(team, str) else (team or {}).get("id") or user.get("team_id")
    return team, user["id"], (payload.get("channel") or {}).get("id")
