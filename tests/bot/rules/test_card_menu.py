"""What somebody chose from the menu of a card, by its values and those of release 0.5.0."""

from __future__ import annotations

import pytest

from bot.rules.card_menu import (
    CitePaper,
    MenuChoice,
    OpenDiscussion,
    ReportSummary,
    ShowDetails,
    ShowInLanguage,
    read_menu_choice,
)

PAPER = "2407.21017"


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        (f"details:{PAPER}", ShowDetails(PAPER)),
        (f"abstract:{PAPER}", ShowDetails(PAPER)),
        (f"language:ko:{PAPER}", ShowInLanguage(PAPER, "ko")),
        (f"language:ko:{PAPER} 1722470400.000100", ShowInLanguage(PAPER, "ko", "1722470400.000100")),
        (f"language:ko:{PAPER} <!channel>", ShowInLanguage(PAPER, "ko")),
        (f"wrong:ja:{PAPER}", ReportSummary(PAPER, "ja")),
        (f"cite:{PAPER}", CitePaper(PAPER)),
        ("discussion", OpenDiscussion()),
        (f"discussion:{PAPER}", OpenDiscussion()),
        (f"language:xx:{PAPER}", None),
        (f"language:{PAPER}", None),
        ("abstract", None),
        ("", None),
        (None, None),
        ("something", None),
    ],
)
def test_a_value_means_a_choice_that_is_offered_or_nothing(value: str | None, choice: MenuChoice | None) -> None:
    assert read_menu_choice(value, ("en", "ko")) == choice
