"""Retries of summaries: when a failed one is requested again, and when it is given up.

A failure counts against a summary when another request is likely to fail and cost tokens again: the answer was cut
short, unusable, declined, or did not pass the source check. An unreachable server does not count; each time the next
request just waits longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MOST_FAILURES = 3
# As many papers in a row of which a model summarized none are no accident.
FAILURES_IN_A_ROW = 5
_WAITS_AFTER_FAILURES = (timedelta(hours=1), timedelta(hours=4))
_WAIT_WHILE_AWAY = timedelta(minutes=10)
_LONGEST_WAIT_WHILE_AWAY = timedelta(hours=1)
_WAIT_OF_A_PERSON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SummaryTries:
    """A model's failures so far to summarize a paper in a language, up to `last_at`.

    `failures` count against the summary; `away` are the times in a row, since the last of them, that no answer came.
    `reason` is the name of the last failure.
    """

    failures: int
    away: int
    reason: str
    last_at: datetime

    @property
    def is_given_up(self) -> bool:
        """Whether it is tried again only where a person asks for it."""
        return self.failures >= MOST_FAILURES


def after_failure(
    before: SummaryTries | None, reason: str, now: datetime, *, counts: bool, is_final: bool = False
) -> SummaryTries:
    """The record of tries once another failed; `is_final` gives the summary up at once."""
    failures, away = (before.failures, before.away) if before else (0, 0)
    if not counts:
        return SummaryTries(failures, away + 1, reason, now)
    return SummaryTries(max(failures + 1, MOST_FAILURES if is_final else 0), 0, reason, now)


def may_try(tries: SummaryTries | None, now: datetime, *, for_person: bool, failed_in_a_row: int = 0) -> bool:
    """Whether a summary may be tried now: unasked, or because a person wants it.

    A model that wrote nothing for the last `failed_in_a_row` papers is not asked about one of them again: only about
    new papers, which show when it can.
    """
    if tries is None:
        return True
    waited = now - tries.last_at
    if for_person:
        return waited >= _WAIT_OF_A_PERSON
    if tries.is_given_up or (tries.failures and failed_in_a_row >= FAILURES_IN_A_ROW):
        return False
    return waited >= _wait(tries)


def _wait(tries: SummaryTries) -> timedelta:
    if tries.away:
        doubled: timedelta = _WAIT_WHILE_AWAY * 2 ** min(tries.away - 1, 10)
        return min(doubled, _LONGEST_WAIT_WHILE_AWAY)
    return _WAITS_AFTER_FAILURES[min(tries.failures, len(_WAITS_AFTER_FAILURES)) - 1]
