"""DOIs: one spelling of each, and the addresses of publishers that hold one."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.dois import LONGEST_DOI, MOST_CANDIDATES, dois_of_link, normalize_doi

ACM = "10.1145/3411764.3445678"


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        (ACM, ACM),
        (f"  doi: {ACM} ", ACM),
        (f"DOI:{ACM}.", ACM),
        (f"https://doi.org/{ACM}", ACM),
        (f"http://dx.doi.org/{ACM}", ACM),
        (f"https://www.doi.org/{ACM}/", ACM),
        ("https://doi.org/10.1145%2F3411764.3445678", ACM),
        ("10.1109/ICSTW55395.2022.00035", "10.1109/icstw55395.2022.00035"),
        ("10.1016/0370-2693(91)91641-8", "10.1016/0370-2693(91)91641-8"),
        ("10.1002/1521-3951(200009)221:1<453::AID-PSSB453>3.0.CO;2-Q",) * 2,
        ("10.1000.10/182", "10.1000.10/182"),
    ],
)
def test_a_doi_has_one_spelling(written: str, doi: str) -> None:
    assert normalize_doi(written) == doi.lower()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "10.1145/",
        "10.1145",
        "10.12/short",
        "11.1145/3411764",
        "10.1145/a b",
        "10.1145/a\x00b",
        "10.1145/논문",
        "10.1145/a}b{",
        "10.1145/a\\b",
        'https://doi.org/10.1145/a"onload=x',
        "https://evil.example/10.1145/3411764",
        "10.1145/" + "a" * LONGEST_DOI,
        "doi:" * 10_000 + ACM,
    ],
)
def test_anything_else_is_none(written: str) -> None:
    assert normalize_doi(written) is None


def test_a_doi_of_arxivs_says_no_more_than_the_id() -> None:
    assert normalize_doi("10.48550/arXiv.2407.21017") is None
    assert dois_of_link("https://doi.org/10.48550/arXiv.2407.21017") == ()


@pytest.mark.parametrize(
    ("link", "doi"),
    [
        (f"https://doi.org/{ACM}", ACM),
        (f"http://dx.doi.org/{ACM}?utm_source=slack", ACM),
        (f"https://dl.acm.org/doi/{ACM}", ACM),
        (f"https://dl.acm.org/doi/pdf/{ACM}?download=true", ACM),
        (f"https://dl.acm.org/doi/fullHtml/{ACM}#sec-2", ACM),
        ("https://link.springer.com/article/10.1007/s11263-015-0816-y", "10.1007/s11263-015-0816-y"),
        ("https://link.springer.com/content/pdf/10.1007/978-3-030-58452-8_24.pdf", "10.1007/978-3-030-58452-8_24"),
        ("https://onlinelibrary.wiley.com/doi/full/10.1002/2016JA022429", "10.1002/2016ja022429"),
        ("https://agupubs.onlinelibrary.wiley.com/doi/10.1002%2F2016JA022429", "10.1002/2016ja022429"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.30.927871v1", "10.1101/2020.01.30.927871"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.30.927871v12.full.pdf", "10.1101/2020.01.30.927871"),
        ("https://journals.aps.org/prl/abstract/10.1103/PhysRevLett.116.061102", "10.1103/physrevlett.116.061102"),
        ("https://iopscience.iop.org/article/10.1088/1361-6633/ab1234/meta", "10.1088/1361-6633/ab1234"),
        ("https://www.frontiersin.org/articles/10.3389/fnins.2020.00001/full", "10.3389/fnins.2020.00001"),
        (
            "https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0185809",
            "10.1371/journal.pone.0185809",
        ),
        ("https://academic.oup.com/mnras/article/doi/10.1093/mnras/stx123/4567", "10.1093/mnras/stx123"),
        ("https://aclanthology.org/2024.acl-long.123/", "10.18653/v1/2024.acl-long.123"),
        ("https://aclanthology.org/P19-1001.pdf", "10.18653/v1/p19-1001"),
        ("https://aclanthology.org/2024.acl-long.123v2.pdf", "10.18653/v1/2024.acl-long.123"),
        ("https://www.aclweb.org/anthology/P19-1001", "10.18653/v1/p19-1001"),
        ("https://www.nature.com/articles/s41586-021-03819-2.pdf", "10.1038/s41586-021-03819-2"),
    ],
)
def test_an_address_holds_a_doi_and_the_publishers_own_words_after_it(link: str, doi: str) -> None:
    assert doi in dois_of_link(link)


def test_of_what_an_address_may_mean_the_longest_comes_first() -> None:
    assert dois_of_link("https://site.example/10.1088/1361-6633/ab1234.pdf") == (
        "10.1088/1361-6633/ab1234.pdf",
        "10.1088/1361-6633/ab1234",
        "10.1088/1361-6633",
    )
    assert dois_of_link(f"https://doi.org/{ACM}/pdf") == (f"{ACM}/pdf",), "nothing stands after a DOI there"


@pytest.mark.parametrize(
    "link",
    [
        "https://aclanthology.org/",
        "https://aclanthology.org/people/a/ana-ruiz/",
        "https://evil.example/aclanthology.org/P19-1001",
        "https://openreview.net/forum?id=kiOxNsrpQy",
        "https://github.com/x/y",
        "https://site.example/files/110.1145/x",
        "https://site.example/10.1145/",
        "10.1145",
        "https://[",
        "",
    ],
)
def test_other_addresses_hold_none(link: str) -> None:
    assert dois_of_link(link) == ()


@given(st.text() | st.text(alphabet="htps:/.10?&=#%2Fv[]doi", max_size=80))
@example("https://doi.org/" + "10.1145/" * 5000)
@example("https://site.example/10.1145/a" + "/a" * 500)
@example("https://site.example/10.1145/a" + "v1" * 80)
@example("https://site.example/?" + "&".join(f"id=10.1145/{n}" for n in range(2000)))
def test_any_text_has_a_few_candidates_each_spelled_as_it_is_kept(text: str) -> None:
    found = dois_of_link(text)
    assert len(found) <= MOST_CANDIDATES
    assert all(normalize_doi(doi) == doi for doi in found)
