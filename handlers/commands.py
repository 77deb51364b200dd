"""`/paper …`: papers shown, saved, removed or shared, a reading list, settings, a language, help.

Only the asker sees the answer; what they share, everybody where they are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.errors import AnswerRefused, PaperboyError
from bot.messages import answers, cards
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
    parse_command,
)
from bot.rules.papers import Paper, parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from bot.slack.manifest import COMMAND
from bot.summarizer import USED_UP, Outcome
from bot.templating.command_words import paper_phrases, subcommands
from handlers.channel_settings import settings_overview
from handlers.deps import answer_path, explain, identify_asker, in_background, private, respond_privately
from handlers.reading_list import reading_list_page, remove_paper, save_paper
from handlers.requests import carry_out, keep_request
from handlers.sharing import share_paper

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.library import Reading
    from bot.messages.message import Message
    from bot.rules.papers import PaperRef
    from bot.rules.requests import Request
    from handlers.deps import AnswerPath, Asker, HandlerDeps
    from handlers.requests import Work

# A response_url may be used five times (docs.slack.dev, handling user interaction).
MOST_ANSWERS = 5


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the slash command."""
    named, phrases = subcommands(), paper_phrases()

    @app.command(COMMAND)
    async def paper(ack: AsyncAck, command: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        asker = await identify_asker(deps, command)
        request = _Request(deps, asker, ack, answer_path(command, respond, client), command)
        match parse_command(command.get("text") or "", named, phrases):
            case ShowHelp(unknown, suggestion):
                await request.answer(lambda known: _help(deps, known, unknown, suggestion))
            case NamePapers(verb):
                await request.answer(lambda known: _needs_paper(known, verb))
            case ShowList(page):
                await request.answer(lambda known: reading_list_page(deps, known, page))
            case ShowSettings():
                await request.answer(lambda known: settings_overview(deps, known))
            case ShowLanguage():
                await request.answer(lambda known: language_told(deps, known))
            case ChooseLanguage(name):
                await ack(**private(await choose_language(deps, asker, name)))
            case SavePapers(refs, ignored):
                await request.save(refs, ignored)
            case RemovePapers(refs, ignored):
                await request.remove(refs, ignored)
            case SharePapers(refs):
                await request.share(refs)
            case ShowPapers(refs, ignored, language):
                await request.show(refs, ignored, language)


class _Request:
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
            await self._ack(**private(await compose(self._asker)))
            return
        await self._ack()

        async def say(known: Asker) -> None:
            await respond_privately(self._path, await compose(known))

        in_background(self._deps, self._asker, self._path, say)

    async def show(self, refs: tuple[PaperRef, ...], ignored: str, language: str | None) -> None:
        """Show papers; the card of one that is known is the acknowledgement."""
        deps, asker, path = self._deps, self._asker, self._path
        wanted = replace(asker, language=language, is_new=False) if language else asker
        known = await deps.library.recall_as_wanted(refs[0], wanted.language) if len(refs) == 1 else None
        if known:
            should_request = await deps.summarizer.should_request(known.paper.id, wanted.language, asker.as_requester())
            card = private_card(known, wanted.language, being_written=should_request)
            await self._ack(**private(answers.with_ignored(card, words=ignored, language=asker.language)))
            if should_request:
                in_background(deps, wanted, path, lambda asker: follow_with_summary(deps, asker, known.paper, path))
            return

        async def show_each(known: Asker, shown: tuple[PaperRef, ...]) -> None:
            has_room = len(shown) + asker.is_new < MOST_ANSWERS
            show_one = self._each(lambda spoken, ref: _show_one(deps, spoken, ref, path, has_room=has_room))
            await show_one(replace(known, language=language or known.language), shown)

        await self._look_up(refs, ignored, show_each)

    async def save(self, refs: tuple[PaperRef, ...], ignored: str) -> None:
        """Put papers on the asker's list."""
        deps, asker = self._deps, self._asker
        known = await deps.library.recall(refs[0].id, asker.language) if len(refs) == 1 else None
        if known:
            await self._said(await save_paper(deps, asker, known.paper, SaveKind.COMMAND), ignored)
            return

        await self._ask(refs, ignored, RequestKind.SAVE, save_asked)

    async def remove(self, refs: tuple[PaperRef, ...], ignored: str) -> None:
        """Take papers off the asker's list; one that nobody here knows of cannot be on it."""

        async def remove_one(ref: PaperRef) -> Callable[[str], Message]:
            paper = await self._deps.store.papers.find(ref.id) or Paper(ref.id, title=ref.id, authors=())
            return await remove_paper(self._deps, self._asker, paper)

        if len(refs) == 1:
            await self._said(await remove_one(refs[0]), ignored)
            return
        said = {ref: await remove_one(ref) for ref in refs[:MOST_ANSWERS]}

        async def tell_one(asker: Asker, ref: PaperRef) -> None:
            await respond_privately(self._path, said[ref](asker.language))

        await self._look_up(refs, ignored, self._each(tell_one))

    async def share(self, refs: tuple[PaperRef, ...]) -> None:
        """Show papers to everybody where the asker is."""
        await self._ask(refs, "", RequestKind.SHARE, share_paper)

    async def _ask(self, refs: tuple[PaperRef, ...], ignored: str, kind: RequestKind, work: Work) -> None:
        """Do `work` to one paper after the other; what was asked is on disk before anybody is told so."""
        deps, asker = self._deps, self._asker
        requests: list[Request] = []
        for ref in refs[:MOST_ANSWERS]:
            cause = f"{self._command['trigger_id']}:{ref.id}"
            requests += await keep_request(deps, asker, self._command, kind, cause=cause, value=str(ref))
        say_later = await self._say_looking_up(refs, ignored)

        async def do(deps: HandlerDeps, known: Asker, path: AnswerPath, request: Request) -> None:
            if request == requests[0]:
                await say_later(known)
            await work(deps, known, path, request)

        await carry_out(deps, asker, self._path, requests, do)

    async def _said(self, say: Callable[[str], Message], ignored: str) -> None:
        """Tell what is done already."""

        async def compose(asker: Asker) -> Message:
            return answers.with_ignored(say(asker.language), words=ignored, language=asker.language)

        await self.answer(compose)

    async def _look_up(
        self,
        refs: tuple[PaperRef, ...],
        ignored: str,
        work: Callable[[Asker, tuple[PaperRef, ...]], Awaitable[None]],
    ) -> None:
        """Say that papers are being looked up, and go on with as many as can be answered."""
        say_later = await self._say_looking_up(refs, ignored)

        async def go_on(known: Asker) -> None:
            await say_later(known)
            await work(known, refs[:MOST_ANSWERS])

        in_background(self._deps, self._asker, self._path, go_on)

    async def _say_looking_up(self, refs: tuple[PaperRef, ...], ignored: str) -> Callable[[Asker], Awaitable[None]]:
        """Acknowledge by saying what is looked up; what it gives says so where that was not said yet."""
        shown = refs[:MOST_ANSWERS]

        def looking_up(asker: Asker) -> Message:
            said = answers.looking_up(
                ids=[ref.id for ref in shown], more=len(refs) - len(shown), language=asker.language
            )
            return answers.with_ignored(said, words=ignored, language=asker.language)

        # Only the acknowledgement is none of the answers that Slack counts, and it cannot wait for anybody's language.
        is_said_later = self._asker.is_new and len(shown) < MOST_ANSWERS
        if is_said_later:
            await self._ack()
        else:
            await self._ack(**private(looking_up(self._asker)))

        async def say_later(known: Asker) -> None:
            if is_said_later:
                with suppress(AnswerRefused):  # what was asked is done all the same
                    await respond_privately(self._path, looking_up(known))

        return say_later

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
                await respond_privately(self._path, explain(error, asker.language))

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


async def save_asked(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Put the paper of a request on the asker's list, whoever has to be asked about it."""
    paper = (await deps.library.look_up(parse_paper_id(request.value), asker.language)).paper
    say = await save_paper(deps, asker, paper, SaveKind.COMMAND)
    await respond_privately(path, say(asker.language))


async def _help(deps: HandlerDeps, asker: Asker, unknown: str | None, suggestion: str | None) -> Message:
    return help_text(language=asker.language, emoji=deps.saving_emoji[0], unknown=unknown, suggestion=suggestion)


async def _needs_paper(asker: Asker, verb: str) -> Message:
    return needs_paper(verb=verb, language=asker.language)


async def _show_one(deps: HandlerDeps, asker: Asker, ref: PaperRef, path: AnswerPath, *, has_room: bool) -> None:
    """A paper's card; where it `has_room` for another answer, also why there are no more summaries today."""
    reading = await deps.library.look_up(ref, asker.language)
    outcome = None
    if await deps.summarizer.should_request(reading.paper.id, asker.language, asker.as_requester()):
        outcome = await deps.summarizer.request_summary(reading.paper.id, asker.language, by=asker.as_requester())
        reading = await deps.library.recall(reading.paper.id, asker.language) or reading
    await respond_privately(path, private_card(reading, asker.language))
    if outcome in USED_UP and has_room:
        said = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
        await respond_privately(path, said)


async def follow_with_summary(deps: HandlerDeps, asker: Asker, paper: Paper, path: AnswerPath) -> None:
    """What was promised with an extract: the card with its summary, or why there is none."""
    outcome = await deps.summarizer.request_summary(paper.id, asker.language, by=asker.as_requester())
    reading = await deps.library.recall(paper.id, asker.language)
    if reading and outcome in {Outcome.WRITTEN, Outcome.THERE}:
        await respond_privately(path, private_card(reading, asker.language))
    else:
        await respond_privately(path, summary_messages.outcome(outcome, paper=paper, language=asker.language))


async def language_told(deps: HandlerDeps, asker: Asker) -> Message:
    """In which language the asker is answered."""
    person = await deps.store.people.find(asker.team, asker.user)
    is_chosen = bool(person and person.language)
    return summary_messages.language_told(code=asker.language, is_chosen=is_chosen, language=asker.language)


async def choose_language(deps: HandlerDeps, asker: Asker, name: str) -> Message:
    """Answer the asker in the language of this name from now on, and say so in it."""
    chosen = summary_messages.read_language(name, has_model=deps.summarizer.has_model)
    await deps.store.people.choose_language(asker.team, asker.user, chosen, now=deps.clock.now())
    language = await deps.workspaces[asker.team].profiles.language(asker.team, asker.user, asker.channel)
    return summary_messages.language_told(code=language, is_chosen=chosen is not None, language=language)


def private_card(reading: Reading, language: str, *, being_written: bool = False) -> Message:
    """The card only one person sees, with what they can do with it."""
    return cards.paper_card(
        paper=reading.paper,
        listed=reading.listed,
        summary=reading.summary,
        language=language,
        private=True,
        being_written=being_written,
    )
