"""Errors of listeners: one sentence to whoever asked; an event that failed is left for Slack to bring again."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.error import BoltUnhandledRequestError

from bot.errors import NotUnderstood, ServerUnusable, TooBusy
from bot.messages import channels as channel_messages
from handlers.answers import answer_path, ephemeral_payload, explain, send_answer
from handlers.asker import origin_of
from handlers.view_answers import is_in_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncApp, AsyncRespond
    from slack_bolt.context.async_context import AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)

# What failed may have been the store, so the language is not waited for; the answer is due.
_LANGUAGE_SECONDS = 0.4
_JSON = {"content-type": "application/json"}


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Handle every exception of a listener, and every payload without one."""

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
        if isinstance(error, BoltUnhandledRequestError):
            if _expects_nothing(body):
                log.debug("unhandled request", type=body.get("type"), of=_event_type(body))
                return BoltResponse(status=200)
            error = NotUnderstood()
        if "event" in body:
            # Of a server that is away, each event says the same, and where it was missed tells nothing.
            cause = None if isinstance(error, ServerUnusable) else error
            log.error("couldn't handle an event", error=str(error), exc_info=cause)
            return given
        if body.get("type") in {"block_suggestion", "dialog_suggestion"}:
            log.error("couldn't fill a menu", error=str(error), exc_info=error)
            return _json({"options": []})
        language = await language_of(body)
        message = explain(error, language)
        if body.get("type") == "view_submission":
            # Nothing has left yet, so what was to say that it is saved does not.
            return _json(_in_the_form(body.get("view"), message, language))
        if "command" in body and (given is None or isinstance(error, TooBusy)):
            return _json(ephemeral_payload(message))
        if context.response_url or is_in_view(body):
            path = answer_path(deps, body, respond, client)
            if path.modal:
                path.modal.language = language
            answering = send_answer(path, message)
            if not deps.overload_notices.of(context.team_id or "").start_if_room(answering):
                log.warning("too many failures to answer everybody")
        return given or BoltResponse(status=200)

    async def language_of(body: dict[str, Any]) -> str:
        try:
            async with asyncio.timeout(_LANGUAGE_SECONDS):
                team, user, channel = origin_of(body)
                return await deps.workspaces[team].profiles.language(team, user, channel)
        except Exception:  # whatever failed before may fail here as well, and what is to be said is said all the same
            return deps.defaults.language


def _expects_nothing(body: Mapping[str, Any]) -> bool:
    """Slack sends many things for one that is wanted; what nobody did on purpose needs no answer."""
    return "event" in body or body.get("type") in {"view_closed", "event_callback"} or not _who_asks(body)


def _who_asks(body: Mapping[str, Any]) -> bool:
    return "command" in body or isinstance(body.get("user"), dict)


def _event_type(body: Mapping[str, Any]) -> str | None:
    event = body.get("event")
    return event.get("type") if isinstance(event, dict) else None


def _json(answer: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(answer), headers={**_JSON})


def _in_the_form(view: object, message: Message, language: str) -> dict[str, Any]:
    """The sentence below the first field, with all that was filled in; in place of a form that has no fields.

    Without either Slack would close the form as if all was well (docs.slack.dev, modals: `response_action`).
    """
    blocks = view.get("blocks") if isinstance(view, dict) else None
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, dict) and block.get("type") == "input":
            return {"response_action": "errors", "errors": {block["block_id"]: message.text}}
    title = view.get("title") if isinstance(view, dict) else None
    named = str(title.get("text") or "") if isinstance(title, dict) else ""
    form = channel_messages.failed_form(title=named, sentence=message.text, language=language)
    return {"response_action": "update", "view": form}
