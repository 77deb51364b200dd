"""`/paper …`: papers shown, saved, removed or shared, a reading list, settings, a language, help.

Only the asker sees the answer; what they share, everybody where they are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.errors import AnswerRefused, PaperboyError
from bot.messages import answers
from bot.messages import summaries as summary_messages
from bot.messages.help import help_text, needs_paper
from bot.rules.commands import (
    ChooseLanguage,
    NamePapers,
    RemovePapers,
    SavePapers,
    SharePapers,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowPapers,
    ShowSettings,
    has_room_for_reasons,
    papers_answered,
    parse_command,
)
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from bot.slack.manifest import COMMAND
from bot.templating.command_words import command_words
from handlers.answers import answer_path, ephemeral_payload, explain, run_in_background, send_answer
from handlers.asker import identify_asker
from handlers.channel_settings import settings_overview
from handlers.reading_list import format_removed, format_saved, reading_list_page
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_paper
from handlers.shown_papers import follow_with_summary, private_card, show_looked_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.papers import PaperRef
    from bot.rules.requests import Request
    from bot.use_cases.reading_lists import ListChange
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps
    from handlers.requests import Work


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the slash command."""
    words = command_words()

    @app.command(COMMAND)
    async def paper(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, command)
        typed = _Command(deps, asker, ack, answer_path(command, respond, client), command)
        match parse_command(command.get("text") or "", words, today=deps.clock.now().date()):
            case ShowHelp(unknown, suggestion):
                await typed.answer(lambda known: _help(deps, known, unknown, suggestion))
            case NamePapers(verb):
                await typed.answer(lambda known: _needs_paper(known, verb))
            case ShowList(page, _):
                await typed.answer(lambda known: reading_list_page(deps, known, page))
            case ShowSettings():
                await typed.answer(lambda known: settings_overview(deps, known))
            case ShowLanguage():
                await typed.answer(lambda known: _current_language(deps, known))
            case ChooseLanguage(name):
                await ack(**ephemeral_payload(await _choose_language(deps, asker, name)))
            case SavePapers(refs, ignored):
                await typed.save(refs, ignored)
            case RemovePapers(refs, ignored):
                await typed.remove(refs, ignored)
            case SharePapers(refs):
                await typed.share(refs)
            case ShowPapers(refs, ignored, language):
                await typed.show(refs, ignored, language)
            case _:
                await typed.answer(lambda known: _help(deps, known, None, None))


