"""A reader says what is wrong with a summary, and it is rewritten, once for all, where their word may do that."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import PaperUnknown
from bot.messages import summaries as summary_messages
from bot.messages.channels import modal_saying
from bot.messages.message import Message
from bot.messages.summaries import REPORT
from bot.rules.papers import Origin, SummaryState, parse_paper_id
from bot.rules.reports import (
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
from bot.rules.requests import RequestKind
from bot.summarizer import Outcome, Requester
from bot.text.clean import clean_text, shorten
from handlers import modals
from handlers.deps import answer_path, explain, identify_asker, in_own_language, respond_privately
from handlers.modals import fill_modal, open_modal
from handlers.requests import carry_out, keep_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rules.papers import Paper
    from bot.rules.requests import Request
    from handlers.deps import AnswerPath, Asker, HandlerDeps

log = structlog.get_logger(__name__)

_RECORDED = {
    NoRewriting.EXTRACT: "word_for_word",
    NoRewriting.BY_A_PERSON: "by_a_person",
    NoRewriting.NO_MODEL: "no_model",
}


# What takes the turn of whoever reports the same summary next; all else came to nothing, and may be tried again.
_TAKES_THE_TURN = frozenset({Outcome.WRITTEN, Outcome.THERE, Outcome.REJECTED})


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the form in which a summary is reported."""

    @app.view(REPORT)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """A report is on disk before it is acknowledged; what comes of it is asked of Slack and the model after."""
        asker = await identify_asker(deps, body)
        if not _is_complete(view):
            await ack(response_action="errors", errors=summary_messages.report_errors(language=asker.language))
            return
        report = await _read(deps, asker, view)
        is_kept = await deps.store.reports.remember(
            report, most=MOST_REPORTS_A_DAY, since=report.at - REPORTS_COUNT_FOR
        )
        requests: list[Request] = []
        if is_kept:
            value = json.dumps({"paper": report.paper_id, "language": report.language, "at": report.at.isoformat()})
            kind = RequestKind.REPORT
            requests = await keep_request(deps, asker, body, kind, cause=view["id"], value=value)
        key = "working" if is_kept else "too_many"
        await ack(response_action="update", view=summary_messages.report_answer(key=key, language=asker.language))
        await carry_out(deps, asker, answer_path(body, respond, client), requests, act_on_report)


async def open_report(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, paper_id: str, spoken: str, *, trigger_id: str
) -> None:
    """Ask what is wrong with the summary in the language `spoken`, or say why reporting it changes nothing."""
    try:
        asker = await in_own_language(deps, asker)
        paper = await _known_paper(deps, parse_paper_id(paper_id).id)
        summary = await deps.store.summaries.find(paper.id, spoken)
        why = no_rewriting(summary.origin if summary else None, has_model=deps.summarizer.has_model)
        if why:
            modal = summary_messages.report_answer(key=why, language=asker.language)
        else:
            modal = summary_messages.report_modal(paper=paper, spoken=spoken, language=asker.language)
        await open_modal(path, trigger_id, modal)
    except Exception as error:
        await respond_privately(path, explain(error, asker.language))


def _is_complete(view: Mapping[str, Any]) -> bool:
    return bool(view["state"]["values"]["complaint"]["complaint"].get("selected_option"))


async def _known_paper(deps: HandlerDeps, paper_id: str) -> Paper:
    paper = await deps.store.papers.find(paper_id)
    if paper is None:
        raise PaperUnknown(id=paper_id)
    return paper


async def _read(deps: HandlerDeps, asker: Asker, view: Mapping[str, Any]) -> Report:
    about = json.loads(view["private_metadata"])
    paper = await _known_paper(deps, about["paper"])
    filled_in = view["state"]["values"]
    return Report(
        team=asker.team,
        user=asker.user,
        paper_id=paper.id,
        language=about["language"],
        complaint=Complaint(filled_in["complaint"]["complaint"]["selected_option"]["value"]),
        note=shorten(clean_text(filled_in["note"]["note"].get("value") or ""), LONGEST_NOTE),
        at=deps.clock.now(),
        rewrites=False,
    )


async def act_on_report(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Have the summary rewritten where that may be and can help; tell the reporter in the form, and the operator."""
    report = await _reported(deps, request)
    if report is None:
        log.warning("a report to act on is not on record")
        return
    paper = await _known_paper(deps, report.paper_id)
    key = None
    try:
        key = await _rewrite(deps, report)
        said = summary_messages.report_told(key=key, language=asker.language)
        outcome = modals.Outcome(summary_messages.report_answer(key=key, language=asker.language), said)
    except Exception as error:
        kept = summary_messages.report_told(key="recorded", language=asker.language)
        why = explain(error, asker.language)
        why = Message(f"{kept.text} {why.text}", (*kept.blocks, *why.blocks))
        outcome = modals.Outcome(modal_saying(why, language=asker.language), why, is_done=False)
    try:
        await fill_modal(deps, path, request.view_id or "", outcome)
    finally:
        workspace = deps.workspaces[report.team]
        await workspace.notices.tell_report(report, paper, is_anew=key == Outcome.WRITTEN)


async def _reported(deps: HandlerDeps, request: Request) -> Report | None:
    """The report of a request as it stands on record."""
    about = json.loads(request.value)
    at = datetime.fromisoformat(about["at"])
    wanted = (request.team, request.person, about["paper"], about["language"], at)
    for report in await deps.store.reports.since(at):
        if (report.team, report.user, report.paper_id, report.language, report.at) == wanted:
            return report
    return None


async def _rewrite(deps: HandlerDeps, report: Report) -> str:
    """A key of the catalogue for what came of a report. The note stays out of it: it is no instruction to a model."""
    store = deps.store
    if report.rewrites and (outcome := await _came_of(deps, report)):
        return outcome
    summary = await store.summaries.find(report.paper_id, report.language)
    why = no_rewriting(summary.origin if summary else None, has_model=deps.summarizer.has_model)
    if why:
        return _RECORDED[why]
    if not may_rewrite(await deps.workspaces[report.team].conversations.person(report.user)):
        return "members_only"
    if not await store.reports.begin_rewriting(report, since=report.at - REWRITTEN_AGAIN_AFTER):
        return "already"
    try:
        outcome = await deps.summarizer.commission_anew(
            report.paper_id,
            report.language,
            by=Requester(report.team, report.user),
            complaint=report.complaint,
        )
    except Exception:
        await store.reports.undo_rewriting(report)
        raise
    if outcome not in _TAKES_THE_TURN:
        await store.reports.undo_rewriting(report)
    return outcome


async def _came_of(deps: HandlerDeps, report: Report) -> Outcome | None:
    """What had come of rewriting a summary when whoever was at it died; None when nothing had."""
    states = {
        version.state
        for version in await deps.store.summaries.versions(report.paper_id)
        if version.summary.language == report.language
        and version.summary.origin is Origin.MODEL
        and version.summary.made_at >= report.at
    }
    return Outcome.WRITTEN if SummaryState.SHOWN in states else None
