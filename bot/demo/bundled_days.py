"""A loopback server with the bundled days, in the form of Hugging Face's daily papers."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.errors import PaperNotBundled, SearchNotBundled
from bot.rules.papers import Origin, ReadSource, Section, Summary
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.extract import extract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from bot.rules.papers import Paper, PaperRef
    from bot.rules.search_query import SearchQuery

_DAYS = Path(__file__).parent / "days"
# Until a day is two days old its papers have six to nine tenths of the votes they will have in the end.
_VOTES_COUNTED_AFTER = timedelta(days=2)
_LEAST_TENTHS, _DIFFERENT_TENTHS = 6, 4
# Abstracts belong to their authors; what is bundled in their place must not be taken for them.
_NOT_THE_ABSTRACT = "(This is a sample text that comes with Paperboy, not the authors' abstract.)"
# What to try where something is not bundled: the example of the documentation and of `/paper help`.
A_PAPER = "2407.21017"
# What to link to: a channel sees a preview of each of them once a week, so each person has one of their own.
LINKED_PAPERS = ("2407.20743", "2407.20445")
_MADE_BY = "Paperboy"


def bundled_days() -> list[date]:
    """The days that come with Paperboy, oldest first."""
    return sorted(date.fromisoformat(path.stem) for path in _DAYS.glob("????-??-??.json"))


def bundled_papers() -> list[Paper]:
    """The papers that come with Paperboy, as they are served before their day."""
    days = (_items(day) for day in bundled_days())
    served = ([_as_it_stood(item, timedelta(-1)) for item in items] for items in days)
    return [listed.paper for items in served for listed in parse_daily_papers(json.dumps(items)).papers]


def bundled_summaries(made_at: datetime) -> list[Summary]:
    """The summaries that come with Paperboy: the Korean ones, and in English the sentences of its own descriptions.

    Each has a take-away in its language that was written for it.
    """
    takeaways = json.loads((_DAYS / "takeaways.json").read_text(encoding="utf-8"))
    summaries = (*_english_summaries(made_at), *_korean_summaries(made_at))
    return [replace(made, takeaway=takeaways[made.paper_id][made.language]) for made in summaries]


def _english_summaries(made_at: datetime) -> Iterator[Summary]:
    """Made like extracts, but not called so: the descriptions are not the authors' words."""
    for day in bundled_days():
        for listed in parse_daily_papers(json.dumps(_items(day))).papers:
            if made := extract(listed.paper, made_at=made_at):
                yield replace(made, origin=Origin.WRITTEN, made_by=_MADE_BY)


def _korean_summaries(made_at: datetime) -> Iterator[Summary]:
    for path in sorted(_DAYS.glob("*.ko.json")):
        for paper_id, sections in json.loads(path.read_text(encoding="utf-8")).items():
            yield Summary(
                paper_id=paper_id,
                language="ko",
                sections=tuple((Section(name), text) for name, text in sections.items()),
                origin=Origin.WRITTEN,
                made_by=_MADE_BY,
                read=ReadSource.ABSTRACT,
                made_at=made_at,
            )


class BundledOnly:
    """A stand-in for arXiv without any paper, whose error names one that is bundled."""

    async def read_paper(self, ref: PaperRef) -> Paper:
        """Raise `PaperNotBundled`."""
        raise PaperNotBundled(id=str(ref), known=A_PAPER)

    async def read_papers(self, _refs: Sequence[PaperRef]) -> dict[str, Paper]:
        """None of the papers: nothing is known of them here."""
        return {}

    async def search(self, _query: SearchQuery) -> tuple[Paper, ...]:
        """Raise `SearchNotBundled`: that nothing was found is not known here."""
        raise SearchNotBundled


@asynccontextmanager
async def serve_bundled_days(now: Callable[[], datetime] | None = None) -> AsyncIterator[str]:
    """The address of a server that knows the bundled days and their papers; every other day is empty.

    Told what time it is `now`, it has no day before that begins, and counts votes while they come in. A paper is known
    before its day, as it would be at arXiv.
    """

    async def answer(request: web.Request) -> web.Response:
        return _answer(request.query.get("date", ""), int(request.query.get("p", "0")), now() if now else None)

    async def answer_paper(request: web.Request) -> web.Response:
        return _answer_paper(request.match_info["id"], now() if now else None)

    app = web.Application()
    app.router.add_get("/api/daily_papers", answer)
    app.router.add_get("/api/papers/{id}", answer_paper)
    app.router.add_get("/papers/date/{day}", _show_the_real_one)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _show_the_real_one(request: web.Request) -> web.Response:
    """Messages link to the source they were made from; whoever follows a link is to find the day."""
    raise web.HTTPFound(f"https://huggingface.co/papers/date/{request.match_info['day']}")


def _answer(asked: str, page: int, now: datetime | None) -> web.Response:
    day = date.fromisoformat(asked)
    if now is not None and now < _beginning(day):
        refusal = f'✖ "date" must be less than or equal to "{now.astimezone(UTC).date()}T00:00:00.000Z"\n  → at date'
        return web.json_response({"error": refusal}, status=400)
    if day not in bundled_days() or page > 0:
        return web.json_response([])
    return web.json_response(
        [_as_it_stood(item, None if now is None else now - _beginning(day)) for item in _items(day)]
    )


def _answer_paper(paper_id: str, now: datetime | None) -> web.Response:
    for day in bundled_days():
        for item in _items(day):
            if item["paper"]["id"] == paper_id:
                return web.json_response(_as_it_stood(item, None if now is None else now - _beginning(day))["paper"])
    return web.json_response({"error": "Paper not found"}, status=404)


def _items(day: date) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads((_DAYS / f"{day}.json").read_text(encoding="utf-8"))
    return items


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _as_it_stood(item: dict[str, Any], age: timedelta | None) -> dict[str, Any]:
    """A listed paper when its day was of this age."""
    paper = item["paper"]
    votes = votes_at(paper["upvotes"], paper["id"], age)
    return {**item, "paper": {**paper, "upvotes": votes, "summary": f"{paper['summary']} {_NOT_THE_ABSTRACT}"}}


def votes_at(votes: int, paper_id: str, age: timedelta | None) -> int:
    """The part of its `votes` that a paper has at this age of its day; papers gather theirs at different speeds."""
    if age is None or age >= _VOTES_COUNTED_AFTER:
        return votes
    if age < timedelta(0):
        return 0
    tenths = _LEAST_TENTHS + int(paper_id[-1]) % _DIFFERENT_TENTHS
    return votes * tenths // 10
