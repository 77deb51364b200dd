"""A reading list in words, for its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import lists

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.use_cases.reading_lists import ListChange
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


async def reading_list_page(deps: HandlerDeps, asker: Asker, number: int) -> Message:
    """One page of the asker's list; a page beyond the end is the last one."""
    page = await deps.reading_lists(asker.team).page(asker.team, asker.user, number)
    return lists.reading_list(
        entries=page.entries,
        total=page.total,
        page=page.number,
        language=asker.language,
        emoji=deps.saving_emoji[0],
    )


def format_saved(change: ListChange, language: str) -> Message:
    """The answer to somebody who saved a paper."""
    message_for = lists.saved if change.is_done else lists.already_saved
    return message_for(paper=change.paper, total=change.total, language=language)


def format_removed(change: ListChange, language: str) -> Message:
    """The answer to somebody who removed a paper."""
    if not change.is_done:
        return lists.not_saved(paper=change.paper, language=language)
    return lists.removed(paper=change.paper, total=change.total, language=language)
