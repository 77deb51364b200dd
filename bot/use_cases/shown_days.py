"""The papers of a day, or the best of several, for whoever asks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.messages import shown_days as day_messages
from bot.rules.papers import EmptyDay, Listing, Unreachable
from bot.rules.shown_days import (
    BeforeFeed,
    BestOfDays,
    DaysShown,
    NotBundled,
    best_of,
    days_to_read,
    latest_first,
    nearest_before,
    without_papers,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import date

    from bot.clock import Clock
    from bot.library import Library
    from bot.messages.message import Message
    from bot.rules.list_emoji import ListEmoji
    from bot.rules.papers import DayAnswer
    from bot.rules.shown_days import WithoutPapers

    Read = Callable[[date], Awaitable[DayAnswer | None]]


@dataclass(frozen=True, slots=True)
class FoundDays:
    """The papers of the days that were asked for."""

    shown: DaysShown
    best: BestOfDays


@dataclass(frozen=True, slots=True)
class NoPapers:
    """The reason why there are no papers to show of `days`, and the nearest day that may have some."""

    reason: WithoutPapers
    nearest: date | None
    days: DaysShown | None = None


DaysAnswer = FoundDays | NoPapers


@dataclass(frozen=True, slots=True)
class ShownDays:
    """Finds the papers of days. `list_emoji` gives the emoji of a workspace's reading lists."""

    library: Library
    clock: Clock
    list_emoji: Callable[[str], Awaitable[ListEmoji]]

    async def recall(self, days: DaysShown | None, top: int | None = None) -> DaysAnswer | None:
        """The papers of days, None for the latest that has any, without asking the source; None where it must be."""
        return await self._answer(days, top, self.library.recall_day)

    async def look_up(self, days: DaysShown | None, top: int | None = None) -> DaysAnswer:
        """The papers of days, None for the latest that has any, as far as they can be had. Raises `StoreError`."""
        answer = await self._answer(days, top, self.library.look_up_day)
        assert answer is not None  # noqa: S101 - a day that is looked up has an answer, whatever it is
        return answer

    async def compose(
        self, team: str, answer: DaysAnswer, language: str, *, can_share: bool = False, shared_by: str | None = None
    ) -> Message:
        """The papers as a message to one person, which they can share where others are, or as `shared_by` somebody."""
        if isinstance(answer, NoPapers):
            return day_messages.no_papers(
                reason=answer.reason, nearest=answer.nearest, days=answer.days, language=language
            )
        shown, takeaways = day_messages.on_page(answer.best, answer.shown.page), {}
        for listed, _ in shown.papers:
            reading = await self.library.recall(listed.paper.id, language)
            if reading and reading.takeaway:
                takeaways[listed.paper.id] = reading.takeaway
        return day_messages.papers_of_days(
            best=answer.best,
            shown=answer.shown,
            takeaways=takeaways,
            list_url=self.library.list_url(answer.best.days[-1]),
            emoji=(await self.list_emoji(team)).spoken_of,
            language=language,
            can_share=can_share,
            shared_by=shared_by,
        )

    def numbered(self, answer: FoundDays) -> tuple[str, ...]:
        """The papers up to those of the page, in order, so that a number means what stands beside it."""
        last = day_messages.on_page(answer.best, answer.shown.page).papers[-1]
        papers = answer.best.papers
        return tuple(listed.paper.id for listed, _ in papers[: papers.index(last) + 1])

    async def _answer(self, days: DaysShown | None, top: int | None, read: Read) -> DaysAnswer | None:
        if days is None:
            return await self._latest(top, read)
        feed = self.library.feed
        if days.last < feed.first_day:
            return NoPapers(BeforeFeed(days.last, feed.first_day), feed.first_day)
        wanted = days_to_read(max(days.first, feed.first_day), days.last, feed)
        answers = await asyncio.gather(*(read(day) for day in wanted))
        known = [answer for answer in answers if answer is not None]
        if len(known) < len(answers):
            return None
        best = best_of(known, days.top, feed, self.clock.now())
        return FoundDays(days, best) if isinstance(best, BestOfDays) else await self._none(best, days)

    async def _latest(self, top: int | None, read: Read) -> DaysAnswer | None:
        """Only what is stored counts once the source was found to be away."""
        feed, now = self.library.feed, self.clock.now()
        tried: list[DayAnswer] = []
        for day in latest_first(now.date(), feed):
            is_away = any(isinstance(answer, Unreachable) for answer in tried)
            answer = await (self.library.recall_day if is_away else read)(day)
            if isinstance(answer, Listing):
                best = best_of([answer], top, feed, now)
                if isinstance(best, BestOfDays):
                    return FoundDays(DaysShown(day, day, top), best)
            elif answer is not None:
                tried.append(answer)
            elif not is_away:
                return None
        return await self._none(without_papers(tried, feed, now))

    def _is_left_out(self, day: date) -> bool:
        """Whether the source would have a list of this day, were it not the playground's."""
        only_days = self.library.only_days
        return only_days is not None and day not in only_days and self.library.feed.may_list_on(day)

    async def _none(self, reason: WithoutPapers, days: DaysShown | None = None) -> NoPapers:
        """The nearest day to offer, which is stored or, unless the source is away, complete; else the latest."""
        now, feed, only_days = self.clock.now(), self.library.feed, self.library.only_days
        if only_days and isinstance(reason, EmptyDay) and self._is_left_out(reason.day):
            reason = NotBundled(reason.day, min(only_days), max(only_days))
        tomorrow = now.date() + timedelta(days=1)
        for day in (*nearest_before(min(reason.day, tomorrow), feed), *latest_first(now.date(), feed)):
            if self._is_left_out(day):
                continue
            known = await self.library.recall_day(day)
            is_complete = known is None and feed.settled_at(day) <= now and not isinstance(reason, Unreachable)
            if isinstance(known, Listing) or is_complete:
                return NoPapers(reason, day, days)
        return NoPapers(reason, None, days)
