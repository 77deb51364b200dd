"""Feedback on reactions: what one did, told to whoever reacted, where they look, the first three times and no more.

Nothing is told of what is done after an outage, which nobody looks at any more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages import lists
from bot.rules.reading_list import EffectKind
from bot.rules.slack_ids import moment_of
from bot.slack.ephemeral_queue import EphemeralMessage
from handlers.asker import language_awaited

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.papers import Paper
    from bot.rules.reading_list import Reaction, ReactionEffect
    from handlers.deps import HandlerDeps

FIRST_TOLD = 3
_LATE = timedelta(minutes=5)


def tell_effect(deps: HandlerDeps, reaction: Reaction, effect: ReactionEffect) -> None:
    """Tell somebody soon what their reaction did, if it is one of their first; that a paper stays all the same, always.

    An event that Slack brings again has no effect by then, so nothing is told twice.
    """
    is_late = deps.clock.now() - moment_of(reaction.event_ts) > _LATE
    if effect.kind is EffectKind.NOTHING or is_late:
        return
    is_surprise = effect.kind is EffectKind.STAYS

    async def compose() -> EphemeralMessage | None:
        if not is_surprise and not await deps.store.told_reactions.claim(reaction, most=FIRST_TOLD):
            return None
        known = await deps.store.papers.known(effect.papers)
        papers = [known[paper_id] for paper_id in effect.papers if paper_id in known]
        if not papers:
            return None
        language = await language_awaited(deps, reaction.team, reaction.user)
        message = await _message(deps, reaction, effect, papers, language)
        return EphemeralMessage(reaction.user, reaction.channel, await _thread_of(deps, reaction, effect), message)

    deps.workspaces[reaction.team].ephemerals.begin(compose, is_important=is_surprise)


async def _message(
    deps: HandlerDeps, reaction: Reaction, effect: ReactionEffect, papers: list[Paper], language: str
) -> Message:
    match effect.kind:
        case EffectKind.SAVED if len(papers) == 1:
            total = await deps.store.reading_lists.count(reaction.team, reaction.user)
            undo = str(effect.origin) if effect.origin else ""
            return lists.saved(paper=papers[0], total=total, undo=undo, language=language)
        case EffectKind.SAVED:
            return lists.several_saved(papers=papers, language=language)
        case EffectKind.STAYS:
            return lists.stays(papers=papers, because=effect.because, state=effect.state, language=language)
        case EffectKind.STATE if effect.state:
            return lists.state_set(papers=papers, state=effect.state, language=language)
        case _:
            return lists.save_undone(papers=papers, language=language)


async def _thread_of(deps: HandlerDeps, reaction: Reaction, effect: ReactionEffect) -> str | None:
    """The thread in which the message stands; None where it stands in the channel, or that isn't known."""
    cards = await deps.store.posted.cards_of(reaction.team, reaction.channel, effect.papers)
    return next((thread_ts for ts, thread_ts in cards.values() if ts == reaction.message_ts), None)
