"""A title's word gets its accents back where the abstract has that word with them, and only there."""

from __future__ import annotations

import pytest

from bot.text.accents import with_accents

ABSTRACT = "We compare by the Fréchet distance, after Poincaré, in the rôle of the à-côté; Erdős and naïve Gödel agree."


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Rethinking Fr'echet Distance", "Rethinking Fréchet Distance"),
        ("Fr'echet's Distance", "Fréchet's Distance"),
        ("Fr'echet-Poincar'e Maps", "Fréchet-Poincaré Maps"),
        ("The r^ole of Fr'echet", "The rôle of Fréchet"),
        ("Fr`echet Distance", "Fr`echet Distance"),
        ("Fr'echets", "Fr'echets"),
        ("xFr'echet", "xFr'echet"),
        ("Don't Stop: It's What's New", "Don't Stop: It's What's New"),
        ("L'H^opital's Rule", "L'H^opital's Rule"),
        ("'Fr'echet'", "'Fr'echet'"),
        ("A Title", "A Title"),
        ("", ""),
    ],
)
def test_a_word_is_accented_as_in_the_abstract_or_left_alone(title: str, shown: str) -> None:
    assert with_accents(title, ABSTRACT) == shown


def test_letters_that_are_composed_of_two_are_the_same_word() -> None:
    assert with_accents("Fr'echet", "the Fre\u0301chet distance") == "Fréchet"


def test_without_an_abstract_nothing_changes() -> None:
    assert with_accents("Fr'echet", "") == "Fr'echet"


def test_a_hostile_title_or_abstract_costs_little() -> None:
    assert with_accents("a'b" * 500, "é" * 5_000) == "a'b" * 500
