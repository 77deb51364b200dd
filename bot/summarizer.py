"""Summary requests: each is served once, within the budget, checked against its source, and stored whatever the
outcome."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from bot.errors import StoreError
from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.budget import Allowance, Requester
from bot.rules.leases import summary_lease
from bot.rules.papers import Origin, ReadSource, Summary, SummaryState
from bot.rules.summary_retries import after_failure, may_try
from bot.subscribers import Subscribers
from bot.summaries.material import choose_material
from bot.summaries.models.responses import Failure
from bot.summaries.token_limits import characters_in, tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from bot.clock import Clock
    from bot.leases import Leases
    from bot.rules.papers import Material, Paper
    from bot.rules.reports import Complaint
    from bot.sources.full_text import FullTexts
    from bot.store import Papers, Summaries, SummaryFailures
    from bot.summaries.writer import Draft, Writer, Written
    from bot.token_budget import Reservation, TokenBudget

log = structlog.get_logger(__name__)

# Failures that a repeated request is likely to meet again; the others are the server's own, or may pass.
_COUNTS = frozenset(Failure) - {Failure.UNREACHABLE, Failure.REFUSED, Failure.OUT_OF_CREDIT}
_LEAST_CHARACTERS = 1_500
# How often it is looked whether what another process writes is there, or that process is gone.
_LOOKS_EVERY_SECONDS = 2.0
# Failures that a shorter text may avoid.
_OF_LENGTH = frozenset({Failure.TOO_LONG, Failure.GARBLED, Failure.EMPTY, Failure.CUT_SHORT})


class Outcome(StrEnum):
    """The outcome of a summary request."""

    WRITTEN = "written"
    THERE = "there"
    REJECTED = "rejected"
    FAILED = "failed"
    DAY_SPENT = "day_spent"
    SHARE_SPENT = "share_spent"
    NOTHING_TO_READ = "nothing_to_read"
    NO_MODEL = "no_model"


_OF_A_BUDGET = frozenset({Outcome.DAY_SPENT, Outcome.SHARE_SPENT})
# The stored reason where the model answered and its summary failed the source check.
_REJECTED = Outcome.REJECTED.value


USED_UP = frozenset({Outcome.DAY_SPENT, Outcome.SHARE_SPENT})
# At a terminal nobody of a workspace asks.
_OPERATOR = Requester("")


@dataclass(frozen=True, slots=True)
class _SummaryRequest:
    paper_id: str
    language: str

    @property
    def lease(self) -> str:
        """The lease of writing it: of several processes, one does."""
        return summary_lease(self.paper_id, self.language)


class Summarizer:
    """Has a language model summarize papers; without a `writer` there are only extracts.

    `written` tells its subscribers of each paper with a new summary.
    """

    def __init__(
        self,
        papers: Papers,
        summaries: Summaries,
        failures: SummaryFailures,
        full_texts: FullTexts,
        clock: Clock,
        *,
        writer: Writer | None,
        budget: TokenBudget,
        leases: Leases,
        most_characters: int,
    ) -> None:
        self._papers = papers
        self._summaries = summaries
        self._failures = failures
        self._full_texts = full_texts
        self._clock = clock
        self._writer = writer
        self._budget = budget
        self._leases = leases
        self._most_characters = most_characters
        self._under_way: NamedTasks[Outcome] = NamedTasks(on_failure=_log_failure)
        self._asked: NamedTasks[Outcome] = NamedTasks(on_failure=ignore_failure)
        self.written: Subscribers[[str]] = Subscribers()

    @property
    def has_model(self) -> bool:
        """Whether there is a language model to ask."""
        return self._writer is not None

    @property
    def is_busy(self) -> bool:
        """Whether something is being written."""
        return len(self._under_way) > 0

    async def should_request(self, paper_id: str, language: str, by: Requester) -> bool:
        """Whether a summary in this language may be offered: there is none, and nothing rules one out."""
        request = _SummaryRequest(paper_id, language)
        if self._writer is None or self.is_refused(by):
            return False
        return await self._wants(request, self._writer.name, by) and await self._may_try(request, self._writer.name, by)

    def is_refused(self, by: Requester) -> bool:
        """Whether somebody has already been told that nothing more is written for them today."""
        return self._budget.is_refused(by)

    async def request_summary(self, paper_id: str, language: str, *, by: Requester = _OPERATOR) -> Outcome:
        """Have a known paper summarized in a language, unless that was done; waits for it. Who asked first pays.

        Never raises for what a model or a source does; raises `StoreError`.
        """
        return await self._once(_SummaryRequest(paper_id, language), by, complaint=None)

    async def request_again(self, paper_id: str, language: str, *, by: Requester, complaint: Complaint) -> Outcome:
        """Have a summary readers reported written again; the one before stays until there is a better one."""
        return await self._once(_SummaryRequest(paper_id, language), by, complaint=complaint)

    async def request_summaries(
        self,
        papers: Iterable[str],
        languages: Iterable[str],
        *,
        team: str = "",
        within: timedelta | None = None,
    ) -> None:
        """Have papers summarized, all at once, at the cost of a workspace; after `within` the rest goes on in the
        background.

        What others need as well is paid for by the first that does.
        """
        if self._writer is None:
            return
        requests = {_SummaryRequest(paper_id, language) for language in languages for paper_id in papers}
        if requests:
            tasks = [
                self._asked.start(self._once(request, Requester(team), None))
                for request in sorted(requests, key=lambda request: request.paper_id)
            ]
            await asyncio.wait(tasks, timeout=None if within is None else within.total_seconds())

    async def close(self) -> None:
        """Cancel what is under way; only the requests are lost."""
        await self._asked.cancel()
        await self._under_way.cancel()

    async def idle(self) -> None:
        """Wait until nothing is being written."""
        await self._asked.idle()
        await self._under_way.idle()

    async def _once(self, request: _SummaryRequest, by: Requester, complaint: Complaint | None) -> Outcome:
        if self._writer is None:
            return Outcome.NO_MODEL
        while True:
            is_anothers = request in self._under_way
            outcome = await asyncio.shield(self._under_way.join(request, lambda: self._serve(request, by, complaint)))
            # What one workspace, or one person, may spend no more of is no word on what another may.
            if not (is_anothers and outcome in _OF_A_BUDGET):
                return outcome

    async def _serve(self, request: _SummaryRequest, by: Requester, complaint: Complaint | None) -> Outcome:
        writer = self._writer
        paper = await self._papers.find(request.paper_id)
        if writer is None:
            return Outcome.NO_MODEL
        if paper is None:
            return Outcome.NOTHING_TO_READ
        if complaint is None and (outcome := await self._ruled_out(request, writer.name, by)):
            return outcome
        began = self._clock.now()
        while request.lease not in await self._leases.hold([request.lease]):
            await self._wait_for_others(request.paper_id)
            if complaint is None and (outcome := await self._of_others(request, writer.name, began)):
                return outcome
        try:
            # Another process may have been at it between the look above and the lease.
            if self._leases.are_shared and complaint is None:
                outcome = await self._of_others(request, writer.name, began)
                if outcome := outcome or await self._ruled_out(request, writer.name, by):
                    return outcome
            return await self._serve_alone(writer, paper, request, by, complaint)
        finally:
            with suppress(StoreError):  # then it runs out
                await self._leases.release([request.lease])

    async def _ruled_out(self, request: _SummaryRequest, model: str, by: Requester) -> Outcome | None:
        """The outcome where nothing needs to be written, or may be; None where something is to be."""
        if not await self._wants(request, model, by):
            return Outcome.THERE
        return None if await self._may_try(request, model, by) else Outcome.FAILED

    async def _wait_for_others(self, paper_id: str) -> None:
        """Wait until there is news of a paper's summary, or it is time to look whether whoever writes it is gone."""
        heard = asyncio.Event()
        with self.written.subscribed(lambda paper: heard.set() if paper == paper_id else None):
            waiting = [asyncio.create_task(heard.wait()), asyncio.create_task(self._clock.sleep(_LOOKS_EVERY_SECONDS))]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()

    async def _of_others(self, request: _SummaryRequest, model: str, since: datetime) -> Outcome | None:
        """The outcome that another process stored since a moment, which is that of all who waited; None for none."""
        for version in await self._summaries.versions(request.paper_id):
            summary = version.summary
            if summary.language == request.language and summary.origin is Origin.MODEL and summary.made_at >= since:
                if version.state is SummaryState.SHOWN:
                    return Outcome.THERE
                if version.state is SummaryState.REJECTED and summary.made_by == model:
                    return Outcome.REJECTED
        tries = await self._failures.find(request.paper_id, request.language, model)
        return Outcome.FAILED if tries and tries.last_at >= since else None

    async def _serve_alone(
        self, writer: Writer, paper: Paper, request: _SummaryRequest, by: Requester, complaint: Complaint | None
    ) -> Outcome:
        material = await self._material(paper)
        if material is None:
            await self._note_failure(request, writer.name, Outcome.NOTHING_TO_READ, counts=False)
            return Outcome.NOTHING_TO_READ
        outcome, written = await self._write(writer, request, material, by, complaint)
        if written and self._learn_window(writer, written, material) and written.accepted is None:
            shorter = await self._material(paper)
            if shorter and shorter.characters < material.characters:
                outcome, _ = await self._write(writer, request, shorter, by, complaint)
        return outcome

    async def _write(
        self,
        writer: Writer,
        request: _SummaryRequest,
        material: Material,
        by: Requester,
        complaint: Complaint | None,
    ) -> tuple[Outcome, Written | None]:
        """Have a summary written and store the outcome, if the budget allows it."""
        reservation = await self._budget.reserve(tokens_for(material, writer.most_output_tokens), by)
        match reservation.allowance:
            case Allowance.DAY_SPENT | Allowance.LATER:
                return Outcome.DAY_SPENT, None
            case Allowance.SHARE_SPENT:
                return Outcome.SHARE_SPENT, None
            case Allowance.GRANTED:
                pass

        async def may_ask_again() -> bool:
            # The first answer is read once more, and another is written.
            return await self._budget.reserve_beside(tokens_for(material, 2 * writer.most_output_tokens), reservation)

        written = None
        try:
            written = await writer.write(material, request.language, complaint=complaint, may_ask_again=may_ask_again)
        finally:
            await self._settle(reservation, written, writer.name)
        if not self._leases.is_held(request.lease):
            log.warning("a summary came after its lease had run out", paper=request.paper_id, language=request.language)
            return Outcome.FAILED, None
        return await self._keep(request, written, material, writer.name), written

    def _learn_window(self, writer: Writer, written: Written, material: Material) -> bool:
        """Lower what the model is given, if its server read less than it was sent; returns whether a retry may help."""
        last = written.attempts[-1]
        if written.window is None and last.failure is not Failure.TOO_LONG:
            return False
        fits = characters_in(written.window, writer.most_output_tokens) if written.window else material.characters // 2
        self._most_characters = min(self._most_characters, max(_LEAST_CHARACTERS, fits))
        log.warning(
            "the model's server reads less than LLM_WINDOW: raise its context window, or set LLM_WINDOW to it",
            model=writer.name,
            tokens=written.window,
            characters=self._most_characters,
        )
        return last.failure in _OF_LENGTH

    async def _wants(self, request: _SummaryRequest, model: str, by: Requester) -> bool:
        """Whether no summary is stored yet, nor one of this model that failed the source check, unless a person asks
        again."""
        for version in await self._summaries.versions(request.paper_id):
            if version.summary.language != request.language or version.summary.origin is Origin.EXTRACT:
                continue
            if version.state is SummaryState.SHOWN:
                return False
            if version.state is SummaryState.REJECTED and version.summary.made_by == model and not by.user:
                return False
        return True

    async def _may_try(self, request: _SummaryRequest, model: str, by: Requester) -> bool:
        tries = await self._failures.find(request.paper_id, request.language, model)
        failed_in_a_row = await self._failures.in_a_row(model) if tries and not by.user else 0
        return may_try(tries, self._clock.now(), for_person=bool(by.user), failed_in_a_row=failed_in_a_row)

    async def _note_failure(
        self, request: _SummaryRequest, model: str, reason: str, *, counts: bool, is_final: bool = False
    ) -> None:
        before = await self._failures.find(request.paper_id, request.language, model)
        tries = after_failure(before, reason, self._clock.now(), counts=counts, is_final=is_final)
        await self._failures.remember(request.paper_id, request.language, model, tries)

    async def _material(self, paper: Paper) -> Material | None:
        """The text to summarize: as stored, unless the paper has a newer version."""
        kept = await self._summaries.material(paper.id)
        if kept and kept.found_at and kept.is_newest_of(paper) and kept.characters <= self._most_characters:
            return kept
        full_text = await self._full_texts.read(paper)
        material = choose_material(paper, full_text, most_characters=self._most_characters)
        if material:
            await self._summaries.remember_material(paper.id, material, now=self._clock.now())
        return material

    async def _settle(self, reservation: Reservation, written: Written | None, model: str) -> None:
        used, requests = (written.usage, len(written.attempts)) if written else (None, 0)
        await self._budget.settle(reservation, used, requests=requests, model=model)

    async def _keep(self, request: _SummaryRequest, written: Written, material: Material, model: str) -> Outcome:
        if written.is_cut_off:
            # What others set aside may come back: neither the day is spent, nor has the model had its second chance.
            await self._note_failure(request, model, written.attempts[-1].failure or _REJECTED, counts=True)
            return Outcome.FAILED
        if written.window and material.read is ReadSource.FULL_TEXT:
            material = replace(material, read=ReadSource.PART)
        for draft in written.drafts:
            if draft is not written.accepted:
                await self._remember(request, draft, material, model, SummaryState.REJECTED)
        if written.accepted:
            await self._remember(request, written.accepted, material, model, SummaryState.SHOWN)
            await self._failures.forget(request.paper_id, request.language, model)
            self.written.notify(request.paper_id)
            return Outcome.WRITTEN
        last = written.attempts[-1]
        if last.failure:
            await self._note_failure(request, model, last.failure, counts=last.failure in _COUNTS)
            log.warning(
                "couldn't write a summary",
                paper=request.paper_id,
                language=request.language,
                failure=last.failure.value,
                reason=last.reason,
            )
            return Outcome.FAILED
        await self._note_failure(request, model, _REJECTED, counts=True, is_final=True)
        log.warning(
            "summary rejected by the source check",
            paper=request.paper_id,
            language=request.language,
            faults=last.faults,
        )
        return Outcome.REJECTED

    async def _remember(
        self, request: _SummaryRequest, draft: Draft, material: Material, model: str, state: SummaryState
    ) -> None:
        summary = Summary(
            paper_id=request.paper_id,
            language=request.language,
            sections=draft.sections,
            origin=Origin.MODEL,
            made_by=model,
            read=material.read,
            made_at=self._clock.now(),
            arxiv_version=material.arxiv_version,
            takeaway=draft.takeaway,
            not_stated=draft.not_stated,
        )
        await self._summaries.remember(summary, state=state, score=draft.score, unsupported=draft.faults)


def _log_failure(request: _SummaryRequest, error: BaseException) -> None:
    log.error("requested summary failed", paper=request.paper_id, exc_info=error)
