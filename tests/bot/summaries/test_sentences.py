from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries import sentences as module
from bot.summaries.sentences import split_sentences

if TYPE_CHECKING:
    import re

FRAGMENTS = st.sampled_from(
    [
        *(
            "We ",
            "it works",
            ". ",
            "! ",
            "?\n\n",
            "。",
            "！」",
            "et al. ",
            "Fig. ",
            "3",
            "(2) ",
            "$x. ",
            "$",
            "$5. ",
            "...",
        ),
        *("\\textbf{A. B", "}", "https://a.b/c. ", "e.g. ", "U.S. ", '"', " ) ", "한다. ", "\u2028", "\ud800", "É"),
    ]
)
ANY_TEXT = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=())),
    st.lists(FRAGMENTS, max_size=30).map("".join),
)
LANGUAGES = st.sampled_from(["en", "ko", "ja", "zh", "ru", "xx"])
FULL_WIDTH_ENDS = "。！？｡"


def without_spaces(text: str) -> str:
    return "".join(text.split())


@given(text=ANY_TEXT.filter(lambda text: not set(text) & set(FULL_WIDTH_ENDS)), language=LANGUAGES)
def test_joined_with_spaces_the_sentences_are_the_text_again(text: str, language: str) -> None:
    assert " ".join(split_sentences(text, language)) == " ".join(text.split())


@given(text=ANY_TEXT, language=LANGUAGES)
def test_nothing_is_lost_added_or_moved_even_where_sentences_are_not_parted_by_spaces(text: str, language: str) -> None:
    sentences = split_sentences(text, language)

    assert without_spaces("".join(sentences)) == without_spaces(text)
    assert all(sentence and sentence in " ".join(text.split()) for sentence in sentences)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Lines\nwrap. Paragraphs end.\n\nNext.", ["Lines wrap.", "Paragraphs end.", "Next."]),
        ("See Fig. 3 and Eq. (2). Then no. 5.", ["See Fig. 3 and Eq. (2).", "Then no. 5."]),
        ("Is this so? No. It is not.", ["Is this so?", "No.", "It is not."]),
        ("Smith et al. (2020) agree. Wu et al. Disagree.", ["Smith et al. (2020) agree.", "Wu et al. Disagree."]),
        ("Some, e.g. GPT-4, i.e. LLMs, win vs. Humans. Yes.", ["Some, e.g. GPT-4, i.e. LLMs, win vs. Humans.", "Yes."]),
        ("The U.S. Patent law. Dr. No wrote it.", ["The U.S. Patent law.", "Dr. No wrote it."]),
        ("We gain 3.5x with GPT-4.1. It holds.", ["We gain 3.5x with GPT-4.1.", "It holds."]),
        ("It is a new state of the art. Code follows.", ["It is a new state of the art.", "Code follows."]),
        ("For $x. Y$ it holds. $K$ is next.", ["For $x. Y$ it holds.", "$K$ is next."]),
        ("It costs $5. The other costs $10. Cheap.", ["It costs $5.", "The other costs $10.", "Cheap."]),
        (r"We call it \textbf{One. Two}. It works.", [r"We call it \textbf{One. Two}.", "It works."]),
        ("Code: https://a.b/c.d?e=f. Try it.", ["Code: https://a.b/c.d?e=f.", "Try it."]),
        ("Two parts: (1) a gate and (2) a head. Fine.", ["Two parts: (1) a gate and (2) a head.", "Fine."]),
        (
            "We fix one (e.g., A) of two. It is new (SVD). It works.",
            ["We fix one (e.g., A) of two.", "It is new (SVD).", "It works."],
        ),
        (
            "It moves.In this work, we stop it (soon).We do.",
            ["It moves.", "In this work, we stop it (soon).", "We do."],
        ),
        ("It runs on ASP.Net and on node.We.", ["It runs on ASP.Net and on node.We."]),
        ("(1) We train it. (2) We test it.", ["(1) We train it.", "(2) We test it."]),
    ],
)
def test_a_full_stop_ends_a_sentence_only_where_a_reader_would_say_so(text: str, sentences: list[str]) -> None:
    assert list(split_sentences(text, "en")) == sentences


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("ko", "우리는 새 모델을 제안한다. 정확도는 3.5% 높다.", ["우리는 새 모델을 제안한다.", "정확도는 3.5% 높다."]),
        ("zh", "我们提出一种方法。结果很好！完", ["我们提出一种方法。", "结果很好！", "完"]),
        ("ja", "「新しい。」手法です。", ["「新しい。」", "手法です。"]),
        ("ru", "Мы предлагаем метод. Он работает.", ["Мы предлагаем метод.", "Он работает."]),
    ],
)
def test_other_scripts_are_split_by_their_own_marks(language: str, text: str, sentences: list[str]) -> None:
    assert list(split_sentences(text, language)) == sentences


@pytest.mark.parametrize("text", ["", " \n\t", "\u2028"])
def test_no_text_has_no_sentences(text: str) -> None:
    assert split_sentences(text, "en") == ()


class CountingPattern:
    """A pattern that counts the characters it is looked for in."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.characters = 0

    def search(self, text: str) -> re.Match[str] | None:
        self.characters += len(text)
        return self.pattern.search(text)


@pytest.mark.parametrize("pattern", ["_ABBREVIATED", "_NUMBERED", "_FULL_WIDTH_END"])
@pytest.mark.parametrize("text", ["(e.g., A) ", "Fig. 3 ", "。a"])
def test_a_text_of_abbreviations_is_not_read_again_for_each_of_them(
    monkeypatch: pytest.MonkeyPatch, pattern: str, text: str
) -> None:
    counting = CountingPattern(getattr(module, pattern))
    monkeypatch.setattr(module, pattern, counting)
    read = []
    for times in (50, 100, 200):
        counting.characters = 0
        split_sentences(text * times, "en")
        read.append(counting.characters)
    for smaller, larger in itertools.pairwise(read):
        assert larger <= 2.5 * smaller, read
