"""A reader says what is wrong with a summary, and it is rewritten, once for all, where their word may do that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import summary_messages
from bot.channel_messages import modal_saying
from bot.desk import Commissioner, Outcome
from bot.errors import PaperUnknown
from bot.legible import legible, shorten
from bot.messages import Message
from bot.papers import parse_paper_id
from bot.reports import (
    LONGEST_NOTE,
    MOST_REPORTS_A_DAY,
    REPORTS_COUNT_FOR,
    REWRITTEN_AGAIN_AFTER,
    Complaint,
    NoRewriting,
    Report,
    may_rewrite,
    no_rewriting,
)
from bot.summary_messages import REPORT
from handlers import modals
from handlers.modals import fill_modal, open_modal
from handlers.parts import answer_path, explain, in_background, in_own_language, meet_asker, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.papers import Paper
    from handlers.parts import AnswerPath, Asker, Parts

_RECORDED = {
    NoRewriting.EXTRACT: "word_for_word",
    NoRewriting.BY_A_PERSON: "by_a_person",
    NoRewriting.NO_MODEL: "no_model",
}


# What takes the turn of whoever reports the same summary next; all else came to nothing, and may be tried again.
_TAKES_THE_TURN = frozenset({Outcome.WRITTEN, Outcome.THERE, Outcome.REJECTED})


@dataclass(frozen=True, slots=True)
class _Submission:
    """A form that was sent off: the report in it, and its paper."""

    report: Report
    paper: Paper


def register(app: AsyncApp, parts: Parts) -> None:
    """Listen to the form in which a summary is reported."""

    @app.view(REPORT)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """A report is on disk before it is acknowledged; what comes of it is asked of Slack and the model after."""
        asker = await meet_asker(parts, body)
        if not _is_complete(view):
            await ack(response_action="errors", errors=summary_messages.report_errors(language=asker.language))
            return
        sent = await _read(parts, asker, view)
        is_kept = await parts.store.reports.remember(
            sent.report, most=MOST_REPORTS_A_DAY, since=sent.report.at - REPORTS_COUNT_FOR
        )
        key = "working" if is_kept else "too_many"
        await ack(response_action="update", view=summary_messages.report_answer(key=key, language=asker.language))
        if not is_kept:
            return
        path = answer_path(body, respond, client)

        async def act(known: Asker) -> None:
            await _act(parts, known, path, view["id"], sent)

        in_background(parts, asker, path, act)


async def open_report(
    parts: Parts, asker: Asker, path: AnswerPath, paper_id: str, spoken: str, *, trigger_id: str
) -> None:
    """Ask what is wrong with the summary in the language `spoken`, or say why reporting it changes nothing."""
    try:
        asker = await in_own_language(parts, asker)
        paper = await _known_paper(parts, parse_paper_id(paper_id).id)
        summary = await parts.store.summaries.find(paper.id, spoken)
        why = no_rewriting(summary.origin if summary else None, has_model=parts.desk.has_model)
        if why:
            modal = summary_messages.report_answer(key=why, language=asker.language)
        else:
            modal = summary_messages.report_modal(paper=paper, spoken=spoken, language=asker.language)
        await open_modal(path, trigger_id, modal)
    except Exception as error:
        await tell(path, explain(error, asker.language))


def _is_complete(view: Mapping[str, Any]) -> bool:
    return bool(view["state"]["values"]["complaint"]["complaint"].get("selected_option"))


async def _known_paper(parts: Parts, paper_id: str) -> Paper:
    paper = await parts.store.papers.find(paper_id)
    if paper is None:
        raise PaperUnknown(id=paper_id)
    return paper


async def _read(parts: Parts, asker: Asker, view: Mapping[str, Any]) -> _Submission:
    about = json.loads(view["private_metadata"])
    paper = await _known_paper(parts, about["paper"])
    filled_in = view["state"]["values"]
    report = Report(
        team=asker.team,
        user=asker.user,
        paper_id=paper.id,
        language=about["language"],
        complaint=Complaint(filled_in["complaint"]["complaint"]["selected_option"]["value"]),
        note=shorten(legible(filled_in["note"]["note"].get("value") or ""), LONGEST_NOTE),
        at=parts.clock.now(),
        rewrites=False,
    )
    return _Submission(report, paper)


async def _act(parts: Parts, asker: Asker, path: AnswerPath, view_id: str, sent: _Submission) -> None:
    """Have the summary rewritten where that may be and can help; tell the reporter in the form, and the operator."""
    key = None
    try:
        key = await _rewrite(parts, sent)
        said = summary_messages.report_told(key=key, language=asker.language)
        outcome = modals.Outcome(summary_messages.report_answer(key=key, language=asker.language), said)
    except Exception as error:
        kept = summary_messages.report_told(key="recorded", language=asker.language)
        why = explain(error, asker.language)
        why = Message(f"{kept.text} {why.text}", (*kept.blocks, *why.blocks))
        outcome = modals.Outcome(modal_saying(why, language=asker.language), why, is_done=False)
    try:
        await fill_modal(parts, path, view_id, outcome)
    finally:
        await parts.notices.tell_report(parts.courier, sent.report, sent.paper, is_anew=key == Outcome.WRITTEN)


async def _rewrite(parts: Parts, sent: _Submission) -> str:
    """A key of the catalogue for what came of a report. The note stays out of it: it is no instruction to a model."""
    report, store = sent.report, parts.store
    summary = await store.summaries.find(report.paper_id, report.language)
    why = no_rewriting(summary.origin if summary else None, has_model=parts.desk.has_model)
    if why:
        return _RECORDED[why]
    if not may_rewrite(await parts.directory.person(report.user)):
        return "members_only"
    if not await store.reports.begin_rewriting(report, since=report.at - REWRITTEN_AGAIN_AFTER):
        return "already"
    try:
        outcome = await parts.desk.commission_anew(
            report.paper_id,
            report.language,
            by=Commissioner(report.team, report.user),
            complaint=report.complaint,
        )
    except Exception:
        await store.reports.undo_rewriting(report)
        raise
    if outcome not in _TAKES_THE_TURN:
        await store.reports.undo_rewriting(report)
    return outcome
