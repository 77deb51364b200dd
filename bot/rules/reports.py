"""Reports by readers that a summary is wrong, and when one has it rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import Origin

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.permissions import Actor

REWRITTEN_AGAIN_AFTER = timedelta(days=1)
REPORTS_COUNT_FOR = timedelta(days=1)
MOST_REPORTS_A_DAY = 5
LONGEST_NOTE = 300


class Complaint(StrEnum):
    """The fault that somebody reports in a summary."""

    NUMBERS = "numbers"
    CLAIMS = "claims"
    OTHER_PAPER = "other_paper"
    LANGUAGE = "language"
    SOMETHING_ELSE = "something_else"


@dataclass(frozen=True, slots=True)
class Report:
    """A person's report that the summary of a paper in a language is wrong; `note`, in their words, may be empty.

    `rewrites` tells that the summary is rewritten for it, or was.
    """

    team: str
    user: str
    paper_id: str
    language: str
    complaint: Complaint
    note: str
    at: datetime
    rewrites: bool = True


class NoRewriting(StrEnum):
    """The reason why reporting a summary cannot have it rewritten."""

    EXTRACT = "only_extract"
    BY_A_PERSON = "only_written"
    NO_MODEL = "only_kept"


def no_rewriting(origin: Origin | None, *, has_model: bool) -> NoRewriting | None:
    """The reason why a summary of this origin cannot be rewritten, if any; without one an extract is shown."""
    if origin is None or origin is Origin.EXTRACT:
        return NoRewriting.EXTRACT
    if origin is not Origin.MODEL:
        return NoRewriting.BY_A_PERSON
    return None if has_model else NoRewriting.NO_MODEL


class ReportResult(StrEnum):
    """The result of a report that had no summary rewritten; the catalogue has a sentence for each."""

    WORD_FOR_WORD = "word_for_word"
    BY_A_PERSON = "by_a_person"
    NO_MODEL = "no_model"
    MEMBERS_ONLY = "members_only"
    ALREADY = "already"


_RESULTS = {
    NoRewriting.EXTRACT: ReportResult.WORD_FOR_WORD,
    NoRewriting.BY_A_PERSON: ReportResult.BY_A_PERSON,
    NoRewriting.NO_MODEL: ReportResult.NO_MODEL,
}


def result_without_rewriting(why: NoRewriting) -> ReportResult:
    """The result of a report that is stored and cannot have the summary rewritten."""
    return _RESULTS[why]


def may_rewrite(actor: Actor) -> bool:
    """Whether somebody's word may change what everybody reads: only that of full members of this workspace."""
    return actor.is_person and not actor.is_guest and not actor.is_stranger
