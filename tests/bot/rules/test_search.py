"""How a query is read, and in which order what it finds is shown."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.search_documents import IndexedTexts, document_number, document_of, first_number_since
from bot.rules.search_query import LONGEST_QUERY, MOST_TERMS, SearchQuery, parse_query
from bot.rules.search_ranking import Candidate, points, rank
from bot.text.search_words import LONGEST_WORD, part_words, search_words

TODAY = date(2026, 8, 17)


def read(text: str) -> list[str]:
    """Each term: its alternatives with `|`, a beginning with `*`, authors with `@`."""
    return [
        ("@" if term.in_authors else "")
        + "|".join(" ".join(phrase.words) + "*" * phrase.is_prefix for phrase in term.alternatives)
        for term in parse_query(text).terms
    ]


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("Diffusion Models", ["diffusion", "model*"]),
        ("KV-cache", ["kv cache*"]),
        ('"large language models" agents', ["large language model", "agent*"]),
        ('"still open', ["still open"]),
        ("“curly quotes” here", ["curly quote", "here*"]),
        ("papers about the diffusion of ink", ["diffusion", "ink*"]),
        ("the of and", ["the", "of", "and*"]),
        ("3D", ["3d"]),  # the beginning of a word has three letters
        ("ｆｕｌｌ ＷＩＤＴＨ", ["full", "width*"]),
        ("Müller straße", ["muller", "strasse*"]),
        ("author:kim image", ["@kim", "image*"]),
        ('author:"Jane Doe"', ["@jane doe*"]),
        ("author: kim", ["@kim*"]),
        ("저자:김 확산", ["@김*", "확산"]),
        ("확산모델은", ["확산 산모 모델|확산 모델"]),
        ("모델을 학습", ["모델", "학습"]),
        ("LLM을", ["llm*"]),
        ("빛", ["빛*"]),
        ("diffusion diffusion", ["diffusion", "diffusion*"]),
        ("🔖 — …", []),
        ("a\x00b", ["ab"]),
    ],
)  # fmt: skip
def test_words_are_read(typed: str, terms: list[str]) -> None:
    assert read(typed) == terms


@pytest.mark.parametrize(
    ("typed", "since"),
    [
        ("since:2025", date(2025, 1, 1)),
        ("since:2025-03", date(2025, 3, 1)),
        ("since:2025/3/7", date(2025, 3, 7)),
        ("Since: 2025.03.07", date(2025, 3, 7)),
        ("이후:2025-03", date(2025, 3, 1)),
        ("since:2024 since:2025", date(2025, 1, 1)),
    ],
)
def test_a_date_is_a_year_a_month_or_a_day(typed: str, since: date) -> None:
    assert parse_query(f"agents {typed}").since == since


@pytest.mark.parametrize("typed", ["since:yesterday", "since:2025-13", "since:0000", "from:bob", "author:"])
def test_a_filter_nobody_understands_is_told(typed: str) -> None:
    query = parse_query(f"agents {typed}")
    assert [term.text for term in query.terms] == ["agents"]
    assert query.ignored == (typed,)
    assert query.lacks_date == typed.startswith("since:")


def test_ones_own_list_is_meant_by_from_me() -> None:
    assert parse_query("from:me").is_mine
    assert not parse_query("me").is_mine
    assert parse_query("from:me agents").terms == parse_query("agents").terms


def test_a_query_says_whether_there_is_anything_to_search_for() -> None:
    assert all(parse_query(typed).is_empty for typed in ("", "…", '"', "from:bob"))
    assert not any(parse_query(typed).is_empty for typed in ("a", "from:me", "since:2025"))


@given(st.text(max_size=2 * LONGEST_QUERY))
def test_any_text_is_read_and_bounded(typed: str) -> None:
    query = parse_query(typed)
    assert len(query.terms) <= MOST_TERMS
    for term in query.terms:
        assert 1 <= len(term.alternatives) <= 6
        for phrase in term.alternatives:
            assert 1 <= len(phrase.words) <= 24
            assert all(re.fullmatch(r"[^\x00-\x2f:-`{-\x7f\s]+", word) for word in phrase.words)
            assert all(len(word) <= LONGEST_WORD for word in phrase.words)


@given(st.text(alphabet="ab확산모델é🔖 -_'\"ÅΩßﬁ", max_size=40))
def test_what_a_text_has_is_found_in_it(text: str) -> None:
    """Words of a text that are typed as they stand, in quotation marks, stand in it."""
    indexed = f" {' '.join(search_words(text))} "
    for word in text.replace('"', " ").split():
        for term in parse_query(f'"{word}"').terms:
            (phrase,) = term.alternatives
            assert f" {' '.join(phrase.words)}" in indexed


@pytest.mark.parametrize("word", ["news", "bias", "this", "class", "analysis", "corpus", "gas"])
def test_what_is_no_plural_stays(word: str) -> None:
    assert search_words(word) == [word]


# documents ------------------------------------------------------------------------------------------------------------


def test_papers_are_numbered_as_arxiv_received_them() -> None:
    ids = ["hep-th/9107001", "hep-th/9912999", "cs/0001001", "math/0703999", "0704.0001", "1412.9999", "1501.00001"]
    ids += ["2407.20743", "2407.21017", "2408.00001", "9912.99999"]
    numbers = [document_number(paper_id) for paper_id in ids]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert None not in numbers
    assert len({document_number(f"{archive}/0101001") for archive in ("cs", "math", "hep-th", "q-bio")}) == 4
    assert document_number("somewhere/0101001") is document_number("10.1000/182") is None


@given(st.dates(min_value=date(1991, 9, 1), max_value=date(2090, 1, 1)), st.integers(min_value=0, max_value=25))
def test_no_paper_submitted_since_a_day_has_a_lower_number(day: date, later: int) -> None:
    at = day + timedelta(days=later)
    paper_id = f"{at:%y%m}.00001" if (at.year, at.month) >= (2007, 4) else f"cs/{at:%y%m}001"
    assert (document_number(paper_id) or 0) >= first_number_since(day)


def test_a_document_has_bounds_whatever_it_is_made_of() -> None:
    texts = IndexedTexts(
        "2407.21017",
        "x y " * 900,
        ("a b",) * 5000,
        "same " * 90_000,
        ("t",) * 900,
        ("가나다" * 9000,),
        ("z" * 9000,),
        None,
    )
    document = document_of(texts)
    assert document
    assert len(document.title.split()) <= 200
    assert len(document.authors.split()) <= 2000
    assert len(document.body.split()) <= 10_000
    assert document.body.split().count("same") <= 200


# ranking --------------------------------------------------------------------------------------------------------------

CANDIDATE = Candidate(7, "2407.21017", "image matting", "ana ruiz", "diffusion", "it cuts out hair", date(2026, 8, 1))
QUERY = parse_query("matting")


def of(query: SearchQuery = QUERY, **changed: Any) -> float:
    return points(replace(CANDIDATE, **changed), query, today=TODAY)


def test_a_title_counts_more_than_topics_and_these_more_than_a_sentence_and_that_more_than_the_rest() -> None:
    order = [of(parse_query(word)) for word in ("image", "ruiz", "diffusion", "hair", "elsewhere")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 5


def test_a_whole_word_counts_more_than_its_beginning() -> None:
    assert of(parse_query("matting")) > of(parse_query("matt"))


def test_a_title_that_is_the_query_counts_more_than_one_with_its_words_apart() -> None:
    query = parse_query("image matting")
    assert of(query) > of(query, title="on image matting") > of(query, title="matting an image")


def test_votes_saves_and_youth_count_and_have_their_bounds() -> None:
    assert of(votes=100) > of(votes=3) > of()
    assert of(saves=3) > of()
    assert of(votes=10**9, saves=10**9) <= of() + 15
    assert of() > of(submitted=date(2020, 1, 1)) > of(submitted=None)
    assert of(submitted=date(2090, 1, 1)) == of(submitted=TODAY)


def test_of_papers_as_good_the_later_comes_first_in_whatever_order_they_are_given() -> None:
    twins = [replace(CANDIDATE, number=number, paper_id=f"2407.2101{number}") for number in range(5)]
    order = rank(twins, QUERY, today=TODAY)
    assert order == rank(reversed(twins), QUERY, today=TODAY) == [twin.paper_id for twin in reversed(twins)]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("FreeToken", ["free", "token"]),
        ("a CogAgent for VideoLLMs", ["cog", "agent", "video", "llm"]),
        ("AutoEncoders", ["auto", "encoder"]),
        ("Decoder, DECODER, decoder", []),
        ("JaColBERTv2.5", ["col", "bert"]),  # parts of two letters stand for nothing
    ],
)
def test_a_name_that_is_written_together_is_found_by_its_parts(name: str, parts: list[str]) -> None:
    assert part_words(name) == parts
    document = document_of(IndexedTexts("2407.21017", name, (), "", (), (), (), None))
    assert document is not None
    assert set(parts) <= set(document.body.split())
