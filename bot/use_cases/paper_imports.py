"""Papers of an import put on a reading list, those that nobody knew looked up first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from bot.errors import AnswerUnwanted, SourceUnreachable
from bot.rules.papers import PaperRef
from bot.rules.reading_list import ImportedEntry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from datetime import datetime

    from bot.clock import Clock
    from bot.imports.entries import ImportedPaper
    from bot.imports.read import Imported
    from bot.library import Library
    from bot.rules.reading_list import SaveOrigin
    from bot.store import ListImports, Papers

log = structlog.get_logger(__name__)

# Half of what arXiv takes in a request: the rest is left to people who look a paper up meanwhile.
_BATCH = 50
# arXiv is asked again after these times, in seconds.
_WAITS = (10.0, 60.0)
# So many imports ask arXiv at a time, in one request: whoever looks a paper up meanwhile waits for one more.
ASKING_AT_ONCE = 2


class NotImported(StrEnum):
    """The reason why a paper of an import isn't on the list, beside those of reading it."""

    NOT_FOUND = "not_found"
    SOURCE_AWAY = "source_away"


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The outcome of an import: the numbers of papers that were saved and that were there before.

    `skipped` are what gave none, each a name and the reason's.
    """

    saved: int
    there: int
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PaperImports:
    """Imports papers into reading lists. May be done again: what was saved by the same import counts as saved.

    Those that share `asking` ask arXiv a few at a time.
    """

    papers: Papers
    library: Library
    list_imports: ListImports
    clock: Clock
    asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASKING_AT_ONCE))

    async def add(
        self,
        team: str,
        user: str,
        imported: Imported,
        origin: SaveOrigin,
        *,
        tell: Callable[[int, int], Awaitable[None]],
        asked_at: datetime | None = None,
    ) -> ImportOutcome:
        """Put the papers of an import on somebody's list, where they aren't on it; `tell` how many were looked up.

        Raises `AnswerUnwanted` when their data was erased since they asked for it, and `StoreError`.
        """
        skipped = [(each.name, str(each.reason)) for each in imported.skipped]
        saved = there = done = 0
        is_away = False
        for start in range(0, len(imported.entries), _BATCH):
            some = imported.entries[start : start + _BATCH]
            unknown = await self._unknown(some)
            found: Iterable[str] = ()
            if unknown and not is_away:
                fetched = await self._fetch(unknown)
                is_away = fetched is None
                found = fetched or ()
            missing = set(unknown) - set(found)
            why = NotImported.SOURCE_AWAY if is_away else NotImported.NOT_FOUND
            skipped += [(each.ref.id, str(why)) for each in some if each.ref.id in missing]
            known = [each for each in some if each.ref.id not in missing]
            added = await self.list_imports.add(
                team, user, [_entry(each) for each in known], origin=origin, now=self.clock.now(), asked_at=asked_at
            )
            if added is None:
                raise AnswerUnwanted(reason="the data of whoever asked was erased")
            saved, there, done = saved + added, there + len(known) - added, done + len(some)
            if unknown and done < len(imported.entries):
                await tell(done, len(imported.entries))
        return ImportOutcome(saved, there, tuple(skipped))

    async def _unknown(self, entries: Sequence[ImportedPaper]) -> list[str]:
        ids = [each.ref.id for each in entries]
        known = await self.papers.known(ids)
        return [each for each in ids if each not in known]

    async def _fetch(self, ids: Sequence[str]) -> frozenset[str] | None:
        """The papers among these that arXiv knows, stored now; None where it does not respond for a minute or so."""
        for wait in (*_WAITS, None):
            try:
                async with self.asking:
                    return frozenset(await self.library.fetch_several([PaperRef(each) for each in ids]))
            except SourceUnreachable as error:
                log.warning("couldn't look up the papers of an import", error=str(error))
                if wait is not None:
                    await self.clock.sleep(wait)
        return None

    async def undo(self, team: str, user: str, origin: SaveOrigin) -> int:
        """Take the papers off somebody's list that nothing but this import put there; how many. Raises `StoreError`."""
        return await self.list_imports.undo(team, user, origin, now=self.clock.now())


def _entry(imported: ImportedPaper) -> ImportedEntry:
    return ImportedEntry(imported.ref.id, imported.saved_at, imported.state, imported.note, imported.tags)
