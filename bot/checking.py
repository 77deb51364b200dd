"""`paperboy check`: what is kept of summaries, held to what is known of their papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.digests import imported_summary
from bot.papers import Origin
from bot.summaries.grounding import Judgement, Offence, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.papers import Paper, Summary
    from bot.store import Store
    from bot.summaries.grounding import Offender


@dataclass(frozen=True, slots=True)
class Checked:
    """A summary that was judged; `judgement` is None when nothing is known that it could be held to."""

    paper_id: str
    made_by: str
    judgement: Judgement | None


async def check_day(store: Store, day: date) -> list[Checked]:
    """The summaries of an imported day, in its order, and else those kept of the papers listed on it."""
    if digest := await store.imported_digest(day):
        said = [imported_summary(entry, day) for entry in digest.entries]
        return await _check(store, [summary for summary in said if summary])
    listing = await store.listing(day)
    return await check_papers(store, [listed.paper.id for listed in listing.papers] if listing else [])


async def check_papers(store: Store, paper_ids: Iterable[str]) -> list[Checked]:
    """Everything kept of these papers that was not taken from them word for word."""
    checked: list[Checked] = []
    for paper_id in paper_ids:
        kept = [*await store.summaries(paper_id), *await store.imported_summaries(paper_id)]
        made = [summary for summary in kept if summary.origin is not Origin.EXTRACT]
        checked += await _check(store, made)
    return checked


async def _check(store: Store, summaries: Sequence[Summary]) -> list[Checked]:
    papers = await store.papers_known([summary.paper_id for summary in summaries])
    return [
        Checked(summary.paper_id, summary.made_by, _judge(summary, papers.get(summary.paper_id)))
        for summary in summaries
    ]


def _judge(summary: Summary, paper: Paper | None) -> Judgement | None:
    if paper is None or not paper.abstract:
        return None
    return judge([text for _, text in summary.sections], f"{paper.title}\n{paper.abstract}")


def told(checked: Checked) -> str:
    """One line: the paper, `ok`, `flagged` or `unknown`, and what is wrong.

    What was written from a whole paper may be flagged for what only its abstract leaves out; so the line says that.
    """
    if checked.judgement is None:
        return f"{checked.paper_id} unknown: no abstract to hold it to; run paperboy fetch for its day first"
    offenders = checked.judgement.offenders
    if checked.judgement.passes:
        return f"{checked.paper_id} ok"
    pieces = [piece for piece in (_told(offence, offenders) for offence in Offence) if piece]
    return f"{checked.paper_id} flagged: {'; '.join(pieces)} (held to the abstract only)"


_LEADS = {
    Offence.NAME: "names not in the source",
    Offence.TERM: "terms not in the source",
    Offence.PERSON: "persons not in the source",
    Offence.ADDRESS: "addresses not in the source",
    Offence.COMMAND: "says what no paper says",
}


def _told(offence: Offence, offenders: Sequence[Offender]) -> str:
    found = [offender for offender in offenders if offender.offence is offence]
    if not found:
        return ""
    match offence:
        case Offence.TERMS:
            return "too little of it is in the source"
        case Offence.TOPIC:
            return "seems to be about another paper"
        case Offence.SCALE:
            return ", ".join(
                f"{each.text} is off by a factor of {10 ** abs(each.power):,} (source: {each.instead})"
                for each in found
            )
        case Offence.NUMBER:
            return "numbers not in the source: " + ", ".join(
                f"{each.text} (source: {each.instead})" if each.instead else each.text for each in found
            )
        case _:
            return f"{_LEADS[offence]}: {', '.join(each.text for each in found)}"
