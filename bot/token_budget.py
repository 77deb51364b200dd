"""The language model budget at work: tokens set aside before a request, and replaced by what it really cost."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.rules.budget import Allowance, Requester, Spent
from bot.subscribers import Subscribers

if TYPE_CHECKING:
    from datetime import date

    from bot.clock import Clock
    from bot.rules.budget import Budget
    from bot.store import Spending
    from bot.summaries.models.responses import Usage

# Longer than any request takes, with all its tries: what is still set aside then was left by a process that is gone.
_RESERVED_FOR = timedelta(hours=1)
# How long is waited for what others set aside to be settled, and how often it is looked for what other processes did.
_WAITS_SECONDS = 300.0
_LOOKS_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to whoever wants tokens: whether they are set aside, under which name, and who pays for them."""

    allowance: Allowance
    id: str
    by: Requester


class TokenBudget:
    """The tokens that language models may use today in each workspace, counted in the database, so that any number of
    processes together stay within them.

    `spent` tells its subscribers, once a day, of each workspace whose budget for the day is used up.
    """

    def __init__(self, spending: Spending, clock: Clock, budget: Budget) -> None:
        self._spending = spending
        self._clock = clock
        self._budget = budget
        self._ledger = asyncio.Condition()
        self._refused: set[tuple[date, Requester]] = set()
        self.spent: Subscribers[[str]] = Subscribers()

    def is_refused(self, by: Requester) -> bool:
        """Whether somebody has already been told that nothing more is written for them today."""
        return not self._refused.isdisjoint({(self._today(), Requester(by.team)), (self._today(), by)})

    async def reserve(self, wanted: int, by: Requester) -> Reservation:
        """Reserve tokens, if the budget has them; they count as used until settled.

        Where only others' reservations stand in the way, their real cost is waited for.
        """
        reservation = Reservation(*await self._reserve(wanted, by), by)
        if reservation.allowance is Allowance.DAY_SPENT:
            self._refuse(Requester(by.team))
        elif reservation.allowance is Allowance.SHARE_SPENT:
            self._refuse(by)
        return reservation

    async def _reserve(self, wanted: int, by: Requester) -> tuple[Allowance, str]:
        name = secrets.token_hex(8)
        began = self._clock.monotonic()
        async with self._ledger:
            while True:
                allowance = await self._ask(name, wanted, by)
                if allowance is not Allowance.LATER or self._clock.monotonic() - began > _WAITS_SECONDS:
                    return allowance, name
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOKS_EVERY_SECONDS):
                        await self._ledger.wait()

    async def reserve_beside(self, more: int, reservation: Reservation) -> bool:
        """Reserve more tokens for a request under way, unless the budget is too small; it never waits, as it holds some
        itself."""
        async with self._ledger:
            return await self._ask(reservation.id, more, reservation.by) is Allowance.GRANTED

    async def _ask(self, name: str, wanted: int, by: Requester) -> Allowance:
        now = self._clock.now()
        return await self._spending.reserve(
            name, self._today(), by, wanted, self._budget, now=now, until=now + _RESERVED_FOR
        )

    async def settle(self, reservation: Reservation, used: Usage | None, *, requests: int, model: str) -> None:
        """Replace a reservation with the tokens really used, None where no request was made."""
        spent = None
        if used:
            dollars = self._budget.dollars(used.input_tokens, used.output_tokens)
            spent = Spent(requests, used.input_tokens, used.output_tokens, dollars)
        async with self._ledger:
            await self._spending.settle(reservation.id, self._today(), reservation.by.team, model, spent)
            self._ledger.notify_all()

    def _refuse(self, by: Requester) -> None:
        """Report a used-up budget once a day, however many requests are refused for it."""
        is_news = (self._today(), by) not in self._refused
        self._refused = {each for each in self._refused if each[0] == self._today()} | {(self._today(), by)}
        if is_news and not by.user:
            self.spent.notify(by.team)

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()
