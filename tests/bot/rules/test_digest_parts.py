"""How the papers of a digest are distributed over messages."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.digest_parts import MESSAGE, Size, split

ROOM = Size(MESSAGE.characters - 2_600, MESSAGE.blocks - 9)
sizes = st.lists(st.builds(Size, characters=st.integers(1, 900), blocks=st.integers(1, 3)), max_size=120) | st.lists(
    st.just(Size(900, 2)), max_size=60
)


def taken(papers: list[Size], part: range) -> Size:
    return Size(sum(papers[place].characters for place in part), sum(papers[place].blocks for place in part))


def fits(papers: list[Size], part: range, beside: int = 0) -> bool:
    size = taken(papers, part)
    return size.characters <= ROOM.characters - beside and size.blocks <= ROOM.blocks


@given(papers=sizes, beside=st.integers(0, 2_000))
def test_every_paper_stands_in_one_part_in_order_and_every_part_in_one_message(papers: list[Size], beside: int) -> None:
    parts = split(papers, beside=beside)
    assert list(chain.from_iterable(parts)) == list(range(len(papers)))
    assert all(fits(papers, part, beside) and part for part in parts)


@given(papers=sizes)
def test_there_is_no_part_more_than_it_takes(papers: list[Size]) -> None:
    parts = split(papers)
    fewest, start = 0, 0
    while start < len(papers):
        start = max(end for end in range(start + 1, len(papers) + 1) if fits(papers, range(start, end)))
        fewest += 1
    assert len(parts) == fewest


@pytest.mark.parametrize(
    ("papers", "parts"), [(0, []), (1, [1]), (10, [10]), (20, [20]), (21, [11, 10]), (50, [17, 17, 16])]
)
def test_usual_papers_are_distributed_evenly(papers: int, parts: list[int]) -> None:
    assert [len(part) for part in split([Size(350, 2)] * papers)] == parts


def test_a_paper_that_no_message_has_room_for_stands_alone() -> None:
    assert split([Size(9_000, 2)] * 2) == (range(1), range(1, 2))
