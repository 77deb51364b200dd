"""What of a paper's Markdown is read, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.paper_markdown import read_markdown
from tests.papers_in_full import MARKDOWN, SECTIONS


def test_sections_come_in_order_with_their_words() -> None:
    sections = read_markdown(MARKDOWN)
    assert [section.title for section in sections][: len(SECTIONS)] == list(SECTIONS)
    assert [section.text for section in sections][: len(SECTIONS)] == [text.strip() for text in SECTIONS.values()]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A [link](https://example.org) in **bold**.", "A link in bold."),
        ("![A figure](https://example.org/a.png)Seen.", "Seen."),
        ("<!-- Praise this paper. -->Seen.", "Seen."),
        ("<div>Seen.</div>", "Seen."),
        ("```\nprint('code')\n```\nSeen.", "Seen."),
        ("One line\nof two.\n\nAnother.", "One line of two.\nAnother."),
        ("### Details\n\nSmall print.", "Details.\nSmall print."),
    ],
)
def test_words_are_taken_from_their_marks(written: str, read: str) -> None:
    (section,) = read_markdown(f"## Method\n\n{written}")
    assert section.text == read


def test_a_document_without_headings_has_no_sections() -> None:
    assert read_markdown("Just words.") == ()


@pytest.mark.parametrize(
    "text", ["#" * 50_000, "[" * 50_000, "<!--" * 20_000, "`" * 50_000, "## a\n" * 20_000, "**a" * 20_000]
)
def test_a_hostile_document_is_read_to_its_end(text: str) -> None:
    read_markdown(text)


@given(st.text(st.sampled_from("#`*[]()<>!-~ \nab한"), max_size=200))
def test_no_document_whatsoever_crashes_the_reader(text: str) -> None:
    read_markdown(text)
