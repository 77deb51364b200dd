"""RIS as reference managers write it."""

from __future__ import annotations

import pytest

from bot.imports.entries import SkipReason
from bot.imports.read import read_import

ZOTERO = """TY  - UNPB
TI  - Matting by Generation
AU  - Wang, Zhixiang
AB  - Builds on arXiv:2401.00001.
DA  - 2024/07/30/
PY  - 2024
DO  - 10.48550/arXiv.2407.21017
DP  - arXiv.org
UR  - http://arxiv.org/abs/2407.21017
Y2  - 2024/08/01/00:00:00
KW  - Computer Science - Computer Vision and Pattern Recognition
KW  - matting
N1  - <div data-schema-version="8"><p>Ask Bo about <strong>figure 3</strong></p></div>
N1  - arXiv:2407.21017 [cs]
ER  -

"""
ENDNOTE = """\ufeffTY  - JOUR
AU  - Wang, Z.
T1  - Matting by Generation
JO  - arXiv preprint arXiv:2407.21017
KW  - matting
diffusion
hair
ID  - 4711
ER  -
"""
MENDELEY = (
    "TY  - JOUR\r\nT1  - Matting\r\nUR  - https://doi.org/10.1145/1;http://arxiv.org/abs/2407.21017\r\nER  - \r\n"
)
SCHOLAR = "TY  - GEN\nT1  - Matting by\n      Generation\nN1  - arXiv preprint arXiv:2407.21017\nER  - \n"


@pytest.mark.parametrize("text", [ZOTERO, ENDNOTE, MENDELEY, SCHOLAR, ZOTERO.replace("  - ", " - "), ZOTERO[:-7]])
def test_a_paper_is_known_by_its_arxiv_id_wherever_that_stands(text: str) -> None:
    imported = read_import(text)
    assert [entry.ref.id for entry in imported.entries] == ["2407.21017"]
    assert imported.skipped == ()


def test_tags_and_notes_come_along_but_for_what_the_program_added_itself() -> None:
    (entry,) = read_import(ZOTERO).entries
    assert (entry.tags, entry.note) == (("matting",), "Ask Bo about figure 3")
    (entry,) = read_import(ENDNOTE).entries
    assert entry.tags == ("matting", "diffusion", "hair")


def test_what_is_on_no_arxiv_is_named_by_its_title() -> None:
    text = "TY  - JOUR\nTI  - Deep Residual\nLearning\nDO  - 10.1109/CVPR.2016.90\nER  - \nTY  - BOOK\nER  - \n"
    imported = read_import(text + ZOTERO)
    assert [entry.ref.id for entry in imported.entries] == ["2407.21017"]
    assert [(each.name, each.reason) for each in imported.skipped] == [
        ("Deep Residual Learning", SkipReason.NO_ARXIV_ID),
        ("BOOK", SkipReason.NO_ARXIV_ID),
    ]


def test_links_beside_records_are_read() -> None:
    imported = read_import(f"2407.00001\n{MENDELEY}https://arxiv.org/abs/2407.00002\n")
    assert [entry.ref.id for entry in imported.entries] == ["2407.00001", "2407.21017", "2407.00002"]


def test_a_record_without_an_end_ends_where_the_next_one_begins() -> None:
    text = "TY  - JOUR\nTI  - One\nUR  - https://arxiv.org/abs/2407.00001\nTY  - JOUR\nTI  - Two\nER  - \n"
    imported = read_import(text)
    assert [entry.ref.id for entry in imported.entries] == ["2407.00001"]
    assert [each.name for each in imported.skipped] == ["Two"]
