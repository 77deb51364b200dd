"""The daily lists of one tick: each is read once, however many channels and workspaces want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.papers import Listing, NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.library import Library
    from bot.rules.papers import DayAnswer


class DayLists:
    """The answers of the source for days as of a tick, each requested once for all workspaces that ask in it."""

    def __init__(self, library: Library, now: datetime) -> None:
        self._library = library
        self._now = now

    async def read(self, days: Sequence[date]) -> list[DayAnswer]:
        """The source's answers for these days, up to the first it tells nothing of."""
        answers: list[DayAnswer] = []
        for day in days:
            answers.append(await self._library.read_settled_day_once(day, since=self._now))
            if isinstance(answers[-1], NotOpenYet | Unreachable):
                break
        return answers


def is_read_since(moment: datetime, answer: DayAnswer) -> bool:
    """Whether an answer comes from the source and not from what was kept before `moment`."""
    return not isinstance(answer, Unreachable) and not (isinstance(answer, Listing) and answer.fetched_at < moment)
