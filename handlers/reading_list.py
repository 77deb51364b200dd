"""A person's reading list: shown, and papers saved, removed, marked, noted, and tagged by name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.messages import answers, lists
from bot.messages.reading_list import reading_list
from bot.rules.commands import papers_answered
from bot.rules.entry_changes import EntryChange, longer_note
from bot.rules.home import HomeState
from bot.rules.list_texts import LONGEST_NOTE, clean_note, tag_key
from bot.rules.list_view import ListView
from bot.rules.papers import Paper, parse_paper_id
from bot.rules.reading_list import SaveKind, SaveOrigin
from bot.rules.requests import RequestKind
from handlers.answers import Answer, finish_answer, in_own_language
from handlers.home import refresh_home
from handlers.requests import keep_asked
from handlers.shown_papers import each_of, looking_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.messages.message import Message
    from bot.rules.list_filter import ListFilter
    from bot.rules.papers import PaperRef
    from bot.rules.reading_list import ReadingState, SavedPaper
    from bot.rules.requests import Request
    from bot.use_cases.reading_lists import ListChange
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

_BY_COMMAND = SaveOrigin(SaveKind.COMMAND)
_PLAIN = EntryChange()


async def reading_list_page(deps: HandlerDeps, asker: Asker, viewed: ListView, *, removed: str = "") -> Message:
    """One page of the asker's list; a page beyond the end is the last one. `removed` was taken off it just now."""
    state = HomeState(viewed.page, filter=viewed.filter, removed=removed)
    shown = await deps.home_contents(asker.team).read_list(asker.team, asker.user, state)
    return reading_list(shown, language=asker.language, emoji=(await deps.list_emoji(asker.team)).spoken_of)


async def save_papers(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...], ignored: str
) -> Answer:
    """Put papers on the asker's list: one that is known at once, others as requests that are kept."""
    return await change_papers(deps, asker, path, refs, _PLAIN, ignored)


async def change_papers(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    refs: tuple[PaperRef, ...],
    change: EntryChange,
    ignored: str = "",
) -> Answer:
    """Change papers on the asker's list, which are saved with that: one that is known at once, others as requests."""
    known = await deps.shown_papers.find(refs[0].id, asker.language) if len(refs) == 1 else None
    if known:
        return _done(await change_entry(deps, asker, known.paper, change), ignored)
    values = (f"{ref} {change}".rstrip() for ref in papers_answered(refs))
    requests = await keep_asked(deps, asker, path, RequestKind.SAVE, values)
    return replace(looking_up(path, refs, ignored), requests=requests, work=save_requested, is_personal=True)


async def save_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Put the paper of a request on the asker's list, and change it there, whoever has to be asked about it."""
    named, _, change = request.value.partition(" ")
    paper = (await deps.shown_papers.look_up(parse_paper_id(named), asker.language)).paper
    said = await change_entry(deps, asker, paper, EntryChange.parse(change))
    await finish_answer(path, said(asker.language))


async def change_entry(deps: HandlerDeps, asker: Asker, paper: Paper, change: EntryChange) -> Callable[[str], Message]:
    """Change a paper on the asker's list, which is saved first where it isn't there; the answer, by language."""
    lists_here, (team, user) = deps.reading_lists(asker.team), (asker.team, asker.user)
    refresh_home(deps, team, user)
    if change == _PLAIN:
        saved = await lists_here.save(team, user, paper, SaveKind.COMMAND)
        return partial(format_saved, saved, _BY_COMMAND)
    entry = await lists_here.entry(team, user, paper.id)
    if entry is None:
        if not change.saves:
            return lambda language: lists.not_saved(paper=paper, language=language)
        await lists_here.save(team, user, paper, SaveKind.COMMAND)
    if change.state:
        await lists_here.set_state(team, user, paper.id, change.state, SaveKind.COMMAND)
        return partial(_format_state, [paper], change.state, is_new=entry is None)
    left_out: Sequence[str] = ()
    if change.note:
        note = longer_note(entry.note if entry else "", clean_note(change.note))
        if len(note) > LONGEST_NOTE:
            return lambda language: lists.note_full(paper=paper, most=LONGEST_NOTE, language=language)
        await lists_here.set_note(team, user, paper.id, note)
    else:
        kept = await lists_here.change_tags(team, user, paper.id, add=change.tags, remove=change.gone_tags)
        had = {tag_key(tag) for tag in kept or ()}
        left_out = [tag for tag in change.tags if tag_key(tag) not in had]
    changed = await lists_here.entry(team, user, paper.id)
    if changed is None:  # removed meanwhile
        return lambda language: lists.not_saved(paper=paper, language=language)

    def say(language: str) -> Message:
        noted = lists.noted(entry=changed, language=language, is_new=entry is None)
        return answers.with_ignored(noted, words=", ".join(left_out), language=language)

    return say


