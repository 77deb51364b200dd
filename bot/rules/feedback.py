"""Ratings of a model's summary: helpful or not, once a person and version, the last word counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.rules.papers import Origin

if TYPE_CHECKING:
    from bot.rules.papers import Summary


class Rating(StrEnum):
    """A reader's opinion of a summary."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"


@dataclass(frozen=True, slots=True)
class RatedSummary:
    """One version of a model's summary, known by its paper, its language, and when it was made."""

    paper_id: str
    language: str
    made_at: datetime

    def __str__(self) -> str:
        """The name of the version in the values of the buttons below it."""
        return f"{self.language}:{self.paper_id}:{self.made_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A person's rating of a summary; `at` is when they gave it, by Slack's clock, and `made_by` names the model."""

    team: str
    user: str
    summary: RatedSummary
    made_by: str
    rating: Rating
    at: datetime


def rated(*summaries: Summary | None) -> RatedSummary | None:
    """The summary that the readers of a card may rate: the first of them that a model wrote."""
    for summary in summaries:
        if summary and summary.origin is Origin.MODEL:
            return RatedSummary(summary.paper_id, summary.language, summary.made_at)
    return None


def read_choice(value: str) -> tuple[Rating, RatedSummary] | None:
    """The rating behind the value of a button, and the version that is rated; None for a value that no card has."""
    rating, language, paper_id, *rest = [*value.split(":", 3), "", "", ""][:4]
    try:
        made_at = datetime.fromisoformat("".join(rest))
        chosen = Rating(rating)
    except ValueError:
        return None
    is_whole = language and paper_id and made_at.tzinfo
    return (chosen, RatedSummary(paper_id, language, made_at)) if is_whole else None
