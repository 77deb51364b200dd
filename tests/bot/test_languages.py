"""A text's language, told by its letters."""

from __future__ import annotations

import pytest

from bot.languages import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We propose a model.", "en"),
        ("Wir schlagen ein Modell vor.", "en"),
        ("우리는 Transformer 기반의 새로운 large language model을 제안한다.", "ko"),
        ("本論文では、新しい手法を提案します。", "ja"),
        ("我们提出了一种基于 Transformer 的新方法。", "zh"),
        ("Мы предлагаем новый метод.", "ru"),
        ("We collect 3,000 Korean proverbs such as 티끌 모아 태산 and translate each of them into English.", "en"),
        ("12 345", "en"),
        ("", "en"),
    ],
)
def test_a_language_is_told_by_its_script(text: str, language: str) -> None:
    assert language_of(text) == language
