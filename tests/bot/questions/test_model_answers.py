"""A model's answer is shown only with quotes that stand in the paper, whatever the model writes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.questions.model_answers import GivenPassage, passages_to_give, quoted_passage, read_answer
from bot.questions.passages import PaperText, units_of
from bot.questions.search import PassageIndex
from bot.rules.papers import ReadSource, TextSection
from bot.summaries.models.responses import Usage

TEXT = (
    "The decoder has 3 stages. It was trained on 12 GPUs for 9 days. Snow confuses the robot.\n"
    "Table 1: Accuracy of all models.\nModel | Dev | Test |\nOurs | 81.2 | 79.9 |\nBase | 70.1 | 68.4 |\n"
    "모델은 한국어 말뭉치로 학습했다。데이터는 공개되지 않는다。"
)


def index() -> PassageIndex:
    return PassageIndex(units_of(PaperText((TextSection("3 Method", TEXT),), ReadSource.FULL_TEXT)))


def all_passages() -> list[GivenPassage]:
    return passages_to_give(index(), "decoder stages GPUs days snow robot Ours Base 학습 데이터", "")


def test_a_model_is_given_sentences_with_their_neighbors_and_rows_with_their_header() -> None:
    given = [passage.text for passage in all_passages()]
    assert "The decoder has 3 stages. It was trained on 12 GPUs for 9 days. Snow confuses the robot." in given
    assert "Table 1: Accuracy of all models.\nModel | Dev | Test |\nOurs | 81.2 | 79.9 |" in given


def test_a_quote_shows_the_sentences_it_is_part_of() -> None:
    passage = quoted_passage("trained on 12  GPUs\nfor 9 days. Snow", all_passages())
    assert passage
    assert passage.lines == ("It was trained on 12 GPUs for 9 days. Snow confuses the robot.",)


def test_a_quoted_row_shows_its_caption_and_header() -> None:
    passage = quoted_passage("Base | 70.1 | 68.4", all_passages())
    assert passage
    assert passage.lines == ("Table 1: Accuracy of all models.", "Model | Dev | Test |", "Base | 70.1 | 68.4 |")


def test_a_quote_of_two_lines_is_none() -> None:
    assert quoted_passage("Ours | 81.2 | 79.9 | Base | 70.1", all_passages()) is None


VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=60),
    st.sampled_from(
        ["The decoder has 3 stages.", "Ours | 81.2 | 79.9 |", "12 GPUs for 9 days", "데이터는 공개되지 않는다。"]
    ),
    st.lists(st.sampled_from(TEXT.split()), max_size=12).map(" ".join),
)


@settings(deadline=None)
@given(
    values=st.dictionaries(st.sampled_from(["answer", "quote_1", "quote_2", "quote_3", "other"]), VALUES),
    language=st.sampled_from(["en", "ko", "fr"]),
)
def test_whatever_a_model_writes_is_shown_with_passages_of_the_paper_or_not_at_all(
    values: dict[str, object], language: str
) -> None:
    answer = read_answer(values, all_passages(), "Title", language, Usage())
    assert (answer.text is None) is (answer.passages == ())
    for passage in answer.passages:
        assert all(any(line in whole for whole in TEXT.split("\n")) for line in passage.lines)
