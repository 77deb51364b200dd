"""Text from outside as people can read it."""

from __future__ import annotations

from functools import lru_cache

from bot.text.clean import clean_text
from bot.text.latex import without_latex


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """Text from outside without LaTeX and control characters."""
    return clean_text(without_latex(clean_text(text)))
