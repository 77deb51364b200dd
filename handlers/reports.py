"""⚑ Something's wrong: a reader says what is wrong with a summary, and it is written anew, once for all."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot import summary_messages
from bot.desk import Commissioner, Outcome
from bot.errors import PaperUnknown
from bot.legible import legible, shorten
from bot.papers import Origin
from bot.reports import LONGEST_NOTE, Complaint, Report, is_first, is_heard
from bot.slack_answers import ask
from bot.summary_messages import REPORT
from handlers.parts import meet_asker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_bolt.async_app import AsyncAck, AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.papers import Paper
    from handlers.parts import Asker, Parts

_OF_LATE = timedelta(days=1)


def register(app: AsyncApp, parts: Parts) -> None:
    """Listen to the form in which a summary is reported."""

    @app.view(REPORT)
    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        asker = await meet_asker(parts, body)
        paper, report = await _read(parts, asker, view)
        working = summary_messages.report_answer(key="working", language=asker.language)
        await ack(response_action="update", view=working)

        async def act() -> None:
            key = await _act_on(parts, report)
            answer = summary_messages.report_answer(key=key, language=asker.language)
            await ask("views.update", client.views_update(view_id=view["id"], view=answer))
            await parts.notices.tell_report(parts.courier, report, paper, is_anew=key == Outcome.WRITTEN)

        parts.background.start(act())


async def open_report(client: AsyncWebClient, asker: Asker, paper: Paper, spoken: str, trigger_id: str) -> None:
    """Ask what is wrong with the summary in the language `spoken`."""
    modal = summary_messages.report_modal(paper=paper, spoken=spoken, language=asker.language)
    await ask("views.open", client.views_open(trigger_id=trigger_id, view=modal))


async def _read(parts: Parts, asker: Asker, view: Mapping[str, Any]) -> tuple[Paper, Report]:
    about = json.loads(view["private_metadata"])
    paper = await parts.store.paper(about["paper"])
    if paper is None:
        raise PaperUnknown(id=about["paper"])
    filled_in = view["state"]["values"]
    report = Report(
        team=asker.team,
        user=asker.user,
        paper_id=paper.id,
        language=about["language"],
        complaint=Complaint(filled_in["complaint"]["complaint"]["selected_option"]["value"]),
        note=shorten(legible(filled_in["note"]["note"].get("value") or ""), LONGEST_NOTE),
        at=parts.clock.now(),
    )
    return paper, report


async def _act_on(parts: Parts, report: Report) -> str:
    """Keep a report, and have the summary written anew where that can help; a key of the catalogue for the outcome."""
    earlier = await parts.store.reports_since(report.at - _OF_LATE)
    if not is_heard(report, earlier):
        return "too_many"
    await parts.store.remember_report(report)
    summary = await parts.store.summary(report.paper_id, report.language)
    if summary is None or summary.origin is Origin.EXTRACT:
        return "word_for_word"
    if summary.origin is not Origin.MODEL:
        return "by_a_person"
    if not is_first(report, earlier):
        return "already"
    return await parts.desk.commission_anew(
        report.paper_id,
        report.language,
        by=Commissioner(report.team, report.user),
        complaint=report.complaint,
    )
