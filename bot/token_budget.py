"""The language model budget at work: tokens set aside before a request, and replaced by what it really cost."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING

from bot.rules.budget import Allowance, Spent
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from datetime import date

    from bot.clock import Clock
    from bot.rules.budget import Budget, Requester
    from bot.store import Spending
    from bot.summaries.models.responses import Usage


class TokenBudget:
    """The tokens that language models may use today, shared by all that ask one. Keep one for the process.

    `spent` tells its subscribers once a day that the day's budget is used up.
    """

    def __init__(self, spending: Spending, clock: Clock, budget: Budget) -> None:
        self._spending = spending
        self._clock = clock
        self._budget = budget
        self._ledger = asyncio.Condition()
        self._reserved = 0
        self._refused: set[tuple[date, Requester | None]] = set()
        self.spent: Subscribers[[]] = Subscribers()

    def is_refused(self, by: Requester) -> bool:
        """Whether somebody has already been told that nothing more is written for them today."""
        return not self._refused.isdisjoint({(self._today(), None), (self._today(), by)})

    async def reserve(self, wanted: int, by: Requester | None) -> Allowance:
        """Reserve tokens, if the budget has them; they count as used until settled.

        Where only others' reservations stand in the way, their real cost is waited for.
        """
        allowance = await self._reserve(wanted, by)
        if allowance is Allowance.DAY_SPENT:
            self._refuse(None)
        elif allowance is Allowance.SHARE_SPENT:
            self._refuse(by)
        return allowance

    async def _reserve(self, wanted: int, by: Requester | None) -> Allowance:
        async with self._ledger:
            while True:
                today = self._today()
                spent = (await self._spending.on(today)).tokens
                theirs = (await self._spending.by(today, by.team, by.user)).tokens if by else None
                allowance = self._budget.allow(wanted, today=spent, theirs=theirs)
                if allowance is not Allowance.GRANTED:
                    return allowance
                if self._budget.allow(wanted, today=spent + self._reserved, theirs=None) is Allowance.GRANTED:
                    self._reserved += wanted
                    return allowance
                await self._ledger.wait()

    async def reserve_beside(self, more: int, by: Requester | None) -> bool:
        """Reserve more tokens for a request under way, unless the budget is too small; it never waits, as it holds some
        itself."""
        async with self._ledger:
            today = self._today()
            spent = (await self._spending.on(today)).tokens + self._reserved
            theirs = (await self._spending.by(today, by.team, by.user)).tokens if by else None
            is_granted = self._budget.allow(more, today=spent, theirs=theirs) is Allowance.GRANTED
            self._reserved += more if is_granted else 0
            return is_granted

    async def settle(
        self, reserved: int, used: Usage | None, *, requests: int, model: str, by: Requester | None
    ) -> None:
        """Replace a reservation with the tokens really used, None where no request was made."""
        async with self._ledger:
            self._reserved -= reserved
            if used:
                dollars = self._budget.dollars(used.input_tokens, used.output_tokens)
                spent = Spent(requests, used.input_tokens, used.output_tokens, dollars)
                team, user = (by.team, by.user) if by else ("", "")
                await self._spending.record(self._today(), team, user, model, spent)
            self._ledger.notify_all()

    def _refuse(self, by: Requester | None) -> None:
        """Report a used-up budget once a day, however many requests are refused for it."""
        is_news = (self._today(), by) not in self._refused
        self._refused = {each for each in self._refused if each[0] == self._today()} | {(self._today(), by)}
        if is_news and by is None:
            self.spent.notify()

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()
