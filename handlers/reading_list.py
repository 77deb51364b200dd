"""A reading list as its owner sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.messages import lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.messages.message import Message
    from bot.rules.papers import Paper
    from bot.rules.reading_list import SavedPaper, SaveKind
    from handlers.deps import Asker, HandlerDeps

PAGE_SIZE = 10


async def reading_list_page(deps: HandlerDeps, asker: Asker, page: int) -> Message:
    """One page of the asker's list; a page beyond the end is the last one."""
    page = max(page, 1)
    entries, total = await _read(deps, asker, page)
    if not entries and total:
        page = -(-total // PAGE_SIZE)
        entries, total = await _read(deps, asker, page)
    elif not total:
        page = 1
    zone = await deps.workspaces[asker.team].profiles.zone(asker.team, asker.user)
    return lists.reading_list(
        entries=[replace(entry, saved_at=entry.saved_at.astimezone(zone)) for entry in entries],
        total=total,
        page=page,
        language=asker.language,
        emoji=deps.saving_emoji[0],
    )


async def save_paper(deps: HandlerDeps, asker: Asker, paper: Paper, kind: SaveKind) -> Callable[[str], Message]:
    """Put a paper on the asker's list; what to say about it, in a language."""
    is_new = await deps.store.reading_lists.save(asker.team, asker.user, paper.id, kind, now=deps.clock.now())
    total = await deps.store.reading_lists.count(asker.team, asker.user)
    say = lists.saved if is_new else lists.already_saved
    return lambda language: say(paper=paper, total=total, language=language)


async def remove_paper(deps: HandlerDeps, asker: Asker, paper: Paper) -> Callable[[str], Message]:
    """Take a paper off the asker's list; what to say about it, in a language."""
    if not await deps.store.reading_lists.remove(asker.team, asker.user, paper.id):
        return lambda language: lists.not_saved(paper=paper, language=language)
    total = await deps.store.reading_lists.count(asker.team, asker.user)
    return lambda language: lists.removed(paper=paper, total=total, language=language)


async def _read(deps: HandlerDeps, asker: Asker, page: int) -> tuple[list[SavedPaper], int]:
    return await deps.store.reading_lists.page(asker.team, asker.user, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
