"""A person's reading list: papers saved, removed, marked, noted, tagged, and paged through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.rules.list_changes import REMOVALS_UNDONE_FOR
from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.papers import Paper
from bot.rules.reading_list import PAGE_SIZE, SavedPaper, SaveKind, SaveOrigin, page_within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.rules.papers import PaperRef
    from bot.rules.reading_list import ReactionEffect, ReadingState
    from bot.rules.saved_paper_form import SavedPaperForm
    from bot.slack.profiles import Profiles
    from bot.store import Papers, ReadingLists

# As many papers as a list is exported or imported with; nobody has read as many.
MOST_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class ReadingListPage:
    """One page of a list, counted from 1, whose days are those of its owner; `total` is the length of what is wanted.

    `filter` is what was wanted of the list, which has so many papers `by_state` in all.
    """

    entries: tuple[SavedPaper, ...]
    number: int
    total: int
    filter: ListFilter = WHOLE_LIST
    by_state: Mapping[ReadingState, int] = field(default_factory=dict)


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
    """Reads and changes reading lists. Every method raises `StoreError`.

    What changes an entry gives None, or False, where the paper isn't on the list.
    """

    papers: Papers
    reading_lists: ReadingLists
    profiles: Profiles
    clock: Clock

    async def page(self, team: str, user: str, wanted: ListFilter, number: int) -> ReadingListPage:
        """One page of what is wanted of somebody's list; a page beyond the end is the last one."""
        number = max(number, 1)
        entries, total, by_state = await self._read(team, user, wanted, number)
        if number != (number := page_within(number, total)):
            entries, total, by_state = await self._read(team, user, wanted, number)
        return ReadingListPage(await self._dated(team, user, entries), number, total, wanted, by_state)

    async def entry(self, team: str, user: str, paper_id: str) -> SavedPaper | None:
        """One paper as it is on somebody's list, its day that of the list's owner."""
        found = await self.reading_lists.entry(team, user, paper_id)
        return (await self._dated(team, user, [found]))[0] if found else None

    async def entries(self, team: str, user: str, wanted: ListFilter) -> list[SavedPaper]:
        """All that is wanted of somebody's list, 20,000 papers at most."""
        return await self.reading_lists.entries(team, user, wanted, limit=MOST_AT_ONCE)

    async def counts(self, team: str, user: str) -> Mapping[ReadingState, int]:
        """The numbers of papers on somebody's list by state."""
        return await self.reading_lists.counts(team, user)

    async def tags(self, team: str, user: str) -> Mapping[str, int]:
        """The tags on somebody's list with how many papers have each, the most used first."""
        return await self.reading_lists.tags(team, user)

    async def save(
        self, team: str, user: str, paper: Paper, kind: SaveKind, *, origin: SaveOrigin | None = None
    ) -> ListChange:
        """Put a paper on somebody's list; `origin` tells on which message that was asked for."""
        is_new = await self.reading_lists.save(team, user, paper.id, kind, now=self.clock.now(), origin=origin)
        return ListChange(paper, is_new, await self.reading_lists.count(team, user))

    async def undo_save(self, team: str, user: str, paper_id: str, origin: SaveOrigin) -> ReactionEffect:
        """Take back that one source of a paper, and tell what came of it."""
        return await self.reading_lists.undo_save(team, user, paper_id, origin, now=self.clock.now())

    async def remove(self, team: str, user: str, paper: Paper) -> ListChange:
        """Take a paper off somebody's list."""
        is_removed = await self.reading_lists.remove(team, user, paper.id, now=self.clock.now())
        return ListChange(paper, is_removed, await self.reading_lists.count(team, user))

    async def restore(self, team: str, user: str, paper_id: str) -> bool:
        """Undo a removal, within a day; False when that can't be done any more."""
        return await self.reading_lists.restore(team, user, paper_id, now=self.clock.now())

    async def remove_all(self, team: str, user: str) -> tuple[int, datetime]:
        """Take every paper off somebody's list: how many, and the moment, by which `restore_all` undoes it."""
        now = self.clock.now()
        return len(await self.reading_lists.remove_all(team, user, now=now)), now

    async def restore_all(self, team: str, user: str, removed_at: datetime) -> int:
        """Undo the removals since then, within a day; how many papers came back."""
        return await self.reading_lists.restore_all(team, user, removed_at=removed_at, now=self.clock.now())

    async def set_state(
        self,
        team: str,
        user: str,
        paper_id: str,
        state: ReadingState,
        kind: SaveKind,
        *,
        origin: SaveOrigin | None = None,
    ) -> bool:
        """Give a paper on somebody's list a state."""
        return await self.reading_lists.set_state(
            team, user, paper_id, state, origin=origin or SaveOrigin(kind), now=self.clock.now()
        )

    async def set_states(self, team: str, user: str, wanted: ListFilter, state: ReadingState) -> tuple[int, datetime]:
        """Give all that is wanted of somebody's list a state: how many had another, and the moment, for
        `undo_states`."""
        now = self.clock.now()
        return await self.reading_lists.set_states(team, user, wanted, state, now=now), now

    async def undo_states(self, team: str, user: str, state: ReadingState, set_at: datetime) -> int:
        """Undo that, within a day; how many papers are as they were."""
        if self.clock.now() - set_at > REMOVALS_UNDONE_FOR:
            return 0
        return await self.reading_lists.undo_states(team, user, state, set_at=set_at)

    async def undo_last_removal(self, team: str, user: str) -> list[str]:
        """Bring back what somebody took off their list last, within a day: the ids of those papers."""
        since = self.clock.now() - REMOVALS_UNDONE_FOR
        removed = await self.reading_lists.last_removed(team, user, since=since)
        return [paper_id for paper_id in removed if await self.restore(team, user, paper_id)]

    async def set_note(self, team: str, user: str, paper_id: str, note: str) -> bool:
        """Give a paper on somebody's list a note, or take it away with an empty one."""
        return await self.reading_lists.set_note(team, user, paper_id, note, now=self.clock.now())

    async def set_tags(self, team: str, user: str, paper_id: str, tags: Sequence[str]) -> bool:
        """Give a paper on somebody's list these tags and no others."""
        return await self.reading_lists.set_tags(team, user, paper_id, tags, now=self.clock.now())

    async def change_tags(
        self, team: str, user: str, paper_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> tuple[str, ...] | None:
        """Give a paper on somebody's list tags and take others away; its tags now."""
        return await self.reading_lists.change_tags(team, user, paper_id, now=self.clock.now(), add=add, remove=remove)

    async def fill_in(self, team: str, user: str, paper: Paper, form: SavedPaperForm) -> None:
        """Give a paper the state, the note, and the tags of a form that was sent off; save it where it isn't there."""
        entry = await self.reading_lists.entry(team, user, paper.id)
        if entry is None:
            await self.save(team, user, paper, SaveKind.CLICK)
        before = entry or SavedPaper(paper, self.clock.now())
        if form.state is not before.state:
            await self.set_state(team, user, paper.id, form.state, SaveKind.CLICK)
        if form.note != before.note:
            await self.set_note(team, user, paper.id, form.note)
        if form.tags != before.tags:
            await self.set_tags(team, user, paper.id, form.tags)

    async def offer(self, team: str, user: str, papers: Sequence[str]) -> tuple[list[Paper], frozenset[str]]:
        """Those of the papers that are known, in order, and which of them are on somebody's list."""
        known = await self.papers.known(papers)
        offered = [known[paper_id] for paper_id in papers if paper_id in known]
        return offered, await self.reading_lists.saved_among(team, user, [paper.id for paper in offered])

    async def change_several(
        self,
        team: str,
        user: str,
        *,
        to_save: Sequence[str],
        to_remove: Sequence[str],
        origin: SaveOrigin | None = None,
    ) -> SeveralChanged:
        """Put papers on somebody's list and take others off it."""
        saved, removed = await self.reading_lists.change_several(
            team, user, to_save=to_save, to_remove=to_remove, now=self.clock.now(), origin=origin
        )
        return SeveralChanged(saved, removed, await self.reading_lists.count(team, user))

    async def remove_ref(self, team: str, user: str, ref: PaperRef) -> ListChange:
        """Take a paper off somebody's list by its id; one that nobody here knows of cannot be on it."""
        paper = await self.papers.find(ref.id) or Paper(ref.id, title=ref.id, authors=())
        return await self.remove(team, user, paper)

    async def _read(
        self, team: str, user: str, wanted: ListFilter, number: int
    ) -> tuple[list[SavedPaper], int, Mapping[ReadingState, int]]:
        offset = (number - 1) * PAGE_SIZE
        return await self.reading_lists.page_and_counts(team, user, wanted, limit=PAGE_SIZE, offset=offset)

    async def _dated(self, team: str, user: str, entries: Sequence[SavedPaper]) -> tuple[SavedPaper, ...]:
        zone = await self.profiles.zone(team, user)
        return tuple(replace(entry, saved_at=entry.saved_at.astimezone(zone)) for entry in entries)
