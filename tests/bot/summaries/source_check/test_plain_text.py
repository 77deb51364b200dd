"""What looks the same is read the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries.source_check.plain_text import plain


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("１６.５", "16.5"),
        ("1\u200b6\u00ad5", "165"),
        ("10⁻³", "10^-3"),
        ("$1.5 \\times 10^{3}$", "1.5×10^3"),
        ("8times289M", "8×289M"),
        ("75.4\\%", "75.4%"),
        ("½", "1/2"),
        ("① first", "  first"),
        ("x² and y", "x2 and y"),
    ],
)
def test_marks_widths_and_formulas_become_plain(text: str, read: str) -> None:
    assert plain(text) == read


@given(st.text(max_size=200))
def test_nothing_invisible_is_left(text: str) -> None:
    assert not set(plain(text)) & set("\u00ad\u200b\u200c\u200d\u2060\ufeff")
