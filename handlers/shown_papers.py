"""Papers shown to whoever asks for them, with their summaries as soon as there are any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import AnswerRefused, PaperboyError
from bot.messages import answers, cards
from bot.messages import summaries as summary_messages
from bot.rules.commands import has_room_for_reasons, papers_answered
from bot.rules.requests import RequestKind
from bot.rules.slack_ids import is_direct_message
from bot.summarizer import USED_UP
from handlers.answers import Answer, explain, finish_answer, send_answer
from handlers.requests import keep_asked
from handlers.sharing import share_paper

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.messages.message import Message
    from bot.rules.papers import PaperRef, Reading
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


# Of more IDs than these that may have been meant, those nobody knows are no help.
_MOST_GUESSED = 3


async def show_papers(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    refs: tuple[PaperRef, ...],
    ignored: str = "",
    language: str | None = None,
) -> Answer:
    """Show papers, in a language if one was named: the card of one that is known at once, others looked up."""
    spoken = language or asker.language
    known = await deps.shown_papers.recall(refs[0], spoken) if len(refs) == 1 else None
    if known:
        is_due = await deps.shown_papers.is_summary_due(known, spoken, by=asker.as_requester())

        async def compose(asker: Asker) -> Message:
            card = card_for(path, known, spoken, being_written=is_due)
            return answers.with_ignored(card, words=ignored, language=asker.language)

        async def write(asker: Asker, path: AnswerPath) -> None:
            await follow_with_summary(deps, replace(asker, language=spoken), known, path)

        return Answer(compose, write if is_due else None, waits_for_language=False)

    shown = papers_answered(refs)
    has_room = path.post is not None or has_room_for_reasons(len(shown), is_new=asker.is_new)

    async def show_one(asker: Asker, ref: PaperRef, path: AnswerPath) -> None:
        spoken = replace(asker, language=language) if language else asker
        await show_looked_up(deps, spoken, ref, path, has_room=has_room)

    return replace(looking_up(path, refs, ignored), follow=each_of(shown, show_one))


async def share_papers(deps: HandlerDeps, asker: Asker, path: AnswerPath, refs: tuple[PaperRef, ...]) -> Answer:
    """Show papers to everybody where the asker is; what was asked is on disk before anybody is told so."""
    requests = await keep_asked(deps, asker, path, RequestKind.SHARE, map(str, papers_answered(refs)))
    return replace(looking_up(path, refs, ""), requests=requests, work=share_paper)


async def suggest_papers(deps: HandlerDeps, asker: Asker, refs: Sequence[PaperRef], typed: str) -> Message:
    """Ask whether these papers are meant, by title where they are known; of many only those that are."""
    known = await deps.store.papers.known([ref.id for ref in refs])
    papers = [(str(ref), known[ref.id].title if ref.id in known else "") for ref in refs]
    if len(papers) > _MOST_GUESSED:
        papers = [(ref, title) for ref, title in papers if title]
    return answers.papers_suggested(typed=typed, papers=papers, language=asker.language)


def looking_up(path: AnswerPath, refs: Sequence[PaperRef], ignored: str) -> Answer:
    """Say that papers are being looked up, as many as can be answered, and how many are not."""
    shown = papers_answered(tuple(refs))

    async def compose(asker: Asker) -> Message:
        ids = [ref.id for ref in shown]
        message = answers.looking_up(ids=ids, more=len(refs) - len(shown), language=asker.language)
        return answers.with_ignored(message, words=ignored, language=asker.language)

    # Only the acknowledgement is none of the answers that Slack counts, and it cannot wait for anybody's language.
    waits = path.post is not None or has_room_for_reasons(len(shown), is_new=False)
    return Answer(compose, waits_for_language=waits)


def each_of(
    refs: Sequence[PaperRef], work: Callable[[Asker, PaperRef, AnswerPath], Awaitable[None]]
) -> Callable[[Asker, AnswerPath], Awaitable[None]]:
    """Do `work` to one paper after the other; one with which it fails, or of which nobody can be told, does not hold
    up the others. Only the first may take the place of what was said at first."""

    async def do_one(asker: Asker, ref: PaperRef, path: AnswerPath) -> None:
        try:
            await work(asker, ref, path)
        except AnswerRefused:
            raise
        except PaperboyError as error:
            await finish_answer(path, explain(error, asker.language))

    async def do(asker: Asker, path: AnswerPath) -> None:
        untold: AnswerRefused | None = None
        for place, ref in enumerate(refs):
            try:
                await do_one(asker, ref, path if place == 0 else replace(path, edit=None))
            except AnswerRefused as error:
                untold = error
        if untold:
            raise untold

    return do


def card_for(
    path: AnswerPath,
    reading: Reading,
    language: str,
    *,
    share_in: str | None = None,
    being_written: bool = False,
    is_saved: bool = False,
) -> Message:
    """The card as it is answered on a path: for all to see, or for one person, who can share it where others are; it
    then goes below the digest `share_in`."""
    return cards.paper_card(
        paper=reading.paper,
        listed=reading.listed,
        summary=reading.summary,
        language=language,
        private=not path.is_public,
        takeaway=None if share_in else reading.takeaway,  # the digest says it
        share_in=share_in,
        being_written=being_written,
        can_share=not is_direct_message(path.channel),
        is_saved=is_saved,
    )


async def show_looked_up(deps: HandlerDeps, asker: Asker, ref: PaperRef, path: AnswerPath, *, has_room: bool) -> None:
    """Look a paper up and show its card; where it `has_room` for another answer, also why it has no summary today."""
    reading, outcome = await deps.shown_papers.look_up_summarized(ref, asker.language, by=asker.as_requester())
    await finish_answer(path, card_for(path, reading, asker.language))
    if outcome in USED_UP and has_room:
        reason = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
        await send_answer(path, reason)


async def show_in_language(
    deps: HandlerDeps, asker: Asker, reading: Reading, path: AnswerPath, *, share_in: str | None = None
) -> None:
    """Show the card in the asker's language, and its summary as soon as there is one.

    In a modal, as over the Home tab, it says what the row does: that a saved paper can be removed.
    """
    papers, saved = deps.shown_papers, deps.store.reading_lists
    is_saved = path.modal is not None and bool(await saved.saved_among(asker.team, asker.user, [reading.paper.id]))
    is_due = await papers.is_summary_due(reading, asker.language, by=asker.as_requester())
    reading = await papers.in_language(reading, asker.language)
    card = card_for(path, reading, asker.language, share_in=share_in, being_written=is_due, is_saved=is_saved)
    await send_answer(path, card)
    if is_due:
        await follow_with_summary(deps, asker, reading, path, share_in=share_in, is_saved=is_saved)


async def follow_with_summary(
    deps: HandlerDeps,
    asker: Asker,
    reading: Reading,
    path: AnswerPath,
    *,
    share_in: str | None = None,
    is_saved: bool = False,
) -> None:
    """Send what was promised with an extract: the card with its summary, or why there is none."""
    written, outcome = await deps.shown_papers.write_summary(reading.paper.id, asker.language, by=asker.as_requester())
    if written:
        card = card_for(path, written, asker.language, share_in=share_in, is_saved=is_saved)
        await finish_answer(path, card)
    else:
        reason = summary_messages.outcome(outcome, paper=reading.paper, language=asker.language)
        await send_answer(path, reason)


async def titles_of(deps: HandlerDeps, papers: Sequence[str]) -> dict[str, str]:
    """The titles of the papers that are known, by ID. Raises `StoreError`."""
    known = await deps.store.papers.known(papers)
    return {paper_id: paper.title for paper_id, paper in known.items()}
