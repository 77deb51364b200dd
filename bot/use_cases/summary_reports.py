"""Reports about summaries, and the rewriting they cause."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.errors import PaperUnknown
from bot.rules.budget import Requester
from bot.rules.papers import Origin, SummaryState, parse_paper_id
from bot.rules.reports import (
    LONGEST_NOTE,
    MOST_REPORTS_A_DAY,
    REPORTS_COUNT_FOR,
    REWRITTEN_AGAIN_AFTER,
    Report,
    ReportResult,
    may_rewrite,
    no_rewriting,
    result_without_rewriting,
)
from bot.summarizer import Outcome
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.editions.notices import Notices
    from bot.rules.papers import Paper
    from bot.rules.reports import Complaint, NoRewriting
    from bot.rules.requests import Request
    from bot.slack.conversations import Conversations
    from bot.store import Papers, Reports, Summaries
    from bot.summarizer import Summarizer

# What takes the turn of whoever reports the same summary next; all else came to nothing, and may be tried again.
_TAKES_THE_TURN = frozenset({Outcome.WRITTEN, Outcome.THERE, Outcome.REJECTED})


@dataclass(frozen=True, slots=True)
class SummaryReports:
    """Stores reports and has summaries rewritten for them. Every method raises `StoreError`."""

    papers: Papers
    reports: Reports
    summaries: Summaries
    summarizer: Summarizer
    conversations: Conversations
    notices: Notices
    clock: Clock

    async def paper(self, paper_id: str) -> Paper:
        """The paper a report is about. Raises `PaperUnknown` and `NotAPaperId`."""
        paper = await self.papers.find(parse_paper_id(paper_id).id)
        if paper is None:
            raise PaperUnknown(id=paper_id)
        return paper

    async def no_rewriting(self, paper_id: str, language: str) -> NoRewriting | None:
        """The reason why reporting a summary cannot have it rewritten, None when it can."""
        summary = await self.summaries.find(paper_id, language)
        return no_rewriting(summary.origin if summary else None, has_model=self.summarizer.has_model)

    async def keep(
        self, team: str, user: str, *, paper_id: str, language: str, complaint: Complaint, note: str
    ) -> Report | None:
        """Store a report; None when somebody reported too much of late. Raises `PaperUnknown`."""
        paper = await self.paper(paper_id)
        report = Report(
            team=team,
            user=user,
            paper_id=paper.id,
            language=language,
            complaint=complaint,
            note=shorten(clean_text(note), LONGEST_NOTE),
            at=self.clock.now(),
            rewrites=False,
        )
        is_kept = await self.reports.remember(report, most=MOST_REPORTS_A_DAY, since=report.at - REPORTS_COUNT_FOR)
        return report if is_kept else None

    async def find(self, request: Request) -> Report | None:
        """The report of a request, as it is stored."""
        about = json.loads(request.value)
        at = datetime.fromisoformat(about["at"])
        wanted = (request.team, request.person, about["paper"], about["language"], at)
        for report in await self.reports.since(at):
            if (report.team, report.user, report.paper_id, report.language, report.at) == wanted:
                return report
        return None

    async def act_on(self, report: Report) -> ReportResult | Outcome:
        """Have the summary rewritten where that is allowed and can help.

        The note stays out of it: it is no instruction to a model.
        """
        if report.rewrites and (outcome := await self._outcome_so_far(report)):
            return outcome
        if why := await self.no_rewriting(report.paper_id, report.language):
            return result_without_rewriting(why)
        if not may_rewrite(await self.conversations.person(report.user)):
            return ReportResult.MEMBERS_ONLY
        if not await self.reports.begin_rewriting(report, since=report.at - REWRITTEN_AGAIN_AFTER):
            return ReportResult.ALREADY
        try:
            outcome = await self.summarizer.request_again(
                report.paper_id,
                report.language,
                by=Requester(report.team, report.user),
                complaint=report.complaint,
            )
        except Exception:
            await self.reports.undo_rewriting(report)
            raise
        if outcome not in _TAKES_THE_TURN:
            await self.reports.undo_rewriting(report)
        return outcome

    async def notify_operator(self, report: Report, paper: Paper, *, is_rewritten: bool) -> None:
        """Write to the operator what was reported, and whether the summary was rewritten."""
        await self.notices.notify_report(report, paper, is_rewritten=is_rewritten)

    async def _outcome_so_far(self, report: Report) -> Outcome | None:
        """The outcome of rewriting a summary before the process that did it ended; None when there was none."""
        states = {
            version.state
            for version in await self.summaries.versions(report.paper_id)
            if version.summary.language == report.language
            and version.summary.origin is Origin.MODEL
            and version.summary.made_at >= report.at
        }
        return Outcome.WRITTEN if SummaryState.SHOWN in states else None


def request_value(report: Report) -> str:
    """The value of a request to act on a report; `SummaryReports.find` reads it."""
    return json.dumps({"paper": report.paper_id, "language": report.language, "at": report.at.isoformat()})
