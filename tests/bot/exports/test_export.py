"""Exports in every format, read back by programs that know nothing of Paperboy."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string as parse_bibtex
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.exports.citations import citation_key, title_of
from bot.exports.export import ExportFormat, export
from bot.exports.names import split_name
from bot.rules.papers import Paper
from bot.rules.reading_list import ReadingState, SavedPaper, SaveKind, SaveOrigin
from bot.text.clean import clean_text
from tests.odd_papers import hostile_papers, recorded_papers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MATTING = Paper(
    "2407.21017",
    "Matting by Generation",
    ("Zhixiang Wang", "Baiang Li", "Laurens van der Maaten", "Gemma Team"),
    abstract="We treat image matting as generation.",
    published=date(2024, 7, 30),
    primary_category="cs.CV",
)
SAVED = SavedPaper(
    MATTING,
    datetime(2024, 8, 1, 9, 30, tzinfo=UTC),
    ReadingState.READING,
    note="Ask Bo about figure 3.\n- see also: matting",
    tags=("matting", "이미지 처리"),
    votes=77,
    origin=SaveOrigin(SaveKind.REACTION, "C0000PAPERS", "1722470400.000100", "bookmark"),
)
OLD = Paper("hep-th/9901001", "Strings & <i>things</i>", ())


def read_csv(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")  # which tells Excel that it is UTF-8
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def read_markdown(text: str) -> list[tuple[str, str, str]]:
    """The items of the list: each with what is linked, where to, and all its text."""
    items: list[tuple[str, str, str]] = []
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert {token.type for token in tokens} <= {
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("paragraph_open", "paragraph_close", "inline"),
    }
    for token in tokens:
        if token.type == "list_item_open":
            items.append(("", "", ""))
        for each in token.children or ():
            assert each.type in {"text", "text_special", "link_open", "link_close", "softbreak", "hardbreak"}, each
            title, url, whole = items[-1]
            if each.type == "link_open":
                items[-1] = (title, str(each.attrs["href"]), whole)
            elif url and not whole:
                items[-1] = (title, url, "\0") if each.type == "link_close" else (title + each.content, url, "")
            else:
                items[-1] = (title, url, whole + (each.content or "\n"))
    return [(title, url, whole.lstrip("\0")) for title, url, whole in items]


@pytest.mark.parametrize(
    ("to", "name"),
    [
        (ExportFormat.BIBTEX, "papers.bib"),
        (ExportFormat.RIS, "papers.ris"),
        (ExportFormat.CSL_JSON, "papers.csl.json"),
        (ExportFormat.MARKDOWN, "papers.md"),
        (ExportFormat.CSV, "papers.csv"),
        (ExportFormat.JSON, "papers.json"),
    ],
)
def test_a_file_is_named_for_its_format(to: ExportFormat, name: str) -> None:
    assert export(to, [SAVED, OLD]).name == name
    assert export(to, [OLD]).name == name.replace("papers", "hep-th-9901001")
    assert export(to, []).name == name


def test_bibtex_is_for_citing_and_has_nothing_of_the_reader() -> None:
    text = export(ExportFormat.BIBTEX, [SAVED, OLD]).text
    assert [entry.key for entry in parse_bibtex(text).entries] == [
        "wang-2407.21017",
        "arxiv-hep-th-9901001",
    ]
    assert not any(word in text for word in ("figure", "이미지", "reading"))
    assert text.endswith("}\n")


def test_ris_takes_the_note_and_the_tags_along() -> None:
    text = export(ExportFormat.RIS, [SAVED, OLD]).text
    matting, old = rispy.loads(text)
    assert matting == {
        "type_of_reference": "UNPB",
        "id": "wang-2407.21017",
        "title": "Matting by Generation",
        "authors": ["Wang, Zhixiang", "Li, Baiang", "van der Maaten, Laurens", "Gemma Team"],
        "year": "2024",
        "date": "2024/07/30/",
        "publisher": "arXiv",
        "accession_number": "arXiv:2407.21017",
        "doi": "10.48550/arXiv.2407.21017",
        "urls": ["https://arxiv.org/abs/2407.21017"],
        "keywords": ["matting", "이미지 처리"],
        "notes": ["Ask Bo about figure 3. - see also: matting"],
    }
    assert set(old) == {"type_of_reference", "id", "title", "year", "publisher", "accession_number", "doi", "urls"}
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*|", line) for line in text.split("\r\n"))


def test_csl_json_has_names_in_their_parts() -> None:
    matting, old = json.loads(export(ExportFormat.CSL_JSON, [SAVED, OLD]).text)
    assert matting == {
        "id": "wang-2407.21017",
        "type": "article",
        "genre": "preprint",
        "title": "Matting by Generation",
        "author": [
            {"family": "Wang", "given": "Zhixiang"},
            {"family": "Li", "given": "Baiang"},
            {"family": "Maaten", "given": "Laurens", "non-dropping-particle": "van der"},
            {"literal": "Gemma Team"},
        ],
        "issued": {"date-parts": [[2024, 7, 30]]},
        "publisher": "arXiv",
        "number": "arXiv:2407.21017",
        "DOI": "10.48550/arXiv.2407.21017",
        "URL": "https://arxiv.org/abs/2407.21017",
    }
    assert "author" not in old
    assert old["issued"] == {"date-parts": [[1999]]}


def test_markdown_is_a_list_of_links() -> None:
    text = export(ExportFormat.MARKDOWN, [SAVED, OLD]).text
    assert text == (
        "- [Matting by Generation](https://arxiv.org/abs/2407.21017) – Zhixiang Wang, Baiang Li, "
        "Laurens van der Maaten, et al. (2024)\n\n"
        "  Ask Bo about figure 3.\\\n"
        "  \\- see also: matting\n"
        "- [Strings \\& \\<i\\>things\\</i\\>](https://arxiv.org/abs/hep-th/9901001) – (1999)\n"
    )
    assert read_markdown(text)[1][:2] == ("Strings & <i>things</i>", "https://arxiv.org/abs/hep-th/9901001")


def test_csv_is_a_table_with_a_line_of_headings() -> None:
    matting, old = read_csv(export(ExportFormat.CSV, [SAVED, OLD]).text)
    assert matting == {
        "id": "2407.21017",
        "title": "Matting by Generation",
        "authors": "Zhixiang Wang; Baiang Li; Laurens van der Maaten; Gemma Team",
        "published": "2024-07-30",
        "url": "https://arxiv.org/abs/2407.21017",
        "doi": "",
        "category": "cs.CV",
        "votes": "77",
        "state": "reading",
        "saved_at": "2024-08-01T09:30:00+00:00",
        "tags": "matting, 이미지 처리",
        "note": "Ask Bo about figure 3.\n- see also: matting",
    }
    assert (old["title"], old["votes"], old["state"]) == ("Strings & <i>things</i>", "", "")


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1", "'=1", "''+1"])
def test_no_cell_of_csv_is_a_formula(begins: str) -> None:
    entry = replace(SAVED, paper=replace(MATTING, title=begins), note=begins, tags=(begins,))
    (row,) = read_csv(export(ExportFormat.CSV, [entry]).text)
    assert (row["title"], row["note"], row["tags"]) == (f"'{begins}", f"'{begins}", f"'{begins}")


def test_json_has_all_that_a_list_knows() -> None:
    written = json.loads(export(ExportFormat.JSON, [SAVED, OLD]).text)
    assert (written["format"], written["version"]) == ("paperboy-papers", 1)
    assert written["papers"] == [
        {
            "id": "2407.21017",
            "title": "Matting by Generation",
            "authors": ["Zhixiang Wang", "Baiang Li", "Laurens van der Maaten", "Gemma Team"],
            "published": "2024-07-30",
            "url": "https://arxiv.org/abs/2407.21017",
            "category": "cs.CV",
            "votes": 77,
            "state": "reading",
            "saved_at": "2024-08-01T09:30:00+00:00",
            "saved_by": "reaction C0000PAPERS/1722470400.000100/bookmark",
            "tags": ["matting", "이미지 처리"],
            "note": "Ask Bo about figure 3.\n- see also: matting",
        },
        {"id": "hep-th/9901001", "title": "Strings & <i>things</i>", "url": "https://arxiv.org/abs/hep-th/9901001"},
    ]


# Recorded papers and hostile texts, through readers that are not ours ------------------------------------------------


def _words_of(schema: str) -> set[str]:
    """The words in quotation marks in a part of CSL's own schema, which citeproc-py brings along."""
    path = files("citeproc") / "data" / "schema" / "schemas" / "styles" / f"csl-{schema}.rnc"
    return set(re.findall(r'"([\w-]+)"', path.read_text(encoding="utf-8")))


