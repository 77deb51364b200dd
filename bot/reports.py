"""What readers say is wrong with a summary, and when it is written anew for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

ANEW_AFTER = timedelta(days=1)
MOST_REPORTS_A_DAY = 5
LONGEST_NOTE = 300


class Complaint(StrEnum):
    """What can be wrong with a summary."""

    NUMBERS = "numbers"
    CLAIMS = "claims"
    OTHER_PAPER = "other_paper"
    LANGUAGE = "language"
    SOMETHING_ELSE = "something_else"


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody's word that the summary of a paper in a language is wrong; `note` is theirs, and may be empty."""

    team: str
    user: str
    paper_id: str
    language: str
    complaint: Complaint
    note: str
    at: datetime


def is_heard(report: Report, earlier: Iterable[Report]) -> bool:
    """Whether a person has reported little enough of late to be heard; `earlier` are all of the last day."""
    theirs = [each for each in earlier if (each.team, each.user) == (report.team, report.user)]
    return len(theirs) < MOST_REPORTS_A_DAY


def is_first(report: Report, earlier: Iterable[Report]) -> bool:
    """Whether nobody had the same summary written anew of late; `earlier` are the reports of the last day."""
    return all((each.paper_id, each.language) != (report.paper_id, report.language) for each in earlier)
