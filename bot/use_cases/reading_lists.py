"""A person's reading list: papers saved, removed, and paged through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.rules.papers import Paper
from bot.rules.reading_list import PAGE_SIZE, page_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.clock import Clock
    from bot.rules.papers import PaperRef
    from bot.rules.reading_list import SavedPaper, SaveKind
    from bot.slack.profiles import Profiles
    from bot.store import Papers, ReadingLists


@dataclass(frozen=True, slots=True)
class ReadingListPage:
    """One page of a list, counted from 1, whose days are those of its owner; `total` is the whole list's length."""

    entries: tuple[SavedPaper, ...]
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class ListChange:
    """A paper that was to go onto a list or off it; `is_done` unless it was there, or gone, before."""

    paper: Paper
    is_done: bool
    total: int


@dataclass(frozen=True, slots=True)
class SeveralChanged:
    """The numbers of papers that went onto a list and off it; `total` are on it now."""

    saved: int
    removed: int
    total: int


@dataclass(frozen=True, slots=True)
class ReadingListActions:
    """Reads and changes reading lists. Every method raises `StoreError`."""

    papers: Papers
    reading_lists: ReadingLists
    profiles: Profiles
    clock: Clock

    async def page(self, team: str, user: str, number: int) -> ReadingListPage:
        """One page of somebody's list; a page beyond the end is the last one."""
        number = max(number, 1)
        entries, total = await self._read(team, user, number)
        if number != (number := page_within(number, total)):
            entries, total = await self._read(team, user, number)
        zone = await self.profiles.zone(team, user)
        shown = (replace(entry, saved_at=entry.saved_at.astimezone(zone)) for entry in entries)
        return ReadingListPage(tuple(shown), number, total)

    async def save(self, team: str, user: str, paper: Paper, kind: SaveKind) -> ListChange:
        """Put a paper on somebody's list."""
        is_new = await self.reading_lists.save(team, user, paper.id, kind, now=self.clock.now())
        return ListChange(paper, is_new, await self.reading_lists.count(team, user))

    async def remove(self, team: str, user: str, paper: Paper) -> ListChange:
        """Take a paper off somebody's list."""
        is_removed = await self.reading_lists.remove(team, user, paper.id)
        return ListChange(paper, is_removed, await self.reading_lists.count(team, user))

    async def offer(self, team: str, user: str, papers: Sequence[str]) -> tuple[list[Paper], frozenset[str]]:
        """Those of the papers that are known, in order, and which of them are on somebody's list."""
        known = await self.papers.known(papers)
        offered = [known[paper_id] for paper_id in papers if paper_id in known]
        return offered, await self.reading_lists.saved_among(team, user, [paper.id for paper in offered])

    async def change_several(
        self, team: str, user: str, *, to_save: Sequence[str], to_remove: Sequence[str]
    ) -> SeveralChanged:
        """Put papers on somebody's list and take others off it."""
        saved, removed = await self.reading_lists.change_several(
            team, user, to_save=to_save, to_remove=to_remove, now=self.clock.now()
        )
        return SeveralChanged(saved, removed, await self.reading_lists.count(team, user))

    async def remove_ref(self, team: str, user: str, ref: PaperRef) -> ListChange:
        """Take a paper off somebody's list by its id; one that nobody here knows of cannot be on it."""
        paper = await self.papers.find(ref.id) or Paper(ref.id, title=ref.id, authors=())
        return await self.remove(team, user, paper)

    async def _read(self, team: str, user: str, number: int) -> tuple[list[SavedPaper], int]:
        return await self.reading_lists.page(team, user, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
