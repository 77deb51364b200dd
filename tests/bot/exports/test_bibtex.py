"""References in BibTeX: what BibTeX and LaTeX make of them is what the paper says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.bibtex import bibtex
from bot.exports.digests import digest_json
from bot.rules.papers import Paper, Reading

MATTING = Paper("2407.21017", "Matting by Generation", ("Zhixiang Wang", "Baiang Li"), published=date(2024, 7, 30))
DOI = "10.1007/978-3-030-58452-8_24"


def titled(title: str, *authors: str) -> str:
    return bibtex([Paper("2407.21017", title, authors or ("Ana Ruiz",))])


def test_an_entry_names_the_paper_its_authors_in_order_and_where_it_is() -> None:
    assert bibtex([MATTING]) == (
        "@misc{wang2024mattinggeneration,\n"
        "  title         = {Matting by Generation},\n"
        "  author        = {Zhixiang Wang and Baiang Li},\n"
        "  year          = {2024},\n"
        "  eprint        = {2407.21017},\n"
        "  archivePrefix = {arXiv},\n"
        "  url           = {https://arxiv.org/abs/2407.21017}\n"
        "}"
    )


def test_an_entry_has_the_doi_that_is_known() -> None:
    assert "  doi           = {10.1007/978-3-030-58452-8_24},\n" in bibtex([replace(MATTING, doi=DOI)])
    assert digest_json([Reading(replace(MATTING, doi=DOI), None, None)])[0]["doi"] == DOI
    assert digest_json([Reading(MATTING, None, None)])[0]["doi"] is None


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("R&D at 100% #1 a_b", r"{R}\&{D} at 100\% \#1 a\_b"),
        ("BERT and GPT-4V", "{BERT} and {GPT-4V}"),
        ("Deep Learning", "Deep Learning"),
        ("In $O(n^2)$ steps", "In $O(n^2)$ steps"),
        ("Costs $5", r"Costs \$5"),
        ("한국어 논문", "한국어 논문"),
    ],
)
def test_titles_are_read_by_latex_as_they_are_meant(title: str, written: str) -> None:
    assert f"title         = {{{written}}}," in titled(title)


def test_names_that_would_be_read_as_several_stay_one() -> None:
    assert "{{Ruiz, Ana} and {Meta and Co}}" in titled("X", "Ruiz, Ana", "Meta and Co")


def test_hundreds_of_authors_are_others() -> None:
    entry = titled("X", *(f"Ana Beatriz de Castro {number}" for number in range(500)))
    assert " and others}" in entry
    assert 30 < entry.count(" and ") < 60


@given(st.text(max_size=60), st.text(max_size=40))
def test_whatever_a_source_says_stays_inside_its_field(title: str, author: str) -> None:
    entry = titled(title or "?", author or "?")
    assert entry.count("@misc{") >= 1
    depth = 0
    for place, sign in enumerate(entry):
        depth += (sign == "{") - (sign == "}")
        assert depth > 0 or place in {*range(5), len(entry) - 1}
    assert depth == 0
    assert re.match(r"@misc\{[a-z0-9]+,", entry)
