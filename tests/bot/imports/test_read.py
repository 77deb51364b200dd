"""Imports of any format, size, and encoding: what is meant is read, and nothing raises or takes long."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exports.export import ExportFormat, export
from bot.imports import entries
from bot.imports.entries import ImportedPaper, SkipReason
from bot.imports.read import LARGEST_IMPORT, Imported, read_import
from bot.rules.papers import Paper, PaperRef, find_paper_refs
from bot.rules.reading_list import ReadingState, SavedPaper
from tests.hostile_texts import hostile_text
from tests.odd_papers import NOW, hostile_papers

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRY = "@misc{x, title = {확산 모델}, eprint = {2407.21017}}"


def ids(imported: Imported) -> list[str]:
    return [entry.ref.id for entry in imported.entries]


def saved_as(saved: Iterable[SavedPaper]) -> list[ImportedPaper]:
    return [ImportedPaper(PaperRef(each.paper.id), each.state, each.note, each.tags, each.saved_at) for each in saved]


# Plain text ----------------------------------------------------------------------------------------------------------


def test_ids_and_addresses_are_read_one_a_line_or_in_prose() -> None:
    text = (
        "2407.21017\nhttps://arxiv.org/pdf/2407.20743v2.pdf\nhttps://huggingface.co/papers/2407.00001\n"
        "Bo likes arXiv:hep-th/9901001 and doi.org/10.48550/arXiv.2407.00002, but not bo@site (x) or 2 + 2.\n"
        "２４０７.００００３ in full-width digits\n\n2407.21017 again\n"
    )
    assert ids(read_import(text)) == [
        *("2407.21017", "2407.20743", "2407.00001", "hep-th/9901001", "2407.00002", "2407.00003")
    ]
    assert read_import(text).skipped == ()


def test_a_line_with_an_address_of_something_else_is_named() -> None:
    imported = read_import("https://example.org/paper\nwords alone\ndoi:10.1145/3411764.3445678\n2407.21017")
    assert ids(imported) == ["2407.21017"]
    assert [(each.name, each.reason) for each in imported.skipped] == [
        ("https://example.org/paper", SkipReason.NO_ARXIV_ID),
        ("doi:10.1145/3411764.3445678", SkipReason.NO_ARXIV_ID),
    ]


# Our own files, and CSL-JSON ------------------------------------------------------------------------------------------


NOTED = SavedPaper(
    Paper("2407.21017", "Matting", ("A" * 200,) * 1000),
    NOW,
    ReadingState.ARCHIVED,
    '=1+1\n\'=2\n둘째 줄, "zitiert"; end',
    ("a; b", "'tis", "한글", "=1"),
)


@pytest.mark.parametrize("to", [ExportFormat.JSON, ExportFormat.CSV])
def test_a_list_comes_back_as_it_was(to: ExportFormat) -> None:
    saved = [NOTED, *hostile_papers(3, 200)]
    read = read_import(export(to, saved).text)
    assert [*read.entries] == saved_as(saved)
    assert read.skipped == ()


@pytest.mark.parametrize("to", [ExportFormat.BIBTEX, ExportFormat.RIS, ExportFormat.CSL_JSON, ExportFormat.MARKDOWN])
def test_the_papers_come_back_from_every_other_format(to: ExportFormat) -> None:
    saved = hostile_papers(7, 40)
    assert set(ids(read_import(export(to, saved).text))) >= {each.paper.id for each in saved}


def test_a_spreadsheet_may_have_changed_the_table() -> None:
    table = "title;id;state;added\r\nMatting;2407.21017;done;x\r\nNo ID;;reading\r\n;2407.00001\r\n"
    imported = read_import(table)
    assert [(each.ref.id, each.state) for each in imported.entries] == [
        ("2407.21017", ReadingState.DONE),
        ("2407.00001", None),
    ]
    assert [each.name for each in imported.skipped] == ["No ID"]


def test_csl_json_of_others_is_read() -> None:
    items = [
        {
            "id": "a",
            "type": "article",
            "title": "Matting",
            "number": "arXiv:2407.21017",
            "note": "arXiv:2407.21017 [cs]",
        },
        {"id": "b", "type": "article-journal", "URL": "http://arxiv.org/abs/2407.00001", "keyword": "x, y"},
        {"id": "c", "DOI": "10.48550/arXiv.2407.00002"},
        {"id": "d", "title": "On Paper", "DOI": "10.1145/1"},
        "no item",
    ]
    imported = read_import(json.dumps(items))
    assert ids(imported) == ["2407.21017", "2407.00001", "2407.00002"]
    assert imported.entries[1].tags == ("x", "y")
    assert [(each.name, each.reason) for each in imported.skipped] == [
        ("On Paper", SkipReason.NO_ARXIV_ID),
        ("", SkipReason.BROKEN),
    ]


def test_a_file_of_a_later_version_is_not_guessed_at() -> None:
    written = json.loads(export(ExportFormat.JSON, [NOTED]).text) | {"version": 2}
    imported = read_import(json.dumps(written))
    assert (imported.entries, imported.skipped[0].reason) == ((), SkipReason.NEWER_VERSION)


@pytest.mark.parametrize(
    "paper",
    [
        *(1, None, [], {}, {"id": 7}, {"id": ["2407.21017"]}, {"id": "none"}),
        {"id": "2407.21017", "state": "no", "note": 3, "tags": "x", "saved_at": "2024-08-01", "title": {}},
        {"id": "2407.21017", "saved_at": "0001-01-01T00:00:00+23:00", "tags": [1, None, "\ud800", "x" * 9000]},
    ],
)
def test_what_is_no_entry_of_ours_is_left_out_and_the_rest_is_read(paper: object) -> None:
    text = json.dumps({"format": "paperboy-papers", "version": 1, "papers": [paper, {"id": "2407.00001"}]})
    assert ids(read_import(text))[-1] == "2407.00001"


# Encodings, sizes, and hostile texts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949", "euc_kr"]
)
def test_a_file_may_be_in_any_encoding_people_have(encoding: str) -> None:
    missing = "@misc{y, title = {확산 모델의 이해}}\n"
    imported = read_import((missing + ENTRY).encode(encoding))
    assert ids(imported) == ["2407.21017"]
    assert [each.name for each in imported.skipped] == ["확산 모델의 이해"]


@pytest.mark.parametrize("title", ["Fréchet à Paris, été", "étéétéété", "Über"])
def test_latin_letters_of_old_windows_are_read(title: str) -> None:
    imported = read_import(f"@misc{{y, title = {{{title}}}}}".encode("cp1252"))
    assert [each.name for each in imported.skipped] == [title]


@pytest.mark.parametrize("content", [b"%PDF-1.7 2407.21017", b"PK\x03\x04zip", b"\x89PNG\r\n", b"a\0b 2407.21017"])
def test_what_is_no_text_is_told_to_be_none(content: bytes) -> None:
    imported = read_import(content, "refs.pdf")
    assert imported.entries == ()
    assert [(each.name, each.reason) for each in imported.skipped] == [("refs.pdf", SkipReason.NO_TEXT)]


def test_a_file_that_is_too_large_is_not_read_at_all() -> None:
    imported = read_import(b"2407.21017\n" * (LARGEST_IMPORT // 11 + 1), "all.txt")
    assert imported.entries == ()
    assert [(each.name, each.reason) for each in imported.skipped] == [("all.txt", SkipReason.TOO_LARGE)]


def test_of_too_many_entries_the_first_are_read_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_IMPORTED", 20)
    for line in ("2407.000{}\n", "@misc{{x, eprint = {{2407.000{}}}}}\n", "TY  - A\nUR  - arxiv.org/abs/2407.000{}\n"):
        imported = read_import("".join(line.format(number) for number in range(10, 37)))
        assert len(imported.entries) == 20
        assert [each.reason for each in imported.skipped] == [SkipReason.TOO_MANY]


@given(st.integers())
def test_nothing_that_people_send_raises(seed: int) -> None:
    choose = random.Random(seed)
    pieces = (
        *("@misc{", "@string{a=", "title = {", "}", '"', "#", ",", "=", "TY  - ", "ER  - ", "UR  - ", "\n"),
        "[{",
        '"id":',
    )
    text = "".join(hostile_text(choose)[:2000] if choose.random() < 0.2 else choose.choice(pieces) for _ in range(40))
    imported = read_import(text)
    assert read_import(text.encode("utf-16", errors="surrogatepass"), "x").entries == imported.entries
    for each in imported.skipped:
        assert len(each.name) <= 200
    for entry in imported.entries:
        assert len(entry.note) <= 2000


@given(st.binary(max_size=300))
def test_no_bytes_raise(content: bytes) -> None:
    read_import(content, "file")


SIZE = 100_000
HOSTILE = {
    "open braces": "@misc{k, title=" + "{" * SIZE,
    "starts": "@a{" * (SIZE // 3),
    "starts of lines": "@a{\n" * (SIZE // 4),
    "broken on one line": '@a{k,t="' * (SIZE // 8),
    "broken on lines": '@a{k,t="\n' * (SIZE // 9),
    "parentheses": "@a(k,t={" * (SIZE // 8),
    "fields": "@a{k," + "a={b}," * (SIZE // 6) + "}",
    "blanks": "@a{" + " " * SIZE,
    "commas": "@a{k" + "," * SIZE,
    "pieces": "@a{k,t=" + "a#" * (SIZE // 2) + "a}",
    "strings that double": "@string{a={xxxxxxxxxx}}\n" + "@string{a=a#a}\n" * 2000 + "@m{k,t=a}",
    "one string everywhere": "@string{a={" + "x" * 3000 + "}}\n" + "@m{k,url=a,doi=a,note=a,title=a}\n" * 5000,
    "commands": ("@m{k,title={" + "$\\a{" * 200 + "}}}}\n") * 300,
    "records": "TY  - A\n" * (SIZE // 8),
    "lines of one record": "TY  - A\nTI  - x\n" + "aaa\n" * (SIZE // 4),
    "addresses of one record": "TY  - A\nUR  - " + "http://a;" * (SIZE // 9),
    "lists": "[" * SIZE,
    "objects": '{"a":' * (SIZE // 5),
    "a number": '[{"a":' + "9" * SIZE + "}]",
    "an open cell": 'id,title\r\n"' + "a" * SIZE,
    "columns": "id,title" + "," * SIZE,
    "escapes": "%41" * (SIZE // 3),
    "ligatures": "ﷺ" * (SIZE // 3),
    "digits": "2" * SIZE,
    "archives": "hep-th/" * (SIZE // 7),
    "empty lines": "\n" * SIZE,
    "marks": "\ufeff" * (SIZE // 3),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_work_grows_with_the_text_alone(text: str) -> None:
    """What looked at each part once for every other would still be at it when the time limit of this test ends it."""
    assert read_import(text).entries == ()


@pytest.mark.parametrize("between", [",", " ", "|"])
def test_of_a_line_without_end_a_few_thousand_characters_are_looked_at_at_once(
    between: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else goes on while a pattern is looked for: for five million characters, that would be seconds."""
    lengths: list[int] = []

    def find(text: str) -> tuple[PaperRef, ...]:
        lengths.append(len(text))
        return find_paper_refs(text)

    monkeypatch.setattr(entries, "find_paper_refs", find)
    ids = [f"2401.{number:05}" for number in range(9_000)]
    assert [each.ref.id for each in read_import(between.join(ids)).entries] == ids
    read_import("\u0301" * 100_000)
    assert max(lengths) <= 20_000


def test_moments_are_kept_as_moments() -> None:
    written = export(ExportFormat.JSON, [replace(NOTED, saved_at=datetime.fromisoformat("2024-08-01T18:30:00+09:00"))])
    assert read_import(written.text).entries[0].saved_at == datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
