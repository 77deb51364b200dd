"""Shortcuts: the papers that a message names looked up or saved, and a form that finds papers from anywhere."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import PaperUnknown, SourceUnreachable
from bot.messages import answers
from bot.messages import papers_in_message as messages
from bot.rules.commands import SavePapers, SharePapers, ShowPapers
from bot.rules.papers import PaperRef
from bot.rules.papers_in_message import MOST_LISTED, MOST_SAVED_AT_ONCE, addresses_in_message, papers_in_message
from bot.rules.reading_list import OfferedPapers
from bot.rules.requests import RequestKind
from bot.slack.manifest import FIND_SHORTCUT, LOOK_UP_SHORTCUT, SAVE_SHORTCUT
from handlers.answers import Answer, answer_path, in_modal, in_own_language, run_in_background, send_answer
from handlers.asked import find_answer, go_on, read_command
from handlers.asker import identify_asker
from handlers.choosing_papers import offer_papers
from handlers.modals import open_form
from handlers.reading_list import save_requested
from handlers.requests import keep_asked
from handlers.view_answers import ViewAnswers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.commands import Command
    from bot.rules.papers import Reading
    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the shortcuts of the manifest, and to the form that finds papers."""

    @app.message_shortcut(LOOK_UP_SHORTCUT)
    async def look_up(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker, refs = await identify_asker(deps, body), await _papers_named(deps, body["message"])
        await ack()
        path = answer_path(deps, body, respond, client)
        run_in_background(deps, asker, path, lambda known: _show(deps, known, path, refs))

    @app.message_shortcut(SAVE_SHORTCUT)
    async def save(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        """Save what is known, and keep what is to be saved once it is fetched, before either is acknowledged."""
        asker, refs = await identify_asker(deps, body), await _papers_named(deps, body["message"])
        path = answer_path(deps, body, respond, client)
        if len(refs) > MOST_SAVED_AT_ONCE:
            await ack()
            await _let_choose(deps, asker, path, refs)
            return
        answer = await _save(deps, asker, path, refs)
        await ack()
        run_in_background(deps, asker, path, lambda known: _give(deps, known, path, answer))

    @app.global_shortcut(FIND_SHORTCUT)
    async def find(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, body)
        await ack()
        path, trigger_id = answer_path(deps, body, respond, client), str(body.get("trigger_id"))
        deps.background.of(asker.team).start(open_form(deps, asker, path, trigger_id, _form_to_find))

    @app.view(messages.FIND_PAPER)
    async def found(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        """Answer in the modal itself: what is known in the acknowledgement, and the rest in its place."""
        asker = await identify_asker(deps, body)
        shown = ViewAnswers.within(client, view)
        path = in_modal(answer_path(deps, body, _nowhere, client), shown)
        shown.language = asker.language
        answer = await find_answer(
            deps, asker, path, _asked_alone(await read_command(deps, asker.team, asker.user, _typed(view)))
        )
        is_guess = asker.is_new and answer.waits_for_language
        first = messages.finding(language=asker.language) if is_guess else await answer.compose(asker)
        await ack(response_action="update", view=shown.begin(first))

        async def go_on_after(known: Asker) -> None:
            if is_guess:
                await shown.edit(await answer.compose(known))
            else:
                await shown.add_pictures()
            await go_on(deps, known, path, answer)

        run_in_background(deps, asker, path, go_on_after)


async def _papers_named(deps: HandlerDeps, message: Mapping[str, Any]) -> tuple[PaperRef, ...]:
    """The papers that a message names by ID or link, and the known ones to whose code or page it links.

    Where several papers carry an address, nobody knows which is meant. Raises `StoreError`.
    """
    named = {ref.id: ref for ref in papers_in_message(message)}
    linked = await deps.library.find_linked(addresses_in_message(message))
    for papers in linked.values():
        if len(papers) == 1:
            named.setdefault(papers[0], PaperRef(papers[0]))
    return tuple(named.values())


async def _show(deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: Sequence[PaperRef]) -> None:
    """Show the papers of a message: the card of one, a list of several, or that there is none."""
    if not refs:
        await send_answer(path, messages.no_papers_in_message(language=asker.language))
    elif len(refs) == 1:
        await _give(deps, asker, path, await find_answer(deps, asker, path, ShowPapers(tuple(refs))))
    else:
        await _show_list(deps, asker, path, refs)


async def _show_list(deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: Sequence[PaperRef]) -> None:
    """Show a list of papers, once those nobody knew are fetched: an answer or two, of the five that Slack takes."""
    shown = refs[:MOST_LISTED]
    readings = {ref: await deps.shown_papers.recall(ref, asker.language) for ref in shown}
    unknown = [ref for ref, reading in readings.items() if reading is None]
    if unknown:
        await send_answer(path, answers.looking_up(ids=[ref.id for ref in unknown], language=asker.language))
        # At once: arXiv is asked for all who wait in one request.
        readings.update(zip(unknown, await asyncio.gather(*(_fetch(deps, asker, ref) for ref in unknown)), strict=True))
    found = messages.papers_in_message(
        readings=[reading for reading in readings.values() if reading],
        missing=[ref.id for ref, reading in readings.items() if reading is None],
        more=len(refs) - len(shown),
        language=asker.language,
    )
    await send_answer(path, found)


async def _fetch(deps: HandlerDeps, asker: Asker, ref: PaperRef) -> Reading | None:
    try:
        return await deps.shown_papers.look_up(ref, asker.language)
    except (PaperUnknown, SourceUnreachable) as error:
        log.info("couldn't get a paper of a message", paper=ref.id, error=str(error))
        return None


async def _save(deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...]) -> Answer:
    """Save the papers of a message: those that are known at once, the others as requests that are kept."""
    if not refs:
        return Answer(in_own_language(lambda language: messages.no_papers_in_message(language=language)))
    if len(refs) == 1:
        return await find_answer(deps, asker, path, SavePapers(refs))
    lists = deps.reading_lists(asker.team)
    papers, _ = await lists.offer(asker.team, asker.user, [ref.id for ref in refs])
    known = {paper.id for paper in papers}
    change = await lists.change_several(asker.team, asker.user, to_save=sorted(known), to_remove=())
    unknown = [ref for ref in refs if ref.id not in known]
    requests = await keep_asked(deps, asker, path, RequestKind.SAVE, map(str, unknown))

    def said(language: str) -> Message:
        awaited = [ref.id for ref in unknown]
        return messages.papers_saved(
            papers=papers, saved=change.saved, total=change.total, awaited=awaited, language=language
        )

    return Answer(in_own_language(said), requests=requests, work=save_requested if requests else None)


async def _let_choose(deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...]) -> None:
    """Show the form in which papers are saved; where some are yet to be fetched, which takes longer than its trigger
    lives, their list, whose button opens that form."""
    offered = OfferedPapers(tuple(ref.id for ref in refs))
    papers, _ = await deps.reading_lists(asker.team).offer(asker.team, asker.user, offered.ids)
    if len(papers) == len(refs):
        prepare = partial(offer_papers, deps, asker, str(offered))
        deps.background.of(asker.team).start(open_form(deps, asker, path, path.cause, prepare))
    else:
        run_in_background(deps, asker, path, lambda known: _show_list(deps, known, path, refs))


async def _give(deps: HandlerDeps, asker: Asker, path: AnswerPath, answer: Answer) -> None:
    await send_answer(path, await answer.compose(asker))
    await go_on(deps, asker, path, answer)


async def _form_to_find() -> Callable[[str], Block]:
    return lambda language: messages.find_paper_modal(language=language)


def _typed(view: Mapping[str, Any]) -> str:
    return str(view["state"]["values"][messages.QUERY][messages.QUERY].get("value") or "")


def _asked_alone(command: Command) -> Command:
    """The command as it can be carried out where there is no channel to share anything in."""
    return ShowPapers(command.refs) if isinstance(command, SharePapers) else command


async def _nowhere(**_: object) -> Any:
    raise ValueError("a form has no response_url")
