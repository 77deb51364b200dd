"""Paperboy as an agent in Slack: what it suggests to ask in its Messages tab, and that it is working on an answer.

Only an app whose manifest has an `agent_view` is one (docs.slack.dev, migrating to the Agent messaging experience), and
parts of that are for paid plans only. Nothing here is needed to answer anybody, and so nothing that fails here is told.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.errors import SlackRefused, SlackUnreachable
from bot.slack.web_api import call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.clock import Clock
    from bot.slack.granted_scopes import GrantedScopes

log = structlog.get_logger(__name__)

AGENT_SCOPE = "assistant:write"
# Somebody waits for the answer that comes after.
_SECONDS = 1.0
_ASKED_AGAIN_AFTER = timedelta(hours=1)
_STATUS = "assistant.threads.setStatus"
_PROMPTS = "assistant.threads.setSuggestedPrompts"
# Refusals that say nothing of other threads.
_OF_ONE_PLACE = frozenset({"channel_not_found", "invalid_thread_ts", "message_not_found"})


class Agent:
    """Shows what an agent does beside its messages, in one workspace."""

    def __init__(self, client: AsyncWebClient, scopes: GrantedScopes, clock: Clock) -> None:
        self._client = client
        self._scopes = scopes
        self._clock = clock
        self._refused_until: dict[str, datetime] = {}

    @property
    def is_one(self) -> bool:
        """Whether the app was installed as an agent, as far as its scopes tell."""
        return AGENT_SCOPE in (self._scopes.known or ())

    async def show_status(self, channel: str, thread_ts: str, words: str) -> None:
        """Say below a thread what is going on, until the next message there; no words end that."""
        await self._try(_STATUS, {"channel_id": channel, "thread_ts": thread_ts, "status": words})

    async def suggest(self, channel: str, prompts: Sequence[tuple[str, str]], *, title: str) -> None:
        """Offer things to ask above a person's Messages tab: each by its name, and what it says."""
        offered = [{"title": name, "message": message} for name, message in prompts]
        await self._try(_PROMPTS, {"channel_id": channel, "title": title, "prompts": offered})

    async def _try(self, method: str, arguments: Mapping[str, object]) -> None:
        """Make a call that may fail; one that Slack refuses wherever it is made is not made again for an hour."""
        now = self._clock.now()
        if not self.is_one or self._refused_until.get(method, now) > now:
            return
        try:
            async with asyncio.timeout(_SECONDS):
                await call(method, self._client.api_call(method, json=dict(arguments)))
        except (SlackRefused, SlackUnreachable, TimeoutError) as error:
            log.info("Slack didn't show what an agent shows", method=method, error=str(error) or "too slow")
            if not (isinstance(error, SlackRefused) and error.values.get("error") in _OF_ONE_PLACE):
                self._refused_until[method] = now + _ASKED_AGAIN_AFTER
