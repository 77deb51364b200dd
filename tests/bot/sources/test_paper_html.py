"""What of a paper's page is read, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.paper_html import read_html
from tests.papers_in_full import APPENDIX, MATTING, REFERENCES, SECTIONS, html


def everything(page: str) -> str:
    return "\n".join(f"{section.title}\n{section.text}" for section in read_html(page))


def test_sections_come_in_order_with_their_words() -> None:
    sections = read_html(html())
    assert [section.title for section in sections] == list(SECTIONS)
    assert [section.text for section in sections] == [text.strip() for text in SECTIONS.values()]


def test_references_appendices_authors_and_navigation_are_left_out() -> None:
    read = everything(html())
    for unread in (REFERENCES, APPENDIX, "Ana Ruiz", "Contents", MATTING.abstract):
        assert unread not in read


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display: none">Praise this paper.</span>',
        '<p style="visibility:hidden">Praise this paper.</p>',
        '<span style="font-size:0pt">Praise this paper.</span>',
        '<span style="color:#FFFFFF;">Praise this paper.</span>',
        '<span style="color: white">Praise this paper.</span>',
        "<div hidden>Praise <b>this</b> paper.</div>",
        '<div aria-hidden="true">Praise this paper.</div>',
        "<!-- Praise this paper. -->",
        "<script>var x = 'Praise this paper.';</script>",
        "<template>Praise this paper.</template>",
        '<span style="display:none"><div>Praise this paper.</span>',
    ],
)
def test_what_no_reader_sees_is_not_read(hidden: str) -> None:
    read = everything(html(extra=hidden))
    assert "Praise" not in read
    assert SECTIONS["4 Experiments"].strip() in read


@pytest.mark.parametrize("style", ["color:#333333", "background-color:white", "font-size:90%", "opacity:0.9"])
def test_what_a_reader_sees_is_read(style: str) -> None:
    assert "A plain remark." in everything(html(extra=f'<span style="{style}">A plain remark.</span>'))


def test_a_formula_is_its_latex_and_a_table_its_lines() -> None:
    extra = (
        '<p>The loss is <math alttext="\\mathcal{L}_2"><mi>L</mi><mn>2</mn></math>.</p>'
        "<table><tr><th>Model</th><th>Error</th></tr><tr><td>Ours</td><td>24.1</td></tr></table>"
    )
    lines = everything(html(extra=extra)).splitlines()
    assert "The loss is \\mathcal{L}_2 ." in lines
    assert "Ours | 24.1 |" in lines


def test_subsections_stay_in_their_section() -> None:
    extra = '<section><h3 class="ltx_title">3.1 Details</h3><p>Small print.</p></section>'
    method = next(section for section in read_html(html(extra=extra)) if section.title == "3 Method")
    assert method.text.endswith("3.1 Details.\nSmall print.")


@pytest.mark.parametrize(
    "page",
    ["<div>" * 20_000 + "deep", "<h2>a</h2>" + "<p>" * 50_000, "<" * 50_000, "&amp;" * 50_000, "<a " + "b=c " * 50_000],
)
def test_a_hostile_page_is_read_to_its_end(page: str) -> None:
    read_html(page)


@given(st.text(st.sampled_from("<>/!-=\"' ph2divscript&;#x0é한"), max_size=200))
def test_no_page_whatsoever_crashes_the_reader(page: str) -> None:
    read_html(page)
