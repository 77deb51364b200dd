"""Notes and tags: kept as they are meant, however they are written, and never more of them than a list can bear."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.list_texts import (
    LONGEST_NOTE,
    LONGEST_TAG,
    MOST_TAGS,
    clean_note,
    clean_tag,
    clean_tags,
    split_tags,
    tag_key,
)
from bot.text.clean import is_storable
from tests.hostile_texts import MARKUP, UNICODE


def test_a_note_keeps_its_lines_and_loses_what_nobody_sees() -> None:
    assert clean_note("  Read  §3.\r\n\r\nAsk Ana about\tit.\u202e\x00 \n") == "Read §3.\n\nAsk Ana about it."
    assert clean_note(" \n\u200b\n") == ""


def test_a_note_has_at_most_2000_characters() -> None:
    assert len(clean_note("한" * 5_000)) == LONGEST_NOTE == 2_000


@given(text=st.text() | st.sampled_from(MARKUP + UNICODE))
def test_a_cleaned_text_stays_as_it_is(text: str) -> None:
    assert clean_note(clean_note(text)) == clean_note(text)
    tag = clean_tag(text)
    assert tag is None or (clean_tag(tag) == tag and len(tag) <= LONGEST_TAG and "\n" not in tag and is_storable(tag))
    assert is_storable(clean_note(text))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("nlp", "nlp"),
        ("#NLP", "NLP"),
        ("  to  read ", "to read"),
        ("음성\u200b인식", "음성인식"),
        (unicodedata.normalize("NFD", "음성"), "음성"),
        ("#", None),
        (" \x00 ", None),
        ("a,b", "a b"),
        ("x" * 80, "x" * 50),
    ],
)
def test_a_tag_is_one_visible_line(typed: str, kept: str | None) -> None:
    assert clean_tag(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"), [("NLP", "nlp"), ("Straße", "STRASSE"), ("café", "cafe\u0301"), ("İx", "i̇x")]
)
def test_tags_are_equal_whatever_their_case_and_composition(one: str, other: str) -> None:
    assert tag_key(one) == tag_key(other)


def test_of_equal_tags_the_first_is_kept_and_20_in_all() -> None:
    assert clean_tags(["NLP", "speech", "nlp", "", "Speech "]) == ("NLP", "speech")
    assert clean_tags(["nlp", "speech", "NLP"]) == ("nlp", "speech"), "a tag that is there keeps its place"
    assert len(clean_tags([str(number) for number in range(500)])) == MOST_TAGS == 20


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("nlp, speech recognition", ("nlp", "speech recognition")),
        ("#nlp #speech", ("nlp", "speech")),
        ("음성、인식，확산", ("음성", "인식", "확산")),
        ("one\ntwo", ("one", "two")),
        (",, ,", ()),
        ("", ()),
    ],
)
def test_tags_typed_in_one_line_are_told_apart(typed: str, tags: tuple[str, ...]) -> None:
    assert split_tags(typed) == tags
