"""References in BibTeX: what BibTeX and LaTeX make of them is what the paper says."""

from __future__ import annotations

import logging
import re
import unicodedata
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from bibtexparser.entrypoint import parse_string as parse_bibtex
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_string
from pylatexenc.latex2text import LatexNodes2Text

from bot.exports.bibtex import bibtex
from bot.exports.citations import citation_key, title_of
from bot.exports.digests import digest_json
from bot.exports.names import split_name
from bot.rules.papers import Paper, Reading
from tests.odd_papers import hostile_papers, recorded_papers

if TYPE_CHECKING:
    from pathlib import Path

    from pybtex.database import Person

MATTING = Paper("2407.21017", "Matting by Generation", ("Zhixiang Wang", "Baiang Li"), published=date(2024, 7, 30))
DOI = "10.1007/978-3-030-58452-8_24"


def titled(title: str, *authors: str) -> str:
    return bibtex([Paper("2407.21017", title, authors or ("Ana Ruiz",))])


def decoded(latex: str) -> str:
    """What LaTeX typesets, as another program reads it; thousands of plain names needn't be."""
    if not re.search(r"[\\{}$~-]", latex):
        return unicodedata.normalize("NFC", latex)
    for named, escaped in ((r"\textbraceleft{}", r"\{"), (r"\textbraceright{}", r"\}")):  # which pylatexenc knows
        latex = latex.replace(named, escaped)
    text = str(LatexNodes2Text(math_mode="text", strict_latex_spaces=True).latex_to_text(latex))
    return unicodedata.normalize("NFC", text.replace("ˆ", "^"))


def parts_of(person: Person) -> tuple[str, str, str]:
    """The family name with its particle, the given names and the suffix, as BibTeX's own rules tell them apart."""
    family = " ".join([*person.prelast_names, *person.last_names])
    given_names = " ".join([*person.first_names, *person.middle_names])
    return decoded(family), decoded(given_names), decoded(" ".join(person.lineage_names))


def test_an_entry_names_the_paper_its_authors_in_order_and_where_it_is() -> None:
    assert bibtex([replace(MATTING, primary_category="cs.CV")]) == (
        "@misc{wang-2407.21017,\n"
        "  title         = {Matting by Generation},\n"
        "  author        = {Zhixiang Wang and Baiang Li},\n"
        "  year          = {2024},\n"
        "  eprint        = {2407.21017},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass  = {cs.CV},\n"
        "  url           = {https://arxiv.org/abs/2407.21017}\n"
        "}"
    )


def test_what_is_not_known_is_left_out() -> None:
    assert "primaryClass" not in bibtex([MATTING])
    assert "author" not in bibtex([replace(MATTING, authors=())])


def test_an_entry_has_the_doi_that_is_known() -> None:
    assert "  doi           = {10.1007/978-3-030-58452-8_24},\n" in bibtex([replace(MATTING, doi=DOI)])
    assert digest_json([Reading(replace(MATTING, doi=DOI), None, None)])[0]["doi"] == DOI
    assert digest_json([Reading(MATTING, None, None)])[0]["doi"] is None


@pytest.mark.parametrize(
    ("paper", "key"),
    [
        (MATTING, "wang-2407.21017"),
        (replace(MATTING, title="Renamed by its second version", published=None), "wang-2407.21017"),
        (replace(MATTING, id="hep-th/9901001"), "wang-hep-th-9901001"),
        (replace(MATTING, authors=("Laurens van der Maaten",)), "maaten-2407.21017"),
        (replace(MATTING, authors=("Søren Łukasz Đinđić",)), "dindic-2407.21017"),
        (replace(MATTING, authors=("Gemma Team", "Ana Ruiz")), "gemma-2407.21017"),
        (replace(MATTING, authors=("김민수",)), "arxiv-2407.21017"),
        (replace(MATTING, authors=()), "arxiv-2407.21017"),
    ],
)
def test_a_key_depends_on_the_paper_alone_and_on_nothing_a_new_version_changes(paper: Paper, key: str) -> None:
    assert citation_key(paper) == key
    assert bibtex([MATTING, paper]).count(f"@misc{{{key},") >= 1


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("R&D at 100% #1 a_b", r"{R}\&{D} at 100\% \#1 a\_b"),
        ("BERT and GPT-4V", "{BERT} and {GPT-4V}"),
        ("Deep Vision-Language Learning: A Survey", "Deep Vision-Language Learning: A Survey"),
        ("From Text-to-3D", "From Text-to-{3D}"),
        ("In $O(n^2)$ steps, $x$", "In $O(n^2)$ steps, $x$"),
        ("Costs $5, not $10", r"Costs \$5, not \$10"),
        (r"Schr\"odinger's \textit{cat}", "Schrödinger's cat"),
        ("Zetta ζ: a ≤ b → c", r"Zetta $\zeta$: a $\leq$ b → c"),
        ("<think> | ~x^2", r"$<$think$>$ $|$ \textasciitilde{}x\textasciicircum{}2"),
        ("One {brace", r"One \textbraceleft{}brace"),
        ("With --flag", "With -{}-flag"),
        ("한국어 논문", "한국어 논문"),
    ],
)
def test_titles_are_read_by_latex_as_they_are_meant(title: str, written: str) -> None:
    assert f"title         = {{{written}}}," in titled(title)


