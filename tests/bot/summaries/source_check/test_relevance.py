"""What a summary talks of must be in its own text, and more so than in others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import bot.summaries.source_check
from bot.summaries.source_check.relevance import Fit, fit, is_field_term
from bot.summaries.source_check.source import Source

FIELD_TERMS = Path(bot.summaries.source_check.__file__).with_name("field_terms.txt")
SOURCE = Source(
    "A robot hand learns by reinforcement to grasp objects. Diffusion models draw the trajectories it follows."
)


def fitted(said: str, language: str) -> Fit:
    found = fit(said, SOURCE, language)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("language", "own", "other"),
    [
        ("en", "Grasping objects with a robot hand by reinforcement.", "Listeners rate the voices of unseen speakers."),
        (
            "ko",
            "확산 모델로 궤적을 그려 로봇이 물체를 잡게 하는 강화 학습입니다.",
            "음악 캡션을 번역하고 문서를 검색해 요약합니다.",
        ),
        ("ja", "拡散モデルが軌跡を描き、ロボットが強化学習で物体をつかむ。", "音楽の翻訳と文書の検索と要約。"),
        ("zh", "扩散模型画出轨迹,机器人用强化学习抓取物体。", "音乐翻译、文档检索和摘要。"),
        (
            "latin",
            "Un robot apprend par reinforcement, diffusion, trajectoires, objets.",
            "La musique, traduction, recherche, orchestre, poésie.",
        ),
    ],
)
def test_a_summary_fits_its_own_text(language: str, own: str, other: str) -> None:
    assert not fitted(own, language).is_too_little
    assert not fitted(own, language).is_better_elsewhere
    assert fitted(other, language).share < fitted(own, language).share


def test_where_little_can_be_compared_nothing_is_decided() -> None:
    assert fit("좋은 방법입니다.", SOURCE, "ko") is None
    assert fit("", SOURCE, "en") is None
    assert fit("확산 모델 로봇 궤적 강화 학습", Source("확산 모델 로봇 궤적 강화 학습"), "ko") is None


def test_terms_are_found_at_the_beginning_of_words_and_with_or_without_gaps() -> None:
    assert fitted("강화학습 로봇 궤적 확산", "ko").share == 1
    assert fitted("강화 학습 로봇의 궤적과 확산으로", "ko").share == 1


def test_the_vocabulary_of_the_field_holds_no_person() -> None:
    assert is_field_term("Adversarial")
    assert is_field_term("Robots")
    assert not is_field_term("Gertrude")


def test_each_foreign_term_is_translated_once() -> None:
    lines = FIELD_TERMS.read_text(encoding="utf-8").splitlines()
    terms = [term for line in lines for term in line.partition("|")[2].split()]
    assert [term for term, count in Counter(terms).items() if count > 1] == []
