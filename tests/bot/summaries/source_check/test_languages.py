"""Which language a summary is in, as far as the source check must know."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.summaries.source_check.languages import language_of_summary

TONGUES = {"fr": "latin", "de": "latin", "es": "latin", "ja": "ja", "zh": "zh"}
FOREIGN = Path(__file__).with_name("foreign.tsv").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", FOREIGN)
def test_other_languages_are_told_from_english(line: str) -> None:
    language, _, said = line.split("\t")
    assert language_of_summary(said) == TONGUES[language]


@pytest.mark.parametrize(
    "text",
    ["", "HarborNet", "We count ships in satellite images.", "Le Cun et al. show that the model is fast.", "3 x 4"],
)
def test_what_is_not_clearly_another_language_is_english(text: str) -> None:
    assert language_of_summary(text) == "en"


def test_korean_with_many_terms_in_latin_letters_is_korean() -> None:
    assert language_of_summary("ViT 기반 masked autoencoder로 배를 셉니다.") == "ko"
