"""What somebody fills into the form of a saved paper is kept as it is, or they are told beside the field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.list_texts import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, tag_key
from bot.rules.reading_list import ReadingState
from bot.rules.saved_paper_form import LONGEST_TAGS, FormProblem, SavedPaperForm, read_saved_paper_form


def test_what_was_filled_in_is_read() -> None:
    fields = {"state": "reading", "note": "For the\nrelated work ", "tags": "diffusion, to cite，확산 모델"}
    assert read_saved_paper_form(fields) == SavedPaperForm(
        ReadingState.READING, "For the\nrelated work", ("diffusion", "to cite", "확산 모델")
    )


@pytest.mark.parametrize("fields", [{}, {"state": "read!", "note": "", "tags": " , ,"}])
def test_an_empty_form_is_a_paper_to_read_without_note_and_tags(fields: dict[str, str]) -> None:
    assert read_saved_paper_form(fields) == SavedPaperForm(ReadingState.TO_READ, "", ())


@pytest.mark.parametrize(
    ("field", "typed", "problem"),
    [
        ("note", "x" * (LONGEST_NOTE + 1), FormProblem.NOTE_TOO_LONG),
        ("tags", "x" * (LONGEST_TAG + 1), FormProblem.TAG_TOO_LONG),
        ("tags", "#" + "x" * (LONGEST_TAG + 1), FormProblem.TAG_TOO_LONG),
        ("tags", "a tag and a note that somebody wrote here instead of there, b", FormProblem.TAG_TOO_LONG),
        ("tags", ",".join(f"t{number}" for number in range(MOST_TAGS + 1)), FormProblem.TOO_MANY_TAGS),
        ("tags", " ".join(f"#t{number}" for number in range(MOST_TAGS + 1)), FormProblem.TOO_MANY_TAGS),
        ("tags", "x," * LONGEST_TAGS, FormProblem.TOO_MANY_TAGS),
    ],
)
def test_what_would_be_cut_off_is_told_beside_its_field(field: str, typed: str, problem: FormProblem) -> None:
    assert read_saved_paper_form({field: typed}) == {field: problem}


@given(
    st.dictionaries(st.sampled_from(["state", "note", "tags"]), st.text(max_size=200) | st.text(",#a ,", max_size=200))
)
def test_whatever_is_typed_every_tag_is_kept_or_told(fields: dict[str, str]) -> None:
    read = read_saved_paper_form(fields)
    if isinstance(read, SavedPaperForm):
        assert len(read.tags) <= MOST_TAGS
        assert len({tag_key(tag) for tag in read.tags}) == len(read.tags)
        assert all(0 < len(tag) <= LONGEST_TAG for tag in read.tags)
        assert len(read.note) <= LONGEST_NOTE
    else:
        assert set(read) <= {"note", "tags"}
