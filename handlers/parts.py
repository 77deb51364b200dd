"""What listeners work with, and how they answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot import messages
from bot.desk import Commissioner
from bot.errors import PaperboyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.context.respond.async_respond import AsyncRespond

    from bot.background import Background
    from bot.channels import ChannelSettings
    from bot.choosing import Choice
    from bot.clock import Clock
    from bot.delivery import Courier
    from bot.desk import SummaryDesk
    from bot.directory import Directory
    from bot.editions.daily import DailyEdition
    from bot.editions.invitations import Invitations
    from bot.editions.notices import Notices
    from bot.library import Library
    from bot.messages import Message
    from bot.people import People
    from bot.store import Store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of Paperboy a listener may use.

    `saving_emoji` are the names of the emoji that save a paper; the first is the one we speak of. `defaults` are the
    settings of a channel nobody has set up, and `post_now` brings a channel what it would get next.
    """

    store: Store
    library: Library
    desk: SummaryDesk
    courier: Courier
    people: People
    background: Background
    clock: Clock
    saving_emoji: tuple[str, ...]
    daily: DailyEdition
    directory: Directory
    invitations: Invitations
    notices: Notices
    defaults: ChannelSettings
    post_now: Callable[[str], Awaitable[Choice | None]]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, and in which language they are answered."""

    team: str
    user: str
    channel: str | None
    language: str

    def as_commissioner(self) -> Commissioner:
        """The same as somebody who has summaries written."""
        return Commissioner(self.team, self.user)


async def meet_asker(parts: Parts, payload: Mapping[str, Any]) -> Asker:
    """The person behind a command or an interaction; somebody new is asked after."""
    team, user, channel = whereabouts(payload)
    person = await parts.store.person(team, user)
    if person is None:
        parts.background.start_if_room(parts.people.meet(team, user))
    return Asker(team, user, channel, await parts.people.language_of(person, team, channel))


async def meet(parts: Parts, team: str, user: str) -> None:
    """Ask after somebody new in the background, so that the next answer is in their language."""
    if not await parts.people.is_known(team, user):
        parts.background.start_if_room(parts.people.meet(team, user))


def whereabouts(payload: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Team, user and channel of a command (flat) or an interaction (nested)."""
    if "user_id" in payload:
        return payload["team_id"], payload["user_id"], payload.get("channel_id")
    user = payload["user"]
    team = (payload.get("team") or {}).get("id") or user.get("team_id")
    return team, user["id"], (payload.get("channel") or {}).get("id")


def private(message: Message) -> dict[str, Any]:
    """The message as an acknowledgement that only the asker sees."""
    return {**message.to_payload(), "response_type": "ephemeral"}


async def tell(respond: AsyncRespond, message: Message, *, in_place: bool = False) -> None:
    """Answer the asker alone, below the message they acted on, or in place of a private one."""
    await respond(**private(message), replace_original=in_place)


async def tell_failure(work: Awaitable[None], respond: AsyncRespond, language: str) -> None:
    """Do `work`; when it fails, the person who asked for it hears so in one sentence, and the log knows why."""
    try:
        await work
    except Exception as error:
        await tell(respond, explain(error, language))


def explain(error: Exception, language: str) -> Message:
    """The sentence for an error, with a reference under which the log has the whole story."""
    reference = secrets.token_hex(3)
    expected = isinstance(error, PaperboyError)
    known = error if isinstance(error, PaperboyError) else PaperboyError()
    log.log(20 if expected else 40, "a request failed", reference=reference, error=str(error), exc_info=not expected)
    return messages.failure(error=known, reference=reference, language=language)
