"""Addresses in what people type."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.links import day_list_link, find_links, replace_links, spellings
from bot.rules.phrases import read_words


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://github.com/x/y, please", ["https://github.com/x/y"]),
        ("(github.com/x/y)", ["https://github.com/x/y"]),
        ("<https://github.com/x/y|this> <https://github.com/x/y>", ["https://github.com/x/y"]),
        ("www.example.org", ["https://www.example.org"]),
        ("http://example.org", ["http://example.org"]),
        ("doi:10.1145/3411764.3445678.", ["https://doi.org/10.1145/3411764.3445678"]),
        ("and/or text/html v1.2/3 a.b 3.5/4 example.org", []),
        ("<mailto:ana@example.org|ana@example.org> <@U1|ana> <#C1|papers>", []),
        ("https:// http://, 10.1145/", []),
        (
            " ".join(f"https://example.org/{number}" for number in range(9)),
            [f"https://example.org/{n}" for n in range(5)],
        ),
        ("https://example.org/" + "a" * 5000, []),
    ],
)
def test_addresses_are_found_as_people_copy_them(text: str, links: list[str]) -> None:
    assert list(find_links(read_words(text))) == links


@pytest.mark.parametrize(
    ("link", "which"),
    [
        ("https://huggingface.co/papers", ("latest", "")),
        ("huggingface.co/papers/", ("latest", "")),
        ("https://huggingface.co/papers/trending", ("latest", "")),
        ("https://huggingface.co/papers/date/2024-07-31", ("date", "2024-07-31")),
        ("https://huggingface.co/papers?date=2024-07-31", ("date", "2024-07-31")),
        ("https://huggingface.co/papers/week/2024-W31", ("week", "2024-W31")),
        ("https://hf.co/papers/month/2024-07", ("month", "2024-07")),
        ("https://huggingface.co/models", None),
        ("https://huggingface.co/papers/date/2024-07-31/more", None),
        ("https://evil.example/huggingface.co/papers", None),
        ("https://huggingface.co.evil.example/papers", None),
        ("papers", None),
    ],
)
def test_a_link_to_a_list_says_which_list(link: str, which: tuple[str, str] | None) -> None:
    assert day_list_link(link) == which


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("https://github.com/X/Y", "http://www.github.com/x/y/"),
        ("https://github.com/x/y", "https://github.com/X/Y/tree/main/src?tab=readme#top"),
        ("https://github.com/x/y.git", "github.com/x/y"),
        ("https://github.com/x/y", "https://github.com/x/y.git"),
        ("http://example.org/Project/", "https://example.org/project/index.html"),
        ("https://www.example.org", "https://example.org/?utm_source=slack"),
        ("https://openreview.net/forum?id=abc", "openreview.net/forum?id=ABC&noteId=x"),
        ("https://github.com/x/y/tree/main", "https://github.com/x/y/tree/main"),
    ],
)
def test_spellings_of_one_address_are_the_same(kept: str, typed: str) -> None:
    assert kept.lower() in spellings(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://github.com/x/y", "https://github.com/x/z"),
        ("https://github.com/x/y", "https://github.com/x"),
        ("https://openreview.net/forum?id=a", "https://openreview.net/forum?id=b"),
        ("https://a.example.org/x", "https://example.org/x"),
    ],
)
def test_other_addresses_are_not(one: str, other: str) -> None:
    assert one not in spellings(other)


@given(st.text() | st.text(alphabet="htps:/.?&=#[]wgiub com%id", max_size=80))
@example("https://[")
@example("https://example.org/?" + "&".join(f"a{n}=1" for n in range(2000)))
@example("https://example.org:99999/x")
def test_any_text_has_a_bounded_number_of_spellings(text: str) -> None:
    day_list_link(text)
    assert len(spellings(text)) <= 13


def test_links_are_replaced_where_they_stand() -> None:
    words = read_words("save <https://github.com/x/y|code> and https://example.org/z please")
    told = replace_links(words, {"https://github.com/x/y": ("2407.21017", "2407.20743")})
    assert told == "save 2407.21017 2407.20743 and https://example.org/z please"
