"""A person's reading list: shown, and papers saved and removed by name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.messages import answers, lists
from bot.rules.commands import papers_answered
from bot.rules.list_filter import WHOLE_LIST
from bot.rules.papers import parse_paper_id
from bot.rules.reading_list import SaveKind
from bot.rules.requests import RequestKind
from handlers.answers import Answer, finish_answer, in_own_language
from handlers.requests import keep_asked
from handlers.shown_papers import each_of, looking_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.messages.message import Message
    from bot.rules.papers import PaperRef
    from bot.rules.requests import Request
    from bot.use_cases.reading_lists import ListChange
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


async def reading_list_page(deps: HandlerDeps, asker: Asker, number: int) -> Message:
    """One page of the asker's list; a page beyond the end is the last one."""
    page = await deps.reading_lists(asker.team).page(asker.team, asker.user, WHOLE_LIST, number)
    return lists.reading_list(
        entries=page.entries,
        total=page.total,
        page=page.number,
        language=asker.language,
        emoji=deps.saving_emoji[0],
    )


async def save_papers(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...], ignored: str
) -> Answer:
    """Put papers on the asker's list: one that is known at once, others as requests that are kept."""
    known = await deps.shown_papers.find(refs[0].id, asker.language) if len(refs) == 1 else None
    if known:
        change = await deps.reading_lists(asker.team).save(asker.team, asker.user, known.paper, SaveKind.COMMAND)
        return _done(partial(format_saved, change), ignored)
    requests = await keep_asked(deps, asker, path, RequestKind.SAVE, map(str, papers_answered(refs)))
    return replace(looking_up(path, refs, ignored), requests=requests, work=save_requested, is_personal=True)


async def save_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Put the paper of a request on the asker's list, whoever has to be asked about it."""
    paper = (await deps.shown_papers.look_up(parse_paper_id(request.value), asker.language)).paper
    change = await deps.reading_lists(asker.team).save(asker.team, asker.user, paper, SaveKind.COMMAND)
    await finish_answer(path, format_saved(change, asker.language))


async def remove_papers(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...], ignored: str
) -> Answer:
    """Take papers off the asker's list; one that nobody here knows of cannot be on it."""
    lists_here = deps.reading_lists(asker.team)
    changes: dict[PaperRef, ListChange] = {}
    for ref in papers_answered(refs):
        changes[ref] = await lists_here.remove_ref(asker.team, asker.user, ref)
    if len(refs) == 1:
        return _done(partial(format_removed, changes[refs[0]]), ignored)

    async def confirm_one(asker: Asker, ref: PaperRef, path: AnswerPath) -> None:
        await finish_answer(path, format_removed(changes[ref], asker.language))

    return replace(looking_up(path, refs, ignored), follow=each_of(tuple(changes), confirm_one), is_personal=True)


def _done(format_in: Callable[[str], Message], ignored: str) -> Answer:
    """The answer about what is done already."""

    def say(language: str) -> Message:
        return answers.with_ignored(format_in(language), words=ignored, language=language)

    return Answer(in_own_language(say), is_personal=True)


def format_saved(change: ListChange, language: str) -> Message:
    """The answer to somebody who saved a paper."""
    message_for = lists.saved if change.is_done else lists.already_saved
    return message_for(paper=change.paper, total=change.total, language=language)


def format_removed(change: ListChange, language: str) -> Message:
    """The answer to somebody who removed a paper."""
    if not change.is_done:
        return lists.not_saved(paper=change.paper, language=language)
    return lists.removed(paper=change.paper, total=change.total, language=language)
