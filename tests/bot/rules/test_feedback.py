"""What the buttons below a summary mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.rules.feedback import RatedSummary, Rating, rated, read_choice
from bot.rules.papers import Origin, ReadSource, Section, Summary

MADE_AT = datetime(2026, 8, 1, 0, 10, 3, 14, tzinfo=UTC)
BY_MODEL = Summary(
    "2407.21017", "en", ((Section.WHATS_NEW, "It is new."),), Origin.MODEL, "m", ReadSource.ABSTRACT, MADE_AT
)


@pytest.mark.parametrize("rating", Rating)
@pytest.mark.parametrize("paper_id", ["2407.21017", "hep-th/9901001"])
@pytest.mark.parametrize("made_at", [MADE_AT, MADE_AT.replace(microsecond=0)])
@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_a_button_names_a_rating_and_one_version_of_a_summary(
    rating: Rating, paper_id: str, made_at: datetime, language: str
) -> None:
    summary = RatedSummary(paper_id, language, made_at)
    assert read_choice(f"{rating}:{summary}") == (rating, summary)


def test_a_version_is_the_same_on_the_clocks_of_any_zone() -> None:
    elsewhere = RatedSummary("2407.21017", "ko", MADE_AT.astimezone(timezone(timedelta(hours=9))))
    assert read_choice(f"helpful:{elsewhere}") == (Rating.HELPFUL, RatedSummary("2407.21017", "ko", MADE_AT))


@pytest.mark.parametrize(
    "value",
    [
        *("", "helpful", "helpful:en", "helpful:en:2407.21017", "helpful:en:2407.21017:", ":::", "helpful:::"),
        "helpful:en:2407.21017:today",
        "helpful:en:2407.21017:2026-08-01T00:10:00",
        f"best:en:2407.21017:{MADE_AT.isoformat()}",
        f"helpful::2407.21017:{MADE_AT.isoformat()}",
    ],
)
def test_a_value_that_no_card_has_names_none(value: str) -> None:
    assert read_choice(value) is None


def test_only_what_a_model_wrote_is_rated() -> None:
    others = [replace(BY_MODEL, origin=origin) for origin in Origin if origin is not Origin.MODEL]
    assert [rated(other, None) for other in others] == [None] * 3
    assert rated(None) is None


def test_of_two_summaries_the_first_that_a_model_wrote_is_rated() -> None:
    korean = replace(BY_MODEL, language="ko")
    assert rated(BY_MODEL, korean) == RatedSummary("2407.21017", "en", MADE_AT)
    assert rated(replace(BY_MODEL, origin=Origin.EXTRACT), korean) == RatedSummary("2407.21017", "ko", MADE_AT)
