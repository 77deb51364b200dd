"""Papers imported into a reading list: pasted into a form, or sent as files in a direct message."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import ImportUnderWay, PaperboyError, SlackRefused, SlackUnreachable
from bot.imports.entries import MOST_IMPORTED, SkippedEntry, SkipReason
from bot.imports.read import LARGEST_IMPORT, Imported, read_import
from bot.messages import imports as messages
from bot.rules.entry_points import EntryPoint
from bot.rules.incoming_messages import SentFile, age_of
from bot.rules.list_changes import REMOVALS_UNDONE_FOR
from bot.rules.reading_list import SaveKind, SaveOrigin
from bot.rules.requests import RequestKind
from handlers.answers import Answer, answer_path, explain, in_own_language, replace_message, send_answer
from handlers.asker import identify_asker, origin_of
from handlers.files import edit_direct
from handlers.home import refresh_home
from handlers.modals import open_form
from handlers.requests import carry_out, keep_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.requests import Request
    from bot.templating.blocks import Block
    from bot.use_cases.direct_answers import DirectPlace
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ToImport:
    """The value of a request to import: a text that was pasted, or files that were sent."""

    text: str = ""
    files: tuple[SentFile, ...] = ()

    def to_json(self) -> str:
        """The value as it is kept on disk; `parse` reads it."""
        return json.dumps({"text": self.text, "files": [str(each) for each in self.files]})

    @classmethod
    def parse(cls, value: str) -> ToImport:
        """The value that `to_json` wrote. Raises `ValueError`."""
        kept = json.loads(value)
        return cls(kept["text"], tuple(SentFile.parse(each) for each in kept["files"]))


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the form, and to the buttons that open it and undo what came of it."""

    @app.action(messages.OPEN_IMPORT)
    async def open_it(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path = answer_path(deps, body, respond, client)
        deps.background.of(asker.team).start(open_form(deps, asker, path, str(body.get("trigger_id")), _form))

    @app.view(messages.IMPORT_FORM)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """A text is on disk before it is acknowledged; one without any paper stays in the form."""
        asker = await identify_asker(deps, body)
        text = view["state"]["values"][messages.IMPORTED_TEXT][messages.IMPORTED_TEXT].get("value") or ""
        if not read_import(text).entries:
            await ack(response_action="errors", errors=messages.import_errors(language=asker.language))
            return
        value = ToImport(text).to_json()
        requests = await keep_request(deps, asker, body, RequestKind.IMPORT, cause=view["id"], value=value)
        await ack(response_action="update", view=messages.import_begun_modal(language=asker.language))
        await carry_out(deps, asker, answer_path(deps, body, respond, client), requests, import_requested)

    @app.action(messages.UNDO_IMPORT)
    async def undo(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Undo the import whose outcome the message tells, which is where its papers come from."""
        asker = await identify_asker(deps, body)
        _, _, channel = origin_of(body)
        message_ts = str((body.get("message") or {}).get("ts") or "")
        told = messages.import_not_undone(language=asker.language)
        if channel and message_ts and age_of(message_ts, deps.clock.now()) <= REMOVALS_UNDONE_FOR:
            origin = SaveOrigin(SaveKind.IMPORT, channel, message_ts)
            removed = await deps.paper_imports.undo(asker.team, asker.user, origin)
            told = messages.import_undone(removed=removed, language=asker.language)
        await ack()
        refresh_home(deps, asker.team, asker.user)
        await replace_message(answer_path(deps, body, respond, client), told)


async def _form() -> Callable[[str], Block]:
    return lambda language: messages.import_form(language=language)


def offer_import(deps: HandlerDeps, asker: Asker, path: AnswerPath) -> Answer:
    """Say how papers are imported, and open the form where there is a trigger for it."""
    takes_files = not deps.workspaces[asker.team].scopes.is_closed(EntryPoint.SENT_FILES)

    async def open_at_once(asker: Asker, path: AnswerPath) -> None:
        await open_form(deps, asker, path, path.cause, _form)

    has_trigger = path.post is None and bool(path.cause)
    return Answer(
        in_own_language(lambda language: messages.import_offer(takes_files=takes_files, language=language)),
        open_at_once if has_trigger else None,
        is_personal=True,
    )


async def import_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Import what a request brings, and tell in one direct message how far that is and what came of it.

    Begun anew, it goes on where it stopped: what was looked up is stored, and what was saved is on the list. Raises
    `ImportUnderWay`, and `AnswerUnwanted` when the data of whoever asked was erased meanwhile.
    """
    if await deps.requests.is_under_way_before(request):  # each may take ten minutes, and others wait, too
        raise ImportUnderWay
    language, place = asker.language, await _place(deps, asker, request)

    async def tell(message: Message) -> None:
        if place is None or not await edit_direct(deps, path, place, message):
            await send_answer(path, message)

    async def tell_progress(done: int, total: int) -> None:
        if place:
            await edit_direct(deps, path, place, messages.import_progress(done=done, total=total, language=language))

    try:
        imported = await _read(deps, asker, ToImport.parse(request.value))
    except PaperboyError as error:
        await tell(explain(error, language))
        return
    origin = SaveOrigin(SaveKind.IMPORT, place.channel, place.ts) if place else SaveOrigin(SaveKind.IMPORT)
    outcome = await deps.paper_imports.add(
        asker.team, asker.user, imported, origin, tell=tell_progress, asked_at=request.at
    )
    refresh_home(deps, asker.team, asker.user)
    await tell(
        messages.import_done(
            saved=outcome.saved,
            there=outcome.there,
            skipped=outcome.skipped,
            can_be_undone=place is not None,
            language=language,
        )
    )


async def _place(deps: HandlerDeps, asker: Asker, request: Request) -> DirectPlace | None:
    """The direct message in which an import is told of; None where Slack takes none."""
    begun = messages.import_begun(language=asker.language)
    try:
        return await deps.direct_answers(asker.team).stand(request, begun)
    except (SlackRefused, SlackUnreachable) as error:
        log.warning("an import is told of elsewhere", error=str(error))
        return None


async def _read(deps: HandlerDeps, asker: Asker, wanted: ToImport) -> Imported:
    """The papers that are to be imported. Raises `SentFileUnreadable` or `SentFileTooLarge`."""
    read = [await asyncio.to_thread(read_import, wanted.text)] if wanted.text else []
    for file in wanted.files:
        content = await deps.workspaces[asker.team].files.fetch(file, limit_bytes=LARGEST_IMPORT)
        read.append(await asyncio.to_thread(read_import, content, file.name))
    entries = {each.ref.id: each for one in reversed(read) for each in reversed(one.entries)}
    taken = tuple(reversed(entries.values()))[:MOST_IMPORTED]
    too_many = () if len(taken) == len(entries) else (SkippedEntry("", SkipReason.TOO_MANY),)
    return Imported(taken, (*(each for one in read for each in one.skipped), *too_many))