@pytest.mark.parametrize(
    "formula",
    [
        r"$\input{/etc/passwd}$",
        r"$^^5cinput{x}$",
        r"$\csname input\endcsname$",
        r"$\def\x{\x}\x$",
        r"$a}b{c$",
        r"$a%b$",
        r"$a\\$",
    ],
)
def test_a_formula_is_mathematics_or_it_is_text(formula: str) -> None:
    (entry,) = parse_bibtex(titled(f"On {formula} here")).entries
    written = entry["title"]
    assert not any(word in written for word in ("$", r"\input", r"\csname", r"\def", "^^", "%b$"))
    assert entry["eprint"] == "2407.21017"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zhixiang Wang", "Zhixiang Wang"),
        ("Laurens van der Maaten", "Laurens van der Maaten"),
        ("Guy Van den Broeck", "Van den Broeck, Guy"),
        ("John Smith Jr.", "Smith, Jr., John"),
        ("danny wicks", "wicks, danny"),
        ("김 민수", "김, 민수"),
        ("김민수", "김, 민수"),
        ("Gemma Team", "{Gemma Team}"),
        ("Ruiz, Ana", "{Ruiz, Ana}"),
        ("Meta and Co", "{Meta and Co}"),
        ("others", "{others}"),
        (r"Jos\'e {Mart\'i", r"José \textbraceleft{}Martí"),
    ],
)
def test_bibtex_takes_names_apart_as_they_are_meant(name: str, written: str) -> None:
    assert f"author        = {{{written}}}," in titled("X", name)


def test_in_a_message_hundreds_of_authors_are_others() -> None:
    paper = replace(MATTING, authors=tuple(f"Ana Beatriz de Castro{number}" for number in range(500)))
    assert bibtex([paper]).count(" and ") == 499
    shortened = bibtex([paper], in_message=True)
    assert " and others}" in shortened
    assert 30 < shortened.count(" and ") < 60


def test_two_hundred_odd_recorded_papers_are_read_by_others_without_a_warning(
    recorded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    papers = recorded_papers(recorded, 200)
    assert len(papers) == 200
    text = bibtex(papers)
    with caplog.at_level(logging.WARNING):
        library = parse_bibtex(text)
        database = parse_string(text, "bibtex")
    assert (caplog.records, library.failed_blocks) == ([], [])
    assert [entry.key for entry in library.entries] == [citation_key(paper) for paper in papers]
    for paper, entry, other in zip(papers, library.entries, database.entries.values(), strict=True):
        assert decoded(entry["title"]) == decoded(other.fields["title"]) == title_of(paper)
        assert (entry["eprint"], entry["url"]) == (paper.id, f"https://arxiv.org/abs/{paper.id}")
        names = [split_name(author) for author in paper.authors]
        assert [parts_of(person) for person in other.persons["author"]] == [
            (f"{name.particle} {name.family}".strip() or name.whole, name.given, name.suffix) for name in names
        ]


@given(st.integers())
def test_whatever_people_write_stays_inside_its_field(seed: int) -> None:
    papers = [entry.paper for entry in hostile_papers(seed, 4)]
    text = bibtex(papers)
    library = parse_bibtex(text)
    assert library.failed_blocks == []
    assert [entry["eprint"] for entry in library.entries] == [paper.id for paper in papers]
    assert [entry["doi"] if "doi" in entry.fields_dict else None for entry in library.entries] == [
        paper.doi for paper in papers
    ]
    database = parse_string(text, "bibtex")
    for paper, entry in zip(papers, database.entries.values(), strict=True):
        assert set(entry.fields) <= {"title", "year", "eprint", "archivePrefix", "primaryClass", "doi", "url"}
        named = [author for author in paper.authors if split_name(author).whole]
        assert len(entry.persons.get("author", [])) == len(named)


@given(st.text(max_size=60), st.text(max_size=40))
def test_any_title_and_name_is_read_as_it_is_shown(title: str, author: str) -> None:
    paper = Paper("2407.21017", title or "?", (author,))
    (entry,) = parse_bibtex(bibtex([paper])).entries
    if "$" not in title:
        shown = unicodedata.normalize("NFC", title_of(paper))
        written = entry["title"] if "title" in entry.fields_dict else ""
        assert decoded(written).split() == shown.split()
