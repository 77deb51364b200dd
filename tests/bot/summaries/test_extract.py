from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.papers import MAIN_SECTIONS, Origin, Paper, ReadSource, Section, Summary
from bot.summaries.extract import extract
from bot.summaries.sentences import split_sentences
from tests.extracts import is_end_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOW = datetime(2026, 8, 20, 22, 0, tzinfo=UTC)

KNOWN = "Large models have shown great progress. However, existing methods remain limited by memory."
NEW = "In this paper, we propose Paperboy, a framework for reading papers."
HOW = "Paperboy consists of an encoder and two training stages."
RESULT = "Experiments show that it outperforms strong baselines by 4.2%."
TIED = (
    "To address this gap, we introduce a model.",
    "This design enables training.",
    "Specifically, it uses (2) encoders.",
    "First, we train it.",
    "Second, we test it by 4%.",
    "We also show a gain of 3%.",
)
CODE = "Code is available at https://example.org/code."


def summary_of(abstract: str) -> Summary | None:
    return extract(Paper(id="2407.21017", title="A title", authors=(), abstract=abstract), made_at=NOW)


def sections_of(abstract: str) -> dict[Section, str]:
    summary = summary_of(abstract)
    return dict(summary.sections) if summary else {}


def assert_only_the_abstracts_words(summary: Summary, abstract: str) -> None:
    """Each section: one or two sentences of the abstract, in its order, each whole or without its beginning; no
    sentence twice anywhere."""
    sentences = list(dict.fromkeys(split_sentences(abstract, summary.language)))
    sources = [places_of(text, sentences) for _, text in summary.sections]
    assert any(not_twice(places) for places in product(*sources))
    assert [section for section, _ in summary.sections] == [s for s in MAIN_SECTIONS if summary.section(s) is not None]


def places_of(text: str, sentences: Sequence[str]) -> list[tuple[int, ...]]:
    """Which one or two sentences a text can be."""
    one: list[tuple[int, ...]] = [(place,) for place, sentence in enumerate(sentences) if is_end_of(text, sentence)]
    ends = [place for place, each in enumerate(sentences) if " to " in each or text.endswith(each[-8:][1:])]
    return one + [
        (first, second)
        for gap in (place for place, character in enumerate(text) if character == " ")
        for second in ends
        if is_end_of(text[gap + 1 :], sentences[second])
        for first in range(second)
        if is_end_of(text[:gap], sentences[first])
    ]


def not_twice(choices: Sequence[tuple[int, ...]]) -> bool:
    places = [place for choice in choices for place in choice]
    return len(places) == len(set(places))


def test_a_link_to_the_code_is_nothing_new() -> None:
    sections = sections_of(f"{NEW} {HOW} We release our code https://example.org/code (here). {RESULT}")
    assert "release our" not in " ".join(sections.values())


def test_an_abstracts_sentences_are_put_under_their_headings_word_for_word() -> None:
    assert sections_of(f"{KNOWN} {NEW} {HOW} {RESULT} {CODE}") == {
        Section.WHATS_NEW: NEW,
        Section.TECHNICAL_DETAILS: HOW,
        Section.PERFORMANCE_HIGHLIGHTS: RESULT,
    }


def test_a_summary_says_what_it_rests_on() -> None:
    paper = Paper(id="2407.21017", title="", authors=(), abstract=f"{KNOWN} {NEW} {HOW}", arxiv_version=3)

    summary = extract(paper, made_at=NOW)

    assert summary is not None
    assert (summary.paper_id, summary.arxiv_version, summary.made_at) == ("2407.21017", 3, NOW)
    assert (summary.origin, summary.made_by, summary.read) == (Origin.EXTRACT, "extract", ReadSource.ABSTRACT)
    assert summary.language == "en"


def test_a_section_holds_two_sentences_at_most_in_the_order_of_the_abstract() -> None:
    weak, strong, strongest = (
        "We evaluate it on three tasks.",
        "Paperboy surpasses prior work on all benchmarks.",
        "Results show that it outperforms strong baselines by 4.2%.",
    )

    sections = sections_of(f"{NEW} {HOW} {strong} {weak} {strongest}")

    assert sections[Section.PERFORMANCE_HIGHLIGHTS] == f"{strong} {strongest}"


