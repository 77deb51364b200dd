"""Cards for one person, with the summary as soon as there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import cards
from bot.messages import summaries as summary_messages
from bot.summarizer import USED_UP
from handlers.answers import send_answer

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.papers import PaperRef, Reading
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def private_card(
    reading: Reading, language: str, *, share_in: str | None = None, being_written: bool = False
) -> Message:
    """The card only one person sees, with what they can do with it; shared, it goes below the digest `share_in`."""
    return cards.paper_card(
        paper=reading.paper,
        listed=reading.listed,
        summary=reading.summary,
        language=language,
        private=True,
        takeaway=None if share_in else reading.takeaway,  # the digest says it
        share_in=share_in,
        being_written=being_written,
    )


async def show_looked_up(deps: HandlerDeps, asker: Asker, ref: PaperRef, path: AnswerPath, *, has_room: bool) -> None:
    """Look a paper up and show its card; where it `has_room` for another answer, also why it has no summary today."""
    reading, outcome = await deps.shown_papers.look_up_summarized(ref, asker.language, by=asker.as_requester())
    await send_answer(path, private_card(reading, asker.language))
    if outcome in USED_UP and has_room:
        reason = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
        await send_answer(path, reason)


async def show_in_language(
    deps: HandlerDeps, asker: Asker, reading: Reading, path: AnswerPath, *, share_in: str | None = None
) -> None:
    """Show the card in the asker's language, and its summary as soon as there is one."""
    papers = deps.shown_papers
    is_due = await papers.is_summary_due(reading, asker.language, by=asker.as_requester())
    reading = await papers.in_language(reading, asker.language)
    await send_answer(path, private_card(reading, asker.language, share_in=share_in, being_written=is_due))
    if is_due:
        await follow_with_summary(deps, asker, reading, path, share_in=share_in)


async def follow_with_summary(
    deps: HandlerDeps, asker: Asker, reading: Reading, path: AnswerPath, *, share_in: str | None = None
) -> None:
    """Send what was promised with an extract: the card with its summary, or why there is none."""
    written, outcome = await deps.shown_papers.write_summary(reading.paper.id, asker.language, by=asker.as_requester())
    if written:
        await send_answer(path, private_card(written, asker.language, share_in=share_in))
    else:
        reason = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
        await send_answer(path, reason)
