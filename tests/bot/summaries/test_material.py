"""What a summary is made from: always something, never too much, and in the paper's order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import FoundAt, FullText, Paper, ReadSource, TextSection
from bot.summaries.material import choose_material
from tests.full_texts import read_markdown
from tests.papers_in_full import APPENDIX, MARKDOWN, MATTING, REFERENCES, SECTIONS

WHOLE = FullText(MATTING.id, FoundAt.HUGGING_FACE, read_markdown(MARKDOWN), 2)
HEADINGS = st.sampled_from(
    [
        "1 Introduction",
        "2 Related Work",
        "3 Method",
        "4 Experiments",
        "Limitations",
        "Conclusion",
        "References",
        "A Proof",
    ]
)
FULL_TEXTS = st.builds(
    FullText,
    paper_id=st.just(MATTING.id),
    found_at=st.sampled_from(FoundAt),
    sections=st.lists(st.builds(TextSection, title=HEADINGS, text=st.text(max_size=3000)), max_size=8).map(tuple),
)


def test_all_of_a_paper_is_read_where_there_is_room_but_references_and_what_follows() -> None:
    material = choose_material(MATTING, WHOLE, most_characters=100_000)
    assert material
    assert material.sections == tuple(SECTIONS)
    assert (material.read, material.found_at, material.arxiv_version) == (ReadSource.FULL_TEXT, FoundAt.HUGGING_FACE, 2)
    assert MATTING.title in material.text
    assert MATTING.abstract in material.text
    assert REFERENCES not in material.text
    assert APPENDIX not in material.text


def test_where_there_is_not_each_section_gives_something_up_and_short_ones_nothing() -> None:
    material = choose_material(MATTING, WHOLE, most_characters=4000)
    assert material
    assert {"1 Introduction", "3 Method", "4 Experiments", "6 Conclusion"} <= set(material.sections)
    assert "32.9 to 24.1" in material.text
    assert material.characters <= 4000


def test_without_a_text_it_is_the_abstract() -> None:
    material = choose_material(replace(MATTING, arxiv_version=3), None, most_characters=4000)
    assert material
    assert (material.read, material.found_at, material.arxiv_version) == (ReadSource.ABSTRACT, None, 3)
    assert material.text == f"{MATTING.title}\n\n{MATTING.abstract}"


@pytest.mark.parametrize("abstract", ["", " ", "TBD", "x" * 39])
def test_out_of_nothing_nothing_is_made(abstract: str) -> None:
    assert choose_material(replace(MATTING, abstract=abstract), None, most_characters=4000) is None


@given(full_text=FULL_TEXTS, abstract=st.text(max_size=3000), most=st.integers(1000, 12_000))
def test_it_is_never_too_long_never_out_of_order_and_never_empty(full_text: FullText, abstract: str, most: int) -> None:
    paper = Paper(MATTING.id, MATTING.title, (), abstract=abstract)
    material = choose_material(paper, full_text, most_characters=most)
    if material is None:
        return
    assert 0 < material.characters <= most
    titles = [section.title for section in full_text.sections]
    places = iter(titles)
    assert all(title in places for title in material.sections)
    assert "References" not in material.sections
