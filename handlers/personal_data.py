"""Personal data: told to whom it is about, given to them as a file, and erased once they confirmed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import AnswerRefused
from bot.messages import files as file_messages
from bot.messages import personal_data as messages
from bot.rules.requests import RequestKind
from bot.rules.slack_ids import moment_of
from bot.templating.catalogues import catalogue
from handlers.answers import Answer, answer_path, in_own_language, send_answer
from handlers.asker import Asker, origin_of
from handlers.files import send_file
from handlers.home import refresh_home
from handlers.requests import carry_out, keep_asked, keep_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.requests import Request
    from handlers.answers import AnswerPath
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the button by which people have their data erased."""

    @app.action("erase_my_data")
    async def confirmed(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Slack is not asked about whoever clicks: what it said would come after all is erased."""
        team, user, channel = origin_of(body)
        language = await deps.workspaces[team].profiles.language(team, user, channel)
        asker = Asker(team, user, channel, language)
        value = f"{_moment(deps, action).isoformat()} {language}"
        cause = str(action.get("action_ts") or body.get("trigger_id") or "")
        requests = await keep_request(deps, asker, body, RequestKind.ERASE, cause=cause, value=value)
        await ack()
        await carry_out(deps, asker, answer_path(deps, body, respond, client), requests, erase_requested)


async def offer_erasure(deps: HandlerDeps, asker: Asker) -> Message:
    """Compose what would be erased, with a button that does it."""
    counts = await deps.personal_data(asker.team).counts(asker.team, asker.user)
    return messages.erasure_offered(counts=counts, language=asker.language)


async def erase_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Erase all that is stored about somebody, and tell them, without storing that they were told."""
    at, _, language = request.value.partition(" ")
    actions = deps.personal_data(asker.team)
    counts = await actions.erase(request, at=datetime.fromisoformat(at))
    refresh_home(deps, asker.team, asker.user)
    # Whatever goes through the outbox is stored under their ID.
    unstored = replace(path, write_to=None, post=None, edit=None, modal=None, is_late=False)
    try:
        await send_answer(unstored, messages.erased(counts=counts, language=language or asker.language), in_place=True)
    except AnswerRefused as refused:
        log.warning("couldn't tell somebody that their data is erased", error=str(refused))
    await actions.end(request)


async def send_my_data(deps: HandlerDeps, asker: Asker, path: AnswerPath) -> Answer:
    """Give the asker all that is stored about them as a file."""
    requests = await keep_asked(deps, asker, path, RequestKind.MY_DATA, [""])
    return Answer(
        in_own_language(lambda language: file_messages.file_under_way(language=language)),
        requests=requests,
        work=my_data_requested,
        is_personal=True,
    )


async def my_data_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Give somebody all that is stored about them as a file."""
    file, stored = await deps.personal_data(asker.team).collect(asker.team, asker.user)
    about = messages.data_file_about(
        items=sum(map(len, stored.rows.values())), is_cut_short=bool(stored.cut_short), language=asker.language
    )
    command = catalogue(asker.language).t("export.command", user=asker.user, format="json")
    await send_file(deps, asker, file, path=path, request=request, about=about, command=command)


def _moment(deps: HandlerDeps, action: Mapping[str, Any]) -> datetime:
    """The moment of a click, by Slack's clock or by ours, whichever is later: nothing from before it is kept again."""
    now = deps.clock.now()
    try:
        return max(now, moment_of(str(action.get("action_ts"))))
    except (ValueError, OverflowError):
        return now
