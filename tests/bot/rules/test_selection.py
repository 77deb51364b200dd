"""Which papers a channel gets: the best it has not had, in an order nobody can argue with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import DayAnswer, EmptyDay, ListedPaper, Listing, Paper, Unreachable
from bot.rules.selection import choose, choose_days, rank

MORNING = datetime(2024, 7, 31, 6, tzinfo=UTC)
SEOUL = timezone(timedelta(hours=9))


def listed(paper_id: str, votes: int = 0, comments: int = 0, submitted_at: datetime | None = MORNING) -> ListedPaper:
    return ListedPaper(Paper(paper_id, f"Title of {paper_id}", ("Ana",)), votes, comments, submitted_at)


def ids(papers: list[ListedPaper]) -> list[str]:
    return [each.paper.id for each in papers]


FIVE = [listed(f"2407.0000{number}", votes=number) for number in range(1, 6)]

# Few values a field, so that ties are the rule.
PAPERS = st.lists(
    st.builds(
        listed,
        st.integers(1, 12).map("2407.{:05}".format),
        st.integers(0, 3),
        st.integers(0, 2),
        st.none() | st.integers(0, 2).map(lambda hours: MORNING + timedelta(hours=hours)),
    ),
    max_size=30,
)


def test_more_votes_come_first() -> None:
    assert ids(rank(FIVE)) == ["2407.00005", "2407.00004", "2407.00003", "2407.00002", "2407.00001"]


def test_equal_votes_are_settled_by_comments() -> None:
    assert ids(rank([listed("2407.00001", 5, 1), listed("2407.00002", 5, 2)])) == ["2407.00002", "2407.00001"]


def test_equal_comments_are_settled_by_who_was_submitted_earlier() -> None:
    late, early = listed("2407.00001", 5, 1, MORNING + timedelta(seconds=1)), listed("2407.00002", 5, 1, MORNING)
    assert ids(rank([late, early])) == ["2407.00002", "2407.00001"]


def test_submission_times_are_moments_whatever_their_zone() -> None:
    in_seoul = listed("2407.00001", 5, 1, datetime(2024, 7, 31, 14, tzinfo=SEOUL))
    an_hour_later = listed("2407.00002", 5, 1, MORNING)
    assert ids(rank([an_hour_later, in_seoul])) == ["2407.00001", "2407.00002"]


def test_a_paper_without_submission_time_stands_behind_its_equals() -> None:
    assert ids(rank([listed("2407.00001", 5, 1, None), listed("2407.00002", 5, 1, MORNING)])) == [
        "2407.00002",
        "2407.00001",
    ]


def test_what_is_equal_in_everything_else_is_settled_by_id() -> None:
    assert ids(rank([listed("2407.00002"), listed("2407.00001")])) == ["2407.00001", "2407.00002"]


def test_only_the_top_is_chosen() -> None:
    assert ids(choose(FIVE, top=2)) == ["2407.00005", "2407.00004"]


def test_a_short_day_gives_what_it_has() -> None:
    assert ids(choose(FIVE, top=50)) == ids(rank(FIVE))
    assert choose([], top=10) == []


def test_papers_nobody_voted_for_are_chosen_when_there_are_no_others() -> None:
    assert ids(choose([listed("2407.00001", votes=0)], top=10)) == ["2407.00001"]


def test_what_the_channel_has_had_gives_way_to_the_next() -> None:
    assert ids(choose(FIVE, top=2, already_posted={"2407.00005", "2407.00003"})) == ["2407.00004", "2407.00002"]


def test_a_channel_that_has_had_everything_gets_nothing() -> None:
    assert choose(FIVE, top=3, already_posted=frozenset(ids(FIVE))) == []


def test_a_paper_listed_twice_counts_once_where_it_stands_best() -> None:
    ranked = rank([listed("2407.00001", 1), listed("2407.00002", 2), listed("2407.00001", 3)])
    assert [(each.paper.id, each.votes) for each in ranked] == [("2407.00001", 3), ("2407.00002", 2)]


@given(papers=PAPERS, data=st.data())
def test_the_order_papers_are_listed_in_does_not_matter(papers: list[ListedPaper], data: st.DataObject) -> None:
    assert rank(data.draw(st.permutations(papers))) == rank(papers)


@given(papers=PAPERS, top=st.integers(0, 12), posted=st.sets(st.integers(1, 12).map("2407.{:05}".format)))
def test_asking_for_one_more_adds_at_most_one_at_the_end(papers: list[ListedPaper], top: int, posted: set[str]) -> None:
    fewer, more = (choose(papers, top=size, already_posted=posted) for size in (top, top + 1))
    assert more[: len(fewer)] == fewer
    assert len(fewer) <= top
    assert len(more) - len(fewer) in {0, 1}


@given(papers=PAPERS, posted=st.sets(st.integers(1, 12).map("2407.{:05}".format)))
def test_every_new_paper_is_chosen_once_when_there_is_room(papers: list[ListedPaper], posted: set[str]) -> None:
    chosen = ids(choose(papers, top=len(papers), already_posted=posted))
    assert len(chosen) == len(set(chosen))
    assert set(chosen) == {each.paper.id for each in papers} - posted


FRIDAY, SATURDAY, SUNDAY = (date(2026, 1, day) for day in (9, 10, 11))


def listing(day: date, *papers: ListedPaper) -> Listing:
    return Listing(day, papers, MORNING)


def latest_of(*answers: DayAnswer, top: int = 2, posted: frozenset[str] = frozenset()) -> list[tuple[date, list[str]]]:
    chosen = choose_days(answers, top=top, already_posted=posted, only_latest=True).chosen
    assert not any(each.before for each in chosen if not posted)
    return [(each.day, ids(list(each.papers))) for each in chosen]


def test_the_latest_day_keeps_papers_that_an_earlier_day_lists_too() -> None:
    best, second, third = listed("2601.00001", 3), listed("2601.00002", 2), listed("2601.00003", 1)
    lists = (listing(FRIDAY, best, second, third), listing(SATURDAY, best, second, third))
    assert latest_of(*lists) == [(SATURDAY, ["2601.00001", "2601.00002"])]
    assert latest_of(*lists, top=3) == [(SATURDAY, ["2601.00001", "2601.00002", "2601.00003"])]


def test_the_latest_day_that_has_papers_comes_and_what_is_not_known_yet_is_waited_for() -> None:
    friday, saturday = listing(FRIDAY, listed("2601.00001")), listing(SATURDAY, listed("2601.00002"))
    assert latest_of(friday, saturday, EmptyDay(SUNDAY)) == [(SATURDAY, ["2601.00002"])]
    assert latest_of(friday, saturday, posted=frozenset({"2601.00002"})) == [(FRIDAY, ["2601.00001"])]
    away = choose_days(
        [friday, Unreachable(SATURDAY, "away"), listing(SUNDAY, listed("2601.00003"))],
        top=1,
        already_posted=frozenset(),
        only_latest=True,
    )
    assert [each.day for each in away.chosen] == [FRIDAY]
    assert away.waiting == Unreachable(SATURDAY, "away")
    assert away.cursor == FRIDAY