def check_csl(items: Sequence[dict[str, Any]]) -> None:
    """That each item is what CSL's schema for them asks for (`csl-data.json`), with variables and types CSL knows."""
    variables, types = _words_of("variables"), _words_of("types")
    for item in items:
        assert isinstance(item["id"], str)
        assert item["type"] in types
        assert set(item) - {"id", "type"} <= variables
        for name in item.get("author", ()):
            assert set(name) <= {"family", "given", "suffix", "literal", "non-dropping-particle"}
            assert all(isinstance(part, str) and part for part in name.values())
            assert ("literal" in name) != ("family" in name)
        (parts,) = item["issued"]["date-parts"]
        assert len(parts) in {1, 3}
        assert all(isinstance(part, int) for part in parts)
        assert all(
            isinstance(item.get(name, ""), str) for name in ("title", "genre", "publisher", "number", "DOI", "URL")
        )


def cited(items: Sequence[dict[str, Any]]) -> list[str]:
    """A bibliography of the items, as citeproc-py writes it."""
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    style = files("citeproc") / "data" / "styles" / "harvard-cite-them-right.csl"
    source = CiteProcJSON(items)
    bibliography = CitationStylesBibliography(CitationStylesStyle(str(style), validate=False), source, formatter.plain)
    for item in items:
        bibliography.register(Citation([CitationItem(item["id"])]))
    return [str(entry) for entry in bibliography.bibliography()]


