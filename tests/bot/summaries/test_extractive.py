from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers import MAIN_SECTIONS, Origin, Paper, ReadSource, Section, Summary
from bot.summaries.extractive import extract
from bot.summaries.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOW = datetime(2026, 8, 20, 22, 0, tzinfo=UTC)

KNOWN = "Large models have shown great progress. However, existing methods remain limited by memory."
NEW = "In this paper, we propose Paperboy, a framework for reading papers."
HOW = "Specifically, it consists of an encoder and two training stages."
RESULT = "Experiments show that it outperforms strong baselines by 4.2%."
CODE = "Code is available at https://example.org/code."


def summary_of(abstract: str) -> Summary | None:
    return extract(Paper(id="2407.21017", title="A title", authors=(), abstract=abstract), made_at=NOW)


def sections_of(abstract: str) -> dict[Section, str]:
    summary = summary_of(abstract)
    return dict(summary.sections) if summary else {}


def assert_only_the_abstracts_words(summary: Summary, abstract: str) -> None:
    """Each section: one or two whole sentences of the abstract, in its order; no sentence twice anywhere."""
    sentences = list(dict.fromkeys(split_sentences(abstract, summary.language)))
    choices = [(place,) for place in range(len(sentences))] + list(combinations(range(len(sentences)), 2))
    sources = [
        [choice for choice in choices if " ".join(sentences[place] for place in choice) == text]
        for _, text in summary.sections
    ]
    assert any(not_twice(places) for places in product(*sources))
    assert [section for section, _ in summary.sections] == [s for s in MAIN_SECTIONS if summary.section(s) is not None]


def not_twice(choices: Sequence[tuple[int, ...]]) -> bool:
    places = [place for choice in choices for place in choice]
    return len(places) == len(set(places))


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
        "It surpasses prior work on all benchmarks.",
        "Results show that it outperforms strong baselines by 4.2%.",
    )

    sections = sections_of(f"{NEW} {HOW} {strong} {weak} {strongest}")

    assert sections[Section.PERFORMANCE_HIGHLIGHTS] == f"{strong} {strongest}"


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
            st.sampled_from([KNOWN, NEW, HOW, RESULT, CODE, "And so on.", "。", "$", "\\", "\n"]), max_size=14
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
