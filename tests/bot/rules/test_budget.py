"""What summaries may cost: so much a day, and a tenth of it for one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.budget import Allowance, Budget, Spent, Used, used_by

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
    assert BUDGET.allow(wanted, Used(today, theirs=theirs)) is allowance


@given(st.lists(st.tuples(TOKENS, st.booleans())))
def test_whatever_is_asked_neither_the_day_nor_a_person_gets_more_than_is_theirs(
    wishes: list[tuple[int, bool]],
) -> None:
    today = theirs = 0
    for wanted, is_person in wishes:
        if BUDGET.allow(wanted, Used(today, theirs=theirs if is_person else None)) is Allowance.GRANTED:
            today += wanted
            theirs += wanted if is_person else 0
    assert today <= BUDGET.daily_tokens
    assert theirs <= BUDGET.share


def test_what_is_set_aside_for_others_is_waited_for_as_it_may_turn_out_to_cost_less() -> None:
    assert BUDGET.allow(100, Used(500, reserved=401)) is Allowance.LATER
    assert BUDGET.allow(50, Used(500, reserved=60, theirs=0, theirs_reserved=60)) is Allowance.LATER
    assert BUDGET.allow(100, Used(500, reserved=400, theirs=0, theirs_reserved=0)) is Allowance.GRANTED


def test_each_workspace_has_a_budget_of_its_own_and_what_is_used_at_a_terminal_counts_in_each() -> None:
    tokens = {"": 10, "T1": 300, "T2": 500}
    assert (used_by("T1", tokens), used_by("T2", tokens), used_by("T3", tokens)) == (310, 510, 10)
    assert used_by("", tokens) == 510


def test_nothing_is_granted_out_of_nothing() -> None:
    assert Budget(daily_tokens=0).allow(1, Used(0)) is Allowance.DAY_SPENT


def test_a_million_tokens_cost_what_was_set() -> None:
    assert BUDGET.dollars(2_000_000, 1_000_000) == pytest.approx(3.0)
    assert Spent(1, 20, 3).tokens == 23
