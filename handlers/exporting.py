"""Papers taken along: one or several as references to copy, a whole reading list as a file."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import PaperboyError
from bot.exports.export import ExportFormat, export
from bot.messages import answers
from bot.messages import files as file_messages
from bot.rules.commands import CitePapers, ExportList, papers_answered
from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.list_view import ListView
from bot.rules.papers import find_paper_refs
from bot.rules.requests import RequestKind
from bot.rules.slack_ids import is_direct_message
from bot.templating.catalogues import catalogue
from handlers.answers import (
    Answer,
    answer_path,
    explain,
    finish_answer,
    in_own_language,
    is_seen_by_one,
    run_in_background,
    send_answer,
)
from handlers.asker import identify_asker
from handlers.files import send_file
from handlers.reading_list import reading_list_page
from handlers.requests import carry_out, keep_asked
from handlers.shown_papers import looking_up

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.papers import Paper
    from bot.rules.requests import Request
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

# The formats of references, each of which says all that a reference says.
_CITED = (ExportFormat.BIBTEX, ExportFormat.RIS, ExportFormat.CSL_JSON, ExportFormat.MARKDOWN)
_FORMATS = {str(each): each for each in ExportFormat}


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons that export a list, or part of it, and that give something in another format."""

    async def start_export(
        ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient, command: ExportList
    ) -> None:
        """A request is on disk before it is acknowledged."""
        asker, path = await identify_asker(deps, body), answer_path(deps, body, respond, client)
        answer = await export_list(deps, asker, path, command)
        await ack()

        async def begin(known: Asker) -> None:
            if not (answer.work and is_direct_message(path.channel) and path.modal is None):
                await send_answer(path, await answer.compose(known))
            if answer.work:
                await carry_out(deps, known, path, answer.requests, answer.work)

        run_in_background(deps, asker, path, begin)

    @app.action(file_messages.EXPORT_LIST)
    async def export_it(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await start_export(ack, body, respond, client, ExportList(None, ListFilter.parse(action["value"])))

    @app.action(re.compile(f"{file_messages.EXPORT_AS}[a-z]+"))
    async def export_as(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        to = action["action_id"].removeprefix(file_messages.EXPORT_AS)
        await start_export(ack, body, respond, client, ExportList(to, ListFilter.parse(action["value"])))

    @app.action(re.compile(f"{file_messages.CITE_AS}[a-z]+"))
    async def cite_as(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """Cite in the place of what only the asker sees, and below what others see."""
        asker, path = await identify_asker(deps, body), answer_path(deps, body, respond, client)
        to = action["action_id"].removeprefix(file_messages.CITE_AS)
        answer = await cite_papers(deps, asker, path, CitePapers(find_paper_refs(action["value"]), format=to))
        await ack()

        async def cite(known: Asker) -> None:
            await send_answer(path, await answer.compose(known), in_place=is_seen_by_one(body))
            if answer.follow:
                await answer.follow(known, path)

        run_in_background(deps, asker, path, cite)


def read_format(name: str | None) -> ExportFormat:
    """The format of this name; BibTeX for none, and for what is the name of none."""
    return _FORMATS.get(name or "", ExportFormat.BIBTEX)


async def cite_papers(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: CitePapers) -> Answer:
    """Give papers as references in a format: at once where all are known, or else as soon as they are."""
    refs, shown = command.refs, papers_answered(command.refs)
    to = read_format(command.format)
    known = [reading.paper for ref in shown if (reading := await deps.shown_papers.find(ref.id, asker.language))]

    def compose_in(language: str, papers: list[Paper]) -> Message:
        message = file_messages.references(
            text=export(to, papers, in_message=True).text,
            format_name=_name(to, language),
            others=_others(to, _CITED, " ".join(paper.id for paper in papers), language),
            language=language,
        )
        return answers.with_ignored(message, words=command.ignored, language=language)

    if len(known) == len(refs):
        return Answer(in_own_language(lambda language: compose_in(language, known)))

    async def look_up(asker: Asker, path: AnswerPath) -> None:
        found, failures = [], []
        for ref in shown:
            try:
                found.append((await deps.shown_papers.look_up(ref, asker.language)).paper)
            except PaperboyError as error:
                failures.append(explain(error, asker.language))
        told = [compose_in(asker.language, found)] if found else []
        await finish_answer(path, (told + failures)[0])
        for message in (told + failures)[1:]:
            await send_answer(path, message)

    return replace(looking_up(path, refs, command.ignored), follow=look_up)


async def export_list(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: ExportList) -> Answer:
    """Give the asker their reading list as a file; an empty list as it is."""
    page = await deps.reading_lists(asker.team).page(asker.team, asker.user, command.filter, 1)
    if not page.total and command.filter == WHOLE_LIST:
        return Answer(lambda known: reading_list_page(deps, known, ListView()), is_personal=True)
    if not page.total:
        nothing = in_own_language(lambda language: file_messages.nothing_to_export(language=language))
        return Answer(nothing, is_personal=True)
    value = f"{read_format(command.format)} {command.filter}"
    requests = await keep_asked(deps, asker, path, RequestKind.EXPORT, [value])
    return Answer(
        in_own_language(lambda language: file_messages.file_under_way(language=language)),
        requests=requests,
        work=export_requested,
        is_personal=True,
    )


async def export_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Give somebody the list of a request as a file."""
    name, _, wanted = request.value.partition(" ")
    to, chosen = read_format(name), ListFilter.parse(wanted)
    entries = await deps.reading_lists(asker.team).entries(asker.team, asker.user, chosen)
    words = catalogue(asker.language)
    await send_file(
        deps,
        asker,
        await asyncio.to_thread(export, to, entries),  # thousands of papers take seconds
        path=path,
        request=request,
        about=words.t(
            "export.about" if chosen == WHOLE_LIST else "export.about_part",
            count=len(entries),
            format=_name(to, asker.language),
        ),
        command=words.t("export.command", user=asker.user, format=to),
        others=_others(to, tuple(ExportFormat), str(chosen) or file_messages.ALL_OF_LIST, asker.language),
    )


def _others(to: ExportFormat, among: tuple[ExportFormat, ...], value: str, language: str) -> file_messages.OtherFormats:
    formats = tuple((str(each), _name(each, language)) for each in among if each is not to)
    return file_messages.OtherFormats(formats, value)


def _name(to: ExportFormat, language: str) -> str:
    return catalogue(language).t(f"export_format.{to}")
