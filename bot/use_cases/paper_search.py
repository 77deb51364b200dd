"""Papers found by what is known of them: the stored ones, or else what arXiv finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.rules.search_query import parse_query
from bot.rules.search_ranking import PAGE_SIZE, rank

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.library import Library
    from bot.rules.papers import Paper, Reading
    from bot.rules.search_query import SearchQuery
    from bot.store import Search


@dataclass(frozen=True, slots=True)
class FoundPapers:
    """One page of what a query finds, counted from 1, best first; `total` is the number of all that were ranked.

    `is_complete` is False while papers that an earlier release stored are still being indexed.
    """

    query: SearchQuery
    hits: tuple[Reading, ...] = ()
    page: int = 1
    total: int = 0
    is_complete: bool = True

    @property
    def pages(self) -> int:
        """The number of pages there are, one at least."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class PaperSearch:
    """Searches papers. Every method raises `StoreError`."""

    index: Search
    library: Library
    clock: Clock

    @staticmethod
    def is_personal(text: str) -> bool:
        """Whether what is found depends on the list of whoever asks."""
        return parse_query(text).is_mine

    async def search(self, text: str, *, team: str, user: str, page: int, language: str) -> FoundPapers:
        """One page of what is found for anything typed; a page beyond the end is the last one.

        What a paper says is told in a `language`, where it is known in that.
        """
        query = parse_query(text)
        found = await self.order(query, owner=(team, user))
        pages = FoundPapers(query, total=len(found)).pages
        page = min(max(page, 1), pages)
        shown = [
            await self.library.recall(paper_id, language)
            for paper_id in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        ]
        hits = tuple(reading for reading in shown if reading)
        return FoundPapers(query, hits, page, len(found), await self.index.is_complete())

    async def order(self, query: SearchQuery, *, owner: tuple[str, str] | None = None) -> list[str]:
        """The IDs of all that a query finds, best first; `owner` is the team and user whose list `from:me` means."""
        candidates = await self.index.candidates(query, owner=owner)
        return rank(candidates, query, today=self.clock.now().date())

    async def search_arxiv(self, text: str) -> tuple[Paper, ...]:
        """The few papers that arXiv finds. Raises `SourceUnreachable` or `TooBusy`."""
        return await self.library.search_arxiv(parse_query(text))
