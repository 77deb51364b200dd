"""When a summary that failed is tried again, and when it is given up: rules without a clock of their own."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.summary_retries import (
    FAILURES_IN_A_ROW,
    MOST_FAILURES,
    SummaryTries,
    after_failure,
    may_try,
)

NOW = datetime(2024, 8, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def tries_made(every: timedelta, hours: int, *, counts: bool, failed_in_a_row: int = 0) -> list[datetime]:
    """The moments at which something that always fails is tried, looked at as often as `every`."""
    tries: SummaryTries | None = None
    made = []
    for number in range(int(timedelta(hours=hours) / every)):
        now = NOW + number * every
        if may_try(tries, now, for_person=False, failed_in_a_row=failed_in_a_row):
            made.append(now)
            tries = after_failure(tries, "garbled", now, counts=counts)
    return made


def test_what_never_succeeds_is_tried_a_few_times_with_growing_waits() -> None:
    made = tries_made(MINUTE, 24 * 30, counts=True)
    assert len(made) == MOST_FAILURES
    waits = [later - earlier for earlier, later in itertools.pairwise(made)]
    assert waits == sorted(waits)
    assert waits[0] >= timedelta(hours=1)


def test_what_is_away_is_tried_ever_more_slowly_and_never_given_up() -> None:
    made = tries_made(MINUTE, 24, counts=False)
    waits = [later - earlier for earlier, later in itertools.pairwise(made)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (10 * MINUTE, 60 * MINUTE)
    assert len(made) < 30


def test_a_model_that_wrote_nothing_for_many_papers_is_not_asked_about_one_of_them_again() -> None:
    assert len(tries_made(MINUTE, 24, counts=True, failed_in_a_row=FAILURES_IN_A_ROW)) == 1
    assert len(tries_made(MINUTE, 24, counts=True, failed_in_a_row=FAILURES_IN_A_ROW - 1)) == MOST_FAILURES


@pytest.mark.parametrize("failures", range(1, MOST_FAILURES + 3))
def test_a_person_may_try_again_whatever_was_given_up_but_not_at_once(failures: int) -> None:
    tries = SummaryTries(failures, 0, "cut_short", NOW)
    assert not may_try(tries, NOW + 9 * MINUTE, for_person=True, failed_in_a_row=99)
    assert may_try(tries, NOW + 10 * MINUTE, for_person=True, failed_in_a_row=99)


def test_what_is_final_is_given_up_at_once() -> None:
    assert after_failure(None, "rejected", NOW, counts=True, is_final=True).is_given_up


@given(st.lists(st.booleans(), max_size=40))
def test_only_what_counts_is_counted_in_any_order(course: list[bool]) -> None:
    tries: SummaryTries | None = None
    for counts in course:
        tries = after_failure(tries, "some", NOW, counts=counts)
    if tries:
        assert tries.failures == sum(course)
        assert tries.is_given_up == (sum(course) >= MOST_FAILURES)
        assert (tries.away == 0) == course[-1]
