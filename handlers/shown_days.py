"""The papers of a day, or the best of several, shown to whoever asks for them, and turned page by page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.messages import shown_days as day_messages
from bot.rules.requests import RequestKind
from bot.rules.shown_days import DaysShown
from bot.rules.slack_ids import is_direct_message
from handlers.answers import Answer, answer_path, finish_answer, is_seen_by_one, run_in_background, send_answer
from handlers.asker import identify_asker
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_days

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.commands import ShowDays
    from bot.use_cases.shown_days import DaysAnswer
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons below the papers of days."""

    @app.action("days_more")
    @app.action("days_back")
    async def turn(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Turn the page in place where nobody else reads it; where others do, show it to who clicked."""
        asker = await identify_asker(deps, body)
        await ack()
        path, days = answer_path(deps, body, respond, client), DaysShown.parse(action["value"])

        async def show(known: Asker) -> None:
            answer = await deps.shown_days.look_up(days)
            message = await _compose(deps, known, path, answer)
            await send_answer(path, message, in_place=is_seen_by_one(body))

        run_in_background(deps, asker, path, show)

    @app.action("share_days")
    async def share(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        value = str(DaysShown.parse(action["value"]))
        requests = await keep_request(deps, asker, body, RequestKind.SHARE_DAYS, cause=action["action_ts"], value=value)
        await ack()
        await carry_out(deps, asker, answer_path(deps, body, respond, client), requests, share_days)


async def show_days(deps: HandlerDeps, path: AnswerPath, command: ShowDays) -> Answer:
    """Show the papers of days: at once where they are stored, or else as soon as their lists are read."""
    wanted = command.days
    first, last = wanted.first or wanted.last, wanted.last or wanted.first
    days = DaysShown(first, last, command.top, command.page) if first and last else None
    known = await deps.shown_days.recall(days, command.top)

    def in_language(asker: Asker) -> Asker:
        return replace(asker, language=command.language or asker.language)

    async def compose(asker: Asker) -> Message:
        if known is None:
            return day_messages.looking_up_days(language=asker.language)
        return await _compose(deps, in_language(asker), path, known)

    async def look_up(asker: Asker, path: AnswerPath) -> None:
        answer = await deps.shown_days.look_up(days, command.top)
        await finish_answer(path, await _compose(deps, in_language(asker), path, answer))

    return Answer(compose, None if known else look_up)


async def _compose(deps: HandlerDeps, asker: Asker, path: AnswerPath, answer: DaysAnswer) -> Message:
    can_share = not path.is_public and not is_direct_message(path.channel)
    return await deps.shown_days.compose(asker.team, answer, asker.language, can_share=can_share)
