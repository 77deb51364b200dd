"""The scopes that a token was granted, as Slack says with each of its answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.entry_points import closed_entry_points, read_scopes
from bot.slack.web_api import call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.rules.entry_points import ClosedEntryPoint, EntryPoint

# Somebody who installs the app again expects to see it; that is rare, and where nothing is closed nothing is asked.
_ASKED_AGAIN_AFTER = timedelta(hours=1)


class GrantedScopes:
    """The scopes of one workspace's token: `known`, or None while no answer has told them.

    A token may get more of them while Paperboy runs, when the app is installed again, and never has fewer
    (docs.slack.dev, installing with OAuth: appending scopes).
    """

    def __init__(
        self, client: AsyncWebClient, clock: Clock, *, custom_emoji: bool, known: frozenset[str] | None = None
    ) -> None:
        self._client = client
        self._clock = clock
        self._custom_emoji = custom_emoji
        self._asked_at = clock.now()
        self.known = known

    @property
    def closed(self) -> tuple[ClosedEntryPoint, ...]:
        """The entry points that are closed, and why; none while nobody knows."""
        return closed_entry_points(self.known, custom_emoji=self._custom_emoji)

    def is_closed(self, entry_point: EntryPoint) -> bool:
        """Whether a scope that it needs is known to be missing."""
        return any(each.entry_point is entry_point for each in self.closed)

    @property
    def is_due_again(self) -> bool:
        """Whether it is time to ask once more: an hour after the last time, unless everything was granted."""
        is_complete = self.known is not None and not self.closed
        return not is_complete and self._clock.now() - self._asked_at >= _ASKED_AGAIN_AFTER

    def note(self, headers: Mapping[str, str]) -> None:
        """Note what an answer says; one that says nothing changes nothing."""
        self._asked_at = self._clock.now()
        self.known = read_scopes(headers.get("x-oauth-scopes")) or self.known

    async def refresh(self) -> None:
        """Ask Slack once more. Raises `SlackRefused` or `SlackUnreachable`."""
        self._asked_at = self._clock.now()
        self.note((await call("auth.test", self._client.auth_test())).headers)
