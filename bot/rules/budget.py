"""The budget for language models: tokens a day for all, and a share of them for each person who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_A_MILLION = 1_000_000
_SHARES = 10


@dataclass(frozen=True, slots=True)
class Requester:
    """A person whose request a language model answers; its cost counts as theirs."""

    team: str
    user: str


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
    DAY_SPENT = "day_spent"
    SHARE_SPENT = "share_spent"


@dataclass(frozen=True, slots=True)
class Budget:
    """`daily_tokens` for all on one UTC day, a tenth of it for each person; prices in dollars for a million tokens in
    and out."""

    daily_tokens: int
    input_price: float = 0.0
    output_price: float = 0.0

    @property
    def share(self) -> int:
        """The tokens that one person may use in a day."""
        return self.daily_tokens // _SHARES

    def allow(self, wanted: int, *, today: int, theirs: int | None) -> Allowance:
        """Whether `wanted` tokens fit beside those used `today`, and beside a person's own where one asks."""
        if today + wanted > self.daily_tokens:
            return Allowance.DAY_SPENT
        if theirs is not None and theirs + wanted > self.share:
            return Allowance.SHARE_SPENT
        return Allowance.GRANTED

    def dollars(self, input_tokens: int, output_tokens: int) -> float:
        """The price of so many tokens, in US dollars."""
        return (input_tokens * self.input_price + output_tokens * self.output_price) / _A_MILLION
