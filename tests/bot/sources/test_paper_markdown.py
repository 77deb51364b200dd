"""What of a paper's Markdown is read, and what is not."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.paper_markdown import MarkdownReader
from tests.counting import lines_run
from tests.full_texts import read_markdown
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
        ("[![A figure](a.png)](b.html)Seen.", "Seen."),
        ("[A [nested] one](a.html) seen.", "A [nested] one seen."),
        ("Seen [1, 2] and [3](c.html), not ] or [ or](x).", "Seen [1, 2] and 3, not ] or or."),
        ("Where a < b and c > d.", "Where a < b and c > d."),
        ("~~~py\nx\n```\ny\n~~~\nSeen.", "Seen."),
        ("````\n```\nx\n````\nSeen.", "Seen."),
        ("Seen.\n\n---\n\nToo.", "Seen.\nToo."),
        ("Seen.<!-- a --><!-- b\n\n## c -->", "Seen."),
        ("#hashtag seen.", "#hashtag seen."),
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


HOSTILE = {
    "a heading of blanks": lambda times: "# x\n\n# a" + " " * times + "b",
    "headings": lambda times: "## a\n" * times,
    "pictures without an end": lambda times: "![](" * times,
    "links without an end": lambda times: "[a](" * times,
    "links in links": lambda times: "[" * times + "](x)" * times,
    "brackets": lambda times: "[" * times + "]" * times,
    "comments without an end": lambda times: "<!--" * times,
    "comments": lambda times: "<!---->" * times,
    "tags without an end": lambda times: "<a " * times,
    "tags": lambda times: "<a>" * times,
    "fences": lambda times: "```\n" * times,
    "marks": lambda times: "**a" * times,
    "code": lambda times: "`" * times,
    "front matter": lambda times: "---\n" + "a: b\n" * times,
    "lines": lambda times: "a\n" * times,
    "paragraphs": lambda times: "a\n\n" * times,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_work_grows_with_the_document_and_no_faster(kind: str) -> None:
    texts = ["## Method\n\n" + HOSTILE[kind](times) for times in (250, 500, 1000)]
    work = [lines_run(partial(read_markdown, text)) for text in texts]
    for smaller, larger in itertools.pairwise(work):
        assert larger <= 2.5 * smaller + 1000, work


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_document_is_read_to_its_end(kind: str) -> None:
    """One that took minutes in 0.5 takes no time worth telling; what keeps a test from hanging is its time-out."""
    read_markdown("## Method\n\n" + HOSTILE[kind](60_000))


def test_a_document_is_read_in_small_steps() -> None:
    assert len(list(MarkdownReader("a\n" * 5000).steps())) == 50


def test_titles_paragraphs_and_documents_have_a_length() -> None:
    [section] = read_markdown("## " + "a " * 5000 + "\n\n" + "b " * 100_000)
    assert (len(section.title) <= 500, len(section.text) <= 50_000) == (True, True)
    [section] = read_markdown("## a\n\n" + ("b " * 500 + "\n\n") * 3000)
    assert len(section.text) <= 1_500_000


@given(st.text(st.sampled_from("#`*[]()<>!-~ \nab한"), max_size=200))
def test_no_document_whatsoever_crashes_the_reader(text: str) -> None:
    read_markdown(text)
