"""The daily lists of one tick: each is read once, however many channels want it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.rules.papers import Listing, NotOpenYet, Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.library import Library
    from bot.rules.papers import DayAnswer


class DayLists:
    """The answers of the source for days, each requested once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._answers: dict[date, asyncio.Task[DayAnswer]] = {}

    async def read(self, days: Sequence[date]) -> list[DayAnswer]:
        """The source's answers for these days, up to the first it tells nothing of."""
        answers: list[DayAnswer] = []
        for day in days:
            if day not in self._answers:
                self._answers[day] = asyncio.create_task(self._library.read_settled_day(day))
            answers.append(await asyncio.shield(self._answers[day]))
            if isinstance(answers[-1], NotOpenYet | Unreachable):
                break
        return answers


def is_read_since(moment: datetime, answer: DayAnswer) -> bool:
    """Whether an answer comes from the source and not from what was kept before `moment`."""
    return not isinstance(answer, Unreachable) and not (isinstance(answer, Listing) and answer.fetched_at < moment)
