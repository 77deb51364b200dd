"""The form in which a reader reports a summary."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.messages import summaries as summary_messages
from bot.messages.channels import message_modal
from bot.messages.summaries import REPORT
from bot.rules.reports import Complaint
from bot.rules.requests import RequestKind
from bot.summarizer import Outcome
from bot.use_cases.summary_reports import request_value
from handlers.answers import answer_path, explain
from handlers.asker import identify_asker
from handlers.modals import ModalResult, fill_modal, open_form
from handlers.requests import carry_out, keep_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rules.papers import Paper
    from bot.rules.reports import NoRewriting, Report
    from bot.rules.requests import Request
    from bot.templating.blocks import Block
    from handlers.answers import AnswerPath
    from handlers.asker import Asker
    from handlers.deps import HandlerDeps

log = structlog.get_logger(__name__)


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to the form in which a summary is reported."""

    @app.view(REPORT)
    async def submitted(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        """A report is on disk before it is acknowledged; what comes of it is asked of Slack and the model after."""
        asker = await identify_asker(deps, body)
        complaint = _chosen_complaint(view)
        if complaint is None:
            await ack(response_action="errors", errors=summary_messages.report_errors(language=asker.language))
            return
        report = await _keep(deps, asker, view, complaint)
        requests: list[Request] = []
        if report:
            cause, value = view["id"], request_value(report)
            requests = await keep_request(deps, asker, body, RequestKind.REPORT, cause=cause, value=value)
        key = "working" if report else "too_many"
        view_now = summary_messages.report_result_modal(key=key, language=asker.language)
        await ack(response_action="update", view=view_now)
        await carry_out(deps, asker, answer_path(deps, body, respond, client), requests, act_on_report)


async def open_report(
    deps: HandlerDeps, asker: Asker, path: AnswerPath, paper_id: str, spoken: str, *, trigger_id: str
) -> None:
    """Ask what is wrong with the summary in the language `spoken`, or say why reporting it changes nothing."""

    async def prepare() -> Callable[[str], Block]:
        reports = deps.summary_reports(asker.team)
        paper = await reports.paper(paper_id)
        why = await reports.no_rewriting(paper.id, spoken)
        return partial(_report_modal, paper, spoken, why)

    await open_form(deps, asker, path, trigger_id, prepare)


def _report_modal(paper: Paper, spoken: str, why: NoRewriting | None, language: str) -> Block:
    if why:
        return summary_messages.report_result_modal(key=why, language=language)
    return summary_messages.report_modal(paper=paper, spoken=spoken, language=language)


async def act_on_report(deps: HandlerDeps, asker: Asker, path: AnswerPath, request: Request) -> None:
    """Have the summary rewritten where that may be and can help; tell the reporter in the form, and the operator."""
    reports = deps.summary_reports(asker.team)
    report = await reports.find(request)
    if report is None:
        log.warning("report not found")
        return
    paper = await reports.paper(report.paper_id)
    outcome = None
    try:
        outcome = await reports.act_on(report)
        message = summary_messages.report_result(key=outcome, language=asker.language)
        modal = summary_messages.report_result_modal(key=outcome, language=asker.language)
        result = ModalResult(modal, message)
    except Exception as error:
        kept = summary_messages.report_result(key="recorded", language=asker.language)
        why = kept.followed_by(explain(error, asker.language))
        result = ModalResult(message_modal(why, language=asker.language), why, is_done=False)
    try:
        await fill_modal(deps, path, request.view_id or "", result)
    finally:
        await reports.notify_operator(report, paper, is_rewritten=outcome is Outcome.WRITTEN)


def _chosen_complaint(view: Mapping[str, Any]) -> Complaint | None:
    option = view["state"]["values"]["complaint"]["complaint"].get("selected_option")
    return Complaint(option["value"]) if option else None


async def _keep(deps: HandlerDeps, asker: Asker, view: Mapping[str, Any], complaint: Complaint) -> Report | None:
    about = json.loads(view["private_metadata"])
    return await deps.summary_reports(asker.team).keep(
        asker.team,
        asker.user,
        paper_id=about["paper"],
        language=about["language"],
        complaint=complaint,
        note=view["state"]["values"]["note"]["note"].get("value") or "",
    )
