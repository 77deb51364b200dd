"""A question about a paper: answered where it was asked, from the paper's text."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.messages import questions as question_messages
from bot.rules.papers import PaperRef, parse_paper_id
from bot.rules.questions import LONGEST_KEPT_ANSWER, QuestionThread, QuestionTurn, clean_question
from bot.rules.requests import RequestKind
from bot.text.clean import shorten
from handlers.answers import Answer, finish_answer, in_own_language
from handlers.requests import keep_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.messages.message import Message
    from bot.rules.requests import Request
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps


async def ask_about(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    ref: PaperRef | None,
    question: str,
    *,
    conversation: QuestionThread | None = None,
) -> Answer:
    """The answer to a question about a paper, in the asker's language: first that it is looked for, or why it won't be.

    `conversation` is where it is asked, for what it follows up on; without a paper it is about the one asked about
    there before. The question is on disk when this returns, and answered by whatever process goes on. Raises
    `StoreError`; the answer's `follow` or `work` raises `PaperUnknown`, `SourceUnreachable`, `StoreError`, and what the
    path raises.
    """
    now = deps.clock.now()
    # Where nobody else reads the answer, nobody else's questions belong to the same conversation.
    thread = conversation or QuestionThread(asker.team, asker.user)
    turns = await deps.store.questions.latest(thread, now=now)
    if ref is None and not turns:
        return _only(question_messages.which_paper)
    asked_about = ref or PaperRef(turns[-1].paper_id)
    turn = QuestionTurn(thread, asker.user, asked_about.id, clean_question(question), now)
    limit = await deps.store.questions.begin(turn)
    if limit:
        return _only(partial(question_messages.too_many_questions, limit=limit))
    earlier = [each for each in turns if each.paper_id == asked_about.id and not each.is_begun_again_by(turn)]

    said = _only(partial(question_messages.looking_for_answer, paper_id=asked_about.id))
    if path.response_url is None:  # a message is a request already, and of a form nothing is left once it is closed

        async def follow(asker: Asker, path: AnswerPath) -> None:
            await _answer(deps, asker, path, asked_about, turn, earlier)

        return replace(said, follow=follow)

    async def work(deps: HandlerDeps, asker: Asker, path: AnswerPath, _: Request) -> None:
        await _answer(deps, asker, path, asked_about, turn, earlier)

    value = json.dumps({"paper": str(asked_about), "question": turn.question, "at": now.isoformat()})
    requests = await keep_asked(deps, asker, path, RequestKind.QUESTION, [value])
    return replace(said, requests=requests, work=work)


async def answer_requested(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Answer a question that another process left, where its asker looks. Raises as `ask_about` and its answer do."""
    about = json.loads(request.value)
    ref, at = parse_paper_id(about["paper"]), datetime.fromisoformat(about["at"])
    thread = QuestionThread(request.team, request.person)
    turn = QuestionTurn(thread, request.person, ref.id, about["question"], at)
    turns = await deps.store.questions.latest(thread, now=deps.clock.now())
    await _answer(deps, asker, path, ref, turn, [each for each in turns if each.paper_id == ref.id and each.at < at])


async def _answer(
    deps: HandlerDeps,
    asker: Asker,
    path: AnswerPath,
    ref: PaperRef,
    turn: QuestionTurn,
    earlier: Sequence[QuestionTurn],
) -> None:
    paper = (await deps.shown_papers.look_up(ref, asker.language)).paper
    answer = await deps.questions.answer(paper, turn.question, asker.language, turns=earlier, by=asker.as_requester())
    kept = answer.text or " ".join(passage.text for passage in answer.passages)
    await deps.store.questions.finish(replace(turn, answer=shorten(kept, LONGEST_KEPT_ANSWER)))
    await finish_answer(path, question_messages.answered(paper=paper, answer=answer, language=asker.language))


def _only(format_in: Callable[..., Message]) -> Answer:
    return Answer(in_own_language(lambda language: format_in(language=language)))