def test_an_opening_that_points_to_a_sentence_not_shown_is_left_out() -> None:
    gap = "Readers have no time for all that appears."
    abstract = (
        f"{KNOWN} {gap} To address this gap, we propose Paperboy, a framework for reading. Specifically, Paperboy "
        f"consists of an encoder and two stages. However, experiments show a gain of 4.2%. {CODE}"
    )

    assert sections_of(abstract) == {
        Section.WHATS_NEW: "We propose Paperboy, a framework for reading.",
        Section.TECHNICAL_DETAILS: "Paperboy consists of an encoder and two stages.",
        Section.PERFORMANCE_HIGHLIGHTS: "Experiments show a gain of 4.2%.",
    }


def test_another_sentence_is_preferred_to_one_that_leans_on_what_is_not_shown() -> None:
    leaning = "They are trained with a novel loss over tokens and layers, and fine-tuned in two training stages."

    assert sections_of(f"{NEW} {leaning} {HOW} {RESULT}")[Section.TECHNICAL_DETAILS] == HOW


def test_a_sentence_that_leans_follows_the_one_it_leans_on() -> None:
    leaning = "This design makes training twice as fast and inference cheaper, without further parameters or modules."

    assert sections_of(f"{NEW} {HOW} {leaning} {RESULT}")[Section.TECHNICAL_DETAILS] == f"{HOW} {leaning}"


def test_what_is_new_is_shown_with_the_sentence_that_explains_it_where_neither_does_alone() -> None:
    premise = "A reader is thought to need the whole paper."
    abstract = f"{premise} In this work, we challenge this premise. {HOW} {RESULT}"

    assert sections_of(abstract)[Section.WHATS_NEW] == f"{premise} In this work, we challenge this premise."


def test_what_is_new_is_not_given_up_for_a_sentence_that_says_it_less_plainly() -> None:
    before = "Ideas are seldom weighed with pictures."
    plain = "We introduce Paperboy, the first benchmark to bridge this gap with a novel picture."
    weak = "We present two variants."

    assert sections_of(f"{before} {plain} {weak} {HOW} {RESULT}")[Section.WHATS_NEW] == f"{before} {plain}"


@pytest.mark.parametrize("pointer", ["This design has", "These stages have", "With this, we use", "Its parts have"])
def test_what_points_into_the_section_above_gives_way_to_another_or_is_left_out(pointer: str) -> None:
    pointing = f"{pointer} an encoder and two training stages."
    another = "We train the encoder with a loss on tokens."
    assert Section.TECHNICAL_DETAILS not in sections_of(f"{KNOWN} {NEW} {pointing} {RESULT}")
    assert sections_of(f"{KNOWN} {NEW} {pointing} {another} {RESULT}")[Section.TECHNICAL_DETAILS] == another


def test_what_lacks_only_the_name_given_in_the_section_above_follows_it() -> None:
    details = "It consists of an encoder and two training stages."

    assert sections_of(f"{KNOWN} {NEW} Specifically, {details[0].lower()}{details[1:]} {RESULT}") == {
        Section.WHATS_NEW: NEW,
        Section.TECHNICAL_DETAILS: details,
        Section.PERFORMANCE_HIGHLIGHTS: RESULT,
    }


def test_what_was_known_before_is_no_technical_detail() -> None:
    known = "Training with a loss on tokens and layers uses two stages of attention."
    pointing = "This flexible design has an encoder and two training stages."

    assert Section.TECHNICAL_DETAILS not in sections_of(f"{known} {NEW} {pointing} {RESULT}")


def test_what_others_do_is_no_technical_detail() -> None:
    others = "Existing video models consist of an encoder and two training stages for attention."

    assert Section.TECHNICAL_DETAILS not in sections_of(f"{NEW} {others} {RESULT}")


@pytest.mark.parametrize(
    "link",
    [
        "See our project page for video results and source code: https://example.org",
        "The framework and the benchmark with its training stages were released at https://example.org",
        "We call on the community to rethink how models are trained.",
        "By releasing it, we provide a valuable resource for training models.",
    ],
)
def test_a_link_or_a_call_is_no_detail_and_no_result(link: str) -> None:
    assert link not in " ".join(sections_of(f"{NEW} {HOW} {link} {RESULT} {link}").values())


def test_where_the_news_points_back_a_finding_that_does_not_is_what_is_new() -> None:
    found = "We show that readers of papers forget them within a day."
    named = "We call this the forgetting of papers."

    sections = sections_of(f"{found} {named} We study this effect in two groups of readers. {RESULT}")

    assert sections[Section.WHATS_NEW] == found


def test_where_the_code_is_found_is_no_technical_detail() -> None:
    link = "The code, trained model, and both datasets can be found at: https://example.org/code"

    assert Section.TECHNICAL_DETAILS not in sections_of(f"{KNOWN} {NEW} {link}")


