"""The trigger ids and response_urls handed to the bot, each valid for a while."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from .errors import RefusalError
from .values import PrivateMessage

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger id's grant: to open one modal for this person (docs.slack.dev, interactivity: 3 seconds, once)."""

    person: str
    until: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class ResponseGrant:
    """A response_url's grant (docs.slack.dev, handling user interaction: five uses within 30 minutes).

    `original` is the message the interaction came from: a private one, the time stamp of one everyone sees,
    or None for a command.
    """

    person: str
    channel: str
    until: datetime
    original: PrivateMessage | str | None = None
    left: int = RESPONSE_USES


class Grants:
    """Trigger ids and response_urls handed out so far."""

    def __init__(self, now: Callable[[], datetime], team: str) -> None:
        self._now = now
        self._team = team.lstrip("T")
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseGrant] = {}
        self._number = count(1)

    def trigger(self, person: str) -> str:
        """A new trigger id."""
        name = f"{next(self._number):09d}.{self._team}.{'t' * 32}"
        self._triggers[name] = Trigger(person, self._now() + TRIGGER_LIFE)
        return name

    def knows(self, name: str) -> bool:
        """Whether this is a trigger id handed out here."""
        return name in self._triggers

    def take_trigger(self, name: str) -> str:
        """Use a trigger id; whose it was. Raises RefusalError invalid_trigger_id, expired_ or exchanged_."""
        trigger = self._triggers.get(name)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._now() > trigger.until:
            raise RefusalError("expired_trigger_id")
        self._triggers[name] = replace(trigger, used=True)
        return trigger.person

    def response(self, person: str, channel: str, original: PrivateMessage | str | None = None) -> str:
        """A new response_url's last part."""
        name = f"{next(self._number):012d}/{'r' * 24}"
        until = self._now() + RESPONSE_LIFE
        self._responses[name] = ResponseGrant(person, channel, until, original)
        return name

    def response_of(self, name: str) -> ResponseGrant:
        """The grant of a response_url, without using it."""
        return self._responses[name]

    def take_response(self, name: str) -> ResponseGrant:
        """Use a response_url once. Raises RefusalError invalid_url, expired_url or used_url, with status 404."""
        grant = self._responses.get(name)
        if grant is None:
            raise RefusalError("invalid_url", status=404)
        if self._now() > grant.until:
            raise RefusalError("expired_url", status=404)
        if not grant.left:
            raise RefusalError("used_url", status=404)
        self._responses[name] = replace(grant, left=grant.left - 1)
        return grant
