"""What went wrong is said in one sentence, to whoever asked; an event that failed is left for Slack to bring again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import BoltResponse

from bot.errors import PaperboyError
from handlers.parts import answer_path, explain, private, tell, whereabouts

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp, AsyncRespond
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from handlers.parts import Parts

log = structlog.get_logger(__name__)


def register(app: AsyncApp, parts: Parts) -> None:
    """Hear of every exception a listener let go."""

    @app.error
    async def answer(
        error: Exception,
        body: dict[str, Any],
        context: AsyncBoltContext,
        respond: AsyncRespond,
        client: AsyncWebClient,
    ) -> BoltResponse | None:
        """Bolt takes an acknowledgement back when a listener fails after it, so one that stands is given again."""
        given = context.ack.response
        if "event" in body:
            log.error("an event could not be dealt with", error=str(error), exc_info=error)
            return given
        message = explain(error, await language_of(body))
        if given is None and "command" in body:
            return BoltResponse(
                status=200, body=json.dumps(private(message)), headers={"content-type": "application/json"}
            )
        parts.background.start(tell(answer_path(body, respond, client), message))
        return given or BoltResponse(status=200, body="")

    async def language_of(body: dict[str, Any]) -> str:
        team, user, channel = whereabouts(body)
        try:
            return await parts.people.language(team, user, channel)
        except PaperboyError:  # the store may be what failed
            return parts.people.default_language