async def show_entries(deps: HandlerDeps, asker: Asker, paper_ids: Sequence[str]) -> Answer:
    """The notes and tags of papers on the asker's list, with a way to change them. Raises `PaperUnknown`."""
    shown: list[SavedPaper | Paper] = []
    for paper_id in paper_ids:
        entry = await deps.reading_lists(asker.team).entry(asker.team, asker.user, paper_id)
        shown.append(entry or (await deps.shown_papers.known(paper_id, asker.language)).paper)

    def say(language: str) -> Message:
        first, *more = (
            lists.not_saved(paper=each, language=language)
            if isinstance(each, Paper)
            else lists.noted(entry=each, language=language, is_changed=False)
            for each in shown
        )
        for message in more:
            first = first.followed_by(message)
        return first

    return Answer(in_own_language(say), is_personal=True)


async def remove_papers(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...], ignored: str
) -> Answer:
    """Take papers off the asker's list; one that nobody here knows of cannot be on it."""
    lists_here = deps.reading_lists(asker.team)
    changes: dict[PaperRef, ListChange] = {}
    for ref in papers_answered(refs):
        changes[ref] = await lists_here.remove_ref(asker.team, asker.user, ref)
    refresh_home(deps, asker.team, asker.user)
    if len(refs) == 1:
        return _done(partial(format_removed, changes[refs[0]]), ignored)

    async def confirm_one(asker: Asker, ref: PaperRef, path: AnswerPath) -> None:
        await finish_answer(path, format_removed(changes[ref], asker.language))

    return replace(looking_up(path, refs, ignored), follow=each_of(tuple(changes), confirm_one), is_personal=True)


async def ask_to_clear(deps: HandlerDeps, asker: Asker) -> Message:
    """Ask whether all papers are to be taken off the asker's list; an empty one is shown as it is."""
    count = sum((await deps.reading_lists(asker.team).counts(asker.team, asker.user)).values())
    if not count:
        return await reading_list_page(deps, asker, ListView())
    return lists.asks_to_clear(count=count, language=asker.language)


async def ask_to_set_states(deps: HandlerDeps, asker: Asker, wanted: ListFilter, state: ReadingState) -> Message:
    """Ask whether the papers of the asker's list that are wanted are to get a state."""
    count = (await deps.reading_lists(asker.team).page(asker.team, asker.user, wanted, 1)).total
    if not count:
        return lists.nothing_to_change(language=asker.language)
    return lists.asks_to_set_states(count=count, state=state, value=f"{state} {wanted}", language=asker.language)


async def undo_last_removal(deps: HandlerDeps, asker: Asker) -> Answer:
    """Bring back what the asker last took off their list."""
    brought = await deps.reading_lists(asker.team).undo_last_removal(asker.team, asker.user)
    refresh_home(deps, asker.team, asker.user)
    if len(brought) == 1:
        entry = await deps.reading_lists(asker.team).entry(asker.team, asker.user, brought[0])
        if entry:
            paper = entry.paper
            return _done(lambda language: lists.restored(paper=paper, language=language), "")
    return _done(
        lambda language: (
            lists.brought_back(count=len(brought), language=language)
            if brought
            else lists.nothing_to_undo(language=language)
        ),
        "",
    )


def format_saved(change: ListChange, origin: SaveOrigin, language: str) -> Message:
    """The answer to somebody who saved a paper; `origin` is what a button takes back."""
    if not change.is_done:
        return lists.already_saved(paper=change.paper, total=change.total, language=language)
    return lists.saved(paper=change.paper, total=change.total, undo=str(origin), language=language)


def format_removed(change: ListChange, language: str) -> Message:
    """The answer to somebody who removed a paper."""
    if not change.is_done:
        return lists.not_saved(paper=change.paper, language=language)
    return lists.removed(paper=change.paper, total=change.total, language=language)


def _format_state(papers: Sequence[Paper], state: ReadingState, language: str, *, is_new: bool) -> Message:
    return lists.state_set(papers=papers, state=state, language=language, is_new=is_new)


def _done(format_in: Callable[[str], Message], ignored: str) -> Answer:
    """The answer about what is done already."""

    def say(language: str) -> Message:
        return answers.with_ignored(format_in(language), words=ignored, language=language)

    return Answer(in_own_language(say), is_personal=True)
