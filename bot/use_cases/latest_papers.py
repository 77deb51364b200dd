"""The top papers of the latest complete day, for whoever looks without a channel's digest before them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.named_tasks import NamedTasks
from bot.rules.feeds import HUGGING_FACE
from bot.rules.home import PAPERS_SHOWN, PaperOfDay, TopOfDay

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.library import Library
    from bot.store import Listings

log = structlog.get_logger(__name__)

# Somebody waits; what comes later is there when they look again.
_WAITED_SECONDS = 2.0
_READ_AGAIN_AFTER = timedelta(minutes=10)
# A model's summaries come in the course of a morning.
_SAME_FOR = timedelta(minutes=2)


class LatestPapers:
    """The top papers of the latest complete day that has any.

    The day's list is read by whoever posts it. Where nobody has, it is read here, no more than once in ten minutes.
    What people of one language see is put together once in two minutes, in a process.
    """

    def __init__(self, listings: Listings, library: Library, clock: Clock) -> None:
        self._listings = listings
        self._library = library
        self._clock = clock
        self._reading: NamedTasks[None] = NamedTasks()
        self._read_at: datetime | None = None
        self._known: dict[str, tuple[datetime, date, TopOfDay]] = {}

    async def find(self, language: str) -> TopOfDay | None:
        """The papers with what they say in a language; None when none are known. Raises `StoreError`."""
        now = self._clock.now()
        settled = HUGGING_FACE.last_settled_day(now)
        known = self._known.get(language)
        if known and known[1] == settled and now - known[0] < _SAME_FOR:
            return known[2]
        await self._read_if_nobody_did(now)
        day = await self._listings.latest_day(settled)
        listing = await self._listings.find(day) if day else None
        if day is None or listing is None:
            return None
        papers = []
        for listed in listing.papers[:PAPERS_SHOWN]:
            reading = await self._library.recall(listed.paper.id, language)
            papers.append(PaperOfDay(listed, reading.takeaway if reading else None))
        top = TopOfDay(day, self._library.list_url(day), tuple(papers), len(listing.papers))
        others = {each: kept for each, kept in self._known.items() if kept[1] == settled}
        self._known = {**others, language: (now, settled, top)}
        return top

    async def _read_if_nobody_did(self, now: datetime) -> None:
        """Read the day that is to be shown unless it was read since it settled, waiting for it briefly."""
        day = HUGGING_FACE.last_listing_day(now)
        read_at = (await self._listings.days_read(day, day)).get(day)
        if read_at and read_at >= HUGGING_FACE.settled_at(day):
            return
        if day not in self._reading:
            if self._read_at and now - self._read_at < _READ_AGAIN_AFTER:
                return
            self._read_at = now
        reading = self._reading.join(day, lambda: self._read(day))
        await asyncio.wait({reading}, timeout=_WAITED_SECONDS)

    async def _read(self, day: date) -> None:
        answer = await self._library.read_day(day)
        log.info("read the latest day for a Home tab", day=day.isoformat(), answer=type(answer).__name__)

    async def drain(self, seconds: float) -> None:
        """Wait until nothing is read anymore, `seconds` at most."""
        await self._reading.drain(seconds)
