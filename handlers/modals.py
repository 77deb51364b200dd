"""Modals: opened while their trigger lives, filled in afterwards, and never left waiting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.errors import FormNotOpened, PaperboyError, SlackRefused, SlackUnreachable
from bot.slack.web_api import call, call_with_retry
from handlers.answers import respond_privately

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)

_TRIED_FOR_SECONDS = 30.0
_CLOSED = "not_found"


@dataclass(frozen=True, slots=True)
class ModalResult:
    """What takes the place of a form, and the same as a `message` should the form be gone."""

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
        await respond_privately(path, result.message)