class _Command:
    """One command: what was typed, by whom, and how it is answered."""

    def __init__(
        self, deps: HandlerDeps, asker: Asker, ack: AsyncAck, path: AnswerPath, command: Mapping[str, Any]
    ) -> None:
        self._deps = deps
        self._asker = asker
        self._ack = ack
        self._path = path
        self._command = command

    async def answer(self, compose: Callable[[Asker], Awaitable[Message]]) -> None:
        """Answer in the acknowledgement; somebody new a moment later, in the language Slack tells of them."""
        if not self._asker.is_new:
            await self._ack(**ephemeral_payload(await compose(self._asker)))
            return
        await self._ack()

        async def respond(known: Asker) -> None:
            await send_answer(self._path, await compose(known))

        run_in_background(self._deps, self._asker, self._path, respond)

    async def show(self, refs: tuple[PaperRef, ...], ignored: str, language: str | None) -> None:
        """Show papers; the card of one that is known is the acknowledgement."""
        deps, asker, path = self._deps, self._asker, self._path
        wanted = replace(asker, language=language, is_new=False) if language else asker
        known = await deps.shown_papers.recall(refs[0], wanted.language) if len(refs) == 1 else None
        if known:
            is_due = await deps.shown_papers.is_summary_due(known, wanted.language, by=asker.as_requester())
            card = private_card(known, wanted.language, being_written=is_due)
            await self._ack(**ephemeral_payload(answers.with_ignored(card, words=ignored, language=asker.language)))
            if is_due:
                run_in_background(deps, wanted, path, lambda asker: follow_with_summary(deps, asker, known, path))
            return

        async def show_each(known: Asker, shown: tuple[PaperRef, ...]) -> None:
            has_room = has_room_for_reasons(len(shown), is_new=asker.is_new)
            show_one = self._each(lambda spoken, ref: show_looked_up(deps, spoken, ref, path, has_room=has_room))
            await show_one(replace(known, language=language or known.language), shown)

        await self._look_up(refs, ignored, show_each)

    async def save(self, refs: tuple[PaperRef, ...], ignored: str) -> None:
        """Put papers on the asker's list."""
        deps, asker = self._deps, self._asker
        known = await deps.shown_papers.find(refs[0].id, asker.language) if len(refs) == 1 else None
        if known:
            change = await deps.reading_lists(asker.team).save(asker.team, asker.user, known.paper, SaveKind.COMMAND)
            await self._confirm(partial(format_saved, change), ignored)
            return

        await self._request_each(refs, ignored, RequestKind.SAVE, save_requested)

    async def remove(self, refs: tuple[PaperRef, ...], ignored: str) -> None:
        """Take papers off the asker's list; one that nobody here knows of cannot be on it."""

        asker = self._asker
        lists = self._deps.reading_lists(asker.team)
        changes: dict[PaperRef, ListChange] = {}
        for ref in papers_answered(refs):
            changes[ref] = await lists.remove_ref(asker.team, asker.user, ref)
        if len(refs) == 1:
            await self._confirm(partial(format_removed, changes[refs[0]]), ignored)
            return

        async def confirm_one(asker: Asker, ref: PaperRef) -> None:
            await send_answer(self._path, format_removed(changes[ref], asker.language))

        await self._look_up(refs, ignored, self._each(confirm_one))

    async def share(self, refs: tuple[PaperRef, ...]) -> None:
        """Show papers to everybody where the asker is."""
        await self._request_each(refs, "", RequestKind.SHARE, share_paper)

    async def _request_each(self, refs: tuple[PaperRef, ...], ignored: str, kind: RequestKind, work: Work) -> None:
        """Do `work` to one paper after the other; what was asked is on disk before anybody is told so."""
        deps, asker = self._deps, self._asker
        requests: list[Request] = []
        for ref in papers_answered(refs):
            cause = f"{self._command['trigger_id']}:{ref.id}"
            requests += await keep_request(deps, asker, self._command, kind, cause=cause, value=str(ref))
        respond_later = await self._acknowledge_look_up(refs, ignored)

        async def do(deps: HandlerDeps, known: Asker, path: AnswerPath, request: Request) -> None:
            if request == requests[0]:
                await respond_later(known)
            await work(deps, known, path, request)

        await carry_out(deps, asker, self._path, requests, do)

    async def _confirm(self, format_in: Callable[[str], Message], ignored: str) -> None:
        """Answer what is done already."""

        async def compose(asker: Asker) -> Message:
            return answers.with_ignored(format_in(asker.language), words=ignored, language=asker.language)

        await self.answer(compose)

    async def _look_up(
        self,
        refs: tuple[PaperRef, ...],
        ignored: str,
        work: Callable[[Asker, tuple[PaperRef, ...]], Awaitable[None]],
    ) -> None:
        """Say that papers are being looked up, and go on with as many as can be answered."""
        respond_later = await self._acknowledge_look_up(refs, ignored)

        async def go_on(known: Asker) -> None:
            await respond_later(known)
            await work(known, papers_answered(refs))

        run_in_background(self._deps, self._asker, self._path, go_on)

    async def _acknowledge_look_up(
        self, refs: tuple[PaperRef, ...], ignored: str
    ) -> Callable[[Asker], Awaitable[None]]:
        """Acknowledge by a message about what is looked up; the function returned sends it where that has to wait."""
        shown = papers_answered(refs)

        def looking_up(asker: Asker) -> Message:
            message = answers.looking_up(
                ids=[ref.id for ref in shown], more=len(refs) - len(shown), language=asker.language
            )
            return answers.with_ignored(message, words=ignored, language=asker.language)

        # Only the acknowledgement is none of the answers that Slack counts, and it cannot wait for anybody's language.
        responds_later = self._asker.is_new and has_room_for_reasons(len(shown), is_new=False)
        if responds_later:
            await self._ack()
        else:
            await self._ack(**ephemeral_payload(looking_up(self._asker)))

        async def respond_later(known: Asker) -> None:
            if responds_later:
                with suppress(AnswerRefused):  # what was asked is done all the same
                    await send_answer(self._path, looking_up(known))

        return respond_later

    def _each(
        self, work: Callable[[Asker, PaperRef], Awaitable[None]]
    ) -> Callable[[Asker, tuple[PaperRef, ...]], Awaitable[None]]:
        """Do `work` to one paper after the other; one with which it fails, or of which nobody can be told, does not
        hold up the others."""

        async def do_one(asker: Asker, ref: PaperRef) -> None:
            try:
                await work(asker, ref)
            except AnswerRefused:
                raise
            except PaperboyError as error:
                await send_answer(self._path, explain(error, asker.language))

        async def do(asker: Asker, refs: tuple[PaperRef, ...]) -> None:
            untold: AnswerRefused | None = None
            for ref in refs:
                try:
                    await do_one(asker, ref)
                except AnswerRefused as error:
                    untold = error
            if untold:
                raise untold

        return do


async def save_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Put the paper of a request on the asker's list, whoever has to be asked about it."""
    paper = (await deps.shown_papers.look_up(parse_paper_id(request.value), asker.language)).paper
    change = await deps.reading_lists(asker.team).save(asker.team, asker.user, paper, SaveKind.COMMAND)
    await send_answer(path, format_saved(change, asker.language))


async def _help(deps: HandlerDeps, asker: Asker, unknown: str | None, suggestion: str | None) -> Message:
    return help_text(language=asker.language, emoji=deps.saving_emoji[0], unknown=unknown, suggestion=suggestion)


async def _needs_paper(asker: Asker, verb: str) -> Message:
    return needs_paper(verb=verb, language=asker.language)


async def _current_language(deps: HandlerDeps, asker: Asker) -> Message:
    is_chosen = await deps.answer_languages(asker.team).is_chosen(asker.team, asker.user)
    return summary_messages.current_language(code=asker.language, is_chosen=is_chosen, language=asker.language)


async def _choose_language(deps: HandlerDeps, asker: Asker, name: str) -> Message:
    """The answer is in the language that was chosen."""
    language, is_chosen = await deps.answer_languages(asker.team).choose(asker.team, asker.user, asker.channel, name)
    return summary_messages.current_language(code=language, is_chosen=is_chosen, language=language)
