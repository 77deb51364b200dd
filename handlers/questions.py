"""A question about a paper: answered where it was asked, from the paper's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.messages import questions as question_messages
from bot.rules.papers import PaperRef, parse_paper_id
from bot.rules.questions import clean_question
from handlers.answers import Answer, finish_answer, send_answer

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.questions import QuestionThread
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


def ask_about(
    deps: HandlerDeps, refs: tuple[PaperRef, ...], question: str, *, conversation: QuestionThread | None = None
) -> Answer:
    """The answer to a question about the first of these papers, as `answer_question` gives it: first that it begins."""

    async def compose(asker: Asker) -> Message:
        return question_messages.looking_for_answer(paper_id=refs[0].id, language=asker.language)

    async def follow(asker: Asker, path: AnswerPath) -> None:
        await finish_answer(path, await _find_answer(deps, asker, refs[0], question, conversation))

    return Answer(compose, follow)


async def answer_question(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    paper_id: str | None,
    question: str,
    *,
    conversation: QuestionThread | None = None,
) -> None:
    """Answer a question about a paper on a path, in the language of the asker, after saying that it is looked for.

    `conversation` is where it is asked, for what it follows up on. Without a paper it is about the one asked about
    before.
    Raises `PaperUnknown`, `SourceUnreachable`, `StoreError`, and what the path raises.
    """
    if paper_id is None:
        await send_answer(path, question_messages.which_paper(language=asker.language))
        return
    answer = ask_about(deps, (parse_paper_id(paper_id),), question, conversation=conversation)
    await send_answer(path, await answer.compose(asker))
    if answer.follow:
        await answer.follow(asker, path)


async def _find_answer(
    deps: HandlerDeps, asker: Asker, ref: PaperRef, question: str, conversation: QuestionThread | None
) -> Message:
    paper = (await deps.shown_papers.look_up(ref, asker.language)).paper
    answer = await deps.questions.answer(paper, clean_question(question))
    return question_messages.answered(paper=paper, answer=answer, language=asker.language)
