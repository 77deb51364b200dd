"""Answers to what somebody typed: the same from every entry point."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, assert_never

from bot.errors import LanguageNotWritten
from bot.messages import answers
from bot.messages import questions as question_messages
from bot.messages import summaries as summary_messages
from bot.messages.help import links_taken, needs_paper
from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    ChoosePaper,
    CitePapers,
    ClearList,
    ExportList,
    ForgetMe,
    ImportPapers,
    NamePapers,
    NoSuchDate,
    NotePaper,
    OpenLinks,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SetReminders,
    SetState,
    SetStateOfAll,
    SharePapers,
    ShowDays,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowMyData,
    ShowMySettings,
    ShowPapers,
    ShowSettings,
    ShowStatus,
    ShowTeam,
    SuggestPapers,
    TagPapers,
    UndoRemoval,
    papers_answered,
)
from bot.rules.entry_changes import EntryChange
from bot.rules.list_view import ListView
from bot.rules.questions import QuestionThread
from bot.templating.catalogues import catalogue
from bot.templating.language_names import read_language
from handlers.answers import Answer, answer_path, in_own_language, in_private, run_in_background, send_answer
from handlers.asker import identify_asker, with_own_language
from handlers.channel_settings import settings_overview
from handlers.emoji_settings import show_emoji
from handlers.exporting import cite_papers, export_list
from handlers.help import show_help, show_status
from handlers.importing import offer_import
from handlers.my_settings import show_my_settings
from handlers.personal_data import offer_erasure, send_my_data
from handlers.questions import ask_about
from handlers.reading_list import (
    ask_to_clear,
    ask_to_set_states,
    change_papers,
    reading_list_page,
    remove_papers,
    save_papers,
    show_entries,
    undo_last_removal,
)
from handlers.reminders import change_reminders
from handlers.requests import carry_out
from handlers.search import found_page
from handlers.shown_days import show_days
from handlers.shown_papers import share_papers, show_papers, suggest_papers, titles_of
from handlers.team import show_team_week

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.messages.message import Message
    from bot.rules.commands import Command
    from bot.rules.papers_in_view import PapersInView
    from bot.rules.requests import Request
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


# Buttons that ask what their value says, as if it had been typed: a message may have several.
_ASK = re.compile(r"ask_[1-9]")


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the buttons that stand for something to type."""

    @app.action(_ASK)
    async def asked(
        ack: AsyncAck, action: dict[str, Any], body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        asker = await identify_asker(deps, body)
        await answer_click(deps, asker, ack, answer_path(deps, body, respond, client), action["value"])


async def answer_click(deps: HandlerDeps, asker: Asker, ack: AsyncAck, path: AnswerPath, text: str) -> None:
    """Answer a click that stands for something typed; what it changes is stored before it is acknowledged.

    Raises `TooBusy`, `StoreError` and, for what cannot be done, another `PaperboyError`.
    """
    answer = await find_answer(deps, asker, path, await read_command(deps, asker.team, asker.user, text))
    await ack()

    async def tell(known: Asker) -> None:
        await send_answer(path, await answer.compose(known))
        await go_on(deps, known, path, answer)

    run_in_background(deps, asker, path, tell)


async def answer_text(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, text: str, *, context: PapersInView | None = None
) -> None:
    """Answer what somebody typed, on the path of the entry point they typed it at.

    `context` are the papers they have in view, which are meant where they name none. Where everybody reads
    the answer, it is in the channel's language, and what is personal goes to the asker alone.
    Raises what the path raises, and `PaperboyError` for what cannot be answered.
    """
    asker = await with_own_language(deps, asker)
    spoken = await _language_for_all(deps, asker) if path.is_public else asker
    command = await read_command(deps, asker.team, asker.user, text, context)
    answer = await find_answer(deps, spoken, path, command)
    if answer.is_personal and path.is_public:
        await send_answer(in_private(path), await answer.compose(asker))
        await send_answer(path, answers.answered_privately(language=spoken.language))
        path, spoken = in_private(path), asker
    else:
        await send_answer(path, await answer.compose(spoken))
    await go_on(deps, spoken, path, answer)


async def read_command(
    deps: HandlerDeps, team: str, user: str, text: str, context: PapersInView | None = None
) -> Command:
    """The command in what a person typed with the papers of the `context` in view. Raises `StoreError`."""
    # The grammar and its words take 40 ms to load, which a start does without.
    from handlers.typed_text import read_typed

    return await read_typed(deps, team, user, text, context)


async def go_on(deps: HandlerDeps, asker: Asker, path: AnswerPath, answer: Answer) -> None:
    """Do what comes after the first message of an answer. Raises `TooBusy`, having removed the requests."""
    if answer.work:
        do, first = answer.work, answer.requests[:1]

        async def work(deps: HandlerDeps, known: Asker, path: AnswerPath, request: Request) -> None:
            """Only the result of the first may take the place of what was said at first."""
            await do(deps, known, path if (request,) == first else replace(path, edit=None), request)

        await carry_out(deps, asker, path, answer.requests, work)
    elif answer.follow:
        await answer.follow(asker, path)


async def find_answer(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: Command) -> Answer:
    """The answer to a command: what is done or known at once is done and known, and nothing but the store is asked.

    Raises `StoreError` and, for what cannot be done, another `PaperboyError`.
    """
    match command:
        case ShowPapers(refs, ignored, language):
            answer = await show_papers(deps, asker, path, refs, ignored, language)
            return replace(answer, compose=_noting_language(deps, answer.compose, language)) if language else answer
        case SavePapers(refs, ignored):
            return await save_papers(deps, asker, path, refs, ignored)
        case RemovePapers(refs, ignored):
            return await remove_papers(deps, asker, path, refs, ignored)
        case SharePapers(refs) if path.is_public:
            return await show_papers(deps, asker, path, refs)
        case SharePapers(refs):
            return await share_papers(deps, asker, path, refs)
        case AskAbout((_, _, *_), _):
            return Answer(in_own_language(lambda language: question_messages.one_paper_at_a_time(language=language)))
        case AskAbout(refs, question):
            ref = refs[0] if refs else None
            return await ask_about(deps, asker, path, ref, question, conversation=_conversation(asker, path))
        case OpenLinks(urls):
            return Answer(in_own_language(lambda language: links_taken(url=urls[0], language=language)))
        case SearchPapers(query, page, suggestion, no_language):
            return Answer(
                _noting_no_language(
                    lambda known: found_page(deps, known, query, page, suggestion=suggestion), no_language
                ),
                is_personal=deps.paper_search.is_personal(query),
            )
        case NamePapers(verb):
            is_command = path.post is None
            return Answer(
                in_own_language(lambda language: needs_paper(verb=verb, language=language, is_command=is_command))
            )
        case ChoosePaper(papers, words):
            return await _ask_which(deps, papers, words)
        case CitePapers():
            return await cite_papers(deps, asker, path, command)
        case ShowDays():
            return await show_days(deps, path, command)
        case NoSuchDate(typed):
            return Answer(in_own_language(lambda language: answers.no_such_date(typed=typed, language=language)))
        case SuggestPapers(refs, typed):
            return Answer(lambda known: suggest_papers(deps, known, refs, typed))
        case ShowList(wanted, page):
            return Answer(lambda known: reading_list_page(deps, known, ListView(wanted, page)), is_personal=True)
        case ClearList():
            return Answer(lambda known: ask_to_clear(deps, known), is_personal=True)
        case SetStateOfAll(state, wanted):
            return Answer(lambda known: ask_to_set_states(deps, known, wanted, state), is_personal=True)
        case SetState(refs, state):
            return await change_papers(deps, asker, path, refs, EntryChange(state=state))
        case NotePaper(ref, "") | TagPapers((ref,), ()):
            return await show_entries(deps, asker, [ref.id])
        case TagPapers(refs, ()):
            return await show_entries(deps, asker, [ref.id for ref in papers_answered(refs)])
        case NotePaper(ref, note):
            return await change_papers(deps, asker, path, (ref,), EntryChange(note=note))
        case TagPapers(refs, tags, is_removal):
            change = EntryChange(gone_tags=tags) if is_removal else EntryChange(tags=tags)
            return await change_papers(deps, asker, path, refs, change)
        case UndoRemoval():
            return await undo_last_removal(deps, asker)
        case ImportPapers():
            return offer_import(deps, asker, path)
        case ExportList():
            return await export_list(deps, asker, path, command)
        case ShowMyData():
            return await send_my_data(deps, asker, path)
        case ShowMySettings():
            return Answer(lambda known: show_my_settings(deps, known), is_personal=True)
        case ForgetMe():
            return Answer(lambda known: offer_erasure(deps, known), is_personal=True)
        case SetReminders(wish):
            return await change_reminders(deps, asker, wish)
        case ShowTeam():
            return Answer(lambda known: show_team_week(deps, known), is_personal=True)
        case ShowStatus():
            return Answer(lambda known: show_status(deps, known))
        case ShowSettings(wish):
            return Answer(lambda known: _all_settings(deps, known, wish), is_personal=True)
        case ShowLanguage():
            return Answer(lambda known: _current_language(deps, known), is_personal=True)
        case ChooseLanguage(name):
            chosen = await _choose_language(deps, asker, name)
            return Answer(in_own_language(lambda _: chosen), is_personal=True, waits_for_language=False)
        case ShowHelp():
            return Answer(lambda known: show_help(deps, known, command, is_command=path.post is None))
        case _:
            assert_never(command)


async def _all_settings(deps: HandlerDeps, asker: Asker, wish: str | None) -> Message:
    """The channel's settings, and what the whole workspace has chosen."""
    overview = await settings_overview(deps, asker, wish)
    return overview.followed_by(await show_emoji(deps, asker))


async def _ask_which(deps: HandlerDeps, papers: Sequence[str], words: str) -> Answer:
    titles = await titles_of(deps, papers)
    listed = [(number, paper_id, titles.get(paper_id, "")) for number, paper_id in enumerate(papers, start=1)]
    return Answer(
        in_own_language(
            lambda language: question_messages.which_of_these(words=words, papers=listed, language=language)
        )
    )


def _conversation(asker: Asker, path: AnswerPath) -> QuestionThread | None:
    """The thread or direct message in which a question and its answer are messages; None where they are none."""
    return QuestionThread(asker.team, path.channel, path.thread_ts or "") if path.post and path.channel else None


async def _language_for_all(deps: HandlerDeps, asker: Asker) -> Asker:
    """The asker as spoken to where everybody reads it: in the channel's language, where it has one."""
    known = await deps.store.channels.find(asker.team, asker.channel) if asker.channel else None
    return replace(asker, language=known.settings.language) if known else asker


def _noting_no_language(
    compose: Callable[[Asker], Awaitable[Message]], name: str | None
) -> Callable[[Asker], Awaitable[Message]]:
    """The `compose` of a search, with a note where the words may have been to choose a language that isn't known."""
    if name is None:
        return compose

    async def compose_noting(asker: Asker) -> Message:
        message = await compose(asker)
        return message.followed_by(answers.no_such_language(name=name, language=asker.language))

    return compose_noting


def _noting_language(
    deps: HandlerDeps, compose: Callable[[Asker], Awaitable[Message]], code: str
) -> Callable[[Asker], Awaitable[Message]]:
    """The `compose` of an answer, with a note where nobody here writes in the language that was asked for."""

    async def compose_noting(asker: Asker) -> Message:
        message = await compose(asker)
        try:
            read_language(code, has_model=deps.summarizer.has_model)
        except LanguageNotWritten:
            name = catalogue(asker.language).language_name(code)
            return message.followed_by(answers.language_not_written(name=name, language=asker.language))
        return message

    return compose_noting


async def _current_language(deps: HandlerDeps, asker: Asker) -> Message:
    is_chosen = await deps.answer_languages(asker.team).is_chosen(asker.team, asker.user)
    return summary_messages.current_language(code=asker.language, is_chosen=is_chosen, language=asker.language)


async def _choose_language(deps: HandlerDeps, asker: Asker, name: str) -> Message:
    """The answer is in the language that was chosen."""
    language, is_chosen = await deps.answer_languages(asker.team).choose(asker.team, asker.user, asker.channel, name)
    return summary_messages.current_language(code=language, is_chosen=is_chosen, language=language)
