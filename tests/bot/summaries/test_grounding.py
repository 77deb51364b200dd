"""The gate: what a summary says and its source does not is found; what is only said otherwise is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.summaries.grounding import Judgement, Offence, judge

# A paper that does not exist, in our own words.
SOURCE = """HarborNet: Counting Ships from Space
We present HarborNet, a vision transformer (ViT) that counts ships in satellite images. It is pretrained on
16.5 billion pixels from 34 harbours and fine-tuned with a masked autoencoder objective. On the MarineBench test set it
reaches a mean absolute error of 0.754, 4.5% better than the strongest convolutional baseline, with four times fewer
parameters (289M). Code is at https://example.org/harbornet."""
TRUE = (
    "위성 영상에서 배를 세는 비전 트랜스포머(vision transformer) HarborNet을 제안합니다.",
    "34개 항구의 픽셀 165억 개로 사전 학습하고 masked autoencoder로 미세 조정합니다. 매개변수는 2억 8,900만 개입니다.",
    "MarineBench에서 평균 절대 오차(MAE) 0.754로, 가장 강한 합성곱 기준 모델보다 4.5% 좋습니다.",
)


def wrong(judgement: Judgement) -> set[tuple[Offence, str]]:
    return {(each.offence, each.text) for each in judgement.offenders}


def judged(old: str = "", new: str = "") -> Judgement:
    return judge([text.replace(old, new) if old else text for text in TRUE], SOURCE)


def test_a_true_summary_passes_however_it_writes_its_numbers() -> None:
    assert judged() == Judgement((), 1.0)


@pytest.mark.parametrize(
    ("old", "new", "offence", "instead"),
    [
        ("165억", "16.5억", Offence.SCALE, "16.5 billion"),
        ("2억 8,900만", "28억 9,000만", Offence.SCALE, "289M"),
        ("0.754", "0.752", Offence.NUMBER, "0.754"),
        ("34개", "56개", Offence.NUMBER, ""),
        ("4.5%", "5.4%", Offence.NUMBER, ""),
    ],
)
def test_a_wrong_number_is_named_beside_what_the_source_says(
    old: str, new: str, offence: Offence, instead: str
) -> None:
    judgement = judged(old, new)
    assert not judgement.passes
    (found,) = [each for each in judgement.offenders if each.offence in {Offence.SCALE, Offence.NUMBER}]
    assert (found.offence, found.instead) == (offence, instead)
    assert found.text in new


@pytest.mark.parametrize(
    ("old", "new", "offence", "text"),
    [
        ("HarborNet", "ShipFormer", Offence.NAME, "ShipFormer"),
        ("MarineBench", "COCO", Offence.NAME, "COCO"),
        ("제안합니다.", "제안합니다. https://evil.example/x", Offence.ADDRESS, "https://evil.example/x"),
        ("제안합니다.", "제안합니다. @boss", Offence.ADDRESS, "@boss"),
        ("제안합니다.", "제안합니다. <!channel>", Offence.ADDRESS, "<!channel>"),
    ],
)
def test_names_links_and_mentions_the_source_lacks_are_not_let_through(
    old: str, new: str, offence: Offence, text: str
) -> None:
    judgement = judged(old, new)
    assert not judgement.passes
    assert (offence, text) in wrong(judgement)


def test_a_link_of_the_source_and_terms_in_another_form_are_let_through() -> None:
    said = [*TRUE, "코드는 https://example.org/harbornet 에 있습니다. ViT, auto-encoders, Harbor-Net, CNN이 아님"]
    assert wrong(judge(said, SOURCE)) == {(Offence.NAME, "CNN")}


def test_one_unknown_term_beside_many_known_ones_is_told_and_harmless() -> None:
    judgement = judge([*TRUE, "이는 foundation 모델입니다."], SOURCE)
    assert wrong(judgement) == {(Offence.TERM, "foundation")}
    assert judgement.passes


def test_a_summary_of_another_paper_is_seen_as_such() -> None:
    other = "이 논문은 Hybrid Attention Vocoder로 음성 합성(speech synthesis)의 prosody와 pitch를 개선합니다."
    assert {offence for offence, _ in wrong(judge([other], SOURCE))} >= {Offence.TERMS, Offence.TOPIC}


def test_a_fluent_english_summary_of_another_paper_is_seen_although_it_names_nothing() -> None:
    other = "We learn a policy that lets a robot arm grasp unseen objects after a few demonstrations by people."
    assert (Offence.TOPIC in {offence for offence, _ in wrong(judge([other], SOURCE))}) is True
    own = "A transformer counts ships in satellite images after pretraining on pixels of many harbours."
    assert judge([own], SOURCE).passes


@given(st.text(max_size=300), st.text(max_size=300))
def test_nothing_that_people_or_models_write_breaks_the_gate(said: str, source: str) -> None:
    judge([said], source)


@given(st.text(alphabet="abcdefghij ABC 0123456789.,%", max_size=200))
def test_what_is_taken_word_for_word_always_passes(said: str) -> None:
    assert not [each for each in judge([said], said).offenders if each.offence is not Offence.TOPIC]