def test_first_and_second_stay_where_both_are_shown_and_go_where_one_is() -> None:
    first, second = "we train an encoder on tokens.", "we use two training stages with a reward."

    both = sections_of(f"{NEW} First, {first} Second, {second} {RESULT}")
    one = sections_of(f"{NEW} Second, {second} {RESULT}")

    assert both[Section.TECHNICAL_DETAILS] == f"First, {first} Second, {second}"
    assert one[Section.TECHNICAL_DETAILS] == f"W{second[1:]}"


def test_a_heading_the_abstract_says_nothing_for_is_left_out() -> None:
    assert Section.PERFORMANCE_HIGHLIGHTS not in sections_of(f"{KNOWN} {NEW} {HOW}")
    assert Section.TECHNICAL_DETAILS not in sections_of(f"{KNOWN} {NEW} {RESULT}")


@pytest.mark.parametrize(
    "abstract",
    [
        NEW,
        f"{NEW} {CODE}",
        f"{NEW} We hope that it will be of use to many readers.",
        "We describe a catalogue of variable stars. It covers the southern sky.",
        "Let G be a finite group. We study its maximal subgroups.",
    ],
)
def test_a_short_abstract_claims_no_result_it_does_not_state(abstract: str) -> None:
    sections = sections_of(abstract)

    assert Section.WHATS_NEW in sections
    assert Section.PERFORMANCE_HIGHLIGHTS not in sections


def test_one_sentence_is_shown_once_though_it_holds_everything() -> None:
    abstract = "We propose Paperboy, which uses two encoders and outperforms strong baselines by 4.2%."

    assert sections_of(abstract) == {Section.WHATS_NEW: abstract}


def test_a_result_stated_in_passing_is_found_where_no_sentence_is_given_to_results() -> None:
    passing = "The model is based on a decoder and demonstrates significant improvements in accuracy."

    sections = sections_of(f"{NEW} {HOW} {passing}")

    assert sections[Section.PERFORMANCE_HIGHLIGHTS] == passing


def test_a_sentence_said_twice_is_shown_once() -> None:
    assert sections_of(f"{NEW} {NEW} {NEW}") == {Section.WHATS_NEW: NEW}


def test_links_to_code_and_hopes_are_no_news() -> None:
    shown = " ".join(sections_of(f"{NEW} {HOW} {RESULT} We hope that this will inspire others. {CODE}").values())

    assert "hope" not in shown
    assert "example.org" not in shown


@pytest.mark.parametrize("abstract", ["", "  \n ", "N/A", "Abstract.", "To be announced.", "초록 없음"])
def test_without_an_abstract_there_is_no_summary(abstract: str) -> None:
    assert summary_of(abstract) is None


def test_a_notice_of_withdrawal_is_no_summary() -> None:
    assert summary_of("This paper has been withdrawn by the authors due to an error in Lemma 3.") is None


def test_a_korean_abstract_is_extracted_in_korean() -> None:
    known = "대규모 언어 모델은 최근 큰 주목을 받았다."
    new = "본 논문에서는 새로운 프레임워크인 Paperboy를 제안한다."
    how = "구체적으로, 두 단계로 구성된 인코더를 학습하여 사용한다."
    result = "실험 결과, 제안 방법은 기준 모델보다 정확도가 4.2% 향상되었다."

    summary = summary_of(f"{known} {new} {how} {result}")

    assert summary is not None
    assert summary.language == "ko"
    assert [text for _, text in summary.sections] == [new, how, result]


@given(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=())),
        st.lists(
            st.sampled_from([KNOWN, NEW, HOW, RESULT, CODE, *TIED, "And so on.", "。", "$", "\\", "\n"]), max_size=14
        ).map(" ".join),
    )
)
def test_whatever_the_abstract_nothing_is_invented_or_said_twice(abstract: str) -> None:
    summary = summary_of(abstract)

    if summary is not None:
        assert summary.sections
        assert_only_the_abstracts_words(summary, abstract)


def test_every_recorded_abstract_yields_its_own_words_and_says_what_is_new(recorded: Path) -> None:
    days = sorted((recorded / "hf").glob("*.json"))
    abstracts = [item["paper"]["summary"] for day in days for item in json.loads(day.read_text(encoding="utf-8"))]

    assert len(abstracts) > 400
    for abstract in abstracts:
        summary = summary_of(abstract)
        assert summary is not None
        assert summary.section(Section.WHATS_NEW)
        assert_only_the_abstracts_words(summary, abstract)
