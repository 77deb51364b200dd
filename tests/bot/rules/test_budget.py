"""What summaries may cost: so much a day, and a tenth of it for one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.budget import Allowance, Budget, Spent

BUDGET = Budget(daily_tokens=1000, input_price=0.5, output_price=2.0)
TOKENS = st.integers(min_value=0, max_value=2000)


@pytest.mark.parametrize(
    ("wanted", "today", "theirs", "allowance"),
    [
        (100, 0, None, Allowance.GRANTED),
        (100, 900, None, Allowance.GRANTED),
        (101, 900, None, Allowance.DAY_SPENT),
        (100, 0, 0, Allowance.GRANTED),
        (100, 0, 1, Allowance.SHARE_SPENT),
        (100, 901, 1, Allowance.DAY_SPENT),
    ],
)
def test_what_fits_is_granted(wanted: int, today: int, theirs: int | None, allowance: Allowance) -> None:
    assert BUDGET.allow(wanted, today=today, theirs=theirs) is allowance


@given(st.lists(st.tuples(TOKENS, st.booleans())))
def test_whatever_is_asked_neither_the_day_nor_a_person_gets_more_than_is_theirs(
    wishes: list[tuple[int, bool]],
) -> None:
    today = theirs = 0
    for wanted, is_person in wishes:
        if BUDGET.allow(wanted, today=today, theirs=theirs if is_person else None) is Allowance.GRANTED:
            today += wanted
            theirs += wanted if is_person else 0
    assert today <= BUDGET.daily_tokens
    assert theirs <= BUDGET.share


def test_nothing_is_granted_out_of_nothing() -> None:
    assert Budget(daily_tokens=0).allow(1, today=0, theirs=None) is Allowance.DAY_SPENT


def test_a_million_tokens_cost_what_was_set() -> None:
    assert BUDGET.dollars(2_000_000, 1_000_000) == pytest.approx(3.0)
    assert Spent(1, 20, 3).tokens == 23
