"""Papers shared with a whole channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import cards
from bot.messages import channels as channel_messages
from bot.messages import shown_days as day_messages
from bot.use_cases.shared_papers import Shared, SharedDays, ToBeAnswered
from handlers.answers import finish_answer, respond_for_all

if TYPE_CHECKING:
    from bot.rules.permissions import Denial
    from bot.rules.requests import Request
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


async def share_paper(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Post the card for all to see, once for this request whoever takes it up, if the asker may."""
    await _tell(deps, asker, path, request, await deps.shared_papers(request.team).share(request, asker.language))


async def share_days(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Post the papers of days for all to see, once for this request whoever takes it up, if the asker may."""
    shared = await deps.shared_papers(request.team).share_days(request, deps.shown_days, asker.language)
    await _tell(deps, asker, path, request, shared)


async def _tell(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    request: Request,
    outcome: Shared | SharedDays | ToBeAnswered | Denial,
) -> None:
    match outcome:
        case Shared(paper):
            await finish_answer(path, cards.shared(paper=paper, language=asker.language))
        case SharedDays():
            await finish_answer(path, day_messages.days_shared(language=asker.language))
        case ToBeAnswered(card, thread_ts):
            if await deps.shared_papers(request.team).begin_answer(request, is_late=path.is_late):
                await respond_for_all(path, card, thread_ts=thread_ts)
        case denial:
            await finish_answer(path, channel_messages.share_denied(denial=denial, language=asker.language))
