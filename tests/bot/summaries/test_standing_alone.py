from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.demo
from bot.summaries.standing_alone import leans_on_others, merely_adds, trimmed
from tests.counting import lines_run
from tests.extracts import abstracts_in, dangles, is_end_of, sections_shown

if TYPE_CHECKING:
    from collections.abc import Callable

BUNDLED = Path(bot.demo.__file__).parent / "days"
# Sections of the bundled days that may begin with a word of the list, and why.
EXCEPTIONS: dict[str, str] = {}


LONG = "We propose Paperboy, a framework that reads all of the papers of a day and says of each what is new in it"


# what can be taken away ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("To address this gap, we introduce X.", "We introduce X."),
        ("To further answer this question, we design a study.", "We design a study."),
        ("To bridge the gap, we propose X.", "We propose X."),
        ("To tackle these challenges in scale and depth, ORG predicts maps.", "ORG predicts maps."),
        ("In order to overcome such limitations, our method learns masks.", "Our method learns masks."),
        ("To this end, we present Fuyou.", "We present Fuyou."),
        ("To this end we present Fuyou.", "We present Fuyou."),
        ("Motivated by this observation, we propose PixSDS.", "We propose PixSDS."),
        ("Inspired by how people solve these problems, we introduce MindSearch.", "We introduce MindSearch."),
        ("Using this framework, we halve the cost.", "We halve the cost."),
        ("Unlike these methods, our model is trained on text.", "Our model is trained on text."),
        ("With this approach, we achieve 90.2%.", "We achieve 90.2%."),
        ("Using these data, our study evaluates models.", "Our study evaluates models."),
        ("Initially, we train a model.", "We train a model."),
        ("However, performance drops.", "Performance drops."),
        ("Specifically, iFAN introduces a head.", "iFAN introduces a head."),
        ("For example, 87.6% of the answers are valid.", "87.6% of the answers are valid."),
        ("For instance, X improves the score by 55.6\\% on videos.", "X improves the score by 55.6\\% on videos."),
        ("In this way, Second Thought relocates the steps.", "Second Thought relocates the steps."),
        ("(2) We propose ESFT.", "We propose ESFT."),
        ("(2) However, to address this, we propose ESFT.", "We propose ESFT."),
        ("Secondly, we train it.", "We train it."),
        ("Yet existing approaches remain slow.", "Existing approaches remain slow."),
        ("In this context, we study X.", "We study X."),
        ("We therefore present a study.", "We present a study."),
        ("This paper instead treats them as one.", "This paper treats them as one."),
        ("To address this, we thus present a study.", "We present a study."),
        (f"{LONG}, to bridge this gap.", f"{LONG}."),
        (f"{LONG} to address these two limitations.", f"{LONG}."),
    ],
)
def test_an_opening_that_ties_a_sentence_to_the_one_before_is_taken_away(sentence: str, rest: str) -> None:
    assert trimmed(sentence) == rest


@pytest.mark.parametrize(
    "sentence",
    [
        "To train faster, we drop layers.",  # a purpose of its own
        "To address both noise and drift, we filter twice.",
        "Inspired by biology, we grow networks.",
        "Under this assumption, we prove convergence.",  # a condition: without it, something else is said
        "Based on this assumption, we prove convergence.",
        "Given these constraints, we prove convergence.",
        "Based on this conjecture, we prove a bound.",
        "Beyond this limit, our model fails to produce coherent text.",  # of what others do, it says when
        "Beyond this scale, we also observe divergence.",
        "From this point, we see no improvement.",
        "Guided by these prompts, GPT-4 is able to solve 90% of the tasks.",
        "Following this attack, the system is compromised.",
        "With these techniques, GPT-4 is fooled in 90% of cases.",
        "Based on this metric, GPT-4 is worse than Llama.",
        "Unlike humans in these tasks, GPT-4 is unable to plan.",
        "Initially, our model fails.",
        "By doing so, the model is safe.",
        "In response, GPT-4 is refusing.",
        "To match this result, GPT-4 needs 100 samples.",  # not needed otherwise
        "To reproduce this, we need 100 GPUs.",
        "To reach both, we would have to double the size.",
        "To do so, we need a supervisor.",
        "In this case, the bound is tight.",
        "Otherwise, training diverges.",
        "In this context, GPT-4 is unable to plan.",
        "We therefore.",
        "We propose X to address this challenge.",  # what is left would say little
        f"{LONG} is designed to close this gap.",
        f"{LONG} to address noise.",
        "Yet another benchmark is introduced.",
        "For example, a user turns around.",  # an example, which is no fact about the whole
        "Specifically, a new method.",  # what is left would be no sentence
        "First, second, and third order terms are dropped.",
        "To address this gap, though hard, and for all languages.",
        "In this paper, we propose X.",
        "To our knowledge, X is the first of its kind.",
        "Finally",
        "However,",
        "(2) ",
        "",
        "본 논문에서는 X를 제안한다.",
    ],
)
def test_what_says_something_or_leaves_no_sentence_behind_stays(sentence: str) -> None:
    assert trimmed(sentence) == sentence


