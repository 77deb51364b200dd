"""How people point at papers, and what only looks as if they did."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import NotAPaperId
from bot.rules.papers import Paper, PaperRef, Section, find_paper_refs, parse_paper_id

MONTHS = st.integers(1, 12).map("{:02}".format)
UNTIL_2014 = st.builds("{:02}{}.{:04}".format, st.integers(8, 14), MONTHS, st.integers(1, 9999))
SINCE_2015 = st.builds("{:02}{}.{:05}".format, st.integers(15, 99), MONTHS, st.integers(1, 99999))
UNTIL_2007 = st.builds(
    "{}/{:02}{}{:03}".format,
    st.sampled_from(["hep-th", "math", "cs", "astro-ph", "cond-mat", "q-bio", "cmp-lg", "physics"]),
    st.integers(0, 99),
    MONTHS,
    st.integers(1, 999),
)
IDS = SINCE_2015 | UNTIL_2014 | UNTIL_2007
REFS = st.builds(PaperRef, IDS, st.none() | st.integers(1, 999))

WRAPPERS = [
    "{}",
    "arXiv:{}",
    "arxiv: {}",
    "arXiv.{}",
    "[{}]",
    "({}).",
    "“{}”,",
    "«{}»!",
    "…{}…",
    "{}.pdf",
    "https://arxiv.org/abs/{}",
    "http://www.arxiv.org/pdf/{}.pdf",
    "arxiv.org/html/{}#S3.SS2",
    "https://export.arxiv.org/abs/{}?context=cs",
    "https://huggingface.co/papers/{}",
    "https://www.alphaxiv.org/abs/{}",
    "https://doi.org/10.48550/arXiv.{}",
    "<https://arxiv.org/abs/{}>",
    "<https://arxiv.org/abs/{}|a label, 100% honest>",
    "<https://example.org/a%20b|{}>",
    "이 논문({})은",
    "{}를 보세요",
    "논문{}은",
]
# Words that hold no digit, no percent sign and no latin letter next to the id: nothing that could belong to an id.
HARMLESS = st.text(st.characters(codec="utf-8", categories=["Lo", "Po", "Ps", "Pe", "Zs"]), max_size=12).filter(
    lambda text: "%" not in unicodedata.normalize("NFKC", text) and not _has_digit_or_letter(text)
)


def _has_digit_or_letter(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text)
    return any(character.isascii() and (character.isalnum() or character == ".") for character in plain)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2407.21017", "2407.21017"),
        ("0704.0001", "0704.0001"),
        ("1412.7878", "1412.7878"),
        ("1501.00001", "1501.00001"),
        ("2407.21017v2", "2407.21017v2"),
        ("2407.21017V12", "2407.21017v12"),
        ("arXiv:2407.21017", "2407.21017"),
        ("ARXIV: 2407.21017v1 [cs.CV]", "2407.21017v1"),
        ("https://arxiv.org/abs/2407.21017", "2407.21017"),
        ("https://arxiv.org/pdf/2407.21017v3.pdf", "2407.21017v3"),
        ("https://arxiv.org/pdf/2407.21017v3.pdf#page=4", "2407.21017v3"),
        ("https://arxiv.org/html/2407.21017v1/", "2407.21017v1"),
        ("http://export.arxiv.org/abs/2407.21017", "2407.21017"),
        ("https://huggingface.co/papers/2407.21017", "2407.21017"),
        ("https://huggingface.co/papers/2407.21017?ref=mail#community", "2407.21017"),
        ("https://www.alphaxiv.org/abs/2407.21017v1", "2407.21017v1"),
        ("https://doi.org/10.48550/arXiv.2407.21017", "2407.21017"),
        ("doi:10.48550/ARXIV.2407.21017", "2407.21017"),
        ("<https://arxiv.org/abs/2407.21017|the paper>", "2407.21017"),
        ("<https://arxiv.org/abs/2407.21017>", "2407.21017"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("HEP-TH/9901001v2", "hep-th/9901001v2"),
        ("math.GT/0309136", "math/0309136"),
        ("https://arxiv.org/abs/cs.CL/0001001", "cs/0001001"),
        ("https://arxiv.org/abs/hep-th%2F9901001", "hep-th/9901001"),
        ("https://example.org/?u=https%3A%2F%2Farxiv.org%2Fabs%2F2407.21017", "2407.21017"),
        ("10.48550/arXiv.hep-th/9901001", "hep-th/9901001"),
        ("«2407.21017».", "2407.21017"),
        ("(see 2407.21017, sec. 2)", "2407.21017"),
        ("`2407.21017`", "2407.21017"),
        ("*2407.21017*", "2407.21017"),
        ("\u201c2407.21017\u201d", "2407.21017"),
        ("...2407.21017...", "2407.21017"),
        ("이거…2407.21017", "2407.21017"),
        ("Read it.2407.21017", "2407.21017"),
        ("２４０７．２１０１７", "2407.21017"),
        ("ａｒＸｉｖ：２４０７．２１０１７ｖ２", "2407.21017v2"),
        ("ｈｅｐ－ｔｈ／９９０１００１", "hep-th/9901001"),
        ("논문2407.21017은 어때요", "2407.21017"),
        ("2407.21017v2를 보세요", "2407.21017v2"),
        ("math/0309136에서", "math/0309136"),
        ("\u200b2407.21017\ufeff", "2407.21017"),
        ("\u202e2407.21017\u202c", "2407.21017"),
    ],
)
def test_every_form_people_paste_means_the_paper(text: str, expected: str) -> None:
    assert str(parse_paper_id(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "attention is all you need",
        "2024-07-31",
        "2024.07.31",
        "31.07.2024",
        "2407.2101",
        "2407.210171",
        "2407.21",
        "2413.21017",
        "2400.21017",
        "1412.12345",
        "12407.21017",
        "1.2407.21017",
        "2407.21017.1",
        "2407.21017v0",
        "2407.21017v1234",
        "2407.21017x",
        "x2407.21017",
        "$1,299.99",
        "1,203.50000원",
        "010.1234.5678",
        "+82-10-1112-2223",
        "3.11.7",
        "v2407.1",
        "hep-th/9913001",
        "hep-th/990100",
        "hep-th/99010011",
        "hepth/9901001",
        "xmath/0309136",
        "nl\u0131n/0309136",
        "q-b\u0130o/0309136",
        "2407 21017",
        "24O7.21O17",
        "https://huggingface.co/papers",
        "https://arxiv.org/list/cs.CL/recent",
    ],
)
def test_what_only_looks_like_an_id_means_nothing(text: str) -> None:
    assert find_paper_refs(text) == ()
    with pytest.raises(NotAPaperId):
        parse_paper_id(text)


def test_several_papers_in_one_text_come_in_order_and_each_once() -> None:
    text = (
        "Compare arXiv:2407.21017v2 with <https://huggingface.co/papers/2407.20743|Meltemi>, "
        "hep-th/9901001;math/0309136 and again https://arxiv.org/abs/2407.21017"
    )
    assert find_paper_refs(text) == (
        PaperRef("2407.21017", 2),
        PaperRef("2407.20743"),
        PaperRef("hep-th/9901001"),
        PaperRef("math/0309136"),
    )


def test_a_link_whose_label_is_the_id_is_one_paper() -> None:
    assert find_paper_refs("<https://arxiv.org/abs/2407.21017|2407.21017>") == (PaperRef("2407.21017"),)


def test_what_could_not_be_understood_is_quoted_legibly_and_shortly() -> None:
    with pytest.raises(NotAPaperId) as refused:
        parse_paper_id("\x00\u202eno\n\nid " + "here " * 100)
    quoted = refused.value.values["text"]
    assert isinstance(quoted, str)
    assert quoted.startswith("no id here")
    assert len(quoted) <= 60


@given(ref=REFS, wrapper=st.sampled_from(WRAPPERS), before=HARMLESS, after=HARMLESS, wide=st.booleans())
def test_an_id_is_found_in_every_wrapper_and_among_any_harmless_words(
    ref: PaperRef, wrapper: str, before: str, after: str, wide: bool
) -> None:
    pointed = full_width(str(ref)) if wide else str(ref)
    assert find_paper_refs(before + wrapper.format(pointed) + after) == (ref,)


@given(ref=REFS, safe=st.sampled_from(["", "/", ":/"]))
def test_an_escaped_address_means_the_same_paper(ref: PaperRef, safe: str) -> None:
    assert find_paper_refs(quote(f"https://arxiv.org/abs/{ref}", safe=safe)) == (ref,)


@given(refs=st.lists(REFS, max_size=8), separator=st.sampled_from([" ", ", ", "\n", ";", "|", " 그리고 "]))
def test_any_list_of_papers_is_read_back_in_order(refs: list[PaperRef], separator: str) -> None:
    first_mentions: dict[str, PaperRef] = {}
    for ref in refs:
        first_mentions.setdefault(ref.id, ref)
    assert find_paper_refs(separator.join(map(str, refs))) == tuple(first_mentions.values())


NEARLY = st.text(st.sampled_from("0124789.v/%-2Farxiv:hepthmatGT ｖ２．\u0131\u0130\u017f\u2460"), max_size=60)


@given(st.text() | NEARLY)
@example("nl\u0131n/0309136")
@example("\ud800%ff2407.21017")
def test_no_text_is_too_strange_and_what_is_found_is_canonical(text: str) -> None:
    for ref in find_paper_refs(text):
        assert ref.id == ref.id.lower()
        assert ref.id.isascii()
        assert find_paper_refs(str(ref)) == (ref,)


def test_a_paper_knows_its_addresses() -> None:
    paper = Paper("hep-th/9901001", "A title", ("Ana",))
    assert paper.url == "https://arxiv.org/abs/hep-th/9901001"
    assert paper.pdf_url == "https://arxiv.org/pdf/hep-th/9901001"
    assert paper.discussion_url == "https://huggingface.co/papers/hep-th/9901001"
    assert [parse_paper_id(url).id for url in (paper.url, paper.pdf_url, paper.discussion_url)] == [paper.id] * 3


def test_sections_have_an_order() -> None:
    assert list(Section)[:3] == [
        Section.WHATS_NEW,
        Section.TECHNICAL_DETAILS,
        Section.PERFORMANCE_HIGHLIGHTS,
    ]
