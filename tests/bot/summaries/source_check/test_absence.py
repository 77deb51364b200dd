"""What leaves a field empty in words is told from what says something."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from bot.summaries.source_check.absence import is_absence


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "-", "—", "…", "...", "[]", "{}", '""', "()", "*"),
        *("null", "Null", "NULL.", "None", "None.", "nil", "N/A", "n/a", "N / A", "NA", "n.a.", "NaN", "undefined"),
        *("unknown", "Not applicable", "Not applicable.", "not available", "Not specified", "Not stated.", "(none)"),
        *("[None]", '"null"', "string or null", "<null>", "**None**", "_Not mentioned_", "Unspecified."),
        "Not mentioned in the paper.",
        "Not mentioned.",
        "Not explicitly mentioned in the provided text.",
        "Not discussed in this paper",
        "None mentioned in the abstract.",
        "None stated.",
        "None explicitly stated by the authors.",
        "No limitations mentioned.",
        "No limitations are mentioned in the paper.",
        "No explicit limitations are discussed by the authors.",
        "No ethical considerations were stated in the paper.",
        "No ethical concerns are raised.",
        "There are no limitations mentioned in the paper.",
        "There is no mention of limitations in the paper.",
        "No information provided.",
        "No information is available in the abstract.",
        "The paper does not mention limitations.",
        "The paper does not explicitly state any limitations.",
        "The paper doesn't discuss ethical considerations.",
        "The authors do not discuss any limitations.",
        "The authors don’t mention ethical concerns in the paper.",
        "The abstract does not provide specific performance metrics.",
        "The provided text does not specify.",
        "This paper makes no mention of ethical considerations.",
        "The paper mentions no limitations.",
        "Limitations are not discussed in the paper.",
        "Limitations are not explicitly mentioned.",
        "Ethical considerations are not addressed in the paper.",
        "It is not stated in the paper.",
        *("해당 없음", "해당 없음.", "해당사항 없음", "해당 사항 없음", "없음", "없음.", "없습니다.", "알 수 없음"),
        *("언급되지 않음", "언급되지 않음.", "언급 없음", "언급된 바 없음", "명시되지 않음", "명시되지 않았습니다."),
        "논문에 언급되지 않음",
        "논문에서 언급되지 않았습니다.",
        "논문에는 명시적으로 언급되지 않았습니다.",
        "본 논문에서는 한계점이 언급되지 않았습니다.",
        "논문에서 윤리적 고려 사항은 언급하지 않습니다.",
        "저자들은 한계에 대해 언급하지 않았습니다.",
        "정보 없음",
        "한계점에 대한 언급이 없습니다.",
        "초록에 기재되어 있지 않습니다.",
        *(
            "なし",
            "該当なし",
            "記載なし。",
            "无",
            "不适用",
            "未提及",
            "论文中未提及。",
            "Keine Angabe.",
            "nicht zutreffend",
        ),
        *("Sans objet.", "Non mentionné dans l'article.", "No aplica.", "Não mencionado.", "Не указано."),
    ],
)
def test_an_empty_field_in_words_is_empty(text: str) -> None:
    assert is_absence(text)


@pytest.mark.parametrize(
    "text",
    [
        "No training is needed.",
        "None of the baselines reaches 90 %.",
        "Nothing but a single GPU is needed.",
        "No limitations of the sampler remain once the cache is used.",
        "Not only images but also videos are matted.",
        "The paper does not discuss limitations of the sampler, which fails on glass.",
        "The method does not need labels.",
        "The authors do not release the weights, for reasons of safety.",
        "The model is not available for commercial use.",
        "Results on unknown languages stay poor.",
        "No results on videos: the model sees single images.",
        "It is not applicable to images of glass.",
        "Null-text inversion keeps the background.",
        "NaN losses appear above a learning rate of 0.1.",
        "No ethical concerns are raised by the use of public data, but faces were blurred.",
        "Not stated in earlier work, the bound is proved here.",
        "The study does not include children.",
        "추가 학습이 없습니다.",
        "유리에는 한계가 있습니다.",
        "라벨이 없는 데이터로 학습합니다.",
        "기존 방법에서 언급되지 않은 한계를 다룹니다.",
        "無線通信で動作する。",
        "None was retrained; all 12 models are used as released.",
    ],
)
def test_what_says_something_is_not(text: str) -> None:
    assert not is_absence(text)


@pytest.mark.parametrize(
    "piece", ["not ", "the ", "the paper ", "no limitations ", "언급 ", "논문에 ", "\u00ad", "( ", "any "]
)
def test_no_text_takes_long_to_judge(piece: str) -> None:
    """Counted in characters that are looked at: a text that could be a long one is not looked at."""
    looked: list[Any] = []
    sys.setprofile(lambda _, event, what: looked.append(what) if event == "c_call" else None)
    try:
        assert not is_absence(piece * 100_000)
    finally:
        sys.setprofile(None)
    assert len(looked) < 5


@pytest.mark.parametrize("words", ["내용과", "내용및 ", "윤리적 ", "논문", "no details and ", "the ", "not ethical, "])
def test_words_that_never_come_to_an_end_are_looked_at_once(words: str) -> None:
    """Forty times the first took more than a minute while each way of dividing them was tried."""
    assert not is_absence((words * 60)[:190] + " Ωq")
