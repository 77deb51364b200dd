"""What is a question, in English and in Korean, and which one leans on the one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.questions import (
    LONGEST_QUESTION,
    QuestionThread,
    QuestionTurn,
    clean_question,
    is_follow_up,
    is_question,
)

QUESTIONS = [
    "what data was it trained on?",
    "what data was it trained on",
    "and on which GPUs?",
    "On which benchmark is it best",
    "<@U0123456789> is the code public",
    "does it beat GPT-4",
    "Tell me the limitations",
    "explain the loss function",
    "training data?",
    "어떤 데이터로 학습했나요?",
    "학습 데이터는?",
    "GPU는?",
    "이 모델의 한계를 알려줘",
    "몇 개의 GPU를 썼어",
    "왜 이 방법이 더 빠른가요",
    "코드가 공개되어 있습니까",
]
NO_QUESTIONS = [
    "",
    "?",
    "diffusion",
    "diffusion?",
    "what",
    "2407.21017",
    "save 2407.21017",
    "attention is all you need",
    "in korean",
    "top 5",
    "last week",
    "목록",
    "확산 모델",
    "오늘",
    "Mixture of Experts",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_asks_is_a_question(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", NO_QUESTIONS)
def test_what_names_or_commands_is_none(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text", ["and on which GPUs?", "그럼 GPU는?", "How long did it take to train?", "limitations?"]
)
def test_what_leans_on_the_question_before_follows_up(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    "text", ["Which optimizer was used to train the student?", "어떤 데이터셋에서 모델을 학습하고 평가했나요?"]
)
def test_what_can_be_asked_first_does_not(text: str) -> None:
    assert not is_follow_up(text)


def test_a_question_taken_up_once_more_does_not_follow_up_on_itself() -> None:
    at = datetime(2024, 8, 1, 9, tzinfo=UTC)
    begun = QuestionTurn(QuestionThread("T1", "C1", "1.1"), "U1", "2407.21017", "And how many stages?", at)
    again = replace(begun, at=at + timedelta(minutes=1))
    assert begun.is_begun_again_by(again)
    assert not replace(begun, answer="Three.").is_begun_again_by(again)
    assert not begun.is_begun_again_by(replace(again, user="U2"))
    assert not begun.is_begun_again_by(replace(again, question="And why?"))


@given(st.text(max_size=3000))
def test_any_text_can_be_read(text: str) -> None:
    assert is_question(text) in {True, False}
    assert is_follow_up(text) in {True, False}
    assert len(clean_question(text)) <= LONGEST_QUESTION


@pytest.mark.parametrize("piece", ["?", "왜", "what ", "<@", "and, ", "“", " ", "a-", "그 "])
def test_a_megabyte_takes_no_longer_than_its_beginning(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert is_question(text) is is_question(text[:3000])
    assert len(clean_question(text)) <= LONGEST_QUESTION
