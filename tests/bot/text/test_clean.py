"""Text from strangers, made fit to be read."""

from __future__ import annotations

import itertools
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import find_paper_refs
from bot.text.clean import ELLIPSIS, clean_text, isolated, shorten, without_markdown
from bot.text.latex import without_latex
from tests.counting import lines_run

if TYPE_CHECKING:
    from collections.abc import Callable


class TestCleanText:
    @pytest.mark.parametrize(
        ("text", "visible"),
        [
            ("Matting  by\n\tGeneration ", "Matting by Generation"),
            ("a\x00b\x1b[31m\x07", "ab[31m"),
            ("gpj.\u202eexe", "gpj.exe"),
            ("\u200b\ufeff", ""),
            ("one\u2028two\x85three", "one two three"),
            ("논문 e\u0301", "논문 e\u0301"),
            ("z" + "\u0301" * 50, "z" + "\u0301" * 3),
            ("👩‍🔬", "👩‍🔬"),
        ],
    )
    def test_keeps_what_a_reader_sees(self, text: str, visible: str) -> None:
        assert clean_text(text) == visible

    @given(st.text(alphabet=st.characters()))
    def test_leaves_nothing_that_controls_a_program(self, text: str) -> None:
        seen = clean_text(text)
        assert not {unicodedata.category(character) for character in seen} & {"Cc", "Cs"}
        assert clean_text(seen) == seen
        seen.encode()


class TestShorten:
    @given(st.text(), st.integers(1, 50))
    def test_keeps_to_the_limit_and_says_when_something_is_missing(self, text: str, limit: int) -> None:
        short = shorten(text, limit)
        assert len(short) <= limit
        assert short == text or short.endswith(ELLIPSIS)
        assert len(text) > limit or short == text

    def test_cuts_between_words_where_that_costs_little(self) -> None:
        assert shorten("one two three four", 15) == "one two three…"
        assert shorten("a" * 20, 5) == "aaaa…"


class TestIsolated:
    @pytest.mark.parametrize("text", ["שלום", "a مرحبا b", "\U0001e900"])
    def test_wraps_what_runs_from_right_to_left(self, text: str) -> None:
        assert isolated(text) == f"\u2068{text}\u2069"

    @pytest.mark.parametrize("text", ["", "Matting…", "논문", "“μ” 漢字 🧪"])
    def test_leaves_everything_else_alone(self, text: str) -> None:
        assert isolated(text) == text

    @given(st.text(max_size=20))
    def test_misses_no_letter_unicode_calls_right_to_left(self, text: str) -> None:
        seen = clean_text(text)
        runs_left = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in seen)
        assert not runs_left or isolated(seen) != seen


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**Bold** and *slanted* and `code`", "Bold and slanted and code"),
        ("# A heading\n- an item\n* another", "A heading\nan item\nanother"),
        ("A* search, 2 * 3 * 4, snake_case and __init__", "A* search, 2 * 3 * 4, snake_case and __init__"),
        ("a [link](https://example.org) stays", "a [link](https://example.org) stays"),
        ("C# and F#", "C# and F#"),
    ],
)
def test_marks_of_markdown_are_taken_away_and_links_are_not_hidden(written: str, shown: str) -> None:
    assert without_markdown(written) == shown


HOSTILE: dict[str, Callable[[int], str]] = {
    "commands": lambda times: "".join(f"\\a{number:b} {{b}} " for number in range(times)),
    "formulas": lambda times: "".join(f"$a_{number}$ " for number in range(times)),
    "formulas in braces": lambda times: ("$" + "{" * 150 + "$ ") * (times // 20),
    "dollars": lambda times: "$" * times,
    "slashes": lambda times: "\\" * times,
    "braces": lambda times: "\\a{" * times,
    "blanks": lambda times: "\\a" + " " * times + "b",
    "marks": lambda times: "e" + "\u0301" * times,
    "stars": lambda times: "*a" * times,
    "backticks": lambda times: "`" * times,
    "headings": lambda times: "#" * times,
    "ids": lambda times: "2407.2101 cs.LG/" * times,
    "percents": lambda times: "%25" * times,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("work", [clean_text, without_latex, without_markdown, isolated, find_paper_refs])
def test_the_work_grows_with_a_text_and_no_faster(work: Callable[[str], object], kind: str) -> None:
    work(HOSTILE[kind](2))
    lines = [lines_run(partial(work, HOSTILE[kind](times)), within="") for times in (50, 100, 200)]
    for smaller, larger in itertools.pairwise(lines):
        assert larger <= 2.5 * smaller + 500, lines
