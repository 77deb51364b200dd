"""Estimates of how many tokens a summary takes, and how much of a paper fits a model's context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.rules.papers import Material

# Tokens a model may write where nobody has said how many.
USUAL_OUTPUT = 2_000
# The instructions, and a first answer that has to be mended.
_TOKENS_BESIDE = 1_000
# Of English prose with formulas; fewer than the four that are usual for prose alone.
_CHARACTERS_A_TOKEN = 3
_MOST_CHARACTERS = 48_000
_LEAST_CHARACTERS = 3_000


def tokens_for(material: Material, most_output_tokens: int = USUAL_OUTPUT) -> int:
    """An upper estimate of the tokens one request for a summary takes, in and out."""
    return _TOKENS_BESIDE + most_output_tokens + len(material.text) // _CHARACTERS_A_TOKEN


def characters_in(window: int, most_output_tokens: int = USUAL_OUTPUT) -> int:
    """The number of characters of a paper that fit a context of `window` tokens."""
    room = window - _TOKENS_BESIDE - most_output_tokens
    return min(_MOST_CHARACTERS, max(_LEAST_CHARACTERS, room * _CHARACTERS_A_TOKEN))