# what cannot be read alone -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "It supports tests.",
        "Its encoder learns quickly.",
        "These models are small.",
        "This demonstrates the potential.",
        "Such transfer is rare.",
        "Both variants are fast.",
        "Each is graded by people.",
        "The former is faster.",
        "In such a scenario, memory runs out.",
        "Under this view, memory is state.",
        "We challenge this premise.",
        "We propose BRAINS to address this challenge.",
        "Our work introduces two key innovations to address these two issues.",
        "SeaLLMs aims to bridge this gap by covering languages.",
        "We then present a study.",
        "Testing it on models, we find no gate.",
        "The consequence is a sharp asymmetry.",
        "We present X, a model trained in two stages to combine both strengths.",
        "What causes a representation to enter that form is open.",
        "We show that it learns to compute.",
        "We present X, an application framework for agents that addresses these shifts with harnesses.",
        "We discover that one reason for this degradation is the loss.",
        "We also train a second one.",
        "In contrast, a new one.",
        "Our second contribution is a data set.",
        "The above results hold.",
        "This paper proposes to let them learn.",
        "This paper introduces X, which does it in a second.",
        "This paper builds on that notion and proposes a system.",
    ],
)
def test_a_sentence_that_points_elsewhere_leans(sentence: str) -> None:
    assert leans_on_others(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "In this paper, we propose X.",
        "This work studies Y.",
        "This comprehensive survey covers agents.",
        "This first compilation paper is based on 566 entries.",
        "We propose X, a model that is trained in two stages, and show that this training pays.",
        "We collect a dataset and expand this dataset considerably.",
        "We train a bidirectional model of weather and show that this bidirectionality pays.",
        "We show that it is possible to learn X.",
        "Both training and inference are faster.",
        "Experiments such as ours take days.",
        "Models learn such that their losses fall.",
        "Extensive experiments show that X outperforms strong baselines by 4.2%, surpassing the second-best by 3%.",
        "A framework that eliminates the need for labels.",
        "본 논문에서는 X를 제안한다.",
    ],
)
def test_a_sentence_that_explains_itself_does_not_lean(sentence: str) -> None:
    assert not leans_on_others(sentence)


def test_an_addition_may_follow_on_anything_but_must_explain_the_rest() -> None:
    assert merely_adds("We also release a model of 7B.")
    assert not merely_adds("We also address this gap.")
    assert not merely_adds("We release a model.")


# whatever is written -------------------------------------------------------------------------------------------------

openings = st.sampled_from(
    ["However, ", "To address this gap, ", "(2) ", "Inspired by this, ", "First, ", "To it, ", "In this way, ", "ß, "]
)
rests = st.sampled_from(["we propose X.", "ẞ is.", "ßharp models are new.", "a b", "", ", ", "X uses Y.", "ŉ is Z."])


@given(st.one_of(st.text(), st.builds(lambda some, rest: "".join(some) + rest, st.lists(openings, max_size=6), rests)))
def test_what_is_left_is_the_sentences_own_end_and_never_nothing(sentence: str) -> None:
    rest = trimmed(sentence)

    assert rest == sentence or is_end_of(rest, sentence)
    assert bool(rest) == bool(sentence)


HOSTILE = [
    "this ",
    "such ",
    "both a ",
    "of that x ",
    "that-",
    ", ",
    "To this ",
    "(1) ",
    "we s ",
    "A ",
    "these issues ",
    "a",
    "them ",
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("before", ["", "To address ", "Motivated by ", "However, "])
@pytest.mark.parametrize("unit", HOSTILE)
def test_long_hostile_sentences_take_no_longer_than_they_are(unit: str, before: str) -> None:
    def read(times: int) -> bool:
        return leans_on_others(trimmed(before + unit * times))

    read(2)
    lines = [lines_run(partial(read, times)) for times in (100, 200, 400)]
    for smaller, larger in itertools.pairwise(lines):
        assert larger <= 2.5 * smaller + 200, lines
    read(100_000 // len(unit))


# what people read ----------------------------------------------------------------------------------------------------


def test_hardly_an_extract_of_the_recorded_days_hangs_in_the_air(
    recorded: Path, record_property: Callable[[str, object], None]
) -> None:
    shown = sections_shown(abstracts_in(recorded / "hf"))
    abstracts = {abstract for abstract, _, _ in shown}
    hanging = {abstract: text for abstract, _, text in shown if dangles(text)}

    report = f"{len(hanging)} of {len(abstracts)} abstracts ({len(hanging) / len(abstracts):.1%}) hang in the air"
    record_property("told", report)
    assert len(abstracts) >= 460
    assert len(shown) >= 1285, "sections are not left out for it"
    assert len(hanging) / len(abstracts) <= 0.02, "\n".join([report, *hanging.values()])


def test_no_section_of_the_bundled_days_begins_with_what_hangs_in_the_air() -> None:
    shown = [text for _, _, text in sections_shown(abstracts_in(BUNDLED))]

    assert len(shown) >= 75
    assert [text for text in shown if dangles(text) and text not in EXCEPTIONS] == []


@pytest.mark.parametrize(
    "text",
    [
        *("To address this gap, we …", "To train it, …", "It uses …", "However, we …", "We then …", "(2) We …"),
        *("First, we train it.", "First, we train it. It is then tested.", "Second, we test it. First, it is trained."),
        *("Both are fast.", "Evaluating both, we find more.", "Across both models, X is fast and small."),
        *("Recognizing that is hard.", "Because it is small, X is fast.", "Because it is small, it is fast."),
        *("First, these train. Second, those test.", "We bridge this gap. It was wide."),
    ],
)
def test_the_readers_list_knows_what_hangs(text: str) -> None:
    assert dangles(text)


@pytest.mark.parametrize(
    "text",
    [
        *("In this paper, we …", "This work studies …", "We propose …"),
        *("First, we train an encoder. Second, we test it.", "Firstly, X is trained. Secondly, it is tested."),
        *("Both training and inference are fast.", "In both expert evaluations and public tests, X is fast."),
        "Evaluating both proprietary and open models, we find more.",
        "Recognizing that tasks share operations, we count them.",
        "Because it reads only the text, the detector is fast.",
        "We propose X. It bridges this gap.",
    ],
)
def test_the_readers_list_leaves_the_rest(text: str) -> None:
    assert not dangles(text)
