"""Papers with their summaries: read from the store, or else fetched, summarized, and stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.errors import PaperUnknown, SourceUnreachable
from bot.named_tasks import NamedTasks, ignore_failure
from bot.rules.links import dois_in, spellings
from bot.rules.papers import EmptyDay, Listing, NotOpenYet, PaperRef, Reading, Unreachable
from bot.rules.selection import rank
from bot.sources.hugging_face import parse_daily_papers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.rules.feeds import Feed
    from bot.rules.papers import DayAnswer, Paper
    from bot.rules.search_query import SearchQuery
    from bot.sources.hugging_face import HuggingFace
    from bot.store import Listings, Papers


_READ_AGAIN_SECONDS = 5.0
_MOST_LINKED = 5
# A list that still grows is shown as it was read so long ago.
_READ_LATELY = timedelta(minutes=10)
_SECONDS_BETWEEN_PAPERS = 1.0
# People may ask for a month at once, which nobody waits for but they.
_DAYS_AT_ONCE = 4


class SinglePapers(Protocol):
    """A source of any paper by its ID, such as arXiv, for papers that no list has brought."""

    async def read_paper(self, ref: PaperRef) -> Paper:
        """A paper. Raises `PaperUnknown` or `SourceUnreachable`."""
        ...

    async def read_papers(self, refs: Sequence[PaperRef]) -> dict[str, Paper]:
        """Papers by canonical ID; those it does not know are absent. Raises `SourceUnreachable`."""
        ...

    async def search(self, query: SearchQuery) -> tuple[Paper, ...]:
        """The few papers that answer a query best. Raises `SourceUnreachable` or `TooBusy`."""
        ...


class Library:
    """Everything known about papers; asks the sources only for what is not stored.

    The source of the days' lists has `only_days` of them, or, where that is None, all.
    """

    def __init__(
        self,
        listings: Listings,
        papers: Papers,
        hugging_face: HuggingFace,
        arxiv: SinglePapers,
        clock: Clock,
        *,
        only_days: Collection[date] | None = None,
    ) -> None:
        self.only_days = only_days
        self._listings = listings
        self._papers = papers
        self._hugging_face = hugging_face
        self._arxiv = arxiv
        self._clock = clock
        self._reading: NamedTasks[DayAnswer] = NamedTasks(on_failure=ignore_failure)
        self._latest: dict[date, tuple[datetime, asyncio.Task[DayAnswer]]] = {}
        self._turns = asyncio.Semaphore(_DAYS_AT_ONCE)

    @property
    def feed(self) -> Feed:
        """The source of the days' lists."""
        return self._hugging_face.feed

    def list_url(self, day: date) -> str:
        """The page of the source that has a day's list."""
        return self._hugging_face.list_url(day)

    async def read_day(self, day: date) -> DayAnswer:
        """A day's list as it stands now, ranked and stored; or why there is none. A day to come is not asked for."""
        if not self._hugging_face.feed.has_begun(day, self._clock.now()):
            return NotOpenYet(day)
        answer = await self._hugging_face.read_day(day)
        if isinstance(answer, EmptyDay):
            await self._listings.remember_empty_day(day, now=self._clock.now())
        if not isinstance(answer, Listing):
            return answer
        ranked = rank(answer.papers)
        await self._listings.remember(answer, ranked)
        return Listing(answer.day, tuple(ranked), answer.fetched_at, answer.raw)

    async def read_kept_lists_again(self) -> None:
        """Add to the papers of past days what their lists tell and an earlier release did not keep."""
        for day in await self._listings.to_read_again():
            kept = await self._listings.find(day)
            try:
                papers = parse_daily_papers(kept.raw).papers if kept else ()
            except SourceUnreachable:
                papers = ()
            await self._listings.add_facts(day, papers)

    async def read_settled_day(self, day: date) -> DayAnswer:
        """A settled day's list as it stands now, or else as stored since it settled.

        The latter has an earlier `fetched_at`. Where one is stored, the source is waited for only five seconds.
        """
        return await self._read_again(day, await self._kept(day))

    async def _read_again(self, day: date, kept: Listing | EmptyDay | None) -> DayAnswer:
        if kept is None:
            return await self.read_day(day)
        try:
            async with asyncio.timeout(_READ_AGAIN_SECONDS):
                answer = await self.read_day(day)
        except TimeoutError:
            return kept
        return answer if isinstance(answer, Listing) else kept

    async def read_settled_day_once(self, day: date, *, since: datetime) -> DayAnswer:
        """A settled day's list as it stands now, requested once for all who ask for it as of the same moment, whatever
        came of that; a list that another process has read since that moment is not requested again.
        """
        asked_since, answer = self._latest.get(day, (None, None))
        if asked_since is None or answer is None or asked_since < since:
            answer = self._reading.join((day, since), lambda: self._read_unless_read(day, since))
            current = {each: kept for each, kept in self._latest.items() if kept[0] >= since}
            self._latest = {**current, day: (since, answer)}
        return await asyncio.shield(answer)

    async def _read_unless_read(self, day: date, since: datetime) -> DayAnswer:
        kept = await self._kept(day)
        if isinstance(kept, Listing) and kept.fetched_at >= since:
            return kept
        return await self._read_again(day, kept)

    async def recall_day(self, day: date) -> DayAnswer | None:
        """A day without a request to its source: as stored since it settled, or a few minutes ago; None if it isn't."""
        now = self._clock.now()
        if not self.feed.has_begun(day, now):
            return NotOpenYet(day)
        if self.feed.settled_at(day) <= now:
            return await self._kept(day)
        listing = await self._listings.find(day)
        return listing if listing and now - listing.fetched_at < _READ_LATELY else None

    async def look_up_day(self, day: date) -> DayAnswer:
        """Any day: as stored, or else fetched and stored, once for all who ask at the same time.

        While the source is away, as it was read before it settled, where it was.
        """
        if known := await self.recall_day(day):
            return known
        answer = await asyncio.shield(self._reading.join(day, lambda: self._read_in_turn(day)))
        if isinstance(answer, Unreachable) and (listing := await self._listings.find(day)):
            return listing
        return answer

    async def _read_in_turn(self, day: date) -> DayAnswer:
        async with self._turns:
            return await self.read_day(day)

    async def _kept(self, day: date) -> Listing | EmptyDay | None:
        """A day as stored since it settled."""
        listing = await self._listings.find(day)
        if listing and listing.fetched_at >= self._hugging_face.feed.settled_at(day):
            return listing
        read_at = (await self._listings.days_read(day, day)).get(day)
        return EmptyDay(day) if read_at and read_at >= self._hugging_face.feed.settled_at(day) else None

    async def find_linked(self, urls: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The known papers that each of these addresses stands for, latest first, a few of each.

        They have their code or project page there, or the DOI that is in the address.
        """
        spelled = {url: frozenset(spellings(url)) for url in urls}
        papers = await self._papers.carrying(sorted(frozenset().union(*spelled.values())))
        carried = [(paper.id, {(url or "").lower() for url in (paper.code_url, paper.project_url)}) for paper in papers]
        found = {url: tuple(paper for paper, at in carried if at & same) for url, same in spelled.items()}
        dois = {url: held for url in urls if not found[url] and (held := dois_in(url))}
        known = await self._papers.with_doi(sorted({doi for held in dois.values() for doi in held})) if dois else []
        for url, held in dois.items():
            having = (tuple(paper.id for paper in known if paper.doi == doi) for doi in held)
            found[url] = next(filter(None, having), ())
        return {url: ids[:_MOST_LINKED] for url, ids in found.items() if ids}

    async def recall(self, paper_id: str, language: str) -> Reading | None:
        """A stored paper, without a request to any source; None when it is not stored."""
        known = await self._papers.described(paper_id, language)
        if known is None:
            return None
        # Their patterns take 20 ms, which a start does without.
        from bot.summaries.extract import extract
        from bot.summaries.takeaways import find_takeaway

        return replace(
            known,
            summary=known.summary or extract(known.paper, made_at=self._clock.now()),
            takeaway=find_takeaway(known.paper, known.summary, language),
        )

    async def recall_as_wanted(self, ref: PaperRef, language: str) -> Reading | None:
        """The stored reading of a paper; None also if the reference names a newer version than is stored."""
        known = await self.recall(ref.id, language)
        return None if known and _is_older(known.paper, ref) else known

    async def look_up(self, ref: PaperRef, language: str) -> Reading:
        """Any paper: as stored, or else fetched and stored. Raises `PaperUnknown` or `SourceUnreachable`."""
        known = await self.recall(ref.id, language)
        if known and not _is_older(known.paper, ref):
            return known
        try:
            paper = await self._fetch(ref)
        except (PaperUnknown, SourceUnreachable):
            if known:
                return known
            raise
        return await self.recall(paper.id, language) or Reading(paper, None, None)

    async def fetch_several(self, refs: Sequence[PaperRef]) -> dict[str, Paper]:
        """Papers as arXiv has them now, in as few requests as it takes, stored; those it does not know are absent.

        Raises `SourceUnreachable`.
        """
        papers = await self._arxiv.read_papers(refs)
        for paper in papers.values():
            await self._papers.remember(paper, source="arxiv", now=self._clock.now())
        return papers

    async def check_for_news(self, paper_ids: Sequence[str]) -> None:
        """Store what arXiv says now of papers that are known, and what the feed says of those without code.

        arXiv is asked in one request, the feed for one paper a second. Raises `SourceUnreachable`, with what was told
        until then stored.
        """
        await self.fetch_several([PaperRef(paper_id) for paper_id in paper_ids])
        known = await self._papers.known(paper_ids)
        for paper in known.values():
            if paper.code_url or "/" in paper.id:
                continue
            await self._clock.sleep(_SECONDS_BETWEEN_PAPERS)
            told = await self._hugging_face.read_paper(paper.id)
            if told:
                await self._papers.remember(told, source=self._hugging_face.feed.key, now=self._clock.now())

    async def search_arxiv(self, query: SearchQuery) -> tuple[Paper, ...]:
        """The few papers that arXiv finds for a query; nothing is stored. Raises `SourceUnreachable` or `TooBusy`."""
        return await self._arxiv.search(query)

    async def _fetch(self, ref: PaperRef) -> Paper:
        """A paper from Hugging Face, or else arXiv: the former answers at once, the latter takes one request in three
        seconds.

        Only arXiv tells versions apart, so a reference with a version goes there first; where arXiv has no answer, the
        paper as Hugging Face knows it is better than none.
        """
        if ref.version is None:
            paper, source = await self._ask_hugging_face(ref), self._hugging_face.feed.key
            if paper is None:
                paper, source = await self._arxiv.read_paper(ref), "arxiv"
        else:
            try:
                paper, source = await self._arxiv.read_paper(ref), "arxiv"
            except (PaperUnknown, SourceUnreachable):
                paper, source = await self._ask_hugging_face(ref), self._hugging_face.feed.key
                if paper is None:
                    raise
        if paper.id != ref.id:
            raise PaperUnknown(id=ref.id)
        await self._papers.remember(paper, source=source, now=self._clock.now())
        return paper

    async def _ask_hugging_face(self, ref: PaperRef) -> Paper | None:
        if "/" in ref.id:
            return None
        try:
            return await self._hugging_face.read_paper(ref.id)
        except SourceUnreachable:
            return None


def _is_older(paper: Paper, ref: PaperRef) -> bool:
    return bool(paper.arxiv_version and ref.version and paper.arxiv_version < ref.version)