def test_recorded_papers_are_read_back_from_every_format(recorded: Path) -> None:
    papers = recorded_papers(recorded, 200)
    titles = [title_of(paper) for paper in papers]
    ids = [paper.id for paper in papers]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ris = rispy.loads(export(ExportFormat.RIS, papers).text)
    assert [entry["title"] for entry in ris] == titles
    assert [entry.get("authors", []) for entry in ris] == [
        [split_name(author).last_first for author in paper.authors] for paper in papers
    ]
    assert [entry["id"] for entry in ris] == [citation_key(paper) for paper in papers]
    items = json.loads(export(ExportFormat.CSL_JSON, papers).text)
    check_csl(items)
    assert [item["title"] for item in items] == titles
    assert [(row["id"], row["title"]) for row in read_csv(export(ExportFormat.CSV, papers).text)] == [
        *zip(ids, titles, strict=True)
    ]
    read = read_markdown(export(ExportFormat.MARKDOWN, papers).text)
    assert [(title, url) for title, url, _ in read] == [(title_of(paper), paper.url) for paper in papers]
    written = json.loads(export(ExportFormat.JSON, papers).text)["papers"]
    assert [(each["id"], each["title"]) for each in written] == [*zip(ids, titles, strict=True)]


def test_a_citation_processor_cites_them(recorded: Path) -> None:
    papers = [paper for paper in recorded_papers(recorded, 40) if paper.authors][:10]
    entries = cited(json.loads(export(ExportFormat.CSL_JSON, papers).text))
    assert len(entries) == len(papers)
    for paper, entry in zip(papers, entries, strict=True):
        name = split_name(paper.authors[0])
        assert (name.family or name.whole) in entry


@given(st.integers())
def test_hostile_texts_stay_in_their_places_in_every_format(seed: int) -> None:
    entries = hostile_papers(seed, 3)
    ids = [entry.paper.id for entry in entries]
    ris = rispy.loads(export(ExportFormat.RIS, entries).text)
    assert [entry["accession_number"] for entry in ris] == [f"arXiv:{paper_id}" for paper_id in ids]
    assert [entry.get("keywords", []) for entry in ris] == [[*map(clean_text, entry.tags)] for entry in entries]
    check_csl(json.loads(export(ExportFormat.CSL_JSON, entries).text))
    rows = read_csv(export(ExportFormat.CSV, entries).text)
    assert [(row["id"], row["state"]) for row in rows] == [(entry.paper.id, entry.state.value) for entry in entries]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    read = read_markdown(export(ExportFormat.MARKDOWN, entries).text)
    assert [url for _, url, _ in read] == [entry.paper.url for entry in entries]
    for (title, _, text), entry in zip(read, entries, strict=True):
        assert title.split() == (title_of(entry.paper) or entry.paper.id).split()
        assert text.endswith("\n".join(filter(None, map(clean_text, entry.note.splitlines()))))
    written = json.loads(export(ExportFormat.JSON, entries).text)["papers"]
    assert [each.get("note", "") for each in written] == [entry.note for entry in entries]
