"""Text from strangers, made fit to be read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.legible import ELLIPSIS, isolated, legible, shorten, without_markdown


class TestLegible:
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
        assert legible(text) == visible

    @given(st.text(alphabet=st.characters()))
    def test_leaves_nothing_that_controls_a_program(self, text: str) -> None:
        seen = legible(text)
        assert not {unicodedata.category(character) for character in seen} & {"Cc", "Cs"}
        assert legible(seen) == seen
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
        seen = legible(text)
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
