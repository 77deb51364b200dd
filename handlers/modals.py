"""Modals: opened while their trigger lives, filled in afterwards, and never left waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import FormNotOpened, PaperboyError, SlackRefused, SlackUnreachable
from bot.slack.web_api import call, call_with_retry
from handlers.answers import explain, send_answer
from handlers.asker import with_own_language

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.messages.message import Message
    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

    FormIn = Callable[[str], Block]

log = structlog.get_logger(__name__)

_TRIED_FOR_SECONDS = 30.0
_CLOSED = "not_found"


@dataclass(frozen=True, slots=True)
class ModalResult:
    """The view that replaces a form, and the same as a `message` should the form be gone."""

    view: Block
    message: Message
    is_done: bool = True


async def open_modal(path: AnswerPath, trigger_id: str, view: Block) -> str:
    """Open a modal; its id. Raises `FormNotOpened`: a trigger lives for three seconds (docs.slack.dev, modals)."""
    try:
        answer = await call("views.open", path.client.views_open(trigger_id=trigger_id, view=view))
        return str(answer["view"]["id"])
    except (SlackRefused, SlackUnreachable, KeyError, TypeError) as error:
        log.warning("couldn't open a form", error=str(error))
        raise FormNotOpened from error


async def open_form(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, trigger_id: str, prepare: Callable[[], Awaitable[FormIn]]
) -> None:
    """Open a form, made by what `prepare` gives for a language, or tell the asker in one sentence why not.

    The trigger does not wait until Slack has told the language of somebody new: the form then changes to it.
    """
    try:
        form_in = await prepare()
        view_id = await open_modal(path, trigger_id, form_in(asker.language))
    except Exception as error:
        known = await with_own_language(deps, asker)
        await send_answer(path, explain(error, known.language))
        return
    known = await with_own_language(deps, asker)
    if known.language != asker.language:
        try:
            await replace_view(deps, path, view_id, form_in(known.language))
        except PaperboyError as error:
            log.warning("form stays in the language it was opened in", error=str(error))


async def replace_view(deps: HandlerDeps, path: AnswerPath, view_id: str, view: Block) -> None:
    """Show another view in a modal. Raises `SlackRefused` or `SlackUnreachable`."""
    await call_with_retry(
        lambda: call("views.update", path.client.views_update(view_id=view_id, view=view)),
        deps.clock,
        give_up_after=_TRIED_FOR_SECONDS,
    )


async def fill_modal(deps: HandlerDeps, path: AnswerPath, view_id: str, result: ModalResult) -> None:
    """Show a result in the modal; where that cannot be, tell the person, in the channel `path` names.

    Somebody who closed the modal is told only what went wrong. Raises `AnswerRefused` when nothing reaches them.
    """
    try:
        await replace_view(deps, path, view_id, result.view)
    except PaperboyError as error:
        is_closed = isinstance(error, SlackRefused) and error.values.get("error") == _CLOSED
        if is_closed and result.is_done:
            return
        log.warning("couldn't fill a form", error=str(error))
        await send_answer(path, result.message)
