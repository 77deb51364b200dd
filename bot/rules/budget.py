"""The budget for language models: tokens a day for each workspace, and a share of them for each person who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_A_MILLION = 1_000_000
_SHARES = 10


@dataclass(frozen=True, slots=True)
class Requester:
    """The payer for an answer of a language model: a person of a workspace, or the workspace itself where nobody asked.

    An empty `team` is the operator, at a terminal.
    """

    team: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """The use of models: requests, tokens in and out, and the cost in dollars, as far as prices are set."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0

    @property
    def tokens(self) -> int:
        """All tokens, in and out."""
        return self.input_tokens + self.output_tokens


class Allowance(StrEnum):
    """Whether a summary may be requested, or which limit is used up."""

    GRANTED = "granted"
    LATER = "later"  # only what is set aside for others stands in the way, which may turn out to cost less
    DAY_SPENT = "day_spent"
    SHARE_SPENT = "share_spent"


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens used on a day in a workspace and those set aside beside them, and both of one person, where one asks."""

    today: int
    reserved: int = 0
    theirs: int | None = None
    theirs_reserved: int = 0


def used_by(team: str, tokens: Mapping[str, int]) -> int:
    """The tokens that count in a workspace's budget, of those used by each: its own, and the operator's at a terminal.

    Commands at a terminal may use what the workspace that used most has left; where there is one, all is counted.
    """
    at_terminal = tokens.get("", 0)
    others = [used for each, used in tokens.items() if each and (not team or each == team)]
    return at_terminal + max(others, default=0)


@dataclass(frozen=True, slots=True)
class Budget:
    """`daily_tokens` for each workspace on one UTC day, a tenth of it for each person; prices in dollars for a million
    tokens in and out."""

    daily_tokens: int
    input_price: float = 0.0
    output_price: float = 0.0

    @property
    def share(self) -> int:
        """The tokens that one person may use in a day."""
        return self.daily_tokens // _SHARES

    def allow(self, wanted: int, used: Used) -> Allowance:
        """Whether `wanted` tokens fit beside those used, and beside a person's own where one asks."""
        if used.today + wanted > self.daily_tokens:
            return Allowance.DAY_SPENT
        if used.theirs is not None and used.theirs + wanted > self.share:
            return Allowance.SHARE_SPENT
        if used.today + used.reserved + wanted > self.daily_tokens:
            return Allowance.LATER
        if used.theirs is not None and used.theirs + used.theirs_reserved + wanted > self.share:
            return Allowance.LATER
        return Allowance.GRANTED

    def dollars(self, input_tokens: int, output_tokens: int) -> float:
        """The price of so many tokens, in US dollars."""
        return (input_tokens * self.input_price + output_tokens * self.output_price) / _A_MILLION
