"""A text's language, told by its letters."""

from __future__ import annotations

import pytest

from bot.text.languages import is_written_in, language_of, read_language_code


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


@pytest.mark.parametrize(
    ("text", "language", "may_be"),
    [
        ("이 논문은 Transformer 기반의 모델을 제안합니다.", "ko", True),
        ("This paper proposes a model based on the Transformer.", "ko", False),
        ("本論文は新しいモデルを提案します。", "ja", True),
        ("이 논문은 모델을 제안합니다.", "ja", False),
        ("Dieser Artikel stellt ein Modell vor, das auf dem Transformer beruht.", "de", True),
        ("This paper presents a model that is based on the Transformer.", "de", False),
        ("This paper presents a model that is based on the Transformer.", "en", True),
        ("이 논문은 모델을 제안합니다.", "en", False),
        ("Ця стаття пропонує модель.", "uk", True),
        ("Эта статья предлагает модель.", "ru", True),
        ("Эта статья предлагает модель.", "fr", False),
    ],
)
def test_a_text_in_another_language_than_wanted_is_found_out(text: str, language: str, may_be: bool) -> None:
    assert is_written_in(text, language) is may_be


@pytest.mark.parametrize(
    ("text", "code"),
    [("ko", "ko"), ("ko-KR", "ko"), ("PT_br", "pt"), (" yue ", "yue"), ("", None), ("korean", None), ("k1", None)],
)
def test_a_language_code_is_read_without_its_region(text: str, code: str | None) -> None:
    assert read_language_code(text) == code
