"""Which days somebody asks to see, and the best papers of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import EmptyDay, ListedPaper, Listing, NotOpenYet, Paper, Unreachable
from bot.rules.selection import NothingYet
from bot.rules.shown_days import MOST_DAYS, BestOfDays, DaysShown, best_of, days_to_read, latest_first, nearest_before

WEDNESDAY = date(2024, 7, 31)
SATURDAY = date(2024, 8, 3)
NOW = datetime(2024, 8, 2, 12, tzinfo=UTC)


def listing(day: date, *votes: tuple[str, int]) -> Listing:
    papers = tuple(ListedPaper(Paper(paper_id, paper_id, ()), count) for paper_id, count in votes)
    return Listing(day, papers, datetime(day.year, day.month, day.day, 23, tzinfo=UTC))


def best(*answers: Listing | EmptyDay | NotOpenYet | Unreachable, top: int | None = None) -> BestOfDays:
    found = best_of(answers, top, HUGGING_FACE, NOW)
    assert isinstance(found, BestOfDays)
    return found


@pytest.mark.parametrize(
    "text", ["2024-07-31", "2024-07-29..2024-07-31", "2024-07-31 top5", "2024-07-29..2024-07-31 top100 p12"]
)
def test_a_buttons_value_means_the_same_days_again(text: str) -> None:
    assert str(DaysShown.parse(text)) == text


@pytest.mark.parametrize("text", ["", "2024-07-32", "today", "2024-07-31 top", "2024-07-31 p1000", "2024-07-31\n"])
def test_a_value_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        DaysShown.parse(text)


def test_one_day_is_read_whatever_its_weekday() -> None:
    assert days_to_read(SATURDAY, SATURDAY, HUGGING_FACE) == [SATURDAY]


def test_of_several_days_those_that_can_have_papers_are_read_the_latest_of_a_long_time() -> None:
    assert days_to_read(WEDNESDAY, date(2024, 8, 5), HUGGING_FACE) == [
        WEDNESDAY,
        date(2024, 8, 1),
        date(2024, 8, 2),
        date(2024, 8, 5),
    ]
    year = days_to_read(date(2023, 8, 1), WEDNESDAY, HUGGING_FACE)
    assert year[-1] == WEDNESDAY
    assert year[0] > WEDNESDAY - timedelta(days=MOST_DAYS)
    assert days_to_read(SATURDAY, SATURDAY + timedelta(days=1), HUGGING_FACE)


def test_the_latest_day_and_the_nearest_are_looked_for_on_days_that_can_have_papers() -> None:
    assert next(latest_first(SATURDAY, HUGGING_FACE)) == date(2024, 8, 2)
    assert next(nearest_before(SATURDAY, HUGGING_FACE)) == date(2024, 8, 2)
    assert list(nearest_before(HUGGING_FACE.first_day, HUGGING_FACE)) == []


def test_papers_of_several_days_are_ranked_together_each_once() -> None:
    found = best(listing(WEDNESDAY, ("a", 5), ("b", 3)), listing(date(2024, 8, 1), ("c", 4), ("a", 9)))
    assert [(each.paper.id, each.votes, day.day) for each, day in found.papers] == [
        ("a", 9, 1),
        ("c", 4, 1),
        ("b", 3, 31),
    ]
    assert found.listed == 3


def test_top_takes_that_many() -> None:
    found = best(listing(WEDNESDAY, ("a", 5), ("b", 3), ("c", 1)), top=2)
    assert len(found.papers) == 2
    assert found.listed == 3


def test_a_day_that_could_not_be_read_beside_others_is_named() -> None:
    found = best(listing(WEDNESDAY, ("a", 5)), Unreachable(date(2024, 8, 1), "503"))
    assert found.unread == (date(2024, 8, 1),)


def test_a_list_that_still_grows_is_told_to() -> None:
    assert best(listing(WEDNESDAY, ("a", 5))).is_settled
    assert not best(listing(NOW.date(), ("a", 5))).is_settled


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([EmptyDay(WEDNESDAY)], EmptyDay(WEDNESDAY)),
        ([EmptyDay(NOW.date())], NothingYet(NOW.date())),
        ([NotOpenYet(SATURDAY), EmptyDay(WEDNESDAY)], NotOpenYet(SATURDAY)),
        ([Unreachable(WEDNESDAY, "503"), NotOpenYet(SATURDAY)], Unreachable(WEDNESDAY, "503")),
    ],
)
def test_why_there_are_no_papers_is_what_can_change_first(
    answers: list[EmptyDay | NotOpenYet | Unreachable], reason: object
) -> None:
    assert best_of(answers, None, HUGGING_FACE, NOW) == reason
