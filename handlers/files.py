"""Files given to people: in their direct messages, or as a text to copy where Slack takes none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.errors import AnswerRefused, SlackRefused, SlackUnreachable
from bot.messages import files as file_messages
from bot.rules.entry_points import EntryPoint
from bot.slack.web_api import call, call_with_retry
from handlers.answers import finish_answer, in_modal, send_answer
from handlers.view_answers import ViewAnswers

if TYPE_CHECKING:
    from bot.exports.export import ExportFile
    from bot.messages.message import Message
    from bot.rules.requests import Request
    from bot.use_cases.direct_answers import DirectPlace
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)

_TRIED_FOR_SECONDS = 30.0
# As a Home tab is one: a modal is opened and not put over another.
_NOWHERE = {"type": "home"}


async def send_file(
    deps: HandlerDeps,
    asker: Asker,
    file: ExportFile,
    *,
    path: AnswerPath,
    request: Request,
    about: str,
    command: str,
    others: file_messages.OtherFormats | None = None,
) -> None:
    """Give somebody the file that a request asks for, which is on disk until this has returned.

    It comes into their direct messages, below a message that says what it is `about`, a sentence in their language, and
    offers `others` than its format.
    Where Paperboy may not send it, or Slack takes none, its text is shown where they asked, as much as Slack shows, and
    the `command` that writes all of it. Raises what `send_answer` does, `AnswerUnwanted` where another process sends
    it, and `StoreError`.
    """
    language = asker.language
    place: DirectPlace | None = None
    error: str | None = None
    if not deps.workspaces[asker.team].scopes.is_closed(EntryPoint.FILES):
        try:
            on_its_way = file_messages.file_on_its_way(about=about, language=language)
            place = await deps.direct_answers(asker.team).stand(request, on_its_way)
            is_there = await deps.sent_files(asker.team).send(request, place, file)
        except (SlackRefused, SlackUnreachable) as failure:
            log.warning("couldn't send a file", error=str(failure))
            error = str(failure.values.get("error") or failure.values.get("reason"))
        else:
            above = (
                file_messages.file_sent(about=about, language=language, others=others)
                if is_there
                else file_messages.file_unconfirmed(about=about, language=language)
            )
            await edit_direct(deps, path, place, above)
            is_here = path.channel == place.channel and path.modal is None
            if not is_here:
                await finish_answer(path, file_messages.file_elsewhere(language=language))
            elif path.edit:
                await path.edit(file_messages.file_below(language=language))
            return
    text = file_messages.text_to_copy(
        about=about, text=file.text.removeprefix("\ufeff"), error=error, command=command, language=language
    )
    await _show(asker, path, text)
    if place:
        await edit_direct(deps, path, place, file_messages.file_as_text(about=about, language=language))


async def _show(asker: Asker, path: AnswerPath, text: Message) -> None:
    """Show a text in a modal, from which it is copied best, where there is a trigger for one; or else as an answer."""
    if path.modal or path.post or path.is_late or not path.cause:
        await finish_answer(path, text)
        return
    modal = ViewAnswers(path.client, path.cause, _NOWHERE, language=asker.language)
    try:
        await finish_answer(replace(in_modal(path, modal), write_to=None), text)
    except AnswerRefused as refused:
        log.info("a text is shown in a message", error=str(refused))
        await send_answer(path, text)


async def edit_direct(deps: HandlerDeps, path: AnswerPath, place: DirectPlace, message: Message) -> bool:
    """Let a direct message of ours say something else; False where Slack won't, and it stays as it was."""

    async def attempt() -> None:
        change = path.client.chat_update(channel=place.channel, ts=place.ts, **message.to_payload())
        await call("chat.update", change)

    try:
        await call_with_retry(attempt, deps.clock, give_up_after=_TRIED_FOR_SECONDS)
    except (SlackRefused, SlackUnreachable) as error:
        log.info("a message wasn't brought up to date", error=str(error))
        return False
    return True
