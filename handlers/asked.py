"""Answers to what somebody typed: the same from every entry point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    parse_command,
)
from bot.templating.command_words import command_words
from handlers.answers import Answer, in_private, send_answer
from handlers.asker import with_own_language
from handlers.channel_settings import settings_overview
from handlers.reading_list import reading_list_page, remove_papers, save_papers
from handlers.requests import carry_out
from handlers.shown_papers import share_papers, show_papers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.messages.message import Message
    from bot.rules.commands import Command
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


async def answer_text(deps: HandlerDeps, asker: Asker, path: AnswerPath, text: str, *, context: object = None) -> None:
    """Answer what somebody typed, on the path of the entry point they typed it at.

    Where everybody reads the answer, it is in the channel's language, and what is personal goes to the asker alone.
    Raises what the path raises, and `PaperboyError` for what cannot be answered.
    """
    asker = await with_own_language(deps, asker)
    spoken = await _language_for_all(deps, asker) if path.is_public else asker
    answer = await find_answer(deps, spoken, path, read_command(deps, text))
    if answer.is_personal and path.is_public:
        await send_answer(in_private(path), await answer.compose(asker))
        await send_answer(path, answers.answered_privately(language=spoken.language))
        path, spoken = in_private(path), asker
    else:
        await send_answer(path, await answer.compose(spoken))
    await go_on(deps, spoken, path, answer)


def read_command(deps: HandlerDeps, text: str) -> Command:
    """The command in what somebody typed. Listing days are those of UTC, and so is the day it is typed on."""
    return parse_command(text, command_words(), today=deps.clock.now().date())


async def go_on(deps: HandlerDeps, asker: Asker, path: AnswerPath, answer: Answer) -> None:
    """Do what comes after the first message of an answer. Raises `TooBusy`, having removed the requests."""
    if answer.work:
        await carry_out(deps, asker, path, answer.requests, answer.work)
    elif answer.follow:
        await answer.follow(asker, path)


async def find_answer(deps: HandlerDeps, asker: Asker, path: AnswerPath, command: Command) -> Answer:
    """The answer to a command: what is done or known at once is done and known, and nothing but the store is asked.

    Raises `StoreError` and, for what cannot be done, another `PaperboyError`.
    """
    match command:
        case ShowPapers(refs, ignored, language):
            return await show_papers(deps, asker, path, refs, ignored, language)
        case SavePapers(refs, ignored):
            return await save_papers(deps, asker, path, refs, ignored)
        case RemovePapers(refs, ignored):
            return await remove_papers(deps, asker, path, refs, ignored)
        case SharePapers(refs) if path.is_public:
            return await show_papers(deps, asker, path, refs)
        case SharePapers(refs):
            return await share_papers(deps, asker, path, refs)
        case NamePapers(verb):
            return Answer(_from_language(lambda language: needs_paper(verb=verb, language=language)))
        case ShowList(page):
            return Answer(lambda known: reading_list_page(deps, known, page), is_personal=True)
        case ShowSettings():
            return Answer(lambda known: settings_overview(deps, known), is_personal=True)
        case ShowLanguage():
            return Answer(lambda known: _current_language(deps, known), is_personal=True)
        case ChooseLanguage(name):
            chosen = await _choose_language(deps, asker, name)
            return Answer(_from_language(lambda _: chosen), is_personal=True, waits_for_language=False)
        case ShowHelp(unknown, suggestion):
            return Answer(_help(deps, unknown, suggestion))
        case _:
            return Answer(_help(deps))


async def _language_for_all(deps: HandlerDeps, asker: Asker) -> Asker:
    """The asker as spoken to where everybody reads it: in the channel's language, where it has one."""
    known = await deps.store.channels.find(asker.team, asker.channel) if asker.channel else None
    return replace(asker, language=known.settings.language) if known else asker


def _from_language(format_in: Callable[[str], Message]) -> Callable[[Asker], Awaitable[Message]]:
    async def compose(asker: Asker) -> Message:
        return format_in(asker.language)

    return compose


def _help(
    deps: HandlerDeps, unknown: str | None = None, suggestion: str | None = None
) -> Callable[[Asker], Awaitable[Message]]:
    emoji = deps.saving_emoji[0]
    return _from_language(
        lambda language: help_text(language=language, emoji=emoji, unknown=unknown, suggestion=suggestion)
    )


async def _current_language(deps: HandlerDeps, asker: Asker) -> Message:
    is_chosen = await deps.answer_languages(asker.team).is_chosen(asker.team, asker.user)
    return summary_messages.current_language(code=asker.language, is_chosen=is_chosen, language=asker.language)


async def _choose_language(deps: HandlerDeps, asker: Asker, name: str) -> Message:
    """The answer is in the language that was chosen."""
    language, is_chosen = await deps.answer_languages(asker.team).choose(asker.team, asker.user, asker.channel, name)
    return summary_messages.current_language(code=language, is_chosen=is_chosen, language=language)
